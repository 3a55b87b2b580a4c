//! The log view.

use super::buffer::{Buffer, Entry};
use super::level::Level;
use super::stream::{Heard, Stream, query_of, with_query};
use super::window::Window;
use crate::cell::thousands;
use crate::{Labels, browser, icon, icon_colored};
use leptos::prelude::*;
use model::logs::{LogMessage, LogQuery};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const BOX: &str = "log-lines";
const MAX_HITS: usize = 10_000;
const TAILS: [u32; 4] = [100, 500, 2_000, 10_000];
/// Seconds and text key.
const SINCE: [(i64, &str); 5] = [
    (0, "ui-log-since-all"),
    (300, "ui-log-since-5m"),
    (3_600, "ui-log-since-1h"),
    (21_600, "ui-log-since-6h"),
    (86_400, "ui-log-since-1d"),
];

/// Signals of the view; they may be copied.
#[derive(Clone, Copy)]
struct Desk {
    query: RwSignal<LogQuery>,
    /// The view stays at the last line.
    following: RwSignal<bool>,
    /// Lines that came while the view stood still.
    waiting: RwSignal<usize>,
    lines: RwSignal<usize>,
    dropped: RwSignal<usize>,
    counts: RwSignal<[usize; 4]>,
    only: RwSignal<Option<Level>>,
    needle: RwSignal<String>,
    hits: RwSignal<Vec<(usize, usize)>>,
    hit: RwSignal<usize>,
    wrap: RwSignal<bool>,
    times: RwSignal<bool>,
    /// Reason of the end, when it ended.
    ended: RwSignal<Option<String>>,
    lost: RwSignal<bool>,
    engine: StoredValue<Option<Engine>, LocalStorage>,
}

/// What lives outside of signals.
#[derive(Clone)]
struct Engine {
    buffer: Rc<RefCell<Buffer>>,
    window: Rc<RefCell<Window>>,
    stream: Stream,
    /// A drawing is planned for the next frame.
    planned: Rc<Cell<bool>>,
    address: Rc<str>,
}

/// The log of one Pod. `address` is the WebSocket's path, `download` the file's; both get the query appended.
#[island]
pub fn LogView(
    address: String,
    download: String,
    pod: String,
    containers: Vec<String>,
    query: LogQuery,
    labels: Labels,
) -> impl IntoView {
    let desk = Desk {
        query: RwSignal::new(query),
        following: RwSignal::new(true),
        waiting: RwSignal::new(0),
        lines: RwSignal::new(0),
        dropped: RwSignal::new(0),
        counts: RwSignal::new([0; 4]),
        only: RwSignal::new(None),
        needle: RwSignal::new(String::new()),
        hits: RwSignal::new(Vec::new()),
        hit: RwSignal::new(0),
        wrap: RwSignal::new(true),
        times: RwSignal::new(true),
        ended: RwSignal::new(None),
        lost: RwSignal::new(false),
        engine: StoredValue::new_local(None),
    };
    {
        let labels = labels.clone();
        Effect::new(move || desk.wake(&address, &labels));
    }
    let only = move || desk.only.get().map(Level::letter);
    view! {
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
    }
}

fn source_bar(desk: Desk, labels: &Labels, containers: Vec<String>, download: String) -> AnyView {
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
    .into_any()
}

fn search(desk: Desk, labels: &Labels) -> AnyView {
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
    .into_any()
}

fn view_bar(desk: Desk, labels: &Labels) -> AnyView {
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
    .into_any()
}

fn foot(desk: Desk, labels: &Labels) -> AnyView {
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
            return ().into_any();
        }
        let n = thousands(i64::try_from(desk.waiting.get()).unwrap_or(i64::MAX));
        let text = texts.fill("ui-log-jump", &[("n", &n)]);
        view! {
            <button type="button" class="btn btn-sm btn-primary" on:click=move |_| desk.follow()>
                {icon("arrow-down-to-line", "g-i")}
                {text}
            </button>
        }
        .into_any()
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
    .into_any()
}

impl Desk {
    fn wake(self, address: &str, labels: &Labels) {
        let Some(root) = browser::by_id(BOX) else { return };
        let texts = labels.clone();
        let stream = Stream::new(move |heard| self.hear(heard, &texts));
        self.engine.set_value(Some(Engine {
            buffer: Rc::default(),
            window: Rc::new(RefCell::new(Window::new(root))),
            stream,
            planned: Rc::default(),
            address: address.into(),
        }));
        self.connect();
        browser::listen_window("resize", move |_| self.draw_soon());
        browser::listen_keys(move |event| match event.key().as_str() {
            "f" => self.follow(),
            "w" => {
                self.wrap.update(|wrap| *wrap = !*wrap);
                self.draw_soon();
            }
            "n" => self.step_hit(1),
            "N" | "p" => self.step_hit(-1),
            _ => {}
        });
    }

    fn engine(self) -> Option<Engine> {
        self.engine.with_value(Clone::clone)
    }

