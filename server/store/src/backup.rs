//! Backup and restore of the SQLite file, and the checks of `gantry doctor`.
//!
//! A backup is one file that SQLite opens as it is. It holds sealed secrets but not the key: the key
//! file is backed up apart.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};

use crate::error::{Engine, StoreError};
use crate::migrations::known_schema;
use crate::pool::{Pool, args};
use crate::{Store, open};

/// "Gntr", written into the file by the first migration.
const APPLICATION_ID: i64 = 0x476e_7472;

/// What a backup (or any database file) holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupInfo {
    pub schema_version: i64,
    pub bytes: u64,
    pub accounts: i64,
    pub clusters: i64,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub info: BackupInfo,
    /// Where the database that was there before is now.
    pub previous: Option<PathBuf>,
}

/// The result of [`Store::check`].
#[derive(Debug)]
pub struct Check {
    pub engine: Engine,
    /// Of the engine, as it says itself.
    pub engine_version: String,
    pub schema_version: i64,
    pub known_schema: i64,
    /// Problems that the engine found in its own data; empty is good. PostgreSQL is not asked: its
    /// administrators have `pg_amcheck`.
    pub integrity: Vec<String>,
    /// Whether a write works, and why not.
    pub writable: Result<(), StoreError>,
    /// Keys that sealed values need and the key file does not have.
    pub missing_keys: Vec<crate::secret::KeyId>,
    /// Statements of this program that the database refuses.
    pub refused_statements: Vec<String>,
    pub bytes: i64,
}

fn sqlite_error(error: sqlx::Error) -> StoreError {
    StoreError::from_sqlx(Engine::Sqlite, error)
}

impl Store {
    /// Writes a consistent copy to `path` (mode 0600) while others read and write.
    ///
    /// # Errors
    /// [`StoreError::File`] when `path` exists; [`StoreError::Refused`] on PostgreSQL.
    pub async fn backup(&self, path: &Path) -> Result<BackupInfo, StoreError> {
        let Some(source) = self.path() else {
            return Err(StoreError::Refused("PostgreSQL is backed up with its own tool: pg_dump --format=custom"));
        };
        if path.exists() {
            return Err(StoreError::file(path, io::ErrorKind::AlreadyExists.into()));
        }
        let partial = Partial::beside(path)?;
        // A connection of its own: readers are query_only, and the writer must stay free.
        let mut connection = open::sqlite_options(source).connect().await.map_err(sqlite_error)?;
        let copied = sqlx::query("VACUUM INTO $1")
            .bind(partial.path().display().to_string())
            .execute(&mut connection)
            .await
            .map_err(sqlite_error);
        connection.close().await.map_err(sqlite_error)?;
        copied?;
        let info = inspect(partial.path()).await?;
        partial.publish(path)?;
        Ok(info)
    }

    /// Looks the database over.
    pub async fn check(&self) -> Result<Check, StoreError> {
        const SQLITE_SIZE: &str = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()";
        let pool = self.pool();
        let (version, size) = match pool.engine() {
            Engine::Sqlite => ("SELECT sqlite_version() AS version", SQLITE_SIZE),
            Engine::Postgres => (
                "SELECT current_setting('server_version') AS version",
                "SELECT pg_database_size(current_database()) AS bytes",
            ),
        };
        let integrity = match pool {
            Pool::Sqlite { read, .. } => {
                let mut connection = read.acquire().await.map_err(sqlite_error)?;
                quick_check(&mut connection).await?
            }
            Pool::Postgres(_) => Vec::new(),
        };
        Ok(Check {
            engine: pool.engine(),
            engine_version: pool.one(version, args![]).await?.get("version")?,
            schema_version: self.schema_version().await?,
            known_schema: known_schema(),
            integrity,
            writable: self.try_write().await,
            missing_keys: self.missing_key_ids().await?,
            refused_statements: self.prepare_all().await?.1,
            bytes: pool.one(size, args![]).await?.get("bytes")?,
        })
    }

    /// Writes a row and takes it back.
    pub(crate) async fn try_write(&self) -> Result<(), StoreError> {
        const WRITE: &str = "INSERT INTO settings (key, value, updated_at) VALUES ($1, '0', 0) \
                             ON CONFLICT (key) DO UPDATE SET updated_at = 0";
        let mut tx = self.pool().begin().await?;
        tx.execute(WRITE, args!["check.write"]).await.map(drop)
    }
}

