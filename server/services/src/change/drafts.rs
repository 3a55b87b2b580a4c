//! Drafts of form pages: opened, switched between form and YAML, reviewed by dry run, applied.

use crate::RequestCx;
use crate::change::{self, title};
use crate::clusters::import;
use crate::error::from_cluster;
use crate::forms;
use crate::objects::{self, user_of};
use authz::Grant;
use authz::right::{ClusterImport, ClusterRead, ClusterWrite};
use clusters::UserClient;
use model::change::{Plan, Review, Verdict};
use model::error::FieldError;
use model::form::{Form, FormTarget, FormView};
use model::object::{KindKey, ObjectRef};
use model::rpc::{
    Applied, ApplyDraft, Draft, RebaseDraft, RebasedDraft, RefreshForm, RefreshedForm, ReviewDraft, SwitchView,
    SwitchedView,
};
use model::{AppError, ErrorKind, links};
use serde_json::Value;

/// The form of a new object.
pub async fn create(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    kind: &KindKey,
    namespace: Option<String>,
) -> Result<FormView, AppError> {
    let known = objects::kind(cx, kind)?;
    if !known.form {
        return Err(AppError::not_found(cx.t("error-not-found")));
    }
    let target = target(grant, kind, None);
    open(cx, grant, target, None, namespace, links::list(grant.cluster(), kind)).await
}

/// The form on an object that exists.
pub async fn edit(cx: &RequestCx, grant: &Grant<ClusterRead>, target: &ObjectRef) -> Result<FormView, AppError> {
    let known = objects::kind(cx, &target.kind)?;
    if !known.form {
        return Err(AppError::not_found(cx.t("error-not-found")));
    }
    let user = objects::user(cx, grant)?;
    let object = change::read(&user, target).await.map_err(|error| from_cluster(cx.locale(), &error))?;
    let uid = object["metadata"]["uid"].as_str().map(str::to_owned);
    let existing = ObjectRef { uid, ..target.clone() };
    let form = self::target(grant, &target.kind, Some(existing));
    open(cx, grant, form, Some(&object), target.namespace.clone(), links::object(target)).await
}

fn target(grant: &Grant<ClusterRead>, kind: &KindKey, object: Option<ObjectRef>) -> FormTarget {
    FormTarget { form: "workload".to_owned(), cluster: Some(grant.cluster().clone()), kind: Some(kind.clone()), object }
}

async fn open(
    cx: &RequestCx,
    grant: &Grant<ClusterRead>,
    target: FormTarget,
    object: Option<&Value>,
    namespace: Option<String>,
    cancel_href: String,
) -> Result<FormView, AppError> {
    let namespaces = match &target.kind {
        Some(kind) => objects::namespaces(cx, grant, kind).await,
        None => Vec::new(),
    };
    // One that the address names is offered although the list may not know it yet; the cluster judges.
    let namespace = namespace.filter(|name| !name.is_empty());
    let refused = objects::account_refusal(cx, grant);
    let context = forms::OpenContext { namespaces, namespace, cancel_href, refused };
    forms::open(cx.locale(), target, object, context)
}

/// The same draft in the other view.
pub async fn switch(cx: &RequestCx, call: &SwitchView) -> Result<SwitchedView, AppError> {
    if let Some(cluster) = &call.target.cluster {
        cx.grant::<ClusterRead>(cluster.clone())?;
    }
    Ok(forms::switch(&call.target, &call.object, &call.draft, cx.locale()))
}

/// The form anew for these values.
pub async fn refresh(cx: &RequestCx, call: &RefreshForm) -> Result<RefreshedForm, AppError> {
    match call.target.form.as_str() {
        "cluster-import" => {
            let grant = cx.grant::<ClusterImport>(authz::ConsoleScope)?;
            let (form, data): (Form, Value) = import::refresh(cx, &grant, call.data.clone())?;
            Ok(RefreshedForm { form, data })
        }
        _ => Err(AppError::not_found(cx.t("error-not-found"))),
    }
}

