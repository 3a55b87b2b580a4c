//! The log view.

use super::desk::{BOX, Desk, MAX_HITS};
use super::level::Level;
use super::stream::{query_of, with_query};
use crate::cell::thousands;
use crate::{Labels, browser, icon, icon_colored};
use model::logs::LogQuery;
use model::wire::Given;
use view::prelude::*;

const TAILS: [u32; 4] = [100, 500, 2_000, 10_000];
/// Seconds and text key.
const SINCE: [(i64, &str); 5] = [
    (0, "ui-log-since-all"),
    (300, "ui-log-since-5m"),
    (3_600, "ui-log-since-1h"),
    (21_600, "ui-log-since-6h"),
    (86_400, "ui-log-since-1d"),
];

/// The log of one Pod. `address` is the WebSocket's path, `download` the file's; both get the query appended.
#[island]
pub fn LogView(
    address: String,
    download: String,
    pod: String,
    containers: Vec<String>,
    #[prop(into)] query: Given<LogQuery>,
    #[prop(into)] labels: Given<Labels>,
) -> impl IntoView {
    let (query, labels) = (query.0, labels.0);
    let desk = Desk::new(query);
    {
        let labels = labels.clone();
        watch(move || desk.wake(&address, &labels));
    }
    let only = move || desk.only.get().map(Level::letter);
    let body = view! {
        {source_bar(desk, &labels, containers, download)}
        {view_bar(desk, &labels)}
        <div
            class="g-log"
            id=BOX
            role="log"
            aria-live="off"
            aria-label=labels.fill("ui-log-of", &[("name", &pod)])
            tabindex="0"
            data-only=only
            data-wrap=move || desk.wrap.get().then_some("")
            data-times=move || desk.times.get().then_some("")
            on:scroll=move |_| desk.scrolled()
        ></div>
        {foot(desk, &labels)}
    };
    Island::from(body)
}

fn source_bar(desk: Desk, labels: &Labels, containers: Vec<String>, download: String) -> View {
    let query = desk.query.get_untracked();
    let options = containers
        .into_iter()
        .map(|name| {
            let selected = name == query.container;
            view! {
                <option value=name.clone() selected=selected>
                    {name.clone()}
                </option>
            }
        })
        .collect_view();
    let tails = TAILS
        .map(|n| {
            let text = labels.fill("ui-log-tail", &[("n", &thousands(i64::from(n)))]);
            view! {
                <option value=n.to_string() selected=n == query.tail>
                    {text}
                </option>
            }
        })
        .collect_view();
    let since = SINCE
        .map(|(seconds, key)| {
            let selected = query.since_seconds.unwrap_or(0) == seconds;
            view! {
                <option value=seconds.to_string() selected=selected>
                    {labels.get(key)}
                </option>
            }
        })
        .collect_view();
    let file = move || {
        let query = LogQuery { follow: false, tail: 0, ..desk.query.get() };
        with_query(&download, &query_of(&query))
    };
    view! {
        <div class="g-toolbar">
            <label class="g-unit">
                <span>{labels.get("ui-log-container")}</span>
                <select
                    class="select g-mono g-w-auto"
                    autocomplete="off"
                    on:change=move |event| desk.ask(|query| query.container = browser::value_of(&event))
                >
                    {options}
                </select>
            </label>
            <select
                class="select g-w-auto"
                aria-label=labels.get("ui-log-how-many")
                autocomplete="off"
                on:change=move |event| {
                    desk.ask(|query| query.tail = browser::value_of(&event).parse().unwrap_or(500));
                }
            >
                {tails}
            </select>
            <select
                class="select g-w-auto"
                aria-label=labels.get("ui-log-since")
                autocomplete="off"
                on:change=move |event| {
                    let seconds = browser::value_of(&event).parse().unwrap_or(0);
                    desk.ask(|query| query.since_seconds = (seconds > 0).then_some(seconds));
                }
            >
                {since}
            </select>
            <label class="g-choice">
                <input
                    type="checkbox"
                    class="checkbox"
                    autocomplete="off"
                    checked=query.previous
                    on:change=move |event| desk.ask(|query| query.previous = browser::checked_of(&event))
                />
                {labels.get("ui-log-previous")}
            </label>
            {search(desk, labels)}
            <a class="g-ib" href=file download="" title=labels.get("ui-download") aria-label=labels.get("ui-download")>
                {icon("download", "g-i16")}
            </a>
        </div>
    }
}

