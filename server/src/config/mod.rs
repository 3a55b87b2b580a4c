//! The configuration: one struct per concern, filled from a TOML file and the environment, checked before anything
//! starts. `default.toml` documents every value and is what `gantry config` prints.

mod load;
mod network;
mod span;

pub use load::{ConfigError, ENV_PREFIX, load, parse};
pub use network::Network;
pub use span::Span;

use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The documented default configuration.
pub const DEFAULT: &str = include_str!("default.toml");

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub tls: Tls,
    pub database: Database,
    pub secret: Secret,
    pub sessions: Sessions,
    pub terminal: Terminal,
    pub login: Login,
    pub log: Log,
    pub metrics: Metrics,
    pub clusters: Clusters,
    pub limits: Limits,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    pub public_url: String,
    pub data_dir: PathBuf,
    pub trusted_proxies: Vec<Network>,
    pub stop_within: Span,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// May hold a password.
    pub url: String,
    pub connections: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secret {
    pub key_file: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    pub idle: Span,
    pub absolute: Span,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terminal {
    pub idle: Span,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    pub hash_memory_kib: u32,
    pub hash_passes: u32,
    pub parallel: usize,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    pub token: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clusters {
    pub discover_kubeconfig: bool,
    pub kubeconfig: PathBuf,
    pub kubectl_mirror: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub body_bytes: usize,
    pub connections: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: String::new(),
            data_dir: PathBuf::from("gantry-data"),
            trusted_proxies: Vec::new(),
            stop_within: Span::seconds(8),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: String::new(), connections: 8 }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle: Span::seconds(2 * 3600), absolute: Span::seconds(12 * 3600) }
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self { idle: Span::seconds(180) }
    }
}

impl Default for Login {
    fn default() -> Self {
        Self { hash_memory_kib: 19 * 1024, hash_passes: 2, parallel: 2 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Default for Clusters {
    fn default() -> Self {
        Self {
            discover_kubeconfig: true,
            kubeconfig: PathBuf::new(),
            kubectl_mirror: "https://dl.k8s.io/release".to_owned(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, connections: 4096 }
    }
}

/// Without what may be a password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// Without the token.
impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Server {
    /// Whether an address is one of the proxies in front.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(address))
    }

    /// `scheme://host[:port]` of the public URL, as a browser writes it in `Origin`.
    #[must_use]
    pub fn public_origin(&self) -> Option<String> {
        let url: axum::http::Uri = self.public_url.parse().ok()?;
        let (scheme, host) = (url.scheme_str()?, url.host()?.to_ascii_lowercase());
        Some(match (scheme, url.port_u16()) {
            ("http", None | Some(80)) | ("https", None | Some(443)) => format!("{scheme}://{host}"),
            (_, Some(port)) => format!("{scheme}://{host}:{port}"),
            (_, None) => return None,
        })
    }
}

impl Config {
    /// The kubeconfig whose clusters the set-up page offers; `None` when that is switched off or there is no home.
    #[must_use]
    pub fn kubeconfig(&self) -> Option<PathBuf> {
        if !self.clusters.discover_kubeconfig {
            return None;
        }
        if !self.clusters.kubeconfig.as_os_str().is_empty() {
            return Some(self.clusters.kubeconfig.clone());
        }
        match std::env::var_os("KUBECONFIG").filter(|path| !path.is_empty()) {
            Some(path) => Some(PathBuf::from(path)),
            None => Some(Path::new(&std::env::var_os("HOME")?).join(".kube/config")),
        }
    }

    /// Whether browsers speak TLS to us, or to the proxy in front of us.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls.is_set() || self.server.public_url.starts_with("https://")
    }

    /// Where browsers find the console.
    #[must_use]
    pub fn address(&self, listen: SocketAddr) -> String {
        if let Some(origin) = self.server.public_origin() {
            return origin;
        }
        let scheme = if self.tls.is_set() { "https" } else { "http" };
        let host = match listen.ip() {
            ip if ip.is_unspecified() => "localhost".to_owned(),
            IpAddr::V6(v6) => format!("[{v6}]"),
            IpAddr::V4(v4) => v4.to_string(),
        };
        format!("{scheme}://{host}:{}", listen.port())
    }

    /// Address of the database.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite://{}", absolute(&self.server.data_dir).join("gantry.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// File of the secret key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        if self.secret.key_file.as_os_str().is_empty() {
            absolute(&self.server.data_dir).join("secret.key")
        } else {
            self.secret.key_file.clone()
        }
    }

    /// The rest of the checks, which one value alone cannot tell.
    fn check(&self) -> Result<(), String> {
        let range = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} is {value}; it must be {low} to {high}"))
            }
        };
        if self.tls.cert_file.as_os_str().is_empty() != self.tls.key_file.as_os_str().is_empty() {
            return Err("tls: cert_file and key_file go together".to_owned());
        }
        let url = &self.server.public_url;
        if !url.is_empty() && (self.server.public_origin().is_none() || !has_no_path(url)) {
            return Err(format!("server.public_url {url:?} must be https://host or http://host, without a path"));
        }
        let database = &self.database.url;
        if !(database.is_empty()
            || ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| database.starts_with(scheme)))
        {
            return Err("database.url must start with sqlite:// or postgres://".to_owned());
        }
        let mirror = &self.clusters.kubectl_mirror;
        // It stands in commands that people paste into a shell.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&b);
        if !model::form::Format::HttpUrl.accepts(mirror) || !mirror.bytes().all(plain) {
            return Err(format!("clusters.kubectl_mirror {mirror:?} must be an http:// or https:// address"));
        }
        if self.server.data_dir.as_os_str().is_empty() {
            return Err("server.data_dir is empty".to_owned());
        }
        if self.sessions.idle.0 > self.sessions.absolute.0 {
            return Err("sessions.idle is longer than sessions.absolute".to_owned());
        }
        range("server.stop_within (seconds)", self.server.stop_within.0.as_secs() as usize, 1, 10)?;
        range("database.connections", self.database.connections as usize, 1, 100)?;
        range("login.hash_memory_kib", self.login.hash_memory_kib as usize, 19 * 1024, 1024 * 1024)?;
        range("login.hash_passes", self.login.hash_passes as usize, 2, 20)?;
        range("login.parallel", self.login.parallel, 1, 64)?;
        range("limits.body_bytes", self.limits.body_bytes, 1024, 64 * 1024 * 1024)?;
        range("limits.connections", self.limits.connections, 16, 1_000_000)?;
        if !self.metrics.token.is_empty() && self.metrics.token.len() < 16 {
            return Err("metrics.token is shorter than 16 characters".to_owned());
        }
        if let Err(error) = self.log.level.parse::<tracing_subscriber::EnvFilter>() {
            return Err(format!("log.level {:?}: {error}", self.log.level));
        }
        Ok(())
    }
}

impl Tls {
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.cert_file.as_os_str().is_empty()
    }
}

fn has_no_path(url: &str) -> bool {
    url.parse::<axum::http::Uri>().is_ok_and(|url| matches!(url.path(), "" | "/") && url.query().is_none())
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
