//! Import of clusters: kubeconfig or the console's own service account, connection test before anything is saved.

use super::dialogs::{act, refused};
use super::registry::{config, ensure_roles};
use crate::RequestCx;
use crate::accounts::stored;
use crate::change::record;
use crate::error::{from_cluster, kubeconfig};
use crate::forms;
use authz::Grant;
use authz::right::{ClusterImport, ClusterManage};
use clusters::connection::{Outcome as StepOutcome, Report};
use clusters::kubeconfig::{self as files, Context};
use clusters::{IdentityMode, Source};
use futures::StreamExt as _;
use model::change::{Outcome, OutcomeItem, Review, ReviewItem, Verdict};
use model::clusters::{CheckLine, ConnectionReport, ImportCandidate};
use model::form::{Form, FormTarget, FormView};
use model::object::{KindKey, ObjectRef};
use model::table::{Family, State};
use model::{AppError, ClusterId, FieldError, links};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use store::{ClusterSource, NewCluster, Plaintext};

/// How long a connection test may take in all.
const TEST: Duration = Duration::from_secs(20);

/// Connection tests at the same time.
const AT_A_TIME: usize = 16;

/// Name of the context that stands for the console's own service account.
const IN_CLUSTER: &str = "in-cluster";

/// The import form, empty.
pub async fn form(cx: &RequestCx, _grant: &Grant<ClusterImport>) -> Result<FormView, AppError> {
    let form = build(cx, 0);
    let data = json!({"source": "kubeconfig", "kubeconfig": "", "name": "", "clusters": []});
    Ok(FormView {
        form,
        data,
        target: target(),
        object: Value::Null,
        hidden_paths: Vec::new(),
        yaml: false,
        submit_label: cx.t("clusters-import-submit"),
        cancel_href: links::CLUSTERS.to_owned(),
        refused: None,
    })
}

fn target() -> FormTarget {
    FormTarget { form: "cluster-import".to_owned(), cluster: None, kind: None, object: None }
}

fn build(cx: &RequestCx, contexts: usize) -> Form {
    forms::cluster_import(cx.locale(), contexts, in_cluster_available())
}

fn in_cluster_available() -> bool {
    std::path::Path::new("/var/run/secrets/kubernetes.io/serviceaccount/token").exists()
}

/// The form for what has been pasted: each context that can be imported becomes a card with its suggested name.
pub fn refresh(cx: &RequestCx, _grant: &Grant<ClusterImport>, mut data: Value) -> Result<(Form, Value), AppError> {
    let text = data["kubeconfig"].as_str().unwrap_or_default().to_owned();
    if text.trim().is_empty() {
        data["clusters"] = json!([]);
        return Ok((build(cx, 0), data));
    }
    let candidates = read(cx, &text)?;
    let taken = data["clusters"].as_array().cloned().unwrap_or_default();
    let cards: Vec<Value> = candidates
        .iter()
        .map(|candidate| {
            // What the person typed for a context stays when the text is touched again.
            let known = taken.iter().find(|card| card["context"] == candidate.context.as_str());
            known.cloned().unwrap_or_else(|| {
                json!({
                    "context": candidate.context,
                    // None is chosen silently, unless there is nothing to choose.
                    "chosen": candidates.len() == 1 && candidate.refused.is_none(),
                    "name": candidate.name,
                    "server": candidate.server,
                    "refused": candidate.refused.clone().unwrap_or_default(),
                })
            })
        })
        .collect();
    data["clusters"] = json!(cards);
    Ok((build(cx, candidates.len()), data))
}

/// The contexts of a kubeconfig.
pub fn candidates(cx: &RequestCx, _grant: &Grant<ClusterImport>, text: &str) -> Result<Vec<ImportCandidate>, AppError> {
    read(cx, text)
}

fn read(cx: &RequestCx, text: &str) -> Result<Vec<ImportCandidate>, AppError> {
    let contexts = files::read(text).map_err(|error| AppError::field("kubeconfig", kubeconfig(cx.locale(), &error)))?;
    Ok(contexts.iter().map(|context| candidate(cx, context)).collect())
}

fn candidate(cx: &RequestCx, context: &Context) -> ImportCandidate {
    ImportCandidate {
        context: context.name.clone(),
        cluster: context.cluster.clone(),
        user: context.user.clone(),
        namespace: context.namespace.clone(),
        server: context.server.clone(),
        credential: context.credential.code().to_owned(),
        refused: context.refused.as_ref().map(|error| kubeconfig(cx.locale(), error)),
        name: suggested(&context.name),
    }
}

