//! Keeps server-drawn parts of a detail page true without a second way to draw them: when the object's row changes, the
//! page is fetched again and its parts marked `data-live-part` are exchanged.

use super::{Event, subscribe};
use crate::{banner, browser, call, time};
use leptos::task::spawn_local;
use model::live::LiveMessage;
use model::table::{Family, Freshness, Query, Row, TableSource};
use model::wire::Given;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use view::prelude::*;
use wasm_bindgen::JsCast;

/// Watches the rows of a query (`uid=…` for one object). `have` are key and version at the time of drawing. Draws nothing
/// before the object is gone: then `gone` and `gone_text` say so, and what the head offers is taken away. What somebody
/// typed on the page stays.
#[island]
pub fn LiveParts(
    #[prop(into)] source: Given<TableSource>,
    #[prop(into)] query: Given<Query>,
    #[prop(into)] have: Given<Vec<(String, String)>>,
    gone: String,
    gone_text: String,
) -> impl IntoView {
    let (source, query, have) = (source.0, query.0, have.0);
    let is_gone = RwSignal::new(false);
    let word = gone.clone();
    watch(move || {
        let word = word.clone();
        let known = Rc::new(RefCell::new(have.clone()));
        let busy = Rc::new(Cell::new(false));
        let reader = Rc::clone(&known);
        subscribe(
            source.clone(),
            query.clone(),
            Freshness::Live,
            move || reader.borrow().clone(),
            move |event| {
                let Event::Message(LiveMessage::Patch { order, rows, freshness, .. }) = event else { return };
                if !is_known(&order, &freshness) {
                    return;
                }
                let changed = merge(&known, &order, &rows);
                if changed && order.is_empty() {
                    is_gone.set(true);
                    end_page(&word);
                } else if changed && !busy.replace(true) {
                    let busy = Rc::clone(&busy);
                    // Several changes in a row (a rollout) make one fetch.
                    set_timeout(
                        move || {
                            busy.set(false);
                            spawn_local(exchange());
                        },
                        Duration::from_millis(300),
                    );
                }
            },
        );
    });
    Island::from(dynamic(move || is_gone.get().then(|| banner(Family::Warning, &gone, &gone_text, View::default()))))
}

/// The head of a page whose object is gone.
fn end_page(word: &str) {
    super::end(word);
    browser::each(".g-head .g-head__act, .g-head [data-live-part=state]", |part| {
        browser::set_attribute(part, "hidden", "");
    });
}

/// No rows mean that the object is gone only when the list is true: right after a restart it is still being read.
fn is_known(order: &[String], freshness: &Freshness) -> bool {
    !order.is_empty() || *freshness == Freshness::Live
}

/// Takes a patch; whether anything differs from what is known.
fn merge(known: &RefCell<Vec<(String, String)>>, order: &[String], rows: &[Row]) -> bool {
    let mut known = known.borrow_mut();
    let before = known.clone();
    let version = |key: &String| {
        rows.iter()
            .find(|row| row.key == *key)
            .map(|row| row.version.clone())
            .or_else(|| before.iter().find(|(other, _)| other == key).map(|(_, version)| version.clone()))
            .unwrap_or_default()
    };
    *known = order.iter().map(|key| (key.clone(), version(key))).collect();
    *known != before
}

async fn exchange() {
    let Some(html) = call::fetch_page().await else { return };
    let Ok(parser) = web_sys::DomParser::new() else { return };
    let Ok(fresh) = parser.parse_from_string(&html, web_sys::SupportedType::TextHtml) else { return };
    browser::each("[data-live-part]", |part| {
        let Some(name) = part.get_attribute("data-live-part") else { return };
        let found = fresh.query_selector(&format!("[data-live-part=\"{name}\"]")).ok().flatten();
        if let Some(found) = found {
            let text = found.inner_html();
            // Parts with an island inside cannot be exchanged: the new one would be dead.
            let holds_island = part.query_selector("leptos-island").ok().flatten().is_some();
            let focused = browser::document()
                .and_then(|document| document.active_element())
                .is_some_and(|active| part.contains(Some(active.unchecked_ref())));
            if text != part.inner_html() && !holds_island && !focused {
                part.set_inner_html(&text);
            }
        }
    });
    time::tick();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, version: &str) -> Row {
        Row {
            key: key.into(),
            version: version.into(),
            name: key.into(),
            namespace: None,
            cells: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// A server that starts, or a cluster that is away, has not deleted anything.
    #[test]
    fn an_empty_answer_is_believed_only_when_it_is_true() {
        assert!(is_known(&[], &Freshness::Live));
        assert!(!is_known(&[], &Freshness::Loading));
        assert!(!is_known(&[], &Freshness::Stale { since: 0, as_of: None, reason: String::new() }));
        assert!(is_known(&["a".into()], &Freshness::Loading));
    }

    #[test]
    fn only_a_real_change_counts() {
        let known = RefCell::new(vec![("a".to_owned(), "1".to_owned())]);
        assert!(!merge(&known, &["a".into()], &[]));
        assert!(!merge(&known, &["a".into()], &[row("a", "1")]));
        assert!(merge(&known, &["a".into()], &[row("a", "2")]));
        assert!(merge(&known, &[], &[]));
    }
}
