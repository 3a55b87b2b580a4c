//! The cookie that carries the session, and the rows behind it.

use crate::state::AppState;
use async_trait::async_trait;
use services::accounts::{SignedIn, Visitor};
use std::fmt;
use store::{SessionRows, session_keys};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, Session, SessionManagerLayer};

/// The cookie lives as long as a session can at most; the row decides whether it still opens anything.
pub(crate) fn layer(state: &AppState) -> SessionManagerLayer<Rows> {
    let rows = state.services.accounts.session_rows().clone();
    let absolute = Duration::try_from(rows.limits().absolute).unwrap_or(Duration::hours(12));
    let secure = state.config.is_secure();
    SessionManagerLayer::new(Rows(rows))
        // The prefix makes browsers refuse a cookie that another host or plain HTTP has set.
        .with_name(if secure { "__Host-gantry" } else { "gantry" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(absolute))
}

/// Gives the session of somebody who has just signed in: a new id, so that one that was planted before is worth
/// nothing, and the old row ends.
pub(crate) async fn begin(
    session: &Session,
    visitor: &Visitor,
    signed_in: &SignedIn,
) -> Result<(), tower_sessions::session::Error> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(session_keys::ACCOUNT, &signed_in.account.0).await?;
    session.insert(session_keys::ADDRESS, visitor.address.to_string()).await?;
    session.insert(session_keys::USER_AGENT, &visitor.user_agent).await?;
    // Now, so that a database that takes no write is told as such.
    session.save().await
}

/// The store's rows, with the idle limit instead of the life of the cookie.
#[derive(Clone)]
pub(crate) struct Rows(SessionRows);

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

impl Rows {
    fn idle(&self, record: &Record) -> Record {
        let idle = Duration::try_from(self.0.limits().idle).unwrap_or(Duration::hours(2));
        let mut record = record.clone();
        record.expiry_date = OffsetDateTime::now_utc().saturating_add(idle);
        record
    }
}

#[async_trait]
impl SessionStore for Rows {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let mut new = self.idle(record);
        self.0.create(&mut new).await?;
        record.id = new.id;
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.0.save(&self.idle(record)).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.delete(id).await
    }
}