/// A name for the console: the context's, as far as it is one (`kubernetes-admin@prod` → `prod`).
fn suggested(context: &str) -> String {
    let tail = context.rsplit_once('@').map_or(context, |(_, cluster)| cluster);
    let tail = tail.rsplit('/').next().unwrap_or(tail).trim();
    tail.chars().take(60).collect()
}

/// What is to be imported.
struct Chosen {
    context: String,
    name: String,
    /// Path of its card in the form data.
    path: String,
    /// One context, data inline; `None` is the service account.
    context_data: Option<Context>,
}

impl Chosen {
    fn source(&self) -> Source {
        match &self.context_data {
            Some(context) => Source::Kubeconfig { text: context.single.clone() },
            None => Source::InCluster,
        }
    }
}

/// What was chosen, under names that are free. The unique key decides in the end; asked here, a taken name costs no
/// half-done import.
async fn chosen(cx: &RequestCx, data: &Value) -> Result<Vec<Chosen>, AppError> {
    let chosen = read_chosen(cx, data)?;
    let taken: Vec<String> = super::rows(cx).await?.into_iter().map(|row| row.name.to_lowercase()).collect();
    let mut fields = Vec::new();
    for (index, one) in chosen.iter().enumerate() {
        let name = one.name.to_lowercase();
        let twice = chosen[..index].iter().any(|before| before.name.to_lowercase() == name);
        let key = match (taken.contains(&name), twice) {
            (true, _) => "clusters-name-taken",
            (_, true) => "clusters-name-twice",
            _ => continue,
        };
        fields.push(FieldError { path: one.path.clone(), message: cx.t(key) });
    }
    let Some(first) = fields.first() else { return Ok(chosen) };
    let mut error = AppError::new(model::ErrorKind::Conflict, first.message.clone());
    error.fields = fields;
    Err(error)
}

fn read_chosen(cx: &RequestCx, data: &Value) -> Result<Vec<Chosen>, AppError> {
    if data["source"] == "in-cluster" {
        if !in_cluster_available() {
            return Err(AppError::field("source", cx.t("clusters-in-cluster-absent")));
        }
        let name = data["name"].as_str().unwrap_or_default().trim().to_owned();
        let name = if name.is_empty() { IN_CLUSTER.to_owned() } else { name };
        return Ok(vec![Chosen { context: IN_CLUSTER.to_owned(), name, path: "name".to_owned(), context_data: None }]);
    }
    let text = data["kubeconfig"].as_str().unwrap_or_default();
    let contexts = files::read(text).map_err(|error| AppError::field("kubeconfig", kubeconfig(cx.locale(), &error)))?;
    let cards = data["clusters"].as_array().cloned().unwrap_or_default();
    let mut out = Vec::new();
    for (index, card) in cards.iter().enumerate().filter(|(_, card)| card["chosen"] == true) {
        let wanted = card["context"].as_str().unwrap_or_default();
        let path = format!("clusters.{index}.name");
        let Some(context) = contexts.iter().find(|context| context.name == wanted) else {
            return Err(AppError::field(path, cx.t("clusters-read-first")));
        };
        if let Some(problem) = &context.refused {
            return Err(AppError::field(path, kubeconfig(cx.locale(), problem)));
        }
        let name = card["name"].as_str().unwrap_or_default().trim().to_owned();
        if name.is_empty() || name.chars().count() > 60 {
            return Err(AppError::field(path, cx.t("clusters-name-rule")));
        }
        out.push(Chosen { context: wanted.to_owned(), name, path, context_data: Some(context.clone()) });
    }
    if out.is_empty() {
        let path = if cards.is_empty() { "kubeconfig" } else { "clusters" };
        return Err(AppError::field(path, cx.t("clusters-pick-one")));
    }
    Ok(out)
}

/// The connection test of one context.
pub async fn test(
    cx: &RequestCx,
    _grant: &Grant<ClusterImport>,
    text: &str,
    context: &str,
) -> Result<ConnectionReport, AppError> {
    let source = if text.trim().is_empty() {
        Source::InCluster
    } else {
        let contexts =
            files::read(text).map_err(|error| AppError::field("kubeconfig", kubeconfig(cx.locale(), &error)))?;
        let found = contexts.into_iter().find(|found| found.name == context);
        let found = found.ok_or_else(|| AppError::field("kubeconfig", cx.t("clusters-read-first")))?;
        if let Some(problem) = &found.refused {
            return Err(AppError::field("kubeconfig", kubeconfig(cx.locale(), problem)));
        }
        Source::Kubeconfig { text: found.single }
    };
    let report = clusters::connection::test(&source, TEST).await;
    Ok(ConnectionReport {
        context: context.to_owned(),
        ok: report.ok(),
        lines: lines(cx, &report),
        version: report.version.clone(),
        nodes: report.nodes,
        missing_rights: report.missing_rights.iter().map(clusters::connection::MissingRight::text).collect(),
        error: report.error.as_ref().map(|error| from_cluster(cx.locale(), error)),
    })
}

