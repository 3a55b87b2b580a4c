//! A terminal in a container, in its own window. Bytes go through untouched: the emulator decodes them, also across
//! frames that cut a character.

use crate::parts::state_chip;
use crate::{Labels, browser, icon};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::table::{Family, State};
use model::terminal::{CHANNEL_INPUT, CHANNEL_OUTPUT, TerminalMessage, TerminalRequest};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{BinaryType, Element, MessageEvent, WebSocket};

#[wasm_bindgen(module = "gantry/lazy")]
extern "C" {
    #[wasm_bindgen(js_name = mountTerminal, catch)]
    async fn mount_terminal(element: &Element, options: &JsValue) -> Result<JsValue, JsValue>;
}

const BOX: &str = "terminal";
const SIZES: std::ops::RangeInclusive<u8> = 9..=24;

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Connecting,
    Connected(String),
    /// No shell in the image: the message and a field for a command.
    NoShell(String),
    Ended {
        reason: String,
        error: bool,
    },
}

#[derive(Clone, Copy)]
struct Desk {
    phase: RwSignal<Phase>,
    container: RwSignal<String>,
    command: RwSignal<String>,
    font: RwSignal<u8>,
    searching: RwSignal<bool>,
    handle: StoredValue<Option<JsValue>, LocalStorage>,
    socket: StoredValue<Option<WebSocket>, LocalStorage>,
    size: StoredValue<(u16, u16)>,
    address: StoredValue<String>,
    labels: StoredValue<Labels>,
}

/// The terminal page: its head (with the crumbs as children) and the terminal itself.
#[island]
pub fn TerminalView(
    /// WebSocket path.
    address: String,
    container: String,
    containers: Vec<String>,
    /// Name of the input for screen readers.
    title: String,
    labels: Labels,
    children: Children,
) -> impl IntoView {
    let desk = Desk {
        phase: RwSignal::new(Phase::Connecting),
        container: RwSignal::new(container.clone()),
        command: RwSignal::new(String::new()),
        font: RwSignal::new(13),
        searching: RwSignal::new(false),
        handle: StoredValue::new_local(None),
        socket: StoredValue::new_local(None),
        size: StoredValue::new((80, 24)),
        address: StoredValue::new(address),
        labels: StoredValue::new(labels.clone()),
    };
    Effect::new(move || desk.wake(&title));
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
    view! {
        <div class="g-term">
            <header class="g-term__head">
                {children()}
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
            <div class="g-term__box" id=BOX></div>
            {over(desk, &labels)}
        </div>
    }
}

fn status(desk: Desk, labels: &Labels) -> AnyView {
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
    .into_any()
}

fn tool(name: &'static str, label: String, click: impl Fn() + 'static) -> AnyView {
    view! {
        <button type="button" class="g-ib" title=label.clone() aria-label=label on:click=move |_| click()>
            {icon(name, "g-i16")}
        </button>
    }
    .into_any()
}

fn tools(desk: Desk, labels: &Labels) -> AnyView {
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
    .into_any()
}

fn search_bar(desk: Desk, labels: &Labels) -> AnyView {
    let labels = labels.clone();
    (move || {
        if !desk.searching.get() {
            return ().into_any();
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
        .into_any()
    })
    .into_any()
}

/// What stands over the terminal when there is no shell or no connection.
fn over(desk: Desk, labels: &Labels) -> AnyView {
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
            .into_any()
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
        }
        .into_any(),
        _ => ().into_any(),
    })
    .into_any()
}

/// A command line as a person types it: blanks separate, quotes hold together.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            (char, Some(open)) if char == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
            (char, Some(_)) => word.get_or_insert_default().push(char),
            ('\'' | '"', None) => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (char, None) if char.is_whitespace() => out.extend(word.take()),
            (char, None) => word.get_or_insert_default().push(char),
        }
    }
    out.extend(word);
    out
}

fn set(object: &Object, name: &str, value: &JsValue) {
    Reflect::set(object, &JsValue::from_str(name), value).unwrap_or_default();
}

impl Desk {
    fn wake(self, title: &str) {
        let Some(element) = browser::by_id(BOX) else { return };
        let options = Object::new();
        let data = Closure::<dyn FnMut(Uint8Array)>::new(move |bytes: Uint8Array| self.send_bytes(&bytes));
        let resize = Closure::<dyn FnMut(u16, u16)>::new(move |cols: u16, rows: u16| {
            self.size.set_value((cols, rows));
            self.send(&TerminalRequest::Resize { cols, rows });
        });
        set(&options, "onData", data.as_ref());
        set(&options, "onResize", resize.as_ref());
        set(&options, "fontSize", &JsValue::from_f64(f64::from(self.font.get_untracked())));
        set(&options, "label", &JsValue::from_str(title));
        data.forget();
        resize.forget();
        spawn_local(async move {
            match mount_terminal(&element, &options).await {
                Ok(handle) => {
                    self.handle.set_value(Some(handle));
                    self.connect();
                }
                Err(_) => {
                    let reason = self.labels.with_value(|labels| labels.get("ui-term-no-bundle"));
                    self.phase.set(Phase::Ended { reason, error: true });
                }
            }
        });
    }

