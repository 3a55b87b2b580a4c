//! One listener for everything that the server draws.

use super::{Desk, dialog, toast};
use crate::browser;
use view::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent};

pub(super) fn listen(desk: Desk) {
    restore_density();
    browser::listen_document("click", move |event| click(desk, &event));
    browser::listen_document("keydown", move |event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            desk.palette.set(true);
        }
        if event.key() == "Escape" {
            close_drops(None);
        }
    });
    browser::listen_keys(move |event| {
        let jump = browser::set_chord(false);
        match event.key().as_str() {
            "?" => desk.help.set(true),
            "[" => history(-1),
            "]" => history(1),
            "g" if !jump => _ = browser::set_chord(true),
            letter if jump && letter.chars().all(char::is_alphanumeric) => jump_to(letter, event),
            _ => {}
        }
    });
}

/// `g` and a letter follow the link of the navigation that carries the letter.
fn jump_to(letter: &str, event: &KeyboardEvent) {
    if let Some(link) =
        browser::query(&format!("[data-jump=\"{letter}\"]")).and_then(|e| e.dyn_into::<HtmlElement>().ok())
    {
        event.prevent_default();
        link.click();
    }
}

fn history(by: i32) {
    if let Some(history) = browser::window().and_then(|window| window.history().ok()) {
        history.go_with_delta(by).unwrap_or_default();
    }
}

fn click(desk: Desk, event: &Event) {
    close_drops(browser::target(event));
    if browser::closest(event, "[aria-disabled=true]").is_some() {
        event.prevent_default();
        return;
    }
    if let Some(button) = browser::closest(event, "[data-action]") {
        event.prevent_default();
        close_drops(None);
        let action = button.get_attribute("data-action").unwrap_or_default();
        let target = button.get_attribute("data-target").and_then(|text| model::wire::read(&text).ok());
        if let Some(target) = target {
            dialog::ask(desk, action, target, true);
        }
    } else if let Some(button) = browser::closest(event, "[data-copy]") {
        browser::copy(&button.get_attribute("data-copy").unwrap_or_default());
        toast(&desk.labels.with_value(|labels| labels.get("ui-copied")));
    } else if browser::closest(event, "[data-palette]").is_some() {
        desk.palette.set(true);
    } else if browser::closest(event, "[data-density-switch]").is_some() {
        switch_density();
    }
}

/// Open menus close when something else is clicked.
fn close_drops(except: Option<web_sys::Element>) {
    browser::each("details.g-drop[open]", |drop| {
        let inside = except.as_ref().is_some_and(|element| drop.contains(Some(element)));
        if !inside {
            drop.remove_attribute("open").unwrap_or_default();
        }
    });
}

const DENSITY: &str = "gantry-density";

fn set_density(compact: bool) {
    if let Some(root) = browser::query("html") {
        if compact {
            browser::set_attribute(&root, "data-density", "compact");
        } else {
            root.remove_attribute("data-density").unwrap_or_default();
        }
    }
}

fn switch_density() {
    let compact = browser::query("html[data-density=compact]").is_none();
    set_density(compact);
    if let Some(store) = browser::local_store() {
        store.set_item(DENSITY, if compact { "compact" } else { "normal" }).unwrap_or_default();
    }
}

/// What the person chose once holds for all lists of this browser.
fn restore_density() {
    let chosen = browser::local_store().and_then(|store| store.get_item(DENSITY).ok().flatten());
    if let Some(chosen) = chosen {
        set_density(chosen == "compact");
    }
}
