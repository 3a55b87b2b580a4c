//! The changes engine: form, YAML, row action and bulk all end in a plan, and every plan goes the same road: dry run as
//! the person, review, apply in order, a result per object, the journal. No kind is known here by name.

pub mod diff;
pub mod drafts;
mod merge;
mod overtaken;
pub(crate) mod record;

use crate::RequestCx;
use crate::error::from_cluster;
use crate::forms::yaml::to_yaml;
use clusters::{Action, UserClient, Write, Written};
use model::change::{Change, DiffLine, Outcome, OutcomeItem, Plan, Review, ReviewItem, Verdict};
use model::object::ObjectRef;
use model::{AppError, ErrorKind, FieldError};
use serde_json::Value;
use std::collections::BTreeSet;

/// Objects of one plan; more are refused before anything is sent.
const MOST_CHANGES: usize = 500;

/// What the plan would do, found out by dry runs as the person. Nothing is stored.
pub async fn review(cx: &RequestCx, user: &UserClient, plan: &Plan) -> Result<Review, AppError> {
    limit(cx, plan)?;
    let mut items = Vec::with_capacity(plan.len());
    for change in plan {
        items.push(review_one(cx, user, change).await);
    }
    let quiet = items.iter().all(|item| {
        item.refusal.is_none() && item.warnings.is_empty() && !item.diff.iter().any(|line| line.sign == '~')
    });
    Ok(Review { items, quiet })
}

/// Applies the plan in order and writes the journal. A refused change does not stop the others: the result names each.
pub async fn apply(cx: &RequestCx, user: &UserClient, plan: &Plan) -> Result<Vec<OutcomeItem>, AppError> {
    limit(cx, plan)?;
    let mut out = Vec::with_capacity(plan.len());
    for change in plan {
        let target = change.target().clone();
        let result = send(user, change, false).await.map_err(|error| explain(cx, &error, change));
        record::change(cx, change, result.as_ref().err()).await;
        out.push(OutcomeItem { title: title(cx, &target), target, error: result.err() });
    }
    Ok(out)
}

/// The outcome of a plan of one kind of act: a sentence for the toast and the results.
#[must_use]
pub fn outcome(cx: &RequestCx, items: Vec<OutcomeItem>, done: String, next: Option<String>) -> Outcome {
    let failed = items.iter().filter(|item| item.error.is_some()).count();
    let message = if failed == 0 {
        done
    } else {
        cx.t_args("change-failed", &[("failed", failed.into()), ("all", items.len().into())])
    };
    Outcome { next: next.filter(|_| failed == 0), items, message, snippets: Vec::new() }
}

fn limit(cx: &RequestCx, plan: &Plan) -> Result<(), AppError> {
    if plan.len() > MOST_CHANGES {
        let text = cx.t_args("change-too-many", &[("max", MOST_CHANGES.into())]);
        return Err(AppError::new(ErrorKind::TooLarge, text));
    }
    Ok(())
}

/// "Deployment payment/api".
#[must_use]
pub fn title(cx: &RequestCx, target: &ObjectRef) -> String {
    let kind = crate::objects::kind_label(cx, &target.kind);
    match &target.namespace {
        Some(namespace) => format!("{kind} {namespace}/{}", target.name),
        None => format!("{kind} {}", target.name),
    }
}

async fn review_one(cx: &RequestCx, user: &UserClient, change: &Change) -> ReviewItem {
    let target = change.target();
    let live = match change {
        Change::Create { .. } => Ok(Value::Null),
        _ => read(user, target).await,
    };
    let answer = match live {
        Ok(live) => match send(user, change, true).await {
            Ok(written) => Ok((live, written)),
            Err(error) => match without_dry_run(cx, &error, change, &live) {
                Some(expected) => Ok((live, expected)),
                None => Err(error),
            },
        },
        Err(error) => Err(error),
    };
    let mut item = ReviewItem {
        target: target.clone(),
        title: title(cx, target),
        verdict: Verdict::Refused,
        diff: Vec::new(),
        warnings: Vec::new(),
        refusal: None,
        effects: Vec::new(),
    };
    match answer {
        Err(error) => item.refusal = Some(explain(cx, &error, change)),
        Ok((live, written)) => {
            item.warnings = written.warnings;
            item.diff = difference(change, &live, written.object.as_ref());
            item.verdict = match change {
                Change::Create { .. } => Verdict::Created,
                Change::Delete { .. } => Verdict::Deleted,
                _ if item.diff.is_empty() => Verdict::Unchanged,
                _ => Verdict::Changed,
            };
        }
    }
    item
}

