//! A terminal in a container, in its own window. Bytes go through untouched: the emulator decodes them, also across
//! frames that cut a character.

mod session;

use crate::parts::state_chip;
use crate::{Labels, browser, icon};
use js_sys::{Object, Reflect};
use model::table::{Family, State};
use model::wire::Given;
use session::{BOX, Desk, Phase};
use view::prelude::*;
use wasm_bindgen::JsValue;

/// The terminal page: its head and the terminal itself.
#[island]
pub fn TerminalView(
    /// WebSocket path.
    address: String,
    container: String,
    containers: Vec<String>,
    /// Name of the input for screen readers.
    title: String,
    #[prop(into)] labels: Given<Labels>,
    /// The cluster's name and badge, and where the container is in it.
    cluster: String,
    badge: String,
    production: bool,
    place: String,
) -> impl IntoView {
    let labels = labels.0;
    let desk = Desk::new(address, container.clone(), &labels);
    watch(move || desk.wake(&title));
    let options = containers
        .into_iter()
        .map(|name| {
            let selected = name == container;
            view! {
                <option value=name.clone() selected=selected>
                    {name.clone()}
                </option>
            }
        })
        .collect_view();
    let choose = move |event| {
        desk.container.set(browser::value_of(&event));
        desk.connect();
    };
    let body = view! {
        <div class="g-term">
            <header class="g-term__head">
                <b class="font-semibold">{cluster}</b>
                {(!badge.is_empty()).then(|| crate::badge(&badge, production))}
                <span class="g-mono g-clip">{place}</span>
                <label class="g-unit g-only-l">
                    <span>{labels.get("ui-log-container")}</span>
                    <select class="select select-sm g-mono g-w-auto" autocomplete="off" on:change=choose>
                        {options}
                    </select>
                </label>
                {status(desk, &labels)}
                {tools(desk, &labels)}
            </header>
            {search_bar(desk, &labels)}
            // Dark in every theme, as terminals are; the emulator reads the colours of its box.
            <main class="g-term__box" data-theme="dark" id=BOX></main>
            {over(desk, &labels)}
        </div>
    };
    Island::from(body)
}

fn status(desk: Desk, labels: &Labels) -> View {
    let labels = labels.clone();
    let chip = move || {
        let (family, word, hint) = match desk.phase.get() {
            Phase::Connecting => (Family::Progress, "ui-term-connecting", None),
            Phase::Connected(command) => (Family::Success, "ui-term-connected", Some(command)),
            Phase::NoShell(message) => (Family::Warning, "ui-term-no-shell", Some(message)),
            Phase::Ended { reason, error } => {
                (if error { Family::Error } else { Family::Neutral }, "ui-term-ended", Some(reason))
            }
        };
        state_chip(&State::new(family, labels.get(word)).with_hint(hint), true)
    };
    let detail = move || match desk.phase.get() {
        Phase::Connected(command) => command,
        Phase::Ended { reason, .. } => reason,
        _ => String::new(),
    };
    view! {
        <span role="status">{chip}</span>
        <span class="text-xs text-ink-3 g-clip g-only-l">{detail}</span>
    }
}

fn tool(name: &'static str, label: String, click: impl Fn() + 'static) -> View {
    view! {
        <button type="button" class="g-ib" title=label.clone() aria-label=label on:click=move |_| click()>
            {icon(name, "g-i16")}
        </button>
    }
}

