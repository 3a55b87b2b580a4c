//! Counts by state, namespaces, filter box. All of it works without scripts.

use super::state::TableState;
use crate::parts::state_icon;
use crate::{browser, icon, icon_colored};
use model::table::{Family, Filter, FilterOp};
use view::prelude::*;
use web_sys::KeyboardEvent;

const fn family_key(family: Family) -> &'static str {
    match family {
        Family::Error => "ui-family-error",
        Family::Warning => "ui-family-warning",
        Family::Progress => "ui-family-progress",
        Family::Success => "ui-family-success",
        Family::Neutral => "ui-family-neutral",
    }
}

pub(super) fn counts(table: &TableState) -> View {
    let current = table.view.query.state;
    let counts = table.counts;
    let all = table.clone();
    let sum = move || {
        let n: usize = counts.with(|counts| counts.iter().map(|count| count.n).sum());
        crate::cell::thousands(i64::try_from(n).unwrap_or(i64::MAX))
    };
    let links = Family::ALL
        .map(|family| {
            let n = move || {
                counts
                    .with(|counts| counts.iter().find(|count| count.family == family).map_or(0, |count| count.n))
                    .to_string()
            };
            let pressed = current == Some(family);
            // Pressing a pressed one lets go.
            let href = table.place.with(|query| query.state = (!pressed).then_some(family));
            view! {
                <a href=href aria-current=pressed.then_some("true")>
                    {icon_colored(state_icon(family), "g-i", family.short())}
                    {table.labels.get(family_key(family))}
                    " "
                    <b>{n}</b>
                </a>
            }
        })
        .collect_view();
    view! {
        <div class="g-counts px-2 pt-1.5" role="group" aria-label=table.labels.get("ui-table-counts")>
            <a href=all.place.with(|query| query.state = None) aria-current=current.is_none().then_some("true")>
                {table.labels.get("ui-table-all")}
                " "
                <b>{sum}</b>
            </a>
            {links}
        </div>
    }
}

pub(super) fn toolbar(table: &TableState) -> View {
    let csv = table.place.csv(&table.view.source).map(|href| {
        let label = table.labels.get("ui-table-csv");
        view! {
            <a class="g-ib" href=href download="" title=label.clone() aria-label=label>
                {icon("download", "g-i16")}
            </a>
        }
    });
    let density = table.labels.get("ui-table-density");
    view! {
        <div class="g-toolbar">
            {namespaces(table)} {filter(table)}
            <span class="g-only-l flex">
                <button class="g-ib" type="button" data-density-switch title=density.clone() aria-label=density>
                    {icon("rows-3", "g-i16")}
                </button>
                {csv}
            </span>
        </div>
    }
}

fn hidden_pairs(pairs: Vec<(String, String)>) -> View {
    pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
}

