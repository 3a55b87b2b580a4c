//! [3.5] Durable operations.

use std::collections::HashMap;

use serde_json::{Value, json};
use store::{NewOperation, OperationFilter, OperationOutcome, OperationState, StoreError};
use testkit::TestStore;

use crate::{NOW, SECOND};

on_both_engines! {
    an_operation_goes_from_queue_to_result,
    each_operation_is_claimed_by_one_of_many,
    a_lost_lease_is_taken_over_and_the_old_holder_is_told,
    a_released_operation_waits_for_its_time,
    cancelling_waits_for_the_holder,
    kinds_of_others_do_not_starve_ours,
    lists_are_filtered_and_ended_ones_pruned,
}

const KIND: &str = "cluster.delete";
const LEASE: i64 = 30 * SECOND;

fn new_operation(kind: &str, scope: &str) -> NewOperation {
    NewOperation {
        kind: kind.to_owned(),
        scope: scope.to_owned(),
        input: json!({ "cluster": scope }),
        steps: json!([]),
        created_by: "account-1".to_owned(),
    }
}

async fn enqueue(store: &TestStore, kind: &str) -> String {
    store.operations().enqueue(&new_operation(kind, "cls-aaaaaaaa"), NOW).await.expect("enqueue")
}

async fn an_operation_goes_from_queue_to_result(store: &TestStore) {
    let operations = store.operations();
    let id = enqueue(store, KIND).await;
    let queued = operations.get(&id).await.expect("get").expect("found");
    assert_eq!((queued.state, queued.attempts, queued.lease_owner), (OperationState::Queued, 0, None));
    let claimed = operations.claim(&[KIND], "me", LEASE, NOW + 1).await.expect("claim").expect("one");
    assert_eq!((claimed.id.as_str(), claimed.state, claimed.attempts), (id.as_str(), OperationState::Running, 1));
    assert_eq!(claimed.input, json!({ "cluster": "cls-aaaaaaaa" }));
    assert_eq!(claimed.lease_until, Some(NOW + 1 + LEASE));
    let steps = json!([{ "name": "drain", "state": "done" }]);
    assert!(operations.save_steps(&id, "me", &steps, NOW + 2).await.expect("steps"));
    assert_eq!(operations.heartbeat(&id, "me", LEASE, NOW + 3).await.expect("heartbeat"), Some(false));
    let outcome = OperationOutcome::Done(json!({ "nodes": 3 }));
    assert!(operations.finish(&id, "me", &outcome, NOW + 4).await.expect("finish"));
    let done = operations.get(&id).await.expect("get").expect("found");
    assert_eq!((done.state, done.steps, done.result), (OperationState::Done, steps, Some(json!({ "nodes": 3 }))));
    assert!(done.state.is_final() && done.lease_owner.is_none());
    let none = operations.claim(&[KIND], "me", LEASE, NOW + 10 * LEASE).await.expect("claim");
    assert_eq!(none, None);
}

async fn each_operation_is_claimed_by_one_of_many(store: &TestStore) {
    let mut expected = Vec::new();
    for _ in 0..12 {
        expected.push(enqueue(store, KIND).await);
    }
    let workers = (0..6).map(|n| {
        let store = store::Store::clone(store);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            let owner = format!("worker-{n}");
            while let Some(operation) = store.operations().claim(&[KIND], &owner, LEASE, NOW).await.expect("claim") {
                mine.push(operation.id);
            }
            mine
        })
    });
    let mut holders: HashMap<String, u32> = HashMap::new();
    for worker in workers.collect::<Vec<_>>() {
        for id in worker.await.expect("task") {
            *holders.entry(id).or_default() += 1;
        }
    }
    assert_eq!(holders.len(), expected.len());
    assert!(holders.values().all(|times| *times == 1), "{holders:?}");
}

