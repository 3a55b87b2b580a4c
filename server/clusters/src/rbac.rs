//! What the console makes in a cluster at import, after telling: the rights of its two roles. Accounts act as
//! `gantry:<name>` in the group of their role; these objects say what the groups may do.

use crate::discovery::{Resource, built_in};
use crate::error::ClusterError;
use crate::registry::Clusters;
use crate::user::UserClient;
use crate::write::{Action, Write};
use model::ClusterId;
use model::change::Propagation;
use model::object::KindKey;
use serde_json::{Value, json};

pub const FULL_ACCESS: &str = "gantry:full-access";
pub const READ_ONLY: &str = "gantry:read-only";
/// Binds read-only accounts to the cluster's own `view` role too: makers of custom resources add theirs to it.
pub const READ_ONLY_VIEW: &str = "gantry:read-only:view";

const GROUP: &str = "rbac.authorization.k8s.io";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Everything of the core group that a reader may see: all but Secrets, and no `exec`, `attach`, `portforward` or
/// `proxy`, which `get` alone would open (traps: `get pods/exec` is enough for the apiserver).
const CORE: &[&str] = &[
    "componentstatuses",
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "namespaces/status",
    "nodes",
    "nodes/status",
    "persistentvolumeclaims",
    "persistentvolumeclaims/status",
    "persistentvolumes",
    "persistentvolumes/status",
    "pods",
    "pods/log",
    "pods/status",
    "podtemplates",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "replicationcontrollers/status",
    "resourcequotas",
    "resourcequotas/status",
    "serviceaccounts",
    "services",
    "services/status",
];

/// Groups of which a reader may see everything; none of them holds secrets.
const GROUPS: &[&str] = &[
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "gateway.networking.k8s.io",
    "metrics.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "snapshot.storage.k8s.io",
    "storage.k8s.io",
];

/// One object that the import makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    pub resource: Resource,
    pub name: String,
    pub object: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Created,
    Updated,
    Unchanged,
}

/// What was (or would be) done to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// `ClusterRole` or `ClusterRoleBinding`.
    pub kind: String,
    pub name: String,
    pub effect: Effect,
}

/// The objects, to be shown before anything is made.
#[must_use]
pub fn desired() -> Vec<Desired> {
    let read = json!(["get", "list", "watch"]);
    let role = object(
        "ClusterRole",
        READ_ONLY,
        json!({"rules": [
            {"apiGroups": [""], "resources": CORE, "verbs": read},
            {"apiGroups": GROUPS, "resources": ["*"], "verbs": read},
            {"nonResourceURLs": ["/version", "/healthz", "/livez", "/readyz", "/readyz/*", "/api", "/api/*", "/apis", "/apis/*", "/openapi/*"], "verbs": ["get"]},
        ]}),
    );
    let binding = |name: &str, group: &str, role: &str| {
        object(
            "ClusterRoleBinding",
            name,
            json!({
                "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": group}],
            }),
        )
    };
    vec![
        role,
        binding(FULL_ACCESS, FULL_ACCESS, "cluster-admin"),
        binding(READ_ONLY, READ_ONLY, READ_ONLY),
        binding(READ_ONLY_VIEW, READ_ONLY, "view"),
    ]
}

fn object(kind: &str, name: &str, rest: Value) -> Desired {
    let mut object = json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": kind,
        "metadata": {"name": name, "labels": {MANAGED_BY: "gantry"}},
    });
    if let (Some(object), Some(rest)) = (object.as_object_mut(), rest.as_object()) {
        object.extend(rest.clone());
    }
    let plural = if kind == "ClusterRole" { "clusterroles" } else { "clusterrolebindings" };
    let resource =
        built_in(&KindKey::new(GROUP, plural)).unwrap_or_else(|| Resource::new(GROUP, "v1", plural, kind, false));
    Desired { resource, name: name.to_owned(), object }
}

impl Clusters {
    /// What [`Clusters::ensure_roles`] would do.
    ///
    /// # Errors
    /// The first object that could not be read.
    pub async fn review_roles(&self, id: &ClusterId) -> Result<Vec<Made>, ClusterError> {
        let own = self.entry(id)?.own()?;
        let mut out = Vec::new();
        for desired in desired() {
            let effect = compare(&own, &desired).await?.0;
            out.push(Made { kind: desired.resource.kind, name: desired.name, effect });
        }
        Ok(out)
    }

    /// Makes or corrects the console's roles and bindings, as the console itself.
    ///
    /// # Errors
    /// The first object that was refused; those before it stay. `Api` 409 for a binding of another maker that has
    /// the name.
    pub async fn ensure_roles(&self, id: &ClusterId) -> Result<Vec<Made>, ClusterError> {
        let own = self.entry(id)?.own()?;
        let mut out = Vec::new();
        for desired in desired() {
            let effect = ensure(&own, &desired).await?;
            out.push(Made { kind: desired.resource.kind, name: desired.name, effect });
        }
        Ok(out)
    }
}

/// The effect that making the object would have, and the live object.
async fn compare(own: &UserClient, desired: &Desired) -> Result<(Effect, Value), ClusterError> {
    match own.get(&desired.resource, None, &desired.name).await {
        Ok(live) => {
            let same = ["rules", "roleRef", "subjects"].iter().all(|field| live[*field] == desired.object[*field]);
            Ok((if same { Effect::Unchanged } else { Effect::Updated }, live))
        }
        Err(error) if error.is_not_found() => Ok((Effect::Created, Value::Null)),
        Err(error) => Err(error),
    }
}

async fn ensure(own: &UserClient, desired: &Desired) -> Result<Effect, ClusterError> {
    let (effect, live) = compare(own, desired).await?;
    if effect == Effect::Unchanged {
        return Ok(effect);
    }
    // A binding's roleRef cannot be changed: only our own is made anew.
    if effect == Effect::Updated
        && live["roleRef"] != desired.object["roleRef"]
        && live["metadata"]["labels"][MANAGED_BY] == "gantry"
    {
        delete(own, desired, &live).await?;
    }
    let action = Action::Apply { object: desired.object.clone(), force: true };
    own.write(&Write::new(desired.resource.clone(), None, &desired.name, action), false).await?;
    Ok(effect)
}

async fn delete(own: &UserClient, desired: &Desired, live: &Value) -> Result<(), ClusterError> {
    let action = Action::Delete { propagation: Propagation::Background, force: false };
    let write = Write::new(desired.resource.clone(), None, &desired.name, action);
    match own.write(&write.of(live["metadata"]["uid"].as_str()), false).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_see_no_secrets_and_open_nothing() {
        let all = desired();
        let role = &all.iter().find(|d| d.resource.kind == "ClusterRole").unwrap().object;
        for rule in role["rules"].as_array().unwrap() {
            for verb in rule["verbs"].as_array().unwrap() {
                assert!(["get", "list", "watch"].contains(&verb.as_str().unwrap()));
            }
            let groups = rule["apiGroups"].as_array().cloned().unwrap_or_default();
            assert!(!groups.contains(&json!("*")), "a star would hold the core group");
            if groups.contains(&json!("")) {
                for resource in rule["resources"].as_array().unwrap() {
                    let name = resource.as_str().unwrap();
                    assert!(!name.starts_with("secrets") && name != "*", "{name}");
                    assert!(!["exec", "attach", "portforward", "proxy"].iter().any(|s| name.ends_with(s)), "{name}");
                }
            }
        }
        assert!(all.iter().all(|d| d.object["metadata"]["labels"][MANAGED_BY] == "gantry"));
    }
}
