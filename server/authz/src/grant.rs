//! The proof that a right was asked for and given, and the refusal.

use crate::actor::Actor;
use crate::right::{ClusterRead, ClusterScope, ClusterWrite, Right};
use model::permission::{Permission, Scope};
use model::{AppError, ClusterId};
use std::marker::PhantomData;

/// Proof that `actor` holds the right `P` on `scope`. The fields are private and no function outside this crate makes
/// one.
///
/// ```compile_fail
/// fn forge(actor: authz::Actor) -> authz::Grant<authz::right::AccountsManage> {
///     authz::Grant { actor, scope: authz::ConsoleScope, right: std::marker::PhantomData }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Grant<P: Right> {
    actor: Actor,
    scope: P::Scope,
    right: PhantomData<fn() -> P>,
}

impl<P: Right> Grant<P> {
    pub(crate) fn new(actor: Actor, scope: P::Scope) -> Self {
        Self { actor, scope, right: PhantomData }
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    #[must_use]
    pub fn scope(&self) -> &P::Scope {
        &self.scope
    }
}

impl<P: Right<Scope = ClusterScope>> Grant<P> {
    /// The cluster that the right was asked for.
    #[must_use]
    pub fn cluster(&self) -> &ClusterId {
        &self.scope.0
    }
}

impl Grant<ClusterWrite> {
    /// Who may change a cluster may read it.
    #[must_use]
    pub fn read(&self) -> Grant<ClusterRead> {
        Grant::new(self.actor.clone(), self.scope.clone())
    }
}

/// A right that was not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub permission: Permission,
    pub scope: Scope,
    visible: bool,
}

impl Denied {
    pub(crate) fn new(visible: bool, permission: Permission, scope: Scope) -> Self {
        Self { permission, scope, visible }
    }

    /// Whether the answer must be "not found": the actor may not even know that the thing exists.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        !self.visible
    }

    /// The same refusal for something that the actor may not see, whatever the policy says of the cluster.
    #[must_use]
    pub fn hide(mut self) -> Self {
        self.visible = false;
        self
    }

    /// The refusal for a person; the caller gives both texts in their language. 404 when hidden, else 403 that names
    /// the missing action.
    #[must_use]
    pub fn into_error(self, forbidden: impl Into<String>, not_found: impl Into<String>) -> AppError {
        if self.visible {
            let resource = match &self.scope {
                Scope::Console => "console".to_owned(),
                Scope::Cluster(id) => id.to_string(),
            };
            AppError::forbidden(self.permission.action(), &resource, None, forbidden)
        } else {
            AppError::not_found(not_found)
        }
    }
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not allowed on {:?}", self.permission.action(), self.scope)
    }
}

impl std::error::Error for Denied {}
