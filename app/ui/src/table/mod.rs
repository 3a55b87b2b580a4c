//! The generic table: first page from the server, live afterwards. The address holds the query, so every change of it is
//! a plain link or a plain form; the browser adds marks, menus, keys and patches.

mod foot;
mod keys;
mod links;
mod menu;
mod row;
mod state;
mod toolbar;

use crate::live::{Event, subscribe};
use crate::parts::stale_banner;
use crate::{Labels, banner, browser, empty, icon_styled, skeleton};
use model::live::LiveMessage;
use model::table::{Align, Column, Family, Freshness, TableView};
use model::wire::Given;
use row::table_row;
use state::TableState;
use view::prelude::*;

/// A table with its toolbar and foot (`view.options.chrome`), or the bare table for use inside a panel.
#[island]
pub fn DataTable(
    #[prop(into)] view: Given<TableView>,
    #[prop(into)] labels: Given<Labels>,
    /// Name for screen readers.
    name: String,
) -> impl IntoView {
    let table = TableState::new(view.0, labels.0);
    {
        let table = table.clone();
        watch(move || wake(&table));
    }
    let chrome = table.view.options.chrome;
    let inner = view! {
        {chrome.then(|| toolbar::counts(&table))}
        {chrome.then(|| toolbar::toolbar(&table))}
        {grid(&table, name)}
        {nothing(&table)}
        {foot::foot(&table)}
    };
    let banner = {
        let table = table.clone();
        move || match table.closed.get() {
            // A right that was taken away, or a kind that is gone: rows that nobody keeps true do not look alive.
            Some(reason) => banner(Family::Warning, &table.labels.get("ui-table-closed"), &reason, View::default()),
            None => stale_banner(&table.freshness.get(), &table.labels),
        }
    };
    let closed = table.closed;
    let past = move || closed.with(Option::is_some).then_some("");
    let body = if chrome {
        view! {
            {banner}
            <section class="g-panel" data-past=past>
                {inner}
            </section>
        }
    } else {
        view! { {banner} {inner} }
    };
    Island::from(body)
}

/// Joins the live channel and the keyboard.
fn wake(table: &TableState) {
    let (have, hear) = (table.clone(), table.clone());
    subscribe(
        table.view.source.clone(),
        table.view.query.clone(),
        table.view.page.freshness.clone(),
        move || have.versions(),
        move |event| {
            let Event::Message(message) = event;
            match message {
                LiveMessage::Patch { order, rows, matching, total, counts, freshness, .. } => {
                    if freshness == Freshness::Live {
                        // The banner that the server drew for this page is over.
                        browser::each(".g-main > [data-stale]", web_sys::Element::remove);
                    }
                    let focus = menu::focus();
                    hear.patch(&order, rows, matching, total, counts, freshness);
                    focus.keep();
                }
                LiveMessage::Closed { reason, login: false, .. } => hear.closed.set(Some(reason)),
                _ => {}
            }
        },
    );
    keys::listen(table);
    menu::close_on_outside(table);
}

fn grid(table: &TableState, name: String) -> View {
    let sticky = if table.view.options.chrome { "g-table g-table--sticky g-stack" } else { "g-table g-stack" };
    let rows = table.rows;
    let drawer = table.clone();
    let page_box = table.selectable.then(|| page_checkbox(table));
    let heads = table.view.columns.iter().map(|column| head(column, table)).collect_view();
    let actions = table.has_actions().then(|| {
        let width = format!("width:{}px", 38 + 27 * table.inline().count().max(1));
        view! {
            <th class="num" style=width>
                {table.labels.get("ui-table-actions")}
            </th>
        }
    });
    view! {
        <table class=sticky aria-label=name hidden=move || rows.with(Vec::is_empty)>
            <thead>
                <tr>{page_box} {heads} {actions}</tr>
            </thead>
            <tbody>
                {keyed(move || rows.get(), |row| row.key.clone(), move |row| table_row(&drawer, row))}
            </tbody>
        </table>
    }
}

fn page_checkbox(table: &TableState) -> View {
    let state = table.clone();
    let all = {
        let state = state.clone();
        move || {
            let count = state.selected.with(Vec::len);
            count > 0 && count == state.rows.with(Vec::len)
        }
    };
    let some = {
        let (state, all) = (state.clone(), all);
        move || state.selected.with(|selected| !selected.is_empty()) && !all()
    };
    let toggle = move |event| state.select_page(browser::checked_of(&event));
    view! {
        <th style="width:36px">
            <input
                type="checkbox"
                class="checkbox"
                aria-label=table.labels.get("ui-table-select-page")
                prop:checked=all
                prop:indeterminate=some
                on:change=toggle
            />
        </th>
    }
}

