//! [4.2] Limits per account and address, in the database.

use store::{Attempt, LoginKey};
use testkit::TestStore;

use crate::{HOUR, NOW, SECOND, raw};

on_both_engines! {
    the_fifth_failure_blocks_and_each_further_one_doubles,
    limits_survive_a_restart,
    a_success_clears_the_account_but_forgives_the_address_one,
    a_hundred_attempts_at_once_get_no_hundred_guesses,
    old_failures_are_forgotten_and_pruned,
    what_was_typed_is_not_kept,
}

fn account() -> LoginKey {
    LoginKey::Account("root".to_owned())
}

fn address() -> LoginKey {
    LoginKey::Address([192, 0, 2, 1].into())
}

async fn the_fifth_failure_blocks_and_each_further_one_doubles(store: &TestStore) {
    let limits = store.login_limits();
    for failures in 1..=4 {
        assert_eq!(limits.record_failure(&account(), NOW).await.expect("record"), failures);
        assert_eq!(limits.blocked_until(&account(), NOW).await.expect("blocked"), None);
    }
    let mut now = NOW;
    for wait in [30, 60, 120, 240, 480, 900, 900] {
        limits.record_failure(&account(), now).await.expect("record");
        let until = now + wait * SECOND;
        assert_eq!(limits.blocked_until(&account(), now).await.expect("blocked"), Some(until));
        let blocked = limits.attempt(&account(), until - 1).await.expect("attempt");
        assert_eq!(blocked, Attempt::Blocked { until });
        assert_eq!(limits.blocked_until(&account(), until).await.expect("blocked"), None);
        now = until;
    }
    assert_eq!(limits.blocked_until(&address(), now).await.expect("blocked"), None);
}

async fn limits_survive_a_restart(store: &TestStore) {
    for _ in 0..5 {
        store.login_limits().record_failure(&account(), NOW).await.expect("record");
    }
    let again = store.open_again().await;
    let until = again.login_limits().blocked_until(&account(), NOW).await.expect("blocked");
    assert_eq!(until, Some(NOW + 30 * SECOND));
    again.close().await;
}

async fn a_success_clears_the_account_but_forgives_the_address_one(store: &TestStore) {
    let limits = store.login_limits();
    for _ in 0..5 {
        limits.attempt(&account(), NOW).await.expect("attempt");
    }
    limits.clear(&account()).await.expect("clear");
    assert_eq!(limits.blocked_until(&account(), NOW).await.expect("blocked"), None);
    for _ in 0..19 {
        limits.attempt(&address(), NOW).await.expect("attempt");
    }
    // The twentieth is the one that signs in: the address is not blocked, and has 19 failures.
    assert_eq!(limits.attempt(&address(), NOW).await.expect("attempt"), Attempt::Allowed { failures: 20 });
    limits.forgive(&address()).await.expect("forgive");
    assert_eq!(limits.blocked_until(&address(), NOW).await.expect("blocked"), None);
    limits.attempt(&address(), NOW).await.expect("attempt");
    let until = limits.blocked_until(&address(), NOW).await.expect("blocked");
    assert_eq!(until, Some(NOW + 30 * SECOND));
}

async fn a_hundred_attempts_at_once_get_no_hundred_guesses(store: &TestStore) {
    let attempts = (0..100).map(|_| {
        let store = store::Store::clone(store);
        tokio::spawn(async move { store.login_limits().attempt(&account(), NOW).await })
    });
    let mut allowed = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        if let Attempt::Allowed { .. } = attempt.await.expect("task").expect("attempt") {
            allowed += 1;
        }
    }
    assert_eq!(allowed, 5);
}

async fn old_failures_are_forgotten_and_pruned(store: &TestStore) {
    let limits = store.login_limits();
    for _ in 0..4 {
        limits.record_failure(&account(), NOW).await.expect("record");
    }
    limits.record_failure(&address(), NOW + HOUR).await.expect("record");
    let next_day = NOW + 24 * HOUR + 1;
    assert_eq!(limits.prune(next_day).await.expect("prune"), 1);
    assert_eq!(limits.record_failure(&account(), next_day).await.expect("record"), 1);
    assert_eq!(limits.record_failure(&address(), next_day).await.expect("record"), 2);
    assert_eq!(limits.record_failure(&address(), next_day + 25 * HOUR).await.expect("record"), 1);
}

/// People type passwords into the name field.
async fn what_was_typed_is_not_kept(store: &TestStore) {
    let typed = LoginKey::Account("hunter2\0".to_owned());
    store.login_limits().record_failure(&typed, NOW).await.expect("any text counts");
    let kept = raw::column(store, "SELECT key_hash FROM login_attempts").await;
    assert!(kept.len() == 1 && !kept[0].contains("hunter2"), "{kept:?}");
}
