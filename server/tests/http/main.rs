//! The real router, asked by `oneshot`: what an anonymous visitor, an account without rights and a stranger's site may
//! not do, and what signing in and out does to a session.

mod accounts;
mod app;
mod headers;
mod inventory;
mod malformed;
mod session;
mod setup;
mod sockets;
