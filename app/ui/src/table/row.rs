//! One row: mark, cells, actions.

use super::menu;
use super::state::{Flash, LiveRow, TableState};
use crate::{browser, cell, icon_styled};
use model::table::{Align, Cell, Column};
use view::prelude::*;

pub(super) fn table_row(table: &TableState, row: LiveRow) -> View {
    let key = row.key.clone();
    let selected = {
        let (table, key) = (table.clone(), key.clone());
        move || table.selected.with(|selected| selected.contains(&key))
    };
    let active = {
        let (table, key) = (table.clone(), key.clone());
        move || if table.active.with(|active| active.as_ref() == Some(&key)) { "is-active" } else { "" }
    };
    let activate = {
        let (table, key) = (table.clone(), key.clone());
        move |_| table.active.set(Some(key.clone()))
    };
    let tall = row.row.with_untracked(|row| row.cells.iter().any(is_tall)).then_some("--row:48px");
    let mark = table.selectable.then(|| checkbox(table, &row, selected.clone()));
    let cells = table.view.columns.iter().enumerate().map(|(at, column)| draw(table, &row, at, column)).collect_view();
    let actions = table.has_actions().then(|| menu::actions(table, &row));
    view! {
        <tr
            class=active
            style=tall
            data-key=key
            data-selected=move || selected().then_some("")
            on:click=activate
        >
            {mark}
            {cells}
            {actions}
        </tr>
    }
}

/// Two lines need more room.
const fn is_tall(cell: &Cell) -> bool {
    matches!(cell, Cell::Stack { .. } | Cell::Meter { .. })
}

fn checkbox(table: &TableState, row: &LiveRow, selected: impl Fn() -> bool + Send + Sync + 'static) -> View {
    let state = table.clone();
    let key = row.key.clone();
    let name = row.row.with_untracked(|row| row.name.clone());
    let toggle = move |event| state.select(&key, browser::checked_of(&event));
    view! {
        <td data-l data-p="c">
            <input
                type="checkbox"
                class="checkbox"
                aria-label=table.labels.fill("ui-table-select", &[("name", &name)])
                prop:checked=selected
                on:change=toggle
            />
        </td>
    }
}

fn draw(table: &TableState, row: &LiveRow, at: usize, column: &Column) -> View {
    let (signal, flash, labels) = (row.row, row.flash, table.labels.clone());
    // Only a cell that differs is drawn anew.
    let value = Memo::new(move |_| signal.with(|row| row.cells.get(at).cloned().unwrap_or(Cell::Empty)));
    let mark =
        Memo::new(move |_| flash.with(|flash| flash.iter().find(|(cell, _)| *cell == at).map(|(_, flash)| *flash)));
    let content = move || {
        let drawn = value.with(|value| cell(value, &labels));
        match mark.get() {
            None => drawn,
            Some(flash) => {
                let arrow = match flash {
                    Flash::Up => Some("arrow-up"),
                    Flash::Down => Some("arrow-down"),
                    Flash::Other => None,
                };
                view! {
                    <span class="g-flash">
                        {arrow.map(|name| icon_styled(name, "g-i", "width:12px;height:12px"))} {drawn}
                    </span>
                }
            }
        }
    };
    let place = match column.id.as_str() {
        "name" => Some("1"),
        "state" => Some("s"),
        "namespace" => Some("n"),
        _ => None,
    };
    let class = if column.align == Align::Right { "num" } else { "" };
    // On a phone a bare number needs its word.
    let word = (place.is_none() && !column.secondary).then(|| column.label.clone());
    view! {
        <td class=class data-p=place data-k=word data-l=column.secondary.then_some("")>
            {content}
        </td>
    }
}
