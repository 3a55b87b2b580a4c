//! The mark beside a title that says how fresh the page is.

use super::{Link, watch_link};
use crate::Labels;
use crate::time::{clock, now};
use model::table::Freshness;
use model::wire::Given;
use view::prelude::*;

/// Live, paused, reconnecting or lost since; hidden until the page has a connection.
#[island]
pub fn LiveMark(#[prop(into)] labels: Given<Labels>) -> impl IntoView {
    let labels = labels.0;
    let state = RwSignal::new(None::<(&'static str, String)>);
    let texts = labels.clone();
    watch(move || {
        let labels = texts.clone();
        watch_link(move |link, freshness| state.set(describe(link, freshness, &labels)));
    });
    let kind = move || state.get().map(|(kind, _)| kind);
    let word = move || state.get().map(|(_, word)| word).unwrap_or_default();
    let body = view! {
        <span class="g-live ml-1" role="status" hidden=move || state.get().is_none() data-live=kind>
            {word}
        </span>
    };
    Island::from(body)
}

fn describe(link: &Link, freshness: &Freshness, labels: &Labels) -> Option<(&'static str, String)> {
    Some(match link {
        Link::Connecting => return None,
        Link::Paused => ("paused", labels.get("ui-live-paused")),
        Link::Lost(since) if now() - since < 3_000 => ("lost", labels.get("ui-live-reconnecting")),
        Link::Lost(since) => ("lost", labels.fill("ui-live-lost", &[("time", &clock(*since))])),
        Link::Ended(reason) => ("lost", reason.clone()),
        Link::Live => match freshness {
            Freshness::Live => ("on", labels.get("ui-live-on")),
            Freshness::Loading => ("paused", labels.get("ui-live-loading")),
            Freshness::Stale { since, .. } => ("lost", labels.fill("ui-live-lost", &[("time", &clock(*since))])),
        },
    })
}
