//! Watch caches and lists against a real cluster, and through a faulty way to it.

use clusters::kinds::namespaces::namespace::NAMESPACE;
use clusters::kinds::workloads::deployment::DEPLOYMENT;
use clusters::kinds::workloads::pod::POD;
use clusters::kinds::{Kind, Object};
use clusters::{Caller, ClusterConfig, ClusterError, Clusters, IdentityMode, Settings, Source, table};
use model::ClusterId;
use model::table::{Cell, Filter, Freshness, Page, Query};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use testcluster::fixture::{self, Namespace};
use testkit::fault_proxy::{Fault, FaultProxy};

const BUDGET: Duration = Duration::from_secs(1);

fn admin() -> Caller {
    Caller { user: "gantry:test-admin".into(), groups: vec!["system:masters".into(), "system:authenticated".into()] }
}

fn nobody(name: &str) -> Caller {
    Caller { user: format!("gantry:{name}"), groups: vec!["system:authenticated".into()] }
}

fn new_id() -> ClusterId {
    static COUNT: AtomicU8 = AtomicU8::new(0);
    ClusterId::from_random([b'w', b'a', b't', b'c', b'h', 0, 0, COUNT.fetch_add(1, Ordering::Relaxed)])
}

/// The console's side of one cluster.
struct Console {
    clusters: Clusters,
    id: ClusterId,
}

impl Console {
    fn of(kubeconfig: &str) -> Self {
        let (clusters, id) = (Clusters::new(Settings::default()), new_id());
        clusters.put(ClusterConfig {
            id: id.clone(),
            source: Source::Kubeconfig { text: kubeconfig.to_owned() },
            identity: IdentityMode::Impersonate,
        });
        Self { clusters, id }
    }

    async fn page(&self, kind: &'static Kind, caller: &Caller, query: &Query) -> Result<Page, ClusterError> {
        table::page(&self.clusters, &self.id, kind, caller, query, BUDGET).await
    }

    /// The first page once the cache is complete.
    async fn ready(&self, kind: &'static Kind, query: &Query) -> Page {
        self.until(kind, query, "a live list", Duration::from_secs(30), |page| page.freshness == Freshness::Live).await
    }

    /// Follows the live channel until the page is as wanted; panics when it does not become so in time.
    async fn until(
        &self,
        kind: &'static Kind,
        query: &Query,
        what: &str,
        within: Duration,
        wanted: impl Fn(&Page) -> bool,
    ) -> Page {
        let mut changes = self.clusters.subscribe(&self.id, kind).expect("a cluster");
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let page = self.page(kind, &admin(), query).await;
            if let Some(page) = page.as_ref().ok().filter(|page| wanted(page)) {
                return page.clone();
            }
            if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
                panic!("not {what} within {within:?}: {page:?}");
            }
        }
    }
}

fn kubeconfig() -> String {
    std::fs::read_to_string(&fixture::cluster().kubeconfig).expect("a kubeconfig")
}

fn within(namespace: &Namespace) -> Query {
    Query { namespaces: vec![namespace.name.clone()], per_page: 100, ..Query::default() }
}

/// A Pod that no scheduler takes, so that nothing but the test changes it.
fn still_pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"schedulerName": "nobody", "containers": [{"name": "app", "image": "tc.local/busybox:1.35"}]}})
}

fn cell<'a>(kind: &Kind, page: &'a Page, name: &str, column: &str) -> &'a Cell {
    let at = kind.columns.iter().position(|known| known.id == column).expect("a column");
    let row = page.rows.iter().find(|row| row.name == name);
    &row.unwrap_or_else(|| panic!("no row {name} in {page:?}")).cells[at]
}

fn has(page: &Page, name: &str) -> bool {
    page.rows.iter().any(|row| row.name == name)
}

fn words(command: &mut Command) -> String {
    let out = command.output().expect("kubectl runs");
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("text")
}

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(30);

