//! Sockets outlive the request that opened them, so somebody has to tell them that their session is over.
//!
//! What ends a session in this process tells its sockets at once. What ends it elsewhere (another replica, an idle or
//! absolute limit) is found by looking at the rows of the watched sessions every few seconds.

use model::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::SessionRows;
use tokio::sync::watch;

/// Why a session, or what hangs on it, is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    SignedOut,
    /// Ended by the account in its list of sessions.
    ByAccount,
    PasswordChanged,
    Disabled,
    Deleted,
    /// Idle too long, too old, or ended by another replica.
    Expired,
    /// The session goes on with other rights: connect again.
    RightsChanged,
    /// The server stops: connect again in a while.
    Stopping,
}

impl Ended {
    /// Key of the text for the person.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "access-ended-signed-out",
            Self::ByAccount => "access-ended-by-account",
            Self::PasswordChanged => "access-ended-password",
            Self::Disabled => "access-ended-disabled",
            Self::Deleted => "access-ended-deleted",
            Self::Expired => "access-ended-expired",
            Self::RightsChanged => "access-ended-rights",
            Self::Stopping => "access-ended-stopping",
        }
    }

    /// Whether one has to sign in again.
    #[must_use]
    pub const fn needs_sign_in(self) -> bool {
        !matches!(self, Self::RightsChanged | Self::Stopping)
    }
}

struct Watched {
    account: AccountId,
    ended: watch::Sender<Option<Ended>>,
}

/// The sessions that sockets hang on. Cheap to clone.
#[derive(Clone)]
pub struct SessionWatch {
    rows: SessionRows,
    watched: Arc<Mutex<HashMap<String, Watched>>>,
}

impl std::fmt::Debug for SessionWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionWatch").field("watched", &self.lock().len()).finish()
    }
}

impl SessionWatch {
    pub(super) fn new(rows: SessionRows) -> Self {
        Self { rows, watched: Arc::default() }
    }

    /// Every state of the map is whole, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a session (by its name in lists) for as long as the answer lives.
    #[must_use]
    pub fn watch(&self, session: &str, account: &AccountId) -> SessionLife {
        let mut watched = self.lock();
        let entry = watched
            .entry(session.to_owned())
            .or_insert_with(|| Watched { account: account.clone(), ended: watch::Sender::new(None) });
        SessionLife { ended: entry.ended.subscribe() }
    }

    /// Tells the sockets of one session.
    pub fn end(&self, session: &str, why: Ended) {
        if let Some(watched) = self.lock().remove(session) {
            watched.ended.send_replace(Some(why));
        }
    }

    /// Tells the sockets of all sessions of an account, but of `keep`.
    pub fn end_account(&self, account: &AccountId, keep: Option<&str>, why: Ended) {
        self.lock().retain(|session, watched| {
            let stays = watched.account != *account || keep == Some(session.as_str());
            if !stays {
                watched.ended.send_replace(Some(why));
            }
            stays
        });
    }

    /// Tells the sockets of sessions whose row is gone or over, and forgets sessions without sockets. Run every few
    /// seconds by the jobs driver.
    ///
    /// # Errors
    /// The database's; nobody is thrown out because of it.
    pub async fn look(&self) -> Result<(), store::StoreError> {
        let sessions: Vec<String> = {
            let mut watched = self.lock();
            watched.retain(|_, watched| watched.ended.receiver_count() > 0);
            watched.keys().cloned().collect()
        };
        for session in sessions {
            if !self.rows.is_alive(&session, store::now()).await? {
                self.end(&session, Ended::Expired);
            }
        }
        Ok(())
    }
}

/// The life of one session, for a socket.
#[derive(Clone, Debug)]
pub struct SessionLife {
    ended: watch::Receiver<Option<Ended>>,
}

impl SessionLife {
    /// Waits for the end.
    pub async fn ended(&mut self) -> Ended {
        match self.ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.unwrap_or(Ended::Expired),
            // The watch itself is gone: the server stops.
            Err(_) => Ended::Stopping,
        }
    }
}
