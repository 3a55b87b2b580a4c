//! The design system: server components, and the few generic islands that every page shares.
//!
//! Plain functions draw on the server (and inside islands); islands are the only code that runs in the browser. Texts
//! reach islands as [`Labels`], already translated. Class names are those of `style/main.css`.

#![recursion_limit = "256"]

mod actions;
mod browser;
mod call;
mod cell;
mod form;
mod frame;
mod icons;
pub mod labels;
mod live;
mod logs;
mod parts;
mod table;
mod terminal;
mod time;

pub use actions::{Actions, HeadTarget, action_button, copy_button, head_actions};
pub use call::call;
pub use cell::cell;
pub use form::{FormPage, YamlPanel, field_row};
pub use frame::{Assets, Frame, Nav, NavEntry, NavLink, PaletteEntry, document, entry_bar};
pub use icons::{icon, icon_colored, icon_styled};
pub use labels::Labels;
pub use live::{LiveMark, LiveParts};
pub use logs::LogView;
pub use parts::*;
pub use table::DataTable;
pub use terminal::TerminalView;
pub use time::time;