fn tools(desk: Desk, labels: &Labels) -> View {
    let ended = move || matches!(desk.phase.get(), Phase::Ended { .. } | Phase::NoShell(_));
    view! {
        <span class="ml-auto flex items-center gap-1">
            {tool("minus", labels.get("ui-term-smaller"), move || desk.resize_font(false))}
            {tool("plus", labels.get("ui-term-larger"), move || desk.resize_font(true))}
            {tool("search", labels.get("ui-term-search"), move || desk.searching.update(|on| *on = !*on))}
            {tool("copy", labels.get("ui-term-copy"), move || {
                // The selection, or everything when nothing is selected.
                let text = desk.call("copy", &[]).and_then(|text| text.as_string()).filter(|text| !text.is_empty());
                let text = text.or_else(|| desk.call("getText", &[]).and_then(|text| text.as_string()));
                browser::copy(&text.unwrap_or_default());
                crate::actions::toast(&desk.labels.with_value(|labels| labels.get("ui-copied")));
            })}
            <button type="button" class="btn btn-sm" hidden=move || !ended() on:click=move |_| desk.connect()>
                {icon("rotate-cw", "g-i")}
                {labels.get("ui-term-reconnect")}
            </button>
            <button type="button" class="btn btn-sm" hidden=ended on:click=move |_| desk.end()>
                {icon("unplug", "g-i")}
                {labels.get("ui-term-disconnect")}
            </button>
        </span>
    }
}

fn search_bar(desk: Desk, labels: &Labels) -> View {
    let labels = labels.clone();
    (move || {
        if !desk.searching.get() {
            return View::default();
        }
        let find = move |text: &str, backwards: bool| {
            let options = Object::new();
            Reflect::set(&options, &"backwards".into(), &backwards.into()).unwrap_or_default();
            desk.call("search", &[JsValue::from_str(text), options.into()]);
        };
        let key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
            "Enter" => find(&browser::value_of(&event), !event.shift_key()),
            "Escape" => {
                desk.searching.set(false);
                desk.call("clearSearch", &[]);
                desk.call("focus", &[]);
            }
            _ => {}
        };
        view! {
            <div class="g-filter g-term__search" role="search">
                {icon("search", "g-i")}
                <input
                    type="search"
                    autofocus
                    autocomplete="off"
                    spellcheck="false"
                    aria-label=labels.get("ui-term-search")
                    placeholder=labels.get("ui-term-search")
                    on:keydown=key
                    on:input=move |event| find(&browser::value_of(&event), true)
                />
            </div>
        }
    })
    .into_content()
}

/// What stands over the terminal when there is no shell or no connection.
fn over(desk: Desk, labels: &Labels) -> View {
    let labels = labels.clone();
    (move || match desk.phase.get() {
        Phase::NoShell(message) => {
            let submit = move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                desk.connect();
            };
            view! {
                <form class="g-dialog g-term__over" on:submit=submit>
                    <div class="g-dialog__h">
                        {icon("square-terminal", "g-i16")} <h2>{labels.get("ui-term-no-shell")}</h2>
                    </div>
                    <div class="g-dialog__b text-ink-2">
                        <p>{message}</p>
                        <label class="block mt-3">
                            <span class="block mb-1">{labels.get("ui-term-command")}</span>
                            <input
                                class="input g-mono"
                                autocomplete="off"
                                spellcheck="false"
                                autofocus
                                value=desk.command.get_untracked()
                                on:input=move |event| desk.command.set(browser::value_of(&event))
                            />
                        </label>
                        <div class="g-hint">{labels.get("ui-term-command-hint")}</div>
                    </div>
                    <div class="g-dialog__f">
                        <button type="submit" class="btn btn-primary">
                            {labels.get("ui-term-run")}
                        </button>
                    </div>
                </form>
            }
        }
        Phase::Ended { reason, error } => view! {
            <div class="g-dialog g-term__over" role="alertdialog" aria-label=labels.get("ui-term-ended")>
                <div class="g-dialog__h">
                    {icon(if error { "circle-x" } else { "unplug" }, "g-i16")} <h2>{labels.get("ui-term-ended")}</h2>
                </div>
                <div class="g-dialog__b text-ink-2">{reason}</div>
                <div class="g-dialog__f">
                    <button type="button" class="btn btn-primary" on:click=move |_| desk.connect()>
                        {labels.get("ui-term-reconnect")}
                    </button>
                </div>
            </div>
        },
        _ => View::default(),
    })
    .into_content()
}
