//! Following a log across whatever ends it in silence.

use super::lines::{Splitter, Timed};
use super::queue::Shared;
use super::{LogLine, LogQuery};
use crate::discovery::Resource;
use crate::error::ClusterError;
use crate::user::UserClient;
use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a cluster that is away is tried again.
const PATIENCE: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A followed log ends when its container does. How long the Pod's status may take to say so: who reads on at once gets
/// the next run and takes it for the same one.
const STATUS_LAG: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq)]
pub enum LogEvent {
    Lines(Vec<LogLine>),
    /// The reader was too slow for so many lines, which stood here.
    Skipped(u64),
    /// The stream broke and went on here; with `gap`, lines may be missing.
    Resumed {
        gap: bool,
    },
    /// The container has not started: its lines come when it does.
    Waiting {
        reason: String,
    },
    /// This run is over, and the cluster starts another one.
    Restarting {
        exit_code: Option<i64>,
        reason: String,
    },
    /// The lines of the next run begin here.
    Restarted,
    /// The last event.
    Ended(LogEnd),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// All that was asked for has come (not followed).
    Complete,
    /// The container ended for good.
    ContainerEnded {
        exit_code: Option<i64>,
        reason: String,
    },
    PodGone,
    Failed(ClusterError),
}

/// A log as it grows. Dropping it ends the reading.
#[derive(Debug)]
pub struct LogFollow {
    shared: Arc<Shared>,
    _stop: DropGuard,
}

impl LogFollow {
    /// The next event; `None` after `Ended`. Lines that wait come together.
    pub async fn next(&mut self) -> Option<LogEvent> {
        self.shared.next().await
    }
}

pub(super) fn start(user: UserClient, namespace: String, pod: String, query: LogQuery) -> LogFollow {
    let shared = Arc::new(Shared::default());
    let stop = CancellationToken::new();
    let (to, stopped) = (shared.clone(), stop.clone());
    tokio::spawn(async move {
        let mut reader = Reader { user, namespace, pod, query, place: Place::default() };
        tokio::select! {
            () = stopped.cancelled() => {}
            end = reader.run(&to) => to.finish(end),
        }
    });
    LogFollow { shared, _stop: stop.drop_guard() }
}

/// How far the log was read: the last time, and how many lines had it.
#[derive(Clone, Debug, Default)]
struct Place {
    at: Option<Timestamp>,
    lines_then: usize,
}

impl Place {
    fn pass(&mut self, at: Option<Timestamp>) {
        match (at, self.at) {
            (Some(at), Some(last)) if at == last => self.lines_then += 1,
            (Some(at), _) => *self = Self { at: Some(at), lines_then: 1 },
            // The rest of a line in pieces.
            (None, _) => {}
        }
    }
}

/// Leaves out what was read before the stream broke. The kubelet takes whole seconds only, so that a stream that
/// goes on begins with lines of the same second that were read already.
struct Overlap {
    before: Place,
    same: usize,
    met: bool,
    over: bool,
}

impl Overlap {
    fn new(before: Place) -> Self {
        let over = before.at.is_none();
        Self { before, same: 0, met: false, over }
    }

    /// Whether the line is new.
    fn is_new(&mut self, at: Option<Timestamp>) -> bool {
        if self.over {
            return true;
        }
        match (at, self.before.at) {
            (Some(at), Some(last)) if at < last => false,
            (Some(at), Some(last)) if at == last => {
                self.same += 1;
                self.met = true;
                self.over = self.same > self.before.lines_then;
                self.over
            }
            (Some(_), _) => {
                self.over = true;
                true
            }
            (None, _) => false,
        }
    }
}

struct Reader {
    user: UserClient,
    namespace: String,
    pod: String,
    query: LogQuery,
    place: Place,
}

/// What the Pod says about the container.
enum Container {
    /// `restarts` tells one run from the next; `before` is how the run before ended.
    Runs {
        restarts: i64,
        before: Option<(Option<i64>, String)>,
    },
    /// It has not run yet: `restarts` is that of its first run.
    Waits {
        restarts: i64,
        reason: String,
    },
    /// It ended, and the cluster starts it again.
    Restarts {
        restarts: i64,
        exit_code: Option<i64>,
        reason: String,
    },
    Ended(LogEnd),
    Unknown(ClusterError),
}

/// What stands between two attempts to read.
#[derive(Default)]
struct Course {
    /// Something was read or tried: what comes next goes on from there.
    begun: bool,
    /// Restarts at the run that is read.
    run: Option<i64>,
    /// The run is over; nothing is read before the next one starts.
    between_runs: bool,
    /// The stream ended of its own, and the status still says that the run goes on.
    ended_at: Option<Instant>,
    waits_for: Option<String>,
    away_since: Option<Instant>,
}

