//! What a table knows: rows with their signals, marks, the open menu. Everything is tied to the row's key.

use super::links::Place;
use crate::Labels;
use model::dialog::DialogTarget;
use model::table::{Action, Cell, FamilyCount, Freshness, Row, RowAction, TableSource, TableView};
use model::{AccountId, ClusterId};
use std::sync::Arc;
use std::time::Duration;
use view::prelude::*;

/// Which way a cell changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flash {
    Up,
    Down,
    Other,
}

/// A row on the page.
#[derive(Clone)]
pub(super) struct LiveRow {
    pub key: String,
    pub row: RwSignal<Row>,
    /// Cells that changed just now.
    pub flash: RwSignal<Vec<(usize, Flash)>>,
}

impl LiveRow {
    fn new(row: Row) -> Self {
        Self { key: row.key.clone(), row: RwSignal::new(row), flash: RwSignal::new(Vec::new()) }
    }
}

#[derive(Clone)]
pub(super) struct TableState {
    pub view: Arc<TableView>,
    pub labels: Labels,
    pub place: Place,
    pub rows: RwSignal<Vec<LiveRow>>,
    pub matching: RwSignal<usize>,
    pub total: RwSignal<usize>,
    pub counts: RwSignal<Vec<FamilyCount>>,
    pub freshness: RwSignal<Freshness>,
    pub selected: RwSignal<Vec<String>>,
    /// The row that the keyboard stands on.
    pub active: RwSignal<Option<String>>,
    /// The row whose menu is open.
    pub menu: RwSignal<Option<String>>,
    /// The live channel ended for this table, with the reason.
    pub closed: RwSignal<Option<String>>,
    pub selectable: bool,
}

impl TableState {
    pub(super) fn new(view: TableView, labels: Labels) -> Self {
        let rows = view.page.rows.iter().cloned().map(LiveRow::new).collect();
        Self {
            place: Place::new(&view.base, &view.query),
            rows: RwSignal::new(rows),
            matching: RwSignal::new(view.page.matching),
            total: RwSignal::new(view.page.total),
            counts: RwSignal::new(view.page.counts.clone()),
            freshness: RwSignal::new(view.page.freshness.clone()),
            selected: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            menu: RwSignal::new(None),
            closed: RwSignal::new(None),
            selectable: view.options.chrome && view.actions.iter().any(|action| action.bulk),
            view: Arc::new(view),
            labels,
        }
    }

    pub(super) fn versions(&self) -> Vec<(String, String)> {
        self.rows.with_untracked(|rows| {
            rows.iter().map(|row| (row.key.clone(), row.row.with_untracked(|row| row.version.clone()))).collect()
        })
    }

    pub(super) fn find(&self, key: &str) -> Option<LiveRow> {
        self.rows.with_untracked(|rows| rows.iter().find(|row| row.key == key).cloned())
    }

    /// Takes a patch of the server: rows by key, order as it says. Marks stay with the key; rows that left lose them.
    pub(super) fn patch(
        &self,
        order: &[String],
        fresh: Vec<Row>,
        matching: usize,
        total: usize,
        counts: Vec<FamilyCount>,
        freshness: Freshness,
    ) {
        let old = self.rows.get_untracked();
        let mut added = Vec::new();
        for row in fresh {
            match old.iter().find(|known| known.key == row.key) {
                Some(known) => update(known, row),
                None => added.push(row),
            }
        }
        let same_order = old.len() == order.len() && old.iter().zip(order).all(|(row, key)| row.key == *key);
        if !same_order {
            let next: Vec<LiveRow> = order
                .iter()
                .filter_map(|key| {
                    old.iter().find(|row| row.key == *key).cloned().or_else(|| {
                        let at = added.iter().position(|row| row.key == *key)?;
                        Some(LiveRow::new(added.swap_remove(at)))
                    })
                })
                .collect();
            let gone = |key: &String| !next.iter().any(|row| row.key == *key);
            if self.selected.with_untracked(|selected| selected.iter().any(gone)) {
                self.selected.update(|selected| selected.retain(|key| !gone(key)));
            }
            if self.menu.get_untracked().as_ref().is_some_and(gone) {
                self.menu.set(None);
            }
            self.rows.set(next);
        }
        set_if_changed(self.matching, matching);
        set_if_changed(self.total, total);
        set_if_changed(self.counts, counts);
        set_if_changed(self.freshness, freshness);
    }