    fn call(self, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
        self.handle.with_value(|handle| {
            let handle = handle.as_ref()?;
            let method: Function = Reflect::get(handle, &JsValue::from_str(name)).ok()?.dyn_into().ok()?;
            method.apply(handle, &arguments.iter().collect::<Array>()).ok()
        })
    }

    fn resize_font(self, larger: bool) {
        let now = self.font.get_untracked();
        let next = if larger { now + 1 } else { now - 1 };
        if SIZES.contains(&next) {
            self.font.set(next);
            self.call("setFontSize", &[JsValue::from_f64(f64::from(next))]);
        }
    }

    fn send(self, request: &TerminalRequest) {
        let Ok(text) = serde_json::to_string(request) else { return };
        self.socket.with_value(|socket| {
            if let Some(socket) = socket.as_ref().filter(|socket| socket.ready_state() == WebSocket::OPEN) {
                // A socket that closes meanwhile says so by its close event.
                socket.send_with_str(&text).unwrap_or_default();
            }
        });
    }

    fn send_bytes(self, bytes: &Uint8Array) {
        let frame = Uint8Array::new_with_length(bytes.length() + 1);
        frame.set_index(0, CHANNEL_INPUT);
        frame.set(bytes, 1);
        self.socket.with_value(|socket| {
            if let Some(socket) = socket.as_ref().filter(|socket| socket.ready_state() == WebSocket::OPEN) {
                socket.send_with_array_buffer(&frame.buffer()).unwrap_or_default();
            }
        });
    }

    fn close(self) {
        self.socket.update_value(|socket| {
            if let Some(socket) = socket.take() {
                socket.set_onclose(None);
                socket.set_onmessage(None);
                socket.close().unwrap_or_default();
            }
        });
    }

    fn end(self) {
        self.send(&TerminalRequest::Close);
        self.close();
        let reason = self.labels.with_value(|labels| labels.get("ui-term-by-you"));
        self.phase.set(Phase::Ended { reason, error: false });
    }

    fn connect(self) {
        self.close();
        self.phase.set(Phase::Connecting);
        let address = self.address.with_value(|address| browser::socket_address(address));
        let lost = move || {
            let reason = self.labels.with_value(|labels| labels.get("ui-term-lost"));
            self.phase.set(Phase::Ended { reason, error: true });
        };
        let Ok(socket) = WebSocket::new(&address) else { return lost() };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let open = Closure::<dyn FnMut()>::new(move || {
            let (cols, rows) = self.size.get_value();
            self.send(&TerminalRequest::Open {
                container: self.container.get_untracked(),
                command: self.command.with_untracked(|command| words(command)),
                cols,
                rows,
            });
        });
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| self.hear(&event));
        let close = Closure::<dyn FnMut()>::new(move || {
            // The server says why before it closes; without a word the connection itself is gone.
            if matches!(self.phase.get_untracked(), Phase::Connecting | Phase::Connected(_)) {
                lost();
            }
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        open.forget();
        message.forget();
        close.forget();
        self.socket.set_value(Some(socket));
    }

    fn hear(self, event: &MessageEvent) {
        let data = event.data();
        if let Some(text) = data.as_string() {
            match serde_json::from_str(&text) {
                Ok(TerminalMessage::Opened { command }) => {
                    self.phase.set(Phase::Connected(command));
                    self.call("focus", &[]);
                }
                Ok(TerminalMessage::NoShell { message }) => self.phase.set(Phase::NoShell(message)),
                Ok(TerminalMessage::Ended { reason, error, .. }) => self.phase.set(Phase::Ended { reason, error }),
                Err(_) => {}
            }
            return;
        }
        let bytes = Uint8Array::new(&data);
        if bytes.length() > 0 && bytes.get_index(0) == CHANNEL_OUTPUT {
            self.call("write", &[bytes.subarray(1, bytes.length()).into()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_command_line_is_split_as_a_shell_would() {
        assert_eq!(words("  ls  -l "), ["ls", "-l"]);
        assert_eq!(words(r#"sh -c 'echo "a b"' "c d" e\ f """#), ["sh", "-c", "echo \"a b\"", "c d", "e f", ""]);
        assert!(words("   ").is_empty());
    }
}