impl Course {
    fn settling(&self) -> bool {
        self.ended_at.is_some_and(|at| at.elapsed() < STATUS_LAG)
    }

    /// Whether a cluster that is away was tried long enough.
    fn gives_up(&mut self) -> bool {
        self.away_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE
    }
}

impl Reader {
    async fn run(&mut self, to: &Shared) -> LogEnd {
        let mut course = Course::default();
        if self.query.follow
            && !self.query.previous
            && let Container::Runs { restarts, .. }
            | Container::Restarts { restarts, .. }
            | Container::Waits { restarts, .. } = self.container().await
        {
            course.run = Some(restarts);
        }
        let mut pause = FIRST_PAUSE;
        loop {
            let opened = Instant::now();
            let mut refused = None;
            if !course.between_runs && !course.settling() {
                match self.read(to, course.begun).await {
                    Ok(_) if !self.query.follow || self.query.previous => return LogEnd::Complete,
                    Ok(whole) => (course.away_since, course.ended_at) = (None, whole.then(Instant::now)),
                    // A container that has not started is a refusal, too.
                    Err(error) if error.status() == Some(400) && self.query.follow && !self.query.previous => {
                        refused = (!course.begun).then_some(error);
                    }
                    Err(error) if !course.begun => return LogEnd::Failed(error),
                    Err(error) if error.is_unreachable() || error.status().is_some_and(|status| status >= 429) => {
                        if course.gives_up() {
                            return LogEnd::Failed(error);
                        }
                    }
                    // The Pod below knows better.
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return LogEnd::Failed(error),
                }
            }
            match (self.container().await, refused) {
                (Container::Waits { restarts, reason }, _) => {
                    course.run.get_or_insert(restarts);
                    if course.waits_for.as_ref() != Some(&reason) {
                        to.event(LogEvent::Waiting { reason: reason.clone() });
                        course.waits_for = Some(reason);
                    }
                }
                (Container::Runs { restarts, before }, _) => {
                    // So fast that the end was not seen.
                    if let Some((exit_code, reason)) = before
                        && !course.between_runs
                        && course.run.is_some_and(|run| run != restarts)
                    {
                        to.event(LogEvent::Restarting { exit_code, reason });
                    }
                    self.meet(restarts, &mut course, to);
                    course.begun = true;
                }
                (Container::Restarts { restarts, exit_code, reason }, _) => {
                    if course.run.is_some_and(|run| run != restarts) {
                        // A run began and ended between two looks: it has a log of its own.
                        self.meet(restarts, &mut course, to);
                    } else if !course.between_runs {
                        course.run = Some(restarts);
                        course.between_runs = true;
                        to.event(LogEvent::Restarting { exit_code, reason });
                    }
                    course.begun = true;
                }
                (_, Some(error)) => return LogEnd::Failed(error),
                (Container::Ended(end), None) => return end,
                (Container::Unknown(error), None) => {
                    let final_answer = !error.is_unreachable() && error.status().is_none_or(|status| status < 429);
                    if final_answer || course.gives_up() {
                        return LogEnd::Failed(error);
                    }
                    course.begun = true;
                }
            }
            // A stream that lasted was no failed attempt.
            pause = if opened.elapsed() > LONGEST_PAUSE { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            tokio::time::sleep(pause).await;
        }
    }

    /// The container runs: the same run goes on where it was left, another one is read from its start.
    fn meet(&mut self, restarts: i64, course: &mut Course, to: &Shared) {
        if course.run.is_some_and(|run| run != restarts) {
            self.place = Place::default();
            self.query.tail = 0;
            self.query.since_seconds = None;
            to.event(LogEvent::Restarted);
        }
        if course.run != Some(restarts) || course.between_runs {
            course.ended_at = None;
        }
        course.run = Some(restarts);
        course.between_runs = false;
    }

    /// Reads until the stream ends; true when it ended of its own and was not cut. The first opening must succeed; later,
    /// the caller decides.
    async fn read(&mut self, to: &Shared, again: bool) -> Result<bool, ClusterError> {
        let since = match (again, self.place.at) {
            (true, Some(at)) => Some(("sinceTime", at.to_string())),
            _ => self.query.since_seconds.map(|seconds| ("sinceSeconds", seconds.max(1).to_string())),
        };
        let from_here = again && self.place.at.is_some();
        let tail = (!from_here && self.query.tail > 0).then_some(self.query.tail);
        let stream = self.user.open_log(&self.namespace, &self.pod, &self.query, true, tail, since).await?;
        let mut stream = std::pin::pin!(stream);
        let mut overlap = Overlap::new(if from_here { self.place.clone() } else { Place::default() });
        let mut told = !from_here;
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        loop {
            let piece = stream.next().await;
            match &piece {
                Some(Ok(bytes)) => splitter.push(bytes, &mut found),
                // What came of a line that the break cut is read whole when it goes on.
                Some(Err(_)) => {}
                None => splitter.finish(&mut found),
            }
            let mut fresh = Vec::new();
            for Timed { at, line } in found.drain(..) {
                if overlap.is_new(at) {
                    self.place.pass(at);
                    fresh.push(line);
                }
            }
            if !fresh.is_empty() {
                if !told {
                    told = true;
                    to.event(LogEvent::Resumed { gap: !overlap.met });
                }
                to.lines(fresh);
            }
            match piece {
                Some(Ok(_)) => {}
                Some(Err(_)) if self.query.follow => return Ok(false),
                Some(Err(error)) => return Err(error),
                None => return Ok(true),
            }
        }
    }

    async fn container(&self) -> Container {
        let pods = Resource::new("", "v1", "pods", "Pod", true);
        match self.user.get(&pods, Some(&self.namespace), &self.pod).await {
            Ok(pod) => judge(&pod, &self.query.container),
            Err(error) if error.is_not_found() => Container::Ended(LogEnd::PodGone),
            Err(error) => Container::Unknown(error),
        }
    }
}

/// Where the container stands, by the Pod's status. Init containers (native sidecars) and ephemeral ones count.
fn judge(pod: &Value, container: &str) -> Container {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let statuses = lists.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    let Some(status) = statuses.into_iter().find(|s| container.is_empty() || s["name"] == container) else {
        let known = spec_of(pod, container).is_some() || container.is_empty();
        let reason = pod["status"]["reason"].as_str().unwrap_or(phase).to_owned();
        return match phase {
            "Pending" | "" if known => Container::Waits { restarts: 0, reason },
            _ => Container::Ended(LogEnd::ContainerEnded { exit_code: None, reason }),
        };
    };
    let restarts = status["restartCount"].as_i64().unwrap_or(0);
    let waiting = &status["state"]["waiting"];
    let last = [&status["state"]["terminated"], &status["lastState"]["terminated"]];
    let over = matches!(phase, "Succeeded" | "Failed");
    let ended = match last {
        [now, _] if now.is_object() => Some(now),
        [_, before] if waiting.is_object() && before.is_object() => Some(before),
        [now, _] if over => Some(now),
        _ => None,
    };
    if let Some(run) = ended {
        let exit_code = run["exitCode"].as_i64();
        let reason = run["reason"].as_str().unwrap_or(phase).to_owned();
        return if !over && starts_again(pod, container, exit_code.unwrap_or(0)) {
            Container::Restarts { restarts, exit_code, reason }
        } else {
            Container::Ended(LogEnd::ContainerEnded { exit_code, reason })
        };
    }
    if waiting.is_object() {
        let reason = waiting["reason"].as_str().unwrap_or("ContainerCreating").to_owned();
        return Container::Waits { restarts, reason };
    }
    let before = last[1]
        .is_object()
        .then(|| (last[1]["exitCode"].as_i64(), last[1]["reason"].as_str().unwrap_or_default().to_owned()));
    Container::Runs { restarts, before }
}

/// The container in the Pod's spec, with the list that it stands in.
fn spec_of<'a>(pod: &'a Value, container: &str) -> Option<(&'static str, &'a Value)> {
    ["containers", "initContainers", "ephemeralContainers"].into_iter().find_map(|list| {
        let mut found = pod["spec"][list].as_array().into_iter().flatten();
        found.find(|spec| spec["name"] == container).map(|spec| (list, spec))
    })
}

