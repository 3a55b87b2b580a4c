//! The detail page of an object, made from the live object as the person reads it (caches hold trimmed ones).

pub mod conditions;
pub mod containers;

use crate::error::ClusterError;
use crate::kinds::{Kind, Object, RowContext, columns};
use crate::registry::{Caller, Clusters};
use crate::table::{self, View};
use model::ClusterId;
use model::detail::{DetailTab, DetailView};
use model::object::ObjectRef;
use serde_json::Value;
use std::time::Duration;

/// Reads an object as the person and lays it out. Texts are keys, see [`model::detail`].
///
/// # Errors
/// What the cluster answers to the person's own read.
pub async fn view(
    clusters: &Clusters,
    id: &ClusterId,
    kind: &'static Kind,
    caller: &Caller,
    namespace: Option<&str>,
    name: &str,
    budget: Duration,
) -> Result<(DetailView, Value), ClusterError> {
    let user = clusters.user(id, caller)?.with_budget(budget);
    let resource = table::resource(kind);
    // The caches warm up meanwhile; where they have nothing for this person, their cells are unknown.
    let (object, view) =
        futures::join!(user.get(&resource, namespace, name), View::open(clusters, id, kind, caller, budget),);
    let object = Object(object?);
    let none = crate::cache::Joined::default();
    let view = view.ok();
    let context = view.as_ref().map_or(RowContext { cluster: id, joined: &none }, View::context);
    Ok((lay_out(kind, &object, &context), object.0))
}

/// The page of an object.
#[must_use]
pub fn lay_out(kind: &Kind, object: &Object, context: &RowContext<'_>) -> DetailView {
    let pairs = |pointer: &str| {
        object.pairs(pointer).map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<Vec<_>>()
    };
    let state = (kind.state)(object);
    DetailView {
        target: ObjectRef {
            cluster: context.cluster.clone(),
            kind: kind.key(),
            namespace: object.namespace().map(str::to_owned),
            name: object.name().to_owned(),
            uid: Some(object.uid().to_owned()),
        },
        kind: kind.singular.to_owned(),
        icon: kind.icon.to_owned(),
        owner: object.owner().map(|_| columns::owner(object, context)),
        sections: (kind.sections)(object, context),
        conditions: conditions::lines(object, kind.inverted_conditions, state.family),
        state,
        containers: (kind.containers)(object),
        tabs: kind
            .tabs
            .iter()
            .map(|tab| DetailTab { id: tab.id.to_owned(), label: format!("detail-tab-{}", tab.id) })
            .collect(),
        default_tab: kind.default_tab.to_owned(),
        actions: table::actions(kind),
        refused: table::refusals(kind, object),
        labels: pairs("/metadata/labels"),
        annotations: pairs("/metadata/annotations"),
        version: object.version().to_owned(),
    }
}
