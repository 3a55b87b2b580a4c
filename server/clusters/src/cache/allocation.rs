//! Requested, limited, used and allocatable resources of a cluster and of its nodes, from the node and Pod caches and,
//! where it is served, `metrics.k8s.io`.

use super::joined::Sums;
use super::{Cache, Entry};
use crate::error::ClusterError;
use crate::kinds::columns::amount;
use crate::kinds::nodes::node::NODE;
use crate::kinds::object::{list, text};
use crate::kinds::workloads::pod::POD;
use crate::registry::Clusters;
use crate::table::wait;
use model::ClusterId;
use model::clusters::Allocation;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Cores and bytes in use per node.
pub type Usage = BTreeMap<String, (f64, f64)>;

/// The cluster as a whole and per node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allocations {
    pub cluster: Allocation,
    pub nodes: BTreeMap<String, Allocation>,
}

/// Reads the allocation of a cluster with the console's own rights: sums carry no object. Waits at most `budget`; what
/// is not known by then is `None`, never 0.
///
/// # Errors
/// `UnknownCluster`.
pub async fn of(clusters: &Clusters, id: &ClusterId, budget: Duration) -> Result<Allocations, ClusterError> {
    let deadline = Instant::now() + budget;
    let nodes = clusters.caches().open(clusters, id, &NODE)?;
    let pods = clusters.caches().open(clusters, id, &POD)?;
    let left = deadline.saturating_duration_since(Instant::now());
    let (usage, (), ()) = futures::join!(
        async { tokio::time::timeout(budget, usage(clusters, id)).await.ok().flatten() },
        wait(&nodes, left),
        wait(&pods, left),
    );
    Ok(sum(&nodes, &pods, usage.as_ref()))
}

/// Usage from `metrics.k8s.io`; `None` where it is not served or does not answer.
async fn usage(clusters: &Clusters, id: &ClusterId) -> Option<Usage> {
    let client = clusters.own_client(id).ok()?;
    let request = http::Request::get("/apis/metrics.k8s.io/v1beta1/nodes").body(Vec::new()).ok()?;
    let answer: Value = client.request(request).await.ok()?;
    Some(usage_of(&answer))
}

/// Reads a `NodeMetricsList`.
#[must_use]
pub fn usage_of(answer: &Value) -> Usage {
    list(answer, "/items")
        .iter()
        .filter_map(|item| {
            let read = |key: &str| item.pointer("/usage")?.get(key).and_then(amount);
            Some((text(item, "/metadata/name").to_owned(), (read("cpu")?, read("memory")?)))
        })
        .collect()
}

/// Adds up the caches.
#[must_use]
pub fn sum(nodes: &Cache, pods: &Cache, usage: Option<&Usage>) -> Allocations {
    if !nodes.listed() {
        return Allocations::default();
    }
    let sums = pods.listed().then(|| by_node(&pods.entries()));
    let mut out = Allocations::default();
    for node in nodes.entries() {
        let object = node.object();
        let read = |part: &str, key: &str| {
            object.pointer(&format!("/status/{part}")).and_then(|list| list.get(key)).and_then(amount)
        };
        let on_node = sums.as_ref().map(|sums| sums.0.get(&*node.name).copied().unwrap_or_default());
        let used = usage.and_then(|usage| usage.get(&*node.name));
        let allocation = Allocation {
            cpu_capacity: read("capacity", "cpu"),
            cpu_allocatable: read("allocatable", "cpu"),
            memory_capacity: read("capacity", "memory"),
            memory_allocatable: read("allocatable", "memory"),
            pods_allocatable: read("allocatable", "pods"),
            cpu_used: used.map(|used| used.0),
            memory_used: used.map(|used| used.1),
            ..with_sums(on_node)
        };
        out.nodes.insert(node.name.to_string(), allocation);
    }
    out.cluster = total(&out.nodes, sums.map(|sums| sums.1), usage.is_some());
    out
}

fn with_sums(sums: Option<Sums>) -> Allocation {
    Allocation {
        cpu_requests: sums.map(|sums| sums.cpu_requests),
        cpu_limits: sums.map(|sums| sums.cpu_limits),
        memory_requests: sums.map(|sums| sums.memory_requests),
        memory_limits: sums.map(|sums| sums.memory_limits),
        pods: sums.map(|sums| sums.pods as f64),
        ..Allocation::default()
    }
}

/// Sums per node, and of all Pods that have a node.
fn by_node(pods: &[Arc<Entry>]) -> (BTreeMap<Arc<str>, Sums>, Sums) {
    let mut nodes: BTreeMap<Arc<str>, Sums> = BTreeMap::new();
    let mut all = Sums::default();
    for pod in pods {
        if let (Some(node), Some(sums)) = (&pod.node, pod.sums.as_deref()) {
            nodes.entry(Arc::clone(node)).or_default().add(sums);
            all.add(sums);
        }
    }
    (nodes, all)
}

fn total(nodes: &BTreeMap<String, Allocation>, sums: Option<Sums>, metrics: bool) -> Allocation {
    let over = |read: fn(&Allocation) -> Option<f64>| {
        let known: Vec<f64> = nodes.values().filter_map(read).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    };
    // A node that reports nothing (just joined, not ready) does not make the others unknown.
    let used = |read: fn(&Allocation) -> Option<f64>| if metrics { over(read) } else { None };
    Allocation {
        cpu_capacity: over(|node| node.cpu_capacity),
        cpu_allocatable: over(|node| node.cpu_allocatable),
        memory_capacity: over(|node| node.memory_capacity),
        memory_allocatable: over(|node| node.memory_allocatable),
        pods_allocatable: over(|node| node.pods_allocatable),
        cpu_used: used(|node| node.cpu_used),
        memory_used: used(|node| node.memory_used),
        ..with_sums(sums)
    }
}
