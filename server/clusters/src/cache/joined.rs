//! Sums over Pods that columns of other kinds show: restarts of a workload, requests on a node.

use super::Cache;
use crate::kinds::Kind;
use crate::kinds::object::Object;
use crate::kinds::workloads::{pod, pod_resources, replica_set};
use model::table::Family;
use std::collections::HashMap;
use std::sync::Arc;

/// What a kind takes from other caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Pods and the ReplicaSets between them and their Deployments.
    Pods,
}

impl Need {
    /// The kinds whose caches must run, and which the person must be allowed to list.
    #[must_use]
    pub fn kinds(self) -> [&'static Kind; 2] {
        match self {
            Self::Pods => [&pod::POD, &replica_set::REPLICA_SET],
        }
    }
}

/// What one Pod adds to a sum. CPU in cores, memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    pub pods: i64,
    pub restarts: i64,
    pub cpu_requests: f64,
    pub cpu_limits: f64,
    pub memory_requests: f64,
    pub memory_limits: f64,
}

impl Sums {
    /// Reads a Pod. A finished one holds no resources (the scheduler does not count it).
    #[must_use]
    pub fn of_pod(pod: &Object) -> Self {
        let restarts = crate::kinds::workloads::pod_status::of(pod).restarts;
        if matches!(pod.text("/status/phase"), "Succeeded" | "Failed") {
            return Self { restarts, ..Self::default() };
        }
        let requests = pod_resources::total(pod, "requests");
        let limits = pod_resources::total(pod, "limits");
        Self {
            pods: 1,
            restarts,
            cpu_requests: requests.cpu,
            cpu_limits: limits.cpu,
            memory_requests: requests.memory,
            memory_limits: limits.memory,
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.pods += other.pods;
        self.restarts += other.restarts;
        self.cpu_requests += other.cpu_requests;
        self.cpu_limits += other.cpu_limits;
        self.memory_requests += other.memory_requests;
        self.memory_limits += other.memory_limits;
    }
}

/// The sums of one moment. Empty and not `known` where the person may not list Pods or their cache is not there yet.
#[derive(Default)]
pub struct Joined {
    known: bool,
    owners: HashMap<Arc<str>, Sums>,
    nodes: HashMap<Arc<str>, Sums>,
    /// The word of failing Pods per owner, with their number.
    failing: HashMap<Arc<str>, (Arc<str>, usize)>,
    pub(crate) generation: (u64, u64),
}

impl Joined {
    #[must_use]
    pub fn of(pods: &Cache, sets: &Cache) -> Self {
        let generation = (pods.generation(), sets.generation());
        // ReplicaSet → its Deployment, by uid and never by name.
        let parents: HashMap<Arc<str>, Arc<str>> = sets
            .entries()
            .into_iter()
            .filter_map(|set| Some((Arc::clone(&set.uid), Arc::clone(set.owners.first()?))))
            .collect();
        let mut out = Self { known: true, generation, ..Self::default() };
        for pod in pods.entries() {
            let Some(sums) = pod.sums.as_deref() else { continue };
            if let Some(node) = &pod.node {
                out.nodes.entry(Arc::clone(node)).or_default().add(sums);
            }
            for owner in &pod.owners {
                for uid in [Some(owner), parents.get(owner)].into_iter().flatten() {
                    out.owners.entry(Arc::clone(uid)).or_default().add(sums);
                    if pod.family == Family::Error {
                        let failing = out.failing.entry(Arc::clone(uid)).or_insert_with(|| (Arc::clone(&pod.word), 0));
                        if failing.0 == pod.word {
                            failing.1 += 1;
                        }
                    }
                }
            }
        }
        out
    }

    /// Sums of the Pods of a workload; `None` is unknown, an owner without Pods has zeros.
    #[must_use]
    pub fn by_owner(&self, uid: &str) -> Option<Sums> {
        self.known.then(|| self.owners.get(uid).copied().unwrap_or_default())
    }

    /// Sums of the Pods on a node; `None` is unknown.
    #[must_use]
    pub fn by_node(&self, name: &str) -> Option<Sums> {
        self.known.then(|| self.nodes.get(name).copied().unwrap_or_default())
    }

    /// `CrashLoopBackOff × 2`: what fails among the Pods of a workload.
    #[must_use]
    pub fn failing(&self, uid: &str) -> Option<String> {
        self.failing.get(uid).map(|(word, n)| format!("{word} × {n}"))
    }
}
