//! [4.2] Sessions: the store of `tower-sessions`, lists, and how sessions end.

use std::time::Duration;

use serde_json::json;
use store::{SessionLimits, SessionRows, StoreError, session_keys};
use testkit::TestStore;
use time::OffsetDateTime;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};

use crate::{HOUR, NOW, new_account, raw, sub};

on_both_engines! {
    a_session_is_created_loaded_saved_and_deleted,
    a_session_ends_when_idle_and_at_its_age,
    saving_never_brings_an_ended_session_back,
    an_id_that_is_taken_is_replaced,
    the_list_shows_an_accounts_own_living_sessions,
    ending_others_keeps_the_current_one,
    disabling_and_deleting_an_account_end_its_sessions,
    ids_are_kept_as_hashes,
    sessions_survive_a_restart,
    expired_rows_are_deleted,
}

fn rows(store: &TestStore) -> SessionRows {
    store.sessions(SessionLimits::default())
}

fn record(account: Option<&str>, idle: Duration) -> Record {
    let mut data = std::collections::HashMap::new();
    if let Some(account) = account {
        data.insert(session_keys::ACCOUNT.to_owned(), json!(account));
    }
    data.insert(session_keys::ADDRESS.to_owned(), json!("192.0.2.1"));
    data.insert(session_keys::USER_AGENT.to_owned(), json!("Browser/1"));
    data.insert("flash".to_owned(), json!({ "text": "已保存" }));
    Record { id: Id::default(), data, expiry_date: OffsetDateTime::now_utc() + idle }
}

async fn created(rows: &SessionRows, account: Option<&str>) -> Record {
    let mut record = record(account, Duration::from_secs(3600));
    rows.create(&mut record).await.expect("create");
    record
}

async fn a_session_is_created_loaded_saved_and_deleted(store: &TestStore) {
    let rows = rows(store);
    let account = sub(store, "alice").await;
    let mut record = created(&rows, None).await;
    let loaded = rows.load(&record.id).await.expect("load").expect("there");
    assert_eq!((loaded.id, &loaded.data), (record.id, &record.data));
    assert!(rows.of_account(&account.id, store::now()).await.expect("list").is_empty());
    record.data.insert(session_keys::ACCOUNT.to_owned(), json!(account.id));
    rows.save(&record).await.expect("save");
    assert_eq!(rows.load(&record.id).await.expect("load").expect("there").data, record.data);
    assert_eq!(rows.of_account(&account.id, store::now()).await.expect("list").len(), 1);
    rows.delete(&record.id).await.expect("delete");
    assert_eq!(rows.load(&record.id).await.expect("load"), None);
    rows.delete(&record.id).await.expect("deleting twice is no error");
    assert_eq!(rows.load(&Id::default()).await.expect("load"), None);
}

async fn a_session_ends_when_idle_and_at_its_age(store: &TestStore) {
    let rows = rows(store);
    let record = created(&rows, None).await;
    let hash = SessionRows::hash(&record.id);
    let moved = |column: &str, by: i64| format!("UPDATE sessions SET {column} = {column} - {by}");
    // Seen an hour ago: the next request gives it its whole idle time again.
    raw::execute(store, &moved("last_seen_at", HOUR)).await;
    let loaded = rows.load(&record.id).await.expect("load").expect("there");
    let left = loaded.expiry_date - OffsetDateTime::now_utc();
    assert!(left > Duration::from_secs(7100) && left <= Duration::from_secs(7200), "{left}");
    // A look does not.
    let in_two_hours = store::now() + 2 * HOUR + 1;
    assert!(rows.is_alive(&hash, store::now()).await.expect("alive"));
    assert!(!rows.is_alive(&hash, in_two_hours).await.expect("alive"));
    // Idle limit.
    raw::execute(store, &moved("expires_at", 2 * HOUR)).await;
    assert_eq!(rows.load(&record.id).await.expect("load"), None);
    // Absolute limit, though it was seen a moment ago.
    let record = created(&rows, None).await;
    raw::execute(store, &moved("absolute_expires_at", 12 * HOUR)).await;
    assert_eq!(rows.load(&record.id).await.expect("load"), None);
}

/// A request that began before the session was ended must not undo that when it finishes.
async fn saving_never_brings_an_ended_session_back(store: &TestStore) {
    let rows = rows(store);
    let account = sub(store, "alice").await;
    let record = created(&rows, Some(&account.id)).await;
    assert_eq!(rows.end_all(&account.id).await.expect("end"), 1);
    rows.save(&record).await.expect("no error");
    assert_eq!(rows.load(&record.id).await.expect("load"), None);
}

