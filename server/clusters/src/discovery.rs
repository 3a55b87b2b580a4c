//! What a cluster serves: from the discovery documents, kept for ten minutes, with a built-in table of the kinds that
//! every page needs, so that the first page does not wait for discovery.

use crate::error::ClusterError;
use crate::registry::{Clusters, Entry};
use crate::user::UserClient;
use futures::StreamExt as _;
use model::ClusterId;
use model::links::encode;
use model::object::KindKey;
use parking_lot::RwLock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One kind in one version, as requests name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub kind: String,
    pub namespaced: bool,
}

impl Resource {
    #[must_use]
    pub fn new(group: &str, version: &str, plural: &str, kind: &str, namespaced: bool) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            kind: kind.to_owned(),
            namespaced,
        }
    }

    #[must_use]
    pub fn key(&self) -> KindKey {
        KindKey::new(&self.group, &self.plural)
    }

    /// `apps/v1`, `v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Path of the collection, of an object or of its subresource.
    ///
    /// # Errors
    /// `BadName` for names that cannot be a path segment; the namespace is left out for kinds without one.
    pub fn path(
        &self,
        namespace: Option<&str>,
        name: Option<&str>,
        subresource: Option<&str>,
    ) -> Result<String, ClusterError> {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if let Some(namespace) = namespace.filter(|_| self.namespaced) {
            path.push_str("/namespaces/");
            path.push_str(&segment(namespace)?);
        }
        path.push('/');
        path.push_str(&self.plural);
        for part in [name, subresource].into_iter().flatten() {
            path.push('/');
            path.push_str(&segment(part)?);
        }
        Ok(path)
    }
}

/// A name as a path segment. Colons, `?` and `#` are legal in some names (RBAC) and are encoded; what the apiserver
/// itself forbids as a segment is not sent, since it would name another path.
fn segment(name: &str) -> Result<String, ClusterError> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '%', '\0']) {
        return Err(ClusterError::BadName { name: name.to_owned() });
    }
    Ok(encode(name))
}

/// A kind as discovery lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// In the version that the cluster prefers.
    pub resource: Resource,
    /// All versions, the preferred one first.
    pub versions: Vec<String>,
    pub verbs: Vec<String>,
    pub short_names: Vec<String>,
    pub subresources: Vec<String>,
}

pub(crate) type Catalogue = Arc<BTreeMap<KindKey, Served>>;

/// The discovery documents of one cluster.
#[derive(Default)]
pub(crate) struct Directory {
    known: RwLock<Option<(Instant, Catalogue)>>,
    loading: tokio::sync::Mutex<()>,
}

const FRESH: Duration = Duration::from_secs(600);
/// A kind that is missing may have been installed just now; but not more often than this.
const RECHECK: Duration = Duration::from_secs(5);

impl Directory {
    fn known(&self, younger_than: Duration) -> Option<Catalogue> {
        let known = self.known.read();
        known.as_ref().filter(|(at, _)| at.elapsed() < younger_than).map(|(_, catalogue)| catalogue.clone())
    }

    async fn load(&self, own: &UserClient, younger_than: Duration) -> Result<Catalogue, ClusterError> {
        if let Some(known) = self.known(younger_than) {
            return Ok(known);
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(known) = self.known(younger_than) {
            return Ok(known);
        }
        let catalogue = Arc::new(fetch(own).await?);
        *self.known.write() = Some((Instant::now(), catalogue.clone()));
        Ok(catalogue)
    }
}

impl Clusters {
    /// The kind as the cluster serves it, in its preferred version.
    ///
    /// # Errors
    /// `UnknownKind` when the cluster does not serve it; otherwise why it could not be asked.
    pub async fn resource(&self, id: &ClusterId, kind: &KindKey) -> Result<Resource, ClusterError> {
        self.entry(id)?.resource(kind).await
    }

