//! Runs tasks and the worker of operations until told to stop.

use crate::task::{Status, Task, TaskError};
use crate::worker::Worker;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What is to be run; [`Driver::start`] begins.
#[derive(Default)]
pub struct Driver {
    slots: Vec<Arc<Slot>>,
    worker: Option<Worker>,
}

struct Slot {
    task: Box<dyn Task>,
    wanted: Notify,
    status: Mutex<Status>,
}

impl Slot {
    /// Every state of it is whole, so a panic elsewhere does not spoil it.
    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a task. Its first run is at the start.
    #[must_use]
    pub fn task(mut self, task: impl Task) -> Self {
        let status = Mutex::new(Status::new(&task));
        self.slots.push(Arc::new(Slot { task: Box::new(task), wanted: Notify::new(), status }));
        self
    }

    /// Adds the worker of operations.
    #[must_use]
    pub fn operations(mut self, worker: Worker) -> Self {
        self.worker = Some(worker);
        self
    }

    /// Begins, and goes on until `stop`.
    #[must_use]
    pub fn start(self, stop: CancellationToken) -> Running {
        let tracker = TaskTracker::new();
        for slot in &self.slots {
            tracker.spawn(repeat(Arc::clone(slot), stop.clone()));
        }
        let new_operation = Arc::new(Notify::new());
        if let Some(worker) = self.worker {
            tracker.spawn(worker.run(Arc::clone(&new_operation), stop));
        }
        tracker.close();
        Running { handle: Handle { slots: self.slots.into(), new_operation }, tracker }
    }
}

/// A driver at work.
pub struct Running {
    handle: Handle,
    tracker: TaskTracker,
}

impl Running {
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits until everything has stopped; the token must have been cancelled.
    pub async fn finish(self) {
        self.tracker.wait().await;
    }
}

/// For those who want something done now, or want to see how it goes. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    slots: Arc<[Arc<Slot>]>,
    new_operation: Arc<Notify>,
}

impl Handle {
    /// Runs a task now; when it runs already, once more afterwards. `false` when there is no such task.
    pub fn activate(&self, name: &str) -> bool {
        let slot = self.slots.iter().find(|slot| slot.task.name() == name);
        if let Some(slot) = slot {
            slot.wanted.notify_one();
        }
        slot.is_some()
    }

    /// Tells the worker that an operation waits, so that it does not wait for the next look.
    pub fn operation_enqueued(&self) {
        self.new_operation.notify_one();
    }

    /// How all tasks are doing.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        self.slots.iter().map(|slot| slot.status().clone()).collect()
    }
}

async fn repeat(slot: Arc<Slot>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = once(&slot) => {}
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = slot.wanted.notified() => {}
            () = tokio::time::sleep(slot.task.period()) => {}
        }
    }
    slot.status().running = false;
}

async fn once(slot: &Slot) {
    slot.status().running = true;
    let started = Instant::now();
    let result = caught(async { slot.task.activate().await }).await;
    let mut status = slot.status();
    status.running = false;
    status.runs += 1;
    status.last = Some((SystemTime::now(), started.elapsed()));
    let error = result.err().map(|error| error.to_string());
    if let Some(error) = &error {
        status.failures += 1;
        tracing::warn!(task = slot.task.name(), error, "a task failed; it runs again after its period");
    }
    status.last_error = error;
}

/// A panic is a failure like another.
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, TaskError>>) -> Result<T, TaskError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("unknown");
            Err(format!("panic: {message}").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::BoxFuture;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// Counts its runs; the second one panics, the third fails.
    struct Counting {
        runs: Arc<AtomicU64>,
        ran: Arc<Notify>,
    }

    impl Task for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }
        fn period(&self) -> Duration {
            Duration::from_secs(60)
        }
        fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
            Box::pin(async {
                let run = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
                self.ran.notify_one();
                match run {
                    2 => panic!("out of luck"),
                    3 => Err("no luck".into()),
                    _ => Ok(()),
                }
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_runs_on_its_period_and_on_demand_and_survives_panics() {
        let (runs, ran) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let stop = CancellationToken::new();
        let counting = Counting { runs: Arc::clone(&runs), ran: Arc::clone(&ran) };
        let running = Driver::new().task(counting).start(stop.clone());
        let handle = running.handle().clone();
        ran.notified().await;

        let before = Instant::now();
        ran.notified().await;
        assert_eq!(before.elapsed(), Duration::from_secs(60), "the second run waits for the period");
        tokio::task::yield_now().await;
        let [status] = &handle.status()[..] else { panic!("one task") };
        assert_eq!((status.runs, status.failures), (2, 1));
        assert_eq!(status.last_error.as_deref(), Some("panic: out of luck"));

        let before = Instant::now();
        assert!(handle.activate("counting"));
        ran.notified().await;
        assert_eq!(before.elapsed(), Duration::ZERO, "the third run does not wait");
        tokio::task::yield_now().await;
        assert_eq!(handle.status()[0].last_error.as_deref(), Some("no luck"));
        assert!(!handle.activate("unknown"));

        stop.cancel();
        running.finish().await;
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert!(!handle.status()[0].running);
    }

    /// Hangs for ever.
    struct Hanging(Arc<Notify>);

    impl Task for Hanging {
        fn name(&self) -> &'static str {
            "hanging"
        }
        fn period(&self) -> Duration {
            Duration::from_secs(1)
        }
        fn activate(&self) -> BoxFuture<'_, Result<(), TaskError>> {
            Box::pin(async {
                self.0.notify_one();
                std::future::pending().await
            })
        }
    }

    #[tokio::test]
    async fn a_hanging_task_does_not_hold_up_the_stop() {
        let (stop, begun) = (CancellationToken::new(), Arc::new(Notify::new()));
        let running = Driver::new().task(Hanging(Arc::clone(&begun))).start(stop.clone());
        begun.notified().await;
        assert!(running.handle().status()[0].running);
        stop.cancel();
        running.finish().await;
    }
}
