//! The journal rows of this area. Never a password, and never the name that an unknown visitor typed: people type
//! passwords into the name field.

use super::{Accounts, Visitor};
use authz::Actor;
use model::AppError;
use serde_json::Value;
use store::{JournalResult, NewJournalEntry};

/// One act about an account.
pub(super) struct Act<'a> {
    pub verb: &'static str,
    /// Name of the account that it is about.
    pub name: &'a str,
    pub change: Value,
}

impl Accounts {
    /// Writes the row of what a signed-in account did, whether it worked or not.
    pub(super) async fn record<T>(&self, actor: &Actor, act: Act<'_>, outcome: &Result<T, AppError>) {
        let (result, message) = words(outcome);
        let entry = NewJournalEntry {
            account_id: actor.id.to_string(),
            account_name: actor.name.clone(),
            address: actor.address.clone(),
            request_id: actor.request_id.clone(),
            ..entry(act, result, message)
        };
        if self.append(&entry).await {
            actor.trail.mark();
        }
    }

    /// The same for somebody who is only signing in; `account` is the row that was found.
    pub(super) async fn record_visit<T>(
        &self,
        visitor: &Visitor,
        account: Option<&store::Account>,
        act: Act<'_>,
        outcome: &Result<T, AppError>,
    ) {
        let (result, message) = words(outcome);
        let entry = NewJournalEntry {
            account_id: account.map(|account| account.id.clone()).unwrap_or_default(),
            account_name: account.map(|account| account.name.clone()).unwrap_or_default(),
            address: visitor.address.to_string(),
            request_id: visitor.request_id.clone(),
            ..entry(act, result, message)
        };
        self.append(&entry).await;
    }

    /// What was done is done: a journal that cannot be written is an alarm in the log, not a second failure.
    async fn append(&self, entry: &NewJournalEntry) -> bool {
        let written = self.store.journal().append(entry, store::now()).await;
        if let Err(error) = &written {
            tracing::error!(%error, verb = entry.verb, name = entry.name, "the journal row could not be written");
        }
        written.is_ok()
    }
}

fn words<T>(outcome: &Result<T, AppError>) -> (JournalResult, String) {
    match outcome {
        Ok(_) => (JournalResult::Done, String::new()),
        Err(error) if error.status() < 500 => (JournalResult::Refused, error.code.clone()),
        Err(error) => (JournalResult::Failed, error.code.clone()),
    }
}

fn entry(act: Act<'_>, result: JournalResult, message: String) -> NewJournalEntry {
    NewJournalEntry {
        account_id: String::new(),
        account_name: String::new(),
        address: String::new(),
        request_id: String::new(),
        cluster_id: String::new(),
        namespace: String::new(),
        kind: "account".to_owned(),
        name: act.name.to_owned(),
        verb: act.verb.to_owned(),
        change: act.change,
        result,
        message,
    }
}
