//! What somebody does with their own account: password, language, theme.

use super::failure::{internal, stored};
use super::record::Act;
use super::{Accounts, Ended, rules, who};
use authz::right::OwnAccount;
use authz::{Actor, Grant};
use i18n::t;
use model::{AppError, Locale, Theme};
use serde_json::{Value, json};
use store::LoginKey;

/// What the password form holds.
#[derive(Clone)]
pub struct PasswordChange {
    pub current: String,
    pub password: String,
    pub repeated: String,
}

impl Accounts {
    /// Changes the own password and ends all other sessions of the account with their sockets.
    ///
    /// # Errors
    /// `Invalid` with fields, also for a wrong current password; `TooMany` when it was guessed at too often.
    pub async fn change_password(&self, grant: &Grant<OwnAccount>, input: &PasswordChange) -> Result<(), AppError> {
        let actor = grant.actor();
        let outcome = self.try_change_password(actor, input).await;
        let act = Act { verb: "change-password", name: &actor.name, change: Value::Null };
        self.record(actor, act, &outcome).await;
        outcome
    }

    async fn try_change_password(&self, actor: &Actor, input: &PasswordChange) -> Result<(), AppError> {
        let locale = actor.locale;
        let account = self
            .store
            .accounts()
            .get(&actor.id.0)
            .await
            .map_err(|error| stored(locale, error))?
            .ok_or_else(|| AppError::not_found(t(locale, "access-not-found")))?;
        let mut fields = Vec::new();
        fields.extend(rules::password(locale, "password", &account.name, &input.password).err());
        if input.repeated != input.password {
            fields.push(rules::refused("repeated", t(locale, "access-password-differs")));
        } else if input.password == input.current {
            fields.push(rules::refused("password", t(locale, "access-password-same")));
        }
        if !fields.is_empty() {
            let mut error = AppError::invalid(t(locale, "access-check-fields"));
            error.fields = fields;
            return Err(error);
        }
        // An open browser is no licence to guess: the same counter as at sign-in.
        let key = LoginKey::Account(account.name.clone());
        self.count_attempt(locale, &key).await?;
        let current = if input.current.len() > rules::LONGEST_PASSWORD { "" } else { &input.current };
        let verified = self
            .hasher
            .verify(current, Some(&account.password_hash))
            .await
            .map_err(|error| internal(locale, &error))?;
        if !verified.matches {
            return Err(AppError::field("current", t(locale, "access-current-wrong")));
        }
        let hash = self.hasher.hash(&input.password).await.map_err(|error| internal(locale, &error))?;
        let accounts = self.store.accounts();
        accounts.set_password(&account.id, &hash, store::now()).await.map_err(|error| stored(locale, error))?;
        if let Err(error) = self.store.login_limits().clear(&key).await {
            tracing::warn!(%error, "after a change of password");
        }
        self.end_others(actor, Ended::PasswordChanged).await?;
        Ok(())
    }

    /// Sets language and theme; `None` leaves one as it is.
    ///
    /// # Errors
    /// `Unavailable` when the database does not take the write.
    pub async fn set_preference(
        &self,
        grant: &Grant<OwnAccount>,
        locale: Option<Locale>,
        theme: Option<Theme>,
    ) -> Result<(), AppError> {
        let actor = grant.actor();
        let accounts = self.store.accounts();
        let outcome = async {
            if let Some(locale) = locale {
                accounts.set_language(&actor.id.0, who::language(locale)).await?;
            }
            if let Some(theme) = theme {
                accounts.set_theme(&actor.id.0, who::theme(theme)).await?;
            }
            Ok(())
        }
        .await
        .map_err(|error| stored(actor.locale, error));
        let change = json!({ "language": locale.map(Locale::tag), "theme": theme.map(Theme::name) });
        self.record(actor, Act { verb: "set-preference", name: &actor.name, change }, &outcome).await;
        outcome
    }
}
