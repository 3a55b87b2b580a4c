//! The scheduler's arithmetic, and the sums of a real cluster against `kubectl describe node`.

use clusters::cache::allocation::{self, Allocations, Usage, sum, usage_of};
use clusters::cache::joined::Sums;
use clusters::cache::{Batch, Cache};
use clusters::kinds::Object;
use clusters::kinds::nodes::node::NODE;
use clusters::kinds::workloads::pod::POD;
use clusters::{ClusterConfig, Clusters, IdentityMode, Settings, Source};
use model::ClusterId;
use model::clusters::Allocation;
use model::quantity::Quantity;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testcluster::fixture;

fn container(cpu: &str, memory: &str, sidecar: bool) -> Value {
    let mut container = json!({"name": "c", "resources": {"requests": {"cpu": cpu, "memory": memory}}});
    if sidecar {
        container["restartPolicy"] = json!("Always");
    }
    container
}

fn requests(pod: Value) -> (f64, f64) {
    let sums = Sums::of_pod(&Object(pod));
    (sums.cpu_requests, sums.memory_requests)
}

const MIB: f64 = 1024.0 * 1024.0;

/// The greater of the running containers and the steepest moment of the initialization.
#[test]
fn pods_ask_for_what_the_scheduler_counts() {
    let main = [container("200m", "100Mi", false), container("0.3", "1e8", false)];
    let pod =
        |init: Value| json!({"spec": {"containers": main, "initContainers": init}, "status": {"phase": "Running"}});
    let sum_of_main = (0.5, 100.0 * MIB + 1e8);
    assert_eq!(requests(pod(json!([]))), sum_of_main);
    assert_eq!(requests(pod(json!([container("100m", "10Mi", false)]))), sum_of_main);
    let steep = requests(pod(json!([container("2", "10Mi", false), container("1", "10Mi", false)])));
    assert_eq!(steep, (2.0, sum_of_main.1), "init containers run one by one");
    let sidecar = container("100m", "50Mi", true);
    assert_eq!(requests(pod(json!([sidecar]))), (0.6, sum_of_main.1 + 50.0 * MIB), "sidecars run beside the main ones");
    // A sidecar before the init container runs beside it; one after does not.
    assert_eq!(requests(pod(json!([sidecar, container("2", "1Mi", false)]))).0, 2.1);
    assert_eq!(requests(pod(json!([container("2", "1Mi", false), sidecar]))).0, 2.0);
    let mut whole = pod(json!([]));
    whole["spec"]["overhead"] = json!({"cpu": "250m", "memory": "1Mi"});
    assert_eq!(requests(whole.clone()).0, 0.75);
    whole["spec"]["resources"] = json!({"requests": {"cpu": "1"}});
    assert_eq!(requests(whole), (1.25, sum_of_main.1 + MIB), "the Pod's own request stands for all");
    for phase in ["Succeeded", "Failed"] {
        let mut done = pod(json!([]));
        done["status"]["phase"] = json!(phase);
        assert_eq!(requests(done), (0.0, 0.0), "{phase} holds nothing");
    }
}

fn fill(kind: &'static clusters::kinds::Kind, objects: &[Value]) -> Cache {
    let cache = Cache::new(ClusterId::from_random([3; 8]), kind);
    let mut batch = Batch::default();
    objects.iter().for_each(|object| cache.gather(&mut batch, object.clone()));
    cache.replace(batch);
    cache
}

