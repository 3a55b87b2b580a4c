//! Many objects, for measuring: nodes and pods played by kwok, with Deployments that own them, and events.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::api::Api;
use crate::cluster::Cluster;
use crate::control::Order;
use crate::kwok::ANNOTATION;
use crate::process::{poll, wait_until};
use crate::state::Step;
use crate::supervisor::lock;

/// How many of each.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub namespaces: usize,
    pub nodes: usize,
    pub deployments: usize,
    pub pods: usize,
    pub events: usize,
}

impl Counts {
    /// The big load: 1,000 nodes, 10,000 pods of 1,000 Deployments in 12 namespaces, 10,000 events.
    pub fn full() -> Self {
        Self::pods(10_000)
    }

    /// The same proportions for another number of pods.
    pub fn pods(pods: usize) -> Self {
        Self {
            namespaces: 12,
            nodes: (pods / 10).clamp(10, 1_000),
            deployments: (pods / 10).clamp(1, 1_000),
            pods,
            events: pods,
        }
    }
}

/// Connections (and threads) that create objects.
const WORKERS: usize = 16;
/// Between two looks at what the cluster has done.
const PAUSE: Duration = Duration::from_millis(500);
const CONTROLLERS: &str = "kube-controller-manager";

/// Fills a cluster that has kwok.
///
/// The whole chain of owners (Deployment, ReplicaSet, pods on their nodes) is written as the controllers would have, while
/// the controller manager is away: it then finds everything as it should be and only counts. Letting it make the same from
/// 1,000 Deployments takes about three times as long.
pub fn fill(cluster: &Cluster, counts: Counts, progress: &mut dyn FnMut(&str)) -> Result<Vec<Step>> {
    if counts.namespaces == 0 || counts.nodes == 0 {
        bail!("a load needs at least one namespace and one node");
    }
    if counts.events > 0 && counts.pods == 0 {
        bail!("the events of a load are about its pods: give it some");
    }
    let api = cluster.api()?;
    let mut steps = Vec::new();
    let mut last = Instant::now();
    let mut step = |name: String| {
        let seconds = last.elapsed().as_secs_f64();
        last = Instant::now();
        progress(&format!("{name}: {seconds:.1} s"));
        steps.push(Step { name, seconds });
    };

    for n in 0..counts.namespaces {
        let name = namespace(n);
        api.create(
            "/api/v1/namespaces",
            &json!({ "metadata": { "name": name, "labels": { "gantry.test/load": "yes" } } }),
        )?;
    }
    for n in 0..counts.namespaces {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/default", namespace(n));
        wait_until(Duration::from_secs(60), "ServiceAccounts", || Ok(api.find(&path)?.map(drop)))?;
    }
    step(format!("{} namespaces", counts.namespaces));

    cluster.order(Order::Kill, CONTROLLERS)?;
    let made = create_all(&api, counts, &mut step);
    // Also after an error: a cluster without controllers is a puzzle for whoever looks at it.
    let back = cluster.order(Order::Restart, CONTROLLERS);
    made?;
    back?;

    let minutes = Duration::from_secs(15 * 60);
    poll(PAUSE, minutes, "all nodes to be ready", || Ok((nodes_ready(&api)? >= counts.nodes).then_some(())))?;
    for n in 0..counts.namespaces {
        // One item says enough: lists of all pods would keep the apiserver busy with the question.
        let selector = "fieldSelector=status.phase%21%3DRunning&limit=1";
        let path = format!("/api/v1/namespaces/{}/pods?{selector}", namespace(n));
        poll(PAUSE, minutes, "all pods to run", || Ok(items(&api.get(&path)?).is_empty().then_some(())))?;
    }
    step("all running".to_owned());
    let owning = counts.deployments.min(counts.pods);
    poll(PAUSE, minutes, "all Deployments to be counted", || {
        Ok((deployments_available(&api)? >= owning).then_some(()))
    })?;
    step("Deployments counted".to_owned());
    Ok(steps)
}

