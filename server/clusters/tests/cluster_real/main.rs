//! The crate against a real cluster (`testcluster::fixture`): what a fake apiserver would only repeat.

mod calls;
mod connection;
mod credential;
mod exec;
mod faults;
mod logs;
mod tls;

use clusters::{Caller, ClusterConfig, Clusters, IdentityMode, Resource, Settings, Source, UserClient};
use model::ClusterId;
use model::object::KindKey;
use testcluster::fixture::{Namespace, cluster};

/// Images that are on the node already.
pub const BUSYBOX: &str = "tc.local/busybox:1.35";
pub const BASH: &str = "tc.local/bash:5";
pub const NO_SHELL: &str = "tc.local/noshell:1";

/// The real cluster as the console knows it, with its roles made.
pub struct Real {
    pub clusters: Clusters,
    pub id: ClusterId,
}

/// Text of the kubeconfig, reduced to its one context.
pub fn kubeconfig() -> String {
    let text = std::fs::read_to_string(&cluster().kubeconfig).expect("the fixture's kubeconfig");
    let contexts = clusters::kubeconfig::read(&text).expect("a kubeconfig");
    let context = contexts.iter().find(|context| context.current).unwrap_or(&contexts[0]);
    assert_eq!(context.refused, None);
    context.single.clone()
}

impl Real {
    /// Reached with a kubeconfig, here or through a proxy.
    pub fn with(text: String, identity: IdentityMode) -> Self {
        let real = Self { clusters: Clusters::new(Settings::default()), id: ClusterId::parse("cls-real0001").unwrap() };
        real.put(text, identity);
        real
    }

    pub fn put(&self, text: String, identity: IdentityMode) {
        let source = Source::Kubeconfig { text };
        self.clusters.put(ClusterConfig { id: self.id.clone(), source, identity });
    }

    pub async fn new() -> Self {
        let real = Self::with(kubeconfig(), IdentityMode::Impersonate);
        real.clusters.ensure_roles(&real.id).await.expect("the console's roles");
        real
    }

    pub fn user(&self, name: &str, groups: &[&str]) -> UserClient {
        let caller = Caller { user: name.to_owned(), groups: groups.iter().map(|g| (*g).to_owned()).collect() };
        self.clusters.user(&self.id, &caller).expect("a client")
    }

    pub fn admin(&self) -> UserClient {
        self.user("gantry:ann", &["gantry:full-access", "system:authenticated"])
    }

    pub fn reader(&self) -> UserClient {
        self.user("gantry:rea", &["gantry:read-only", "system:authenticated"])
    }
}

pub fn kind(text: &str) -> Resource {
    clusters::discovery::built_in(&KindKey::parse(text).unwrap()).expect("a built-in kind")
}

/// A Pod of one container `main`, running.
pub fn start_pod(namespace: &Namespace, name: &str, image: &str, command: &[&str]) {
    apply_pod(namespace, name, image, command);
    namespace.run(&["wait", "--for=condition=Ready", &format!("pod/{name}"), "--timeout=90s"]).expect("a running Pod");
}

pub fn apply_pod(namespace: &Namespace, name: &str, image: &str, command: &[&str]) {
    let pod = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {
            "terminationGracePeriodSeconds": 1, "restartPolicy": "Never",
            "containers": [{"name": "main", "image": image, "command": command}],
        },
    });
    namespace.apply(&pod.to_string()).expect("a Pod");
}
