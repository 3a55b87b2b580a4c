//! What can go wrong with the database, in words that can be told to people.

use std::fmt;

use crate::secret::SecretError;

/// Which of the two engines is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The engine's own name, as people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value that has to be unique and was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UniqueKey {
    AccountName,
    AccountUin,
    /// There is a main account already.
    MainAccount,
    ClusterName,
    ClusterId,
    /// Another key, by `table_column`.
    Other(String),
}

impl UniqueKey {
    /// `name` is `table_column`, which both engines' messages are brought to.
    fn from_constraint(name: &str) -> Self {
        match name {
            "accounts_name_key" => Self::AccountName,
            "accounts_uin" => Self::AccountUin,
            "accounts_kind" => Self::MainAccount,
            "clusters_name_key" => Self::ClusterName,
            "clusters_id" | "clusters_pkey" => Self::ClusterId,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for UniqueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccountName => "account name",
            Self::AccountUin => "account UIN",
            Self::MainAccount => "main account",
            Self::ClusterName => "cluster name",
            Self::ClusterId => "cluster id",
            Self::Other(name) => name,
        })
    }
}

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row is not there (any more). Holds the kind of thing, for example `account`.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A unique value is taken.
    #[error("{0} already exists")]
    Conflict(UniqueKey),
    /// The change is not allowed by a rule of the data, for example deleting the main account.
    #[error("{0}")]
    Refused(&'static str),
    /// A value that no engine can keep (a NUL character in a text).
    #[error("the text contains a character that cannot be stored")]
    InvalidText,
    /// The database, its file or its directory can be read but not written.
    #[error("the database is read-only")]
    ReadOnly,
    /// There is no room for the write; nothing of it was kept.
    #[error("the disk of the database is full")]
    DiskFull,
    /// Somebody else holds the database for longer than the time-out; trying again may work.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached or its file cannot be opened.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A newer program has migrated this database; this one must not touch it.
    #[error("the database has schema {found}, this program knows schemas up to {known}: use a newer program")]
    NewerSchema { found: i64, known: i64 },
    /// A migration could not be applied, or differs from the one that was applied.
    #[error("the database could not be migrated: {0}")]
    Migration(String),
    /// The database file is damaged, is no Gantry database, or holds a value this program cannot read.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The address of the database, or a path, makes no sense.
    #[error("{0}")]
    Configuration(String),
    /// Sealing or opening a secret failed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Reading or writing a file beside the database (backup, restore, key).
    #[error("{path}: {source}")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// Anything else the engine says.
    #[error(transparent)]
    Other(sqlx::Error),
}

impl StoreError {
    /// Whether the same call may succeed a moment later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable(_))
    }

    pub(crate) fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::File { path: path.display().to_string(), source },
        }
    }

    /// Sorts what the driver says. A value that does not decode is a damaged row.
    pub(crate) fn from_sqlx(engine: Engine, error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(ref database) => {
                let code = database.code().unwrap_or_default();
                let sorted = match engine {
                    Engine::Sqlite => sqlite(&code, database.message()),
                    Engine::Postgres => postgres(&code, database.constraint(), database.message()),
                };
                sorted.unwrap_or(Self::Other(error))
            }
            sqlx::Error::PoolTimedOut if engine == Engine::Sqlite => Self::Busy,
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            sqlx::Error::Configuration(inner) => Self::Configuration(inner.to_string()),
            sqlx::Error::Migrate(inner) => Self::from_migration(engine, *inner),
            other => Self::Other(other),
        }
    }

    pub(crate) fn from_migration(engine: Engine, error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
        match error {
            Execute(inner) => Self::from_sqlx(engine, inner),
            ExecuteMigration(inner, version) => match Self::from_sqlx(engine, inner) {
                Self::Other(inner) => Self::Migration(format!("migration {version}: {inner}")),
                sorted => sorted,
            },
            other => Self::Migration(other.to_string()),
        }
    }
}

/// SQLite result codes: <https://www.sqlite.org/rescode.html>. The low byte is the primary code.
fn sqlite(code: &str, message: &str) -> Option<StoreError> {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const READONLY: u32 = 8;
    const IOERR: u32 = 10;
    const CORRUPT: u32 = 11;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    const CONSTRAINT_FOREIGNKEY: u32 = 787;
    const CONSTRAINT_PRIMARYKEY: u32 = 1555;
    const CONSTRAINT_UNIQUE: u32 = 2067;
    const NOTADB: u32 = 26;
    let code: u32 = code.parse().ok()?;
    match code {
        CONSTRAINT_UNIQUE | CONSTRAINT_PRIMARYKEY => {
            // "UNIQUE constraint failed: accounts.name_key"
            let column = message.rsplit(": ").next().unwrap_or_default();
            return Some(StoreError::Conflict(UniqueKey::from_constraint(&column.replace('.', "_"))));
        }
        CONSTRAINT_FOREIGNKEY => return Some(StoreError::NotFound("referenced row")),
        _ => {}
    }
    Some(match code & 0xff {
        BUSY | LOCKED => StoreError::Busy,
        READONLY => StoreError::ReadOnly,
        FULL => StoreError::DiskFull,
        IOERR => StoreError::Unavailable(format!("input/output error ({code}): {message}")),
        CANTOPEN => StoreError::Unavailable(message.to_owned()),
        CORRUPT | NOTADB => StoreError::Corrupt(message.to_owned()),
        _ => return None,
    })
}

/// PostgreSQL error codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres(code: &str, constraint: Option<&str>, message: &str) -> Option<StoreError> {
    Some(match code {
        "23505" => StoreError::Conflict(UniqueKey::from_constraint(constraint.unwrap_or_default())),
        "23503" => StoreError::NotFound("referenced row"),
        "25006" => StoreError::ReadOnly,
        "53100" => StoreError::DiskFull,
        "40001" | "40P01" | "55P03" | "53300" => StoreError::Busy,
        "22021" | "22P05" => StoreError::InvalidText,
        "XX001" | "XX002" => StoreError::Corrupt(message.to_owned()),
        "3D000" | "28000" | "28P01" => StoreError::Unavailable(message.to_owned()),
        _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("58") => {
            StoreError::Unavailable(message.to_owned())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_codes_are_sorted_by_their_primary_code() {
        assert!(matches!(sqlite("8", ""), Some(StoreError::ReadOnly)));
        // SQLITE_READONLY_DIRECTORY, SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE
        assert!(matches!(sqlite("1544", ""), Some(StoreError::ReadOnly)));
        assert!(matches!(sqlite("517", ""), Some(StoreError::Busy)));
        assert!(matches!(sqlite("778", "x"), Some(StoreError::Unavailable(_))));
        assert!(matches!(sqlite("26", "x"), Some(StoreError::Corrupt(_))));
        assert!(sqlite("1", "no such table").is_none());
    }

    #[test]
    fn both_engines_name_the_same_unique_key() {
        let ours = sqlite("2067", "UNIQUE constraint failed: clusters.name_key");
        let theirs = postgres("23505", Some("clusters_name_key"), "");
        for error in [ours, theirs] {
            assert!(matches!(error, Some(StoreError::Conflict(UniqueKey::ClusterName))));
        }
    }

    #[test]
    fn postgres_codes_are_sorted() {
        assert!(matches!(postgres("53100", None, ""), Some(StoreError::DiskFull)));
        assert!(matches!(postgres("25006", None, ""), Some(StoreError::ReadOnly)));
        assert!(matches!(postgres("57P01", None, ""), Some(StoreError::Unavailable(_))));
        assert!(postgres("42P01", None, "").is_none());
    }
}
