//! The journal: who changed what, when, from where, and with which result. Entries are only added.

use serde_json::Value;

use crate::error::StoreError;
use crate::pool::{Row, args, to_json};
use crate::statements::statements;
use crate::words::words;
use crate::{Millis, Store};

words! {
    pub enum JournalResult {
        Done = "done",
        /// By a permission, a rule or the cluster.
        Refused = "refused",
        Failed = "failed",
    }
}

/// What the caller gives; texts that do not apply are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJournalEntry {
    pub account_id: String,
    /// The name at that time: it outlives the account.
    pub account_name: String,
    /// Of the browser.
    pub address: String,
    pub request_id: String,
    pub cluster_id: String,
    pub namespace: String,
    /// `group/version/resource` of the object, or a word of Gantry's own (`account`, `cluster`).
    pub kind: String,
    pub name: String,
    pub verb: String,
    /// What changed: before and after, or the patch. Never a secret.
    pub change: Value,
    pub result: JournalResult,
    /// The cluster's own message, when there is one.
    pub message: String,
}

/// A row of `journal`.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// UUIDv7: newer entries have greater ids.
    pub id: String,
    pub at: Millis,
    pub entry: NewJournalEntry,
}

/// Which entries to list. `None` for all.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    pub cluster_id: Option<String>,
    pub kind: Option<String>,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub account_id: Option<String>,
    pub result: Option<JournalResult>,
    /// Not before.
    pub from: Option<Millis>,
    /// Before.
    pub to: Option<Millis>,
    /// Only older than this id (the last one of the page before).
    pub before: Option<String>,
    /// At most so many; 0 means 50.
    pub limit: u32,
}

/// One list statement per index, because SQLite does not see through `$1 IS NULL OR`: the indexed
/// columns are compared outright, the others only when given.
macro_rules! list {
    ($indexed:literal) => {
        concat!(
            "SELECT * FROM journal WHERE ",
            $indexed,
            " AND (CAST($1 AS TEXT) IS NULL OR cluster_id = $1) AND (CAST($2 AS TEXT) IS NULL OR kind = $2)",
            " AND (CAST($3 AS TEXT) IS NULL OR namespace = $3) AND (CAST($4 AS TEXT) IS NULL OR name = $4)",
            " AND (CAST($5 AS TEXT) IS NULL OR account_id = $5) AND (CAST($6 AS TEXT) IS NULL OR result = $6)",
            " AND (CAST($7 AS BIGINT) IS NULL OR at >= $7) AND (CAST($8 AS BIGINT) IS NULL OR at < $8)",
            " AND id < $9 ORDER BY id DESC LIMIT $10"
        )
    };
}

statements! {
    APPEND = "INSERT INTO journal (id, at, account_id, account_name, address, request_id, cluster_id, namespace, \
              kind, name, verb, change, result, message) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    LIST = list!("1 = 1");
    LIST_OF_CLUSTER = list!("cluster_id = $1");
    LIST_OF_OBJECT = list!("cluster_id = $1 AND kind = $2 AND namespace = $3 AND name = $4");
    LIST_OF_ACCOUNT = list!("account_id = $5");
    PRUNE = "DELETE FROM journal WHERE at < $1";
}

/// The journal of a store: [`Store::journal`].
#[derive(Clone, Copy)]
pub struct Journal<'a>(&'a Store);

impl Store {
    pub fn journal(&self) -> Journal<'_> {
        Journal(self)
    }
}

fn entry(row: &Row) -> Result<JournalEntry, StoreError> {
    Ok(JournalEntry {
        id: row.get("id")?,
        at: row.get("at")?,
        entry: NewJournalEntry {
            account_id: row.get("account_id")?,
            account_name: row.get("account_name")?,
            address: row.get("address")?,
            request_id: row.get("request_id")?,
            cluster_id: row.get("cluster_id")?,
            namespace: row.get("namespace")?,
            kind: row.get("kind")?,
            name: row.get("name")?,
            verb: row.get("verb")?,
            change: row.json("change")?,
            result: row.word("result")?,
            message: row.get("message")?,
        },
    })
}

impl JournalFilter {
    fn statement(&self) -> &'static str {
        let object = self.kind.is_some() && self.namespace.is_some() && self.name.is_some();
        if self.cluster_id.is_some() && object {
            LIST_OF_OBJECT
        } else if self.account_id.is_some() {
            LIST_OF_ACCOUNT
        } else if self.cluster_id.is_some() {
            LIST_OF_CLUSTER
        } else {
            LIST
        }
    }
}

impl Journal<'_> {
    /// Adds an entry; returns its id.
    pub async fn append(&self, new: &NewJournalEntry, now: Millis) -> Result<String, StoreError> {
        let id = crate::new_id();
        self.0
            .pool()
            .execute(
                APPEND,
                args![
                    &id,
                    now,
                    &new.account_id,
                    &new.account_name,
                    &new.address,
                    &new.request_id,
                    &new.cluster_id,
                    &new.namespace,
                    &new.kind,
                    &new.name,
                    &new.verb,
                    to_json(&new.change)?,
                    new.result,
                    &new.message
                ],
            )
            .await?;
        Ok(id)
    }

    /// The newest first.
    pub async fn list(&self, filter: &JournalFilter) -> Result<Vec<JournalEntry>, StoreError> {
        let limit = if filter.limit == 0 { 50 } else { i64::from(filter.limit) };
        // Greater than every id: ids are lower-case hexadecimal.
        let before = filter.before.as_deref().unwrap_or("g");
        let args = args![
            filter.cluster_id.as_deref(),
            filter.kind.as_deref(),
            filter.namespace.as_deref(),
            filter.name.as_deref(),
            filter.account_id.as_deref(),
            filter.result.map(JournalResult::as_str),
            filter.from,
            filter.to,
            before,
            limit
        ];
        self.0.pool().all(filter.statement(), args).await?.iter().map(entry).collect()
    }

    /// Deletes entries older than `before`; returns how many.
    pub async fn prune(&self, before: Millis) -> Result<u64, StoreError> {
        self.0.pool().execute(PRUNE, args![before]).await
    }
}
