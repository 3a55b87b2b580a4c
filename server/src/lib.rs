//! The `gantry` server: configuration, command line, router with its middleware, start and stop.
//!
//! A request passes, from the outside in: request id → trace → catch panic → security headers → cross-origin check →
//! session → [`services::RequestCx`] → the gate of its route (body size, `Origin` of sockets, permission) → handler.
//! [`routes`] is the table of everything that answers; a route without a stated permission does not compile.

pub mod answer;
pub mod assets;
pub mod cli;
pub mod config;
pub mod cx;
mod demo;
mod doctor;
mod gate;
mod headers;
mod health;
pub mod jobs;
mod listen;
pub mod live;
pub mod logs;
mod operations;
pub mod pages;
pub mod renderer;
pub mod router;
pub mod routes;
pub mod rpc;
pub mod run;
mod session_cookie;
mod session_forms;
pub mod sockets;
pub mod state;
pub mod terminal;
mod trace;
pub mod wiring;

pub use config::Config;
pub use cx::Cx;
pub use renderer::PageRenderer;
pub use router::router;
pub use routes::Route;
pub use run::{Act, run};
pub use state::AppState;