    /// Everything that the cluster serves.
    ///
    /// # Errors
    /// Why the cluster could not be asked.
    pub async fn served(&self, id: &ClusterId) -> Result<Arc<BTreeMap<KindKey, Served>>, ClusterError> {
        let entry = self.entry(id)?;
        entry.directory.load(&entry.own()?, FRESH).await
    }
}

impl Entry {
    pub(crate) async fn resource(self: &Arc<Self>, kind: &KindKey) -> Result<Resource, ClusterError> {
        if let Some(known) = self.directory.known(FRESH)
            && let Some(served) = known.get(kind)
        {
            return Ok(served.resource.clone());
        }
        if let Some(resource) = built_in(kind) {
            return Ok(resource);
        }
        let known = self.directory.load(&self.own()?, RECHECK).await?;
        known
            .get(kind)
            .map(|served| served.resource.clone())
            .ok_or_else(|| ClusterError::UnknownKind { kind: kind.to_string() })
    }
}

/// Kinds whose version and scope have not changed in any supported Kubernetes.
const BUILT_IN: &[(&str, &str, &str, &str, bool)] = &[
    ("", "v1", "configmaps", "ConfigMap", true),
    ("", "v1", "events", "Event", true),
    ("", "v1", "limitranges", "LimitRange", true),
    ("", "v1", "namespaces", "Namespace", false),
    ("", "v1", "nodes", "Node", false),
    ("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true),
    ("", "v1", "persistentvolumes", "PersistentVolume", false),
    ("", "v1", "pods", "Pod", true),
    ("", "v1", "replicationcontrollers", "ReplicationController", true),
    ("", "v1", "resourcequotas", "ResourceQuota", true),
    ("", "v1", "secrets", "Secret", true),
    ("", "v1", "serviceaccounts", "ServiceAccount", true),
    ("", "v1", "services", "Service", true),
    ("apps", "v1", "controllerrevisions", "ControllerRevision", true),
    ("apps", "v1", "daemonsets", "DaemonSet", true),
    ("apps", "v1", "deployments", "Deployment", true),
    ("apps", "v1", "replicasets", "ReplicaSet", true),
    ("apps", "v1", "statefulsets", "StatefulSet", true),
    ("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true),
    ("batch", "v1", "cronjobs", "CronJob", true),
    ("batch", "v1", "jobs", "Job", true),
    ("networking.k8s.io", "v1", "ingresses", "Ingress", true),
    ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false),
    ("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false),
    ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true),
    ("rbac.authorization.k8s.io", "v1", "roles", "Role", true),
    ("storage.k8s.io", "v1", "storageclasses", "StorageClass", false),
];

/// A kind from the built-in table.
#[must_use]
pub fn built_in(kind: &KindKey) -> Option<Resource> {
    BUILT_IN
        .iter()
        .find(|row| row.0 == kind.group && row.2 == kind.plural)
        .map(|(group, version, plural, kind, namespaced)| Resource::new(group, version, plural, kind, *namespaced))
}

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Reads aggregated discovery (two requests), or group by group where the cluster is older than 1.26. A group whose
/// own apiserver is away is left out: the others still work.
async fn fetch(own: &UserClient) -> Result<BTreeMap<KindKey, Served>, ClusterError> {
    let mut out = BTreeMap::new();
    for root in ["/api", "/apis"] {
        let answer = own.raw_get(root, AGGREGATED).await?;
        if answer["kind"] == "APIGroupDiscoveryList" {
            read_aggregated(&answer, &mut out);
            continue;
        }
        let versions = group_versions(&answer);
        let lists = futures::stream::iter(versions.into_iter().map(|(group, version)| async move {
            let path = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
            let list = own.raw_get(&path, "application/json").await;
            (group, version, list)
        }))
        .buffered(8)
        .collect::<Vec<_>>()
        .await;
        for (group, version, list) in lists {
            match list {
                Ok(list) => read_list(&group, &version, &list, &mut out),
                Err(error) => tracing::debug!(%group, %version, %error, "discovery of one group failed"),
            }
        }
    }
    Ok(out)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

fn add(out: &mut BTreeMap<KindKey, Served>, served: Served) {
    let version = served.resource.version.clone();
    let known = out.entry(served.resource.key()).or_insert(served);
    if !known.versions.contains(&version) {
        known.versions.push(version);
    }
}

/// Versions stand in the order of the server's preference.
fn read_aggregated(answer: &Value, out: &mut BTreeMap<KindKey, Served>) {
    for group in items(answer, "items") {
        let name = text(&group["metadata"]["name"]);
        for version in items(group, "versions").filter(|version| version["freshness"] != "Stale") {
            for resource in items(version, "resources") {
                let namespaced = resource["scope"] == "Namespaced";
                let found = Resource {
                    group: name.clone(),
                    version: text(&version["version"]),
                    plural: text(&resource["resource"]),
                    kind: text(&resource["responseKind"]["kind"]),
                    namespaced,
                };
                let served = Served {
                    versions: vec![found.version.clone()],
                    resource: found,
                    verbs: texts(&resource["verbs"]),
                    short_names: texts(&resource["shortNames"]),
                    subresources: items(resource, "subresources").map(|s| text(&s["subresource"])).collect(),
                };
                add(out, served);
            }
        }
    }
}

/// Group and version pairs of the plain documents, preferred versions first.
fn group_versions(answer: &Value) -> Vec<(String, String)> {
    if answer["kind"] == "APIVersions" {
        return texts(&answer["versions"]).into_iter().map(|version| (String::new(), version)).collect();
    }
    let mut out = Vec::new();
    for group in items(answer, "groups") {
        let name = text(&group["name"]);
        let preferred = text(&group["preferredVersion"]["version"]);
        let mut versions: Vec<String> = items(group, "versions").map(|v| text(&v["version"])).collect();
        versions.sort_by_key(|version| *version != preferred);
        out.extend(versions.into_iter().map(|version| (name.clone(), version)));
    }
    out
}

fn read_list(group: &str, version: &str, list: &Value, out: &mut BTreeMap<KindKey, Served>) {
    let subresources: Vec<String> =
        items(list, "resources").map(|r| text(&r["name"])).filter(|name| name.contains('/')).collect();
    for resource in items(list, "resources").filter(|r| !text(&r["name"]).contains('/')) {
        let plural = text(&resource["name"]);
        let prefix = format!("{plural}/");
        let own = subresources.iter().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect();
        let namespaced = resource["namespaced"] == true;
        let served = Served {
            resource: Resource::new(group, version, &plural, &text(&resource["kind"]), namespaced),
            versions: vec![version.to_owned()],
            verbs: texts(&resource["verbs"]),
            short_names: texts(&resource["shortNames"]),
            subresources: own,
        };
        add(out, served);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_become_one_path_segment() {
        let pods = Resource::new("", "v1", "pods", "Pod", true);
        let path = pods.path(Some("a"), Some("x.y:z?q#f"), Some("log")).unwrap();
        assert_eq!(path, "/api/v1/namespaces/a/pods/x.y%3Az%3Fq%23f/log");
        for bad in ["", ".", "..", "a/b", "%2e%2e", "a\0"] {
            assert_eq!(
                pods.path(Some("a"), Some(bad), None),
                Err(ClusterError::BadName { name: bad.to_owned() }),
                "{bad:?}"
            );
            assert!(pods.path(Some(bad), None, None).is_err(), "{bad:?}");
        }
        let long = "n".repeat(253);
        assert!(pods.path(None, Some(&long), None).unwrap().ends_with(&long));
        let roles = Resource::new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);
        assert_eq!(
            roles.path(Some("ignored"), Some("system:node"), None).unwrap(),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
        );
        assert_eq!(roles.api_version(), "rbac.authorization.k8s.io/v1");
        assert_eq!(pods.api_version(), "v1");
    }

    #[test]
    fn the_same_kind_in_two_groups_is_two_kinds() {
        let mut out = BTreeMap::new();
        let document = json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "a.example"}, "versions": [
                {"version": "v1", "resources": [{"resource": "things", "responseKind": {"kind": "Thing"}, "scope": "Namespaced", "verbs": ["get", "list"], "subresources": [{"subresource": "status"}]}]},
                {"version": "v1beta1", "resources": [{"resource": "things", "responseKind": {"kind": "Thing"}, "scope": "Namespaced", "verbs": ["get"]}]},
                {"version": "v0", "freshness": "Stale", "resources": [{"resource": "ghosts", "scope": "Cluster"}]}]},
            {"metadata": {"name": "b.example"}, "versions": [
                {"version": "v2", "resources": [{"resource": "things", "responseKind": {"kind": "Thing"}, "scope": "Cluster"}]}]}]});
        read_aggregated(&document, &mut out);
        assert_eq!(out.len(), 2);
        let a = &out[&KindKey::new("a.example", "things")];
        assert_eq!((a.resource.version.as_str(), a.resource.namespaced), ("v1", true));
        assert_eq!(a.versions, ["v1", "v1beta1"]);
        assert_eq!(a.subresources, ["status"]);
        assert!(!out[&KindKey::new("b.example", "things")].resource.namespaced);
    }

    #[test]
    fn old_discovery_is_read_as_well() {
        let groups = json!({"kind": "APIGroupList", "groups": [{"name": "apps", "versions": [{"version": "v1beta2"}, {"version": "v1"}], "preferredVersion": {"version": "v1"}}]});
        assert_eq!(group_versions(&groups), [("apps".into(), "v1".into()), ("apps".into(), "v1beta2".into())]);
        assert_eq!(
            group_versions(&json!({"kind": "APIVersions", "versions": ["v1"]})),
            [(String::new(), "v1".to_owned())]
        );
        let mut out = BTreeMap::new();
        let list = json!({"resources": [
            {"name": "deployments", "kind": "Deployment", "namespaced": true, "verbs": ["list"], "shortNames": ["deploy"]},
            {"name": "deployments/scale", "kind": "Scale", "namespaced": true}]});
        read_list("apps", "v1", &list, &mut out);
        let found = &out[&KindKey::new("apps", "deployments")];
        assert_eq!(found.subresources, ["scale"]);
        assert_eq!(found.short_names, ["deploy"]);
    }
}
