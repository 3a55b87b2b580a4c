//! Objects come from clusters, so anything may stand in any field. Nothing that a kind does with one may panic.

use clusters::cache::{Batch, Cache, Joined};
use clusters::detail;
use clusters::kinds::{self, Object, RowContext};
use model::ClusterId;
use proptest::prelude::*;
use serde_json::{Value, json};

/// An object with something in every field that any kind reads.
fn full() -> Value {
    let pods: Value = serde_json::from_str(include_str!("pod_states.json")).expect("JSON");
    let pod =
        pods.as_array().and_then(|pods| pods.iter().find(|pod| pod["name"] == "sidecar-then-init")).expect("a Pod");
    let mut spec = pod["spec"].clone();
    spec["containers"][0] = json!({"name": "app", "image": "a:1", "ports": [{"containerPort": 1, "hostPort": 2}],
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": 1}},
        "env": [{"name": "a", "valueFrom": {"configMapKeyRef": {"name": "b", "key": "c"}}}],
        "envFrom": [{"secretRef": {"name": "s"}}], "volumeMounts": [{"name": "v", "mountPath": "/", "subPath": "x"}],
        "livenessProbe": {"httpGet": {"port": "http", "path": "/"}}, "readinessProbe": {"grpc": {"port": 1}},
        "command": ["a"], "args": ["b"]});
    spec["volumes"] =
        json!([{"name": "v", "projected": {"sources": [{"configMap": {}}]}}, {"name": "w", "nfs": {"path": "/"}}]);
    let mut object = json!({
        "metadata": {"name": "n", "namespace": "s", "uid": "u", "resourceVersion": "1", "generation": 2,
            "creationTimestamp": "2026-11-20T08:00:00Z", "labels": {"a": "b"},
            "annotations": {"description": "d", "deployment.kubernetes.io/revision": "3"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "o", "uid": "ou", "controller": true}]},
        "spec": spec, "status": pod["status"],
        "involvedObject": {"kind": "Pod", "name": "p", "uid": "pu", "apiVersion": "v1", "namespace": "s"},
        "series": {"count": 2, "lastObservedTime": "2026-11-20T08:00:00.000001Z"}, "count": 3, "type": "Warning",
        "message": "m", "reason": "r", "source": {"component": "c", "host": "h"},
    });
    object["spec"]["template"] = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
    for (key, value) in json!({"replicas": 3, "paused": true, "unschedulable": true, "selector": {"matchLabels": {"a": "b"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}, "taints": [{"key": "k", "effect": "e"}],
        "finalizers": ["kubernetes"], "overhead": {"cpu": "1m"}, "resources": {"requests": {"cpu": "1"}}})
    .as_object()
    .expect("an object")
    {
        object["spec"][key] = value.clone();
    }
    for (key, value) in json!({"replicas": 3, "readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": 2,
        "addresses": [{"type": "InternalIP", "address": "1.2.3.4"}], "allocatable": {"cpu": "1", "memory": "1Ki", "pods": "1"},
        "nodeInfo": {"kubeletVersion": "v1"}, "podIPs": [{"ip": "::1"}]})
    .as_object()
    .expect("an object")
    {
        object["status"][key] = value.clone();
    }
    object
}

/// Paths of everything in a value.
fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            paths(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), out);
        }),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| paths(value, &format!("{at}/{index}"), out));
        }
        _ => {}
    }
}

fn junk() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(1e300)),
        ".{0,12}".prop_map(Value::from),
        Just(json!("-9999999-01-01T00:00:00Z")),
        Just(json!("1e99999")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, [], {}, "x", -1])),
        Just(json!({"": {"": null}})),
    ]
}

/// Everything that lists and details do with an object.
fn use_it(object: &Value) {
    let id = ClusterId::from_random([5; 8]);
    for kind in kinds::all() {
        let joined = Joined::default();
        let context = RowContext { cluster: &id, joined: &joined };
        let whole = Object(object.clone());
        let view = detail::lay_out(kind, &whole, &context);
        assert!(serde_json::to_string(&view).is_ok(), "{}", kind.plural);
        let cache = Cache::new(id.clone(), kind);
        let mut batch = Batch::default();
        cache.gather(&mut batch, object.clone());
        cache.replace(batch);
        cache.apply(object.clone());
        for entry in cache.entries() {
            let row = clusters::table::row(kind, &entry.object(), &context);
            assert_eq!(row.cells.len(), kind.columns.len());
            // What rows show survives the trim.
            assert_eq!(row.cells, kind.row(&whole, &context), "{}", kind.plural);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(changes in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::option::of(junk())), 0..6)) {
        let mut object = full();
        for (index, junk) in changes {
            let mut all = Vec::new();
            paths(&object, "", &mut all);
            let path = index.get(&all).clone();
            match (junk, path.rsplit_once('/')) {
                (Some(junk), Some(_)) => if let Some(place) = object.pointer_mut(&path) { *place = junk },
                (None, Some((parent, key))) => match object.pointer_mut(parent) {
                    Some(Value::Object(map)) => { map.remove(&key.replace("~1", "/").replace("~0", "~")); }
                    Some(Value::Array(list)) => { list.pop(); }
                    _ => {}
                },
                (_, None) => {}
            }
        }
        use_it(&object);
    }
}

#[test]
fn the_full_object_is_used_whole() {
    use_it(&full());
    use_it(&json!({}));
    use_it(&json!([1]));
    use_it(&Value::Null);
}
