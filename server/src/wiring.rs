//! Puts the parts together: from the configuration to the store, the services and the pages.

use crate::assets;
use crate::config::{Config, LogFormat};
use crate::pages::AppPages;
use crate::state::AppState;
use anyhow::{Context, anyhow};
use clusters::{Clusters, Settings};
use services::Services;
use services::accounts::{AccountSettings, Accounts, HashCost};
use std::sync::Arc;
use store::{Keyring, SessionLimits, Store, StoreConfig};

/// Opens the database with the secret key; makes both at the first start.
///
/// # Errors
/// One line that says what is wrong and what to do.
pub async fn store(config: &Config) -> anyhow::Result<Store> {
    Ok(Store::open(store_config(config)?).await?)
}

/// What the store needs to know of the configuration.
///
/// # Errors
/// One line that names the place of the key.
pub fn store_config(config: &Config) -> anyhow::Result<StoreConfig> {
    let mut store = StoreConfig::new(config.database_url(), keys(config)?);
    store.connections = config.database.connections;
    Ok(store)
}

/// The keys of the sealed columns: `GANTRY_SECRET_KEY`, else the key file.
fn keys(config: &Config) -> anyhow::Result<Keyring> {
    match std::env::var("GANTRY_SECRET_KEY") {
        Ok(value) if !value.trim().is_empty() => Keyring::from_setting(&value).context("GANTRY_SECRET_KEY"),
        _ => Ok(Keyring::load_or_create(&config.key_file())?),
    }
}

/// The accounts over an open store.
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
    let kubectl_mirror = config.clusters.kubectl_mirror.trim_end_matches('/').into();
    Services { store, clusters: Clusters::new(Settings::default()), accounts, kubectl_mirror }
}

/// The state that all requests share, with the real pages.
#[must_use]
pub fn state(config: Config, services: Services) -> AppState {
    let url = |name: &str| assets::url(name).unwrap_or_default();
    app::set_assets(app::Assets {
        css: url("main.css"),
        start_js: url("start.js"),
        wasm: url("gantry.wasm"),
        favicon: url("favicon.svg"),
    });
    let kubeconfig = config.kubeconfig();
    AppState::new(config, services, Arc::new(AppPages { kubeconfig }))
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
