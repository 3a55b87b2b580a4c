//! The journal of writes.

use serde_json::json;
use store::{JournalFilter, JournalResult, NewJournalEntry};
use testkit::TestStore;

use crate::NOW;

on_both_engines! {
    an_entry_is_read_as_it_was_written,
    entries_are_found_by_cluster_object_and_account,
    pages_neither_repeat_nor_lose_entries,
    old_entries_are_pruned,
}

fn new_entry(cluster: &str, name: &str, account: &str) -> NewJournalEntry {
    NewJournalEntry {
        account_id: account.to_owned(),
        account_name: format!("{account}-name"),
        address: "192.0.2.1".to_owned(),
        request_id: "req-1".to_owned(),
        cluster_id: cluster.to_owned(),
        namespace: "default".to_owned(),
        kind: "apps/v1/deployments".to_owned(),
        name: name.to_owned(),
        verb: "patch".to_owned(),
        change: json!({ "z": 1, "a": "\u{0}", "before": { "replicas": 1 }, "after": { "replicas": 3 } }),
        result: JournalResult::Done,
        message: String::new(),
    }
}

async fn names(store: &TestStore, filter: JournalFilter) -> Vec<String> {
    let entries = store.journal().list(&filter).await.expect("list");
    entries.into_iter().map(|entry| entry.entry.name).collect()
}

async fn an_entry_is_read_as_it_was_written(store: &TestStore) {
    let mut written = new_entry("cls-aaaaaaaa", "web", "a1");
    written.result = JournalResult::Refused;
    written.message = "deployments.apps \"web\" is forbidden".to_owned();
    let id = store.journal().append(&written, NOW).await.expect("append");
    let entries = store.journal().list(&JournalFilter::default()).await.expect("list");
    assert_eq!(entries.len(), 1);
    assert_eq!((&entries[0].id, entries[0].at), (&id, NOW));
    assert_eq!(entries[0].entry, written);
    let order: Vec<_> = entries[0].entry.change.as_object().expect("object").keys().collect();
    let sent: Vec<_> = written.change.as_object().expect("object").keys().collect();
    assert_eq!(order, sent);
}

async fn entries_are_found_by_cluster_object_and_account(store: &TestStore) {
    for (n, (cluster, name, account)) in
        [("c1", "web", "a1"), ("c1", "db", "a2"), ("c2", "web", "a1"), ("c1", "web", "a2")].into_iter().enumerate()
    {
        let mut entry = new_entry(cluster, name, account);
        entry.message = format!("{n}");
        if n == 3 {
            entry.result = JournalResult::Failed;
        }
        store.journal().append(&entry, NOW + i64::try_from(n).expect("small")).await.expect("append");
    }
    let of = |filter: JournalFilter| async move {
        let entries = store.journal().list(&filter).await.expect("list");
        entries.into_iter().map(|entry| entry.entry.message).collect::<Vec<_>>().join(" ")
    };
    let text = |text: &str| Some(text.to_owned());
    let object = JournalFilter {
        cluster_id: text("c1"),
        kind: text("apps/v1/deployments"),
        namespace: text("default"),
        name: text("web"),
        ..JournalFilter::default()
    };
    assert_eq!(of(JournalFilter::default()).await, "3 2 1 0");
    assert_eq!(of(JournalFilter { cluster_id: text("c1"), ..JournalFilter::default() }).await, "3 1 0");
    assert_eq!(of(object.clone()).await, "3 0");
    assert_eq!(of(JournalFilter { account_id: text("a2"), ..object.clone() }).await, "3");
    assert_eq!(of(JournalFilter { account_id: text("a1"), ..JournalFilter::default() }).await, "2 0");
    let both = JournalFilter { account_id: text("a1"), cluster_id: text("c2"), ..JournalFilter::default() };
    assert_eq!(of(both).await, "2");
    let failed = JournalFilter { result: Some(JournalResult::Failed), ..JournalFilter::default() };
    assert_eq!(of(failed).await, "3");
    let between = JournalFilter { from: Some(NOW + 1), to: Some(NOW + 3), ..JournalFilter::default() };
    assert_eq!(of(between).await, "2 1");
    assert_eq!(of(JournalFilter { name: text("db"), ..JournalFilter::default() }).await, "1");
}

async fn pages_neither_repeat_nor_lose_entries(store: &TestStore) {
    // All in the same millisecond: the order still holds.
    for n in 0..25 {
        store.journal().append(&new_entry("c1", &format!("{n}"), "a1"), NOW).await.expect("append");
    }
    let mut filter = JournalFilter { limit: 10, ..JournalFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.journal().list(&filter).await.expect("list");
        let Some(last) = page.last() else { break };
        filter.before = Some(last.id.clone());
        // Entries that come while somebody pages do not move the pages.
        store.journal().append(&new_entry("c1", "late", "a1"), NOW).await.expect("append");
        seen.extend(page.into_iter().map(|entry| entry.entry.name));
    }
    let expected: Vec<_> = (0..25).rev().map(|n| n.to_string()).collect();
    assert_eq!(seen, expected);
}

async fn old_entries_are_pruned(store: &TestStore) {
    for (name, at) in [("old", NOW - 2), ("new", NOW)] {
        store.journal().append(&new_entry("c1", name, "a1"), at).await.expect("append");
    }
    assert_eq!(store.journal().prune(NOW).await.expect("prune"), 1);
    assert_eq!(names(store, JournalFilter::default()).await, ["new"]);
}
