//! The left navigation: an area's, or a cluster's own tree.

use crate::cell::thousands;
use crate::parts::cluster_style;
use crate::{Labels, icon, icon_styled};
use model::clusters::ClusterHead;
use view::prelude::*;

/// A link of the navigation.
#[derive(Clone, Debug, Default)]
pub struct NavLink {
    pub label: String,
    pub href: String,
    /// Lucide name; empty inside groups.
    pub icon: &'static str,
    pub count: Option<i64>,
    pub current: bool,
    /// The letter behind `g` that jumps here; empty is none.
    pub jump: &'static str,
}

impl NavLink {
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), ..Self::default() }
    }

    #[must_use]
    pub const fn icon(mut self, icon: &'static str) -> Self {
        self.icon = icon;
        self
    }

    #[must_use]
    pub const fn count(mut self, count: Option<i64>) -> Self {
        self.count = count;
        self
    }

    #[must_use]
    pub const fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    #[must_use]
    pub const fn jump(mut self, jump: &'static str) -> Self {
        self.jump = jump;
        self
    }
}

#[derive(Clone, Debug)]
pub enum NavEntry {
    Link(NavLink),
    Group { label: String, icon: &'static str, links: Vec<NavLink>, open: bool },
    Heading(String),
}

/// What stands at the left.
#[derive(Clone, Debug)]
pub enum Nav {
    None,
    Area {
        /// Name for screen readers.
        label: String,
        entries: Vec<NavEntry>,
    },
    Cluster {
        head: Box<ClusterHead>,
        /// Other clusters to switch to: name, address, colour.
        others: Vec<(String, String, String)>,
        entries: Vec<NavEntry>,
    },
}

pub(super) fn navigation(nav: &Nav, labels: &Labels) -> View {
    match nav {
        Nav::None => View::default(),
        Nav::Area { label, entries } => view! {
            <nav class="g-nav g-nav--platform" id="nav" aria-label=label.clone()>
                {close(labels)} {draw(entries)}
            </nav>
        },
        Nav::Cluster { head, others, entries } => view! {
            <nav class="g-nav" id="nav" aria-label=labels.get("ui-nav-cluster") style=cluster_style(&head.color)>
                {close(labels)} {switcher(head, others, labels)} {draw(entries)}
            </nav>
        },
    }
}

/// On a phone the navigation is a drawer opened by its address; this closes it.
fn close(labels: &Labels) -> View {
    view! {
        <a class="g-only-s" href="#main">
            {icon("x", "g-i16")}
            {labels.get("ui-nav-close")}
        </a>
    }
}

fn switcher(head: &ClusterHead, others: &[(String, String, String)], labels: &Labels) -> View {
    let others = others
        .iter()
        .map(|(name, href, color)| {
            view! {
                <a href=href.clone() style=cluster_style(color)>
                    <span class="g-dot"></span>
                    <span class="g-clip">{name.clone()}</span>
                </a>
            }
        })
        .collect_view();
    view! {
        <details class="g-drop g-drop--wide">
            <summary class="g-nav__scope" title=labels.get("ui-nav-switch")>
                <span class="g-clip font-semibold">{head.name.clone()}</span>
                {icon_styled("chevrons-up-down", "g-i", "color:var(--ink-3);grid-row:1/span 2;grid-column:3")}
                <span class="flex items-center gap-1.5 min-w-0 col-start-2">
                    <span class="g-clip text-ink-3 text-xs">
                        <span class="g-mono g-tiny">{head.id.to_string()}</span>
                        {(!head.version.is_empty()).then(|| format!(" · {}", head.version))}
                    </span>
                </span>
            </summary>
            <div class="g-menu">
                {others} <hr /> <a href=model::links::CLUSTERS>{icon("boxes", "g-i")} {labels.get("ui-nav-all")}</a>
            </div>
        </details>
    }
}

fn draw(entries: &[NavEntry]) -> View {
    entries
        .iter()
        .map(|entry| match entry {
            NavEntry::Link(link) => draw_link(link, false),
            NavEntry::Heading(text) => view! { <div class="g-nav__h">{text.clone()}</div> },
            NavEntry::Group { label, icon: name, links, open } => view! {
                <details open=*open>
                    <summary>
                        {icon(name, "g-i16")} <span class="g-clip">{label.clone()}</span>
                        {icon("chevron-right", "g-i g-chev")}
                    </summary>
                    {links.iter().map(|link| draw_link(link, true)).collect_view()}
                </details>
            },
        })
        .collect_view()
}

fn draw_link(link: &NavLink, sub: bool) -> View {
    view! {
        <a
            href=link.href.clone()
            class=if sub { "g-nav__sub" } else { "" }
            aria-current=link.current.then_some("page")
            data-jump=(!link.jump.is_empty()).then_some(link.jump)
        >
            {(!link.icon.is_empty()).then(|| icon(link.icon, "g-i16"))}
            <span class="g-clip">{link.label.clone()}</span>
            {link.count.map(|n| view! { <span class="g-nav__n">{thousands(n)}</span> })}
        </a>
    }
}
