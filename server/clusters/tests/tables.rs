//! Filter, order, paging and memory of watch caches, without a cluster: the cache is filled by hand.

use clusters::access::Scope;
use clusters::cache::{Batch, Cache, Joined};
use clusters::kinds::nodes::node::NODE;
use clusters::kinds::workloads::deployment::DEPLOYMENT;
use clusters::kinds::workloads::pod::POD;
use clusters::kinds::workloads::replica_set::REPLICA_SET;
use clusters::kinds::{Kind, events::event::EVENT};
use clusters::table::View;
use model::ClusterId;
use model::table::{Cell, Family, Filter, Freshness, Page, Query};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn id() -> ClusterId {
    ClusterId::from_random([7; 8])
}

fn fill(kind: &'static Kind, objects: Vec<Value>) -> Arc<Cache> {
    let cache = Cache::new(id(), kind);
    let mut batch = Batch::default();
    for object in objects {
        cache.gather(&mut batch, object);
    }
    cache.replace(batch);
    Arc::new(cache)
}

fn see(cache: &Arc<Cache>, scope: Scope, between: Vec<Arc<Cache>>, query: &Query) -> Page {
    View::over(Arc::clone(cache), scope, Arc::new(Joined::default()), between).page(query)
}

fn names(page: &Page) -> Vec<&str> {
    page.rows.iter().map(|row| row.name.as_str()).collect()
}

fn query(tokens: &[&str]) -> Query {
    Query { filters: tokens.iter().flat_map(|token| Filter::parse_all(token)).collect(), ..Query::default() }
}