pub async fn review(cx: &RequestCx, call: &ReviewDraft) -> Result<Review, AppError> {
    if call.target.form == "cluster-import" {
        let grant = cx.grant::<ClusterImport>(authz::ConsoleScope)?;
        return import::review(cx, &grant, form_data(cx, &call.draft)?).await;
    }
    let prepared = prepare(cx, &call.target, &call.object, &call.draft)?;
    let mut review = change::review(cx, &prepared.user, &prepared.plan).await?;
    if let Some(conflict) = conflict(cx, &prepared, &call.target, &call.object, &call.draft).await {
        for item in review.items.iter_mut().filter(|item| item.refusal.is_none()) {
            item.verdict = Verdict::Refused;
            item.refusal = Some(conflict.clone());
        }
        review.quiet = false;
    }
    for item in &mut review.items {
        if let Some(refusal) = item.refusal.take() {
            item.refusal = Some(located(cx, &call.draft, refusal));
        }
    }
    Ok(review)
}

pub async fn apply(cx: &RequestCx, call: &ApplyDraft) -> Result<Applied, AppError> {
    if call.target.form == "cluster-import" {
        let grant = cx.grant::<ClusterImport>(authz::ConsoleScope)?;
        let data = form_data(cx, &call.draft)?;
        if !call.reviewed {
            let review = import::review(cx, &grant, data).await?;
            if !review.quiet {
                return Ok(Applied::Look { review });
            }
        }
        return Ok(Applied::Done { outcome: import::import(cx, &grant, data).await? });
    }
    let prepared = prepare(cx, &call.target, &call.object, &call.draft)?;
    let next = prepared.next.clone();
    if prepared.plan.is_empty() {
        let outcome = change::outcome(cx, Vec::new(), cx.t("change-nothing"), next);
        return Ok(Applied::Done { outcome });
    }
    if let Some(conflict) = conflict(cx, &prepared, &call.target, &call.object, &call.draft).await {
        return Err(located(cx, &call.draft, conflict));
    }
    // All or nothing: the dry run comes first, and as long as it refuses one object none is written (W-77).
    let mut review = change::review(cx, &prepared.user, &prepared.plan).await?;
    let refusal = review.items.iter_mut().find_map(|item| item.refusal.take());
    if let Some(refusal) = refusal {
        return Err(located(cx, &call.draft, refusal));
    }
    let production = crate::clusters::row(cx, &prepared.cluster).await?.production;
    if !call.reviewed && (!review.quiet || production) {
        return Ok(Applied::Look { review });
    }
    let items = change::apply(cx, &prepared.user, &prepared.plan).await?;
    if let Some(error) = items.iter().find_map(|item| item.error.clone()) {
        return Err(located(cx, &call.draft, error));
    }
    let done = match items.as_slice() {
        [one] => cx.t_args("change-applied", &[("what", title(cx, &one.target).into())]),
        many => cx.t_args("change-applied", &[("what", many.len().to_string().into())]),
    };
    Ok(Applied::Done { outcome: change::outcome(cx, items, done, next) })
}

/// The draft put onto the object as it is now.
pub async fn rebase(cx: &RequestCx, call: &RebaseDraft) -> Result<RebasedDraft, AppError> {
    let (Some(cluster), Some(existing)) = (&call.target.cluster, &call.target.object) else {
        return Err(AppError::not_found(cx.t("error-not-found")));
    };
    let grant = cx.grant::<ClusterRead>(cluster.clone())?;
    if existing.cluster != *cluster {
        return Err(AppError::not_found(cx.t("error-not-found")));
    }
    objects::kind(cx, &existing.kind)?;
    let user = objects::user(cx, &grant)?;
    let live = change::read(&user, existing).await.map_err(|error| from_cluster(cx.locale(), &error))?;
    if existing.uid.as_deref().is_some_and(|uid| live["metadata"]["uid"] != uid) {
        return Err(AppError::new(ErrorKind::Conflict, cx.t("cluster-error-recreated")));
    }
    let new = forms::meant(&call.target, &call.object, &call.draft, cx.locale())?;
    let kept = change::overtaken::overtaken(&call.object, &new, &live);
    let merged = change::merge::merged(&call.object, &new, &live);
    let (draft, hidden_paths) = forms::draft_of(&call.target, &live, &merged, &call.draft, cx.locale())?;
    let yaml = forms::text_of(&live);
    let kept = kept.into_iter().map(|place| place.path).collect();
    Ok(RebasedDraft { draft, object: live, yaml, hidden_paths, kept })
}

