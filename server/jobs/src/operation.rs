//! Long work that was promised to somebody.

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Milliseconds since 1970-01-01 UTC, as the store keeps time.
pub type Millis = i64;

/// The store's words for why it could not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFailure(pub String);

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreFailure {}

/// An operation that this worker holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub id: String,
    pub kind: String,
    pub input: Value,
    /// What earlier holders have written: name of the step → its result.
    pub steps: Value,
    /// How often it was claimed, this time included.
    pub attempts: i64,
}

/// How an operation ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    Done(Value),
    Failed(Value),
    Cancelled(Value),
}

/// Where operations are written down. `false` and `None` mean that the lease is lost: somebody else has it.
pub trait OperationStore: Send + Sync + 'static {
    /// Takes the oldest operation of these kinds that waits or whose holder has gone.
    fn claim<'a>(
        &'a self,
        kinds: &'a [&'a str],
        owner: &'a str,
        lease: Millis,
    ) -> BoxFuture<'a, Result<Option<Claim>, StoreFailure>>;

    /// Prolongs the lease; `Some(true)` when somebody wants the operation stopped.
    fn heartbeat<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        lease: Millis,
    ) -> BoxFuture<'a, Result<Option<bool>, StoreFailure>>;

    /// Writes the steps.
    fn save_steps<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        steps: &'a Value,
    ) -> BoxFuture<'a, Result<bool, StoreFailure>>;

    /// Ends the operation.
    fn finish<'a>(&'a self, id: &'a str, owner: &'a str, ending: Ending) -> BoxFuture<'a, Result<bool, StoreFailure>>;

    /// Gives it back, to be claimed again after this time.
    fn release<'a>(&'a self, id: &'a str, owner: &'a str, after: Duration)
    -> BoxFuture<'a, Result<bool, StoreFailure>>;
}

/// A kind of long work.
pub trait Operation: Send + Sync + 'static {
    /// `cluster.remove` …
    fn kind(&self) -> &'static str;

    /// Does it, step by step through [`Work::step`]; what is returned is kept as the result. It may be dropped at any
    /// `await` and begun anew, here or in another process.
    fn run<'a>(&'a self, work: &'a mut Work) -> BoxFuture<'a, Result<Value, Failure>>;
}

/// Why an operation, or a step of it, did not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Trying again later may help (a cluster is away).
    Again(String),
    /// It will not.
    Final(String),
    /// Somebody wanted it stopped.
    Cancelled,
    /// Somebody else holds it now: leave everything as it is.
    LeaseLost,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Again(why) | Self::Final(why) => f.write_str(why),
            Self::Cancelled => f.write_str("cancelled"),
            Self::LeaseLost => f.write_str("the lease is lost"),
        }
    }
}

impl From<StoreFailure> for Failure {
    fn from(failure: StoreFailure) -> Self {
        Self::Again(failure.0)
    }
}

/// One operation in the hands of its holder.
pub struct Work {
    pub(crate) claim: Claim,
    pub(crate) owner: String,
    pub(crate) store: Arc<dyn OperationStore>,
    pub(crate) cancel: CancellationToken,
    steps: Map<String, Value>,
}

impl Work {
    pub(crate) fn new(claim: Claim, owner: String, store: Arc<dyn OperationStore>, cancel: CancellationToken) -> Self {
        let steps = claim.steps.as_object().cloned().unwrap_or_default();
        Self { claim, owner, store, cancel, steps }
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.claim.id
    }

    /// What was asked for.
    ///
    /// # Errors
    /// `Final`: an input that cannot be read does not become better.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        T::deserialize(&self.claim.input).map_err(|error| Failure::Final(format!("input: {error}")))
    }

    /// Does a step, unless an earlier holder has written that it is done; then gives what it gave. The result is
    /// written before the next step begins. A crash between doing and writing does the step twice.
    ///
    /// # Errors
    /// The step's own, `Cancelled` before it begins, `LeaseLost`.
    pub async fn step<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
        act: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if let Some(done) = self.steps.get(name) {
            return T::deserialize(done).map_err(|error| Failure::Final(format!("step {name}: {error}")));
        }
        if self.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let result = act.await?;
        let kept = serde_json::to_value(&result).map_err(|error| Failure::Final(format!("step {name}: {error}")))?;
        self.steps.insert(name.to_owned(), kept);
        let steps = Value::Object(self.steps.clone());
        if self.store.save_steps(&self.claim.id, &self.owner, &steps).await? {
            Ok(result)
        } else {
            Err(Failure::LeaseLost)
        }
    }
}
