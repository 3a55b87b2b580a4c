//! Detail pages of real objects.

use clusters::detail;
use clusters::kinds::workloads::deployment::DEPLOYMENT;
use clusters::kinds::workloads::pod::POD;
use clusters::{Caller, ClusterConfig, ClusterError, Clusters, IdentityMode, Settings, Source, table};
use model::ClusterId;
use model::detail::{ContainerRole, DetailView, EnvLine};
use model::table::{Cell, Family};
use serde_json::{Value, json};
use std::time::Duration;
use testcluster::fixture;

const BUDGET: Duration = Duration::from_secs(5);

fn value<'a>(view: &'a DetailView, section: &str, label: &str) -> &'a Cell {
    let section = view.sections.iter().find(|known| known.id == section).expect("a section");
    &section.rows.iter().find(|row| row.label == format!("detail-{label}")).expect("a row").value
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "shop", "labels": {"team": "a"}, "annotations": {"description": "sells"}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "shop"}}, "template": {
            "metadata": {"labels": {"app": "shop"}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "initContainers": [
                    {"name": "side", "image": "tc.local/busybox:1.35", "restartPolicy": "Always", "command": ["sleep", "3600"]},
                    {"name": "first", "image": "tc.local/busybox:1.35", "command": ["true"]}],
                "containers": [{"name": "app", "image": "tc.local/busybox:1.35", "command": ["sleep"], "args": ["3600"],
                    "workingDir": "/tmp", "ports": [{"name": "http", "containerPort": 8080}],
                    "env": [{"name": "MODE", "value": "x=y"},
                        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}}],
                    "envFrom": [{"configMapRef": {"name": "more", "optional": true}, "prefix": "P_"}],
                    "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}},
                    "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": true}],
                    "readinessProbe": {"exec": {"command": ["true"]}, "periodSeconds": 1}}],
                "volumes": [{"name": "data", "emptyDir": {}}]}}}})
}

/// Sections, conditions, containers with their runs, the owner as a link; and no more than the person may read
/// [W-104] [W-109].
#[tokio::test(flavor = "multi_thread")]
async fn details_say_what_the_object_says() {
    let cluster = fixture::cluster();
    let space = cluster.namespace("detail").expect("a namespace");
    space.apply(&deployment().to_string()).expect("applied");
    space.run(&["wait", "--for=condition=Available", "deployment/shop", "--timeout=90s"]).expect("available");
    let clusters = Clusters::new(Settings::default());
    let id = ClusterId::from_random([b'd'; 8]);
    let text = std::fs::read_to_string(&cluster.kubeconfig).expect("a kubeconfig");
    clusters.put(ClusterConfig {
        id: id.clone(),
        source: Source::Kubeconfig { text },
        identity: IdentityMode::Impersonate,
    });
    let admin = Caller { user: "gantry:test-admin".into(), groups: vec!["system:masters".into()] };
    let namespace = Some(space.name.as_str());

    let (view, object) =
        detail::view(&clusters, &id, &DEPLOYMENT, &admin, namespace, "shop", BUDGET).await.expect("readable");
    assert_eq!((view.state.word.as_str(), view.state.family), ("Running", Family::Success));
    assert_eq!(value(&view, "basic", "description"), &Cell::text("sells"));
    assert_eq!(value(&view, "basic", "selector"), &Cell::Labels(vec![("app".into(), "shop".into())]));
    assert_eq!(value(&view, "replicas", "strategy").plain(), "RollingUpdate (maxSurge 25%, maxUnavailable 25%)");
    assert_eq!(value(&view, "replicas", "running"), &Cell::Count { n: 1, family: None });
    assert_eq!(value(&view, "volumes", "volumes"), &Cell::List(vec!["data: emptyDir".into()]));
    assert!(view.conditions.iter().all(|condition| condition.family == Family::Success), "{:?}", view.conditions);
    assert_eq!(view.owner, None);
    assert_eq!(object["spec"]["replicas"], 1);
    let roles: Vec<_> = view.containers.iter().map(|line| (line.name.as_str(), line.role)).collect();
    assert_eq!(roles, [("side", ContainerRole::Sidecar), ("first", ContainerRole::Init), ("app", ContainerRole::Main)]);
    let app = &view.containers[2];
    assert_eq!(app.state, None, "a template has no runs");
    assert_eq!(
        (app.command.clone(), app.args.clone(), app.working_dir.as_str()),
        (vec!["sleep".to_owned()], vec!["3600".to_owned()], "/tmp")
    );
    assert_eq!(app.ports, ["http 8080/TCP"]);
    assert_eq!((&*app.cpu_request, &*app.cpu_limit, &*app.memory_limit), ("10m", "", "64Mi"));
    let env = |name: &str, value: &str, source: &str| EnvLine {
        name: name.into(),
        value: value.into(),
        source: source.into(),
    };
    assert_eq!(app.env, [env("MODE", "x=y", ""), env("KEY", "", "Secret s / k"), env("P_*", "", "ConfigMap more")]);
    assert_eq!(app.mounts, ["data → /data (ro)"]);
    assert_eq!(
        app.probes,
        [("readiness".to_owned(), "exec true delay=0s timeout=1s period=1s #success=1 #failure=3".to_owned())]
    );

    let uid = view.target.uid.clone().expect("a uid");
    let pods = table::pods_of(&clusters, &id, &admin, &uid, BUDGET).await.expect("Pods");
    let [pod] = &pods[..] else { panic!("{pods:?}") };
    let (view, _) = detail::view(&clusters, &id, &POD, &admin, namespace, pod.name(), BUDGET).await.expect("readable");
    let Some(Cell::Link { text, href, .. }) = &view.owner else { panic!("{:?}", view.owner) };
    assert!(text.starts_with("ReplicaSet/shop-") && href.contains("/replicasets.apps/"), "{text} {href}");
    let states: Vec<_> =
        view.containers.iter().map(|line| line.state.as_ref().map_or("", |state| &state.word)).collect();
    assert_eq!(states, ["Running", "Completed", "Running"]);
    assert_eq!(view.containers[1].last_end.as_ref().map(|end| end.exit_code), Some(0));
    assert!(view.containers[2].ready == Some(true) && view.containers[2].id.starts_with("containerd://"));
    assert_eq!(view.containers[2].restarts, Some(0));
    assert_eq!(value(&view, "placement", "pod-ip").plain(), pod.text("/status/podIP"));
    assert!(matches!(value(&view, "placement", "node"), Cell::Link { href, .. } if href.contains("/nodes/-/")));
    let events = table::events_of(&clusters, &id, &admin, &uid, BUDGET).await.expect("Events");
    let reasons: Vec<_> = events.iter().map(|event| event.text("/reason")).collect();
    assert!(
        reasons.contains(&"ScalingReplicaSet") && reasons.contains(&"SuccessfulCreate") && reasons.contains(&"Started"),
        "{reasons:?}"
    );

    let stranger = Caller { user: "gantry:stranger".into(), groups: vec!["system:authenticated".into()] };
    match detail::view(&clusters, &id, &POD, &stranger, namespace, pod.name(), BUDGET).await {
        Err(error) => assert!(error.is_forbidden(), "{error}"),
        Ok(_) => panic!("a stranger reads a Pod"),
    }
    match detail::view(&clusters, &id, &POD, &admin, namespace, "none", BUDGET).await {
        Err(ClusterError::Api(error)) => assert_eq!(error.status, 404),
        other => panic!("{other:?}"),
    }
}