/// [7.3] Operations resume when their holder was killed.
async fn a_lost_lease_is_taken_over_and_the_old_holder_is_told(store: &TestStore) {
    let operations = store.operations();
    let id = enqueue(store, KIND).await;
    operations.claim(&[KIND], "old", LEASE, NOW).await.expect("claim").expect("one");
    let early = operations.claim(&[KIND], "new", LEASE, NOW + LEASE - 1).await.expect("claim");
    assert_eq!(early, None, "the lease holds");
    let later = NOW + LEASE;
    let taken = operations.claim(&[KIND], "new", LEASE, later).await.expect("claim").expect("one");
    assert_eq!((taken.id.as_str(), taken.attempts, taken.lease_owner.as_deref()), (id.as_str(), 2, Some("new")));
    assert_eq!(operations.heartbeat(&id, "old", LEASE, later).await.expect("heartbeat"), None);
    assert!(!operations.save_steps(&id, "old", &json!(["late"]), later).await.expect("steps"));
    let outcome = OperationOutcome::Failed(Value::Null);
    assert!(!operations.finish(&id, "old", &outcome, later).await.expect("finish"));
    assert!(!operations.release(&id, "old", later, later).await.expect("release"));
    assert!(operations.finish(&id, "new", &outcome, later).await.expect("finish"));
}

async fn a_released_operation_waits_for_its_time(store: &TestStore) {
    let operations = store.operations();
    let id = enqueue(store, KIND).await;
    operations.claim(&[KIND], "me", LEASE, NOW).await.expect("claim").expect("one");
    assert!(operations.release(&id, "me", NOW + 60 * SECOND, NOW).await.expect("release"));
    let early = operations.claim(&[KIND], "me", LEASE, NOW + 59 * SECOND).await.expect("claim");
    assert_eq!(early, None);
    let again = operations.claim(&[KIND], "me", LEASE, NOW + 60 * SECOND).await.expect("claim");
    assert_eq!(again.map(|operation| operation.attempts), Some(2));
}

async fn cancelling_waits_for_the_holder(store: &TestStore) {
    let operations = store.operations();
    let (first, second) = (enqueue(store, KIND).await, enqueue(store, KIND).await);
    let held = operations.claim(&[KIND], "me", LEASE, NOW).await.expect("claim").expect("one");
    assert_eq!(held.id, first, "the oldest comes first");
    operations.cancel(&first, NOW).await.expect("cancel");
    operations.cancel(&second, NOW).await.expect("cancel");
    let waiting = operations.get(&second).await.expect("get").expect("found");
    assert_eq!(waiting.state, OperationState::Cancelled);
    assert_eq!(operations.heartbeat(&first, "me", LEASE, NOW).await.expect("heartbeat"), Some(true));
    let outcome = OperationOutcome::Cancelled(Value::Null);
    assert!(operations.finish(&first, "me", &outcome, NOW).await.expect("finish"));
    let over = operations.cancel(&first, NOW).await;
    assert!(matches!(over, Err(StoreError::Refused(_))), "{over:?}");
    let missing = operations.cancel("none", NOW).await;
    assert!(matches!(missing, Err(StoreError::NotFound("operation"))), "{missing:?}");
}

async fn kinds_of_others_do_not_starve_ours(store: &TestStore) {
    for _ in 0..150 {
        enqueue(store, "later.kind").await;
    }
    let ours = enqueue(store, KIND).await;
    let claimed = store.operations().claim(&["other", KIND], "me", LEASE, NOW).await.expect("claim");
    assert_eq!(claimed.map(|operation| operation.id), Some(ours));
    let none = store.operations().claim(&["other", KIND], "me", LEASE, NOW).await.expect("claim");
    assert_eq!(none, None);
}

async fn lists_are_filtered_and_ended_ones_pruned(store: &TestStore) {
    let operations = store.operations();
    let a = operations.enqueue(&new_operation(KIND, "a"), NOW).await.expect("enqueue");
    let b = operations.enqueue(&new_operation("image.sync", "b"), NOW).await.expect("enqueue");
    let ids = |filter: OperationFilter| async move {
        let list = operations.list(&filter).await.expect("list");
        list.into_iter().map(|operation| operation.id).collect::<Vec<_>>()
    };
    let filter = OperationFilter::default;
    assert_eq!(ids(filter()).await, [b.clone(), a.clone()]);
    assert_eq!(ids(OperationFilter { scope: Some("a".to_owned()), ..filter() }).await, [a.as_str()]);
    assert_eq!(ids(OperationFilter { kind: Some("image.sync".to_owned()), ..filter() }).await, [b.as_str()]);
    assert_eq!(ids(OperationFilter { before: Some(b.clone()), limit: 1, ..filter() }).await, [a.as_str()]);
    operations.cancel(&a, NOW).await.expect("cancel");
    assert_eq!(operations.prune(NOW).await.expect("prune"), 0);
    assert_eq!(operations.prune(NOW + 1).await.expect("prune"), 1);
    assert_eq!(ids(filter()).await, [b], "what has not ended stays");
}
