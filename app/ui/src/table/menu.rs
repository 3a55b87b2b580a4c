//! Actions of a row: icons, the menu behind them, and carrying an action out.

use super::state::{LiveRow, Offer, TableState, offer};
use crate::{actions, browser, icon, icon_styled};
use model::table::{Action, ActionKind, Row};
use view::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

pub(super) fn actions(table: &TableState, row: &LiveRow) -> View {
    let inline = table.inline().map(|action| inline(table, row, action)).collect_view();
    let (state, key) = (table.clone(), row.key.clone());
    let open = {
        let (state, key) = (state.clone(), key.clone());
        move || state.menu.with(|menu| menu.as_ref() == Some(&key))
    };
    let toggle = {
        let (state, key) = (state.clone(), key.clone());
        move |_| {
            let next = (state.menu.get_untracked().as_ref() != Some(&key)).then(|| key.clone());
            state.menu.set(next);
            focus_menu();
        }
    };
    let expanded = {
        let open = open.clone();
        move || if open() { "true" } else { "false" }
    };
    let (drawer, row) = (table.clone(), row.clone());
    let menu = move || if open() { draw(&drawer, &row) } else { View::default() };
    let more = table.labels.get("ui-table-more");
    view! {
        <td class="g-pop" data-p="x">
            <div class="g-acts">
                {inline}
                <button
                    type="button"
                    title=more.clone()
                    aria-label=more
                    aria-haspopup="menu"
                    aria-expanded=expanded
                    data-menu-button
                    on:click=toggle
                >
                    {icon("ellipsis", "g-i16")}
                </button>
            </div>
            {menu}
        </td>
    }
}

/// An icon of the row. What it is for this row can change with every patch, so it is read anew.
fn inline(table: &TableState, row: &LiveRow, action: &Action) -> View {
    let (table, action, signal) = (table.clone(), action.clone(), row.row);
    let kind = {
        let action = action.clone();
        Memo::new(move |_| {
            signal.with(|row| match offer(&action, &row.refused) {
                Offer::Possible => None,
                Offer::Refused(reason) => Some(reason),
                Offer::Absent => Some(String::new()),
            })
        })
    };
    let label = action.label.clone();
    let title = move || match kind.get() {
        Some(reason) if !reason.is_empty() => format!("{label}: {reason}"),
        _ => label.clone(),
    };
    let name = action.label.clone();
    let symbol = icon(&action.icon, "g-i16");
    let disabled = move || kind.with(Option::is_some).then_some("true");
    match &action.kind {
        ActionKind::Open { .. } => {
            let (state, action) = (table.clone(), action.clone());
            let window = matches!(action.kind, ActionKind::Open { new_window: true, .. });
            let href = move || {
                let href = signal.with(|row| address(&state, row, &action));
                if kind.with(Option::is_none) { href } else { None }
            };
            view! {
                <a
                    href=href
                    target=window.then_some("_blank")
                    title=title
                    aria-label=name
                    aria-disabled=disabled
                    tabindex=move || kind.with(Option::is_some).then_some("0")
                    role=move || kind.with(Option::is_some).then_some("link")
                >
                    {symbol}
                </a>
            }
        }
        ActionKind::Dialog => {
            let run_action = action.clone();
            let click = move |_| {
                if kind.with_untracked(Option::is_none) {
                    run(&table, &run_action, &[signal.get_untracked()]);
                }
            };
            view! {
                <button type="button" title=title aria-label=name aria-disabled=disabled on:click=click>
                    {symbol}
                </button>
            }
        }
    }
}

/// The address of an `Open` action for a row.
fn address(table: &TableState, row: &Row, action: &Action) -> Option<String> {
    match &action.kind {
        ActionKind::Open { href, .. } => {
            let own = table.address(row).unwrap_or_default();
            Some(href.replace("{object}", &own))
        }
        ActionKind::Dialog => None,
    }
}

fn draw(table: &TableState, row: &LiveRow) -> View {
    let value = row.row.get();
    let items = table
        .view
        .actions
        .iter()
        .enumerate()
        .map(|(at, action)| {
            // A line before what destroys.
            let line = (action.danger && at > 0).then(|| view! { <hr /> });
            view! { {line} {item(table, row, &value, action)} }
        })
        .collect_view();
    let (state, key) = (table.clone(), row.key.clone());
    let keys = move |event: KeyboardEvent| menu_key(&state, &key, &event);
    view! {
        <div class="g-menu g-menu--row" role="menu" tabindex="-1" on:keydown=keys>
            {items}
        </div>
    }
}