fn pod(namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut pod = json!({
        "metadata": {"name": name, "namespace": namespace, "uid": format!("uid-{namespace}-{name}"),
            "resourceVersion": "1", "creationTimestamp": "2026-11-20T08:00:00Z"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "reg:5000/team/app:1.2"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-11-20T08:00:01Z"}}}]},
    });
    change(&mut pod);
    pod
}

fn some_pods() -> Arc<Cache> {
    fill(
        &POD,
        vec![
            pod("a", "api", |pod| pod["metadata"]["labels"] = json!({"app": "api", "tier": ""})),
            pod("a", "web", |pod| {
                pod["metadata"]["labels"] = json!({"app": "web"});
                pod["spec"]["nodeName"] = json!("node-2");
                pod["status"]["podIP"] = json!("10.0.0.12");
            }),
            pod("b", "web", |pod| {
                pod["spec"]["containers"][0]["image"] = json!("reg:5000/team/app@sha256:abc");
                pod["status"]["containerStatuses"][0]["restartCount"] = json!(12);
                pod["status"]["podIP"] = json!("10.0.0.2");
            }),
            pod("b", "job", |pod| {
                pod["status"]["containerStatuses"][0] = json!({"name": "app", "restartCount": 7, "state":
                    {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}});
                pod["metadata"]["creationTimestamp"] = json!("2026-11-21T08:00:00Z");
            }),
            pod("c", "late", |pod| {
                pod["status"] = json!({"phase": "Pending"});
                pod["spec"]["nodeName"] = Value::Null;
            }),
        ],
    )
}

/// Name (substring) and label, several at once; `!=`, a key alone, an image by part, the node, the address [W-19].
#[test]
fn filters_take_the_index() {
    let cache = some_pods();
    let found = |tokens: &[&str]| {
        let page = see(&cache, Scope::All, Vec::new(), &query(tokens));
        let mut found: Vec<_> =
            page.rows.iter().map(|row| format!("{}/{}", row.namespace.as_deref().unwrap_or("-"), row.name)).collect();
        found.sort_unstable();
        (found.join(" "), page.matching)
    };
    assert_eq!(found(&[]).1, 5);
    assert_eq!(found(&["WE"]), ("a/web b/web".into(), 2));
    assert_eq!(found(&["name=web"]), ("a/web b/web".into(), 2));
    assert_eq!(found(&["app=web"]), ("a/web".into(), 1));
    assert_eq!(found(&["label=tier"]), ("a/api".into(), 1));
    assert_eq!(found(&["label=tier="]), ("a/api".into(), 1));
    assert_eq!(found(&["label!=app"]), ("b/job b/web c/late".into(), 3));
    assert_eq!(found(&["app!=web"]).1, 4);
    assert_eq!(found(&["app in (web, api)"]), ("a/api a/web".into(), 2));
    assert_eq!(found(&["app notin (web)"]).1, 4, "as kubectl: also those without the label");
    assert_eq!(found(&["!app"]), found(&["label!=app"]));
    assert_eq!(found(&["app in (web,api),!tier"]), ("a/web".into(), 1));
    assert_eq!(found(&["app in (web"]).1, 0, "a broken requirement matches nothing");
    assert_eq!(found(&["app notin web"]).1, 0);
    assert_eq!(found(&["image~SHA256"]), ("b/web".into(), 1));
    assert_eq!(found(&["node=node-2"]), ("a/web".into(), 1));
    assert_eq!(found(&["node~node-"]).1, 4);
    assert_eq!(found(&["ip=10.0.0.1"]), ("a/api b/job".into(), 2));
    assert_eq!(found(&["state=CrashLoopBackOff"]), ("b/job".into(), 1));
    assert_eq!(found(&["uid=uid-b-web"]), ("b/web".into(), 1));
    assert_eq!(found(&["web", "image~sha256"]), ("b/web".into(), 1));
    assert_eq!(found(&["web", "app!=web"]), ("b/web".into(), 1));
}

/// By value, over all pages, empties last in both directions, ties by name.
#[test]
fn order_is_by_value_over_all_pages() {
    let cache = some_pods();
    let sorted = |sort: &str, descending: bool| {
        let query = Query { sort: sort.into(), descending, ..Query::default() };
        let page = see(&cache, Scope::All, Vec::new(), &query);
        page.rows
            .iter()
            .map(|row| format!("{}/{}", row.namespace.as_deref().unwrap_or("-"), row.name))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(sorted("", false), "b/job c/late a/api a/web b/web", "trouble first");
    assert_eq!(sorted("nonsense", true), "b/job c/late a/api a/web b/web");
    assert_eq!(sorted("name", false), "a/api b/job c/late a/web b/web");
    assert_eq!(sorted("name", true), "b/web a/web c/late b/job a/api");
    assert_eq!(sorted("restarts", true), "b/web b/job a/api c/late a/web");
    assert_eq!(sorted("ip", false), "a/api b/job b/web a/web c/late");
    assert_eq!(sorted("ip", true), "a/web b/web a/api b/job c/late");
    assert_eq!(sorted("age", false).split(' ').next(), Some("b/job"), "youngest first");
    assert_eq!(sorted("namespace", true), "c/late b/job b/web a/api a/web");
}

/// Namespaces chosen, namespaces allowed, families counted before the state filter.
#[test]
fn scope_namespaces_and_counts() {
    let cache = some_pods();
    let of = |scope: Scope, namespaces: &[&str], state| {
        let query =
            Query { namespaces: namespaces.iter().map(|n| (*n).to_owned()).collect(), state, ..Query::default() };
        see(&cache, scope, Vec::new(), &query)
    };
    let only_b = Scope::Namespaces(BTreeSet::from(["b".to_owned()]));
    let page = of(only_b.clone(), &[], None);
    assert_eq!((names(&page), page.total), (vec!["job", "web"], 2));
    assert_eq!(of(only_b.clone(), &["a", "c"], None).total, 0);
    assert_eq!(of(only_b, &["a", "b"], None).total, 2);
    assert_eq!(of(Scope::None, &[], None).total, 0);
    let page = of(Scope::All, &["a", "b"], Some(Family::Error));
    assert_eq!((names(&page), page.matching, page.total), (vec!["job"], 1, 4));
    let counts: Vec<_> = page.counts.iter().map(|count| (count.family, count.n)).collect();
    assert_eq!(counts, [(Family::Error, 1), (Family::Success, 3)]);
}

#[test]
fn pages_are_cut_and_the_last_one_stands_in() {
    let cache = fill(&POD, (0..45).map(|n| pod("a", &format!("p{n:02}"), |_| ())).collect());
    let page = |page| see(&cache, Scope::All, Vec::new(), &Query { page, ..Query::default() });
    assert_eq!(names(&page(1))[..2], ["p00", "p01"]);
    assert_eq!((page(2).rows.len(), names(&page(3))), (20, vec!["p40", "p41", "p42", "p43", "p44"]));
    assert_eq!(names(&page(99)), names(&page(3)));
    assert_eq!(page(1).matching, 45);
}

/// Deployment → ReplicaSet → Pod and their Events, by uid: a name that starts alike is somebody else's.
#[test]
fn owners_are_followed_by_uid() {
    let owner = |kind: &str, uid: &str| json!([{"apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": uid, "controller": true}]);
    let set = |uid: &str, name: &str, owners: Value| json!({"metadata": {"uid": uid, "name": name, "namespace": "a", "ownerReferences": owners}});
    let sets = fill(
        &REPLICA_SET,
        vec![
            set("rs-1", "web-1", owner("Deployment", "d-web")),
            set("rs-2", "web-2", owner("Deployment", "d-web")),
            set("rs-3", "web-1x", owner("Deployment", "d-web-1")),
        ],
    );
    let with =
        |name: &str, uid: &str| pod("a", name, |pod| pod["metadata"]["ownerReferences"] = owner("ReplicaSet", uid));
    let pods = fill(
        &POD,
        vec![
            with("web-1-a", "rs-1"),
            with("web-2-b", "rs-2"),
            with("web-1x-c", "rs-3"),
            pod("a", "web-1-bare", |_| ()),
        ],
    );
    let found = see(&pods, Scope::All, vec![Arc::clone(&sets)], &query(&["owner=d-web"]));
    assert_eq!(names(&found), ["web-1-a", "web-2-b"]);
    assert_eq!(names(&see(&pods, Scope::All, vec![Arc::clone(&sets)], &query(&["owner=rs-3"]))), ["web-1x-c"]);

    let about = |uid: &str, name: &str| json!({"metadata": {"uid": format!("e-{name}"), "name": name, "namespace": "a"}, "involvedObject": {"uid": uid}});
    let events = fill(
        &EVENT,
        vec![
            about("d-web", "on-deployment"),
            about("rs-1", "on-set"),
            about("uid-a-web-2-b", "on-pod"),
            about("uid-a-web-1x-c", "on-other"),
            about("node-1", "on-node"),
        ],
    );
    let nodes = fill(&NODE, vec![json!({"metadata": {"uid": "n-1", "name": "node-1"}})]);
    let between = vec![nodes, sets, pods];
    let mut found = see(&events, Scope::All, between.clone(), &query(&["owner=d-web"]));
    found.rows.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(names(&found), ["on-deployment", "on-pod", "on-set"]);
    // Kubelets put the node's name where its uid belongs.
    assert_eq!(names(&see(&events, Scope::All, between, &query(&["owner=n-1"]))), ["on-node"]);
}

/// A row's version changes with what is drawn and with nothing else.
#[test]
fn versions_follow_what_is_drawn() {
    let cache = some_pods();
    let version = || see(&cache, Scope::All, Vec::new(), &query(&["uid=uid-a-api"])).rows[0].version.clone();
    let (before, generation) = (version(), cache.generation());
    let labels = |pod: &mut Value| pod["metadata"]["labels"] = json!({"app": "api", "tier": ""});
    cache.apply(pod("a", "api", |pod| {
        labels(pod);
        pod["metadata"]["resourceVersion"] = json!("2");
        pod["metadata"]["managedFields"] = json!([{"manager": "kubelet"}]);
        pod["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": "{}", "x": "y"});
        pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    }));
    assert_eq!((version(), cache.generation()), (before.clone(), generation), "nothing drawn changed");
    assert_eq!(cache.object("uid-a-api").expect("there").version(), "2");
    cache.apply(pod("a", "api", |pod| {
        labels(pod);
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(1);
    }));
    assert_ne!(version(), before);
    assert_eq!(cache.generation(), generation + 1);
    cache.remove("uid-a-api");
    assert_eq!(see(&cache, Scope::All, Vec::new(), &query(&["uid=uid-a-api"])).matching, 0);
}

/// A lost connection keeps the rows with their age; the next word of the cluster ends it; a list drops what is gone.
#[test]
fn failures_keep_the_last_rows() {
    let cache = some_pods();
    let page = || see(&cache, Scope::All, Vec::new(), &Query::default());
    assert_eq!(page().freshness, Freshness::Live);
    let mut told = cache.subscribe();
    cache.lost("cluster-error-connect");
    assert!(told.has_changed().expect("open"));
    told.mark_unchanged();
    let Freshness::Stale { since, as_of, reason } = page().freshness else { panic!("stale") };
    assert!(as_of.is_some_and(|at| at <= since));
    assert_eq!((reason.as_str(), page().rows.len()), ("cluster-error-connect", 5));
    cache.lost("cluster-error-unauthorized");
    let Freshness::Stale { since: later, .. } = page().freshness else { panic!("stale") };
    assert_eq!(since, later, "since the first failure in a row");
    cache.alive();
    assert_eq!(page().freshness, Freshness::Live);
    let mut batch = Batch::default();
    cache.gather(&mut batch, pod("a", "api", |_| ()));
    assert_eq!(page().rows.len(), 5, "a list under way costs no row");
    cache.replace(batch);
    assert_eq!(names(&page()), ["api"]);
    assert_eq!(Cache::new(id(), &POD).freshness(), Freshness::Loading);
}

/// Only the newest Events are kept.
#[test]
fn events_are_bounded() {
    let event = |n: usize| {
        let at = jiff::Timestamp::from_second(1_700_000_000 + n as i64).expect("a time").to_string();
        json!({"metadata": {"uid": format!("e{n}"), "name": format!("e{n}"), "namespace": "a", "creationTimestamp": at}})
    };
    let cache = fill(&EVENT, (0..25_000).map(event).collect());
    assert!(cache.len() <= 22_000, "{}", cache.len());
    assert!(cache.get("e24999").is_some() && cache.get("e0").is_none());
    for n in 25_000..28_000 {
        cache.apply(event(n));
    }
    assert!(cache.len() <= 22_000 && cache.get("e27999").is_some(), "{}", cache.len());
    assert_eq!(cache.bytes(), cache.entries().iter().map(|entry| entry.size()).sum::<usize>());
}

/// Restarts of a Deployment are those of its Pods; a person who may not list Pods sees a dash.
#[test]
fn restarts_are_joined() {
    let owners = |kind: &str, uid: &str| json!([{"apiVersion": "apps/v1", "kind": kind, "name": "x", "uid": uid, "controller": true}]);
    let deployment = |name: &str| json!({"metadata": {"uid": name, "name": name, "namespace": "a"}, "spec": {"replicas": 1}, "status": {}});
    let list = fill(&DEPLOYMENT, vec![deployment("calm"), deployment("wild"), deployment("idle")]);
    let set = |uid: &str, of: &str| json!({"metadata": {"uid": uid, "name": uid, "namespace": "a", "ownerReferences": owners("Deployment", of)}});
    let sets = fill(&REPLICA_SET, vec![set("s1", "calm"), set("s2", "wild")]);
    let with = |name: &str, of: &str, restarts: i64| {
        pod("a", name, |pod| {
            pod["metadata"]["ownerReferences"] = owners("ReplicaSet", of);
            pod["status"]["containerStatuses"][0]["restartCount"] = json!(restarts);
        })
    };
    let pods = fill(&POD, vec![with("p1", "s1", 1), with("p2", "s2", 30), with("p3", "s2", 4)]);
    let joined = Arc::new(Joined::of(&pods, &sets));
    let query = Query { sort: "restarts".into(), descending: true, ..Query::default() };
    let column = DEPLOYMENT.columns.iter().position(|column| column.id == "restarts").expect("a column");
    let cells = |joined: Arc<Joined>| {
        let page = View::over(Arc::clone(&list), Scope::All, joined, Vec::new()).page(&query);
        page.rows.into_iter().map(|row| (row.name, row.cells[column].clone())).collect::<Vec<_>>()
    };
    let count = |n| Cell::Count { n, family: None };
    assert_eq!(
        cells(joined),
        [("wild".to_owned(), count(34)), ("calm".to_owned(), count(1)), ("idle".to_owned(), count(0))]
    );
    assert!(cells(Arc::default()).iter().all(|(_, cell)| *cell == Cell::Empty));
}
