//! Calls as a person: identity, refusals, preconditions, warnings.

use crate::{Real, kind};
use clusters::access::{list_scope, list_scope_among};
use clusters::{Action, Ask, ClusterError, ListQuery, Scope, Write};
use model::change::Propagation;
use model::object::KindKey;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testcluster::fixture::cluster;
use testcluster::wait_until;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": crate::BUSYBOX}]}},
        },
    })
}

fn write(namespace: &str, name: &str, action: Action) -> Write {
    Write::new(kind("deployments.apps"), Some(namespace), name, action)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn the_cluster_sees_the_person_whatever_the_script_of_the_name() {
    let real = Real::new().await;
    let (user, groups) = real.user("gantry:张伟", &["gantry:read-only", "团队:甲"]).who().await.unwrap();
    assert_eq!(user, "gantry:张伟");
    assert!(groups.contains(&"gantry:read-only".to_owned()) && groups.contains(&"团队:甲".to_owned()), "{groups:?}");
    for bad in ["", "a\nb", " a", "a\r\nImpersonate-Group: system:masters"] {
        let caller = clusters::Caller { user: bad.into(), groups: Vec::new() };
        let refused = real.clusters.user(&real.id, &caller);
        assert!(matches!(refused, Err(ClusterError::BadName { .. })), "{bad:?}");
    }
}

#[tokio::test]
async fn a_reader_reads_all_but_secrets_and_changes_nothing() {
    let (real, namespace) = (Real::new().await, cluster().namespace("reader").unwrap());
    let reader = real.reader();
    let all = ListQuery::default();
    for readable in ["pods", "nodes", "deployments.apps", "configmaps", "clusterroles.rbac.authorization.k8s.io"] {
        reader.list(&kind(readable), None, &all).await.unwrap_or_else(|error| panic!("{readable}: {error}"));
    }
    let refused = reader.list(&kind("secrets"), Some(&namespace.name), &all).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Some(403), "cluster-error-forbidden"));
    assert!(refused.api().unwrap().message.contains("gantry:rea"), "the cluster's own words");
    let create = write(&namespace.name, "x", Action::Create { object: deployment("x") });
    assert!(reader.write(&create, false).await.unwrap_err().is_forbidden());
    assert!(reader.write(&create, true).await.unwrap_err().is_forbidden(), "a dry run too");
    real.admin().write(&create, true).await.unwrap();
}

#[tokio::test]
async fn a_dry_run_warns_and_stores_nothing() {
    let (real, namespace) = (Real::new().await, cluster().namespace("dry").unwrap());
    let admin = real.admin();
    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]);
    let create = write(&namespace.name, "web", Action::Create { object: object.clone() });
    let written = admin.write(&create, true).await.unwrap();
    assert!(written.warnings.iter().any(|w| w.contains("hides previous definition")), "{:?}", written.warnings);
    assert_eq!(written.object.unwrap()["spec"]["strategy"]["type"], "RollingUpdate", "with the server's defaults");
    let got = admin.get(&kind("deployments.apps"), Some(&namespace.name), "web").await;
    assert!(got.unwrap_err().is_not_found());

    object["spec"]["replica"] = json!(2);
    let error = admin.write(&write(&namespace.name, "web", Action::Create { object }), true).await.unwrap_err();
    let error = error.api().unwrap().clone();
    assert!(error.status == 400 && error.message.contains("unknown field \"spec.replica\""), "{error}");

    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("");
    let error = admin.write(&write(&namespace.name, "web", Action::Create { object }), true).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(422), "cluster-error-invalid"));
    let fields: Vec<_> = error.api().unwrap().causes.iter().map(|cause| cause.field.clone()).collect();
    assert_eq!(fields, ["spec.template.spec.containers[0].image"]);
}

