//! Objects of any kind: lists, details, what may be done with them. Everything is read as the person or, from caches,
//! behind the person's access review.

mod detail;
pub mod dialogs;
mod list;
mod shell;

pub use detail::{ObjectPage, TabContent, detail};
pub(crate) use list::account_refusal;
pub use list::{Changes, changes, csv, namespaces, page, table_view};
pub use shell::{Shell, exists, log_target, may_exec, record_shell, shell};

use crate::RequestCx;
use crate::error::from_cluster;
use authz::right::ClusterRead;
use authz::{Actor, Grant};
use clusters::kinds::{self, Kind};
use clusters::{Caller, UserClient};
use model::object::KindKey;
use model::permission::Role;
use model::{AppError, ClusterId};

/// A kind in the navigation of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavKind {
    pub key: KindKey,
    pub label: String,
    pub area: &'static str,
    pub count: Option<i64>,
}

/// Who the cluster sees: the account's name, and its role as a group that the cluster binds to rights.
#[must_use]
pub fn caller(actor: &Actor) -> Caller {
    let group = if actor.main {
        clusters::rbac::FULL_ACCESS
    } else {
        match actor.role {
            Role::Full => clusters::rbac::FULL_ACCESS,
            Role::ReadOnly | Role::None => clusters::rbac::READ_ONLY,
        }
    };
    Caller { user: format!("gantry:{}", actor.name), groups: vec![group.to_owned(), "system:authenticated".to_owned()] }
}

/// A client that acts as the person of the grant.
///
/// # Errors
/// `NotFound` for a cluster that is gone, or why its credential cannot be used.
pub fn user(cx: &RequestCx, grant: &Grant<ClusterRead>) -> Result<UserClient, AppError> {
    user_of(cx, grant.cluster(), grant.actor())
}

pub(crate) fn user_of(cx: &RequestCx, id: &ClusterId, actor: &Actor) -> Result<UserClient, AppError> {
    cx.services().clusters().user(id, &caller(actor)).map_err(|error| from_cluster(cx.locale(), &error))
}

/// The kind of an address.
///
/// # Errors
/// `NotFound` for a kind that the console does not know.
pub fn kind(cx: &RequestCx, key: &KindKey) -> Result<&'static Kind, AppError> {
    kinds::find(key).ok_or_else(|| {
        AppError::not_found(cx.t_args("cluster-error-unknown-kind", &[("kind", key.to_string().into())]))
    })
}

/// "Deployment"; a kind that has no text is named by its key.
#[must_use]
pub fn kind_label(cx: &RequestCx, key: &KindKey) -> String {
    kinds::find(key).map_or_else(|| key.to_string(), |kind| cx.t(kind.singular))
}
