//! What 10,000 Pods cost, in a process of its own: a test beside it would be counted too.

use clusters::access::Scope;
use clusters::cache::{Batch, Cache};
use clusters::kinds::workloads::pod::POD;
use clusters::table::View;
use model::ClusterId;
use model::table::Query;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// A Pod as kwok makes it: about the smallest that runs.
fn kwok_pod(n: usize) -> Value {
    let set = n / 10;
    let hash = format!("{:08x}", set * 2_654_435_761 % 0xffff_ffff);
    json!({
        "metadata": {
            "name": format!("load-{set}-{hash}-{n:05}"), "generateName": format!("load-{set}-{hash}-"),
            "namespace": format!("load-{}", set % 10), "uid": format!("{n:08x}-9c0f-4c2b-8d3e-{n:012x}"),
            "resourceVersion": format!("{}", 100_000 + n), "creationTimestamp": "2026-11-20T08:00:00Z",
            "labels": {"app": format!("load-{set}"), "pod-template-hash": hash},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("load-{set}-{hash}"),
                "uid": format!("{set:08x}-1111-4c2b-8d3e-{set:012x}"), "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [{"manager": "kwok", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:status": {"f:conditions": {}, "f:containerStatuses": {}, "f:phase": {}}}}],
        },
        "spec": {
            "volumes": [{"name": "kube-api-access-abcde", "projected": {"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]}}],
            "containers": [{"name": "app", "image": format!("registry.test/load/app-{}:1.0", set % 50),
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "volumeMounts": [{"name": "kube-api-access-abcde", "readOnly": true,
                    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "imagePullPolicy": "IfNotPresent"}],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default", "serviceAccount": "default", "nodeName": format!("kwok-{:04}", n % 1000),
            "securityContext": {}, "schedulerName": "default-scheduler", "priority": 0, "enableServiceLinks": true,
            "preemptionPolicy": "PreemptLowerPriority",
            "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
        },
        "status": {
            "phase": "Running", "hostIP": "10.0.0.1", "podIP": format!("10.{}.{}.{}", n / 65536, n / 256 % 256, n % 256),
            "podIPs": [{"ip": format!("10.{}.{}.{}", n / 65536, n / 256 % 256, n % 256)}],
            "startTime": "2026-11-20T08:00:00Z", "qosClass": "Burstable",
            "conditions": [{"type": "Initialized", "status": "True", "lastTransitionTime": "2026-11-20T08:00:00Z"},
                {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T08:00:00Z"},
                {"type": "ContainersReady", "status": "True", "lastTransitionTime": "2026-11-20T08:00:00Z"},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-20T08:00:00Z"}],
            "containerStatuses": [{"name": "app", "ready": true, "started": true, "restartCount": 0, "image": "x",
                "imageID": "", "state": {"running": {"startedAt": "2026-11-20T08:00:00Z"}}}],
        },
    })
}

/// Resident memory of this process in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
}

/// 10,000 Pods cost at most 5 KiB each, the memory of lists and of the allocator included; a page that has been asked
/// for before does not sort or filter again.
#[test]
fn ten_thousand_pods_are_small_and_fast() {
    const PODS: usize = 10_000;
    let cache = Arc::new(Cache::new(ClusterId::from_random([7; 8]), &POD));
    let before = resident();
    let mut batch = Batch::default();
    // As they come over the wire: text first, one object at a time.
    for n in 0..PODS {
        let text = kwok_pod(n).to_string();
        cache.gather(&mut batch, serde_json::from_str(&text).expect("JSON"));
    }
    cache.replace(batch);
    let sorts = ["", "name", "restarts", "age"];
    let view = View::over(Arc::clone(&cache), Scope::All, Arc::default(), Vec::new());
    for sort in sorts {
        assert_eq!(view.page(&Query { sort: sort.into(), ..Query::default() }).matching, PODS);
    }
    let per_pod = resident().saturating_sub(before) as f64 / PODS as f64;
    println!("{per_pod:.2} KiB resident per Pod, {} bytes counted", cache.bytes() / PODS);
    assert!(per_pod <= 5.0, "{per_pod} KiB per Pod");

    let query = Query { per_page: 50, ..Query::default() };
    let first = Instant::now();
    let _ = view.page(&Query { sort: "node".into(), ..query.clone() });
    let first = first.elapsed();
    let again = Instant::now();
    for page in 1..=20 {
        let _ = view.page(&Query { sort: "node".into(), page, ..query.clone() });
    }
    let again = again.elapsed() / 20;
    println!("first page of an order {first:?}, further pages {again:?}");
    let small = Cache::new(ClusterId::from_random([8; 8]), &POD);
    let mut batch = Batch::default();
    (0..100).for_each(|n| small.gather(&mut batch, kwok_pod(n)));
    small.replace(batch);
    let small = View::over(Arc::new(small), Scope::All, Arc::default(), Vec::new());
    let _ = small.page(&query);
    let least = Instant::now();
    for _ in 0..20 {
        let _ = small.page(&query);
    }
    let least = least.elapsed() / 20;
    println!("a page of 100 Pods {least:?}");
    assert!(again < least * 3, "paging 10,000 Pods takes {again:?}, 100 take {least:?}");
}