/// What is created, changed and deleted with kubectl shows within a second [W-19] [W-104].
#[tokio::test(flavor = "multi_thread")]
async fn changes_show_within_a_second() {
    let space = fixture::cluster().namespace("watch").expect("a namespace");
    let (console, query) = (Console::of(&kubeconfig()), within(&space));
    assert!(console.ready(&POD, &query).await.rows.is_empty());
    space.apply(&still_pod("one").to_string()).expect("applied");
    let page = console.until(&POD, &query, "created", SECOND, |page| has(page, "one")).await;
    let version = page.rows[0].version.clone();
    assert!(matches!(cell(&POD, &page, "one", "state"), Cell::State(state) if state.word == "Pending"));
    space.run(&["annotate", "pod", "one", "x=y"]).expect("annotated");
    let patch = r#"{"status":{"phase":"Failed","reason":"Evicted","message":"too big"}}"#;
    space.run(&["patch", "pod", "one", "--subresource=status", "-p", patch]).expect("patched");
    let evicted = |page: &Page| {
        matches!(cell(&POD, page, "one", "state"),
        Cell::State(state) if state.word == "Evicted" && state.hint.as_deref() == Some("too big"))
    };
    let page = console.until(&POD, &query, "evicted", SECOND, evicted).await;
    assert_ne!(page.rows[0].version, version);
    space.run(&["delete", "pod", "one", "--grace-period=0", "--force"]).expect("deleted");
    console.until(&POD, &query, "gone", SECOND, |page| page.rows.is_empty()).await;
}

/// The states of 47 odd Pods are what the apiserver itself prints for `kubectl get pods` [W-104].
#[tokio::test(flavor = "multi_thread")]
async fn pods_are_printed_as_kubectl_does() {
    let space = fixture::cluster().namespace("states").expect("a namespace");
    let (console, query) = (Console::of(&kubeconfig()), within(&space));
    let cases: Value = serde_json::from_str(include_str!("pod_states.json")).expect("JSON");
    let cases = cases.as_array().expect("a list");
    let user = console.clusters.user(&console.id, &admin()).expect("a client");
    let pods = table::resource(&POD);
    let mut items = Vec::new();
    for case in cases {
        let mut pod = still_pod(case["name"].as_str().expect("a name"));
        for (key, value) in case["spec"].as_object().expect("a spec") {
            pod["spec"][key] = value.clone();
        }
        if case["deleting"] == true {
            pod["metadata"]["finalizers"] = json!(["gantry.test/hold"]);
        }
        items.push(pod);
    }
    space.apply(&json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()).expect("applied");
    let mut patches = Vec::new();
    for case in cases {
        let name = case["name"].as_str().expect("a name");
        let patch = json!({"status": case["status"]}).to_string();
        patches.push((name, patch));
    }
    // One process per patch would take half a minute.
    let mut running: Vec<_> = Vec::new();
    for (name, patch) in &patches {
        let child = space
            .kubectl()
            .args(["patch", "pod", name, "--subresource=status", "--type=merge", "-p", patch])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("kubectl starts");
        running.push((name, child));
        if running.len() == 8 {
            finish(&mut running);
        }
    }
    finish(&mut running);
    let deleting: Vec<&str> =
        cases.iter().filter(|case| case["deleting"] == true).filter_map(|case| case["name"].as_str()).collect();
    space.run(&[&["delete", "pod", "--wait=false"], &deleting[..]].concat()).expect("deleted");

    let printed = words(space.kubectl().args(["get", "pods", "--no-headers"]));
    let mut seen = 0;
    let page = console.until(&POD, &query, "complete", LONG, |page| {
        page.total == cases.len() && printed.lines().all(|line| agrees(page, line))
    });
    let page = page.await;
    for line in printed.lines() {
        assert!(agrees(&page, line), "{line}");
        seen += 1;
    }
    assert_eq!(seen, cases.len());
    for case in cases {
        let line = printed.lines().find(|line| line.split_whitespace().next() == case["name"].as_str());
        let mut fields = line.expect("printed").split_whitespace().skip(1);
        assert_eq!(case["want"]["ready"].as_str(), fields.next(), "{case}");
        assert_eq!(case["want"]["status"].as_str(), fields.next(), "{case}");
    }
    for name in deleting {
        let live = user.get(&pods, Some(&space.name), name).await.map(Object).expect("held by its finalizer");
        assert!(live.deleting());
        space
            .run(&["patch", "pod", name, "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#])
            .expect("let go");
    }
}

fn finish(running: &mut Vec<(&&str, std::process::Child)>) {
    for (name, mut child) in running.drain(..) {
        assert!(child.wait().expect("kubectl ends").success(), "status of {name}");
    }
}

/// A line of `kubectl get pods --no-headers` against the row: name, READY, STATUS, RESTARTS.
fn agrees(page: &Page, line: &str) -> bool {
    let mut fields = line.split_whitespace();
    let (Some(name), Some(ready), Some(status), Some(restarts)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    has(page, name)
        && cell(&POD, page, name, "ready").plain() == ready
        && cell(&POD, page, name, "state").plain() == status
        && cell(&POD, page, name, "restarts").plain() == restarts
}

/// Deployment → ReplicaSet → Pods by owner references; a Deployment whose name starts alike is somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn pods_of_a_deployment_are_its_own() {
    let space = fixture::cluster().namespace("owners").expect("a namespace");
    let (console, query) = (Console::of(&kubeconfig()), within(&space));
    for name in ["web", "web-2"] {
        let pod = &still_pod(name)["spec"];
        let labels = json!({"app": name});
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod}}});
        space.apply(&deployment.to_string()).expect("applied");
    }
    let page = console
        .until(&DEPLOYMENT, &query, "created", LONG, |page| {
            page.total == 2 && matches!(cell(&DEPLOYMENT, page, "web", "ready"), Cell::Ratio { have: 0, want: 2, .. })
        })
        .await;
    let uid = page.rows.iter().find(|row| row.name == "web").expect("a row").key.clone();
    let owner = Query { filters: vec![Filter::parse(&format!("owner={uid}")).expect("a filter")], ..query.clone() };
    let pods = console.until(&POD, &owner, "two Pods", LONG, |page| page.total == 4 && page.matching == 2).await;
    assert!(pods.rows.iter().all(|row| row.name.starts_with("web-") && !row.name.starts_with("web-2-")), "{pods:?}");
    let found = table::pods_of(&console.clusters, &console.id, &admin(), &uid, BUDGET).await.expect("Pods");
    assert_eq!(found.len(), 2);
    // Restarts are those of its Pods.
    let known = |page: &Page| *cell(&DEPLOYMENT, page, "web", "restarts") == Cell::Count { n: 0, family: None };
    console.until(&DEPLOYMENT, &query, "joined", LONG, known).await;
    space.run(&["scale", "deployment", "web", "--replicas=0"]).expect("scaled");
    let stopped =
        |page: &Page| matches!(cell(&DEPLOYMENT, page, "web", "state"), Cell::State(state) if state.word == "Stopped");
    console.until(&DEPLOYMENT, &query, "stopped", LONG, stopped).await;
}