fn lines(cx: &RequestCx, report: &Report) -> Vec<CheckLine> {
    report
        .steps
        .iter()
        .map(|step| {
            let (family, key) = match step.outcome {
                StepOutcome::Passed => (Family::Success, "check-ok"),
                StepOutcome::Warning => (Family::Warning, "check-warning"),
                StepOutcome::Failed => (Family::Error, "check-failed"),
                StepOutcome::Skipped => (Family::Neutral, "check-skipped"),
            };
            let detail = match &step.error {
                Some(error) => {
                    let error = from_cluster(cx.locale(), error);
                    error.detail.map_or(error.message.clone(), |detail| format!("{} {detail}", error.message))
                }
                None => step.detail.clone(),
            };
            CheckLine {
                id: step.id.code().to_owned(),
                label: cx.t(&format!("check-{}", step.id.code())),
                state: State::new(family, cx.t(key)),
                detail,
            }
        })
        .collect()
}

/// The review of an import: the connection test of every chosen context. Nothing is saved.
pub async fn review(cx: &RequestCx, _grant: &Grant<ClusterImport>, data: &Value) -> Result<Review, AppError> {
    let chosen = chosen(cx, data).await?;
    let known = super::rows(cx).await?;
    let mut items = Vec::with_capacity(chosen.len());
    for (one, report) in chosen.iter().zip(&reports(&chosen).await) {
        let server = one.context_data.as_ref().map(|context| context.server.as_str());
        let again = known.iter().find(|row| server.is_some_and(|server| row.server_url == server));
        items.push(review_item(cx, one, report, again.map(|row| row.name.as_str())));
    }
    let quiet = items.iter().all(|item| item.refusal.is_none() && item.warnings.is_empty());
    Ok(Review { items, quiet })
}

fn review_item(cx: &RequestCx, one: &Chosen, report: &Report, again: Option<&str>) -> ReviewItem {
    let mut effects: Vec<String> = lines(cx, report)
        .into_iter()
        .filter(|line| line.state.family != Family::Neutral)
        .map(|line| format!("{}: {} {}", line.label, line.state.word, line.detail).trim().to_owned())
        .collect();
    let mut warnings = Vec::new();
    if report.ok() {
        if report.impersonates {
            effects.push(cx.t("clusters-import-roles"));
        } else {
            warnings.push(cx.t("clusters-import-direct"));
        }
        if !report.missing_rights.is_empty() {
            let rights: Vec<String> =
                report.missing_rights.iter().map(clusters::connection::MissingRight::text).collect();
            warnings.push(cx.t_args("check-missing-rights", &[("rights", rights.join(", ").into())]));
        }
        if let Some(name) = again {
            warnings.push(cx.t_args("clusters-import-again", &[("name", name.into())]));
        }
        if let Some(context) = &one.context_data {
            if context.plain_http {
                warnings.push(cx.t("clusters-import-plain-http"));
            } else if context.insecure {
                warnings.push(cx.t("clusters-import-insecure"));
            }
        }
        for step in report.steps.iter().filter(|step| step.outcome == StepOutcome::Warning && !step.detail.is_empty()) {
            // Said in words above.
            if !matches!(step.id.code(), "rights" | "tls") {
                warnings.push(format!("{}: {}", cx.t(&format!("check-{}", step.id.code())), step.detail));
            }
        }
    }
    ReviewItem {
        target: pseudo_target(),
        title: format!("{} ({})", one.name, one.context),
        verdict: if report.ok() { Verdict::Created } else { Verdict::Refused },
        diff: Vec::new(),
        warnings,
        refusal: report.error.as_ref().map(|error| from_cluster(cx.locale(), error)),
        effects,
    }
}

/// Reviews speak of objects; a cluster that is not imported yet has no id.
fn pseudo_target() -> ObjectRef {
    ObjectRef {
        cluster: ClusterId::from_random([0; 8]),
        kind: KindKey::new("", "clusters"),
        namespace: None,
        name: String::new(),
        uid: None,
    }
}