/// What somebody else changed meanwhile in the places that the form changes. An object that cannot be read now is left
/// to the change itself, which says why.
async fn conflict(
    cx: &RequestCx,
    prepared: &Prepared,
    target: &FormTarget,
    object: &Value,
    draft: &Draft,
) -> Option<AppError> {
    let (Draft::Form { .. }, Some(existing)) = (draft, &target.object) else { return None };
    if prepared.plan.is_empty() {
        return None;
    }
    let new = forms::object_of(target, object, draft, cx.locale()).ok()?;
    let live = change::read(&prepared.user, existing).await.ok()?;
    // Another object of the same name is refused by its uid, as a whole.
    if existing.uid.as_deref().is_some_and(|uid| live["metadata"]["uid"] != uid) {
        return None;
    }
    let places = change::overtaken::overtaken(object, &new, &live);
    if places.is_empty() {
        return None;
    }
    let mut error = AppError::new(ErrorKind::Conflict, cx.t("cluster-error-conflict"));
    error.request_id = Some(cx.request_id().to_owned());
    error.fields = places
        .into_iter()
        .map(|place| {
            let message = match &place.now {
                None => cx.t("change-overtaken-removed"),
                Some(Value::String(text)) => cx.t_args("change-overtaken", &[("value", text.into())]),
                Some(other) => cx.t_args("change-overtaken", &[("value", other.to_string().into())]),
            };
            FieldError { path: place.path, message }
        })
        .collect();
    Some(error)
}

/// Puts the cluster's refusal where the person can see it: beside the form's field, or at its line of the text.
fn located(cx: &RequestCx, draft: &Draft, mut error: AppError) -> AppError {
    match draft {
        Draft::Form { .. } => {
            for field in &mut error.fields {
                if let Some(path) = forms::workload::form_path(&field.path) {
                    field.path = path;
                }
            }
        }
        Draft::Yaml { text } => {
            let reading = forms::yaml::read(text);
            for field in &mut error.fields {
                if let Some(key) = reading.keys.iter().find(|key| key.path == field.path) {
                    field.path = format!("yaml:{}:{}", key.line, key.column);
                }
            }
            if let Some(detail) = &error.detail {
                let misspelt = forms::yaml::refused_diagnostics(detail, text, cx.locale());
                error.fields.extend(misspelt.into_iter().map(|found| FieldError {
                    path: format!("yaml:{}:{}", found.line, found.column),
                    message: found.message,
                }));
            }
        }
    }
    error
}

fn form_data<'a>(cx: &RequestCx, draft: &'a Draft) -> Result<&'a Value, AppError> {
    match draft {
        Draft::Form { data } => Ok(data),
        Draft::Yaml { .. } => Err(AppError::invalid(cx.t("error-not-found"))),
    }
}

struct Prepared {
    cluster: model::ClusterId,
    user: UserClient,
    plan: Plan,
    next: Option<String>,
}

/// From the draft to a plan: the form's lenses or the text make the new object, its difference to the object that the
/// draft stands on is the change.
fn prepare(cx: &RequestCx, target: &FormTarget, object: &Value, draft: &Draft) -> Result<Prepared, AppError> {
    let Some(cluster) = target.cluster.clone() else {
        return Err(AppError::not_found(cx.t("error-not-found")));
    };
    let grant = cx.grant::<ClusterWrite>(cluster.clone())?;
    let user = user_of(cx, &cluster, grant.actor())?;
    let plan = forms::plan_of(target, object, draft, cx.locale())?;
    if plan.iter().any(|change| change.target().cluster != cluster) {
        return Err(AppError::new(ErrorKind::Invalid, cx.t("error-not-found")));
    }
    let next = match (&target.object, plan.first()) {
        (Some(existing), _) => Some(links::object(existing)),
        (None, Some(change)) => Some(links::object(change.target())),
        (None, None) => None,
    };
    Ok(Prepared { cluster, user, plan, next })
}
