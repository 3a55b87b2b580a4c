//! Heads, panels, tabs and buttons.

use crate::live::LiveMark;
use crate::parts::{badge, state_chip};
use crate::{Labels, icon, icon_colored};
use model::clusters::ClusterHead;
use model::table::State;
use view::prelude::*;

/// One step of the path above a title.
#[derive(Clone, Debug, Default)]
pub struct Crumb {
    pub label: String,
    pub href: Option<String>,
    pub mono: bool,
}

impl Crumb {
    #[must_use]
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: Some(href.into()), mono: false }
    }

    #[must_use]
    pub fn text(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None, mono: false }
    }

    #[must_use]
    pub const fn mono(mut self) -> Self {
        self.mono = true;
        self
    }
}

/// `--cluster:…` of a cluster's colour, for the frame's line, the switcher and the crumb.
#[must_use]
pub fn cluster_style(color: &str) -> String {
    const PALETTE: [&str; 8] = ["red", "orange", "amber", "green", "teal", "blue", "violet", "grey"];
    let known = PALETTE.iter().find(|name| **name == color).copied().unwrap_or("grey");
    format!("--cluster:var(--c-{})", if known == "amber" { "orange" } else { known })
}

/// The path: the cluster with its colour and badge, then the steps.
#[must_use]
pub fn crumbs(cluster: Option<&ClusterHead>, parts: &[Crumb]) -> View {
    let head = cluster.map(|cluster| {
        view! {
            <a href=model::links::cluster(&cluster.id) class="g-crumbs__c">
                {cluster.name.clone()}
            </a>
            {(!cluster.badge.is_empty()).then(|| badge(&cluster.badge, cluster.production))}
        }
    });
    let steps = parts
        .iter()
        .enumerate()
        .map(|(at, crumb)| {
            let slash = (cluster.is_some() || at > 0).then(|| view! { <span aria-hidden="true">"/"</span> });
            let class = if crumb.mono { "g-clip g-mono" } else { "g-clip" };
            let label = crumb.label.clone();
            let step = match crumb.href.clone() {
                Some(href) => view! { <a href=href class=class>{label}</a> },
                None => view! { <span class=class>{label}</span> },
            };
            view! { {slash} {step} }
        })
        .collect_view();
    view! {
        <div class="g-crumbs" style=cluster.map(|cluster| cluster_style(&cluster.color))>
            {head} {steps}
        </div>
    }
}

/// Title line of a page.
pub struct PageHead {
    pub title: String,
    /// The title is an object's name.
    pub mono: bool,
    /// Lucide name; empty is none.
    pub icon: &'static str,
    pub state: Option<State>,
    /// Small text behind the state.
    pub note: Option<View>,
    /// Shows whether the page is live.
    pub live: bool,
    pub actions: View,
}

/// Draws the title line; a mono title gets a copy button.
#[must_use]
pub fn page_head(head: PageHead, labels: &Labels) -> View {
    let copy = head.mono.then(|| crate::copy_button(&head.title, labels));
    view! {
        <div class="g-head">
            {(!head.icon.is_empty()).then(|| icon_colored(head.icon, "g-i20", "ink-3"))}
            <h1 class=if head.mono { "g-mono g-head__name" } else { "" }>{head.title}</h1>
            {copy}
            <span data-live-part="state">{head.state.map(|state| state_chip(&state, true))}</span>
            {head.note.map(|note| view! { <span class="text-xs text-ink-3 g-only-l">{note}</span> })}
            {head.live.then(|| view! { <LiveMark labels=labels.clone() /> })}
            <div class="g-head__act">{head.actions}</div>
        </div>
    }
}

/// A panel with a head line; `note` is small grey text behind the title, `right` stands at the end of the line.
#[must_use]
pub fn panel(title: &str, note: &str, right: View, body: View) -> View {
    view! {
        <section class="g-panel">
            <div class="g-panel__h">
                <h2>{title.to_owned()}</h2>
                {(!note.is_empty()).then(|| view! { <span class="text-xs text-ink-3">{note.to_owned()}</span> })}
                <span class="ml-auto flex items-center gap-2">{right}</span>
            </div>
            {body}
        </section>
    }
}

/// A panel without a head.
#[must_use]
pub fn panel_plain(body: View) -> View {
    view! { <section class="g-panel">{body}</section> }
}

/// One tab; tabs are links.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub count: Option<i64>,
    pub current: bool,
}

/// Draws tabs; they stand at the top of a panel.
#[must_use]
pub fn tabs(tabs: &[Tab]) -> View {
    let tabs = tabs
        .iter()
        .map(|tab| {
            view! {
                <a href=tab.href.clone() aria-current=tab.current.then_some("page")>
                    {tab.label.clone()}
                    {tab.count.map(|n| view! { " " <small>{crate::cell::thousands(n)}</small> })}
                </a>
            }
        })
        .collect_view();
    view! { <div class="g-tabs">{tabs}</div> }
}

/// A link that looks like a button; `class` is `btn-primary`, `btn-sm`, … or empty.
#[must_use]
pub fn link_button(label: &str, href: &str, icon_name: &str, class: &str) -> View {
    view! {
        <a class=format!("btn {class}") href=href.to_owned()>
            {(!icon_name.is_empty()).then(|| icon(icon_name, "g-i16"))} {label.to_owned()}
        </a>
    }
}

/// Still rows for what is not there yet.
#[must_use]
pub fn skeleton(rows: usize) -> View {
    const WIDTHS: [u16; 5] = [180, 236, 142, 204, 168];
    let rows = (0..rows)
        .map(|at| {
            let width = format!("width:{}px", WIDTHS[at % WIDTHS.len()]);
            view! {
                <tr>
                    <td>
                        <span class="g-skel" style=width></span>
                    </td>
                    <td>
                        <span class="g-skel" style="width:64px"></span>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! { <table class="g-table" aria-hidden="true"><tbody>{rows}</tbody></table> }
}