async fn an_id_that_is_taken_is_replaced(store: &TestStore) {
    let rows = rows(store);
    let first = created(&rows, None).await;
    let mut second = record(None, Duration::from_secs(60));
    second.id = first.id;
    second.data.insert("mine".to_owned(), json!(true));
    rows.create(&mut second).await.expect("create");
    assert_ne!(second.id, first.id);
    assert_eq!(rows.load(&first.id).await.expect("load").expect("there").data, first.data);
}

async fn the_list_shows_an_accounts_own_living_sessions(store: &TestStore) {
    let rows = rows(store);
    let (alice, bob) = (sub(store, "alice").await, sub(store, "bob").await);
    let mine = created(&rows, Some(&alice.id)).await;
    let theirs = created(&rows, Some(&bob.id)).await;
    let list = rows.of_account(&alice.id, store::now()).await.expect("list");
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].id_hash, SessionRows::hash(&mine.id));
    assert_eq!((list[0].address.as_str(), list[0].user_agent.as_str()), ("192.0.2.1", "Browser/1"));
    assert!(list[0].expires_at > list[0].created_at);
    assert!(rows.of_account(&alice.id, store::now() + 13 * HOUR).await.expect("list").is_empty());
    let foreign = rows.end(&alice.id, &SessionRows::hash(&theirs.id)).await;
    assert!(matches!(foreign, Err(StoreError::NotFound("session"))), "{foreign:?}");
    rows.end(&alice.id, &list[0].id_hash).await.expect("end");
    assert_eq!(rows.load(&mine.id).await.expect("load"), None);
    assert!(rows.load(&theirs.id).await.expect("load").is_some());
}

async fn ending_others_keeps_the_current_one(store: &TestStore) {
    let rows = rows(store);
    let (alice, bob) = (sub(store, "alice").await, sub(store, "bob").await);
    let current = created(&rows, Some(&alice.id)).await;
    for _ in 0..3 {
        created(&rows, Some(&alice.id)).await;
    }
    created(&rows, Some(&bob.id)).await;
    let keep = SessionRows::hash(&current.id);
    assert_eq!(rows.end_others(&alice.id, &keep).await.expect("end"), 3);
    assert!(rows.load(&current.id).await.expect("load").is_some());
    assert_eq!(rows.of_account(&bob.id, store::now()).await.expect("list").len(), 1);
}

/// [P-29] The session of a disabled account ends.
async fn disabling_and_deleting_an_account_end_its_sessions(store: &TestStore) {
    let rows = rows(store);
    let account = store.accounts().create_sub(&new_account("alice"), NOW).await.expect("create");
    let session = created(&rows, Some(&account.id)).await;
    store.accounts().set_disabled(&account.id, true).await.expect("disable");
    assert_eq!(rows.load(&session.id).await.expect("load"), None);
    // A login that was under way makes its session a moment too late.
    let late = created(&rows, Some(&account.id)).await;
    assert_eq!(rows.load(&late.id).await.expect("load"), None);
    assert!(!rows.is_alive(&SessionRows::hash(&late.id), store::now()).await.expect("alive"));
    store.accounts().set_disabled(&account.id, false).await.expect("enable");
    let session = created(&rows, Some(&account.id)).await;
    store.accounts().delete(&account.id).await.expect("delete");
    assert_eq!(rows.load(&session.id).await.expect("load"), None);
    let mut late = record(Some(&account.id), Duration::from_secs(60));
    assert!(rows.create(&mut late).await.is_err(), "no session without its account");
}

/// A copy of the database opens no session.
async fn ids_are_kept_as_hashes(store: &TestStore) {
    let record = created(&rows(store), None).await;
    let kept = raw::column(store, "SELECT id_hash || data FROM sessions").await.join("");
    for form in [record.id.to_string(), record.id.0.to_string(), format!("{:x}", record.id.0)] {
        assert!(!kept.contains(&form), "{form} is in {kept}");
    }
}

async fn sessions_survive_a_restart(store: &TestStore) {
    let record = created(&rows(store), None).await;
    let again = store.open_again().await;
    let loaded = again.sessions(SessionLimits::default()).load(&record.id).await.expect("load");
    assert_eq!(loaded.expect("there").data, record.data);
    again.close().await;
}

async fn expired_rows_are_deleted(store: &TestStore) {
    let rows = rows(store);
    created(&rows, None).await;
    assert_eq!(rows.delete_expired(store::now()).await.expect("delete"), 0);
    assert_eq!(rows.delete_expired(store::now() + 2 * HOUR).await.expect("delete"), 1);
}