/// Imports the chosen contexts. Each is tested again; what fails is told and the others go on.
pub async fn import(cx: &RequestCx, grant: &Grant<ClusterImport>, data: &Value) -> Result<Outcome, AppError> {
    let chosen = chosen(cx, data).await?;
    let mut items = Vec::new();
    let mut last = None;
    let mut names = Vec::new();
    for (one, report) in chosen.iter().zip(&reports(&chosen).await) {
        let result = import_one(cx, grant, one, report).await;
        let cluster = match &result {
            Ok(id) => id.clone(),
            Err(_) => ClusterId::from_random([0; 8]),
        };
        if let Ok(id) = &result {
            last = Some(id.clone());
            names.push(one.name.clone());
        }
        let target = ObjectRef { cluster, ..pseudo_target() };
        items.push(OutcomeItem { target, title: one.name.clone(), error: result.err() });
    }
    // One refused import is the answer itself, beside its field.
    if let [only] = items.as_slice()
        && let Some(error) = &only.error
    {
        return Err(error.clone());
    }
    let next = match (&last, items.len()) {
        (Some(id), 1) => Some(links::cluster(id)),
        _ => Some(links::CLUSTERS.to_owned()),
    };
    let message = cx.t_args("clusters-imported", &[("name", names.join(", ").into())]);
    Ok(crate::change::outcome(cx, items, message, next))
}

/// The connection tests of all that was chosen, several at a time: one that hangs does not hold up the others.
async fn reports(chosen: &[Chosen]) -> Vec<Report> {
    let sources: Vec<Source> = chosen.iter().map(Chosen::source).collect();
    let tests = sources.into_iter().map(|source| async move { clusters::connection::test(&source, TEST).await });
    futures::stream::iter(tests).buffered(AT_A_TIME).collect().await
}

async fn import_one(
    cx: &RequestCx,
    grant: &Grant<ClusterImport>,
    one: &Chosen,
    report: &Report,
) -> Result<ClusterId, AppError> {
    if let Some(error) = &report.error {
        let error = from_cluster(cx.locale(), error);
        let reason = error.detail.map_or(error.message.clone(), |detail| format!("{} {detail}", error.message));
        let args = [("context", (&one.context).into()), ("reason", reason.into())];
        let mut refused = AppError::field(one.path.clone(), cx.t_args("clusters-connection-failed", &args));
        refused.kind = model::ErrorKind::Invalid;
        return Err(refused);
    }
    let identity = if report.impersonates { IdentityMode::Impersonate } else { IdentityMode::Direct };
    let new = NewCluster {
        name: one.name.clone(),
        description: String::new(),
        color: "blue".to_owned(),
        badge_text: String::new(),
        production: false,
        source: if one.context_data.is_some() { ClusterSource::Kubeconfig } else { ClusterSource::InCluster },
        context_name: one.context.clone(),
        server_url: one.context_data.as_ref().map_or_else(String::new, |context| context.server.clone()),
        default_namespace: one.context_data.as_ref().and_then(|context| context.namespace.clone()).unwrap_or_default(),
        deletion_protection: false,
        identity_mode: match identity {
            IdentityMode::Impersonate => store::IdentityMode::Impersonate,
            IdentityMode::Direct => store::IdentityMode::Direct,
        },
        imported_by: grant.actor().id.to_string(),
        kubeconfig: one.context_data.as_ref().map(|context| Plaintext::new(context.single.clone().into_bytes())),
    };
    let store = cx.services().store();
    let row = store.clusters().insert(&new, store::now()).await.map_err(|error| {
        let mut error = refused(cx, error);
        for field in &mut error.fields {
            field.path.clone_from(&one.path);
        }
        error
    })?;
    let id = ClusterId::parse(&row.id).map_err(|_| AppError::new(model::ErrorKind::Internal, cx.t("error-title")))?;
    record::write(cx, act(&id, &one.name, "import", json!({"context": one.context, "server": new.server_url})), None)
        .await;
    let entry = config(store, &row).await.map_err(|error| stored(cx.locale(), error))?;
    if let Some(entry) = entry {
        let clusters = cx.services().clusters();
        clusters.put(entry);
        ensure_roles(clusters, &id).await;
        clusters.probe(&id).await;
    }
    Ok(id)
}

