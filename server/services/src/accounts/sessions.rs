//! The signed-in browsers of an account.

use super::failure::stored;
use super::record::Act;
use super::{Accounts, Ended};
use authz::right::OwnAccount;
use authz::{Actor, Grant};
use model::AppError;
use model::access::SessionView;
use serde_json::json;

impl Accounts {
    /// The own sessions, the last seen first.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn sessions(&self, grant: &Grant<OwnAccount>) -> Result<Vec<SessionView>, AppError> {
        let actor = grant.actor();
        let rows =
            self.sessions.of_account(&actor.id.0, store::now()).await.map_err(|error| stored(actor.locale, error))?;
        let view = |row: store::SessionRow| SessionView {
            current: actor.session.as_ref() == Some(&row.id_hash),
            id: row.id_hash,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            address: row.address,
            user_agent: row.user_agent,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Ends all own sessions but the one that asks; returns how many there were.
    ///
    /// # Errors
    /// `Unavailable` when the database does not take the write.
    pub async fn end_other_sessions(&self, grant: &Grant<OwnAccount>) -> Result<u64, AppError> {
        let actor = grant.actor();
        let ended = self.end_others(actor, Ended::ByAccount).await;
        let change = json!({ "ended": ended.as_ref().ok() });
        self.record(actor, Act { verb: "end-sessions", name: &actor.name, change }, &ended).await;
        ended
    }

    /// Ends one own session by its name in the list.
    ///
    /// # Errors
    /// `NotFound`, also for a session of somebody else.
    pub async fn end_session(&self, grant: &Grant<OwnAccount>, session: &str) -> Result<(), AppError> {
        let actor = grant.actor();
        let ended = self.sessions.end(&actor.id.0, session).await.map_err(|error| stored(actor.locale, error));
        if ended.is_ok() {
            self.watch.end(session, Ended::ByAccount);
        }
        self.record(actor, Act { verb: "end-session", name: &actor.name, change: json!({ "ended": 1 }) }, &ended).await;
        ended
    }

    pub(super) async fn end_others(&self, actor: &Actor, why: Ended) -> Result<u64, AppError> {
        let keep = actor.session.as_deref().unwrap_or_default();
        let ended = self.sessions.end_others(&actor.id.0, keep).await.map_err(|error| stored(actor.locale, error))?;
        self.watch.end_account(&actor.id, Some(keep), why);
        Ok(ended)
    }

    /// Deletes the rows of sessions that are over and of counters that say nothing any more; returns how many. Run by
    /// the jobs driver.
    ///
    /// # Errors
    /// The database's.
    pub async fn clean_up(&self) -> Result<u64, store::StoreError> {
        let now = store::now();
        Ok(self.sessions.delete_expired(now).await? + self.store.login_limits().prune(now).await?)
    }
}
