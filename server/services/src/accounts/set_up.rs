//! The first start: the main account by a one-time link (issue 4.1).

use super::failure::{internal, stored};
use super::record::Act;
use super::{Accounts, SignedIn, Visitor, rules, who};
use i18n::t;
use model::{AppError, ErrorKind, Locale};
use serde_json::json;
use store::{AccountRole, NewAccount, StoreError};

/// What the set-up form holds.
#[derive(Clone)]
pub struct SetUp {
    /// The secret of the link.
    pub token: String,
    pub name: String,
    pub password: String,
    /// The password typed a second time.
    pub repeated: String,
    pub language: Locale,
}

/// What a set-up link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpLink {
    Open,
    /// Unknown, used or too old.
    Dead,
    /// There is a main account already.
    Done,
}

impl Accounts {
    /// The secret of a new set-up link; `None` when there is a main account. Printed at each start until it is used.
    ///
    /// # Errors
    /// The database's.
    pub async fn issue_set_up_token(&self) -> Result<Option<String>, StoreError> {
        match self.store.setup().issue(store::now()).await {
            Ok(token) => Ok(Some(token.expose().to_owned())),
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether anybody can sign in yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_set_up(&self) -> Result<bool, StoreError> {
        self.store.accounts().has_main().await
    }

    /// What the link of this token leads to.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn set_up_link(&self, locale: Locale, token: &str) -> Result<SetUpLink, AppError> {
        if self.is_set_up().await.map_err(|error| stored(locale, error))? {
            return Ok(SetUpLink::Done);
        }
        let open = self.store.setup().check(token, store::now()).await.map_err(|error| stored(locale, error))?;
        Ok(if open { SetUpLink::Open } else { SetUpLink::Dead })
    }

    /// Makes the main account and uses the link up, both or neither.
    ///
    /// # Errors
    /// `Invalid` with fields; `Conflict` when set-up is done; `NotFound` for a link that is unknown, used or too old.
    pub async fn set_up(&self, visitor: &Visitor, input: &SetUp) -> Result<SignedIn, AppError> {
        let locale = visitor.locale;
        // Before the hash: only who holds the link makes the server work.
        match self.set_up_link(locale, &input.token).await? {
            SetUpLink::Open => {}
            SetUpLink::Dead => return Err(AppError::not_found(t(locale, "access-setup-dead"))),
            SetUpLink::Done => return Err(AppError::new(ErrorKind::Conflict, t(locale, "access-setup-done"))),
        }
        let name = Self::check_new(locale, &input.name, &input.password, Some(&input.repeated))?;
        let password_hash = self.hasher.hash(&input.password).await.map_err(|error| internal(locale, &error))?;
        let new = NewAccount {
            display_name: name.clone(),
            name,
            role: AccountRole::Full,
            password_hash,
            must_change_password: false,
            language: who::language(input.language),
        };
        let account =
            self.store.setup().complete(&input.token, &new, store::now()).await.map_err(|error| match error {
                StoreError::NotFound(_) => AppError::not_found(t(locale, "access-setup-dead")),
                StoreError::Conflict(store::UniqueKey::MainAccount) => {
                    AppError::new(ErrorKind::Conflict, t(locale, "access-setup-done"))
                }
                other => stored(locale, other),
            })?;
        let outcome = Ok(SignedIn::of(&account));
        let act = Act { verb: "set-up", name: &account.name, change: json!({ "main": true }) };
        self.record_visit(visitor, Some(&account), act, &outcome).await;
        self.store.accounts().record_login(&account.id, store::now()).await.map_err(|error| stored(locale, error))?;
        outcome
    }

    /// Name and password of a new account; all fields are looked at, so that one sees everything at once.
    pub(super) fn check_new(
        locale: Locale,
        name: &str,
        password: &str,
        repeated: Option<&str>,
    ) -> Result<String, AppError> {
        let mut fields = Vec::new();
        let checked = rules::name(locale, name).map_err(|field| fields.push(field)).ok();
        fields.extend(rules::password(locale, "password", name, password).err());
        if repeated.is_some_and(|repeated| repeated != password) {
            fields.push(rules::refused("repeated", t(locale, "access-password-differs")));
        }
        match checked {
            Some(name) if fields.is_empty() => Ok(name),
            _ => {
                let mut error = AppError::invalid(t(locale, "access-check-fields"));
                error.fields = fields;
                Err(error)
            }
        }
    }
}
