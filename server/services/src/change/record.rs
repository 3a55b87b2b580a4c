//! The journal rows of changes in clusters, written before the person gets the answer.

use crate::RequestCx;
use model::change::Change;
use model::{AppError, ErrorKind};
use serde_json::{Value, json};
use store::{JournalResult, NewJournalEntry};

/// Longest change that is kept, in bytes of JSON; of longer ones the size is kept.
const LONGEST: usize = 64 * 1024;

/// What was tried, and how it ended.
pub async fn change(cx: &RequestCx, change: &Change, error: Option<&AppError>) {
    let target = change.target();
    let act = Act {
        cluster: target.cluster.as_str(),
        namespace: target.namespace.as_deref().unwrap_or_default(),
        kind: &target.kind.to_string(),
        name: &target.name,
        verb: verb(change),
        change: shown(change),
    };
    write(cx, act, error).await;
}

/// One row of an act in a cluster.
pub struct Act<'a> {
    pub cluster: &'a str,
    pub namespace: &'a str,
    /// Kind key of an object, or a word of the console's own (`cluster`).
    pub kind: &'a str,
    pub name: &'a str,
    pub verb: &'static str,
    pub change: Value,
}

pub async fn write(cx: &RequestCx, act: Act<'_>, error: Option<&AppError>) {
    let Ok(actor) = cx.actor() else { return };
    let entry = NewJournalEntry {
        account_id: actor.id.to_string(),
        account_name: actor.name.clone(),
        address: actor.address.clone(),
        request_id: actor.request_id.clone(),
        cluster_id: act.cluster.to_owned(),
        namespace: act.namespace.to_owned(),
        kind: act.kind.to_owned(),
        name: act.name.to_owned(),
        verb: act.verb.to_owned(),
        change: act.change,
        result: match error.map(|error| &error.kind) {
            None => JournalResult::Done,
            Some(ErrorKind::Forbidden { .. } | ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::NotFound) => {
                JournalResult::Refused
            }
            Some(_) => JournalResult::Failed,
        },
        message: error.map(|error| error.detail.clone().unwrap_or_else(|| error.message.clone())).unwrap_or_default(),
    };
    // What was done is done: a journal that cannot be written is an alarm, not a second failure.
    match cx.services().store().journal().append(&entry, store::now()).await {
        Ok(_) => actor.trail.mark(),
        Err(error) => {
            tracing::error!(%error, verb = entry.verb, name = entry.name, "the journal row could not be written");
        }
    }
}

fn verb(change: &Change) -> &'static str {
    match change {
        Change::Create { .. } => "create",
        Change::Patch { .. } | Change::JsonPatch { .. } => "patch",
        Change::Replace { .. } => "update",
        Change::Subresource { subresource, create: true, .. } if subresource == "eviction" => "evict",
        Change::Subresource { create: true, .. } => "create",
        Change::Subresource { subresource, .. } if subresource == "scale" => "scale",
        Change::Subresource { .. } => "patch",
        Change::Delete { .. } => "delete",
    }
}

/// The change as it may be kept: no data of Secrets, nothing endless.
fn shown(change: &Change) -> Value {
    let body = match change {
        Change::Create { object, .. } | Change::Replace { object, .. } => object.clone(),
        Change::Patch { patch, .. } | Change::JsonPatch { patch, .. } => patch.clone(),
        Change::Subresource { subresource, body, .. } => json!({"subresource": subresource, "body": body}),
        Change::Delete { propagation, force, .. } => json!({"propagation": propagation, "force": force}),
    };
    if change.target().kind.group.is_empty() && change.target().kind.plural == "secrets" {
        return json!({"hidden": "secret data"});
    }
    let size = body.to_string().len();
    if size > LONGEST { json!({"bytes": size}) } else { body }
}