fn head(column: &Column, table: &TableState) -> View {
    let query = &table.view.query;
    let sorted = query.sort == column.id;
    let class = if column.align == Align::Right { "num" } else { "" };
    let style = (column.width > 0).then(|| format!("width:{}px", column.width));
    let direction = sorted.then_some(if query.descending { "descending" } else { "ascending" });
    let label = column.label.clone();
    let content = if column.sortable && table.view.options.chrome {
        let href = table.place.with(|query| {
            query.descending = sorted && !query.descending;
            query.sort.clone_from(&column.id);
        });
        let arrow = if query.descending { "arrow-down" } else { "arrow-up" };
        view! {
            <a class="g-sort" href=href>
                {label}
                {sorted.then(|| icon_styled(arrow, "g-i", "width:12px;height:12px"))}
            </a>
        }
    } else {
        label.into_content()
    };
    view! {
        <th scope="col" class=class style=style aria-sort=direction title=column.label.clone()>
            {content}
        </th>
    }
}

/// What stands in place of rows: still loading, no match, or nothing yet.
fn nothing(table: &TableState) -> View {
    let table = table.clone();
    (move || {
        if !table.rows.with(Vec::is_empty) {
            return View::default();
        }
        match table.freshness.get() {
            Freshness::Loading => skeleton(5),
            Freshness::Stale { .. } => {
                let labels = &table.labels;
                empty(
                    crate::Empty::Unreachable,
                    &labels.get("ui-empty-unreachable"),
                    &labels.get("ui-empty-unreachable-text"),
                    View::default(),
                )
            }
            Freshness::Live => no_rows(&table),
        }
    })
    .into_content()
}

fn no_rows(table: &TableState) -> View {
    let (labels, options, query) = (&table.labels, &table.view.options, &table.view.query);
    let noun = [("noun", options.noun.as_str())];
    let total = table.total.get();
    let missing = query
        .namespaces
        .iter()
        .filter(|name| table.view.namespaces.as_ref().is_some_and(|known| !known.contains(name)));
    let missing: Vec<_> = missing.cloned().collect();
    if !missing.is_empty() && missing.len() == query.namespaces.len() {
        let title = labels.fill("ui-empty-no-namespace", &[("names", &missing.join(", "))]);
        return empty(crate::Empty::NoMatch, &title, &labels.get("ui-empty-no-namespace-text"), View::default());
    }
    // A table inside a page is filtered by the page: that is no condition of the person.
    let asked = total > 0 || query.page > 1 || !query.filters.is_empty() || query.state.is_some();
    if options.chrome && asked {
        let fault = |filter: &model::table::Filter| match filter.fault() {
            Some(fault) => format!("{}: {}", filter.value, labels.get(fault.text_key())),
            None => filter.token(),
        };
        let conditions: Vec<String> = query.filters.iter().map(fault).collect();
        let clear = table.place.with(|query| {
            query.filters.clear();
            query.state = None;
        });
        let total = total.to_string();
        let action = view! { <a class="btn btn-sm" href=clear>{labels.get("ui-empty-clear")}</a> };
        return empty(
            crate::Empty::NoMatch,
            &labels.fill("ui-empty-no-match", &[("noun", &options.noun), ("n", &total)]),
            &conditions.join(" · "),
            action.into_content(),
        );
    }
    let action = match (&options.create, &options.create_refused) {
        (Some(href), None) => {
            let text = labels.fill("ui-empty-create", &noun);
            view! { <a class="btn btn-sm btn-primary" href=href.clone()>{text}</a> }
        }
        (_, Some(reason)) => view! { <span class="text-xs text-ink-3">{reason.clone()}</span> },
        (None, None) => View::default(),
    };
    let title = if query.namespaces.is_empty() || !options.chrome {
        labels.fill("ui-empty-nothing", &noun)
    } else {
        labels.fill("ui-empty-nothing-in", &[("noun", &options.noun), ("names", &query.namespaces.join(", "))])
    };
    empty(crate::Empty::Nothing, &title, "", action)
}

impl TableState {
    fn has_actions(&self) -> bool {
        !self.view.actions.is_empty()
    }

    fn inline(&self) -> impl Iterator<Item = &model::table::Action> {
        self.view.actions.iter().filter(|action| action.inline).take(4)
    }
}

#[cfg(test)]
mod tests;
