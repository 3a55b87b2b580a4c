//! The apiserver dies and comes back: a control plane of its own, so that nobody else is disturbed.

use clusters::kinds::workloads::pod::POD;
use clusters::{Caller, ClusterConfig, Clusters, IdentityMode, Settings, Source, table};
use model::ClusterId;
use model::table::{Freshness, Page, Query};
use serde_json::json;
use std::time::Duration;
use testcluster::{Cluster, Options};

async fn until(clusters: &Clusters, id: &ClusterId, what: &str, wanted: impl Fn(&Page) -> bool) -> Page {
    let caller = Caller { user: "gantry:admin".into(), groups: vec!["system:masters".into()] };
    let mut changes = clusters.subscribe(id, &POD).expect("a cluster");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let page = table::page(clusters, id, &POD, &caller, &Query::default(), Duration::from_secs(1)).await;
        if let Some(page) = page.as_ref().ok().filter(|page| wanted(page)) {
            return page.clone();
        }
        if tokio::time::timeout_at(deadline, changes.changed()).await.is_err() {
            panic!("not {what}: {page:?}");
        }
    }
}

/// Killed and started again: the last rows stay with their age, then the list is right again, without wrong rows.
#[tokio::test(flavor = "multi_thread")]
async fn caches_survive_the_apiserver() {
    let cluster = Cluster::start(&Options::plane(&format!("test-restart-{}", std::process::id()))).expect("a plane");
    let pod = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"schedulerName": "nobody", "containers": [{"name": "app", "image": "x"}]}})
    };
    let apply = |name: &str| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        std::io::Write::write_all(&mut file, pod(name).to_string().as_bytes()).expect("written");
        let out = cluster.kubectl().args(["apply", "-f"]).arg(file.path()).output().expect("kubectl runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    apply("one");
    let clusters = Clusters::new(Settings::default());
    let id = ClusterId::from_random([b'r'; 8]);
    let text = std::fs::read_to_string(&cluster.kubeconfig).expect("a kubeconfig");
    let source = Source::Kubeconfig { text };
    clusters.put(ClusterConfig { id: id.clone(), source, identity: IdentityMode::Impersonate });
    let live = |page: &Page| page.freshness == Freshness::Live;
    until(&clusters, &id, "live", |page| live(page) && page.total == 1).await;
    cluster.kill_apiserver().expect("killed");
    let page = until(&clusters, &id, "stale", |page| !live(page)).await;
    assert_eq!(page.total, 1, "last known rows stay");
    cluster.restart_apiserver().expect("started again");
    apply("two");
    let page = until(&clusters, &id, "resynchronized", |page| live(page) && page.total == 2).await;
    let mut names: Vec<_> = page.rows.iter().map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["one", "two"]);
    cluster.stop().expect("stopped");
}
