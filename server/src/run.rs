//! What no handler may forget around a change: its span, and the journal row of a refusal.

use model::AppError;
use serde_json::Value;
use services::RequestCx;
use store::{JournalResult, NewJournalEntry};
use tracing::Instrument;

/// What is about to happen, for the journal.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    Read,
    Write {
        /// `submit`, `apply` …
        verb: &'a str,
        /// `dialog`, `form` …
        kind: &'a str,
    },
}

/// Acts. The row of a change is the use case's own; a change that was refused or failed before its use case could write
/// one gets a plain row from here.
///
/// # Errors
/// What `act` says.
pub async fn run<T>(
    cx: &RequestCx,
    what: Act<'_>,
    act: impl Future<Output = Result<T, AppError>>,
) -> Result<T, AppError> {
    let account = cx.actor.as_ref().map(|actor| actor.id.0.as_str());
    let result = act.instrument(tracing::info_span!("act", ?what, account)).await;
    if let (Act::Write { verb, kind }, Err(error)) = (what, &result) {
        record(cx, verb, kind, error).await;
    }
    result
}

/// Writes the plain row, unless there is one. A form that was filled in wrongly is no matter for the journal.
pub(crate) async fn record(cx: &RequestCx, verb: &str, kind: &str, error: &AppError) {
    let Some(actor) = &cx.actor else { return };
    let result = match error.status() {
        403 | 404 => JournalResult::Refused,
        500.. => JournalResult::Failed,
        _ => return,
    };
    if actor.trail.is_marked() {
        return;
    }
    let entry = NewJournalEntry {
        account_id: actor.id.to_string(),
        account_name: actor.name.clone(),
        address: cx.address.clone(),
        request_id: cx.request_id.clone(),
        cluster_id: String::new(),
        namespace: String::new(),
        kind: kind.to_owned(),
        name: String::new(),
        verb: verb.to_owned(),
        change: Value::Null,
        result,
        message: error.code.clone(),
    };
    match cx.services.store.journal().append(&entry, store::now()).await {
        Ok(_) => actor.trail.mark(),
        Err(error) => tracing::error!(%error, verb, kind, "the journal row could not be written"),
    }
}
