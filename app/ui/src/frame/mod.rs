//! What surrounds every page: document, top bar, navigation. Drawn on the server only.

mod navigation;
mod top_bar;

pub use navigation::{Nav, NavEntry, NavLink};
pub use top_bar::entry_bar;

use crate::Labels;
use crate::actions::Actions;
use crate::parts::cluster_style;
use model::access::Me;
use model::{Locale, Theme};
use serde::{Deserialize, Serialize};
use view::prelude::*;

/// Addresses of the assets, with the hash in their names.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    pub css: String,
    pub start_js: String,
    pub wasm: String,
    pub favicon: String,
}

/// A place that the palette (Ctrl-K) leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaletteEntry {
    pub label: String,
    pub hint: String,
    pub href: String,
    pub icon: String,
}

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Nobody on the pages before sign-in: no bars then.
    pub me: Option<Me>,
    pub locale: Locale,
    pub theme: Theme,
    /// Without the product's name, which is appended.
    pub title: String,
    pub nonce: String,
    pub assets: Assets,
    pub labels: Labels,
    pub areas: Vec<NavLink>,
    pub nav: Nav,
    /// 30 px rows, for pages that are a list.
    pub compact: bool,
    /// The page has the window for itself (terminal).
    pub bare: bool,
    /// Path and query of this page: where forms of the frame come back to.
    pub return_to: String,
    pub palette: Vec<PaletteEntry>,
}

/// A transition between pages that the browser gives up is nothing to report; only a script in the head is early enough.
const QUIET: &str = "for(const n of['pagereveal','pageswap'])addEventListener(n,e=>{const t=e.viewTransition;\
    if(t)for(const p of[t.ready,t.finished,t.updateCallbackDone])p.catch(()=>{})})";

/// The whole document without its doctype.
#[must_use]
pub fn document(frame: Frame, body: View) -> View {
    let theme = (frame.theme != Theme::System).then(|| frame.theme.name());
    let product = frame.labels.get("product");
    let title = if frame.title.is_empty() { product } else { format!("{} · {product}", frame.title) };
    let nonce = (!frame.nonce.is_empty()).then(|| frame.nonce.clone());
    let assets = frame.assets.clone();
    let page = page(&frame, body);
    view! {
        <html lang=frame.locale.tag() data-now=crate::time::now().to_string() data-theme=theme data-density=frame.compact.then_some("compact")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                // Markers of the renderer would be read as text in a title.
                <title inner_html=escape(&title)></title>
                <link rel="icon" href=assets.favicon />
                <link rel="stylesheet" href=assets.css />
                <link rel="modulepreload" href=assets.start_js.clone() nonce=nonce.clone() />
                <link rel="preload" r#as="fetch" r#type="application/wasm" crossorigin="anonymous" href=assets.wasm />
                <script nonce=nonce.clone() inner_html=QUIET></script>
                <script r#type="module" nonce=nonce src=assets.start_js></script>
            </head>
            <body>{crate::icons::shapes()} {page}</body>
        </html>
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn page(frame: &Frame, body: View) -> View {
    let account = frame.me.as_ref().map(|me| me.name.clone()).unwrap_or_default();
    let actions = view! { <Actions labels=frame.labels.clone() palette=frame.palette.clone() account=account /> };
    if frame.me.is_none() || frame.bare {
        return view! { {body} {actions} };
    }
    let skip = frame.labels.get("ui-skip");
    let shell_class = if matches!(frame.nav, Nav::None) { "g-shell g-shell--wide" } else { "g-shell" };
    view! {
        <a class="g-skip" href="#main">
            {skip}
        </a>
        <div class=shell_class>
            {top_bar::top_bar(frame)} {navigation::navigation(&frame.nav, &frame.labels)}
            <main class="g-main" id="main" tabindex="-1">
                {body}
            </main>
        </div>
        {actions}
    }
}

/// `--cluster:…` on a page of a cluster.
fn strip_style(nav: &Nav) -> Option<String> {
    match nav {
        Nav::Cluster { head, .. } => Some(cluster_style(&head.color)),
        _ => None,
    }
}