/// The lines that would change. For a subresource the answer is another object, so its body is shown.
fn difference(change: &Change, live: &Value, answered: Option<&Value>) -> Vec<DiffLine> {
    let text =
        |value: &Value| if value.is_null() { String::new() } else { to_yaml(&diff::without_server_fields(value)) };
    match (change, answered) {
        (Change::Create { object, .. }, Some(answered)) => {
            let foreign = diff::foreign_changes(object, answered);
            let marks = diff::foreign_lines(&foreign, to_yaml);
            // Defaults of the server would bury what the person wrote: show the sent object with foreign values put in.
            let mut shown = diff::without_server_fields(object);
            for change in &foreign {
                put_path(&mut shown, &change.path, change.value.clone());
            }
            diff::lines("", &text(&shown), &marks)
        }
        (Change::Delete { .. }, _) => Vec::new(),
        (Change::Subresource { body, .. }, _) => diff::lines("", &to_yaml(body), &BTreeSet::new()),
        (_, Some(answered)) => {
            let foreign = intended(change, live).map_or_else(Vec::new, |meant| diff::foreign_changes(&meant, answered));
            let marks = diff::foreign_lines(&foreign, to_yaml);
            diff::lines(&text(live), &text(answered), &marks)
        }
        (_, None) => Vec::new(),
    }
}

/// The object that a change means, before the cluster says what it makes of it.
fn intended(change: &Change, live: &Value) -> Option<Value> {
    match change {
        Change::Create { object, .. } | Change::Replace { object, .. } => Some(object.clone()),
        Change::Patch { patch, .. } => {
            let mut meant = live.clone();
            json_patch::merge(&mut meant, patch);
            Some(meant)
        }
        Change::JsonPatch { patch, .. } => {
            let patch: json_patch::Patch = serde_json::from_value(patch.clone()).ok()?;
            let mut meant = live.clone();
            json_patch::patch(&mut meant, &patch).ok()?;
            Some(meant)
        }
        Change::Subresource { .. } | Change::Delete { .. } => None,
    }
}

/// Webhooks of older clusters, and some extension apiservers, refuse every dry run. Then there is no forecast, and the
/// person decides by what was meant; without this nothing could be changed there at all.
fn without_dry_run(cx: &RequestCx, error: &clusters::ClusterError, change: &Change, live: &Value) -> Option<Written> {
    let api = error.api().filter(|api| refuses_dry_run(api))?;
    let warning = cx.t_args("change-no-dry-run", &[("reason", (&api.message).into())]);
    Some(Written { object: intended(change, live), warnings: vec![warning] })
}

/// `admission webhook "…" does not support dry run`, `the dryRun feature is disabled`, with 400 or 501.
fn refuses_dry_run(api: &clusters::ApiError) -> bool {
    let message = api.message.to_lowercase();
    matches!(api.status, 400 | 501) && ["dry run", "dry-run", "dryrun"].iter().any(|word| message.contains(word))
}

/// Sets the value at a path that [`diff::foreign_changes`] made.
fn put_path(object: &mut Value, path: &[diff::Step], value: Value) {
    let mut at = object;
    for step in path {
        match step {
            diff::Step::Key(key) => {
                if at.is_null() {
                    *at = Value::Object(serde_json::Map::new());
                }
                let Some(map) = at.as_object_mut() else { return };
                at = map.entry(key.clone()).or_insert(Value::Null);
            }
            diff::Step::Index(index) => {
                let Some(list) = at.as_array_mut() else { return };
                if *index >= list.len() {
                    list.push(Value::Null);
                }
                let last = list.len() - 1;
                at = &mut list[(*index).min(last)];
            }
        }
    }
    *at = value;
}

/// Reads the live object as the person.
pub(crate) async fn read(user: &UserClient, target: &ObjectRef) -> Result<Value, clusters::ClusterError> {
    let resource = user.resource(&target.kind).await?;
    user.get(&resource, target.namespace.as_deref(), &target.name).await
}

