//! Dialogs of a cluster: its credential for the person who asks, editing what the console calls it, removing it.

use super::{not_found, row};
use crate::RequestCx;
use crate::accounts::stored;
use crate::change::record;
use crate::error::from_cluster;
use crate::forms;
use crate::objects::caller;
use authz::right::{ClusterManage, ClusterRead};
use model::change::Outcome;
use model::dialog::{Dialog, DialogTarget, Snippet};
use model::{AppError, ClusterId, ErrorKind, links};
use serde_json::{Value, json};
use std::time::Duration;
use store::{ClusterPatch, StoreError, UniqueKey};

/// How long an issued credential holds.
const CREDENTIAL_LIFETIME: Duration = Duration::from_secs(24 * 3600);

pub async fn open(cx: &RequestCx, action: &str, id: &ClusterId) -> Result<Dialog, AppError> {
    match action {
        "cluster-credential" => credential(cx, id).await,
        "cluster-edit" => edit(cx, id).await,
        "cluster-replace" => replace(cx, id).await,
        "cluster-remove" => remove(cx, id).await,
        _ => Err(not_found(cx)),
    }
}

pub async fn submit(
    cx: &RequestCx,
    action: &str,
    id: &ClusterId,
    data: &Value,
    typed: &str,
) -> Result<Outcome, AppError> {
    match action {
        "cluster-edit" => save(cx, id, data).await,
        "cluster-replace" => super::import::replace(cx, id, data).await,
        "cluster-remove" => forget(cx, id, typed).await,
        _ => Err(not_found(cx)),
    }
}

fn base(cx: &RequestCx, action: &str, id: &ClusterId, title: String) -> Dialog {
    Dialog {
        action: action.to_owned(),
        target: DialogTarget::Cluster { cluster: id.clone() },
        title,
        text: Vec::new(),
        form: None,
        data: json!({}),
        type_name: None,
        confirm: cx.t("common-save"),
        danger: false,
        refused: None,
        snippets: Vec::new(),
        informational: false,
    }
}

/// The credential of the person's own account (C-57, C-58) and the commands that use it (C-63, C-64, C-65).
async fn credential(cx: &RequestCx, id: &ClusterId) -> Result<Dialog, AppError> {
    let grant = cx.grant::<ClusterRead>(id.clone())?;
    let row = row(cx, id).await?;
    let who = caller(grant.actor());
    let clusters = cx.services().clusters();
    let mut dialog =
        base(cx, "cluster-credential", id, cx.t_args("clusters-credential-title", &[("name", (&row.name).into())]));
    dialog.informational = true;
    dialog.confirm = cx.t("common-close");
    let version = clusters.health(id).and_then(|health| health.version.clone()).unwrap_or_default();
    let mut snippets = Vec::new();
    match clusters.issue(id, &who, CREDENTIAL_LIFETIME).await {
        Ok(issued) => {
            dialog.text.push(cx.t_args("clusters-credential-text", &[("user", (&who.user).into())]));
            let hint = cx
                .t_args("clusters-credential-kubeconfig-hint", &[("until", i18n::date_time(issued.not_after).into())]);
            let file = format!("{id}.kubeconfig");
            snippets.push(snippet(cx, "clusters-credential-user", who.user.clone(), None));
            snippets.push(Snippet {
                hint,
                secret: true,
                ..snippet(cx, "clusters-credential-kubeconfig", issued.kubeconfig(id.as_str()), Some(file.clone()))
            });
            snippets.push(snippet(
                cx,
                "clusters-credential-once",
                format!("kubectl --kubeconfig ./{file} get nodes"),
                None,
            ));
            let lasting = lasting(&file, &issued.context(id.as_str()));
            snippets.push(snippet(cx, "clusters-credential-lasting", lasting, None));
            record::write(cx, act(id, &row.name, "issue-credential", json!({"user": who.user})), None).await;
        }
        Err(clusters::ClusterError::Unsupported) => {
            let rights = "impersonate users, impersonate groups, create certificatesigningrequests";
            dialog.text.push(cx.t_args("clusters-credential-direct", &[("rights", rights.into())]));
        }
        Err(error) => {
            let error = from_cluster(cx.locale(), &error);
            let reason = error.detail.map_or(error.message.clone(), |detail| format!("{} {detail}", error.message));
            dialog.text.push(cx.t_args("clusters-credential-failed", &[("reason", reason.into())]));
        }
    }
    if let Some(authority) = clusters.authority(id) {
        snippets.push(snippet(cx, "clusters-credential-ca", authority, Some(format!("{id}-ca.crt"))));
    }
    snippets.extend(kubectl(cx, &version));
    if let Some(line) = hosts_line(&row.server_url) {
        snippets.push(Snippet {
            hint: cx.t("clusters-credential-hosts-hint"),
            ..snippet(cx, "clusters-credential-hosts", line, None)
        });
    }
    snippets.push(snippet(cx, "clusters-credential-completion", "source <(kubectl completion bash)".to_owned(), None));
    dialog.snippets = snippets;
    Ok(dialog)
}

