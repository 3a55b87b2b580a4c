//! The terminal's emulator and its WebSocket.

use crate::{Labels, browser};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use leptos::task::spawn_local;
use model::terminal::{CHANNEL_INPUT, CHANNEL_OUTPUT, TerminalMessage, TerminalRequest};
use view::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{BinaryType, Element, MessageEvent, WebSocket};

#[wasm_bindgen(module = "gantry/lazy")]
extern "C" {
    #[wasm_bindgen(js_name = mountTerminal, catch)]
    async fn mount_terminal(element: &Element, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// Element of the emulator.
pub(super) const BOX: &str = "terminal";
const SIZES: std::ops::RangeInclusive<u8> = 9..=24;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
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
pub(super) struct Desk {
    pub(super) phase: RwSignal<Phase>,
    pub(super) container: RwSignal<String>,
    pub(super) command: RwSignal<String>,
    pub(super) font: RwSignal<u8>,
    pub(super) searching: RwSignal<bool>,
    handle: StoredValue<Option<JsValue>, LocalStorage>,
    socket: StoredValue<Option<WebSocket>, LocalStorage>,
    size: StoredValue<(u16, u16)>,
    address: StoredValue<String>,
    pub(super) labels: StoredValue<Labels>,
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
    pub(super) fn new(address: String, container: String, labels: &Labels) -> Self {
        Self {
            phase: RwSignal::new(Phase::Connecting),
            container: RwSignal::new(container),
            command: RwSignal::new(String::new()),
            font: RwSignal::new(13),
            searching: RwSignal::new(false),
            handle: StoredValue::new_local(None),
            socket: StoredValue::new_local(None),
            size: StoredValue::new((80, 24)),
            address: StoredValue::new(address),
            labels: StoredValue::new(labels.clone()),
        }
    }

    pub(super) fn wake(self, title: &str) {
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

    pub(super) fn call(self, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
        self.handle.with_value(|handle| {
            let handle = handle.as_ref()?;
            let method: Function = Reflect::get(handle, &JsValue::from_str(name)).ok()?.dyn_into().ok()?;
            method.apply(handle, &arguments.iter().collect::<Array>()).ok()
        })
    }

    pub(super) fn resize_font(self, larger: bool) {
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

    pub(super) fn end(self) {
        self.send(&TerminalRequest::Close);
        self.close();
        let reason = self.labels.with_value(|labels| labels.get("ui-term-by-you"));
        self.phase.set(Phase::Ended { reason, error: false });
    }

    pub(super) fn connect(self) {
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
            match model::wire::read(&text) {
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
