//! A query over a watch cache, answered as a page of cells. Access first: what the person may list in the cluster is
//! asked of the cluster, then filter, counts, order, page; only the rows of the page are drawn.

pub mod csv;
pub mod filter;
pub mod order;
pub mod related;
mod view;

pub use related::{Which, counts, events_of, find, namespaces, pods_of};
pub(crate) use view::LastAnswers;
pub use view::{View, resource, wait};

use crate::error::ClusterError;
use crate::kinds::{Applies, How, Kind, Object, RowContext};
use crate::registry::{Caller, Clusters};
use model::ClusterId;
use model::table::{Action, ActionKind, Column, Page, Query, Row, RowAction};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// One page of a list. Waits at most `budget` for the first list of the cache; then it is `Loading` and the live
/// channel brings the rest.
///
/// # Errors
/// `Forbidden` when the person may list the kind nowhere; why the cluster could not be asked, unless it answered the
/// same question before it went away.
pub async fn page(
    clusters: &Clusters,
    id: &ClusterId,
    kind: &'static Kind,
    caller: &Caller,
    query: &Query,
    budget: Duration,
) -> Result<Page, ClusterError> {
    Ok(View::open(clusters, id, kind, caller, budget).await?.page(query))
}

/// The columns with the text key of their head as label.
#[must_use]
pub fn columns(kind: &Kind) -> Vec<Column> {
    let column = |column: &crate::kinds::Column| Column {
        id: column.id.to_owned(),
        label: format!("column-{}", column.id),
        sortable: !matches!(column.sort, crate::kinds::Sort::No),
        align: column.align,
        width: column.width,
        secondary: column.secondary,
    };
    kind.columns.iter().map(column).collect()
}

/// The actions with their text key as label; `refused` is for the services to fill.
#[must_use]
pub fn actions(kind: &Kind) -> Vec<Action> {
    let action = |action: &crate::kinds::ActionDef| Action {
        id: action.id.to_owned(),
        label: action.label.to_owned(),
        icon: action.icon.to_owned(),
        kind: match action.how {
            How::Dialog => ActionKind::Dialog,
            How::Open { below, new_window } => ActionKind::Open { href: format!("{{object}}{below}"), new_window },
        },
        danger: action.danger,
        bulk: action.bulk,
        inline: action.inline,
        shortcut: action.shortcut.map(str::to_owned),
        refused: None,
    };
    kind.actions.iter().map(action).collect()
}

/// What an object does not offer now; reasons are text keys, an action that makes no sense has none.
#[must_use]
pub fn refusals(kind: &Kind, object: &Object) -> Vec<RowAction> {
    let refused = |action: &crate::kinds::ActionDef| match (action.applies)(object) {
        Applies::Yes => None,
        Applies::No => Some(RowAction { id: action.id.to_owned(), refused: None }),
        Applies::Refused(reason) => Some(RowAction { id: action.id.to_owned(), refused: Some(reason.to_owned()) }),
    };
    kind.actions.iter().filter_map(refused).collect()
}

/// Draws a row. Its version is a hash of all that is drawn, so it changes exactly when a cell or an action does.
#[must_use]
pub fn row(kind: &Kind, object: &Object, context: &RowContext<'_>) -> Row {
    let cells = kind.row(object, context);
    let refused = refusals(kind, object);
    let mut hasher = DefaultHasher::new();
    // The same text that the live channel sends.
    match serde_json::to_vec(&(&cells, &refused)) {
        Ok(text) => text.hash(&mut hasher),
        Err(_) => format!("{cells:?}{refused:?}").hash(&mut hasher),
    }
    Row {
        key: object.uid().to_owned(),
        version: format!("{:016x}", hasher.finish()),
        name: object.name().to_owned(),
        namespace: object.namespace().map(str::to_owned),
        cells,
        refused,
    }
}