/// The namespace picker: several at once, search inside; a form, so that it works without scripts.
fn namespaces(table: &TableState) -> View {
    let Some(known) = table.view.namespaces.clone() else { return View::default() };
    let (labels, chosen) = (&table.labels, table.view.query.namespaces.clone());
    let shown = match chosen.as_slice() {
        [] => labels.get("ui-table-all-namespaces"),
        [one] => one.clone(),
        [one, two] => format!("{one}, {two}"),
        [one, rest @ ..] => format!("{one} +{}", rest.len()),
    };
    // A chosen namespace stays in the list even when nobody may see it any more.
    let mut names: Vec<String> = chosen.iter().filter(|name| !known.contains(name)).cloned().collect();
    names.extend(known);
    let (action, hidden) = table.place.form(|query| query.namespaces.clear());
    let search = RwSignal::new(String::new());
    let count = names.len().to_string();
    let boxes = names
        .into_iter()
        .map(|name| {
            let checked = chosen.contains(&name);
            let this = name.clone();
            let away = move || !search.with(|search| search.is_empty() || this.contains(search.as_str()));
            view! {
                <label class="g-menu__check" hidden=away>
                    <input type="checkbox" class="checkbox" name="ns" value=name.clone() checked=checked />
                    <span class="g-mono g-clip">{name.clone()}</span>
                </label>
            }
        })
        .collect_view();
    let label = labels.get("ui-table-namespace");
    view! {
        <details class="g-drop">
            <summary class="g-pick">
                <span>{label}</span>
                <b class="font-medium g-mono g-clip">{shown}</b>
                {icon("chevron-down", "g-i")}
            </summary>
            <form class="g-menu g-menu--pick" method="get" action=action>
                {hidden_pairs(hidden)}
                <div class="g-filter mb-1">
                    {icon_colored("search", "g-i", "ink-3")}
                    <input
                        type="search"
                        autocomplete="off"
                        placeholder=labels.fill("ui-table-search-namespaces", &[("n", &count)])
                        aria-label=labels.get("ui-search-here")
                        on:input=move |event| search.set(browser::value_of(&event))
                    />
                </div>
                <div class="g-menu__list">{boxes}</div>
                <div class="g-menu__foot">
                    <a class="g-link" href=table.place.with(|query| query.namespaces.clear())>
                        {labels.get("ui-table-all-namespaces")}
                    </a>
                    <button type="submit" class="btn btn-sm btn-primary">
                        {labels.get("ui-apply")}
                    </button>
                </div>
            </form>
        </details>
    }
}

fn field_word(table: &TableState, filter: &Filter) -> String {
    let key = match filter.field.as_str() {
        "name" => "ui-field-name",
        "label" => "ui-field-label",
        "image" => "ui-field-image",
        "node" => "ui-field-node",
        "owner" => "ui-field-owner",
        other => {
            let column = table.view.columns.iter().find(|column| column.id == other);
            return column.map_or_else(|| other.to_owned(), |column| column.label.clone());
        }
    };
    table.labels.get(key)
}

/// The filter box: each condition is a token, Enter adds one, Backspace in the empty box takes the last.
fn filter(table: &TableState) -> View {
    let query = &table.view.query;
    let tokens = query
        .filters
        .iter()
        .enumerate()
        .map(|(at, filter)| {
            let href = table.place.with(|query| drop(query.filters.remove(at)));
            let op = match filter.op {
                FilterOp::Contains => table.labels.get("ui-op-contains"),
                FilterOp::Equals => "=".to_owned(),
                FilterOp::NotEquals => "≠".to_owned(),
            };
            let fault = filter.fault().map(|fault| table.labels.get(fault.text_key()));
            view! {
                <span class="g-token" data-fault=fault.is_some().then_some("") title=fault>
                    <span>{format!("{} {op}", field_word(table, filter))}</span>
                    <b class="font-normal g-mono g-clip">{filter.value.clone()}</b>
                    <a class="g-x" href=href aria-label=table.labels.get("ui-table-remove-filter")>
                        {icon("x", "g-i")}
                    </a>
                </span>
            }
        })
        .collect_view();
    let (action, hidden) = table.place.form(|_| {});
    let without_last = (!query.filters.is_empty()).then(|| table.place.with(|query| drop(query.filters.pop())));
    let back = move |event: KeyboardEvent| {
        if event.key() == "Backspace"
            && browser::value_of(&event).is_empty()
            && let Some(address) = &without_last
        {
            browser::go(address);
        }
    };
    view! {
        <form class="g-filter" method="get" action=action role="search">
            {hidden_pairs(hidden)}
            {icon_colored("list-filter", "g-i", "ink-3")}
            {tokens}
            <input
                name="q"
                autocomplete="off"
                spellcheck="false"
                maxlength="600"
                data-filter
                aria-label=table.labels.get("ui-table-filter")
                placeholder=table.labels.get("ui-table-filter-hint")
                on:keydown=back
            />
            <kbd class="kbd">"/"</kbd>
        </form>
    }
}
