//! Fresh databases for tests, one per call, on both engines.

mod postgres;

use std::ops::Deref;
use std::path::{Path, PathBuf};

use store::{Keyring, SecretKey, Store, StoreConfig};
use tempfile::TempDir;

/// An open, migrated database of its own. SQLite's goes with it, PostgreSQL's with the process.
pub struct TestStore {
    store: Store,
    config: StoreConfig,
    directory: TempDir,
}

impl TestStore {
    /// On an SQLite file in a directory of its own.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", directory.path().join("gantry.db").display());
        Self::open(url, directory).await
    }

    /// On a PostgreSQL server that all tests of the process share; it is started by the first one.
    pub async fn postgres() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self::open(postgres::server().migrated(), directory).await
    }

    async fn open(url: String, directory: TempDir) -> Self {
        let mut config = StoreConfig::new(url, new_keys());
        config.connections = 4;
        let store = Store::open(config.clone()).await.expect("the test database opens");
        Self { store, config, directory }
    }

    /// What the store was opened with.
    pub fn config(&self) -> &StoreConfig {
        &self.config
    }

    /// A directory of its own, for backups and key files. SQLite's file is in it.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// SQLite's file.
    ///
    /// # Panics
    /// On PostgreSQL.
    pub fn file(&self) -> PathBuf {
        self.config.sqlite_path().expect("an SQLite database")
    }

    /// Opens the same database once more, as another process would.
    pub async fn open_again(&self) -> Store {
        Store::open(self.config.clone()).await.expect("the test database opens again")
    }
}

impl Deref for TestStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

fn new_keys() -> Keyring {
    SecretKey::generate().expect("random numbers").into()
}

/// The address of a new PostgreSQL database without any table.
pub fn empty_postgres() -> String {
    postgres::server().empty()
}
