//! Banners and the four empty states.

use crate::time::{age, clock, now};
use crate::{Labels, icon};
use model::clusters::ClusterHead;
use model::table::{Family, Freshness};
use model::{AppError, ErrorKind};
use view::prelude::*;

/// What happened, why, what to do.
#[must_use]
pub fn banner(family: Family, title: &str, text: &str, actions: View) -> View {
    let name = match family {
        Family::Warning => "triangle-alert",
        Family::Error => "circle-x",
        Family::Success => "circle-check",
        Family::Progress | Family::Neutral => "info",
    };
    banner_with_icon(family, name, title, text, actions)
}

pub(crate) fn banner_with_icon(family: Family, name: &str, title: &str, text: &str, actions: View) -> View {
    let role = if family == Family::Error { "alert" } else { "status" };
    view! {
        <div class="g-banner" data-s=family.short() role=role>
            {icon(name, "g-i16")}
            <div class="min-w-0 flex-1">
                <b class="font-semibold">{title.to_owned()}</b>
                " "
                <span class="text-ink-2">{text.to_owned()}</span>
            </div>
            {actions}
        </div>
    }
}

/// The banner of a cluster that does not answer; nothing while it does.
#[must_use]
pub fn cluster_banner(head: &ClusterHead, labels: &Labels) -> View {
    stale_banner(&head.freshness, labels)
}

pub(crate) fn stale_banner(freshness: &Freshness, labels: &Labels) -> View {
    let Freshness::Stale { since, as_of, reason } = freshness else { return View::default() };
    let since_text = labels.fill("ui-stale-since", &[("time", &clock(*since)), ("age", &age(*since, now(), labels))]);
    let data = as_of.map(|at| labels.fill("ui-stale-data", &[("time", &clock(at))])).unwrap_or_default();
    let text = format!("{since_text} {reason} {data}");
    let banner =
        banner_with_icon(Family::Warning, "unplug", &labels.get("ui-stale-title"), text.trim(), View::default());
    // The mark lets the page's own banner and that of a live table be one.
    view! {
        <div class="contents" data-stale>
            {banner}
        </div>
    }
}

/// Why there is nothing to see; four different pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    Nothing,
    NoMatch,
    Forbidden,
    Unreachable,
}

/// An empty state with its text and what can be done.
#[must_use]
pub fn empty(kind: Empty, title: &str, text: &str, actions: View) -> View {
    let name = match kind {
        Empty::Nothing => "clock",
        Empty::NoMatch => "search-x",
        Empty::Forbidden => "lock",
        Empty::Unreachable => "unplug",
    };
    view! {
        <div class="g-empty">
            {icon(name, "g-i20")}
            <div class="min-w-0">
                <h3>{title.to_owned()}</h3>
                <p>{text.to_owned()}</p>
                <div class="flex gap-2 mt-3 flex-wrap">{actions}</div>
            </div>
        </div>
    }
}

/// The page of an error: status and request id, what happened, what is missing, what to do.
#[must_use]
pub fn error_page(error: &AppError, labels: &Labels) -> View {
    let number = error.status().to_string();
    let line = match &error.request_id {
        Some(id) => format!("{number} · {id}"),
        None => number,
    };
    let missing = match &error.kind {
        ErrorKind::Forbidden { verb, resource, namespace } if !verb.is_empty() => Some(view! {
            <dl class="g-kv">
                <dt>{labels.get("ui-missing-verb")}</dt>
                <dd class="g-mono">{verb.clone()}</dd>
                <dt>{labels.get("ui-missing-resource")}</dt>
                <dd class="g-mono">{resource.clone()}</dd>
                {namespace
                    .clone()
                    .map(|namespace| {
                        view! {
                            <dt>{labels.get("ui-missing-namespace")}</dt>
                            <dd class="g-mono">{namespace}</dd>
                        }
                    })}
            </dl>
        }),
        _ => None,
    };
    let title = labels.get(match error.kind {
        ErrorKind::Forbidden { .. } => "ui-error-forbidden",
        ErrorKind::NotFound => "ui-error-not-found",
        ErrorKind::Unreachable { .. } => "ui-error-unreachable",
        _ => "ui-error-failed",
    });
    view! {
        <section class="g-panel">
            <div class="p-5 grid gap-3 max-w-[640px]">
                <div class="text-xs text-ink-3 g-mono">{line}</div>
                <h1 class="text-xl font-semibold">{title}</h1>
                <p class="text-ink-2">{error.message.clone()}</p>
                {error
                    .detail
                    .clone()
                    .map(|detail| {
                        view! { <pre class="g-code whitespace-pre-wrap text-ink-2">{detail}</pre> }
                    })}
                {missing}
                <div class="flex gap-2">
                    <a class="btn" href="">
                        {labels.get("ui-retry")}
                    </a>
                    <a class="btn btn-ghost" href="/">
                        {labels.get("ui-home")}
                    </a>
                </div>
            </div>
        </section>
    }
}