fn create_all(api: &Api, counts: Counts, step: &mut dyn FnMut(String)) -> Result<()> {
    parallel(counts.nodes, |n| api.create("/api/v1/nodes", &node(n)).map(drop))?;
    step(format!("{} nodes", counts.nodes));

    // Each pod needs the uid of its ReplicaSet.
    let owners = Mutex::new(vec![String::new(); counts.deployments]);
    parallel(counts.deployments, |d| {
        let path = format!("/apis/apps/v1/namespaces/{}", namespace(d % counts.namespaces));
        let replicas = replicas(counts, d);
        let made = api.create(&format!("{path}/deployments"), &deployment(d, replicas))?;
        let uid = made["metadata"]["uid"].as_str().context("a new Deployment has a uid")?;
        let set = api.create(&format!("{path}/replicasets"), &replica_set(d, replicas, uid))?;
        let uid = set["metadata"]["uid"].as_str().context("a new ReplicaSet has a uid")?;
        lock(&owners)[d] = uid.to_owned();
        Ok(())
    })?;
    step(format!("{} Deployments and ReplicaSets", counts.deployments));

    let owners = lock(&owners);
    let pods = Mutex::new(vec![String::new(); counts.pods]);
    parallel(counts.pods, |p| {
        let d = p % counts.deployments.max(1);
        let path = format!("/api/v1/namespaces/{}/pods", namespace(d % counts.namespaces));
        let made = api.create(&path, &pod(p, d, p % counts.nodes, owners.get(d).map(String::as_str)))?;
        lock(&pods)[p] = made["metadata"]["uid"].as_str().context("a new pod has a uid")?.to_owned();
        Ok(())
    })?;
    step(format!("{} pods", counts.pods));

    let pods = lock(&pods);
    parallel(counts.events, |e| {
        let p = e % counts.pods;
        let d = p % counts.deployments.max(1);
        let path = format!("/api/v1/namespaces/{}/events", namespace(d % counts.namespaces));
        api.create(&path, &event(e, p, d, counts, &pods[p])).map(drop)
    })?;
    step(format!("{} events", counts.events));
    Ok(())
}

/// Calls `work` for each number, on several connections. The first error stops all.
fn parallel(count: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let error = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(count) {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    if let Err(e) = work(n) {
                        lock(&error).get_or_insert(e);
                        next.store(count, Ordering::Relaxed);
                        return;
                    }
                }
            });
        }
    });
    match lock(&error).take() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn namespace(n: usize) -> String {
    format!("load-{n:02}")
}

fn deployment_name(d: usize) -> String {
    const APPS: [&str; 8] = ["web", "api", "worker", "cache", "queue", "search", "billing", "mail"];
    format!("{}-{d:04}", APPS[d % APPS.len()])
}

/// In the form of the controllers' own: letters and digits that cannot make words. The same number gives
/// the same text, so a load can be compared with the one before.
fn letters(salt: &str, number: usize, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let digest = Sha256::digest(format!("{salt} {number}"));
    digest.iter().take(length).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

fn hash(d: usize) -> String {
    letters("template", d, 9)
}

fn pod_name(p: usize, d: usize) -> String {
    format!("{}-{}-{}", deployment_name(d), hash(d), letters("pod", p, 5))
}

/// The pods are dealt out in turn.
fn replicas(counts: Counts, d: usize) -> usize {
    counts.pods / counts.deployments + usize::from(d < counts.pods % counts.deployments)
}

fn node(n: usize) -> Value {
    json!({
        "metadata": {
            "name": format!("kwok-{n:04}"),
            "annotations": { ANNOTATION.0: ANNOTATION.1 },
            "labels": {
                "type": "kwok",
                "kubernetes.io/hostname": format!("kwok-{n:04}"),
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node-role.kubernetes.io/agent": "",
                "topology.kubernetes.io/zone": format!("zone-{}", n % 3),
            },
        },
        "spec": { "taints": [{ "key": ANNOTATION.0, "value": ANNOTATION.1, "effect": "NoSchedule" }] },
        "status": {
            "allocatable": { "cpu": "32", "memory": "256Gi", "pods": "110" },
            "capacity": { "cpu": "32", "memory": "256Gi", "pods": "110" },
        },
    })
}

fn labels(d: usize) -> Value {
    json!({ "app": deployment_name(d), "team": format!("team-{}", d % 7) })
}

fn pod_spec(d: usize) -> Value {
    json!({
        "containers": [{
            "name": "main",
            "image": format!("registry.example/{}:1.{}", deployment_name(d), d % 10),
            "ports": [{ "containerPort": 8080, "protocol": "TCP" }],
            "resources": {
                "requests": { "cpu": "100m", "memory": "128Mi" },
                "limits": { "cpu": "500m", "memory": "256Mi" },
            },
        }],
        "tolerations": [{ "key": ANNOTATION.0, "operator": "Exists", "effect": "NoSchedule" }],
    })
}

fn deployment(d: usize, replicas: usize) -> Value {
    json!({
        "metadata": {
            "name": deployment_name(d),
            "labels": labels(d),
            "annotations": { "deployment.kubernetes.io/revision": "1" },
        },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": deployment_name(d) } },
            "template": { "metadata": { "labels": labels(d) }, "spec": pod_spec(d) },
        },
    })
}