/// Whether the kubelet starts a container again that ended with this code.
fn starts_again(pod: &Value, container: &str, exit_code: i64) -> bool {
    if pod["metadata"]["deletionTimestamp"].is_string() {
        return false;
    }
    let (list, own) = match spec_of(pod, container) {
        Some((list, spec)) => (list, spec["restartPolicy"].as_str()),
        None => ("containers", None),
    };
    match (list, own.or(pod["spec"]["restartPolicy"].as_str()).unwrap_or("Always")) {
        ("ephemeralContainers", _) | (_, "Never") => false,
        // An ordinary init container that succeeded is done.
        ("initContainers", _) if own != Some("Always") => exit_code != 0,
        (_, "OnFailure") => exit_code != 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_stream_that_goes_on_has_no_double_and_no_gap() {
        let mut place = Place::default();
        for stamp in ["2026-11-25T08:00:00.1Z", "2026-11-25T08:00:00.2Z", "2026-11-25T08:00:00.2Z"] {
            place.pass(at(stamp));
        }
        let mut overlap = Overlap::new(place);
        let again = [
            ("2026-11-25T08:00:00.1Z", false),
            ("2026-11-25T08:00:00.2Z", false),
            ("2026-11-25T08:00:00.200Z", false),
            ("2026-11-25T08:00:00.2Z", true),
            ("2026-11-25T08:00:00.3Z", true),
        ];
        for (stamp, new) in again {
            assert_eq!(overlap.is_new(at(stamp)), new, "{stamp}");
        }
        assert!(overlap.met, "no gap");
    }

    #[test]
    fn a_log_that_was_rotated_away_has_a_gap() {
        let mut overlap = Overlap::new(Place { at: at("2026-11-25T08:00:00Z"), lines_then: 1 });
        assert!(overlap.is_new(at("2026-11-25T08:00:07Z")));
        assert!(!overlap.met);
    }

    fn words(pod: &Value, name: &str) -> String {
        match judge(pod, name) {
            Container::Runs { restarts, .. } => format!("runs {restarts}"),
            Container::Waits { reason, .. } => format!("waits {reason}"),
            Container::Restarts { exit_code, reason, .. } => format!("restarts {} {reason}", exit_code.unwrap_or(-1)),
            Container::Ended(LogEnd::ContainerEnded { exit_code, reason }) => {
                format!("ended {} {reason}", exit_code.unwrap_or(-1))
            }
            Container::Ended(_) | Container::Unknown(_) => "other".to_owned(),
        }
    }

    /// [W-108] What comes after a stream's end: more of the run, another run, or nothing.
    #[test]
    fn the_pod_says_what_comes_next() {
        let pod = |policy: &str, phase: &str, state: Value, last: Value| {
            json!({"spec": {"restartPolicy": policy, "containers": [{"name": "main"}],
                    "initContainers": [{"name": "side", "restartPolicy": "Always"}, {"name": "prepare"}]},
                "status": {"phase": phase, "containerStatuses": [{"name": "main", "restartCount": 2, "state": state, "lastState": last}],
                    "initContainerStatuses": [
                        {"name": "side", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
                        {"name": "prepare", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}})
        };
        let run = |code: i64, reason: &str| json!({"terminated": {"exitCode": code, "reason": reason}});
        let crash = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        let none = json!({});
        for (policy, phase, state, last, wanted) in [
            ("Always", "Running", json!({"running": {}}), none.clone(), "runs 2"),
            ("Always", "Running", run(3, "Error"), none.clone(), "restarts 3 Error"),
            ("Always", "Running", run(0, "Completed"), none.clone(), "restarts 0 Completed"),
            ("OnFailure", "Running", run(0, "Completed"), none.clone(), "ended 0 Completed"),
            ("OnFailure", "Running", crash.clone(), run(1, "Error"), "restarts 1 Error"),
            ("Never", "Running", run(137, "OOMKilled"), none.clone(), "ended 137 OOMKilled"),
            ("Always", "Failed", run(137, "Error"), none.clone(), "ended 137 Error"),
            ("Always", "Failed", none.clone(), none.clone(), "ended -1 Failed"),
            (
                "Always",
                "Pending",
                json!({"waiting": {"reason": "ContainerCreating"}}),
                none.clone(),
                "waits ContainerCreating",
            ),
        ] {
            let pod = pod(policy, phase, state, last);
            assert_eq!(words(&pod, "main"), wanted, "{pod}");
        }
        let running = pod("Never", "Running", json!({"running": {}}), none.clone());
        assert_eq!(words(&running, "side"), "restarts 0 Completed", "a native sidecar is kept running");
        assert_eq!(words(&running, "prepare"), "ended 0 Completed");
        let mut going = pod("Always", "Running", run(137, "Error"), none);
        going["metadata"] = json!({"deletionTimestamp": "2026-11-25T08:00:00Z"});
        assert_eq!(words(&going, "main"), "ended 137 Error", "a Pod that is deleted starts nothing");
        let new = json!({"spec": {"containers": [{"name": "main"}]}, "status": {"phase": "Pending"}});
        assert_eq!(words(&new, "main"), "waits Pending");
        assert!(words(&new, "other").starts_with("ended"), "nobody waits for a container that there is not");
    }
}
