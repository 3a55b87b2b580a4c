//! Accounts that sign in: one main account and its sub-accounts (rows P-29, P-31, P-32).

use rand::Rng;

use crate::error::{StoreError, UniqueKey};
use crate::pool::{Row, Tx, args};
use crate::statements::statements;
use crate::words::words;
use crate::{Millis, Store};

words! {
    pub enum AccountKind { Main = "main", Sub = "sub" }
}
words! {
    /// What an account may do, until policies say it finer.
    pub enum AccountRole {
        /// A new sub-account may do nothing (P-31).
        None = "none",
        ReadOnly = "read_only",
        Full = "full",
    }
}
words! {
    /// `Auto` follows the browser.
    pub enum AccountLanguage { Auto = "auto", ZhCn = "zh-CN", En = "en" }
}
words! {
    pub enum AccountTheme { System = "system", Light = "light", Dark = "dark", Contrast = "contrast" }
}

/// A row of `accounts`.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// UUIDv7.
    pub id: String,
    /// 12 digits, as in the cloud's account pages.
    pub uin: String,
    /// Sign-in name, unique whatever the case.
    pub name: String,
    pub display_name: String,
    pub kind: AccountKind,
    pub role: AccountRole,
    /// PHC string (argon2id).
    pub password_hash: String,
    pub password_changed_at: Millis,
    /// The password was set by somebody else: it is changed at the next sign-in.
    pub must_change_password: bool,
    pub disabled: bool,
    pub language: AccountLanguage,
    pub theme: AccountTheme,
    pub created_at: Millis,
    pub last_login_at: Option<Millis>,
}

/// Without the password hash, so that no log line ever has it.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("role", &self.role)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

/// What the caller gives for a new account; id, UIN and kind are made here.
#[derive(Clone)]
pub struct NewAccount {
    pub name: String,
    pub display_name: String,
    pub role: AccountRole,
    /// PHC string; the caller hashes.
    pub password_hash: String,
    /// The password was chosen by somebody else.
    pub must_change_password: bool,
    pub language: AccountLanguage,
}

statements! {
    INSERT = "INSERT INTO accounts (id, uin, name, name_key, display_name, kind, role, password_hash, \
              password_changed_at, must_change_password, disabled, language, theme, created_at, last_login_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $12, FALSE, $10, $11, $9, NULL)";
    COUNT_MAIN = "SELECT count(*) AS n FROM accounts WHERE kind = 'main'";
    LIST = "SELECT * FROM accounts ORDER BY kind, name_key";
    BY_ID = "SELECT * FROM accounts WHERE id = $1";
    BY_NAME = "SELECT * FROM accounts WHERE name_key = $1";
    SET_ROLE = "UPDATE accounts SET role = $2 WHERE id = $1 AND kind <> 'main'";
    SET_DISABLED = "UPDATE accounts SET disabled = $2 WHERE id = $1 AND kind <> 'main'";
    SET_DISPLAY_NAME = "UPDATE accounts SET display_name = $2 WHERE id = $1";
    SET_PASSWORD = "UPDATE accounts SET password_hash = $2, password_changed_at = $3, must_change_password = $4 \
                    WHERE id = $1";
    SET_LANGUAGE = "UPDATE accounts SET language = $2 WHERE id = $1";
    SET_THEME = "UPDATE accounts SET theme = $2 WHERE id = $1";
    SET_LAST_LOGIN = "UPDATE accounts SET last_login_at = $2 WHERE id = $1";
    REHASH = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
    DELETE = "DELETE FROM accounts WHERE id = $1 AND kind <> 'main'";
    END_SESSIONS = "DELETE FROM sessions WHERE account_id = $1";
}

/// The accounts of a store: [`Store::accounts`].
#[derive(Clone, Copy)]
pub struct Accounts<'a>(&'a Store);

impl Store {
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
}

/// How names are compared: upper and lower case are the same, in every script.
fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn account(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.get("id")?,
        uin: row.get("uin")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        kind: row.word("kind")?,
        role: row.word("role")?,
        password_hash: row.get("password_hash")?,
        password_changed_at: row.get("password_changed_at")?,
        must_change_password: row.get("must_change_password")?,
        disabled: row.get("disabled")?,
        language: row.word("language")?,
        theme: row.word("theme")?,
        created_at: row.get("created_at")?,
        last_login_at: row.get("last_login_at")?,
    })
}

/// Inserts within a transaction. A taken UIN is the caller's to retry: PostgreSQL aborts the
/// transaction with it.
pub(crate) async fn insert(
    tx: &mut Tx,
    kind: AccountKind,
    new: &NewAccount,
    now: Millis,
) -> Result<Account, StoreError> {
    let account = Account {
        id: crate::new_id(),
        uin: rand::rng().random_range(100_000_000_000_u64..1_000_000_000_000).to_string(),
        name: new.name.clone(),
        display_name: new.display_name.clone(),
        kind,
        role: new.role,
        password_hash: new.password_hash.clone(),
        password_changed_at: now,
        must_change_password: new.must_change_password,
        disabled: false,
        language: new.language,
        theme: AccountTheme::System,
        created_at: now,
        last_login_at: None,
    };
    tx.execute(
        INSERT,
        args![
            &account.id,
            &account.uin,
            &account.name,
            name_key(&account.name),
            &account.display_name,
            kind,
            account.role,
            &account.password_hash,
            now,
            account.language,
            account.theme,
            account.must_change_password
        ],
    )
    .await?;
    Ok(account)
}

