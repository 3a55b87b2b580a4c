//! The keyboard of a list (ux.md §11). Only the first table of a page listens.

use super::menu;
use super::state::{LiveRow, Offer, TableState, offer};
use crate::browser;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

thread_local! {
    static TAKEN: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn listen(table: &TableState) {
    if TAKEN.replace(true) {
        return;
    }
    let table = table.clone();
    browser::listen_keys(move |event| {
        if !browser::chord() && key(&table, event) {
            event.prevent_default();
        }
    });
}

fn key(table: &TableState, event: &KeyboardEvent) -> bool {
    let name = event.key();
    match name.as_str() {
        "/" => focus_filter(),
        "j" => step(table, 1),
        "k" => step(table, -1),
        "x" => with_active(table, |row| {
            let on = !table.selected.with_untracked(|selected| selected.contains(&row.key));
            if table.selectable {
                table.select(&row.key, on);
            }
        }),
        "Escape" => table.selected.set(Default::default()),
        "Enter" => {
            // On a link or button Enter is the browser's.
            if browser::closest(event, "a, button, summary, input").is_some() {
                return false;
            }
            with_active(table, |row| {
                if let Some(address) = table.address(&row.row.get_untracked()) {
                    browser::go(&address);
                }
            });
        }
        _ => return shortcut(table, &name),
    }
    true
}

fn focus_filter() {
    if let Some(input) = browser::query("[data-filter]").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        input.focus().unwrap_or_default();
    }
}

fn with_active(table: &TableState, run: impl FnOnce(LiveRow)) {
    if let Some(row) = table.active.get_untracked().and_then(|key| table.find(&key)) {
        run(row);
    }
}

fn step(table: &TableState, by: isize) {
    let keys: Vec<String> = table.rows.with_untracked(|rows| rows.iter().map(|row| row.key.clone()).collect());
    let at = table.active.get_untracked().and_then(|key| keys.iter().position(|other| *other == key));
    let next = match at {
        None => 0,
        Some(at) => at.saturating_add_signed(by).min(keys.len().saturating_sub(1)),
    };
    let Some(key) = keys.get(next) else { return };
    table.active.set(Some(key.clone()));
    if let Some(row) = browser::query(&format!("tr[data-key=\"{key}\"]")) {
        browser::reveal(&row);
    }
}

/// The shortcut of an action on the active row. Destroying is always asked by a dialog.
fn shortcut(table: &TableState, name: &str) -> bool {
    let Some(action) = table.view.actions.iter().find(|action| action.shortcut.as_deref() == Some(name)) else {
        return false;
    };
    let Some(row) = table.active.get_untracked().and_then(|key| table.find(&key)) else { return false };
    let row = row.row.get_untracked();
    if offer(action, &row.refused) == Offer::Possible {
        menu::run(table, action, &[row]);
    }
    true
}
