//! The foot of a list: how many there are and the pager; with marks it turns into the bulk bar.

use super::menu;
use super::state::TableState;
use crate::icon;
use model::table::{PER_PAGE, Row};
use view::prelude::*;

pub(super) fn foot(table: &TableState) -> View {
    if !table.view.options.chrome {
        return count_line(table);
    }
    let (state, bulk_state) = (table.clone(), table.clone());
    let bulk = move || bulk_state.selected.with(|selected| !selected.is_empty());
    let left = {
        let table = table.clone();
        move || if bulk() { bulk_bar(&table) } else { summary(&table) }
    };
    view! {
        <div class="g-foot" data-bulk=move || bulk().then_some("")>
            {left} {pager(&state)}
        </div>
    }
}

/// Every table says at its end how many there are, also the small ones, when they show only a part.
fn count_line(table: &TableState) -> View {
    let table = table.clone();
    (move || {
        let (shown, matching) = (table.rows.with(Vec::len), table.matching.get());
        if matching <= shown {
            return View::default();
        }
        let text = table.labels.fill("ui-table-some", &[("n", &shown.to_string()), ("all", &matching.to_string())]);
        view! { <div class="g-foot g-foot--small"><span class="text-xs text-ink-3">{text}</span></div> }
    })
    .into_content()
}

fn summary(table: &TableState) -> View {
    let n = crate::cell::thousands(i64::try_from(table.matching.get()).unwrap_or(i64::MAX));
    let text = table.labels.fill("ui-table-count", &[("n", &n), ("noun", &table.view.options.noun)]);
    view! { <span class="text-xs text-ink-3">{text}</span> }
}

fn chosen(table: &TableState) -> Vec<Row> {
    let selected = table.selected.get_untracked();
    table.rows.with_untracked(|rows| {
        rows.iter().filter(|row| selected.contains(&row.key)).map(|row| row.row.get_untracked()).collect()
    })
}

fn bulk_bar(table: &TableState) -> View {
    let n = table.selected.with(Vec::len).to_string();
    let buttons = table
        .view
        .actions
        .iter()
        .filter(|action| action.bulk)
        .map(|action| {
            let (state, run) = (table.clone(), action.clone());
            let refused = action.refused.clone();
            let possible = refused.is_none();
            let click = move |_| {
                if possible {
                    menu::run(&state, &run, &chosen(&state));
                }
            };
            let class = if action.danger { "btn btn-sm btn-danger-text" } else { "btn btn-sm" };
            view! {
                <button
                    type="button"
                    class=class
                    aria-disabled=refused.is_some().then_some("true")
                    title=refused
                    on:click=click
                >
                    {action.label.clone()}
                </button>
            }
        })
        .collect_view();
    let clear = table.clone();
    let label = table.labels.get("ui-table-clear");
    view! {
        <b class="font-semibold whitespace-nowrap" role="status">
            {table.labels.fill("ui-table-selected", &[("n", &n)])}
        </b>
        <span class="flex gap-1.5 g-scroll-s" data-bulk role="group" aria-label=table.labels.get("ui-table-bulk")>
            {buttons}
        </span>
        <button
            type="button"
            class="g-ib"
            title=label.clone()
            aria-label=label
            on:click=move |_| clear.select_page(false)
        >
            {icon("x", "g-i16")}
        </button>
    }
}

fn pager(table: &TableState) -> View {
    let query = &table.view.query;
    let (page, per_page) = (query.page.max(1), query.per_page.max(1));
    let matching = table.matching;
    let rows = table.rows;
    let range = move || {
        let shown = rows.with(Vec::len);
        let from = if shown == 0 { 0 } else { (page - 1) * per_page + 1 };
        let to = if shown == 0 { 0 } else { (page - 1) * per_page + shown };
        format!("{from}–{to} / {}", matching.get())
    };
    let pages = move || matching.get().div_ceil(per_page).max(1);
    let labels = &table.labels;
    let sizes = PER_PAGE
        .map(|n| {
            let href = table.place.with(|query| query.per_page = n);
            view! {
                <a href=href aria-current=(n == per_page).then_some("true")>
                    {n.to_string()}
                </a>
            }
        })
        .collect_view();
    let step = |name: &'static str, label: String, href: String, possible: Memo<bool>| {
        view! {
            <a
                class="g-ib"
                href=move || possible.get().then(|| href.clone())
                aria-disabled=move || (!possible.get()).then_some("true")
                role=move || (!possible.get()).then_some("link")
                title=label.clone()
                aria-label=label
            >
                {icon(name, "g-i16")}
            </a>
        }
    };
    let back = Memo::new(move |_| page > 1);
    let forth = Memo::new(move |_| page < pages());
    view! {
        <div class="g-pager">
            <span class="g-only-l">{range}</span>
            <details class="g-drop g-only-l">
                <summary class="g-pick g-pick--sm">
                    {per_page.to_string()} <span>{labels.get("ui-table-per-page")}</span> {icon("chevron-down", "g-i")}
                </summary>
                <div class="g-menu g-menu--up">{sizes}</div>
            </details>
            {step("chevron-left", labels.get("ui-table-back"), table.place.page(page.saturating_sub(1).max(1)), back)}
            <span>
                {page.to_string()} <span class="text-ink-3">" / " {move || pages().to_string()}</span>
            </span>
            {step("chevron-right", labels.get("ui-table-forth"), table.place.page(page + 1), forth)}
        </div>
    }
}