    fn connect(self) {
        let Some(engine) = self.engine() else { return };
        self.ended.set(None);
        let query = self.query.with_untracked(query_of);
        engine.stream.open(&with_query(&engine.address, &query));
    }

    /// Asks for another part of the log.
    fn ask(self, change: impl FnOnce(&mut LogQuery)) {
        self.query.update(change);
        self.connect();
    }

    fn reset(self) {
        let Some(engine) = self.engine() else { return };
        engine.buffer.borrow_mut().clear();
        engine.window.borrow_mut().clear();
        self.waiting.set(0);
        self.following.set(true);
    }

    fn hear(self, heard: Heard, labels: &Labels) {
        let Some(engine) = self.engine() else { return };
        match heard {
            // The server starts with the last lines again, so nothing stands twice.
            Heard::Opened => {
                self.lost.set(false);
                self.reset();
            }
            Heard::Lost => self.lost.set(true),
            Heard::Message(message) => self.take(&engine, message, labels),
        }
        self.draw_soon();
    }

    fn take(self, engine: &Engine, message: LogMessage, labels: &Labels) {
        let mut buffer = engine.buffer.borrow_mut();
        let mut mark = |text: String, error: bool| buffer.push(Entry::Mark { text, error });
        match message {
            LogMessage::Skipped { lines } => {
                mark(labels.fill("ui-log-skipped", &[("n", &lines.to_string())]), false);
            }
            LogMessage::Resumed { gap: true } => mark(labels.get("ui-log-gap"), false),
            LogMessage::Resumed { gap: false } => mark(labels.get("ui-log-resumed"), false),
            LogMessage::Ended { reason, error } => {
                mark(reason.clone(), error);
                self.ended.set(Some(reason));
            }
            LogMessage::Lines { lines } => {
                if !self.following.get_untracked() {
                    let n = lines.len();
                    self.waiting.update(|waiting| *waiting += n);
                }
                for line in lines {
                    buffer.push_line(line);
                }
            }
        }
    }

    /// Draws once per frame, however many messages came.
    fn draw_soon(self) {
        let Some(engine) = self.engine() else { return };
        if !engine.planned.replace(true) {
            request_animation_frame(move || {
                engine.planned.set(false);
                self.draw(&engine);
            });
        }
    }

    fn draw(self, engine: &Engine) {
        let mut buffer = engine.buffer.borrow_mut();
        let mut window = engine.window.borrow_mut();
        let dropped = buffer.shrink();
        window.drop_first(dropped);
        window.update(&buffer);
        if self.following.get_untracked() {
            window.to_end();
            // The end may be another chunk than the one that was in view.
            window.update(&buffer);
            window.to_end();
        }
        self.lines.set(buffer.len());
        self.dropped.set(buffer.dropped);
        self.counts.set(Level::ALL.map(|level| buffer.count(level)));
        let needle = window.highlight.needle.clone();
        if !needle.is_empty() && self.hits.with_untracked(|hits| hits.len() < MAX_HITS) {
            let hits = buffer.find(&needle, MAX_HITS);
            if self.hits.with_untracked(|old| old.len() != hits.len()) {
                self.hits.set(hits);
            }
        }
    }

    fn scrolled(self) {
        let Some(engine) = self.engine() else { return };
        let Ok(window) = engine.window.try_borrow() else { return };
        let at_end = window.at_end();
        drop(window);
        if at_end != self.following.get_untracked() {
            if at_end {
                self.waiting.set(0);
            }
            self.following.set(at_end);
        }
        self.draw_soon();
    }

    fn follow(self) {
        self.following.set(true);
        self.waiting.set(0);
        self.draw_soon();
    }

    fn pause(self) {
        self.following.set(false);
    }

    fn search(self, text: &str) {
        let Some(engine) = self.engine() else { return };
        self.needle.set(text.to_owned());
        let hits = engine.buffer.borrow().find(text, MAX_HITS);
        let last = hits.len().saturating_sub(1);
        self.hits.set(hits);
        self.hit.set(last);
        engine.window.borrow_mut().highlight.needle = text.to_lowercase();
        self.show_hit(&engine);
    }

    fn step_hit(self, by: isize) {
        let n = self.hits.with_untracked(Vec::len);
        let Some(engine) = self.engine() else { return };
        if n == 0 {
            return;
        }
        let at = self.hit.get_untracked();
        let next = match by {
            1 if at + 1 >= n => 0,
            -1 if at == 0 => n - 1,
            by => at.saturating_add_signed(by),
        };
        self.hit.set(next);
        self.following.set(false);
        self.show_hit(&engine);
    }

    fn show_hit(self, engine: &Engine) {
        let current = self.hits.with_untracked(|hits| hits.get(self.hit.get_untracked()).copied());
        let buffer = engine.buffer.borrow();
        let mut window = engine.window.borrow_mut();
        window.highlight.current = current;
        window.redraw(&buffer);
        if let Some((number, _)) = current {
            window.show(&buffer, number);
        }
    }
}
