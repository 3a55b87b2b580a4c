//! Small doors to the browser. Nothing here is reached on the server.

use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, KeyboardEvent, Storage, Window};

pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// Whether the tab is in the background.
pub(crate) fn hidden() -> bool {
    document().is_some_and(|document| document.hidden())
}

pub(crate) fn query(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok().flatten()
}

pub(crate) fn by_id(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Runs for every element of a selector.
pub(crate) fn each(selector: &str, run: impl Fn(&Element)) {
    let Some(list) = document().and_then(|document| document.query_selector_all(selector).ok()) else { return };
    for at in 0..list.length() {
        if let Some(element) = list.get(at).and_then(|node| node.dyn_into::<Element>().ok()) {
            run(&element);
        }
    }
}

pub(crate) fn set_attribute(element: &Element, name: &str, value: &str) {
    // Fails only for names that are no names.
    element.set_attribute(name, value).unwrap_or_default();
}

/// Listens for the life of the page.
pub(crate) fn listen(target: &EventTarget, name: &str, run: impl FnMut(Event) + 'static) {
    attach(target, name, Box::new(run));
}

fn attach(target: &EventTarget, name: &str, mut run: Box<dyn Handle>) {
    let closure = Closure::<dyn FnMut(Event)>::new(move |event| run.handle(event));
    if target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()).is_ok() {
        closure.forget();
    }
}

/// What hears an event. Not `dyn FnMut`: its table holds the body two times more.
trait Handle {
    fn handle(&mut self, event: Event);
}

impl<F: FnMut(Event)> Handle for F {
    fn handle(&mut self, event: Event) {
        self(event);
    }
}

pub(crate) fn listen_document(name: &str, run: impl FnMut(Event) + 'static) {
    if let Some(document) = document() {
        listen(&document, name, run);
    }
}

pub(crate) fn listen_window(name: &str, run: impl FnMut(Event) + 'static) {
    if let Some(window) = window() {
        listen(&window, name, run);
    }
}

/// Key presses that belong to the page: not while typing, with a dialog open, or with Ctrl, Alt or Meta held.
pub(crate) fn listen_keys(mut run: impl FnMut(&KeyboardEvent) + 'static) {
    listen_document("keydown", move |event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        let taken = event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key();
        if !taken && !typing(&event) && query("dialog[open]").is_none() {
            run(&event);
        }
    });
}

thread_local! {
    static CHORD: Cell<bool> = const { Cell::new(false) };
}

/// Whether the last key was the first of two (`g`, then a letter): the second means nothing else then.
pub(crate) fn chord() -> bool {
    CHORD.get()
}

pub(crate) fn set_chord(on: bool) -> bool {
    CHORD.replace(on)
}

fn typing(event: &Event) -> bool {
    target(event).is_some_and(|element| {
        element
            .closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]")
            .ok()
            .flatten()
            .is_some()
    })
}

/// The element that an event happened on.
pub(crate) fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The nearest element around the event that matches.
pub(crate) fn closest(event: &Event, selector: &str) -> Option<Element> {
    target(event)?.closest(selector).ok().flatten()
}

/// The value of the input, select or text area that an event happened on.
pub(crate) fn value_of(event: &Event) -> String {
    target(event)
        .and_then(|element| js_sys::Reflect::get(&element, &JsValue::from_str("value")).ok())
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

pub(crate) fn checked_of(event: &Event) -> bool {
    target(event)
        .and_then(|element| js_sys::Reflect::get(&element, &JsValue::from_str("checked")).ok())
        .and_then(|value| value.as_bool())
        .unwrap_or_default()
}

pub(crate) fn go(address: &str) {
    if let Some(window) = window() {
        window.location().set_href(address).unwrap_or_default();
    }
}

pub(crate) fn open_window(address: &str) {
    if let Some(window) = window() {
        window.open_with_url_and_target(address, "_blank").unwrap_or_default();
    }
}

pub(crate) fn reload() {
    if let Some(window) = window() {
        window.location().reload().unwrap_or_default();
    }
}

/// Path and query of the page.
pub(crate) fn here() -> String {
    window()
        .map(|window| window.location())
        .map(|place| format!("{}{}", place.pathname().unwrap_or_default(), place.search().unwrap_or_default()))
        .unwrap_or_default()
}

/// `ws(s)://host` + path of this page's server.
pub(crate) fn socket_address(path: &str) -> String {
    let Some(place) = window().map(|window| window.location()) else { return path.to_owned() };
    let scheme = if place.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}{path}", place.host().unwrap_or_default())
}

pub(crate) fn session_store() -> Option<Storage> {
    window()?.session_storage().ok().flatten()
}

pub(crate) fn local_store() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

/// Puts a text into the clipboard. Without a secure context the browser has no clipboard; then the old command is used.
pub(crate) fn copy(text: &str) {
    let Some(window) = window() else { return };
    let clipboard =
        js_sys::Reflect::get(&window.navigator(), &JsValue::from_str("clipboard")).unwrap_or(JsValue::UNDEFINED);
    if clipboard.is_undefined() {
        copy_by_selection(text);
    } else {
        // Rejected without the permission; the text is on the page and can be selected.
        drop(window.navigator().clipboard().write_text(text));
    }
}

fn copy_by_selection(text: &str) {
    let Some(document) = document() else { return };
    let Some(area) =
        document.create_element("textarea").ok().and_then(|e| e.dyn_into::<web_sys::HtmlTextAreaElement>().ok())
    else {
        return;
    };
    area.set_value(text);
    area.set_class_name("sr-only");
    // Inside an open dialog only its own content can be focused.
    let parent = query("dialog[open]").or_else(|| document.body().map(Into::into));
    if let Some(parent) = parent
        && parent.append_child(&area).is_ok()
    {
        area.select();
        if let Ok(run) = js_sys::Reflect::get(&document, &JsValue::from_str("execCommand"))
            && let Ok(run) = run.dyn_into::<js_sys::Function>()
        {
            run.call1(&document, &JsValue::from_str("copy")).unwrap_or_default();
        }
        area.remove();
    }
}

/// Offers a text as a file.
pub(crate) fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Some(link) = document()
        .and_then(|document| document.create_element("a").ok())
        .and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok())
    {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    web_sys::Url::revoke_object_url(&address).unwrap_or_default();
}

/// Scrolls an element into view only as far as needed.
pub(crate) fn reveal(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Runs once after this turn of the event loop, when the page has been updated.
pub(crate) fn soon(run: impl FnOnce() + 'static) {
    leptos::prelude::set_timeout(run, std::time::Duration::from_millis(0));
}
