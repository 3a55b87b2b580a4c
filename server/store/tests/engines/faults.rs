//! [7.3] A database that cannot be written, is full, busy or away: a clear error and no damage.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use store::{Store, StoreConfig, StoreError};
use testkit::TestStore;

use crate::{NOW, new_account, raw, sub};

const CHILD: &str = "GANTRY_TEST_READ_ONLY_URL";
/// Debian's `nobody`: root may write whatever the mode says.
const NOBODY: u32 = 65534;

fn keys() -> store::Keyring {
    store::SecretKey::generate().expect("key").into()
}

#[tokio::test]
async fn a_read_only_sqlite_file_is_named_and_unharmed() {
    if let Ok(url) = std::env::var(CHILD) {
        let error = Store::open(StoreConfig::new(url, keys())).await.expect_err("it cannot be written");
        assert!(matches!(error, StoreError::ReadOnly), "{error:?}");
        return;
    }
    let store = TestStore::sqlite().await;
    sub(&store, "alice").await;
    store.close().await;
    let program = store.directory().join("test");
    fs::copy(std::env::current_exe().expect("this program"), &program).expect("copy");
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
    };
    mode(&program, 0o555);
    // The file alone, the directory alone, both.
    for (file, directory) in [(0o444, 0o777), (0o666, 0o555), (0o444, 0o555)] {
        mode(&store.file(), file);
        mode(store.directory(), directory);
        let mut child = Command::new(&program);
        if is_root(store.directory()) {
            child.uid(NOBODY).gid(NOBODY);
        }
        let output = child
            .args(["faults::a_read_only_sqlite_file_is_named_and_unharmed", "--exact"])
            .env(CHILD, &store.config().url)
            .output()
            .expect("the child runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "file {file:o}, directory {directory:o}: {said}");
        assert!(said.contains("1 passed"), "{said}");
    }
    mode(store.directory(), 0o700);
    mode(&store.file(), 0o600);
    for left in ["-wal", "-shm"] {
        // Of another user, if the child could make them.
        let _ = fs::remove_file(format!("{}{left}", store.file().display()));
    }
    let again = store.open_again().await;
    assert_eq!(again.accounts().list().await.expect("list").len(), 1);
    assert!(again.check().await.expect("check").integrity.is_empty());
}

/// What this process makes belongs to root when it is root.
fn is_root(own: &std::path::Path) -> bool {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(own).expect("metadata")) == 0
}

#[tokio::test]
async fn a_read_only_postgres_is_named() {
    let store = TestStore::postgres().await;
    let name = raw::column(&store, "SELECT current_database()::text").await.remove(0);
    raw::execute(&store, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    let error = Store::open(store.config().clone()).await.expect_err("it cannot be written");
    assert!(matches!(error, StoreError::ReadOnly), "{error:?}");
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_and_keeps_the_rest() {
    let store = TestStore::sqlite().await;
    sub(&store, "alice").await;
    store.close().await;
    let mut config = store.config().clone();
    config.max_bytes = Some(1024 * 1024);
    let full = Store::open(config).await.expect("open");
    let big = "x".repeat(50_000);
    let mut written = 0;
    let error = loop {
        match full.settings().set(&format!("key{written:03}"), &big, NOW).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 100, "the limit does not hold");
    };
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    assert!(written > 5, "only {written} were written");
    // In a transaction of several statements nothing of it stays.
    let mut account = new_account("bob");
    account.display_name = "x".repeat(200_000);
    let refused = full.accounts().create_sub(&account, NOW).await;
    assert!(matches!(refused, Err(StoreError::DiskFull)), "{refused:?}");
    // Readers go on, the writer too as soon as there is room.
    assert_eq!(full.accounts().list().await.expect("list").len(), 1);
    assert_eq!(full.settings().keys().await.expect("keys").len(), written);
    for n in 0..written {
        full.settings().delete(&format!("key{n:03}")).await.expect("deleting works when full");
    }
    full.accounts().create_sub(&account, NOW).await.expect("there is room again");
    assert!(full.check().await.expect("check").integrity.is_empty());
    full.close().await;
    let again = store.open_again().await;
    assert_eq!(again.accounts().list().await.expect("list").len(), 2);
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_then_named() {
    let store = TestStore::sqlite().await;
    let mut config = store.config().clone();
    config.wait = Duration::from_millis(200);
    let impatient = Store::open(config).await.expect("open");
    let url = store.config().url.clone();
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.expect("connect");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("begin");
    let busy = impatient.settings().set("key", &1, NOW).await.expect_err("locked");
    assert!(matches!(busy, StoreError::Busy) && busy.is_transient(), "{busy:?}");
    assert_eq!(impatient.settings().keys().await.expect("readers do not wait"), Vec::<String>::new());
    // The patient one gets its turn.
    let patient = Store::clone(&store);
    let waiting = tokio::spawn(async move { patient.settings().set("key", &2, NOW).await });
    sqlx::query("COMMIT").execute(&mut other).await.expect("commit");
    waiting.await.expect("task").expect("written");
    impatient.settings().set("key", &3, NOW).await.expect("free again");
}

#[tokio::test]
async fn a_postgres_that_is_away_is_unavailable() {
    let directory = tempfile::tempdir().expect("tempdir");
    let url = format!("postgres://gantry@localhost/gantry?host={}", directory.path().display());
    let mut config = StoreConfig::new(url, keys());
    config.wait = Duration::from_millis(300);
    let error = Store::open(config).await.expect_err("nobody is there");
    assert!(matches!(error, StoreError::Unavailable(_)) && error.is_transient(), "{error:?}");
}

/// A server that restarts, or an administrator who ends connections, costs no failed request.
#[tokio::test]
async fn postgres_connections_that_were_ended_are_replaced() {
    let store = TestStore::postgres().await;
    sub(&store, "alice").await;
    raw::execute(
        &store,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    for _ in 0..4 {
        assert_eq!(store.accounts().list().await.expect("list").len(), 1);
    }
    sub(&store, "bob").await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let directory = tempfile::tempdir().expect("tempdir");
    let path = directory.path().join("notes.txt");
    fs::write(&path, "do not lose me, I am long enough to look like a header").expect("write");
    let config = StoreConfig::new(format!("sqlite://{}", path.display()), keys());
    let error = Store::open(config).await.expect_err("no database");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(fs::read_to_string(&path).expect("read").starts_with("do not lose me"));
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let directory = tempfile::tempdir().expect("tempdir");
    let path = directory.path().join("other.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut other = sqlx::ConnectOptions::connect(&options).await.expect("connect");
    sqlx::query("CREATE TABLE theirs (id INTEGER)").execute(&mut other).await.expect("create");
    sqlx::Connection::close(other).await.expect("close");
    let config = StoreConfig::new(format!("sqlite://{}", path.display()), keys());
    let error = Store::open(config).await.expect_err("not ours");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    let mut other = sqlx::ConnectOptions::connect(&options).await.expect("connect");
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_master").fetch_all(&mut other).await.expect("rows");
    assert_eq!(tables, ["theirs"]);
}
