//! Work that no request waits for.
//!
//! - [`Task`]s are reconcilers: run every so often and on demand, each run brings the world nearer to what it should be,
//!   and a run that fails is simply followed by the next.
//! - [`Operation`]s are long works that were promised to somebody: written down before they begin, claimed with a lease,
//!   each step written when it is done. When the process dies, the next holder of the lease goes on at the first step
//!   that is not written; so every step must do no harm when it is done twice.
//!
//! One [`Driver`] runs them all. It catches panics, shows what runs and how it went, and stops when told.

mod driver;
mod operation;
mod task;
mod worker;

pub use driver::{Driver, Handle, Running};
pub use operation::{Claim, Ending, Failure, Millis, Operation, OperationStore, StoreFailure, Work};
pub use task::{Status, Task, TaskError};
pub use worker::{Limits, Worker};