/// [W-79] on the level of calls: what somebody else changed meanwhile is not overwritten.
#[tokio::test]
async fn changes_hold_on_to_version_and_uid() {
    let (real, namespace) = (Real::new().await, cluster().namespace("hold").unwrap());
    let (admin, ns) = (real.admin(), namespace.name.as_str());
    let made = admin.write(&write(ns, "web", Action::Create { object: deployment("web") }), false).await.unwrap();
    assert_eq!(made.object.unwrap()["metadata"]["managedFields"][0]["manager"], "gantry");
    // The controller writes the status; after that nobody but us changes it.
    namespace.run(&["wait", "--for=condition=Available", "deployment/web", "--timeout=60s"]).unwrap();
    let first = admin.get(&kind("deployments.apps"), Some(ns), "web").await.unwrap();
    let (version, uid) = (text(&first["metadata"]["resourceVersion"]), text(&first["metadata"]["uid"]));

    let patch = json!({"metadata": {"labels": {"a": "1"}}});
    let merge = |patch: &Value, version: Option<&str>| {
        write(ns, "web", Action::MergePatch { patch: patch.clone(), version: version.map(str::to_owned) })
    };
    admin.write(&merge(&patch, Some(&version)).of(Some(&uid)), false).await.unwrap();
    let stale = admin.write(&merge(&patch, Some(&version)), false).await.unwrap_err();
    assert!(stale.is_conflict() && !stale.is_already_exists(), "{stale}");
    let replace =
        |version: &str| write(ns, "web", Action::Replace { object: first.clone(), version: version.to_owned() });
    assert!(admin.write(&replace(&version), false).await.unwrap_err().is_conflict());

    let other = Some("00000000-0000-0000-0000-000000000000");
    let latest = admin.get(&kind("deployments.apps"), Some(ns), "web").await.unwrap();
    let latest = text(&latest["metadata"]["resourceVersion"]);
    assert!(admin.write(&replace(&latest).of(other), false).await.unwrap_err().is_conflict());
    admin.write(&replace(&latest).of(Some(&uid)), true).await.unwrap();
    assert!(admin.write(&merge(&patch, None).of(other), false).await.unwrap_err().is_conflict());
    let steps = json!([{"op": "add", "path": "/metadata/labels/b", "value": "2"}]);
    let json_patch = || write(ns, "web", Action::JsonPatch { patch: steps.clone() });
    assert!(admin.write(&json_patch().of(other), false).await.unwrap_err().is_conflict());
    let after = admin.write(&json_patch().of(Some(&uid)), false).await.unwrap().object.unwrap();
    assert_eq!(after["metadata"]["labels"], json!({"a": "1", "b": "2"}));

    let scale = |replicas: u32| {
        let body = json!({"spec": {"replicas": replicas}});
        write(ns, "web", Action::Subresource { subresource: "scale".into(), body, create: false })
    };
    assert!(admin.write(&scale(1).of(other), false).await.unwrap_err().is_conflict());
    admin.write(&scale(1).of(Some(&uid)), false).await.unwrap();
    let live = admin.get(&kind("deployments.apps"), Some(ns), "web").await.unwrap();
    assert_eq!(live["spec"]["replicas"], 1);

    let again = admin.write(&write(ns, "web", Action::Create { object: deployment("web") }), false).await.unwrap_err();
    assert!(again.is_already_exists() && !again.is_conflict());
    let delete = || write(ns, "web", Action::Delete { propagation: Propagation::Background, force: false });
    assert!(admin.write(&delete().of(other), false).await.unwrap_err().is_conflict());
    admin.write(&delete().of(Some(&uid)), true).await.unwrap();
    admin.get(&kind("deployments.apps"), Some(ns), "web").await.expect("a dry run deletes nothing");
    admin.write(&delete().of(Some(&uid)), false).await.unwrap();
    assert!(admin.write(&delete().of(Some(&uid)), false).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn another_managers_fields_are_not_taken_unasked() {
    let (real, namespace) = (Real::new().await, cluster().namespace("apply").unwrap());
    let admin = real.admin();
    namespace.apply(&deployment("web").to_string()).unwrap();
    let mut mine = deployment("web");
    mine["spec"]["replicas"] = json!(3);
    let apply = |force| write(&namespace.name, "web", Action::Apply { object: mine.clone(), force });
    let refused = admin.write(&apply(false), true).await.unwrap_err();
    assert!(refused.is_conflict());
    let cause = refused.api().unwrap().causes[0].clone();
    assert_eq!((cause.field.as_str(), cause.reason.as_str()), (".spec.replicas", "FieldManagerConflict"));
    assert_eq!(admin.write(&apply(true), true).await.unwrap().object.unwrap()["spec"]["replicas"], 3);
}

#[tokio::test]
async fn dependents_stay_only_by_choice() {
    let (real, namespace) = (Real::new().await, cluster().namespace("orphan").unwrap());
    let (admin, ns) = (real.admin(), namespace.name.as_str());
    for (name, propagation) in [("kept", Propagation::Orphan), ("taken", Propagation::Foreground)] {
        admin.write(&write(ns, name, Action::Create { object: deployment(name) }), false).await.unwrap();
        let made = || namespace.run(&["get", "replicaset", "-l", &format!("app={name}"), "-o", "name"]).unwrap();
        wait_until(LIMIT, "a ReplicaSet", || Ok((!made().trim().is_empty()).then_some(()))).unwrap();
        let delete = Action::Delete { propagation, force: false };
        admin.write(&write(ns, name, delete), false).await.unwrap();
        let gone = || namespace.run(&["get", "deployment", name, "--ignore-not-found", "-o", "name"]).unwrap();
        wait_until(LIMIT, "the end", || Ok(gone().trim().is_empty().then_some(()))).unwrap();
        assert_eq!(made().trim().is_empty(), propagation == Propagation::Foreground, "{name}");
    }
}

#[tokio::test]
async fn lists_come_in_pages_and_by_selector() {
    let (real, namespace) = (Real::new().await, cluster().namespace("pages").unwrap());
    let (admin, ns, maps) = (real.admin(), namespace.name.as_str(), kind("configmaps"));
    for number in 0..7 {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": format!("m-{number}"), "labels": {"odd": (number % 2).to_string()}}});
        let create = Write::new(maps.clone(), Some(ns), "", Action::Create { object });
        admin.write(&create, false).await.unwrap();
    }
    let mut query = ListQuery { limit: Some(3), ..ListQuery::default() };
    let mut names = Vec::new();
    loop {
        let page = admin.list(&maps, Some(ns), &query).await.unwrap();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["metadata"]["name"])));
        match page["metadata"]["continue"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => query.continue_token = Some(token.to_owned()),
            None => break,
        }
    }
    names.retain(|name| name.starts_with("m-"));
    assert_eq!(names.len(), 7);
    let odd = ListQuery { label_selector: Some("odd=1".into()), ..ListQuery::default() };
    assert_eq!(admin.list(&maps, Some(ns), &odd).await.unwrap()["items"].as_array().unwrap().len(), 3);
    let one = ListQuery { field_selector: Some("metadata.name=m-4".into()), ..ListQuery::default() };
    assert_eq!(admin.list(&maps, Some(ns), &one).await.unwrap()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn names_with_odd_characters_are_one_object() {
    let real = Real::new().await;
    let (admin, roles) = (real.admin(), kind("clusterroles.rbac.authorization.k8s.io"));
    let name = format!("gantry-test:{}:a?b#c d", std::process::id());
    let object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name}, "rules": []});
    let create = Write::new(roles.clone(), None, "", Action::Create { object });
    admin.write(&create, false).await.unwrap();
    let got = admin.get(&roles, None, &name).await.unwrap();
    assert_eq!(got["metadata"]["name"], name);
    let delete = Action::Delete { propagation: Propagation::Background, force: false };
    admin.write(&Write::new(roles, None, &name, delete), false).await.unwrap();
}

