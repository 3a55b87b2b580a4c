//! Who acts, what they may do, and the proof of it.
//!
//! A [`Grant`] can be made only by [`Authz::require`]; it carries the [`Actor`] and the scope, and services take the
//! id of what they touch *from the grant*. So a use case cannot be called without the question having been asked, and
//! cannot be asked about one cluster and act on another.
//!
//! This is the first gate, the account policy (spec 60 §4). The cluster's own RBAC is the second, and both must allow.

mod access;
mod actor;
mod grant;
mod policy;
pub mod right;

pub use access::Access;
pub use actor::{Actor, Trail};
pub use grant::{Denied, Grant};
pub use right::{ClusterScope, ConsoleScope, Right};

use model::permission::{Permission, Scope};

/// The account policy. Holds nothing for now: the role of the account decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Authz;

impl Authz {
    /// Asks for a right; the only maker of a [`Grant`].
    ///
    /// # Errors
    /// [`Denied`], which the caller turns into 403 or, for what the actor may not even see, 404.
    pub fn require<P: Right>(self, actor: &Actor, scope: impl Into<P::Scope>) -> Result<Grant<P>, Denied> {
        let scope = scope.into();
        let asked = scope.clone().into();
        if self.allows(actor, P::PERMISSION, &asked) {
            Ok(Grant::new(actor.clone(), scope))
        } else {
            Err(Denied::new(self.visible(actor, &asked), P::PERMISSION, asked))
        }
    }

    /// Whether [`Authz::require`] would grant it: for controls that are shown disabled with the reason.
    #[must_use]
    pub fn allows(self, actor: &Actor, permission: Permission, scope: &Scope) -> bool {
        policy::allows(actor, permission, scope)
    }

    /// Whether there is any scope for which the right would be granted: the gate in front of a route, before the
    /// scope is read from the request.
    #[must_use]
    pub fn allows_somewhere(self, actor: &Actor, permission: Permission) -> bool {
        policy::allows_somewhere(actor, permission)
    }

    /// Whether the actor may know that the thing exists.
    #[must_use]
    pub fn visible(self, actor: &Actor, scope: &Scope) -> bool {
        match scope {
            Scope::Console => true,
            Scope::Cluster(_) => self.allows(actor, Permission::ClusterRead, scope),
        }
    }
}
