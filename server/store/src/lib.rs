//! Everything Gantry keeps: accounts, sessions, clusters, operations and the journal, on SQLite
//! (default) or PostgreSQL.
//!
//! - One text per statement for both engines, listed in one table and prepared by both in a test.
//! - Time is `i64` epoch milliseconds ([`now`]), given by the caller, so that tests own the clock.
//! - A write is durable when its call returns; no write transaction waits for anything but the
//!   database.
//! - Secrets are sealed ([`Keyring`]); session ids, set-up tokens and login keys are kept as hashes.

mod accounts;
mod backup;
mod clusters;
mod error;
mod journal;
mod keyring;
mod login_limits;
mod migrations;
mod open;
mod operations;
mod pool;
mod rotation;
mod secret;
mod sessions;
mod settings;
mod setup;
mod statements;
mod words;

pub use accounts::{Account, AccountKind, AccountLanguage, AccountRole, AccountTheme, Accounts, NewAccount};
pub use backup::{BackupInfo, Check, Restored, inspect, restore};
pub use clusters::{ClusterPatch, ClusterRow, ClusterSource, ClusterStatus, Clusters, IdentityMode, NewCluster};
pub use error::{Engine, StoreError, UniqueKey};
pub use journal::{Journal, JournalEntry, JournalFilter, JournalResult, NewJournalEntry};
pub use keyring::Keyring;
pub use login_limits::{Attempt, LoginKey, LoginLimits};
pub use migrations::known_schema;
pub use open::{Store, StoreConfig};
pub use operations::{NewOperation, Operation, OperationFilter, OperationOutcome, OperationState, Operations};
pub use rotation::sealed_columns;
pub use secret::{KeyId, Place, Plaintext, Sealed, SecretError, SecretKey};
pub use sessions::{SessionLimits, SessionRow, SessionRows, session_keys};
pub use settings::Settings;
pub use setup::{Setup, SetupToken};

/// The time as this crate keeps it: milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// The time now.
pub fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A new id: UUIDv7, so that ids sort by the time they were made.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// SHA-256 in hexadecimal, for values that are looked up but must not be readable.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