#[tokio::test]
async fn discovery_knows_kinds_that_no_table_names() {
    let real = Real::new().await;
    let leases = KindKey::parse("leases.coordination.k8s.io").unwrap();
    let found = real.clusters.resource(&real.id, &leases).await.unwrap();
    assert_eq!((found.kind.as_str(), found.version.as_str(), found.namespaced), ("Lease", "v1", true));
    let served = real.clusters.served(&real.id).await.unwrap();
    let deployments = &served[&KindKey::parse("deployments.apps").unwrap()];
    assert!(deployments.subresources.contains(&"scale".to_owned()), "{deployments:?}");
    // The built-in table says what the cluster says.
    for (key, served) in served.iter() {
        if let Some(built_in) = clusters::discovery::built_in(key) {
            assert_eq!(built_in, served.resource);
        }
    }
    let nothing = KindKey::parse("things.example.com").unwrap();
    let unknown = real.clusters.resource(&real.id, &nothing).await.unwrap_err();
    assert_eq!(unknown, ClusterError::UnknownKind { kind: "things.example.com".into() });
}

#[tokio::test]
async fn a_list_reaches_as_far_as_the_persons_rights() {
    let (real, namespace) = (Real::new().await, cluster().namespace("scope").unwrap());
    let pods = kind("pods");
    assert_eq!(list_scope(&real.reader(), &pods).await.unwrap(), Scope::All);
    let guest = format!("gantry:guest-{}", namespace.name);
    assert_eq!(list_scope(&real.user(&guest, &[]), &kind("nodes")).await.unwrap(), Scope::None);
    namespace.run(&["create", "rolebinding", "guest", "--clusterrole=view", &format!("--user={guest}")]).unwrap();
    let only = Scope::Namespaces(BTreeSet::from([namespace.name.clone()]));
    let ask = Ask::of("list", &pods).within(Some(&namespace.name));
    let user = real.user(&guest, &[]);
    for _ in 0..100 {
        if user.allowed_now(&ask).await.unwrap().allowed {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(list_scope(&user, &pods).await.unwrap(), only);
    let among = list_scope_among(&user, &pods, ["default".to_owned(), namespace.name.clone()]).await.unwrap();
    assert_eq!(among, only);
    assert!(!only.contains(None) && only.contains(Some(&namespace.name)) && !only.contains(Some("default")));
    let refused = user.demand(&Ask::of("create", &kind("deployments.apps")).within(Some("default"))).await;
    let wanted = ClusterError::Forbidden {
        verb: "create".into(),
        resource: "deployments.apps".into(),
        namespace: Some("default".into()),
    };
    assert_eq!(refused, Err(wanted));
}