/// What nobody measured is unknown, not 0; odd units are read.
#[test]
fn missing_metrics_are_unknown() {
    let node = |name: &str| {
        json!({"metadata": {"uid": name, "name": name}, "status": {
        "capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "allocatable": {"cpu": "3900m", "memory": "4402341478400m", "pods": "110"}}})
    };
    let nodes = fill(&NODE, &[node("a"), node("b")]);
    let pods = fill(
        &POD,
        &[json!({"metadata": {"uid": "p", "name": "p", "namespace": "x"},
        "spec": {"nodeName": "a", "containers": [container("100m", "1Mi", false)]}, "status": {"phase": "Running"}})],
    );
    let without = sum(&nodes, &pods, None);
    assert_eq!((without.cluster.cpu_used, without.cluster.memory_used), (None, None));
    assert_eq!(without.cluster.cpu_allocatable, Some(7.8));
    assert_eq!(without.cluster.memory_allocatable, Some(2.0 * 4_402_341_478.4));
    assert_eq!((without.nodes["a"].pods, without.nodes["b"].pods), (Some(1.0), Some(0.0)));
    assert_eq!(without.nodes["b"].cpu_requests, Some(0.0));
    let usage = usage_of(&json!({"items": [
        {"metadata": {"name": "a"}, "usage": {"cpu": "156340n", "memory": "1024Ki"}},
        {"metadata": {"name": "b"}, "usage": {"cpu": "2500u"}}]}));
    let with = sum(&nodes, &pods, Some(&usage));
    assert_eq!((with.nodes["a"].cpu_used, with.nodes["a"].memory_used), (Some(0.000_156_34), Some(MIB)));
    assert_eq!(with.nodes["b"].cpu_used, None, "half a measure is none");
    // Nothing is known before the first lists.
    let empty = Cache::new(ClusterId::from_random([3; 8]), &POD);
    assert_eq!(sum(&nodes, &empty, None).cluster.cpu_requests, None);
    assert_eq!(sum(&Cache::new(ClusterId::from_random([3; 8]), &NODE), &pods, None), Allocations::default());
}

/// `cpu   100m (5%)   200m (10%)` of `kubectl describe node`, as values.
fn described(text: &str, node: &str, resource: &str) -> Option<(f64, f64)> {
    let node = text.split("\nName:").find(|part| {
        part.split_whitespace()
            .next()
            .is_some_and(|name| name == node || part.contains(&format!("Name:               {node}\n")))
    })?;
    let part = node.split("Allocated resources:").nth(1)?;
    let line = part.lines().find(|line| line.split_whitespace().next() == Some(resource))?;
    let mut fields = line.split_whitespace().skip(1);
    let value = |text: &str| Quantity::parse(text).ok().map(Quantity::value);
    Some((value(fields.next()?)?, value(fields.nth(1)?)?))
}

/// Cores and bytes in use per node as the cluster itself answers; nothing of a node that it has not measured yet.
fn measured(answer: &[u8]) -> Usage {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let read = |item: &Value, key: &str| {
        Quantity::parse(item["usage"][key].as_str().expect("a quantity")).expect("a quantity").value()
    };
    items
        .iter()
        .map(|item| {
            (item["metadata"]["name"].as_str().expect("a name").to_owned(), (read(item, "cpu"), read(item, "memory")))
        })
        .collect()
}

/// The usage of a node in ours is the measured one.
fn same_usage(node: &Allocation, measured: Option<&(f64, f64)>) -> bool {
    let same = |ours: f64, theirs: f64| (ours - theirs).abs() <= theirs * 1e-9;
    match (node.cpu_used, node.memory_used, measured) {
        (Some(cpu), Some(memory), Some(measured)) => same(cpu, measured.0) && same(memory, measured.1),
        (None, None, None) => true,
        _ => false,
    }
}

/// Requests and limits per node are those that kubectl adds up. Usage is that of metrics-server where the cluster has
/// one, and unknown where it has none.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_cluster_adds_up() {
    let cluster = fixture::cluster();
    let space = cluster.namespace("sums").expect("a namespace");
    let clusters = Clusters::new(Settings::default());
    let id = ClusterId::from_random([b'a'; 8]);
    let text = std::fs::read_to_string(&cluster.kubeconfig).expect("a kubeconfig");
    clusters.put(ClusterConfig {
        id: id.clone(),
        source: Source::Kubeconfig { text },
        identity: IdentityMode::Impersonate,
    });
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asks"}, "spec": {
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "app", "image": "tc.local/busybox:1.35", "command": ["sleep", "3600"],
            "resources": {"requests": {"cpu": "11m", "memory": "7Mi"}, "limits": {"cpu": "300m", "memory": "64Mi"}}}]}});
    space.apply(&pod.to_string()).expect("applied");
    space.run(&["wait", "--for=condition=Ready", "pod/asks", "--timeout=60s"]).expect("it runs");
    let kubectl = |args: &[&str]| cluster.kubectl().args(args).output().expect("kubectl runs");
    let service = kubectl(&["get", "apiservice", "v1beta1.metrics.k8s.io", "--ignore-not-found", "-o", "name"]);
    assert!(service.status.success(), "{service:?}");
    let has_metrics = !service.stdout.is_empty();
    let now_measured = || measured(&kubectl(&["get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes"]).stdout);
    // metrics-server measures nothing in its first 20 s, and anew every 15 s.
    let deadline = Instant::now() + Duration::from_secs(90);
    // Other tests come and go, and measures change, between the readings: they must agree once.
    loop {
        let before = now_measured();
        let ours = allocation::of(&clusters, &id, Duration::from_secs(5)).await.expect("a cluster");
        let after = now_measured();
        let text = String::from_utf8(kubectl(&["describe", "nodes"]).stdout).expect("text");
        let text = format!("\n{text}");
        let agree = |node: &str, resource: &str, requests: Option<f64>, limits: Option<f64>| {
            let (Some((request, limit)), Some(requests), Some(limits)) =
                (described(&text, node, resource), requests, limits)
            else {
                return false;
            };
            // kubectl rounds memory to whole units.
            (request - requests).abs() <= requests * 0.001 && (limit - limits).abs() <= limits * 0.001
        };
        let same = !ours.nodes.is_empty()
            && before.is_empty() != has_metrics
            && ours.nodes.iter().all(|(name, node)| {
                agree(name, "cpu", node.cpu_requests, node.cpu_limits)
                    && agree(name, "memory", node.memory_requests, node.memory_limits)
                    && (same_usage(node, before.get(name)) || same_usage(node, after.get(name)))
            });
        if same {
            assert!(ours.cluster.cpu_requests.is_some_and(|cpu| cpu >= 0.011), "{ours:?}");
            assert_eq!(ours.cluster.cpu_used.is_some_and(|used| used > 0.0), has_metrics, "{ours:?}");
            assert_eq!(ours.cluster.memory_used.is_some_and(|used| used > MIB), has_metrics, "{ours:?}");
            break;
        }
        assert!(Instant::now() < deadline, "{ours:?}\n{before:?}\n{after:?}\n{text}");
        tokio::task::yield_now().await;
    }
}
