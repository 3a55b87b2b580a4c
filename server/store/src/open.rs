//! Opening a database: address, pools, migrations.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::{Engine, StoreError};
use crate::keyring::Keyring;
use crate::migrations;
use crate::pool::{Pool, end_transaction};

/// What is needed to open a database.
#[derive(Clone)]
pub struct StoreConfig {
    /// `sqlite:///path/gantry.db` (made when missing) or `postgres://user:password@host/database`.
    pub url: String,
    /// The keys of the sealed columns.
    pub keys: Keyring,
    /// Connections that read (SQLite; one more writes), or all connections (PostgreSQL).
    pub connections: u32,
    /// Upper bound for the SQLite file in bytes; a write beyond it is refused as
    /// [`StoreError::DiskFull`]. `None`: as far as the disk goes.
    pub max_bytes: Option<u64>,
    /// How long a statement waits for another process's lock, and a call for a free connection, before
    /// it is [`StoreError::Busy`].
    pub wait: Duration,
}

impl StoreConfig {
    pub fn new(url: impl Into<String>, keys: impl Into<Keyring>) -> Self {
        Self { url: url.into(), keys: keys.into(), connections: 8, max_bytes: None, wait: Duration::from_secs(5) }
    }

    /// The file of an SQLite address, for messages and backups.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        sqlite_path(&self.url).map(Path::to_path_buf)
    }
}

/// Takes the path as it is: no options, no percent signs to decode.
fn sqlite_path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite://")?;
    (!path.is_empty() && !path.contains('?')).then(|| Path::new(path))
}

/// An open database. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    keys: RwLock<Keyring>,
    /// SQLite's file.
    path: Option<PathBuf>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database and migrates it.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when a newer program has used it, [`StoreError::ReadOnly`] when it
    /// cannot be written, [`StoreError::Configuration`] for an address that makes no sense,
    /// [`StoreError::Unavailable`] when it cannot be reached.
    pub async fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let path = sqlite_path(&config.url).map(Path::to_path_buf);
        let pool = match &path {
            Some(path) => open_sqlite(path, &config).await.map_err(|error| explain(path, error))?,
            None if config.url.starts_with("postgres://") || config.url.starts_with("postgresql://") => {
                open_postgres(&config).await?
            }
            None => {
                return Err(StoreError::Configuration(
                    "the database address must be sqlite:// and a path (without options), or postgres://…".to_owned(),
                ));
            }
        };
        let store = Self { inner: Arc::new(Inner { pool, keys: RwLock::new(config.keys), path }) };
        if let Err(error) = store.prepare_schema().await {
            store.close().await;
            return Err(match store.path() {
                Some(path) => explain(path, error),
                None => error,
            });
        }
        Ok(store)
    }

    async fn prepare_schema(&self) -> Result<(), StoreError> {
        migrations::migrate(self.pool()).await?;
        // A database that cannot be written is found out now, not at somebody's first click.
        self.try_write().await
    }

    pub fn engine(&self) -> Engine {
        self.pool().engine()
    }

    /// The number of the newest migration that the database has.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        migrations::schema_version(self.pool()).await
    }

    /// Whether the database answers, for `/readyz`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool().one("SELECT 1 AS one", vec![]).await.map(drop)
    }

    /// Closes all connections, after the calls that are under way.
    pub async fn close(&self) {
        self.pool().close().await;
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.inner.pool
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// The keys at this moment. A poisoned lock still holds whole keys.
    pub(crate) fn keys(&self) -> Keyring {
        self.inner.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_keys(&self, keys: Keyring) {
        *self.inner.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}

async fn open_sqlite(path: &Path, config: &StoreConfig) -> Result<Pool, StoreError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| StoreError::file(parent, error))?;
    }
    // Made here, because SQLite would make it readable by everybody. Its log files follow its mode.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(StoreError::file(path, error)),
    }
    let options = sqlite_options(path).busy_timeout(config.wait);
    let error = |error| StoreError::from_sqlx(Engine::Sqlite, error);
    let mut writer = options.clone();
    if let Some(bytes) = config.max_bytes {
        writer = writer.pragma("max_page_count", (bytes / 4096).max(1).to_string());
    }
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(config.wait)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_release(|connection, _| Box::pin(async move { Ok(end_transaction(connection).await) }))
        .connect_with(writer.optimize_on_close(true, None))
        .await
        .map_err(error)?;
    let read = SqlitePoolOptions::new()
        .max_connections(config.connections.max(1))
        .acquire_timeout(config.wait)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pool::Sqlite { write, read })
}

/// Full synchronisation: a commit survives the power cut, not only the kill.
pub(crate) fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("journal_size_limit", "67108864")
}

/// SQLite says "unable to open database file" for many reasons; that it may not write is one which
/// people can do something about.
fn explain(path: &Path, error: StoreError) -> StoreError {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    if !matches!(error, StoreError::Unavailable(_)) {
        return error;
    }
    let probe = path.with_file_name(format!(".{}.probe", uuid::Uuid::new_v4()));
    let written = OpenOptions::new().write(true).open(path).and_then(|_| {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe)?;
        std::fs::remove_file(&probe)
    });
    match written {
        Err(why) if matches!(why.kind(), PermissionDenied | ReadOnlyFilesystem) => StoreError::ReadOnly,
        _ => error,
    }
}

async fn open_postgres(config: &StoreConfig) -> Result<Pool, StoreError> {
    let error = |error| StoreError::from_sqlx(Engine::Postgres, error);
    let options: PgConnectOptions = config.url.parse().map_err(error)?;
    PgPoolOptions::new()
        .max_connections(config.connections.max(2))
        .acquire_timeout(config.wait)
        .connect_with(options.application_name("gantry"))
        .await
        .map(Pool::Postgres)
        .map_err(error)
}
