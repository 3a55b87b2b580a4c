//! [7.3] `kill -9` during writes: what was acknowledged is there, and unfinished operations go on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use store::{JournalFilter, JournalResult, NewJournalEntry, NewOperation, SecretKey, Store, StoreConfig};
use testkit::TestStore;

use crate::NOW;

/// The address of the database, for the process that is killed.
const CHILD: &str = "GANTRY_TEST_DURABILITY_URL";
const WRITES: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_every_acknowledged_write() {
    match std::env::var(CHILD) {
        Ok(url) => write_until_killed(url).await,
        Err(_) => kill_a_writer(&TestStore::sqlite().await, "sqlite_keeps_every_acknowledged_write").await,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_every_acknowledged_write() {
    match std::env::var(CHILD) {
        Ok(url) => write_until_killed(url).await,
        Err(_) => {
            kill_a_writer(&TestStore::postgres().await, "postgres_keeps_every_acknowledged_write").await;
        }
    }
}

fn entry(n: u64) -> NewJournalEntry {
    NewJournalEntry {
        account_id: "a".to_owned(),
        account_name: "a".to_owned(),
        address: String::new(),
        request_id: n.to_string(),
        cluster_id: "cls-aaaaaaaa".to_owned(),
        namespace: String::new(),
        kind: "v1/configmaps".to_owned(),
        name: format!("object-{n}"),
        verb: "patch".to_owned(),
        // Long enough to spread over pages.
        change: json!({ "after": "x".repeat(6000) }),
        result: JournalResult::Done,
        message: String::new(),
    }
}

/// In the child: four writers, each of which says what was acknowledged, until the kill.
async fn write_until_killed(url: String) {
    let store = Store::open(StoreConfig::new(url, SecretKey::generate().expect("key"))).await.expect("open");
    let operation = NewOperation {
        kind: "test".to_owned(),
        scope: String::new(),
        input: json!({}),
        steps: json!([]),
        created_by: String::new(),
    };
    store.operations().enqueue(&operation, NOW).await.expect("enqueue");
    store.operations().claim(&["test"], "killed", 1000, NOW).await.expect("claim").expect("one");
    let writers: Vec<_> = (0..4_u64)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0_u64.. {
                    let n = writer * 1_000_000 + n;
                    store.journal().append(&entry(n), NOW).await.expect("append");
                    // Past the harness's capture; the parent is gone when this fails.
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "\nack {n}").and_then(|()| out.flush()).expect("the parent reads");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("killed before");
    }
}

async fn kill_a_writer(store: &TestStore, test: &str) {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args([&format!("durability::{test}"), "--exact", "--nocapture"])
        .env(CHILD, &store.config().url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let acknowledged = |line: String| line.strip_prefix("ack ").map(str::to_owned);
    let mut acks: Vec<String> = lines.by_ref().filter_map(acknowledged).take(WRITES).collect();
    // SIGKILL, in the middle of the others' writes.
    child.kill().expect("kill");
    child.wait().expect("wait");
    // The last line may be cut.
    acks.extend(lines.filter_map(acknowledged));
    assert!(acks.len() >= WRITES, "the child wrote {} rows", acks.len());

    let again = store.open_again().await;
    let filter = JournalFilter { limit: 1_000_000, ..JournalFilter::default() };
    let kept: std::collections::HashSet<_> =
        again.journal().list(&filter).await.expect("list").into_iter().map(|row| row.entry.request_id).collect();
    let lost: Vec<_> = acks.iter().filter(|n| !kept.contains(*n)).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    let check = again.check().await.expect("check");
    assert!(check.integrity.is_empty() && check.writable.is_ok(), "{check:?}");
    let resumed = again.operations().claim(&["test"], "next", 1000, NOW + 1000).await.expect("claim");
    assert_eq!(resumed.expect("the operation goes on").attempts, 2);
    again.close().await;
}
