//! The frame of every page: document, top bar, navigation, error pages.

mod nav;

pub use nav::{Here, area_nav, cluster_nav, cluster_palette};

use model::dialog::DialogTarget;
use model::table::{Action, ActionKind};
use model::{AppError, ErrorKind};
use services::RequestCx;
use std::sync::{Arc, OnceLock};
use ui::{Frame, Labels, Nav, PaletteEntry};
use view::prelude::*;

/// A finished page. `view` is called once, inside the renderer's reactive owner.
#[derive(Clone)]
pub struct Rendered {
    pub status: u16,
    /// For the scripts that leptos adds by itself.
    pub nonce: String,
    pub view: Arc<dyn Fn() -> Island + Send + Sync>,
}

/// Addresses of the built files, given once by the server that embeds them.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    pub css: String,
    pub start_js: String,
    pub wasm: String,
    pub favicon: String,
}

static ASSETS: OnceLock<Assets> = OnceLock::new();

/// Called once at start; later calls change nothing.
pub fn set_assets(assets: Assets) {
    let _ = ASSETS.set(assets);
}

fn assets() -> ui::Assets {
    let own = ASSETS.get().cloned().unwrap_or_default();
    ui::Assets { css: own.css, start_js: own.start_js, wasm: own.wasm, favicon: own.favicon }
}

/// A button that this person may not use, with the reason on it.
#[must_use]
pub fn refused_button(label: String, reason: &str, icon: &'static str, class: &'static str) -> View {
    let action = Action {
        id: String::new(),
        label,
        icon: icon.to_owned(),
        kind: ActionKind::Dialog,
        danger: false,
        bulk: false,
        inline: true,
        shortcut: None,
        refused: Some(reason.to_owned()),
    };
    let target = DialogTarget::Objects { objects: Vec::new() };
    ui::action_button(&action, &target, "", &format!("btn {class}"))
}

/// What differs from page to page in the frame.
pub struct Chrome {
    pub title: String,
    pub nav: Nav,
    pub compact: bool,
    pub bare: bool,
    /// Which entry of the top bar is current: `clusters`, `access`, or nothing.
    pub area: &'static str,
    pub palette: Vec<PaletteEntry>,
}

impl Chrome {
    #[must_use]
    pub fn new(title: impl Into<String>, area: &'static str, nav: Nav) -> Self {
        Self { title: title.into(), nav, compact: false, bare: false, area, palette: Vec::new() }
    }

    #[must_use]
    pub fn compact(mut self) -> Self {
        self.compact = true;
        self
    }
}

/// Texts for an island or a page part.
#[must_use]
pub fn labels(cx: &RequestCx, keys: &[&[&str]]) -> Labels {
    Labels::of(keys, |key| cx.t(key))
}

/// Puts a body into the frame. `chrome` and `body` are functions, since a view is made inside the renderer's owner.
pub fn render(
    cx: &RequestCx,
    chrome: impl Fn() -> Chrome + Send + Sync + 'static,
    body: impl Fn() -> View + Send + Sync + 'static,
) -> Rendered {
    with_status(cx, 200, chrome, body)
}

pub fn with_status(
    cx: &RequestCx,
    status: u16,
    chrome: impl Fn() -> Chrome + Send + Sync + 'static,
    body: impl Fn() -> View + Send + Sync + 'static,
) -> Rendered {
    let cx = cx.clone();
    Rendered {
        status,
        nonce: cx.nonce().to_owned(),
        view: Arc::new(move || view::draw(|| frame(&cx, chrome(), body()))),
    }
}

fn frame(cx: &RequestCx, chrome: Chrome, body: View) -> View {
    let frame = Frame {
        me: cx.me(),
        locale: cx.locale(),
        theme: cx.theme(),
        title: chrome.title,
        nonce: cx.nonce().to_owned(),
        assets: assets(),
        labels: labels(cx, ui::labels::FRAME),
        areas: nav::areas(cx, chrome.area),
        nav: chrome.nav,
        compact: chrome.compact,
        bare: chrome.bare,
        return_to: cx.path_and_query().to_owned(),
        palette: chrome.palette,
    };
    view! { <!DOCTYPE html> {ui::document(frame, body)} }
}

/// The page of an error: what happened, why, what to do, with the request id.
#[must_use]
pub fn error_page(cx: &RequestCx, error: &AppError) -> Rendered {
    let (context, error) = (cx.clone(), error.clone());
    let status = error.status();
    let title = match error.kind {
        ErrorKind::NotFound => cx.t("error-title-not-found"),
        ErrorKind::Forbidden { .. } => cx.t("error-title-forbidden"),
        ErrorKind::Unreachable { .. } => cx.t("error-title-unreachable"),
        _ => cx.t("error-title"),
    };
    with_status(
        cx,
        status,
        move || Chrome::new(title.clone(), "", Nav::None),
        move || ui::error_page(&error, &labels(&context, ui::labels::COMMON)),
    )
}
