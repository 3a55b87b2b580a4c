//! States of kinds, over manifests. The Pods of `pod_states.json` are compared with a real apiserver's own printing in
//! `watch.rs`; here the same file holds without one.

use clusters::kinds::workloads::{deployment, pod, pod_status, replica_set};
use clusters::kinds::{self, Applies, Object, events::event, namespaces::namespace, nodes::node};
use model::table::{Family, State};
use serde_json::{Value, json};

fn pods() -> Vec<Value> {
    let list: Value = serde_json::from_str(include_str!("pod_states.json")).expect("JSON");
    list.as_array().expect("a list").clone()
}

fn manifest(case: &Value) -> Object {
    let mut metadata = json!({"name": case["name"], "namespace": "a", "uid": case["name"]});
    if case["deleting"] == true {
        metadata["deletionTimestamp"] = json!("2026-11-20T09:00:00Z");
    }
    Object(json!({"metadata": metadata, "spec": case["spec"], "status": case["status"]}))
}

/// READY, STATUS and RESTARTS as `kubectl get pods` prints them, and the console's family [W-104].
#[test]
fn pods_have_the_words_of_kubectl() {
    let cases = pods();
    assert!(cases.len() >= 30, "{}", cases.len());
    for case in &cases {
        let want = &case["want"];
        let object = manifest(case);
        let status = pod_status::of(&object);
        let state = pod_status::state_of(&object);
        let name = &case["name"];
        assert_eq!(want["ready"], format!("{}/{}", status.ready, status.containers), "{name}");
        assert_eq!(want["status"], state.word, "{name}");
        assert_eq!(want["restarts"], status.restarts, "{name}");
        assert_eq!(want["family"], state.family.short(), "{name}");
        if let Some(hint) = want["hint"].as_str() {
            assert_eq!(state.hint.as_deref(), Some(hint), "{name}");
        }
    }
}

/// The trimmed Pod of a cache prints the same as the whole one [W-104].
#[test]
fn trimming_loses_no_state() {
    for case in pods() {
        let whole = manifest(&case);
        let mut trimmed = whole.0.clone();
        (pod::POD.trim)(&mut trimmed);
        let trimmed = Object(trimmed);
        assert_eq!(pod_status::of(&whole), pod_status::of(&trimmed), "{}", case["name"]);
        assert_eq!(pod_status::state_of(&whole), pod_status::state_of(&trimmed), "{}", case["name"]);
    }
}

/// Remote login is offered only where a container runs; the reason stands on the control [W-106].
#[test]
fn a_shell_needs_a_running_container() {
    let shell = pod::POD.action("shell").expect("Pods have a shell");
    let applies = |name: &str| {
        let case = pods().into_iter().find(|case| case["name"] == name).expect("a case");
        (shell.applies)(&manifest(&case))
    };
    assert_eq!(applies("running"), Applies::Yes);
    assert_eq!(applies("sidecar-then-init"), Applies::Yes);
    for name in ["pending-new", "completed", "crash-loop", "evicted"] {
        assert_eq!(applies(name), Applies::Refused("refusal-pod-not-running"), "{name}");
    }
}

fn deployment_state(spec: Value, status: Value, revision: &str) -> State {
    deployment::state(&Object(json!({
        "metadata": {
            "name": "web", "generation": 2,
            "annotations": {"deployment.kubernetes.io/revision": revision},
        },
        "spec": spec,
        "status": status,
    })))
}

fn progressing(reason: &str) -> Value {
    json!([
        {"type": "Progressing", "status": if reason == "ProgressDeadlineExceeded" { "False" } else { "True" },
         "reason": reason, "message": format!("says {reason}")},
        {"type": "Available", "status": "False", "message": "Deployment does not have minimum availability."},
    ])
}

