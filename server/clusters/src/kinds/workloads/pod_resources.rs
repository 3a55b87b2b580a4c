//! What a Pod asks for, as the scheduler counts it (`resourcehelper.PodRequests`): the greater of the running
//! containers' sum and the steepest moment of the initialization, native sidecars included, plus the overhead.

use super::pod_status::is_sidecar;
use crate::kinds::columns::amount;
use crate::kinds::object::Object;
use serde_json::Value;

/// CPU in cores, memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resources {
    pub cpu: f64,
    pub memory: f64,
}

impl Resources {
    fn of(resources: Option<&Value>) -> Self {
        let read = |key: &str| resources.and_then(|list| list.get(key)).and_then(amount).unwrap_or(0.0);
        Self { cpu: read("cpu"), memory: read("memory") }
    }

    fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, memory: self.memory + other.memory }
    }

    fn max(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

/// `which` is `requests` or `limits`.
#[must_use]
pub fn total(pod: &Object, which: &str) -> Resources {
    let of = |container: &Value| Resources::of(container.get("resources").and_then(|parts| parts.get(which)));
    let main = pod.list("/spec/containers").iter().map(of).fold(Resources::default(), Resources::plus);
    let mut sidecars = Resources::default();
    let mut steepest = Resources::default();
    for container in pod.list("/spec/initContainers") {
        let own = of(container);
        if is_sidecar(container) {
            sidecars = sidecars.plus(own);
            steepest = steepest.max(sidecars);
        } else {
            steepest = steepest.max(own.plus(sidecars));
        }
    }
    let mut out = main.plus(sidecars).max(steepest);
    // Pod-level resources (KEP-2837) stand for the whole Pod where they are set.
    if let Some(level) = pod.pointer("/spec/resources").and_then(|parts| parts.get(which)) {
        let whole = Resources::of(Some(level));
        out.cpu = if level.get("cpu").is_some() { whole.cpu } else { out.cpu };
        out.memory = if level.get("memory").is_some() { whole.memory } else { out.memory };
    }
    let overhead = Resources::of(pod.pointer("/spec/overhead"));
    match which {
        // A limit of 0 means none: the overhead alone makes no limit (PodLimits).
        "limits" => Resources {
            cpu: if out.cpu > 0.0 { out.cpu + overhead.cpu } else { 0.0 },
            memory: if out.memory > 0.0 { out.memory + overhead.memory } else { 0.0 },
        },
        _ => out.plus(overhead),
    }
}
