//! The table of all SQL texts, so that a test can have each one prepared by both engines.

/// `statements! { NAME = "SQL"; … }`: constants of a module, and `ALL` of them for the table.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$meta])* const $name: &str = $sql;)*
        /// Every SQL text of this module, with its name.
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;

use crate::error::StoreError;
use crate::pool::Pool;
use crate::{Store, accounts, clusters, journal, login_limits, operations, sessions, settings, setup};

/// All statements by area. Statements of one engine only (PRAGMA, VACUUM INTO) are in `backup`.
pub(crate) const AREAS: &[(&str, &[(&str, &str)])] = &[
    ("accounts", accounts::ALL),
    ("clusters", clusters::ALL),
    ("journal", journal::ALL),
    ("login_limits", login_limits::ALL),
    ("operations", operations::ALL),
    ("sessions", sessions::ALL),
    ("settings", settings::ALL),
    ("setup", setup::ALL),
];

impl Store {
    /// Has the database prepare every statement of this program, without running any.
    ///
    /// Returns how many there are, and the ones it refused with its message: a schema that does not
    /// fit shows here, before a person meets it.
    pub async fn prepare_all(&self) -> Result<(usize, Vec<String>), StoreError> {
        let mut count = 0;
        let mut refused = Vec::new();
        for (area, statements) in AREAS {
            for (name, sql) in *statements {
                count += 1;
                if let Err(error) = self.pool().prepare(sql).await {
                    refused.push(format!("{area}::{name}: {error}"));
                }
            }
        }
        Ok((count, refused))
    }
}

impl Pool {
    async fn prepare(&self, sql: &'static str) -> Result<(), StoreError> {
        use sqlx::{Executor, SqlSafeStr};
        let sql = sql.into_sql_str();
        match self {
            Self::Sqlite { read, .. } => read.prepare(sql).await.map(drop),
            Self::Postgres(pool) => pool.prepare(sql).await.map(drop),
        }
        .map_err(|error| StoreError::from_sqlx(self.engine(), error))
    }
}
