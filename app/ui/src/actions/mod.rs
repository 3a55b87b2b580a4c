//! What a page has exactly once: dialogs of actions, messages at the corner, signing in again, palette, keyboard help.
//! Buttons that the server draws work through it by delegation (`data-action`, `data-copy`).

mod buttons;
mod delegate;
mod dialog;
mod help;
mod palette;
mod sign_in;
mod snippets;
mod toasts;

pub use buttons::{HeadTarget, action_button, copy_button, head_actions};

use crate::Labels;
use crate::frame::PaletteEntry;
use dialog::Asked;
use model::AppError;
use model::dialog::DialogTarget;
use model::table::Family;
use model::wire::Given;
use std::cell::Cell;
use toasts::Toast;
use view::prelude::*;

/// The page's own state; its signals are handles that may be copied.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    asked: RwSignal<Option<Asked>>,
    toasts: RwSignal<Vec<Toast>>,
    sign_in: RwSignal<bool>,
    palette: RwSignal<bool>,
    help: RwSignal<bool>,
    labels: StoredValue<Labels>,
}

thread_local! {
    static DESK: Cell<Option<Desk>> = const { Cell::new(None) };
}

fn desk() -> Option<Desk> {
    DESK.get()
}

/// Asks the server for the dialog of an action and shows it. The page's rows are live, so nothing is reloaded afterwards.
pub(crate) fn open_dialog(action: &str, target: DialogTarget) {
    if let Some(desk) = desk() {
        dialog::ask(desk, action.to_owned(), target, false);
    }
}

/// The session ended: offers to sign in on this page.
pub(crate) fn ask_sign_in() {
    if let Some(desk) = desk() {
        desk.sign_in.set(true);
    }
}

/// A short message at the corner.
pub(crate) fn toast(text: &str) {
    if let Some(desk) = desk() {
        toasts::show(desk, Family::Success, text, "", "");
    }
}

pub(crate) fn toast_error(error: &AppError) {
    if let Some(desk) = desk() {
        let detail = error.detail.clone().unwrap_or_default();
        let id = error.request_id.clone().unwrap_or_default();
        toasts::show(desk, Family::Error, &error.message, &detail, &id);
    }
}

/// A message that the next page of this tab shows.
pub(crate) fn toast_on_next_page(text: &str) {
    toasts::keep_for_next_page(text);
}

/// The page's island; the frame draws it.
#[island]
pub fn Actions(
    #[prop(into)] labels: Given<Labels>,
    #[prop(into)] palette: Given<Vec<PaletteEntry>>,
    account: String,
) -> impl IntoView {
    let (labels, palette) = (labels.0, palette.0);
    let desk = Desk {
        asked: RwSignal::new(None),
        toasts: RwSignal::new(Vec::new()),
        sign_in: RwSignal::new(false),
        palette: RwSignal::new(false),
        help: RwSignal::new(false),
        labels: StoredValue::new(labels.clone()),
    };
    watch(move || {
        DESK.set(Some(desk));
        delegate::listen(desk);
        crate::time::start_ticker();
        toasts::show_kept(desk);
    });
    let body = view! {
        {dialog::view(desk, &labels)}
        {sign_in::view(desk, &labels, &account)}
        {palette::view(desk, &labels, palette)}
        {help::view(desk, &labels)}
        {toasts::view(desk, &labels)}
    };
    Island::from(body)
}