/// A person with a RoleBinding in one namespace sees exactly that one; a person without any is refused with the verb
/// and the resource that are missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_binding_shows_one_namespace() {
    let spaces = ["bound", "foreign"].map(|name| fixture::cluster().namespace(name).expect("a namespace"));
    for space in &spaces {
        space.apply(&still_pod("here").to_string()).expect("applied");
    }
    let (person, stranger) = (nobody(&spaces[0].name), nobody("stranger"));
    spaces[0]
        .run(&["create", "rolebinding", "view", "--clusterrole=view", &format!("--user={}", person.user)])
        .expect("bound");
    let console = Console::of(&kubeconfig());
    console.until(&POD, &within(&spaces[1]), "there", LONG, |page| has(page, "here")).await;
    // The authorizer learns of the binding by a watch of its own.
    let deadline = Instant::now() + LONG;
    let page = loop {
        match console.page(&POD, &person, &Query::default()).await {
            Ok(page) => break page,
            Err(error) => assert!(error.is_forbidden() && Instant::now() < deadline, "{error}"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((page.total, page.rows.len()), (1, 1));
    assert_eq!(page.rows[0].namespace.as_deref(), Some(&*spaces[0].name));
    assert_eq!(console.page(&POD, &person, &within(&spaces[1])).await.expect("allowed elsewhere").total, 0);
    let (clusters, id) = (&console.clusters, &console.id);
    assert_eq!(table::namespaces(clusters, id, &POD, &person, BUDGET).await.expect("asked"), [spaces[0].name.clone()]);
    let uid = console.ready(&POD, &within(&spaces[1])).await.rows[0].key.clone();
    let found = table::find(clusters, id, &POD, &person, table::Which::Uid(&uid), BUDGET).await;
    assert_eq!(found.expect("asked"), None, "another namespace's Pod is not found");
    let counts = table::counts(clusters, id, &person, &[&POD, &DEPLOYMENT], BUDGET).await;
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [1], "no number for a kind whose cache does not run");
    match console.page(&POD, &stranger, &Query::default()).await {
        Err(ClusterError::Forbidden { verb, resource, .. }) => assert_eq!((&*verb, &*resource), ("list", "pods")),
        other => panic!("a stranger sees {other:?}"),
    }
    assert!(console.page(&NAMESPACE, &person, &Query::default()).await.is_err_and(|error| error.is_forbidden()));
}

/// A cluster through the faulty way, with a Pod that the list shows.
async fn faulty(prefix: &str) -> (FaultProxy, Console, Namespace, Query) {
    let space = fixture::cluster().namespace(prefix).expect("a namespace");
    space.apply(&still_pod("stays").to_string()).expect("applied");
    space.apply(&still_pod("goes").to_string()).expect("applied");
    let proxy = FaultProxy::start(&kubeconfig()).await.expect("a proxy");
    let (console, query) = (Console::of(&proxy.kubeconfig()), within(&space));
    console.until(&POD, &query, "listed", LONG, |page| page.total == 2 && page.freshness == Freshness::Live).await;
    (proxy, console, space, query)
}

fn stale(page: &Page, reason: &str) -> bool {
    matches!(&page.freshness, Freshness::Stale { reason: known, as_of: Some(_), .. } if known == reason)
}

/// After 410 the list is read again, with pauses and by the cache alone, however many look; what was deleted meanwhile
/// goes.
#[tokio::test(flavor = "multi_thread")]
async fn gone_lists_once_for_all() {
    let (proxy, console, space, query) = faulty("gone").await;
    let browsers: Vec<_> = (0..50).map(|_| console.clusters.subscribe(&console.id, &POD).expect("open")).collect();
    let lists = |proxy: &FaultProxy| {
        let of_pods = |line: &&String| line.contains("/api/v1/pods?");
        let lines = proxy.requests();
        lines
            .iter()
            .filter(of_pods)
            .filter(|line| line.contains("sendInitialEvents") || line.contains("limit="))
            .count()
    };
    proxy.set_for_watches(Fault::Gone);
    let before = lists(&proxy);
    proxy.cut();
    space.run(&["delete", "pod", "goes", "--grace-period=0", "--force"]).expect("deleted");
    let started = Instant::now();
    while lists(&proxy) < before + 3 {
        assert!(started.elapsed() < LONG, "no list after 410");
        tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_err();
    }
    assert!(started.elapsed() > SECOND, "three lists in {:?}: no pause", started.elapsed());
    proxy.set(Fault::None);
    let page = console.until(&POD, &query, "listed again", LONG, |page| page.total == 1).await;
    assert!(has(&page, "stays") && page.freshness == Freshness::Live, "{page:?}");
    let after = lists(&proxy);
    assert!(after <= before + 8, "{} lists for one cache", after - before);
    drop(browsers);
}

/// The second to the fiftieth look cost the apiserver nothing.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_looks_are_one_watch() {
    let (proxy, console, _space, query) = faulty("many").await;
    let before = proxy.requests().len();
    let looks = (0..49).map(|page| {
        let query = Query { page, sort: if page % 2 == 0 { "name".into() } else { "age".into() }, ..query.clone() };
        let console = &console;
        async move { console.page(&POD, &admin(), &query).await.expect("a page") }
    });
    assert!(futures::future::join_all(looks).await.iter().all(|page| page.total == 2));
    let new: Vec<_> = proxy.requests().split_off(before);
    // The caches of Pods and of the ReplicaSets that owner chains go through may end a watch of 40 s meanwhile.
    assert!(new.iter().all(|line| line.contains("watch=") && !line.contains("sendInitialEvents")), "{new:?}");
    assert!(new.len() <= 2, "{new:?}");
    assert_eq!(console.clusters.caches().counts().watches, 2);
}

