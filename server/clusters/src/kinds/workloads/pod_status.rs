//! The state of a Pod as `kubectl get pods` prints it: `printPod` of Kubernetes v1.37
//! (`pkg/printers/internalversion/printers.go`), with the family and the message that the console adds.

use crate::kinds::object::{Object, text, time};
use model::table::{Family, State};
use serde_json::Value;

/// The columns READY, STATUS and RESTARTS of `kubectl get pods`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodStatus {
    pub ready: i64,
    pub containers: i64,
    pub word: String,
    /// The cluster's message behind the word.
    pub message: String,
    pub restarts: i64,
    /// End of the last run that was restarted, epoch milliseconds.
    pub last_restart: Option<i64>,
}

/// A pod status reason set by the node controller when the node is gone (`NodeUnreachablePodReason`).
const NODE_LOST: &str = "NodeLost";

/// Whether an init container is a native sidecar: it keeps running and counts as a container (KEP-753).
#[must_use]
pub fn is_sidecar(container: &Value) -> bool {
    text(container, "/restartPolicy") == "Always"
}

/// Computes the columns.
#[must_use]
pub fn of(pod: &Object) -> PodStatus {
    let phase = pod.text("/status/phase");
    let status_reason = pod.text("/status/reason");
    let mut out = PodStatus {
        ready: 0,
        containers: pod.list("/spec/containers").len() as i64,
        word: if status_reason.is_empty() { phase } else { status_reason }.to_owned(),
        message: pod.text("/status/message").to_owned(),
        restarts: 0,
        last_restart: None,
    };
    if let Some(scheduled) = pod.condition("PodScheduled") {
        if text(scheduled, "/reason") == "SchedulingGated" {
            out.word = "SchedulingGated".to_owned();
        }
        if text(scheduled, "/status") != "True" && out.message.is_empty() {
            text(scheduled, "/message").clone_into(&mut out.message);
        }
    }
    let initializing = init_containers(pod, &mut out);
    if !initializing || condition_holds(pod, "Initialized") {
        containers(pod, &mut out);
    }
    if pod.deleting() && status_reason == NODE_LOST {
        out.word = "Unknown".to_owned();
    } else if pod.deleting() && phase != "Failed" && phase != "Succeeded" {
        out.word = "Terminating".to_owned();
    }
    if out.word.is_empty() {
        out.word = "Unknown".to_owned();
    }
    out
}

/// Counts and words of the init containers; true while they are not done.
fn init_containers(pod: &Object, out: &mut PodStatus) -> bool {
    let specs = pod.list("/spec/initContainers");
    let sidecar = |name: &str| specs.iter().any(|spec| text(spec, "/name") == name && is_sidecar(spec));
    out.containers += specs.iter().filter(|spec| is_sidecar(spec)).count() as i64;
    let (mut sidecar_restarts, mut sidecar_last) = (0, None);
    let mut initializing = false;
    for (index, status) in pod.list("/status/initContainerStatuses").iter().enumerate() {
        let restarts = number(status, "/restartCount");
        let last = ended(status);
        out.restarts += restarts;
        out.last_restart = out.last_restart.max(last);
        let is_sidecar = sidecar(text(status, "/name"));
        if is_sidecar {
            sidecar_restarts += restarts;
            sidecar_last = sidecar_last.max(last);
        }
        let terminated = state(status, "terminated");
        let waiting = state(status, "waiting").map_or("", |waiting| text(waiting, "/reason"));
        match terminated {
            Some(run) if number(run, "/exitCode") == 0 => continue,
            _ if is_sidecar && flag(status, "/started") => {
                out.ready += i64::from(flag(status, "/ready"));
                continue;
            }
            Some(run) => {
                out.word = format!("Init:{}", end_word(run));
                keep_message(out, run);
            }
            None if !waiting.is_empty() && waiting != "PodInitializing" => {
                out.word = format!("Init:{waiting}");
                if let Some(waiting) = state(status, "waiting") {
                    keep_message(out, waiting);
                }
            }
            None => out.word = format!("Init:{index}/{}", specs.len()),
        }
        initializing = true;
        break;
    }
    if !initializing || condition_holds(pod, "Initialized") {
        // Restarts of finished init containers count only while the Pod initializes.
        out.restarts = sidecar_restarts;
        out.last_restart = sidecar_last;
    }
    initializing
}

/// Counts and words of the main containers; the first one that has something to say wins, hence backwards.
fn containers(pod: &Object, out: &mut PodStatus) {
    let mut running = false;
    let mut error = None;
    for status in pod.list("/status/containerStatuses").iter().rev() {
        out.restarts += number(status, "/restartCount");
        out.last_restart = out.last_restart.max(ended(status));
        let waiting = state(status, "waiting").filter(|waiting| !text(waiting, "/reason").is_empty());
        if let Some(waiting) = waiting {
            text(waiting, "/reason").clone_into(&mut out.word);
            keep_message(out, waiting);
        } else if let Some(run) = state(status, "terminated") {
            out.word = end_word(run);
            keep_message(out, run);
            if number(run, "/exitCode") != 0 {
                error = Some(out.word.clone());
            }
        } else if flag(status, "/ready") && state(status, "running").is_some() {
            running = true;
            out.ready += 1;
        }
    }
    // At least one container still runs, so the Pod is not completed.
    if out.word == "Completed" {
        if running && condition_holds(pod, "Ready") {
            out.word = "Running".to_owned();
        } else if let Some(error) = error {
            out.word = error;
        } else if running {
            out.word = "NotReady".to_owned();
        }
    }
}

/// `OOMKilled`, `Error`, `Signal:9`, `ExitCode:3`.
fn end_word(run: &Value) -> String {
    let (reason, signal) = (text(run, "/reason"), number(run, "/signal"));
    match (reason, signal) {
        ("", 0) => format!("ExitCode:{}", number(run, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn keep_message(out: &mut PodStatus, from: &Value) {
    let message = text(from, "/message");
    if !message.is_empty() {
        message.clone_into(&mut out.message);
    }
}

/// The family of the word and what the console adds to it.
#[must_use]
pub fn state_of(pod: &Object) -> State {
    let status = of(pod);
    let not_ready = pod.condition("Ready").filter(|ready| text(ready, "/status") != "True");
    let unschedulable =
        pod.condition("PodScheduled").is_some_and(|scheduled| text(scheduled, "/reason") == "Unschedulable");
    let word = status.word.as_str();
    let family = match word {
        "Running" if status.ready >= status.containers && not_ready.is_none() => Family::Success,
        "Running" | "NotReady" | "Unknown" => Family::Warning,
        "Completed" | "Succeeded" => Family::Neutral,
        "Pending" if unschedulable => Family::Warning,
        "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" | "SchedulingGated" => Family::Progress,
        _ if word.strip_prefix("Init:").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) => {
            Family::Progress
        }
        _ => Family::Error,
    };
    let mut message = status.message;
    if message.is_empty()
        && family != Family::Success
        && let Some(ready) = not_ready
    {
        text(ready, "/message").clone_into(&mut message);
    }
    State::new(family, status.word).with_hint(Some(message))
}

fn condition_holds(pod: &Object, kind: &str) -> bool {
    pod.condition(kind).is_some_and(|condition| text(condition, "/status") == "True")
}

fn state<'a>(status: &'a Value, which: &str) -> Option<&'a Value> {
    status.get("state")?.get(which).filter(|value| value.is_object())
}

fn ended(status: &Value) -> Option<i64> {
    time(text(status, "/lastState/terminated/finishedAt"))
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}
