//! Sessions of the browser, kept in the database so that they outlive a restart and can be listed
//! and ended. The store of `tower-sessions`, with columns beside the session's data.
//!
//! - The id is kept as a hash.
//! - A session ends when it was idle too long, at an absolute age, and at once when its row goes.
//! - Saving never brings an ended session back: a request that began before stays without effect.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store;

use crate::error::StoreError;
use crate::pool::{Row, args, to_json};
use crate::statements::statements;
use crate::{Millis, Store};

/// Keys of the session's data that are copied into columns when the session is created or saved.
/// Each holds a JSON string.
pub mod session_keys {
    /// Id of the account that signed in.
    pub const ACCOUNT: &str = "account";
    /// Address of the browser.
    pub const ADDRESS: &str = "address";
    /// Its `User-Agent`.
    pub const USER_AGENT: &str = "user_agent";
}

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without any request.
    pub idle: Duration,
    /// Since its creation, whatever happens.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    /// Two hours idle, twelve hours in all.
    fn default() -> Self {
        Self { idle: Duration::from_secs(2 * 3600), absolute: Duration::from_secs(12 * 3600) }
    }
}

/// A session in an account's list. It cannot be used to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// [`SessionRows::hash`] of the id: names the session in a list and in [`SessionRows::end`].
    pub id_hash: String,
    pub created_at: Millis,
    pub last_seen_at: Millis,
    /// The earlier of the idle and the absolute limit.
    pub expires_at: Millis,
    pub address: String,
    pub user_agent: String,
}

statements! {
    INSERT = "INSERT INTO sessions (id_hash, account_id, data, created_at, last_seen_at, expires_at, \
              absolute_expires_at, address, user_agent) VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8) \
              ON CONFLICT (id_hash) DO NOTHING";
    SAVE = "UPDATE sessions SET account_id = $2, data = $3, last_seen_at = $4, address = $6, user_agent = $7, \
            expires_at = CASE WHEN $5 < absolute_expires_at THEN $5 ELSE absolute_expires_at END \
            WHERE id_hash = $1";
    /// A session that began while its account was being disabled does not open either.
    LOAD = "SELECT * FROM sessions WHERE id_hash = $1 AND expires_at > $2 AND absolute_expires_at > $2 \
            AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = sessions.account_id AND a.disabled = TRUE)";
    TOUCH = "UPDATE sessions SET last_seen_at = $2, \
             expires_at = CASE WHEN $3 < absolute_expires_at THEN $3 ELSE absolute_expires_at END \
             WHERE id_hash = $1 AND last_seen_at < $2";
    DELETE = "DELETE FROM sessions WHERE id_hash = $1";
    ALIVE = "SELECT count(*) AS n FROM sessions WHERE id_hash = $1 AND expires_at > $2 AND absolute_expires_at > $2 \
             AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = sessions.account_id AND a.disabled = TRUE)";
    OF_ACCOUNT = "SELECT * FROM sessions WHERE account_id = $1 AND expires_at > $2 AND absolute_expires_at > $2 \
                  ORDER BY last_seen_at DESC, id_hash";
    END_ONE = "DELETE FROM sessions WHERE account_id = $1 AND id_hash = $2";
    END_OTHERS = "DELETE FROM sessions WHERE account_id = $1 AND id_hash <> $2";
    END_ALL = "DELETE FROM sessions WHERE account_id = $1";
    DELETE_EXPIRED = "DELETE FROM sessions WHERE expires_at <= $1 OR absolute_expires_at <= $1";
}

/// The sessions of a store, and the `SessionStore` for `tower-sessions`.
#[derive(Debug, Clone)]
pub struct SessionRows {
    store: Store,
    limits: SessionLimits,
}

impl Store {
    pub fn sessions(&self, limits: SessionLimits) -> SessionRows {
        SessionRows { store: self.clone(), limits }
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 4)
}

fn to_millis(time: OffsetDateTime) -> Millis {
    Millis::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(Millis::MAX)
}

fn from_millis(time: Millis) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(time) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// What [`session_keys`] say about a record.
struct Columns {
    account: Option<String>,
    address: String,
    user_agent: String,
}

impl Columns {
    fn of(record: &Record) -> Self {
        let text = |key: &str| record.data.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        Self {
            account: text(session_keys::ACCOUNT),
            address: text(session_keys::ADDRESS).unwrap_or_default(),
            user_agent: text(session_keys::USER_AGENT).unwrap_or_default(),
        }
    }
}

fn session_row(row: &Row) -> Result<SessionRow, StoreError> {
    let expires_at: Millis = row.get("expires_at")?;
    Ok(SessionRow {
        id_hash: row.get("id_hash")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: expires_at.min(row.get("absolute_expires_at")?),
        address: row.get("address")?,
        user_agent: row.get("user_agent")?,
    })
}

