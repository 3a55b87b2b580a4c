//! The migrations, compiled into the program. Both folders hold the same file names.
//!
//! To add one: put `NNNN_name.sql` into `migrations/sqlite` and `migrations/postgres` and its name
//! into the list below. A published migration is never edited; expand first, contract a release later.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::error::{Engine, StoreError};
use crate::pool::Pool;

struct File {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File {
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

const FILES: &[File] = files!["0001_base"];

impl File {
    /// The number at the front of the name.
    fn version(&self) -> i64 {
        self.name.split('_').next().and_then(|number| number.parse().ok()).unwrap_or_default()
    }
}

/// The newest schema that this program knows.
pub fn known_schema() -> i64 {
    FILES.last().map_or(0, File::version)
}

fn migrator(engine: Engine) -> Migrator {
    Migrator::with_migrations(
        FILES
            .iter()
            .map(|file| {
                let sql = match engine {
                    Engine::Sqlite => file.sqlite,
                    Engine::Postgres => file.postgres,
                };
                Migration::new(file.version(), file.name.into(), MigrationType::Simple, sql.into_sql_str(), false)
            })
            .collect(),
    )
}

/// Of an empty database: 0.
pub(crate) async fn schema_version(pool: &Pool) -> Result<i64, StoreError> {
    const SQLITE_TABLE: &str =
        "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
    const POSTGRES_TABLE: &str = "SELECT count(*) AS n FROM pg_catalog.pg_tables \
         WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'";
    const VERSION: &str = "SELECT coalesce(max(version), 0) AS version FROM _sqlx_migrations";
    let table = match pool.engine() {
        Engine::Sqlite => SQLITE_TABLE,
        Engine::Postgres => POSTGRES_TABLE,
    };
    if pool.one(table, vec![]).await?.get::<i64>("n")? == 0 {
        return Ok(0);
    }
    pool.one(VERSION, vec![]).await?.get("version")
}

/// Somebody else's SQLite file must not get our tables. PostgreSQL's schema may hold other things.
async fn refuse_foreign_file(pool: &Pool) -> Result<(), StoreError> {
    // One look: between two, another process may have made our tables.
    const TABLES: &str = "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table' \
         AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')";
    if pool.engine() == Engine::Sqlite && pool.one(TABLES, vec![]).await?.get::<i64>("n")? > 0 {
        return Err(StoreError::Corrupt("the file is the database of another program".to_owned()));
    }
    Ok(())
}

/// Brings the schema up to [`known_schema`]; refuses a newer one before anything is written.
pub(crate) async fn migrate(pool: &Pool) -> Result<(), StoreError> {
    let known = known_schema();
    let found = schema_version(pool).await?;
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    if found == 0 {
        refuse_foreign_file(pool).await?;
    }
    let migrator = migrator(pool.engine());
    let error = |error| StoreError::from_migration(pool.engine(), error);
    match pool {
        Pool::Sqlite { write, .. } => {
            // The write lock around everything: of several processes that start at once, one
            // migrates and the others find it done. (PostgreSQL: sqlx takes an advisory lock.)
            let tx = write.begin_with("BEGIN IMMEDIATE").await;
            let mut tx = tx.map_err(|inner| error(inner.into()))?;
            migrator.run_direct(None, &mut *tx, false).await.map_err(error)?;
            tx.commit().await.map_err(|inner| error(inner.into()))?;
        }
        Pool::Postgres(pool) => migrator.run(pool).await.map_err(error)?,
    }
    if found < known {
        tracing::info!(from = found, to = known, "database migrated");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_folders_hold_the_listed_files() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let listed: Vec<_> = FILES.iter().map(|file| format!("{}.sql", file.name)).collect();
        for folder in ["sqlite", "postgres"] {
            let mut found: Vec<_> = std::fs::read_dir(format!("{root}/{folder}"))
                .expect("folder")
                .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
                .collect();
            found.sort();
            assert_eq!(found, listed, "{folder}");
        }
    }

    #[test]
    fn versions_count_up_from_one() {
        let versions: Vec<_> = FILES.iter().map(File::version).collect();
        let expected: Vec<_> = (1..=versions.len() as i64).collect();
        assert_eq!(versions, expected);
    }
}
