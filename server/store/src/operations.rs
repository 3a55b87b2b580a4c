//! Long work that outlives the process: a row per operation, claimed with a lease. Whoever holds the
//! lease works and writes each step; when the holder dies, the lease runs out and the next one goes on.

use serde_json::Value;

use crate::error::StoreError;
use crate::pool::{Row, args, to_json};
use crate::statements::statements;
use crate::words::words;
use crate::{Millis, Store};

words! {
    pub enum OperationState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl OperationState {
    /// Nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A row of `operations`.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// UUIDv7.
    pub id: String,
    /// Which driver does it, for example `cluster.delete`.
    pub kind: String,
    /// What it is about, for example `cls-xxxxxxxx`.
    pub scope: String,
    pub state: OperationState,
    /// The driver's steps, in its own shape.
    pub steps: Value,
    pub input: Value,
    /// Result, or the error of a failed one.
    pub result: Option<Value>,
    /// How often it was claimed.
    pub attempts: i64,
    /// Somebody wants it stopped; the holder does so at the next step.
    pub cancel_requested: bool,
    pub run_after: Millis,
    pub lease_owner: Option<String>,
    pub lease_until: Option<Millis>,
    /// Account id.
    pub created_by: String,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// What to enqueue.
#[derive(Debug, Clone)]
pub struct NewOperation {
    pub kind: String,
    pub scope: String,
    pub input: Value,
    pub steps: Value,
    pub created_by: String,
}

/// How an operation ends.
#[derive(Debug, Clone)]
pub enum OperationOutcome {
    Done(Value),
    Failed(Value),
    Cancelled(Value),
}

/// Which operations to list; `None` for all.
#[derive(Debug, Clone, Default)]
pub struct OperationFilter {
    pub scope: Option<String>,
    pub kind: Option<String>,
    /// Only older than this id (the last one of the page before).
    pub before: Option<String>,
    /// At most so many; 0 means 50.
    pub limit: u32,
}

statements! {
    INSERT = "INSERT INTO operations (id, kind, scope, state, steps, input, result, attempts, cancel_requested, \
              run_after, lease_owner, lease_until, created_by, created_at, updated_at) \
              VALUES ($1, $2, $3, 'queued', $4, $5, NULL, 0, FALSE, $6, NULL, NULL, $7, $6, $6)";
    BY_ID = "SELECT * FROM operations WHERE id = $1";
    LIST = "SELECT * FROM operations WHERE (CAST($1 AS TEXT) IS NULL OR scope = $1) \
            AND (CAST($2 AS TEXT) IS NULL OR kind = $2) AND (CAST($3 AS TEXT) IS NULL OR id < $3) \
            ORDER BY id DESC LIMIT $4";
    CANDIDATES = "SELECT id, kind FROM operations WHERE ((state = 'queued' AND run_after <= $1) \
                  OR (state = 'running' AND lease_until <= $1)) AND id > $2 ORDER BY id LIMIT 100";
    /// The condition is repeated, so that of two that saw the same candidate one changes nothing.
    CLAIM = "UPDATE operations SET state = 'running', lease_owner = $3, lease_until = $4, attempts = attempts + 1, \
             updated_at = $2 WHERE id = $1 AND ((state = 'queued' AND run_after <= $2) \
             OR (state = 'running' AND lease_until <= $2)) RETURNING *";
    HEARTBEAT = "UPDATE operations SET lease_until = $4, updated_at = $3 WHERE id = $1 AND lease_owner = $2 \
                 AND state = 'running' AND lease_until > $3 RETURNING cancel_requested";
    SAVE_STEPS = "UPDATE operations SET steps = $4, updated_at = $3 WHERE id = $1 AND lease_owner = $2 \
                  AND state = 'running' AND lease_until > $3";
    FINISH = "UPDATE operations SET state = $4, result = $5, lease_owner = NULL, lease_until = NULL, updated_at = $3 \
              WHERE id = $1 AND lease_owner = $2 AND state = 'running' AND lease_until > $3";
    RELEASE = "UPDATE operations SET state = 'queued', run_after = $4, lease_owner = NULL, lease_until = NULL, \
               updated_at = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'running'";
    CANCEL_QUEUED = "UPDATE operations SET state = 'cancelled', cancel_requested = TRUE, updated_at = $2 \
                     WHERE id = $1 AND state = 'queued'";
    CANCEL_RUNNING = "UPDATE operations SET cancel_requested = TRUE, updated_at = $2 \
                      WHERE id = $1 AND state = 'running'";
    PRUNE = "DELETE FROM operations WHERE state IN ('done', 'failed', 'cancelled') AND updated_at < $1";
}

/// The operations of a store: [`Store::operations`].
#[derive(Clone, Copy)]
pub struct Operations<'a>(&'a Store);

impl Store {
    pub fn operations(&self) -> Operations<'_> {
        Operations(self)
    }
}

