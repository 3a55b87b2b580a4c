//! What is typed survives a reload and an ended session: the draft lies in the tab's own store until it is applied.

use crate::browser;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A draft as it is kept. `object` is what it stands on: a draft over an older object is not silently put over a newer one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub draft: model::rpc::Draft,
    pub object: Value,
}

fn key() -> String {
    format!("gantry-draft:{}", browser::here())
}

pub(super) fn keep(kept: &Kept) {
    if let (Some(store), Ok(text)) = (browser::session_store(), serde_json::to_string(kept)) {
        // A full store keeps the page working, only without the safety net.
        store.set_item(&key(), &text).unwrap_or_default();
    }
}

pub(super) fn read() -> Option<Kept> {
    let text = browser::session_store()?.get_item(&key()).ok().flatten()?;
    model::wire::read(&text).ok()
}

pub(super) fn forget() {
    if let Some(store) = browser::session_store() {
        store.remove_item(&key()).unwrap_or_default();
    }
}
