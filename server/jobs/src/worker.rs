//! Claims operations and sees them through.

use crate::driver::caught;
use crate::operation::{Claim, Ending, Failure, Millis, Operation, OperationStore, Work};
use crate::task::TaskError;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How operations are held.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// After the death of a holder its operations rest for so long.
    pub lease: Duration,
    /// How often the queue is looked at when nobody tells of something new.
    pub look: Duration,
    /// So many at the same time.
    pub parallel: usize,
    /// After so many claims an operation that still wants to try again has failed.
    pub attempts: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), look: Duration::from_secs(2), parallel: 4, attempts: 20 }
    }
}

/// The worker of one process.
pub struct Worker {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn OperationStore>,
    operations: Vec<Box<dyn Operation>>,
    owner: String,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Worker {
    /// `owner` names this process; no two that run at the same time may have the same name.
    #[must_use]
    pub fn new(store: Arc<dyn OperationStore>, owner: impl Into<String>, limits: Limits) -> Self {
        let inner = Inner {
            store,
            operations: Vec::new(),
            owner: owner.into(),
            limits,
            places: Arc::new(Semaphore::new(limits.parallel.max(1))),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Adds a kind of work.
    ///
    /// # Panics
    /// When the worker runs already, which the types of [`crate::Driver`] do not allow.
    #[must_use]
    pub fn operation(mut self, operation: impl Operation) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.operations.push(Box::new(operation));
        }
        self
    }

    pub(crate) async fn run(self, new: Arc<Notify>, stop: CancellationToken) {
        let holding = TaskTracker::new();
        while !stop.is_cancelled() {
            let claimed = tokio::select! {
                () = stop.cancelled() => break,
                claimed = self.inner.claim() => claimed,
            };
            if let Some((claim, place)) = claimed {
                let (inner, stop) = (Arc::clone(&self.inner), stop.clone());
                holding.spawn(async move {
                    let _place = place;
                    inner.hold(claim, stop).await;
                });
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = new.notified() => {}
                () = tokio::time::sleep(self.inner.limits.look) => {}
            }
        }
        holding.close();
        holding.wait().await;
    }
}

impl Inner {
    async fn claim(&self) -> Option<(Claim, tokio::sync::OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let kinds: Vec<&str> = self.operations.iter().map(|operation| operation.kind()).collect();
        match self.store.claim(&kinds, &self.owner, millis(self.limits.lease)).await {
            Ok(claim) => claim.map(|claim| (claim, place)),
            Err(error) => {
                tracing::warn!(%error, "operations cannot be claimed");
                None
            }
        }
    }

    /// Works on one operation while its lease holds.
    async fn hold(&self, claim: Claim, stop: CancellationToken) {
        let Some(operation) = self.operations.iter().find(|operation| operation.kind() == claim.kind) else { return };
        let (id, kind, attempts) = (claim.id.clone(), claim.kind.clone(), claim.attempts);
        let cancel = CancellationToken::new();
        let mut work = Work::new(claim, self.owner.clone(), Arc::clone(&self.store), cancel.clone());
        tracing::info!(id, kind, attempts, "operation begins");
        let outcome = tokio::select! {
            outcome = caught(async { Ok::<_, TaskError>(operation.run(&mut work).await) }) => {
                outcome.unwrap_or_else(|panic| Err(Failure::Again(panic.to_string())))
            }
            () = self.keep(&id, &cancel) => Err(Failure::LeaseLost),
            // Given back at once, so that the next process need not wait for the lease to run out.
            () = stop.cancelled() => {
                self.written(&id, self.store.release(&id, &self.owner, Duration::ZERO).await);
                return;
            }
        };
        let written = match outcome {
            Ok(result) => self.store.finish(&id, &self.owner, Ending::Done(result)).await,
            Err(Failure::LeaseLost) => {
                tracing::warn!(id, kind, "another process has taken the operation");
                return;
            }
            Err(Failure::Cancelled) => self.store.finish(&id, &self.owner, Ending::Cancelled(json!({}))).await,
            Err(Failure::Again(why)) if attempts < self.limits.attempts => {
                let after = back_off(attempts);
                tracing::warn!(id, kind, attempts, why, ?after, "operation is tried again");
                self.store.release(&id, &self.owner, after).await
            }
            Err(Failure::Again(why) | Failure::Final(why)) => {
                tracing::warn!(id, kind, attempts, why, "operation failed");
                self.store.finish(&id, &self.owner, Ending::Failed(json!({ "message": why }))).await
            }
        };
        self.written(&id, written);
    }

    /// Prolongs the lease; returns when it is lost.
    async fn keep(&self, id: &str, cancel: &CancellationToken) {
        let lease = self.limits.lease;
        let mut good_until = tokio::time::Instant::now() + lease;
        loop {
            tokio::time::sleep(lease / 3).await;
            match self.store.heartbeat(id, &self.owner, millis(lease)).await {
                Ok(Some(cancelled)) => {
                    good_until = tokio::time::Instant::now() + lease;
                    if cancelled {
                        cancel.cancel();
                    }
                }
                Ok(None) => return,
                Err(error) => tracing::warn!(%error, id, "the lease could not be prolonged"),
            }
            // The store does not answer: by now somebody else may hold it.
            if tokio::time::Instant::now() >= good_until {
                return;
            }
        }
    }

    fn written(&self, id: &str, written: Result<bool, crate::StoreFailure>) {
        match written {
            Ok(true) => {}
            Ok(false) => tracing::warn!(id, "the operation's end was not written: the lease is lost"),
            // The lease runs out, and the next holder finds the written steps.
            Err(error) => tracing::warn!(%error, id, "the operation's end was not written"),
        }
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// 1 s, 2 s, 4 s … one minute at most.
fn back_off(attempts: i64) -> Duration {
    Duration::from_secs(1 << attempts.clamp(1, 7).saturating_sub(1)).min(Duration::from_secs(60))
}

#[cfg(test)]
mod tests;