async fn quick_check(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let lines: Vec<(String,)> =
        sqlx::query_as("PRAGMA quick_check(20)").fetch_all(connection).await.map_err(sqlite_error)?;
    Ok(lines.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
}

/// Reads what a database file holds, without changing it.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is damaged or not Gantry's, [`StoreError::NewerSchema`].
pub async fn inspect(path: &Path) -> Result<BackupInfo, StoreError> {
    let bytes = fs::metadata(path).map_err(|error| StoreError::file(path, error))?.len();
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        // No -wal and -shm beside a file that nobody else writes.
        .immutable(true)
        .connect()
        .await
        .map_err(sqlite_error)?;
    let info = read_info(&mut connection, bytes).await;
    connection.close().await.map_err(sqlite_error)?;
    info
}

async fn read_info(connection: &mut SqliteConnection, bytes: u64) -> Result<BackupInfo, StoreError> {
    async fn number(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64, StoreError> {
        sqlx::query_scalar(sql).fetch_one(connection).await.map_err(sqlite_error)
    }
    if number(connection, "PRAGMA application_id").await? != APPLICATION_ID {
        return Err(StoreError::Corrupt("the file is not a Gantry database".to_owned()));
    }
    let found = number(connection, "SELECT coalesce(max(version), 0) FROM _sqlx_migrations").await?;
    let known = known_schema();
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    let problems = quick_check(connection).await?;
    if let Some(problem) = problems.first() {
        return Err(StoreError::Corrupt(problem.clone()));
    }
    Ok(BackupInfo {
        schema_version: found,
        bytes,
        accounts: number(connection, "SELECT count(*) FROM accounts").await?,
        clusters: number(connection, "SELECT count(*) FROM clusters").await?,
    })
}

/// Puts a backup into the place of the database file `target`, which no process may have open.
///
/// With `force` an existing database is replaced, and kept beside it as `….before-restore-N`.
///
/// # Errors
/// [`StoreError::Corrupt`] or [`StoreError::NewerSchema`] for the backup, [`StoreError::File`] when
/// `target` exists and `force` is not given, [`StoreError::Busy`] when it is in use. Nothing has been
/// changed then.
pub async fn restore(backup: &Path, target: &Path, force: bool) -> Result<Restored, StoreError> {
    let info = inspect(backup).await?;
    let exists = target.exists();
    if exists && !force {
        return Err(StoreError::file(target, io::ErrorKind::AlreadyExists.into()));
    }
    if exists {
        if fs::canonicalize(backup).ok() == fs::canonicalize(target).ok() {
            return Err(StoreError::Refused("the backup is the database itself"));
        }
        take_from_log(target).await?;
    }
    let partial = Partial::beside(target)?;
    let copy = || {
        let mut from = File::open(backup)?;
        let mut to = OpenOptions::new().write(true).open(partial.path())?;
        io::copy(&mut from, &mut to)
    };
    copy().map_err(|error| StoreError::file(partial.path(), error))?;
    let previous = if exists { Some(set_aside(target)?) } else { None };
    partial.publish(target)?;
    Ok(Restored { info, previous })
}

/// Brings the write-ahead log into the file and leaves WAL mode. SQLite refuses that while anybody
/// else has the file open, which is what a restore has to know. A file that is no database may go.
async fn take_from_log(target: &Path) -> Result<(), StoreError> {
    let options = open::sqlite_options(target)
        .journal_mode(SqliteJournalMode::Delete)
        .busy_timeout(std::time::Duration::from_millis(500));
    let closed = match options.connect().await {
        Ok(connection) => connection.close().await,
        Err(error) => Err(error),
    };
    match closed.map_err(sqlite_error) {
        Ok(()) | Err(StoreError::Corrupt(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Renames the old database, with what a damaged one may have left beside it.
fn set_aside(target: &Path) -> Result<PathBuf, StoreError> {
    let named = |suffix: &str| {
        let mut name = target.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (suffix, previous) = (1_u32..)
        .map(|n| format!(".before-restore-{n}"))
        .map(|suffix| (suffix.clone(), named(&suffix)))
        .find(|(_, path)| !path.exists())
        .ok_or(StoreError::Refused("too many earlier databases are kept"))?;
    let mut files = vec![(target.to_path_buf(), previous.clone())];
    for log in ["-wal", "-shm"] {
        files.push((named(log), named(&format!("{suffix}{log}"))));
    }
    for (from, to) in files {
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file(&from, error));
            }
            _ => {}
        }
    }
    Ok(previous)
}

/// A file (mode 0600) that gets its name only when it is whole, and goes when it never is.
struct Partial(PathBuf);

impl Partial {
    fn beside(path: &Path) -> Result<Self, StoreError> {
        let name = path.with_file_name(format!(".{}.partial", uuid::Uuid::new_v4()));
        if let Some(parent) = name.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|error| StoreError::file(parent, error))?;
        }
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&name)
            .map_err(|error| StoreError::file(&name, error))?;
        Ok(Self(name))
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn publish(self, path: &Path) -> Result<(), StoreError> {
        let rename = || {
            File::open(self.path())?.sync_all()?;
            // A hard link never replaces a file that came meanwhile.
            fs::hard_link(self.path(), path)?;
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
        };
        rename().map_err(|error| StoreError::file(path, error))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After `publish` this removes the second name of the finished file.
        let _ = fs::remove_file(&self.0);
    }
}
