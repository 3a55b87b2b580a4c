//! What the main account does with sub-accounts (P-29, P-31).

use super::failure::{internal, stored};
use super::record::Act;
use super::{Accounts, Ended, rules, who};
use authz::right::AccountsManage;
use authz::{Actor, Grant};
use i18n::t;
use model::access::AccountView;
use model::permission::Role;
use model::{AccountId, AppError};
use rand::Rng;
use serde_json::{Value, json};
use store::{Account, AccountKind, AccountLanguage, NewAccount};

/// What the form of a new sub-account holds.
#[derive(Clone)]
pub struct NewSubAccount {
    pub name: String,
    /// `None` (no rights) unless chosen otherwise.
    pub role: Role,
    /// The first password; the person must change it at the first sign-in.
    pub password: String,
    pub repeated: String,
}

impl Accounts {
    /// All accounts, the main one first.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn list(&self, grant: &Grant<AccountsManage>) -> Result<Vec<AccountView>, AppError> {
        let locale = grant.actor().locale;
        let rows = self.store.accounts().list().await.map_err(|error| stored(locale, error))?;
        Ok(rows.iter().map(view).collect())
    }

    /// One account.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, grant: &Grant<AccountsManage>, id: &AccountId) -> Result<AccountView, AppError> {
        Ok(view(&self.row(grant.actor(), id).await?))
    }

    /// Makes a sub-account.
    ///
    /// # Errors
    /// `Invalid` with fields; `Conflict` when the name is taken.
    pub async fn create(&self, grant: &Grant<AccountsManage>, input: &NewSubAccount) -> Result<AccountId, AppError> {
        let actor = grant.actor();
        let outcome = self.try_create(actor, input).await;
        let change = json!({ "role": input.role.name() });
        self.record(actor, Act { verb: "create", name: input.name.trim(), change }, &outcome).await;
        outcome
    }

    async fn try_create(&self, actor: &Actor, input: &NewSubAccount) -> Result<AccountId, AppError> {
        let locale = actor.locale;
        let name = Self::check_new(locale, &input.name, &input.password, Some(&input.repeated))?;
        // Asked first, so that a taken name costs no hash; the unique key decides in the end.
        let taken = self.store.accounts().get_by_name(&name).await.map_err(|error| stored(locale, error))?;
        if taken.is_some() {
            return Err(stored(locale, store::StoreError::Conflict(store::UniqueKey::AccountName)));
        }
        let password_hash = self.hasher.hash(&input.password).await.map_err(|error| internal(locale, &error))?;
        let new = NewAccount {
            display_name: name.clone(),
            name,
            role: who::role(input.role),
            password_hash,
            must_change_password: true,
            language: AccountLanguage::Auto,
        };
        let accounts = self.store.accounts();
        let made = accounts.create_sub(&new, store::now()).await.map_err(|error| stored(locale, error))?;
        Ok(AccountId(made.id))
    }

    /// Gives a sub-account another role. Its open sockets end and come back with the new rights.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the main account.
    pub async fn set_role(&self, grant: &Grant<AccountsManage>, id: &AccountId, role: Role) -> Result<(), AppError> {
        self.change(grant.actor(), id, "set-role", json!({ "role": role.name() }), async |account| {
            self.store.accounts().set_role(&account.id, who::role(role)).await?;
            self.watch.end_account(id, None, Ended::RightsChanged);
            Ok(())
        })
        .await
    }

    /// Disables a sub-account: its sessions and sockets end.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the main account.
    pub async fn disable(&self, grant: &Grant<AccountsManage>, id: &AccountId) -> Result<(), AppError> {
        self.change(grant.actor(), id, "disable", json!({ "disabled": true }), async |account| {
            self.store.accounts().set_disabled(&account.id, true).await?;
            self.watch.end_account(id, None, Ended::Disabled);
            Ok(())
        })
        .await
    }

    /// Lets a disabled sub-account sign in again.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn enable(&self, grant: &Grant<AccountsManage>, id: &AccountId) -> Result<(), AppError> {
        self.change(grant.actor(), id, "enable", json!({ "disabled": false }), async |account| {
            self.store.accounts().set_disabled(&account.id, false).await
        })
        .await
    }

    /// Deletes a sub-account with its sessions; its journal rows stay.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the main account.
    pub async fn delete(&self, grant: &Grant<AccountsManage>, id: &AccountId) -> Result<(), AppError> {
        self.change(grant.actor(), id, "delete", Value::Null, async |account| {
            self.store.accounts().delete(&account.id).await?;
            self.watch.end_account(id, None, Ended::Deleted);
            Ok(())
        })
        .await
    }

    /// Gives a sub-account a new random password, shown once, which must be changed at the next sign-in. Ends its
    /// sessions.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the main account, whose password is reset on the server only.
    pub async fn reset_password(&self, grant: &Grant<AccountsManage>, id: &AccountId) -> Result<String, AppError> {
        let actor = grant.actor();
        let password = one_time_password();
        let hash = self.hasher.hash(&password).await.map_err(|error| internal(actor.locale, &error))?;
        self.change(actor, id, "reset-password", Value::Null, async |account| {
            if account.kind == AccountKind::Main {
                return Err(store::StoreError::Refused("the main account's password is reset on the server"));
            }
            self.replace_password(account, &hash).await
        })
        .await?;
        Ok(password)
    }

    /// For the command line of the server: gives an account (the main one without a name) this password, or a random
    /// one. Returns its name and the password.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a weak password.
    pub async fn reset_password_on_server(
        &self,
        actor: &Actor,
        name: Option<&str>,
        password: Option<String>,
    ) -> Result<(String, String), AppError> {
        let locale = actor.locale;
        let found = match name {
            Some(name) => self.store.accounts().get_by_name(name.trim()).await,
            None => self.store.accounts().list().await.map(|all| all.into_iter().find(|a| a.kind == AccountKind::Main)),
        };
        let account = found
            .map_err(|error| stored(locale, error))?
            .ok_or_else(|| AppError::not_found(t(locale, "access-no-such-account")))?;
        let password = match password {
            Some(given) => {
                rules::password(locale, "password", &account.name, &given)
                    .map_err(|field| AppError::field(field.path, field.message))?;
                given
            }
            None => one_time_password(),
        };
        let hash = self.hasher.hash(&password).await.map_err(|error| internal(locale, &error))?;
        let outcome = self.replace_password(&account, &hash).await.map_err(|error| stored(locale, error));
        let act = Act { verb: "reset-password", name: &account.name, change: Value::Null };
        self.record(actor, act, &outcome).await;
        outcome?;
        // Whoever locked themselves out by guessing may come in at once.
        let key = store::LoginKey::Account(account.name.clone());
        self.store.login_limits().clear(&key).await.map_err(|error| stored(locale, error))?;
        Ok((account.name, password))
    }

    async fn replace_password(&self, account: &Account, hash: &str) -> Result<(), store::StoreError> {
        self.store.accounts().reset_password(&account.id, hash, store::now()).await?;
        self.sessions.end_all(&account.id).await?;
        self.watch.end_account(&AccountId(account.id.clone()), None, Ended::PasswordChanged);
        Ok(())
    }

    async fn row(&self, actor: &Actor, id: &AccountId) -> Result<Account, AppError> {
        let found = self.store.accounts().get(&id.0).await.map_err(|error| stored(actor.locale, error))?;
        found.ok_or_else(|| AppError::not_found(t(actor.locale, "access-not-found")))
    }

    /// A write about one account: reads it, does it, writes the journal row.
    async fn change(
        &self,
        actor: &Actor,
        id: &AccountId,
        verb: &'static str,
        change: Value,
        act: impl AsyncFnOnce(&Account) -> Result<(), store::StoreError>,
    ) -> Result<(), AppError> {
        let account = self.row(actor, id).await?;
        let outcome = act(&account).await.map_err(|error| stored(actor.locale, error));
        self.record(actor, Act { verb, name: &account.name, change }, &outcome).await;
        outcome
    }
}

fn view(account: &Account) -> AccountView {
    AccountView {
        id: AccountId(account.id.clone()),
        uin: account.uin.clone(),
        name: account.name.clone(),
        main: account.kind == AccountKind::Main,
        role: who::role_of(account.role),
        disabled: account.disabled,
        must_change_password: account.must_change_password,
        created_at: account.created_at,
        last_login_at: account.last_login_at,
    }
}

/// 20 characters without the ones that are mistaken for each other: 113 bits.
fn one_time_password() -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679";
    let mut random = rand::rng();
    (0..20).map(|_| ALPHABET[random.random_range(0..ALPHABET.len())] as char).collect()
}
