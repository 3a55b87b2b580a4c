//! The one wrapper around what a handler does: the right, the span, the numbers, the journal.

use authz::{Grant, Right};
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
        /// `scale`, `delete` …
        verb: &'a str,
        /// `group/version/resource`, or a word of the console (`cluster`, `account`).
        kind: &'a str,
        name: &'a str,
    },
}

/// Asks for the right, then acts with the grant. A write leaves a journal row in any case: the use case's own, or, when
/// it wrote none (a refusal before it began), a plain one from here. Errors get the request id and one log line.
///
/// # Errors
/// `Unauthenticated`, the translated refusal, or what `act` says.
pub async fn run<P: Right, T>(
    cx: &RequestCx,
    scope: impl Into<P::Scope>,
    what: Act<'_>,
    act: impl AsyncFnOnce(Grant<P>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let scope = scope.into();
    let span = tracing::info_span!("act", permission = ?P::PERMISSION, scope = ?scope);
    let result = async {
        act(cx.grant::<P>(scope.clone())?).await
    }
    .instrument(span.clone())
    .await
    .map_err(|mut error| {
        error.request_id.get_or_insert_with(|| cx.request_id.clone());
        error
    });
    if let Err(error) = &result {
        metrics::counter!("gantry_refusals_total", "code" => error.code.clone()).increment(1);
        let _entered = span.enter();
        match error.status() {
            500.. => tracing::error!(%error, detail = error.detail, "failed"),
            _ => tracing::debug!(%error, detail = error.detail, "refused"),
        }
    }
    if let Act::Write { verb, kind, name } = what {
        let scope: model::permission::Scope = scope.into();
        record(cx, &scope, [verb, kind, name], result.as_ref().err()).await;
    }
    result
}

async fn record(cx: &RequestCx, scope: &model::permission::Scope, what: [&str; 3], error: Option<&AppError>) {
    let Some(actor) = &cx.actor else { return };
    if actor.trail.is_marked() {
        return;
    }
    let [verb, kind, name] = what.map(str::to_owned);
    let cluster_id = match scope {
        model::permission::Scope::Cluster(id) => id.to_string(),
        model::permission::Scope::Console => String::new(),
    };
    let result = match error {
        None => JournalResult::Done,
        Some(error) if error.status() < 500 => JournalResult::Refused,
        Some(_) => JournalResult::Failed,
    };
    let entry = NewJournalEntry {
        account_id: actor.id.to_string(),
        account_name: actor.name.clone(),
        address: cx.address.clone(),
        request_id: cx.request_id.clone(),
        cluster_id,
        namespace: String::new(),
        kind,
        name,
        verb,
        change: Value::Null,
        result,
        message: error.map(|error| error.detail.clone().unwrap_or_else(|| error.code.clone())).unwrap_or_default(),
    };
    match cx.services.store.journal().append(&entry, store::now()).await {
        Ok(_) => actor.trail.mark(),
        Err(error) => tracing::error!(%error, verb = entry.verb, "the journal row could not be written"),
    }
}
