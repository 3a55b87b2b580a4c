//! Operations over a store in memory that keeps leases by tokio's paused clock.

use super::*;
use crate::{Driver, StoreFailure};
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;
use tokio::time::Instant;

#[derive(Clone, Debug)]
struct Row {
    kind: String,
    steps: Value,
    attempts: i64,
    owner: Option<(String, Instant)>,
    run_after: Instant,
    cancel: bool,
    ending: Option<Ending>,
}

#[derive(Clone)]
struct Memory {
    rows: Arc<Mutex<BTreeMap<String, Row>>>,
    changed: watch::Sender<u64>,
}

impl Memory {
    fn new() -> Self {
        Self { rows: Arc::default(), changed: watch::Sender::new(0) }
    }

    fn enqueue(&self, id: &str) {
        let row = Row {
            kind: "test".to_owned(),
            steps: json!({}),
            attempts: 0,
            owner: None,
            run_after: Instant::now(),
            cancel: false,
            ending: None,
        };
        self.rows.lock().expect("rows").insert(id.to_owned(), row);
    }

    fn row(&self, id: &str) -> Row {
        self.rows.lock().expect("rows")[id].clone()
    }

    fn change<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Row>) -> T) -> T {
        let result = act(&mut self.rows.lock().expect("rows"));
        self.changed.send_modify(|count| *count += 1);
        result
    }

    fn held<'a>(rows: &'a mut BTreeMap<String, Row>, id: &str, owner: &str) -> Option<&'a mut Row> {
        rows.get_mut(id)
            .filter(|row| row.owner.as_ref().is_some_and(|(holder, until)| holder == owner && *until > Instant::now()))
    }

    /// Waits until a row looks as wanted.
    async fn until(&self, id: &str, wanted: impl Fn(&Row) -> bool) -> Row {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let row = self.row(id);
            if wanted(&row) {
                return row;
            }
            changed.changed().await.expect("the store lives");
        }
    }
}

fn ready<T: Send + 'static>(value: T) -> BoxFuture<'static, Result<T, StoreFailure>> {
    Box::pin(async { Ok(value) })
}

impl OperationStore for Memory {
    fn claim<'a>(
        &'a self,
        kinds: &'a [&'a str],
        owner: &'a str,
        lease: Millis,
    ) -> BoxFuture<'a, Result<Option<Claim>, StoreFailure>> {
        let until = Instant::now() + Duration::from_millis(lease as u64);
        let claim = self.change(|rows| {
            let now = Instant::now();
            let (id, row) = rows.iter_mut().find(|(_, row)| {
                row.ending.is_none()
                    && row.run_after <= now
                    && kinds.contains(&row.kind.as_str())
                    && row.owner.as_ref().is_none_or(|(_, until)| *until <= now)
            })?;
            row.owner = Some((owner.to_owned(), until));
            row.attempts += 1;
            Some(Claim {
                id: id.clone(),
                kind: row.kind.clone(),
                input: json!({ "name": "x" }),
                steps: row.steps.clone(),
                attempts: row.attempts,
            })
        });
        ready(claim)
    }

    fn heartbeat<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        lease: Millis,
    ) -> BoxFuture<'a, Result<Option<bool>, StoreFailure>> {
        let until = Instant::now() + Duration::from_millis(lease as u64);
        ready(self.change(|rows| {
            let row = Self::held(rows, id, owner)?;
            row.owner = Some((owner.to_owned(), until));
            Some(row.cancel)
        }))
    }

    fn save_steps<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        steps: &'a Value,
    ) -> BoxFuture<'a, Result<bool, StoreFailure>> {
        ready(self.change(|rows| Self::held(rows, id, owner).map(|row| row.steps = steps.clone()).is_some()))
    }

    fn finish<'a>(&'a self, id: &'a str, owner: &'a str, ending: Ending) -> BoxFuture<'a, Result<bool, StoreFailure>> {
        ready(self.change(|rows| Self::held(rows, id, owner).map(|row| row.ending = Some(ending)).is_some()))
    }

    fn release<'a>(
        &'a self,
        id: &'a str,
        owner: &'a str,
        after: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreFailure>> {
        ready(self.change(|rows| {
            Self::held(rows, id, owner)
                .map(|row| {
                    row.owner = None;
                    row.run_after = Instant::now() + after;
                })
                .is_some()
        }))
    }
}

/// What the second of three steps does.
#[derive(Clone)]
enum Second {
    Fine,
    Hang,
    Panic,
    FailFinally,
    AwaitCancel,
}

struct ThreeSteps {
    second: Second,
    done: Arc<[AtomicU64; 3]>,
}

impl Operation for ThreeSteps {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn run<'a>(&'a self, work: &'a mut Work) -> BoxFuture<'a, Result<Value, Failure>> {
        Box::pin(async move {
            let count = |step: usize| self.done[step].fetch_add(1, Ordering::SeqCst);
            let cancel = work.cancel.clone();
            let one: u64 = work.step("one", async { Ok(count(0)).map(|_| 41) }).await?;
            let two: u64 = work
                .step("two", async {
                    match self.second {
                        Second::Hang => std::future::pending().await,
                        Second::Panic => panic!("step two"),
                        Second::FailFinally => return Err(Failure::Final("cannot be".to_owned())),
                        Second::AwaitCancel => cancel.cancelled().await,
                        Second::Fine => {}
                    }
                    count(1);
                    Ok(one + 1)
                })
                .await?;
            work.step("three", async { Ok(count(2)).map(|_| ()) }).await?;
            Ok(json!(two))
        })
    }
}