impl Accounts<'_> {
    /// Makes the main account, of which there can be only one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueKey::MainAccount`] when there is one, also when two
    /// callers race.
    pub async fn create_main(&self, new: &NewAccount, now: Millis) -> Result<Account, StoreError> {
        self.create(AccountKind::Main, new, now).await
    }

    /// Makes a sub-account.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueKey::AccountName`].
    pub async fn create_sub(&self, new: &NewAccount, now: Millis) -> Result<Account, StoreError> {
        self.create(AccountKind::Sub, new, now).await
    }

    async fn create(&self, kind: AccountKind, new: &NewAccount, now: Millis) -> Result<Account, StoreError> {
        loop {
            let mut tx = self.0.pool().begin().await?;
            match insert(&mut tx, kind, new, now).await {
                Ok(account) => {
                    tx.commit().await?;
                    return Ok(account);
                }
                // One in 10¹¹ per account: another number.
                Err(StoreError::Conflict(UniqueKey::AccountUin)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether set-up is done.
    pub async fn has_main(&self) -> Result<bool, StoreError> {
        Ok(self.0.pool().one(COUNT_MAIN, args![]).await?.get::<i64>("n")? > 0)
    }

    /// The main account first, then by name.
    pub async fn list(&self) -> Result<Vec<Account>, StoreError> {
        self.0.pool().all(LIST, args![]).await?.iter().map(account).collect()
    }

    pub async fn get(&self, id: &str) -> Result<Option<Account>, StoreError> {
        self.0.pool().optional(BY_ID, args![id]).await?.as_ref().map(account).transpose()
    }

    /// By sign-in name, whatever the case. A name that no account can have is simply not found.
    pub async fn get_by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        match self.0.pool().optional(BY_NAME, args![name_key(name)]).await {
            Ok(row) => row.as_ref().map(account).transpose(),
            Err(StoreError::InvalidText) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sub-accounts only; the main account always has full access.
    pub async fn set_role(&self, id: &str, role: AccountRole) -> Result<(), StoreError> {
        let changed = self.0.pool().execute(SET_ROLE, args![id, role]).await?;
        self.sub_only(id, changed, "the main account always has full access").await
    }

    /// Disabling ends the account's sessions with it. Sub-accounts only.
    pub async fn set_disabled(&self, id: &str, disabled: bool) -> Result<(), StoreError> {
        let mut tx = self.0.pool().begin().await?;
        let changed = tx.execute(SET_DISABLED, args![id, disabled]).await?;
        if disabled && changed > 0 {
            tx.execute(END_SESSIONS, args![id]).await?;
        }
        tx.commit().await?;
        self.sub_only(id, changed, "the main account cannot be disabled").await
    }

    pub async fn set_display_name(&self, id: &str, name: &str) -> Result<(), StoreError> {
        found(self.0.pool().execute(SET_DISPLAY_NAME, args![id, name]).await?)
    }

    /// Sets the password (PHC string) that the account has chosen. Which sessions end with it is the
    /// caller's to say: [`crate::SessionRows::end_others`] or [`crate::SessionRows::end_all`].
    pub async fn set_password(&self, id: &str, hash: &str, now: Millis) -> Result<(), StoreError> {
        found(self.0.pool().execute(SET_PASSWORD, args![id, hash, now, false]).await?)
    }

    /// The same by somebody else: the account must change it at the next sign-in.
    pub async fn reset_password(&self, id: &str, hash: &str, now: Millis) -> Result<(), StoreError> {
        found(self.0.pool().execute(SET_PASSWORD, args![id, hash, now, true]).await?)
    }

    /// Replaces the hash of the same password by one with newer parameters, unless the password was
    /// changed meanwhile. Does not count as a change of password.
    pub async fn rehash(&self, id: &str, old: &str, new: &str) -> Result<(), StoreError> {
        self.0.pool().execute(REHASH, args![id, old, new]).await.map(drop)
    }

    pub async fn set_language(&self, id: &str, language: AccountLanguage) -> Result<(), StoreError> {
        found(self.0.pool().execute(SET_LANGUAGE, args![id, language]).await?)
    }

    pub async fn set_theme(&self, id: &str, theme: AccountTheme) -> Result<(), StoreError> {
        found(self.0.pool().execute(SET_THEME, args![id, theme]).await?)
    }

    pub async fn record_login(&self, id: &str, now: Millis) -> Result<(), StoreError> {
        found(self.0.pool().execute(SET_LAST_LOGIN, args![id, now]).await?)
    }

    /// Deletes a sub-account and, with it, its sessions. Its journal entries stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Refused`] for the main account.
    pub async fn delete(&self, id: &str) -> Result<(), StoreError> {
        let deleted = self.0.pool().execute(DELETE, args![id]).await?;
        self.sub_only(id, deleted, "the main account cannot be deleted").await
    }

    /// Says why a statement for sub-accounts changed nothing.
    async fn sub_only(&self, id: &str, changed: u64, why: &'static str) -> Result<(), StoreError> {
        if changed == 0 && self.get(id).await?.is_some() {
            return Err(StoreError::Refused(why));
        }
        found(changed)
    }
}

fn found(changed: u64) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotFound("account")) } else { Ok(()) }
}