/// Puts another credential into an imported cluster; tested first, so that a working one is never lost to a bad one.
/// Caches start anew with it, pages recover without a reload.
pub(super) async fn replace(cx: &RequestCx, id: &ClusterId, data: &Value) -> Result<Outcome, AppError> {
    cx.grant::<ClusterManage>(id.clone())?;
    let before = super::row(cx, id).await?;
    forms::checked(&forms::cluster_credential(cx.locale()), data, cx.locale())?;
    let text = data["kubeconfig"].as_str().unwrap_or_default();
    let contexts = files::read(text).map_err(|error| AppError::field("kubeconfig", kubeconfig(cx.locale(), &error)))?;
    let wanted = data["context"].as_str().unwrap_or_default().trim();
    let context = match (contexts.as_slice(), wanted) {
        ([only], "") => only,
        (many, name) => many.iter().find(|context| context.name == name).ok_or_else(|| {
            let names: Vec<&str> = many.iter().map(|context| context.name.as_str()).collect();
            AppError::field("context", cx.t_args("clusters-replace-pick", &[("names", names.join(", ").into())]))
        })?,
    };
    if let Some(problem) = &context.refused {
        return Err(AppError::field("kubeconfig", kubeconfig(cx.locale(), problem)));
    }
    let report = clusters::connection::test(&Source::Kubeconfig { text: context.single.clone() }, TEST).await;
    if let Some(error) = &report.error {
        let error = from_cluster(cx.locale(), error);
        let reason = error.detail.map_or(error.message.clone(), |detail| format!("{} {detail}", error.message));
        let args = [("context", (&context.name).into()), ("reason", reason.into())];
        return Err(AppError::field("kubeconfig", cx.t_args("clusters-connection-failed", &args)));
    }
    let store = cx.services().store();
    let patch = store::ClusterPatch {
        context_name: Some(context.name.clone()),
        server_url: Some(context.server.clone()),
        identity_mode: Some(if report.impersonates {
            store::IdentityMode::Impersonate
        } else {
            store::IdentityMode::Direct
        }),
        ..store::ClusterPatch::default()
    };
    let stored = |error| stored(cx.locale(), error);
    let result = async {
        store.clusters().save_kubeconfig(id.as_str(), &Plaintext::new(context.single.clone().into_bytes())).await?;
        store.clusters().update(id.as_str(), &patch, store::now()).await
    }
    .await
    .map_err(stored);
    let change = json!({"context": context.name, "server": context.server});
    record::write(cx, act(id, &before.name, "replace-credential", change), result.as_ref().err()).await;
    result?;
    let row = super::row(cx, id).await?;
    if let Some(entry) = config(store, &row).await.map_err(stored)? {
        let clusters = cx.services().clusters();
        clusters.put(entry);
        // The credential may lead to a cluster that was made anew.
        ensure_roles(clusters, id).await;
        clusters.probe(id).await;
    }
    Ok(Outcome {
        items: Vec::new(),
        next: None,
        message: cx.t_args("clusters-credential-changed", &[("name", before.name.into())]),
        snippets: Vec::new(),
    })
}

/// The text of a kubeconfig on this machine, when it is a file of a fitting size.
fn text_of(path: &Path) -> Option<String> {
    let fits = std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= files::LARGEST as u64);
    if fits { std::fs::read_to_string(path).ok() } else { None }
}

/// Clusters of a kubeconfig on this machine, for the set-up page. Before sign-in only names and addresses are shown,
/// and only behind the one-time link.
pub async fn found(cx: &RequestCx, path: &Path) -> Vec<ImportCandidate> {
    let Some(text) = text_of(path) else { return Vec::new() };
    files::read(&text)
        .map(|contexts| contexts.iter().map(|context| candidate(cx, context)).collect())
        .unwrap_or_default()
}

/// Imports the ticked contexts of it as the new main account. A cluster that cannot be imported must not spoil the
/// set-up: it is logged and can be imported later.
pub async fn import_found(cx: &RequestCx, path: &Path, contexts: Vec<String>) {
    let Some(text) = text_of(path) else { return };
    import_text(cx, &text, |name| contexts.iter().any(|wanted| wanted == name)).await;
}

/// Imports contexts of a text, as the signed-in account.
pub async fn import_text(cx: &RequestCx, text: &str, wanted: impl Fn(&str) -> bool) {
    let (Ok(grant), Ok(contexts)) = (cx.grant::<ClusterImport>(authz::ConsoleScope), files::read(text)) else { return };
    for context in contexts.into_iter().filter(|context| context.refused.is_none() && wanted(&context.name)) {
        let one = Chosen {
            context: context.name.clone(),
            name: suggested(&context.name),
            path: String::new(),
            context_data: Some(context),
        };
        let report = clusters::connection::test(&one.source(), TEST).await;
        if let Err(error) = import_one(cx, &grant, &one, &report).await {
            tracing::warn!(%error, context = one.context, "the found cluster could not be imported");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_suggested_from_contexts() {
        assert_eq!(suggested("kubernetes-admin@prod"), "prod");
        assert_eq!(suggested("arn:aws:eks:eu-west-1:123:cluster/shop"), "shop");
        assert_eq!(suggested("kind-dev"), "kind-dev");
    }
}
