//! Terminal and logs of a Pod: who may, which containers there are.

use super::{user, user_of};
use crate::RequestCx;
use crate::error::{forbidden, from_cluster};
use authz::Grant;
use authz::right::{ClusterRead, ClusterWrite};
use clusters::{Ask, UserClient};
use model::AppError;
use model::object::ObjectRef;
use serde_json::Value;

/// A Pod whose shell may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    pub containers: Vec<String>,
}

/// Containers that can be looked into, the default one first: the annotation that kubectl honours, else the order of
/// the object; native sidecars and ephemeral containers included, finished init containers last.
pub(crate) fn containers(pod: &Value) -> Vec<String> {
    let names = |field: &str| {
        pod["spec"][field]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|container| container["name"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mut out = names("containers");
    out.extend(names("initContainers"));
    out.extend(names("ephemeralContainers"));
    if let Some(default) = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].as_str()
        && let Some(at) = out.iter().position(|name| name == default)
    {
        let name = out.remove(at);
        out.insert(0, name);
    }
    out
}

/// The page of the terminal; the right to exec is asked before anything opens (traps: `get` is enough for the
/// apiserver, so `create pods/exec` is asked of the person).
pub async fn shell(cx: &RequestCx, grant: &Grant<ClusterRead>, target: &ObjectRef) -> Result<Shell, AppError> {
    let write = cx.grant::<ClusterWrite>(grant.cluster().clone())?;
    let user = may_exec(cx, &write, target).await?;
    let pod = crate::change::read(&user, target).await.map_err(|error| from_cluster(cx.locale(), &error))?;
    Ok(Shell { containers: containers(&pod) })
}

/// A client for exec, after the review.
pub async fn may_exec(cx: &RequestCx, grant: &Grant<ClusterWrite>, target: &ObjectRef) -> Result<UserClient, AppError> {
    let user = user_of(cx, grant.cluster(), grant.actor())?;
    ask(cx, &user, "create", "exec", target).await?;
    Ok(user)
}

/// A client for the logs of a Pod, after the review.
pub async fn log_target(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    target: &ObjectRef,
) -> Result<UserClient, AppError> {
    let user = user(cx, grant)?;
    ask(cx, &user, "get", "log", target).await?;
    Ok(user)
}

async fn ask(
    cx: &RequestCx,
    user: &UserClient,
    verb: &str,
    subresource: &str,
    target: &ObjectRef,
) -> Result<(), AppError> {
    let ask = Ask::new(verb, &target.kind.group, &target.kind.plural)
        .subresource(subresource)
        .within(target.namespace.as_deref())
        .named(Some(&target.name));
    let decision = user.allowed(&ask).await.map_err(|error| from_cluster(cx.locale(), &error))?;
    if decision.allowed {
        Ok(())
    } else {
        Err(forbidden(cx.locale(), verb, &ask.resource_text(), target.namespace.as_deref()))
    }
}

/// The journal row of a shell (P-138).
pub async fn record_shell(cx: &RequestCx, target: &ObjectRef, command: &[String], error: Option<&AppError>) {
    let act = crate::change::record::Act {
        cluster: target.cluster.as_str(),
        namespace: target.namespace.as_deref().unwrap_or_default(),
        kind: "pods/exec",
        name: &target.name,
        verb: "exec",
        change: serde_json::json!({"command": command}),
    };
    crate::change::record::write(cx, act, error).await;
}

/// Whether the object is still there; while the cluster cannot say, it is taken to be.
pub async fn exists(cx: &RequestCx, target: &ObjectRef) -> bool {
    let Ok(actor) = cx.actor() else { return true };
    let Ok(user) = user_of(cx, &target.cluster, actor) else { return true };
    match crate::change::read(&user.for_page(), target).await {
        Ok(object) => object["metadata"]["deletionTimestamp"].is_null(),
        Err(error) => !error.is_not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_annotated_container_comes_first() {
        let pod = json!({
            "metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "app"}},
            "spec": {"containers": [{"name": "proxy"}, {"name": "app"}], "initContainers": [{"name": "sidecar", "restartPolicy": "Always"}]},
        });
        assert_eq!(containers(&pod), ["app", "proxy", "sidecar"]);
    }
}
