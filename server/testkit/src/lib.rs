//! What tests of several crates share. It never ships.
//!
//! A part that cannot start its engine panics with the name of the missing package: a test that
//! cannot reach its engine fails, it never skips.

mod databases;

pub use databases::{TestStore, empty_postgres};
pub mod fault_proxy;