fn item(table: &TableState, row: &LiveRow, value: &Row, action: &Action) -> View {
    let shortcut = action.shortcut.clone().map(|key| view! { <kbd class="kbd">{key}</kbd> });
    let symbol = icon(&action.icon, "g-i");
    let label = action.label.clone();
    match offer(action, &value.refused) {
        Offer::Absent => View::default(),
        Offer::Refused(reason) => view! {
            <a role="menuitem" aria-disabled="true" tabindex="0">
                {symbol}
                {label}
                {icon_styled("lock", "g-i", "margin-left:auto")}
                <em>{reason}</em>
            </a>
        },
        Offer::Possible => {
            let class = if action.danger { "is-danger" } else { "" };
            let window = matches!(action.kind, ActionKind::Open { new_window: true, .. });
            let (state, action, signal) = (table.clone(), action.clone(), row.row);
            let href = address(table, value, &action);
            let dialog = href.is_none();
            let click = move |event: web_sys::MouseEvent| {
                if dialog {
                    event.prevent_default();
                    run(&state, &action, &[signal.get_untracked()]);
                }
                state.menu.set(None);
            };
            view! {
                <a
                    role="menuitem"
                    class=class
                    href=href.unwrap_or_else(|| "#".to_owned())
                    target=window.then_some("_blank")
                    on:click=click
                >
                    {symbol}
                    {label}
                    {shortcut}
                </a>
            }
        }
    }
}

/// Carries an action out on rows.
pub(super) fn run(table: &TableState, action: &Action, rows: &[Row]) {
    match &action.kind {
        ActionKind::Open { new_window, .. } => {
            let Some(address) = rows.first().and_then(|row| address(table, row, action)) else { return };
            if *new_window {
                browser::open_window(&address);
            } else {
                browser::go(&address);
            }
        }
        ActionKind::Dialog => {
            if let Some(target) = table.target(rows) {
                actions::open_dialog(&action.id, target);
            }
        }
    }
}

fn menu_items() -> Vec<HtmlElement> {
    let mut out = Vec::new();
    if let Some(list) =
        browser::document().and_then(|document| document.query_selector_all(".g-menu--row [role=menuitem]").ok())
    {
        for at in 0..list.length() {
            out.extend(list.get(at).and_then(|node| node.dyn_into::<HtmlElement>().ok()));
        }
    }
    out
}

/// Where the focus is before rows are exchanged: a row that moves and a menu that is drawn anew lose it.
pub(super) struct Focus {
    element: Option<HtmlElement>,
    /// Place in the open menu.
    item: Option<usize>,
}

pub(super) fn focus() -> Focus {
    let element = browser::document().and_then(|document| document.active_element());
    let item = menu_items().iter().position(|item| element.as_ref() == Some(item));
    Focus { element: element.and_then(|element| element.dyn_into().ok()), item }
}

impl Focus {
    /// Gives it back after the page has been updated, unless somebody else has taken it.
    pub(super) fn keep(self) {
        browser::soon(move || {
            let active = browser::document().and_then(|document| document.active_element());
            if active.is_some_and(|active| active.local_name() != "body") {
                return;
            }
            let item = self.item.and_then(|at| menu_items().into_iter().nth(at));
            if let Some(target) = item.or(self.element).filter(|element| element.is_connected()) {
                target.focus().unwrap_or_default();
            }
        });
    }
}

/// Puts the menu where it fits and the focus on its first entry.
fn focus_menu() {
    browser::soon(|| {
        let Some(menu) = browser::query(".g-menu--row") else { return };
        let bottom = menu.get_bounding_client_rect().bottom();
        let height = browser::window()
            .and_then(|window| window.inner_height().ok())
            .and_then(|height| height.as_f64())
            .unwrap_or(f64::MAX);
        if bottom > height - 48.0 {
            browser::set_attribute(&menu, "data-up", "");
        }
        if let Some(first) = menu_items().first() {
            // Focus fails only on what cannot be focused.
            first.focus().unwrap_or_default();
        }
    });
}

fn menu_key(table: &TableState, key: &str, event: &KeyboardEvent) {
    let items = menu_items();
    let active = browser::document().and_then(|document| document.active_element());
    let at = items.iter().position(|item| active.as_ref() == Some(item));
    let last = items.len().saturating_sub(1);
    let next = match event.key().as_str() {
        "ArrowDown" => at.map_or(0, |at| if at == last { 0 } else { at + 1 }),
        "ArrowUp" => at.map_or(last, |at| if at == 0 { last } else { at - 1 }),
        "Home" => 0,
        "End" => last,
        "Escape" | "Tab" => {
            table.menu.set(None);
            let button = format!("tr[data-key=\"{key}\"] [data-menu-button]");
            if let Some(button) = browser::query(&button).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                button.focus().unwrap_or_default();
            }
            event.prevent_default();
            event.stop_propagation();
            return;
        }
        letter if letter.chars().count() == 1 && letter != " " => {
            let start = at.map_or(0, |at| at + 1);
            let found = (start..items.len()).chain(0..start).find(|at| {
                let text = items[*at].text_content().unwrap_or_default();
                text.trim().to_lowercase().starts_with(&letter.to_lowercase())
            });
            match found {
                Some(found) => found,
                None => return,
            }
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    if let Some(item) = items.get(next) {
        item.focus().unwrap_or_default();
    }
}

/// A click elsewhere closes the menu.
pub(super) fn close_on_outside(table: &TableState) {
    let table = table.clone();
    browser::listen_document("click", move |event| {
        if table.menu.with_untracked(Option::is_some) && browser::closest(&event, ".g-pop").is_none() {
            table.menu.set(None);
        }
    });
}
