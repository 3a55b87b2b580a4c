//! Container logs.

use serde::{Deserialize, Serialize};

/// What part of a log is wanted. Sent as the query of the log address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogQuery {
    pub container: String,
    /// The container's last run before the present one.
    pub previous: bool,
    pub follow: bool,
    /// Lines from the end; 0 is all (downloads only).
    pub tail: u32,
    pub since_seconds: Option<i64>,
}

impl Default for LogQuery {
    fn default() -> Self {
        Self { container: String::new(), previous: false, follow: true, tail: 500, since_seconds: None }
    }
}

/// Messages of the log WebSocket. Lines are raw text with terminal codes; the browser draws the colours and keeps copies plain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogMessage {
    /// `at` is the kubelet's RFC 3339 timestamp, apart from the line; `None` where it sent none.
    Lines { lines: Vec<LogLine> },
    /// The reader is slower than the producer: so many lines were left out here.
    Skipped { lines: u64 },
    /// The stream was interrupted and went on (rotation, reconnect); `gap` when lines may be missing.
    Resumed { gap: bool },
    /// A word of the console between the lines (the container has not started, was started again), translated.
    Mark { text: String },
    /// The end, with the reason (container ended, Pod deleted, right withdrawn), translated.
    Ended { reason: String, error: bool },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    pub text: String,
}
