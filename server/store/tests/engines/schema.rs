//! Opening, migrating, and the statements' table.

use std::os::unix::fs::MetadataExt;

use store::{Engine, SecretKey, Store, StoreConfig, StoreError};
use testkit::TestStore;

use crate::{NOW, new_account, raw};

on_both_engines! {
    every_statement_is_understood,
    the_schema_is_the_known_one,
    a_newer_schema_is_refused,
    a_changed_migration_is_refused,
    rows_survive_a_second_opening,
    a_nul_character_is_refused,
}

async fn every_statement_is_understood(store: &TestStore) {
    let (count, refused) = store.prepare_all().await.expect("prepared");
    assert_eq!(refused, Vec::<String>::new());
    assert!(count > 60, "only {count} statements are in the table");
}

async fn the_schema_is_the_known_one(store: &TestStore) {
    let version = store.schema_version().await.expect("version");
    assert_eq!(version, store::known_schema());
    assert!(version > 0);
    store.ping().await.expect("ping");
}

/// [7.3] A newer program's database is left alone, with both versions named.
async fn a_newer_schema_is_refused(store: &TestStore) {
    raw::execute(
        store,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'later', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
    )
    .await;
    let error = Store::open(store.config().clone()).await.expect_err("refused");
    let known = store::known_schema();
    assert!(matches!(error, StoreError::NewerSchema { found: 9999, known: k } if k == known), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("9999") && message.contains(&known.to_string()), "{message}");
}

async fn a_changed_migration_is_refused(store: &TestStore) {
    raw::execute(
        store,
        "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE 1 = 0) \
         WHERE 1 = 0",
    )
    .await;
    let other = if store.engine() == Engine::Sqlite { "x'00'" } else { "'\\x00'::bytea" };
    raw::execute(store, &format!("UPDATE _sqlx_migrations SET checksum = {other}")).await;
    let error = Store::open(store.config().clone()).await.expect_err("refused");
    assert!(matches!(error, StoreError::Migration(_)), "{error:?}");
}

async fn rows_survive_a_second_opening(store: &TestStore) {
    let account = store.accounts().create_main(&new_account("root"), NOW).await.expect("main");
    let again = store.open_again().await;
    assert_eq!(again.accounts().get(&account.id).await.expect("get"), Some(account));
    again.close().await;
}

/// PostgreSQL cannot keep it; SQLite must not differ.
async fn a_nul_character_is_refused(store: &TestStore) {
    let error = store.accounts().create_sub(&new_account("a\0b"), NOW).await.expect_err("refused");
    assert!(matches!(error, StoreError::InvalidText), "{error:?}");
    assert_eq!(store.accounts().get_by_name("a\0b").await.expect("no error"), None);
    // In JSON it is escaped, and kept.
    let value = serde_json::json!({ "a\u{0}": "\u{0}" });
    store.settings().set("nul", &value, NOW).await.expect("set");
    assert_eq!(store.settings().get("nul").await.expect("get"), Some(value));
}

#[tokio::test]
async fn an_empty_postgres_is_migrated_by_one_of_several_that_open_it_at_once() {
    let config = StoreConfig::new(testkit::empty_postgres(), SecretKey::generate().expect("key"));
    let opens = (0..4).map(|_| tokio::spawn(Store::open(config.clone())));
    for open in opens.collect::<Vec<_>>() {
        let store = open.await.expect("task").expect("opens");
        assert_eq!(store.schema_version().await.expect("version"), store::known_schema());
    }
}

#[tokio::test]
async fn an_empty_sqlite_is_migrated_by_one_of_several_that_open_it_at_once() {
    let directory = tempfile::tempdir().expect("tempdir");
    let url = format!("sqlite://{}", directory.path().join("new/gantry.db").display());
    let config = StoreConfig::new(url, SecretKey::generate().expect("key"));
    let opens = (0..4).map(|_| tokio::spawn(Store::open(config.clone())));
    for open in opens.collect::<Vec<_>>() {
        let store = open.await.expect("task").expect("opens");
        assert_eq!(store.schema_version().await.expect("version"), store::known_schema());
    }
}

#[tokio::test]
async fn nobody_else_may_read_the_sqlite_files() {
    let store = TestStore::sqlite().await;
    store.accounts().create_main(&new_account("root"), NOW).await.expect("main");
    let mut seen = 0;
    for entry in std::fs::read_dir(store.directory()).expect("directory") {
        let entry = entry.expect("entry");
        let mode = entry.metadata().expect("metadata").mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 2, "the file and its log");
}

#[tokio::test]
async fn addresses_that_make_no_sense_are_refused() {
    for url in
        ["", "gantry.db", "mysql://localhost/gantry", "sqlite://", "sqlite:///tmp/gantry.db?mode=ro", "postgres://[bad"]
    {
        let config = StoreConfig::new(url, SecretKey::generate().expect("key"));
        let error = Store::open(config).await.expect_err(url);
        assert!(matches!(error, StoreError::Configuration(_)), "{url}: {error:?}");
    }
}

/// What [`store::StoreConfig::keys`] seals is found by its column's name, so that a rotation misses
/// none.
#[tokio::test]
async fn every_sealed_column_takes_part_in_rotation() {
    let store = TestStore::sqlite().await;
    let columns = raw::column(
        &store,
        "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND c.name LIKE '%\\_sealed' ESCAPE '\\' ORDER BY 1",
    )
    .await;
    assert_eq!(columns, store::sealed_columns());
}
