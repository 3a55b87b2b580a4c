//! The first start: a one-time link with which the main account is made.

use rand::TryRngCore;

use crate::accounts::{self, Account, AccountKind, NewAccount};
use crate::error::{StoreError, UniqueKey};
use crate::pool::args;
use crate::secret::SecretError;
use crate::statements::statements;
use crate::{Millis, Store};

/// A link that nobody used is dead after a day; the next start prints a new one.
const LIFETIME: Millis = 24 * 3_600_000;

/// The secret part of the set-up link. Shown once; only its hash is kept.
#[derive(Clone)]
pub struct SetupToken(String);

impl SetupToken {
    /// 64 hexadecimal characters, safe in a URL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

statements! {
    INSERT = "INSERT INTO setup_tokens (token_hash, created_at, expires_at, used_at) VALUES ($1, $2, $3, NULL)";
    CHECK_TOKEN = "SELECT count(*) AS n FROM setup_tokens WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    USE_TOKEN = "UPDATE setup_tokens SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    DELETE_OTHERS = "DELETE FROM setup_tokens WHERE used_at IS NULL";
    DELETE_EXPIRED = "DELETE FROM setup_tokens WHERE used_at IS NULL AND expires_at <= $1";
    COUNT_MAIN = "SELECT count(*) AS n FROM accounts WHERE kind = 'main'";
}

/// The set-up of a store: [`Store::setup`].
#[derive(Clone, Copy)]
pub struct Setup<'a>(&'a Store);

impl Store {
    pub fn setup(&self) -> Setup<'_> {
        Setup(self)
    }
}

impl Setup<'_> {
    /// Makes a new link's token. Earlier ones that were not used stay good until they expire, because
    /// another replica may have printed them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueKey::MainAccount`] when set-up is done.
    pub async fn issue(&self, now: Millis) -> Result<SetupToken, StoreError> {
        let mut bytes = [0_u8; 32];
        rand::rngs::OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|_| SecretError::Seal("the system gives no random numbers"))?;
        let token = SetupToken(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        let mut tx = self.0.pool().begin().await?;
        refuse_second(tx.optional(COUNT_MAIN, args![]).await?)?;
        tx.execute(DELETE_EXPIRED, args![now]).await?;
        tx.execute(INSERT, args![hash(&token.0), now, now + LIFETIME]).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Whether the link still opens the set-up page.
    pub async fn check(&self, token: &str, now: Millis) -> Result<bool, StoreError> {
        let row = self.0.pool().one(CHECK_TOKEN, args![hash(token), now]).await?;
        Ok(row.get::<i64>("n")? > 0)
    }

    /// Makes the main account and uses the token up, both or neither. All other links die too.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueKey::MainAccount`] when set-up is done,
    /// [`StoreError::NotFound`] for a link that is unknown, used or too old.
    pub async fn complete(&self, token: &str, new: &NewAccount, now: Millis) -> Result<Account, StoreError> {
        let mut tx = self.0.pool().begin().await?;
        refuse_second(tx.optional(COUNT_MAIN, args![]).await?)?;
        if tx.execute(USE_TOKEN, args![hash(token), now]).await? == 0 {
            return Err(StoreError::NotFound("set-up link"));
        }
        tx.execute(DELETE_OTHERS, args![]).await?;
        // The unique index decides between two that got this far.
        let account = accounts::insert(&mut tx, AccountKind::Main, new, now).await?;
        tx.commit().await?;
        Ok(account)
    }
}

fn hash(token: &str) -> String {
    crate::sha256_hex(token.trim().as_bytes())
}

fn refuse_second(count: Option<crate::pool::Row>) -> Result<(), StoreError> {
    match count {
        Some(row) if row.get::<i64>("n")? > 0 => Err(StoreError::Conflict(UniqueKey::MainAccount)),
        _ => Ok(()),
    }
}
