//! Use cases, one module per area of the product. They take Grants, call the store and the clusters, and answer with
//! view models in the person's language. No axum, no leptos.

pub mod accounts;
pub mod change;
pub mod clusters;
pub mod dialogs;
pub mod error;
pub mod forms;
pub mod objects;
pub mod present;
pub mod request;
pub mod tables;

pub use request::{RequestCx, Services};