fn operation(row: &Row) -> Result<Operation, StoreError> {
    Ok(Operation {
        id: row.get("id")?,
        kind: row.get("kind")?,
        scope: row.get("scope")?,
        state: row.word("state")?,
        steps: row.json("steps")?,
        input: row.json("input")?,
        result: row.opt_json("result")?,
        attempts: row.get("attempts")?,
        cancel_requested: row.get("cancel_requested")?,
        run_after: row.get("run_after")?,
        lease_owner: row.get("lease_owner")?,
        lease_until: row.get("lease_until")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

impl Operations<'_> {
    /// Writes the operation down; it will be done even if this process dies now. Returns its id.
    pub async fn enqueue(&self, new: &NewOperation, now: Millis) -> Result<String, StoreError> {
        let id = crate::new_id();
        self.0
            .pool()
            .execute(
                INSERT,
                args![&id, &new.kind, &new.scope, to_json(&new.steps)?, to_json(&new.input)?, now, &new.created_by],
            )
            .await?;
        Ok(id)
    }

    pub async fn get(&self, id: &str) -> Result<Option<Operation>, StoreError> {
        self.0.pool().optional(BY_ID, args![id]).await?.as_ref().map(operation).transpose()
    }

    /// The newest first.
    pub async fn list(&self, filter: &OperationFilter) -> Result<Vec<Operation>, StoreError> {
        let limit = if filter.limit == 0 { 50 } else { i64::from(filter.limit) };
        let args = args![filter.scope.as_deref(), filter.kind.as_deref(), filter.before.as_deref(), limit];
        self.0.pool().all(LIST, args).await?.iter().map(operation).collect()
    }

    /// Takes the oldest operation of one of `kinds` that waits, or whose holder has gone. `owner`
    /// names this process and worker; the lease is good for `lease` milliseconds.
    pub async fn claim(
        &self,
        kinds: &[&str],
        owner: &str,
        lease: Millis,
        now: Millis,
    ) -> Result<Option<Operation>, StoreError> {
        let mut after = String::new();
        loop {
            // Read without the write lock: an idle queue costs nothing.
            let candidates = self.0.pool().all(CANDIDATES, args![now, &after]).await?;
            let Some(last) = candidates.last() else {
                return Ok(None);
            };
            after = last.get("id")?;
            for candidate in &candidates {
                if !kinds.contains(&candidate.get::<String>("kind")?.as_str()) {
                    continue;
                }
                let id: String = candidate.get("id")?;
                let args = args![&id, now, owner, now + lease];
                if let Some(row) = self.0.pool().returning(CLAIM, args).await? {
                    return Ok(Some(operation(&row)?));
                }
            }
        }
    }

    /// Prolongs the lease. `None`: it is lost, stop working at once. `Some(true)`: cancellation is
    /// wanted.
    pub async fn heartbeat(
        &self,
        id: &str,
        owner: &str,
        lease: Millis,
        now: Millis,
    ) -> Result<Option<bool>, StoreError> {
        let row = self.0.pool().returning(HEARTBEAT, args![id, owner, now, now + lease]).await?;
        row.map(|row| row.get("cancel_requested")).transpose()
    }

    /// Writes the steps; `false` when the lease is lost.
    pub async fn save_steps(&self, id: &str, owner: &str, steps: &Value, now: Millis) -> Result<bool, StoreError> {
        let args = args![id, owner, now, to_json(steps)?];
        Ok(self.0.pool().execute(SAVE_STEPS, args).await? > 0)
    }

    /// Ends the operation; `false` when the lease is lost.
    pub async fn finish(
        &self,
        id: &str,
        owner: &str,
        outcome: &OperationOutcome,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let (state, result) = match outcome {
            OperationOutcome::Done(result) => (OperationState::Done, result),
            OperationOutcome::Failed(result) => (OperationState::Failed, result),
            OperationOutcome::Cancelled(result) => (OperationState::Cancelled, result),
        };
        let args = args![id, owner, now, state, to_json(result)?];
        Ok(self.0.pool().execute(FINISH, args).await? > 0)
    }

    /// Gives the operation back to be tried again at `run_after`; `false` when the lease is lost.
    pub async fn release(&self, id: &str, owner: &str, run_after: Millis, now: Millis) -> Result<bool, StoreError> {
        let args = args![id, owner, now, run_after];
        Ok(self.0.pool().execute(RELEASE, args).await? > 0)
    }

    /// Cancels a waiting operation, or asks the holder of a running one to stop.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Refused`] when it has ended.
    pub async fn cancel(&self, id: &str, now: Millis) -> Result<(), StoreError> {
        let mut tx = self.0.pool().begin().await?;
        let mut changed = tx.execute(CANCEL_QUEUED, args![id, now]).await?;
        if changed == 0 {
            changed = tx.execute(CANCEL_RUNNING, args![id, now]).await?;
        }
        tx.commit().await?;
        if changed > 0 {
            return Ok(());
        }
        match self.get(id).await? {
            Some(_) => Err(StoreError::Refused("the operation has ended")),
            None => Err(StoreError::NotFound("operation")),
        }
    }

    /// Deletes operations that ended before `before`; returns how many.
    pub async fn prune(&self, before: Millis) -> Result<u64, StoreError> {
        self.0.pool().execute(PRUNE, args![before]).await
    }
}
