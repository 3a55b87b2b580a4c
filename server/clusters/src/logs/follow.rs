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

#[derive(Clone, Debug, PartialEq)]
pub enum LogEvent {
    Lines(Vec<LogLine>),
    /// The reader was too slow for so many lines, which stood here.
    Skipped(u64),
    /// The stream broke and went on here; with `gap`, lines may be missing.
    Resumed {
        gap: bool,
    },
    /// The last event.
    Ended(LogEnd),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// All that was asked for has come (not followed).
    Complete,
    /// The container ended; what restarts it is another run.
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

/// What the Pod says about the container after a stream's end.
enum Container {
    Runs,
    Ended(LogEnd),
    Unknown(ClusterError),
}

impl Reader {
    async fn run(&mut self, to: &Shared) -> LogEnd {
        let mut pause = FIRST_PAUSE;
        let mut away_since: Option<Instant> = None;
        let mut resumed = false;
        loop {
            let opened = Instant::now();
            match self.read(to, resumed).await {
                Ok(()) if !self.query.follow => return LogEnd::Complete,
                Err(error) if !resumed => return LogEnd::Failed(error),
                Ok(()) => away_since = None,
                Err(error) if error.is_unreachable() || error.status().is_some_and(|status| status >= 429) => {
                    let since = *away_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > PATIENCE {
                        return LogEnd::Failed(error);
                    }
                }
                // The Pod below knows better than "container is not running".
                Err(error) if error.status() == Some(400) || error.is_not_found() => {}
                Err(error) => return LogEnd::Failed(error),
            }
            resumed = true;
            match self.container().await {
                Container::Ended(end) => return end,
                Container::Runs => {}
                Container::Unknown(error) => {
                    let since = *away_since.get_or_insert_with(Instant::now);
                    if !error.is_unreachable() && error.status().is_none_or(|status| status < 429)
                        || since.elapsed() > PATIENCE
                    {
                        return LogEnd::Failed(error);
                    }
                }
            }
            // A stream that lasted was no failed attempt.
            pause = if opened.elapsed() > LONGEST_PAUSE { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Reads until the stream ends. The first opening must succeed; later, the caller decides.
    async fn read(&mut self, to: &Shared, again: bool) -> Result<(), ClusterError> {
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
                Some(Err(_)) if self.query.follow => return Ok(()),
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
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

/// Whether the container runs, by the Pod's status. Init containers (native sidecars) and ephemeral ones count.
fn judge(pod: &Value, container: &str) -> Container {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let statuses = lists.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
    let Some(status) = statuses.into_iter().find(|s| container.is_empty() || s["name"] == container) else {
        return Container::Runs;
    };
    let terminated = &status["state"]["terminated"];
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if terminated.is_object() || matches!(phase, "Succeeded" | "Failed") {
        let reason = terminated["reason"].as_str().unwrap_or(phase).to_owned();
        return Container::Ended(LogEnd::ContainerEnded { exit_code: terminated["exitCode"].as_i64(), reason });
    }
    let waiting = &status["state"]["waiting"];
    if waiting.is_object() && status["lastState"]["terminated"].is_object() {
        let last = &status["lastState"]["terminated"];
        let reason = waiting["reason"].as_str().unwrap_or_default().to_owned();
        return Container::Ended(LogEnd::ContainerEnded { exit_code: last["exitCode"].as_i64(), reason });
    }
    Container::Runs
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

    #[test]
    fn the_pod_says_whether_the_container_ended() {
        let pod = |state: Value, last: Value| {
            json!({"status": {"phase": "Running", "initContainerStatuses": [{"name": "side", "state": {"running": {}}}],
                "containerStatuses": [{"name": "main", "state": state, "lastState": last}]}})
        };
        let runs = |pod: &Value, name: &str| matches!(judge(pod, name), Container::Runs);
        assert!(runs(&pod(json!({"running": {}}), json!({})), "main"));
        assert!(runs(&pod(json!({"terminated": {}}), json!({})), "side"), "a native sidecar runs on");
        assert!(runs(&pod(json!({"waiting": {"reason": "ContainerCreating"}}), json!({})), "main"));
        let ended = judge(&pod(json!({"terminated": {"exitCode": 3, "reason": "Error"}}), json!({})), "main");
        assert!(matches!(ended, Container::Ended(LogEnd::ContainerEnded { exit_code: Some(3), .. })));
        let crash = pod(json!({"waiting": {"reason": "CrashLoopBackOff"}}), json!({"terminated": {"exitCode": 1}}));
        assert!(
            matches!(judge(&crash, "main"), Container::Ended(LogEnd::ContainerEnded { exit_code: Some(1), ref reason }) if reason == "CrashLoopBackOff")
        );
    }
}
