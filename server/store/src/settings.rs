//! Settings of the installation that are changed in the console: a JSON value under a key.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;
use crate::pool::{args, to_json};
use crate::statements::statements;
use crate::{Millis, Store};

statements! {
    GET = "SELECT value FROM settings WHERE key = $1";
    SET = "INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3) \
           ON CONFLICT (key) DO UPDATE SET value = $2, updated_at = $3";
    DELETE = "DELETE FROM settings WHERE key = $1";
    KEYS = "SELECT key FROM settings ORDER BY key";
}

/// The settings of a store: [`Store::settings`].
#[derive(Clone, Copy)]
pub struct Settings<'a>(&'a Store);

impl Store {
    pub fn settings(&self) -> Settings<'_> {
        Settings(self)
    }
}

impl Settings<'_> {
    /// `None` when it was never set.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the stored value is not a `T`.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let row = self.0.pool().optional(GET, args![key]).await?;
        row.map(|row| row.json("value")).transpose()
    }

    pub async fn set<T: Serialize + Sync + ?Sized>(&self, key: &str, value: &T, now: Millis) -> Result<(), StoreError> {
        self.0.pool().execute(SET, args![key, to_json(value)?, now]).await.map(drop)
    }

    /// Back to the default. Deleting what is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.pool().execute(DELETE, args![key]).await.map(drop)
    }

    pub async fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.0.pool().all(KEYS, args![]).await?.iter().map(|row| row.get("key")).collect()
    }
}
