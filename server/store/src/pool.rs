//! Two native pools behind one enum. Every statement has one text for both engines, with `$1`
//! placeholders; arguments and rows pass through [`Arg`] and [`Row`], so that nothing above this
//! file knows which engine it speaks to.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{Postgres, Sqlite, Transaction};

use crate::error::{Engine, StoreError};

/// SQLite has one writer, so that nobody waits inside a transaction for the file's lock, and
/// several readers that see the last commit (WAL).
#[derive(Debug)]
pub(crate) enum Pool {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// A value for a placeholder.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(Vec<u8>),
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}
impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}
impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}
impl From<Option<String>> for Arg {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}
impl From<Option<&str>> for Arg {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}
impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<Option<i64>> for Arg {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<Vec<u8>> for Arg {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

/// `args![a, b]`: a list of [`Arg`].
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::pool::Arg::from($value)),*] };
}
pub(crate) use args;

/// A row of either engine; columns are read by name.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// A column that does not decode is a damaged row ([`StoreError::Corrupt`]).
    pub fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: for<'r> sqlx::Decode<'r, Sqlite>
            + sqlx::Type<Sqlite>
            + for<'r> sqlx::Decode<'r, Postgres>
            + sqlx::Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => {
                sqlx::Row::try_get(row, column).map_err(|error| StoreError::from_sqlx(Engine::Sqlite, error))
            }
            Self::Postgres(row) => {
                sqlx::Row::try_get(row, column).map_err(|error| StoreError::from_sqlx(Engine::Postgres, error))
            }
        }
    }

    /// A column of words that only this program writes.
    pub fn word<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: std::str::FromStr<Err = StoreError>,
    {
        self.get::<String>(column)?.parse()
    }

    /// A column of JSON text.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        from_json(&self.get::<String>(column)?)
    }

    pub fn opt_json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.get::<Option<String>>(column)?.map(|text| from_json(&text)).transpose()
    }
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// JSON is kept as text on both engines: `jsonb` would refuse `\u0000` and reorder keys, and a
/// journal must keep what was sent.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(sqlx::Error::Encode(error.into())))
}

/// PostgreSQL cannot keep a NUL in a text; SQLite could, and would then differ.
fn check(args: &[Arg]) -> Result<(), StoreError> {
    let nul = args.iter().any(|arg| matches!(arg, Arg::Text(Some(text)) if text.contains('\0')));
    if nul { Err(StoreError::InvalidText) } else { Ok(()) }
}

fn sqlite_query(sql: &'static str, args: Vec<Arg>) -> Query<'static, Sqlite, SqliteArguments> {
    args.into_iter().fold(sqlx::query(sql), |query, arg| match arg {
        Arg::Text(value) => query.bind(value),
        Arg::Int(value) => query.bind(value),
        Arg::Bool(value) => query.bind(value),
        Arg::Bytes(value) => query.bind(value),
    })
}

fn postgres_query(sql: &'static str, args: Vec<Arg>) -> Query<'static, Postgres, PgArguments> {
    args.into_iter().fold(sqlx::query(sql), |query, arg| match arg {
        Arg::Text(value) => query.bind(value),
        Arg::Int(value) => query.bind(value),
        Arg::Bool(value) => query.bind(value),
        Arg::Bytes(value) => query.bind(value),
    })
}

fn sqlite_error(error: sqlx::Error) -> StoreError {
    StoreError::from_sqlx(Engine::Sqlite, error)
}

fn postgres_error(error: sqlx::Error) -> StoreError {
    StoreError::from_sqlx(Engine::Postgres, error)
}

impl Pool {
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Rows of a statement that only reads.
    pub async fn all(&self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite { read, .. } => Ok(sqlite_query(sql, args)
                .fetch_all(read)
                .await
                .map_err(sqlite_error)?
                .into_iter()
                .map(Row::Sqlite)
                .collect()),
            Self::Postgres(pool) => Ok(postgres_query(sql, args)
                .fetch_all(pool)
                .await
                .map_err(postgres_error)?
                .into_iter()
                .map(Row::Postgres)
                .collect()),
        }
    }

    /// At most one row of a statement that only reads.
    pub async fn optional(&self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// The row of a statement that always gives one (a count).
    pub async fn one(&self, sql: &'static str, args: Vec<Arg>) -> Result<Row, StoreError> {
        self.optional(sql, args).await?.ok_or(StoreError::Other(sqlx::Error::RowNotFound))
    }

    /// One writing statement, committed when this returns. Gives the number of rows changed.
    pub async fn execute(&self, sql: &'static str, args: Vec<Arg>) -> Result<u64, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite { write, .. } => {
                Ok(sqlite_query(sql, args).execute(write).await.map_err(sqlite_error)?.rows_affected())
            }
            Self::Postgres(pool) => {
                Ok(postgres_query(sql, args).execute(pool).await.map_err(postgres_error)?.rows_affected())
            }
        }
    }

    /// One writing statement with `RETURNING`, of which at most one row is wanted.
    pub async fn returning(&self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        let mut tx = self.begin().await?;
        let row = tx.optional(sql, args).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// A write transaction. Dropping it rolls back.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            // Taking the write lock at once: a transaction that reads first and writes later could
            // fail half-way with SQLITE_BUSY_SNAPSHOT.
            Self::Sqlite { write, .. } => {
                let mut connection = write.acquire().await.map_err(sqlite_error)?;
                sqlite_execute(&mut connection, "BEGIN IMMEDIATE").await?;
                Tx::Sqlite(connection)
            }
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await.map_err(postgres_error)?),
        })
    }

    pub async fn close(&self) {
        match self {
            // The readers go first: the last connection to close writes the log into the file.
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn sqlite_execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
    sqlx::query(sql).execute(connection).await.map(drop).map_err(sqlite_error)
}

/// For [`SqlitePoolOptions::after_release`](sqlx::pool::PoolOptions::after_release) of the writer:
/// ends the transaction that a dropped [`Tx`] left. Whether the connection may be used again.
pub(crate) async fn end_transaction(connection: &mut SqliteConnection) -> bool {
    match sqlx::query("ROLLBACK").execute(connection).await {
        Ok(_) => true,
        // 1: there is no transaction, which is what we want.
        Err(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code == "1"),
        Err(_) => false,
    }
}

/// A write transaction of either engine. Nothing but the database is awaited while one is open.
///
/// SQLite's is not sqlx's `Transaction`: on a full disk SQLite rolls back by itself, sqlx would go on
/// believing in its transaction, and every later one on the writer would fail.
pub(crate) enum Tx {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub async fn all(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite(tx) => Ok(sqlite_query(sql, args)
                .fetch_all(&mut **tx)
                .await
                .map_err(sqlite_error)?
                .into_iter()
                .map(Row::Sqlite)
                .collect()),
            Self::Postgres(tx) => Ok(postgres_query(sql, args)
                .fetch_all(&mut **tx)
                .await
                .map_err(postgres_error)?
                .into_iter()
                .map(Row::Postgres)
                .collect()),
        }
    }

    pub async fn optional(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    pub async fn execute(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite(tx) => {
                Ok(sqlite_query(sql, args).execute(&mut **tx).await.map_err(sqlite_error)?.rows_affected())
            }
            Self::Postgres(tx) => {
                Ok(postgres_query(sql, args).execute(&mut **tx).await.map_err(postgres_error)?.rows_affected())
            }
        }
    }

    /// What was written is durable when this returns.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(mut tx) => sqlite_execute(&mut tx, "COMMIT").await,
            Self::Postgres(tx) => tx.commit().await.map_err(postgres_error),
        }
    }
}
