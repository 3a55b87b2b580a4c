//! The one WebSocket of a page. Tables say what they show and get row patches; a lost connection comes back by itself.

mod hub;
mod mark;
mod parts;

pub(crate) use hub::{Event, Link, end, reconnect, subscribe, watch_link};
pub use mark::LiveMark;
pub use parts::LiveParts;
