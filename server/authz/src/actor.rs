//! The account on whose behalf something is done, as it is at the moment of this request.

use model::permission::Role;
use model::{AccountId, Locale};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Read anew from the database for each request, so a changed role or a disabled account counts from the next one on
/// (spec 60 rule 4.12).
#[derive(Clone, Debug)]
pub struct Actor {
    pub id: AccountId,
    pub name: String,
    /// The main account has every right without any policy (P-32).
    pub main: bool,
    pub role: Role,
    /// The password was set by somebody else: nothing but changing it is allowed.
    pub must_change_password: bool,
    /// Name of the session in lists; it opens nothing. `None` for acts from the command line.
    pub session: Option<String>,
    pub locale: Locale,
    pub request_id: String,
    /// The person's address, behind trusted proxies the forwarded one.
    pub address: String,
    pub trail: Trail,
}

impl Actor {
    /// An actor with no session and no request yet; the caller fills what it knows.
    #[must_use]
    pub fn new(id: AccountId, name: impl Into<String>, main: bool, role: Role) -> Self {
        Self {
            id,
            name: name.into(),
            main,
            role,
            must_change_password: false,
            session: None,
            locale: Locale::default(),
            request_id: String::new(),
            address: String::new(),
            trail: Trail::default(),
        }
    }
}

/// Whether the journal has a row for what this request changed. All clones of an actor share it: the wrapper around
/// a write looks at it afterwards and writes the row itself when the use case wrote none.
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<AtomicBool>);

impl Trail {
    /// The journal has its row.
    pub fn mark(&self) {
        self.0.store(true, Ordering::Release);
    }

    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