fn snippet(cx: &RequestCx, label: &str, text: String, file: Option<String>) -> Snippet {
    Snippet { label: cx.t(label), text, file, secret: false, hint: String::new() }
}

/// Adds the context to the person's own configuration, which may not exist yet, and makes it the current one. The new
/// file comes first: kubectl takes the first of two entries with the same name, and the older one has ended.
fn lasting(file: &str, context: &str) -> String {
    format!(
        "mkdir -p ~/.kube && (umask 077 && KUBECONFIG=./{file}:~/.kube/config kubectl config view --flatten \
         > ~/.kube/config.new) && mv ~/.kube/config.new ~/.kube/config && kubectl config use-context '{context}'"
    )
}

/// Download commands of the cluster's own version (spec 10 R-5), from the project's host or the operator's mirror.
fn kubectl(cx: &RequestCx, version: &str) -> Vec<Snippet> {
    let plain: String = version.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    if plain.is_empty() {
        return Vec::new();
    }
    let base = &cx.services().kubectl_mirror;
    let url = |os: &str, file: &str| format!("{base}/{plain}/bin/{os}/amd64/{file}");
    let install = "chmod +x ./kubectl && sudo mv ./kubectl /usr/local/bin/kubectl";
    vec![
        snippet(
            cx,
            "clusters-credential-install-linux",
            format!("curl -LO {} && {install}", url("linux", "kubectl")),
            None,
        ),
        snippet(
            cx,
            "clusters-credential-install-mac",
            format!("curl -LO {} && {install}", url("darwin", "kubectl")),
            None,
        ),
        snippet(cx, "clusters-credential-install-windows", format!("curl -LO {}", url("windows", "kubectl.exe")), None),
    ]
}