/// One change, one request.
async fn send(user: &UserClient, change: &Change, dry_run: bool) -> Result<Written, clusters::ClusterError> {
    let target = change.target();
    let resource = user.resource(&target.kind).await?;
    let action = match change.clone() {
        Change::Create { object, .. } => Action::Create { object },
        Change::Patch { patch, version, .. } => Action::MergePatch { patch, version },
        Change::JsonPatch { patch, .. } => Action::JsonPatch { patch },
        Change::Replace { object, version, .. } => Action::Replace { object, version },
        Change::Subresource { subresource, body, create, .. } => Action::Subresource { subresource, body, create },
        Change::Delete { propagation, force, .. } => Action::Delete { propagation, force },
    };
    let write = Write::new(resource, target.namespace.as_deref(), &target.name, action).of(target.uid.as_deref());
    user.write(&write, dry_run).await
}

/// A refusal with what the person tried, so that "forbidden" names the verb and the resource.
fn explain(cx: &RequestCx, error: &clusters::ClusterError, change: &Change) -> AppError {
    let target = change.target();
    let mut out = from_cluster(cx.locale(), error);
    out.request_id = Some(cx.request_id().to_owned());
    if let ErrorKind::Forbidden { resource, namespace, .. } = &mut out.kind
        && resource.is_empty()
    {
        *resource = target.kind.to_string();
        namespace.clone_from(&target.namespace);
    }
    let instead = |kind: ErrorKind, key: &str, field: Option<&str>, detail: Option<String>| {
        let mut instead = AppError::new(kind, cx.t(key));
        let fields = field.map(|path| FieldError { path: path.to_owned(), message: instead.message.clone() });
        instead.fields = fields.into_iter().collect();
        AppError { detail, request_id: Some(cx.request_id().to_owned()), ..instead }
    };
    if error.is_already_exists() {
        return instead(ErrorKind::Conflict, "cluster-error-exists", Some("metadata.name"), out.detail);
    }
    if matches!(change, Change::Create { .. }) && error.api().is_some_and(|api| api.kind == "namespaces") {
        if error.is_not_found() {
            return instead(ErrorKind::Invalid, "cluster-error-no-namespace", Some("metadata.namespace"), out.detail);
        }
    } else if matches!(out.kind, ErrorKind::Conflict | ErrorKind::Invalid) && another_uid(error) {
        return instead(ErrorKind::Conflict, "cluster-error-recreated", None, None);
    } else if matches!(change, Change::JsonPatch { .. }) && moved_on(error) {
        // The apiserver's words for a failed test speak of an error of ours.
        return instead(ErrorKind::Conflict, "cluster-error-conflict", None, None);
    }
    out
}

/// The precondition on the uid failed: the name belongs to another object by now.
fn another_uid(error: &clusters::ClusterError) -> bool {
    error.api().is_some_and(|api| {
        api.message.contains("UID in precondition") || api.message.contains("metadata.uid: Invalid value")
    })
}

/// A JSON patch begins with tests of what it was made on; one that fails comes back as 422 without a cause.
fn moved_on(error: &clusters::ClusterError) -> bool {
    error.api().is_some_and(|api| api.status == 422 && api.causes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn foreign_values_are_put_where_they_belong() {
        let mut object = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"name": "c"}]}});
        let key = |key: &str| diff::Step::Key(key.to_owned());
        let index = diff::Step::Index;
        put_path(&mut object, &[key("metadata"), key("labels"), key("b.c/d")], json!("2"));
        put_path(&mut object, &[key("metadata"), key("annotations"), key("e")], json!("3"));
        put_path(&mut object, &[key("spec"), key("containers"), index(1)], json!({"name": "d"}));
        put_path(&mut object, &[key("spec"), key("containers"), index(0), key("image")], json!("x"));
        assert_eq!(
            object,
            json!({"metadata": {"labels": {"a": "1", "b.c/d": "2"}, "annotations": {"e": "3"}},
                "spec": {"containers": [{"name": "c", "image": "x"}, {"name": "d"}]}})
        );
    }

    #[test]
    fn a_refused_dry_run_is_told_from_a_refused_change() {
        let api = |status: u16, message: &str| clusters::ApiError {
            status,
            message: message.to_owned(),
            ..clusters::ApiError::default()
        };
        assert!(refuses_dry_run(&api(400, r#"admission webhook "a.b" does not support dry run"#)));
        assert!(refuses_dry_run(&api(501, "dryRun is not supported")));
        assert!(!refuses_dry_run(&api(400, r#"admission webhook "a.b" denied the request: no"#)));
        assert!(!refuses_dry_run(&api(403, "dry run")));
    }
}