/// Conditions Available, Progressing and ReplicaFailure as state text (spec 30 R-13) [W-18].
#[test]
fn deployments_say_how_they_are() {
    let status = |replicas: i64, updated: i64, ready: i64, reason: &str| {
        json!({"observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready,
               "conditions": progressing(reason)})
    };
    let done = "NewReplicaSetAvailable";
    for (word, family, spec, status, revision) in [
        ("Running", Family::Success, json!({"replicas": 3}), status(3, 3, 3, done), "4"),
        ("Running", Family::Success, json!({}), status(1, 1, 1, done), "1"),
        ("PartlyReady", Family::Warning, json!({"replicas": 3}), status(3, 3, 2, done), "4"),
        ("NotReady", Family::Error, json!({"replicas": 3}), status(3, 3, 0, done), "4"),
        ("Scaling", Family::Progress, json!({"replicas": 5}), status(3, 3, 3, done), "4"),
        ("Scaling", Family::Progress, json!({"replicas": 0}), status(3, 3, 3, done), "4"),
        ("Stopped", Family::Neutral, json!({"replicas": 0}), json!({"observedGeneration": 2}), "4"),
        ("Creating", Family::Progress, json!({"replicas": 3}), status(3, 3, 0, "ReplicaSetUpdated"), "1"),
        ("Creating", Family::Progress, json!({"replicas": 3}), json!({}), ""),
        ("Updating", Family::Progress, json!({"replicas": 3}), status(4, 2, 3, "ReplicaSetUpdated"), "2"),
        ("Stalled", Family::Error, json!({"replicas": 3}), status(4, 2, 3, "ProgressDeadlineExceeded"), "2"),
        ("Paused", Family::Neutral, json!({"replicas": 3, "paused": true}), status(3, 1, 3, "DeploymentPaused"), "2"),
    ] {
        let state = deployment_state(spec.clone(), status.clone(), revision);
        assert_eq!((state.word.as_str(), state.family), (word, family), "{spec} {status}");
    }
    let failure = json!({"observedGeneration": 2, "conditions": [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: q"}]});
    let state = deployment_state(json!({"replicas": 2}), failure, "1");
    assert_eq!((state.word.as_str(), state.hint.as_deref()), ("ReplicaFailure", Some("exceeded quota: q")));
    let stalled = deployment_state(json!({}), status(1, 1, 0, "ProgressDeadlineExceeded"), "1");
    assert_eq!(stalled.hint.as_deref(), Some("says ProgressDeadlineExceeded"));
}

#[test]
fn old_replica_sets_are_stopped() {
    let set = |want: i64, exist: i64, ready: i64| {
        replica_set::state(&Object(
            json!({"spec": {"replicas": want}, "status": {"replicas": exist, "readyReplicas": ready}}),
        ))
        .word
    };
    assert_eq!(set(0, 0, 0), "Stopped");
    assert_eq!(set(2, 2, 2), "Running");
    assert_eq!(set(2, 2, 1), "PartlyReady");
    assert_eq!(set(2, 1, 1), "Scaling");
}

/// Healthy, abnormal, cordoned, and both (spec 20 C.2).
#[test]
fn nodes_say_how_they_are() {
    let node = |ready: Option<&str>, cordoned: bool, pressure: bool| {
        let mut conditions = Vec::new();
        if let Some(status) = ready {
            conditions.push(json!({"type": "Ready", "status": status, "message": "kubelet says"}));
        }
        if pressure {
            conditions.push(json!({"type": "DiskPressure", "status": "True", "message": "disk"}));
        }
        let state = node::state(&Object(json!({
            "metadata": {"name": "n", "labels": {
                "node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/": "", "kubernetes.io/role": "x"}},
            "spec": {"unschedulable": cordoned}, "status": {"conditions": conditions}})));
        (state.word, state.family)
    };
    let is = |word: &str, family| (word.to_owned(), family);
    assert_eq!(node(Some("True"), false, false), is("Healthy", Family::Success));
    assert_eq!(node(Some("True"), true, false), is("Cordoned", Family::Warning));
    assert_eq!(node(Some("Unknown"), false, false), is("Abnormal", Family::Error));
    assert_eq!(node(Some("False"), true, false), is("AbnormalCordoned", Family::Error));
    assert_eq!(node(None, false, false), is("Abnormal", Family::Error));
    assert_eq!(node(Some("True"), false, true), is("DiskPressure", Family::Warning));
}

/// A namespace that cannot end says why [W-4].
#[test]
fn a_stuck_namespace_says_why() {
    let state = namespace::state(&Object(json!({
        "metadata": {"name": "team", "deletionTimestamp": "2026-11-20T09:00:00Z"},
        "status": {"phase": "Terminating", "conditions": [
            {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "fine"},
            {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "Some content has finalizers"}]},
    })));
    assert_eq!(state, State::new(Family::Warning, "Terminating").with_hint(Some("Some content has finalizers".into())));
    let delete = namespace::NAMESPACE.action("delete").expect("namespaces can be deleted");
    let applies = |name: &str| (delete.applies)(&Object(json!({"metadata": {"name": name}})));
    assert_eq!(applies("team"), Applies::Yes);
    for name in ["default", "kube-system", "kube-public"] {
        assert_eq!(applies(name), Applies::Refused("refusal-namespace-protected"));
    }
}

/// Series, counted and single Events show one count and one last time [W-107].
#[test]
fn events_of_both_apis_are_counted() {
    let id = model::ClusterId::from_random([1; 8]);
    let joined = clusters::cache::Joined::default();
    let context = kinds::RowContext { cluster: &id, joined: &joined };
    let row = |event: Value| {
        let cells = event::EVENT.row(&Object(event), &context);
        let cell = |id: &str| {
            let at = event::EVENT.columns.iter().position(|column| column.id == id).expect("a column");
            cells[at].plain()
        };
        (cell("count"), cell("last-time"))
    };
    let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time").as_millisecond().to_string();
    let series = json!({"metadata": {}, "eventTime": "2026-01-01T00:00:00.000000Z",
        "series": {"count": 12, "lastObservedTime": "2026-01-01T01:00:00.000000Z"}});
    assert_eq!(row(series), ("12".into(), at("2026-01-01T01:00:00Z")));
    let counted = json!({"metadata": {}, "count": 3, "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:30:00Z"});
    assert_eq!(row(counted), ("3".into(), at("2026-01-01T00:30:00Z")));
    let single = json!({"metadata": {}, "eventTime": "2026-01-01T00:00:00.5Z"});
    assert_eq!(row(single), ("1".into(), at("2026-01-01T00:00:00.5Z")));
}

/// Kinds are found by group and plural, so that two groups may have the same plural.
#[test]
fn the_group_is_part_of_a_kind() {
    for kind in kinds::all() {
        assert_eq!(kinds::find(&kind.key()).map(|found| found.plural), Some(kind.plural));
        let mut foreign = kind.key();
        foreign.group = "other.example.com".to_owned();
        assert!(kinds::find(&foreign).is_none());
        let mut ids: Vec<_> = kind.columns.iter().map(|column| column.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), kind.columns.len(), "{}: a column stands twice", kind.plural);
        assert!(kind.default_sort.is_none_or(|(id, _)| kind.column(id).is_some()));
        assert!(kind.tabs.iter().any(|tab| tab.id == kind.default_tab));
    }
    assert!(kinds::find_by_kind("apps/v1beta9", "ReplicaSet").is_some());
    assert!(kinds::find_by_kind("v1", "ReplicaSet").is_none());
}

/// Every word that the kinds name has a text in both languages.
#[test]
fn kinds_have_their_texts() {
    for locale in ["en", "zh-CN"] {
        let path = format!("{}/../../app/i18n/locales/{locale}/kinds.ftl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the file of texts");
        let missing: Vec<_> =
            kinds::text_keys().into_iter().filter(|key| !text.contains(&format!("\n{key} = "))).collect();
        assert!(missing.is_empty(), "{locale}: {missing:?}");
    }
}

/// Readiness is missing while a Pod starts and after it has ended; that is no error above its page. [W-104]
#[test]
fn readiness_that_cannot_be_there_is_no_error() {
    use clusters::detail::conditions;
    let families = |name: &str| {
        let pod = pods().iter().find(|case| case["name"] == name).map(manifest).expect("a case");
        let lines = conditions::lines(&pod, pod::POD.inverted_conditions, pod_status::state_of(&pod).family);
        lines.into_iter().map(|line| (line.kind, line.family)).collect::<Vec<_>>()
    };
    let none_bad =
        |name: &str| !families(name).iter().any(|(_, family)| matches!(family, Family::Error | Family::Warning));
    for name in ["completed", "container-creating", "init-0-of-2", "gated", "running", "terminating"] {
        assert!(none_bad(name), "{name}: {:?}", families(name));
    }
    for name in ["running-not-ready", "crash-loop", "pending-unschedulable", "oom-killed"] {
        assert!(!none_bad(name), "{name}: {:?}", families(name));
    }
}
