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