fn search(desk: Desk, labels: &Labels) -> View {
    let texts = labels.clone();
    let place = move || {
        if desk.needle.with(String::is_empty) {
            return String::new();
        }
        let n = desk.hits.with(Vec::len);
        let at = if n == 0 { 0 } else { desk.hit.get() + 1 };
        let all = if n >= MAX_HITS { format!("{}+", thousands(10_000)) } else { n.to_string() };
        texts.fill("ui-log-hits", &[("at", &at.to_string()), ("n", &all)])
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            desk.step_hit(if event.shift_key() { -1 } else { 1 });
        }
    };
    let (back, forth) = (labels.get("ui-log-hit-back"), labels.get("ui-log-hit-forth"));
    view! {
        <div class="g-filter" role="search">
            {icon_colored("search", "g-i", "ink-3")}
            <input
                type="search"
                autocomplete="off"
                spellcheck="false"
                data-filter
                aria-label=labels.get("ui-log-search")
                placeholder=labels.get("ui-log-search")
                on:input=move |event| desk.search(&browser::value_of(&event))
                on:keydown=key
            />
            <span class="text-xs text-ink-2 whitespace-nowrap" role="status">
                {place}
            </span>
            <button type="button" class="g-ib" title=back.clone() aria-label=back on:click=move |_| desk.step_hit(-1)>
                {icon("chevron-up", "g-i16")}
            </button>
            <button
                type="button"
                class="g-ib"
                title=forth.clone()
                aria-label=forth
                on:click=move |_| desk.step_hit(1)
            >
                {icon("chevron-down", "g-i16")}
            </button>
        </div>
    }
}

fn view_bar(desk: Desk, labels: &Labels) -> View {
    let levels = Level::ALL
        .map(|level| {
            let (name, token, key) = match level {
                Level::Error => ("circle-x", "err", "ui-log-errors"),
                Level::Warning => ("triangle-alert", "warn", "ui-log-warnings"),
                Level::Info => ("info", "ink-3", "ui-log-infos"),
                Level::Debug => ("bug", "ink-3", "ui-log-debugs"),
            };
            let pressed = move || desk.only.get() == Some(level);
            let click = move |_| {
                desk.only.update(|only| *only = if *only == Some(level) { None } else { Some(level) });
                desk.draw_soon();
            };
            view! {
                <button
                    type="button"
                    aria-pressed=move || if pressed() { "true" } else { "false" }
                    on:click=click
                >
                    {icon_colored(name, "g-i", token)}
                    {labels.get(key)}
                    " "
                    <b>{move || desk.counts.with(|counts| counts[level as usize]).to_string()}</b>
                </button>
            }
        })
        .collect_view();
    let toggle = |signal: RwSignal<bool>, label: String| {
        view! {
            <button
                type="button"
                aria-pressed=move || if signal.get() { "true" } else { "false" }
                on:click=move |_| {
                    signal.update(|on| *on = !*on);
                    desk.draw_soon();
                }
            >
                {label}
            </button>
        }
    };
    let follow = move |_| if desk.following.get_untracked() { desk.pause() } else { desk.follow() };
    view! {
        <div class="g-toolbar g-toolbar--small">
            <div class="g-counts" role="group" aria-label=labels.get("ui-log-levels")>
                {levels}
            </div>
            <span class="ml-auto flex items-center gap-2">
                <span class="g-seg g-seg--sm">
                    {toggle(desk.times, labels.get("ui-log-times"))} {toggle(desk.wrap, labels.get("ui-log-wrap"))}
                    <button
                        type="button"
                        aria-pressed=move || if desk.following.get() { "true" } else { "false" }
                        on:click=follow
                    >
                        {labels.get("ui-log-follow")}
                    </button>
                </span>
            </span>
        </div>
    }
}

fn foot(desk: Desk, labels: &Labels) -> View {
    let texts = labels.clone();
    let state = move || {
        if let Some(reason) = desk.ended.get() {
            ("paused", texts.fill("ui-log-ended", &[("reason", &reason)]))
        } else if desk.lost.get() {
            ("lost", texts.get("ui-live-reconnecting"))
        } else if desk.following.get() {
            ("on", texts.get("ui-log-following"))
        } else {
            ("paused", texts.get("ui-log-paused"))
        }
    };
    let state = Memo::new(move |_| state());
    let texts = labels.clone();
    let jump = move || {
        if desk.following.get() {
            return View::default();
        }
        let n = thousands(i64::try_from(desk.waiting.get()).unwrap_or(i64::MAX));
        let text = texts.fill("ui-log-jump", &[("n", &n)]);
        view! {
            <button type="button" class="btn btn-sm btn-primary" on:click=move |_| desk.follow()>
                {icon("arrow-down-to-line", "g-i")}
                {text}
            </button>
        }
    };
    let texts = labels.clone();
    let total = move || {
        let n = thousands(i64::try_from(desk.lines.get()).unwrap_or(i64::MAX));
        let lines = texts.fill("ui-log-lines", &[("n", &n)]);
        match desk.dropped.get() {
            0 => lines,
            dropped => {
                let dropped = thousands(i64::try_from(dropped).unwrap_or(i64::MAX));
                format!("{lines} · {}", texts.fill("ui-log-dropped", &[("n", &dropped)]))
            }
        }
    };
    view! {
        <div class="g-foot g-foot--small">
            <span class="g-live" role="status" data-live=move || state.get().0>
                {move || state.get().1}
            </span>
            {jump}
            <span class="g-pager text-xs text-ink-3">
                {total} <span class="g-only-l">" · " <kbd class="kbd">"f"</kbd> " " {labels.get("ui-log-follow")} " "
                <kbd class="kbd">"w"</kbd> " " {labels.get("ui-log-wrap")} " " <kbd class="kbd">"n"</kbd> " "
                {labels.get("ui-log-hit-forth")}</span>
            </span>
        </div>
    }
}
