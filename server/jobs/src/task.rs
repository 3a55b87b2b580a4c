//! Work that is done again and again.

use futures::future::BoxFuture;
use std::time::{Duration, SystemTime};

/// Why a run failed; for the log and the status.
pub type TaskError = Box<dyn std::error::Error + Send + Sync>;

/// A reconciler.
pub trait Task: Send + Sync + 'static {
    /// Unique among the tasks of a driver; in logs and metrics.
    fn name(&self) -> &'static str;

    /// From the end of a run to the beginning of the next.
    fn period(&self) -> Duration;

    /// One run. It may be dropped at any `await` when the server stops.
    fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>>;
}

/// How a task is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub name: &'static str,
    pub period: Duration,
    pub running: bool,
    /// Runs that ended, well or not.
    pub runs: u64,
    pub failures: u64,
    /// When the last run ended, and how long it took.
    pub last: Option<(SystemTime, Duration)>,
    /// Of the last run; `None` when it went well.
    pub last_error: Option<String>,
}

impl Status {
    pub(crate) fn new(task: &dyn Task) -> Self {
        Self {
            name: task.name(),
            period: task.period(),
            running: false,
            runs: 0,
            failures: 0,
            last: None,
            last_error: None,
        }
    }
}
