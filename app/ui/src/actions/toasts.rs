//! Messages at the corner: successes go after five seconds, errors stay.

use super::Desk;
use crate::{Labels, browser, icon};
use model::table::Family;
use std::time::Duration;
use view::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Toast {
    id: u32,
    family: Family,
    title: String,
    text: String,
    request_id: String,
    /// The pointer is on it: its clock stands.
    held: RwSignal<bool>,
}

const KEPT: &str = "gantry-toast";

pub(super) fn show(desk: Desk, family: Family, title: &str, text: &str, request_id: &str) {
    let held = RwSignal::new(false);
    let id = desk.toasts.with_untracked(|toasts| toasts.last().map_or(1, |toast| toast.id + 1));
    desk.toasts.update(|toasts| {
        // More than four would hide the page; the oldest goes.
        if toasts.len() == 4 {
            toasts.remove(0);
        }
        toasts.push(Toast {
            id,
            family,
            title: title.to_owned(),
            text: text.to_owned(),
            request_id: request_id.to_owned(),
            held,
        });
    });
    if family != Family::Error {
        expire(desk, id, held, Duration::from_secs(5));
    }
}

fn expire(desk: Desk, id: u32, held: RwSignal<bool>, after: Duration) {
    set_timeout(
        move || {
            if held.get_untracked() {
                expire(desk, id, held, Duration::from_secs(1));
            } else {
                drop_toast(desk, id);
            }
        },
        after,
    );
}

fn drop_toast(desk: Desk, id: u32) {
    desk.toasts.update(|toasts| toasts.retain(|toast| toast.id != id));
}

pub(super) fn keep_for_next_page(text: &str) {
    if let Some(store) = browser::session_store() {
        store.set_item(KEPT, text).unwrap_or_default();
    }
}

pub(super) fn show_kept(desk: Desk) {
    let Some(store) = browser::session_store() else { return };
    if let Some(text) = store.get_item(KEPT).ok().flatten() {
        store.remove_item(KEPT).unwrap_or_default();
        show(desk, Family::Success, &text, "", "");
    }
}

pub(super) fn view(desk: Desk, labels: &Labels) -> View {
    let close = labels.get("ui-close");
    let draw = move |toast: Toast| {
        let (id, held) = (toast.id, toast.held);
        let name = if toast.family == Family::Error { "circle-x" } else { "circle-check" };
        let role = if toast.family == Family::Error { "alert" } else { "status" };
        view! {
            <div
                class="g-toast"
                role=role
                data-s=toast.family.short()
                on:mouseenter=move |_| held.set(true)
                on:mouseleave=move |_| held.set(false)
            >
                {icon(name, "g-i16")}
                <div class="flex-1 min-w-0">
                    <b class="font-semibold wrap-anywhere">{toast.title}</b>
                    <div class="text-xs text-ink-2 wrap-anywhere">{toast.text}</div>
                    <div class="text-xs text-ink-3 g-mono">{toast.request_id}</div>
                </div>
                <button
                    type="button"
                    class="g-ib"
                    aria-label=close.clone()
                    on:click=move |_| drop_toast(desk, id)
                >
                    {icon("x", "g-i16")}
                </button>
            </div>
        }
    };
    view! {
        <div class="g-toasts">
            {keyed(move || desk.toasts.get(), |toast| toast.id, draw)}
        </div>
    }
}
