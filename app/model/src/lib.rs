//! What the pages, the browser islands, the services and the cluster side say to each other: view models, form
//! values, typed ids, permissions and the one error type. Only serde: it compiles for the server and for wasm.

pub mod access;
pub mod change;
pub mod clusters;
pub mod detail;
pub mod dialog;
pub mod error;
pub mod form;
pub mod id;
pub mod links;
pub mod live;
pub mod locale;
pub mod logs;
pub mod object;
pub mod permission;
pub mod quantity;
pub mod rpc;
pub mod table;
pub mod terminal;
pub mod wire;

pub use error::{AppError, ErrorKind, FieldError};
pub use id::{AccountId, ClusterId};
pub use locale::{Locale, Theme};
