//! The store's table of operations, as the jobs want it.

use futures::future::BoxFuture;
use jobs::{Claim, Ending, Millis, OperationStore, StoreFailure};
use serde_json::Value;
use std::time::Duration;
use store::{OperationOutcome, Store, StoreError};

pub(crate) struct Rows(pub Store);

impl OperationStore for Rows {
    fn claim<'a>(
        &'a self,
        kinds: &'a [&'a str],
        owner: &'a str,
        lease: Millis,
    ) -> BoxFuture<'a, Result<Option<Claim>, StoreFailure>> {
        Box::pin(async move {
            let row = self.0.operations().claim(kinds, owner, lease, store::now()).await.map_err(failure)?;
            Ok(row.map(|row| Claim {
                id: row.id,
                kind: row.kind,
                input: row.input,
                steps: row.steps,
                attempts: row.attempts,
            }))
        })
    }

    fn heartbeat<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        lease: Millis,
    ) -> BoxFuture<'a, Result<Option<bool>, StoreFailure>> {
        Box::pin(async move { self.0.operations().heartbeat(id, owner, lease, store::now()).await.map_err(failure) })
    }

    fn save_steps<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        steps: &'a Value,
    ) -> BoxFuture<'a, Result<bool, StoreFailure>> {
        Box::pin(async move { self.0.operations().save_steps(id, owner, steps, store::now()).await.map_err(failure) })
    }

    fn finish<'a>(&'a self, id: &'a str, owner: &'a str, ending: Ending) -> BoxFuture<'a, Result<bool, StoreFailure>> {
        let outcome = match ending {
            Ending::Done(result) => OperationOutcome::Done(result),
            Ending::Failed(why) => OperationOutcome::Failed(why),
            Ending::Cancelled(why) => OperationOutcome::Cancelled(why),
        };
        Box::pin(async move { self.0.operations().finish(id, owner, &outcome, store::now()).await.map_err(failure) })
    }

    fn release<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        after: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreFailure>> {
        Box::pin(async move {
            let now = store::now();
            let run_after = now.saturating_add(Millis::try_from(after.as_millis()).unwrap_or(Millis::MAX));
            self.0.operations().release(id, owner, run_after, now).await.map_err(failure)
        })
    }
}

fn failure(error: StoreError) -> StoreFailure {
    StoreFailure(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs::{Driver, Failure, Limits, Operation, Work, Worker};
    use serde_json::json;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use store::{Keyring, NewOperation, OperationState, SecretKey, StoreConfig};
    use tokio_util::sync::CancellationToken;

    /// Counts how often each of its two steps is done.
    struct TwoSteps(Arc<[AtomicU64; 2]>);

    impl Operation for TwoSteps {
        fn kind(&self) -> &'static str {
            "test"
        }

        fn run<'a>(&'a self, work: &'a mut Work) -> BoxFuture<'a, Result<Value, Failure>> {
            Box::pin(async move {
                let done = &self.0;
                let first: String =
                    work.step("first", async { Ok(done[0].fetch_add(1, Ordering::SeqCst).to_string()) }).await?;
                work.step("second", async { Ok(done[1].fetch_add(1, Ordering::SeqCst)) }).await?;
                Ok(json!({ "first": first }))
            })
        }
    }

    async fn open(directory: &std::path::Path) -> Store {
        let keys = Keyring::from(SecretKey::generate().expect("random"));
        let url = format!("sqlite://{}", directory.join("gantry.db").display());
        Store::open(StoreConfig::new(url, keys)).await.expect("a store")
    }

    /// A process that died with the first step written: the next one waits for the lease and does only the second.
    #[tokio::test]
    async fn an_operation_goes_on_in_the_next_process() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = open(directory.path()).await;
        let new = NewOperation {
            kind: "test".to_owned(),
            scope: "cls-aaaaaaaa".to_owned(),
            input: json!({}),
            steps: json!({}),
            created_by: "root".to_owned(),
        };
        let id = store.operations().enqueue(&new, store::now()).await.expect("enqueued");
        let rows = Rows(store.clone());
        let claim = rows.claim(&["test"], "dead", 300).await.expect("a store").expect("the operation");
        assert_eq!(claim.id, id);
        assert!(rows.save_steps(&id, "dead", &json!({ "first": "7" })).await.expect("a store"));
        store.close().await;

        let store = open(directory.path()).await;
        let done: Arc<[AtomicU64; 2]> = Arc::default();
        let stop = CancellationToken::new();
        let limits = Limits { look: Duration::from_millis(20), ..Limits::default() };
        let worker = Worker::new(Arc::new(Rows(store.clone())), "next", limits).operation(TwoSteps(Arc::clone(&done)));
        let running = Driver::new().operations(worker).start(stop.clone());
        let finished = async {
            loop {
                let row = store.operations().get(&id).await.expect("a store").expect("the operation");
                if row.state.is_final() {
                    return row;
                }
                tokio::task::yield_now().await;
            }
        };
        let row = tokio::time::timeout(Duration::from_secs(20), finished).await.expect("in time");
        assert_eq!(row.state, OperationState::Done);
        assert_eq!(row.result, Some(json!({ "first": "7" })));
        assert_eq!((row.attempts, row.steps), (2, json!({ "first": "7", "second": 0 })));
        assert_eq!([0, 1].map(|step| done[step].load(Ordering::SeqCst)), [0, 1]);
        // The dead one comes back: its lease is lost.
        assert_eq!(Rows(store.clone()).heartbeat(&id, "dead", 300).await, Ok(None));
        stop.cancel();
        running.finish().await;
    }
}
