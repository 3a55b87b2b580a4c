//! [1.5] Backup, restore and the checks of `gantry doctor`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use store::{Engine, Store, StoreError};
use testkit::TestStore;

use crate::{NOW, new_account, new_cluster, raw, sub};

on_both_engines! { a_healthy_database_checks_out }

async fn a_healthy_database_checks_out(store: &TestStore) {
    store.clusters().insert(&new_cluster("prod"), NOW).await.expect("insert");
    let check = store.check().await.expect("check");
    assert_eq!(check.engine, store.engine());
    assert!(!check.engine_version.is_empty());
    assert_eq!(check.schema_version, check.known_schema);
    assert!(check.writable.is_ok() && check.integrity.is_empty(), "{check:?}");
    assert!(check.missing_keys.is_empty() && check.refused_statements.is_empty(), "{check:?}");
    assert!(check.bytes > 4096, "{}", check.bytes);
    assert_eq!(store.settings().keys().await.expect("keys"), Vec::<String>::new());
}

async fn filled() -> TestStore {
    let store = TestStore::sqlite().await;
    store.accounts().create_main(&new_account("root"), NOW).await.expect("main");
    store.clusters().insert(&new_cluster("prod"), NOW).await.expect("insert");
    store
}

async fn names(store: &Store) -> Vec<String> {
    store.accounts().list().await.expect("list").into_iter().map(|account| account.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_while_others_write() {
    let store = filled().await;
    let writer = {
        let store = Store::clone(&store);
        tokio::spawn(async move {
            for n in 0..50 {
                store.accounts().create_sub(&new_account(&format!("user{n}")), NOW).await.expect("create");
            }
        })
    };
    let path = store.directory().join("backups/one.db");
    let info = store.backup(&path).await.expect("backup");
    writer.await.expect("the writer was not disturbed");
    assert_eq!((info.schema_version, info.clusters), (store::known_schema(), 1));
    assert!((1..=51).contains(&info.accounts), "{info:?}");
    assert_eq!(fs::metadata(&path).expect("file").mode() & 0o777, 0o600);
    assert_eq!(files(path.parent().expect("parent")), ["one.db"]);
    assert_eq!(store::inspect(&path).await.expect("inspect"), info);
    let exists = store.backup(&path).await;
    assert!(matches!(exists, Err(StoreError::File { .. })), "{exists:?}");
    assert_eq!(store::inspect(&path).await.expect("still there"), info);
}

fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .expect("directory")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_restore_brings_back_what_was_saved() {
    let store = filled().await;
    let backup = store.directory().join("backup.db");
    store.backup(&backup).await.expect("backup");
    sub(&store, "later").await;
    let target = store.file();
    let in_the_way = store::restore(&backup, &target, false).await;
    assert!(matches!(in_the_way, Err(StoreError::File { .. })), "{in_the_way:?}");
    let in_use = store::restore(&backup, &target, true).await;
    assert!(matches!(in_use, Err(StoreError::Busy)), "{in_use:?}");
    assert_eq!(names(&store).await, ["root", "later"], "nothing was touched");
    store.close().await;

    let restored = store::restore(&backup, &target, true).await.expect("restore");
    assert_eq!((restored.info.accounts, restored.info.clusters), (1, 1));
    assert_eq!(fs::metadata(&target).expect("file").mode() & 0o777, 0o600);
    let again = store.open_again().await;
    assert_eq!(names(&again).await, ["root"]);
    let cluster = again.clusters().list().await.expect("list").remove(0);
    assert!(again.clusters().kubeconfig(&cluster.id).await.expect("the key still opens it").is_some());
    again.close().await;
    // The database that was replaced is kept, with its last write.
    let previous = store::inspect(&restored.previous.expect("kept")).await.expect("inspect");
    assert_eq!(previous.accounts, 2);
}

#[tokio::test]
async fn a_restore_into_an_empty_directory_needs_no_force() {
    let store = filled().await;
    let backup = store.directory().join("backup.db");
    store.backup(&backup).await.expect("backup");
    let target = store.directory().join("new/gantry.db");
    let restored = store::restore(&backup, &target, false).await.expect("restore");
    assert_eq!(restored.previous, None);
    let mut config = store.config().clone();
    config.url = format!("sqlite://{}", target.display());
    let again = Store::open(config).await.expect("open");
    assert_eq!(names(&again).await, ["root"]);
}

#[tokio::test]
async fn a_damaged_database_can_be_replaced() {
    let store = filled().await;
    let backup = store.directory().join("backup.db");
    store.backup(&backup).await.expect("backup");
    store.close().await;
    fs::write(store.file(), "this was a database").expect("write");
    let error = Store::open(store.config().clone()).await.expect_err("damaged");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    store::restore(&backup, &store.file(), true).await.expect("restore");
    let again = store.open_again().await;
    assert_eq!(names(&again).await, ["root"]);
}

/// [1.5] Restore refuses a newer schema, and what is no whole Gantry database.
#[tokio::test]
async fn only_a_good_backup_is_restored() {
    let store = filled().await;
    let directory = store.directory().to_owned();
    let target = directory.join("new/gantry.db");
    let refused = async |backup: &Path| store::restore(backup, &target, true).await.expect_err("refused");

    let text = directory.join("text");
    fs::write(&text, "no database").expect("write");
    assert!(matches!(refused(&text).await, StoreError::Corrupt(_)));
    assert!(matches!(refused(&directory.join("missing")).await, StoreError::File { .. }));
    let empty = directory.join("empty");
    fs::write(&empty, "").expect("write");
    assert!(matches!(refused(&empty).await, StoreError::Corrupt(_)));

    let cut = directory.join("cut.db");
    store.backup(&cut).await.expect("backup");
    let bytes = fs::read(&cut).expect("read");
    fs::write(&cut, &bytes[..bytes.len() / 2]).expect("write");
    let error = refused(&cut).await;
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");

    raw::execute(&store, "UPDATE _sqlx_migrations SET version = 9999").await;
    // `backup` looks at what it wrote, and says so.
    let newer = directory.join("newer.db");
    let saved = store.backup(&newer).await;
    assert!(matches!(saved, Err(StoreError::NewerSchema { found: 9999, .. })), "{saved:?}");
    assert!(!newer.exists());
    store.close().await;
    fs::copy(store.file(), &newer).expect("copy");
    assert!(matches!(refused(&newer).await, StoreError::NewerSchema { found: 9999, .. }));
    assert!(!target.exists());
}

#[tokio::test]
async fn postgres_names_its_own_tool() {
    let store = TestStore::postgres().await;
    assert_eq!(store.engine(), Engine::Postgres);
    let error = store.backup(&store.directory().join("backup")).await.expect_err("refused");
    assert!(error.to_string().contains("pg_dump"), "{error}");
}