/// The `sed` line of the manual with real values; only where the server has a name that DNS may not know.
fn hosts_line(server: &str) -> Option<String> {
    let host = server.split("://").nth(1)?.split('/').next()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let is_address = host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[');
    if is_address || host.is_empty() {
        return None;
    }
    let address = std::net::ToSocketAddrs::to_socket_addrs(&(host, 443)).ok()?.next()?.ip();
    Some(format!("sudo sed -i '$a {address} {host}' /etc/hosts"))
}

async fn edit(cx: &RequestCx, id: &ClusterId) -> Result<Dialog, AppError> {
    cx.grant::<ClusterManage>(id.clone())?;
    let row = row(cx, id).await?;
    let mut dialog = base(cx, "cluster-edit", id, cx.t_args("clusters-edit-title", &[("name", (&row.name).into())]));
    let filled = forms::cluster_edit(
        cx.locale(),
        &json!({
            "name": row.name,
            "description": row.description,
            "color": row.color,
            "badge": row.badge_text,
            "production": row.production,
            "protected": row.deletion_protection,
        }),
    );
    (dialog.form, dialog.data) = (Some(filled.form), filled.data);
    Ok(dialog)
}

async fn save(cx: &RequestCx, id: &ClusterId, data: &Value) -> Result<Outcome, AppError> {
    cx.grant::<ClusterManage>(id.clone())?;
    let before = row(cx, id).await?;
    forms::checked(&forms::cluster_edit(cx.locale(), &json!({})).form, data, cx.locale())?;
    let text = |field: &str| data[field].as_str().map(|text| text.trim().to_owned());
    let patch = ClusterPatch {
        name: text("name"),
        description: text("description"),
        color: text("color"),
        badge_text: text("badge"),
        production: data["production"].as_bool(),
        deletion_protection: data["protected"].as_bool(),
        ..ClusterPatch::default()
    };
    let result = cx.services().store().clusters().update(id.as_str(), &patch, store::now()).await;
    let result = result.map_err(|error| refused(cx, error));
    record::write(cx, act(id, &before.name, "update", data.clone()), result.as_ref().err()).await;
    result?;
    let name = text("name").unwrap_or(before.name);
    Ok(crate::dialogs::done(cx.t_args("clusters-edit-done", &[("name", name.into())])))
}

async fn replace(cx: &RequestCx, id: &ClusterId) -> Result<Dialog, AppError> {
    cx.grant::<ClusterManage>(id.clone())?;
    let row = row(cx, id).await?;
    let mut dialog =
        base(cx, "cluster-replace", id, cx.t_args("clusters-replace-title", &[("name", (&row.name).into())]));
    dialog.text = vec![cx.t("clusters-replace-text")];
    dialog.form = Some(forms::cluster_credential(cx.locale()));
    dialog.data = json!({"kubeconfig": "", "context": ""});
    dialog.confirm = cx.t("action-cluster-replace");
    Ok(dialog)
}

pub(super) fn refused(cx: &RequestCx, error: StoreError) -> AppError {
    match error {
        StoreError::Conflict(UniqueKey::ClusterName) => {
            let mut error = AppError::field("name", cx.t("clusters-name-taken"));
            error.kind = ErrorKind::Conflict;
            error
        }
        error => stored(cx.locale(), error),
    }
}

async fn remove(cx: &RequestCx, id: &ClusterId) -> Result<Dialog, AppError> {
    cx.grant::<ClusterManage>(id.clone())?;
    let row = row(cx, id).await?;
    let mut dialog =
        base(cx, "cluster-remove", id, cx.t_args("clusters-remove-title", &[("name", (&row.name).into())]));
    dialog.danger = true;
    dialog.confirm = cx.t("action-cluster-remove");
    dialog.text = vec![cx.t("clusters-remove-text"), cx.t("clusters-remove-text-credential")];
    if row.deletion_protection {
        dialog.refused = Some(cx.t("clusters-remove-protected"));
    }
    dialog.type_name = Some(row.name);
    Ok(dialog)
}

async fn forget(cx: &RequestCx, id: &ClusterId, typed: &str) -> Result<Outcome, AppError> {
    cx.grant::<ClusterManage>(id.clone())?;
    let row = row(cx, id).await?;
    if row.deletion_protection {
        return Err(AppError::new(ErrorKind::Conflict, cx.t("clusters-remove-protected")));
    }
    if typed != row.name {
        return Err(AppError::field("typed", cx.t_args("dialog-typed-wrong", &[("name", (&row.name).into())])));
    }
    let result = cx.services().store().clusters().delete(id.as_str()).await.map_err(|error| stored(cx.locale(), error));
    record::write(cx, act(id, &row.name, "remove", json!({})), result.as_ref().err()).await;
    result?;
    cx.services().clusters().remove(id);
    Ok(Outcome {
        items: Vec::new(),
        next: Some(links::CLUSTERS.to_owned()),
        message: cx.t_args("clusters-remove-done", &[("name", row.name.into())]),
        snippets: Vec::new(),
    })
}

pub(super) fn act<'a>(id: &'a ClusterId, name: &'a str, verb: &'static str, change: Value) -> record::Act<'a> {
    record::Act { cluster: id.as_str(), namespace: "", kind: "cluster", name, verb, change }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [C-65]
    #[test]
    fn a_hosts_line_is_offered_for_names_only() {
        assert_eq!(hosts_line("https://10.0.0.1:6443"), None);
        assert_eq!(hosts_line("https://[::1]:6443"), None);
        let line = hosts_line("https://localhost:6443/path").unwrap();
        assert!(line.starts_with("sudo sed -i '$a ") && line.ends_with(" localhost' /etc/hosts"), "{line}");
    }
}
