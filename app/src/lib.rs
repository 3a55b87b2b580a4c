//! What people see: the list of pages ([`routes`]), the frame around them ([`shell`]) and the pages by area ([`pages`]).
//! Pages are compiled for the server only; the browser gets the islands of `ui`.

// The islands must be reachable from the wasm entry, or the page is dead without a build error.
use ui as _;

#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;

#[cfg(feature = "ssr")]
pub use shell::{Assets, Rendered, error_page, set_assets};