impl SessionRows {
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// The name of a session in the database and in lists.
    pub fn hash(id: &Id) -> String {
        crate::sha256_hex(&id.0.to_be_bytes())
    }

    /// Whether the session still lives, without counting as a sign of life: for sockets that look
    /// again from time to time.
    pub async fn is_alive(&self, id_hash: &str, now: Millis) -> Result<bool, StoreError> {
        Ok(self.store.pool().one(ALIVE, args![id_hash, now]).await?.get::<i64>("n")? > 0)
    }

    /// Living sessions of an account, the last seen first.
    pub async fn of_account(&self, account_id: &str, now: Millis) -> Result<Vec<SessionRow>, StoreError> {
        let rows = self.store.pool().all(OF_ACCOUNT, args![account_id, now]).await?;
        rows.iter().map(session_row).collect()
    }

    /// Ends one session of an account.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] also when it belongs to another account.
    pub async fn end(&self, account_id: &str, id_hash: &str) -> Result<(), StoreError> {
        match self.store.pool().execute(END_ONE, args![account_id, id_hash]).await? {
            0 => Err(StoreError::NotFound("session")),
            _ => Ok(()),
        }
    }

    /// Ends all sessions of an account but one; returns how many.
    pub async fn end_others(&self, account_id: &str, keep_id_hash: &str) -> Result<u64, StoreError> {
        self.store.pool().execute(END_OTHERS, args![account_id, keep_id_hash]).await
    }

    /// Ends all sessions of an account; returns how many.
    pub async fn end_all(&self, account_id: &str) -> Result<u64, StoreError> {
        self.store.pool().execute(END_ALL, args![account_id]).await
    }

    /// Deletes the rows of sessions that are over; returns how many.
    pub async fn delete_expired(&self, now: Millis) -> Result<u64, StoreError> {
        self.store.pool().execute(DELETE_EXPIRED, args![now]).await
    }

    /// Gives the row its life after it was seen. Written at most once in a twentieth of the idle
    /// limit (a minute at most): a page with many requests does not become many writes.
    async fn touch(&self, hash: &str, last_seen: Millis, now: Millis) -> Option<Millis> {
        let idle = millis(self.limits.idle);
        if now - last_seen < (idle / 20).min(60_000) {
            return None;
        }
        let expires = now.saturating_add(idle);
        match self.store.pool().execute(TOUCH, args![hash, now, expires]).await {
            Ok(_) => Some(expires),
            // The session is good; a database that cannot be written must not shut readers out.
            Err(error) => {
                tracing::warn!(%error, "the session's last use was not recorded");
                None
            }
        }
    }

    async fn insert(&self, record: &Record, now: Millis) -> Result<bool, StoreError> {
        let columns = Columns::of(record);
        let absolute = now.saturating_add(millis(self.limits.absolute));
        let expires = to_millis(record.expiry_date).min(absolute);
        let inserted = self
            .store
            .pool()
            .execute(
                INSERT,
                args![
                    Self::hash(&record.id),
                    columns.account,
                    to_json(&record.data)?,
                    now,
                    expires,
                    absolute,
                    columns.address,
                    columns.user_agent
                ],
            )
            .await?;
        Ok(inserted > 0)
    }

    async fn update(&self, record: &Record, now: Millis) -> Result<bool, StoreError> {
        let columns = Columns::of(record);
        let saved = self
            .store
            .pool()
            .execute(
                SAVE,
                args![
                    Self::hash(&record.id),
                    columns.account,
                    to_json(&record.data)?,
                    now,
                    to_millis(record.expiry_date),
                    columns.address,
                    columns.user_agent
                ],
            )
            .await?;
        Ok(saved > 0)
    }

    async fn read(&self, id: &Id, now: Millis) -> Result<Option<Record>, StoreError> {
        let hash = Self::hash(id);
        let Some(row) = self.store.pool().optional(LOAD, args![&hash, now]).await? else {
            return Ok(None);
        };
        let touched = self.touch(&hash, row.get("last_seen_at")?, now).await;
        let expires = touched.map_or_else(|| row.get("expires_at"), Ok)?;
        Ok(Some(Record {
            id: *id,
            data: row.json("data")?,
            expiry_date: from_millis(expires.min(row.get("absolute_expires_at")?)),
        }))
    }
}

fn backend(error: StoreError) -> session_store::Error {
    match error {
        StoreError::Corrupt(what) => session_store::Error::Decode(what),
        other => session_store::Error::Backend(other.to_string()),
    }
}

#[async_trait]
impl session_store::SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // 128 random bits do not collide by chance, but a collision must not become a takeover.
        while !self.insert(record, crate::now()).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        if !self.update(record, crate::now()).await.map_err(backend)? {
            tracing::debug!("a session that has ended was not saved");
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.read(id, crate::now()).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.store.pool().execute(DELETE, args![Self::hash(id)]).await.map(drop).map_err(backend)
    }
}