/// A cut connection: rows stay with their age, and what happened meanwhile shows when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_keeps_rows_and_recovers() {
    let (proxy, console, space, query) = faulty("cut").await;
    proxy.set(Fault::Cut);
    proxy.cut();
    let is_stale = |page: &Page| matches!(page.freshness, Freshness::Stale { as_of: Some(_), .. });
    let page = console.until(&POD, &query, "stale", LONG, is_stale).await;
    assert_eq!(page.total, 2, "last known rows stay");
    space.run(&["delete", "pod", "goes", "--grace-period=0", "--force"]).expect("deleted");
    proxy.set(Fault::None);
    let back = |page: &Page| page.total == 1 && page.freshness == Freshness::Live;
    console.until(&POD, &query, "back", LONG, back).await;
}

/// Refused credentials and a broken apiserver are named, rows stay, and it recovers without a reload.
#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_named() {
    let (proxy, console, _space, query) = faulty("refused").await;
    for (status, reason) in
        [(401, "cluster-error-unauthorized"), (503, "cluster-error-api"), (403, "cluster-error-api")]
    {
        proxy.set_for_watches(Fault::Status(status));
        proxy.cut();
        let code = match status {
            401 => reason.to_owned(),
            _ => code_of(status),
        };
        let page = console.until(&POD, &query, &code, LONG, |page| stale(page, &code)).await;
        assert_eq!(page.total, 2, "{status}: last known rows stay");
        proxy.set(Fault::None);
        console.ready(&POD, &query).await;
    }
}

