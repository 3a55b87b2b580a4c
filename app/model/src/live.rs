//! The one WebSocket of a page (`/live`): the browser names tables, the server sends row patches.

use crate::table::{FamilyCount, Freshness, Query, Row, TableSource};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveRequest {
    /// `have` are key and version of the rows that the page was rendered with.
    Subscribe {
        id: u32,
        source: TableSource,
        query: Query,
        have: Vec<(String, String)>,
    },
    Unsubscribe {
        id: u32,
    },
    /// A background tab asks for silence; `resume` brings the difference at once.
    Pause,
    Resume,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveMessage {
    /// `order` holds the keys of the page in order; rows that are new or changed come with it, the others stay.
    Patch {
        id: u32,
        order: Vec<String>,
        rows: Vec<Row>,
        matching: usize,
        total: usize,
        counts: Vec<FamilyCount>,
        freshness: Freshness,
    },
    /// The subscription ended: rights lost, object kind gone, session ended. `login` asks to sign in again.
    Closed { id: Option<u32>, reason: String, login: bool },
    /// Sent every 20 s; a browser that misses two reconnects.
    Ping,
}
