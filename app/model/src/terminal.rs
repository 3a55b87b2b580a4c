//! The terminal WebSocket. Binary frames carry bytes with one channel byte in front; text frames carry these messages.

use serde::{Deserialize, Serialize};

/// First byte of a binary frame: 0 = input from the browser, 1 = output of the container.
pub const CHANNEL_INPUT: u8 = 0;
pub const CHANNEL_OUTPUT: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalRequest {
    /// First message. `command` empty: bash, else sh.
    Open {
        container: String,
        command: Vec<String>,
        cols: u16,
        rows: u16,
    },
    Resize {
        cols: u16,
        rows: u16,
    },
    Close,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TerminalMessage {
    /// The shell runs; `command` is what was started.
    Opened { command: String },
    /// No shell in the image: ways on, translated.
    NoShell { message: String },
    /// The end, with the reason, translated; `exit_code` when the command ended by itself.
    Ended { reason: String, exit_code: Option<i32>, error: bool },
}