/// The code of an apiserver's refusal with this status.
fn code_of(status: u16) -> String {
    let error = ClusterError::Api(Box::new(clusters::ApiError { status, ..clusters::ApiError::default() }));
    error.code().to_owned()
}

/// While the whole apiserver refuses or is slow, who was allowed to look still sees the last rows, within the budget;
/// who never was allowed sees nothing; other clusters are as fast as ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_away_slows_nobody() {
    let (proxy, console, _space, query) = faulty("slow").await;
    let other = Console::of(&kubeconfig());
    other.ready(&POD, &query).await;
    for fault in [Fault::Delay(Duration::from_secs(30)), Fault::Silence, Fault::Status(503)] {
        proxy.set(fault);
        // A new person must be asked for, a known one too once the answer has aged: both within the budget.
        let started = Instant::now();
        let page = console.page(&POD, &admin(), &query).await.expect("the last answer counts");
        assert_eq!(page.total, 2);
        let stranger = console.page(&POD, &nobody("new"), &query).await;
        assert!(stranger.is_err(), "{stranger:?}");
        assert!(started.elapsed() < 3 * BUDGET, "{fault:?}: {:?}", started.elapsed());
        let started = Instant::now();
        assert_eq!(other.page(&POD, &admin(), &query).await.expect("the other cluster").total, 2);
        assert!(started.elapsed() < BUDGET / 2, "the other cluster took {:?}", started.elapsed());
        proxy.set(Fault::None);
    }
}

/// A connection that is silently dead is noticed within a minute.
#[tokio::test(flavor = "multi_thread")]
async fn silence_is_noticed_within_a_minute() {
    let (proxy, console, space, query) = faulty("silence").await;
    proxy.set(Fault::Silence);
    space.run(&["delete", "pod", "goes", "--grace-period=0", "--force"]).expect("deleted");
    let minute = Duration::from_secs(60);
    let is_stale = |page: &Page| matches!(page.freshness, Freshness::Stale { as_of: Some(_), .. });
    let page = console.until(&POD, &query, "stale", minute, is_stale).await;
    assert_eq!(page.total, 2);
    proxy.set(Fault::None);
    proxy.cut();
    let back = |page: &Page| page.total == 1 && page.freshness == Freshness::Live;
    console.until(&POD, &query, "back", minute, back).await;
}

/// The first look waits at most its budget and then says that the list is loading.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_first_list_is_loading() {
    let proxy = FaultProxy::start(&kubeconfig()).await.expect("a proxy");
    proxy.set_for_watches(Fault::Silence);
    let console = Console::of(&proxy.kubeconfig());
    let started = Instant::now();
    let page = console.page(&NAMESPACE, &admin(), &Query::default()).await.expect("allowed");
    assert!(started.elapsed() < BUDGET + Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!((page.freshness, page.rows.len()), (Freshness::Loading, 0));
}

/// A cache that nobody looks at ends after ten minutes; one that somebody follows does not.
#[tokio::test(flavor = "multi_thread")]
async fn idle_caches_stop() {
    let console = Console::of(&kubeconfig());
    console.ready(&NAMESPACE, &Query::default()).await;
    let caches = console.clusters.caches();
    let later = jiff::Timestamp::now().as_millisecond() + 599_000;
    assert_eq!((caches.stop_idle_at(later), caches.counts().watches), (0, 1));
    let follower = console.clusters.subscribe(&console.id, &NAMESPACE).expect("open");
    assert_eq!(caches.stop_idle_at(later + 60_000), 0);
    drop(follower);
    assert_eq!((caches.stop_idle_at(later + 60_000), caches.counts().watches), (1, 0));
    assert!(!console.ready(&NAMESPACE, &Query::default()).await.rows.is_empty(), "it starts again");
    console.clusters.remove(&console.id);
    assert_eq!(caches.counts().watches, 0);
}