    pub(super) fn select(&self, key: &str, on: bool) {
        self.selected.update(|selected| {
            selected.retain(|other| other != key);
            if on {
                selected.push(key.to_owned());
            }
        });
    }

    pub(super) fn select_page(&self, on: bool) {
        let keys = self.rows.with_untracked(|rows| rows.iter().map(|row| row.key.clone()).collect());
        self.selected.set(if on { keys } else { Vec::new() });
    }

    /// The target of a dialog on these rows.
    pub(super) fn target(&self, rows: &[Row]) -> Option<DialogTarget> {
        let first = rows.first()?;
        Some(match &self.view.source {
            TableSource::Kind { .. } => {
                DialogTarget::Objects { objects: rows.iter().filter_map(|row| self.view.source.object(row)).collect() }
            }
            TableSource::Clusters => DialogTarget::Cluster { cluster: ClusterId::parse(&first.key).ok()? },
            TableSource::Accounts => DialogTarget::Account { account: AccountId(first.key.clone()) },
            TableSource::Sessions => DialogTarget::Session { session: first.key.clone() },
        })
    }

    /// The row's own page: where its first link leads.
    pub(super) fn address(&self, row: &Row) -> Option<String> {
        if let Some(object) = self.view.source.object(row) {
            return Some(model::links::object(&object));
        }
        match &self.view.source {
            TableSource::Clusters => ClusterId::parse(&row.key).ok().map(|id| model::links::cluster(&id)),
            _ => row.cells.iter().find_map(first_link),
        }
    }
}

fn first_link(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Link { href, .. } => Some(href.clone()),
        Cell::Stack { main, .. } => first_link(main),
        _ => None,
    }
}

fn set_if_changed<T: PartialEq + Clone + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

fn update(known: &LiveRow, row: Row) {
    let changed: Vec<(usize, Flash)> = known.row.with_untracked(|old| {
        old.cells
            .iter()
            .zip(&row.cells)
            .enumerate()
            .filter_map(|(at, (old, new))| flash(old, new).map(|flash| (at, flash)))
            .collect()
    });
    known.row.set(row);
    if changed.is_empty() {
        return;
    }
    let mark = known.flash;
    mark.set(changed);
    set_timeout(move || mark.set(Vec::new()), Duration::from_millis(1600));
}

/// How a change is shown; times change by themselves and do not flash.
fn flash(old: &Cell, new: &Cell) -> Option<Flash> {
    if old == new || matches!(new, Cell::Time { .. }) {
        return None;
    }
    let number = |cell: &Cell| match cell {
        Cell::Ratio { have, .. } => Some(*have as f64),
        Cell::Count { n, .. } => Some(*n as f64),
        Cell::Quantity { value, .. } => Some(*value),
        _ => None,
    };
    Some(match (number(old), number(new)) {
        (Some(old), Some(new)) if new > old => Flash::Up,
        (Some(old), Some(new)) if new < old => Flash::Down,
        _ => Flash::Other,
    })
}

/// What an action is for one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Possible,
    Refused(String),
    Absent,
}

pub(super) fn offer(action: &Action, refused: &[RowAction]) -> Offer {
    match refused.iter().find(|row| row.id == action.id) {
        Some(RowAction { refused: None, .. }) => Offer::Absent,
        Some(RowAction { refused: Some(reason), .. }) => Offer::Refused(reason.clone()),
        None => action.refused.clone().map_or(Offer::Possible, Offer::Refused),
    }
}