struct Fixture {
    store: Memory,
    done: Arc<[AtomicU64; 3]>,
}

impl Fixture {
    fn new() -> Self {
        let store = Memory::new();
        store.enqueue("a");
        Self { store, done: Arc::default() }
    }

    fn start(&self, owner: &str, second: Second, stop: &CancellationToken) -> crate::Running {
        let limits = Limits { attempts: 3, ..Limits::default() };
        let worker = Worker::new(Arc::new(self.store.clone()), owner, limits)
            .operation(ThreeSteps { second, done: Arc::clone(&self.done) });
        Driver::new().operations(worker).start(stop.clone())
    }

    fn counts(&self) -> [u64; 3] {
        [0, 1, 2].map(|step| self.done[step].load(Ordering::SeqCst))
    }
}

#[tokio::test(start_paused = true)]
async fn steps_run_in_order_and_the_result_is_kept() {
    let fixture = Fixture::new();
    let stop = CancellationToken::new();
    let running = fixture.start("p1", Second::Fine, &stop);
    let row = fixture.store.until("a", |row| row.ending.is_some()).await;
    assert_eq!(row.ending, Some(Ending::Done(json!(42))));
    assert_eq!(row.steps, json!({ "one": 41, "two": 42, "three": null }));
    stop.cancel();
    running.finish().await;
}

/// The process dies in the middle of step two: nobody gives the lease back, the next process waits until it runs out
/// and goes on at step two.
#[tokio::test(start_paused = true)]
async fn another_process_goes_on_after_a_crash() {
    let fixture = Fixture::new();
    let stop = CancellationToken::new();
    {
        let worker = Worker::new(Arc::new(fixture.store.clone()), "p1", Limits::default())
            .operation(ThreeSteps { second: Second::Hang, done: Arc::clone(&fixture.done) });
        let process = tokio::spawn(worker.run(Arc::new(Notify::new()), CancellationToken::new()));
        fixture.store.until("a", |row| row.steps == json!({ "one": 41 })).await;
        // The death: the operation's own task must not prolong the lease either.
        fixture.store.change(|rows| {
            if let Some(row) = rows.get_mut("a") {
                row.owner = Some(("dead".to_owned(), Instant::now() + Duration::from_secs(30)));
            }
        });
        process.abort();
    }
    let crashed = Instant::now();
    let running = fixture.start("p2", Second::Fine, &stop);
    let row = fixture.store.until("a", |row| row.ending.is_some()).await;
    assert_eq!(row.ending, Some(Ending::Done(json!(42))));
    assert_eq!(row.attempts, 2);
    assert_eq!(fixture.counts(), [1, 1, 1], "step one is not done twice");
    assert!(crashed.elapsed() >= Duration::from_secs(30), "not before the lease has run out");
    stop.cancel();
    running.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_the_lease_back_at_once() {
    let fixture = Fixture::new();
    let stop = CancellationToken::new();
    let running = fixture.start("p1", Second::Hang, &stop);
    fixture.store.until("a", |row| row.steps == json!({ "one": 41 })).await;
    let stopped = Instant::now();
    stop.cancel();
    running.finish().await;
    assert!(fixture.store.row("a").owner.is_none());

    let stop = CancellationToken::new();
    let running = fixture.start("p2", Second::Fine, &stop);
    fixture.store.until("a", |row| row.ending.is_some()).await;
    assert!(stopped.elapsed() < Duration::from_secs(1));
    assert_eq!(fixture.counts(), [1, 1, 1]);
    stop.cancel();
    running.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_tried_again_and_then_fails() {
    let fixture = Fixture::new();
    let stop = CancellationToken::new();
    let running = fixture.start("p1", Second::Panic, &stop);
    let row = fixture.store.until("a", |row| row.ending.is_some()).await;
    assert_eq!(row.ending, Some(Ending::Failed(json!({ "message": "panic: step two" }))));
    assert_eq!(row.attempts, 3);
    stop.cancel();
    running.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_final_failure_is_not_tried_again() {
    let fixture = Fixture::new();
    let stop = CancellationToken::new();
    let running = fixture.start("p1", Second::FailFinally, &stop);
    let row = fixture.store.until("a", |row| row.ending.is_some()).await;
    assert_eq!(row.ending, Some(Ending::Failed(json!({ "message": "cannot be" }))));
    assert_eq!(row.attempts, 1);
    stop.cancel();
    running.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_cancel_is_followed_before_the_next_step() {
    let fixture = Fixture::new();
    let stop = CancellationToken::new();
    let running = fixture.start("p1", Second::AwaitCancel, &stop);
    fixture.store.until("a", |row| row.steps == json!({ "one": 41 })).await;
    fixture.store.change(|rows| {
        if let Some(row) = rows.get_mut("a") {
            row.cancel = true;
        }
    });
    let row = fixture.store.until("a", |row| row.ending.is_some()).await;
    assert_eq!(row.ending, Some(Ending::Cancelled(json!({}))));
    assert_eq!(fixture.counts(), [1, 1, 0]);
    stop.cancel();
    running.finish().await;
}
