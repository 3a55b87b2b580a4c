//! Accounts: first start, signing in, sessions, the own account, and the sub-accounts of the main account
//! (spec 60 §4.1, rows P-29, P-31, P-32).
//!
//! What somebody does with an account takes a [`Grant`](authz::Grant). Signing in and setting up have no account yet
//! and take a [`Visitor`].

mod failure;
mod manage;
mod password;
mod record;
mod rules;
mod sessions;
mod set_up;
mod sign_in;
mod watch;
mod who;

#[cfg(test)]
mod tests;

pub use failure::refusal;
pub(crate) use failure::stored;
pub use manage::NewSubAccount;
pub use own::PasswordChange;
pub use password::HashCost;
pub use set_up::{SetUp, SetUpLink};
pub use sign_in::SignedIn;
pub use watch::{Ended, SessionLife, SessionWatch};
pub use who::Who;

mod own;

use model::Locale;
use std::net::IpAddr;
use std::sync::Arc;
use store::{SessionLimits, SessionRows, Store};

/// Somebody before sign-in.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub address: IpAddr,
    pub user_agent: String,
    pub locale: Locale,
    pub request_id: String,
}

/// What the operator decides about sign-in.
#[derive(Clone, Copy, Debug)]
pub struct AccountSettings {
    pub sessions: SessionLimits,
    pub hash: HashCost,
    /// How many passwords are compared at the same time; each takes the memory of [`HashCost`].
    pub parallel_hashes: usize,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self { sessions: SessionLimits::default(), hash: HashCost::default(), parallel_hashes: 2 }
    }
}

/// The accounts of an installation. Shared by all requests.
pub struct Accounts {
    store: Store,
    sessions: SessionRows,
    hasher: Arc<password::Hasher>,
    watch: SessionWatch,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

impl Accounts {
    #[must_use]
    pub fn new(store: Store, settings: AccountSettings) -> Self {
        let sessions = store.sessions(settings.sessions);
        Self {
            hasher: Arc::new(password::Hasher::new(settings.hash, settings.parallel_hashes)),
            watch: SessionWatch::new(sessions.clone()),
            sessions,
            store,
        }
    }

    /// The sessions that are open in sockets, ended within seconds of their session's end.
    #[must_use]
    pub fn watch(&self) -> &SessionWatch {
        &self.watch
    }

    /// The rows that the session cookie points into.
    #[must_use]
    pub fn session_rows(&self) -> &SessionRows {
        &self.sessions
    }
}