fn replica_set(d: usize, replicas: usize, owner: &str) -> Value {
    let mut labels = labels(d);
    labels["pod-template-hash"] = hash(d).into();
    json!({
        "metadata": {
            "name": format!("{}-{}", deployment_name(d), hash(d)),
            "labels": labels,
            "annotations": {
                "deployment.kubernetes.io/revision": "1",
                "deployment.kubernetes.io/desired-replicas": replicas.to_string(),
                "deployment.kubernetes.io/max-replicas": (replicas + replicas.div_ceil(4)).to_string(),
            },
            "ownerReferences": [owner_reference("Deployment", &deployment_name(d), owner)],
        },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": deployment_name(d), "pod-template-hash": hash(d) } },
            "template": { "metadata": { "labels": labels }, "spec": pod_spec(d) },
        },
    })
}

fn pod(p: usize, d: usize, node: usize, owner: Option<&str>) -> Value {
    let mut labels = labels(d);
    let mut metadata = json!({ "name": pod_name(p, d) });
    if let Some(uid) = owner {
        labels["pod-template-hash"] = hash(d).into();
        let set = format!("{}-{}", deployment_name(d), hash(d));
        metadata["ownerReferences"] = json!([owner_reference("ReplicaSet", &set, uid)]);
    }
    metadata["labels"] = labels;
    let mut spec = pod_spec(d);
    // Named by hand: no scheduler, and thereby the fastest way.
    spec["nodeName"] = format!("kwok-{node:04}").into();
    json!({ "metadata": metadata, "spec": spec })
}

fn owner_reference(kind: &str, name: &str, uid: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true,
    })
}

fn event(e: usize, p: usize, d: usize, counts: Counts, uid: &str) -> Value {
    const REASONS: [(&str, &str, &str); 5] = [
        ("Normal", "Scheduled", "Successfully assigned the pod to its node"),
        ("Normal", "Pulled", "Container image already present on machine"),
        ("Normal", "Started", "Started container main"),
        ("Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        ("Warning", "BackOff", "Back-off restarting failed container main"),
    ];
    let (kind, reason, message) = REASONS[e % REASONS.len()];
    let (now, namespace, name) = (now(), namespace(d % counts.namespaces), pod_name(p, d));
    json!({
        "metadata": { "name": format!("{name}.{e:016x}"), "namespace": namespace },
        "involvedObject": { "apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name, "uid": uid },
        "type": kind, "reason": reason, "message": message, "count": 1 + e % 9,
        "firstTimestamp": now, "lastTimestamp": now,
        "source": { "component": "kubelet", "host": format!("kwok-{:04}", p % counts.nodes) },
    })
}

/// Now, as the API writes it.
fn now() -> String {
    let seconds = std::time::UNIX_EPOCH.elapsed().map_or(0, |d| d.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Civil date from days, for years after 1970 (Howard Hinnant's algorithm).
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

fn nodes_ready(api: &Api) -> Result<usize> {
    let list = api.get("/api/v1/nodes?labelSelector=type%3Dkwok&resourceVersion=0")?;
    let ready = |node: &&Value| {
        let conditions = node["status"]["conditions"].as_array();
        conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
    };
    Ok(items(&list).iter().filter(ready).count())
}

fn deployments_available(api: &Api) -> Result<usize> {
    let list = api.get("/apis/apps/v1/deployments?resourceVersion=0")?;
    let available = |deployment: &&Value| {
        let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
        wanted > 0 && deployment["status"]["availableReplicas"].as_u64().unwrap_or(0) >= wanted
    };
    Ok(items(&list).iter().filter(available).count())
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pod_has_its_place() {
        for (pods, deployments) in [(10_000, 1_000), (100, 7), (5, 9)] {
            let counts = Counts { deployments, ..Counts::pods(pods) };
            let all: usize = (0..deployments).map(|d| replicas(counts, d)).sum();
            assert_eq!(all, pods);
            let dealt = (0..pods).filter(|p| p % deployments == 0).count();
            assert_eq!(dealt, replicas(counts, 0));
        }
    }

    #[test]
    fn names_are_unique_and_valid() {
        let names: std::collections::HashSet<_> = (0..10_000).map(|p| pod_name(p, p % 1_000)).collect();
        assert_eq!(names.len(), 10_000);
        assert!(names.iter().all(|n| n.len() < 63));
    }

    #[test]
    fn an_error_stops_the_others() {
        let calls = AtomicUsize::new(0);
        let result = parallel(100_000, |n| {
            calls.fetch_add(1, Ordering::Relaxed);
            if n == 5 { bail!("five") } else { Ok(()) }
        });
        assert_eq!(result.unwrap_err().to_string(), "five");
        assert!(calls.load(Ordering::Relaxed) < 100_000);
    }

    #[test]
    fn time_as_the_api_writes_it() {
        let text = now();
        assert_eq!(text.len(), 20, "{text}");
        assert!(text.starts_with("20") && text.ends_with('Z'), "{text}");
    }
}
