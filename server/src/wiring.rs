//! Puts the parts together: from the configuration to the store, the services, the pages and the jobs.

use crate::config::{Config, LogFormat};
use crate::state::AppState;
use anyhow::{Context, anyhow};
use services::Services;
use services::accounts::{AccountSettings, Accounts, HashCost};
use std::sync::Arc;
use store::{Keyring, SessionLimits, Store, StoreConfig};

/// Opens the database with the secret key; makes both at the first start.
///
/// # Errors
/// One line that says what is wrong and what to do.
pub async fn store(config: &Config) -> anyhow::Result<Store> {
    let mut store = StoreConfig::new(config.database_url(), keys(config)?);
    store.connections = config.database.connections;
    Ok(Store::open(store).await?)
}

/// The keys of the sealed columns: `GANTRY_SECRET_KEY`, else the key file.
///
/// # Errors
/// One line that names the place.
pub fn keys(config: &Config) -> anyhow::Result<Keyring> {
    match std::env::var("GANTRY_SECRET_KEY") {
        Ok(value) if !value.trim().is_empty() => Keyring::from_setting(&value).context("GANTRY_SECRET_KEY"),
        _ => Ok(Keyring::load_or_create(&config.key_file())?),
    }
}

/// The services over an open store.
#[must_use]
pub fn accounts(config: &Config, store: &Store) -> Accounts {
    let settings = AccountSettings {
        sessions: SessionLimits { idle: config.sessions.idle.0, absolute: config.sessions.absolute.0 },
        hash: HashCost { memory_kib: config.login.hash_memory_kib, passes: config.login.hash_passes },
        parallel_hashes: config.login.parallel,
    };
    Accounts::new(store.clone(), settings)
}

/// Everything that a page or a call may use.
#[must_use]
pub fn services(config: &Config, store: Store) -> Services {
    let accounts = Arc::new(accounts(config, &store));
    Services { store, clusters: clusters::Clusters::default(), accounts }
}

/// The state that all requests share.
#[must_use]
pub fn state(config: Config, services: Services) -> AppState {
    AppState::new(config, services, Arc::new(crate::renderer::PlainPages))
}

/// Starts the log: text for people, JSON for programs, on standard error.
///
/// # Errors
/// When there is a log already.
pub fn log(config: &Config) -> anyhow::Result<()> {
    let filter: tracing_subscriber::EnvFilter = config.log.level.parse()?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).try_init(),
    };
    started.map_err(|error| anyhow!("the log could not be started: {error}"))
}
