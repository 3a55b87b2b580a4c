//! Which clusters there are, how each is reached, and the two ways to talk to one: as a person ([`Clusters::user`])
//! or, inside this crate only, as the console itself.

use crate::access::Reviews;
use crate::discovery::Directory;
use crate::error::ClusterError;
use crate::health::{Health, HealthCell};
use crate::transport::Transport;
use crate::user::UserClient;
use model::ClusterId;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the console waits. A cluster that is slow or silent costs a page at most `page`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Budget of what a page cannot do without.
    pub page: Duration,
    /// Making a TCP and TLS connection.
    pub connect: Duration,
    /// A read that no page waits for.
    pub read: Duration,
    /// A write; admission webhooks may take up to 30 s.
    pub write: Duration,
    /// One round of the health check.
    pub probe: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            page: Duration::from_secs(1),
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            write: Duration::from_secs(35),
            probe: Duration::from_secs(8),
        }
    }
}

/// Whom the cluster sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityMode {
    /// The person, by impersonation with the console's credential.
    Impersonate,
    /// The identity of the kubeconfig for everybody.
    Direct,
}

/// How a cluster is reached.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// Text of a kubeconfig with one context (as `kubeconfig::Context::single` gives it).
    Kubeconfig { text: String },
    /// The service account of the Pod that the console runs in.
    InCluster,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kubeconfig { .. } => "Kubeconfig(…)",
            Self::InCluster => "InCluster",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterConfig {
    pub id: ClusterId,
    pub source: Source,
    pub identity: IdentityMode,
}

/// The person in the cluster: `gantry:<account>` with the groups of the account's role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    pub user: String,
    pub groups: Vec<String>,
}

/// All clusters of the console. One per process; clones share.
#[derive(Clone)]
pub struct Clusters {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    entries: RwLock<BTreeMap<ClusterId, Arc<Entry>>>,
    generation: AtomicU64,
    caches: crate::cache::Caches,
}

/// One cluster as it was configured last. A new credential makes a new entry and ends the old one.
pub(crate) struct Entry {
    pub config: ClusterConfig,
    pub settings: Settings,
    pub transport: Result<Transport, ClusterError>,
    pub health: HealthCell,
    pub reviews: Reviews,
    pub directory: Directory,
    pub generation: u64,
    /// Cancelled when the entry is replaced or removed: whoever watches with its client stops.
    pub ended: CancellationToken,
}

impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clusters").field(&self.ids()).finish()
    }
}

impl Clusters {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        crate::transport::install_crypto();
        let inner = Inner {
            settings,
            entries: RwLock::new(BTreeMap::new()),
            generation: AtomicU64::new(1),
            caches: crate::cache::Caches::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Adds a cluster or replaces how it is reached. The last known health stays until the next probe, so that a page
    /// does not lose its "since"; caches, reviews and connections of the old credential end. A source that cannot be
    /// used is kept with its error: every call answers it.
    pub fn put(&self, config: ClusterConfig) {
        let id = config.id.clone();
        let mut entries = self.inner.entries.write();
        if entries.get(&id).is_some_and(|old| old.config == config) {
            return;
        }
        let transport = Transport::open(&config.source, &self.inner.settings);
        let health = entries.get(&id).map_or_else(HealthCell::default, |old| old.health.carried_over());
        let entry = Entry {
            config,
            settings: self.inner.settings.clone(),
            transport,
            health,
            reviews: Reviews::default(),
            directory: Directory::default(),
            generation: self.inner.generation.fetch_add(1, Ordering::Relaxed),
            ended: CancellationToken::new(),
        };
        if let Some(old) = entries.insert(id, Arc::new(entry)) {
            old.ended.cancel();
        }
    }

    /// Forgets a cluster; the cluster itself is left as it is.
    pub fn remove(&self, id: &ClusterId) {
        if let Some(old) = self.inner.entries.write().remove(id) {
            old.ended.cancel();
        }
        self.inner.caches.forget(id);
    }

    #[must_use]
    pub fn ids(&self) -> Vec<ClusterId> {
        self.inner.entries.read().keys().cloned().collect()
    }

    #[must_use]
    pub fn contains(&self, id: &ClusterId) -> bool {
        self.inner.entries.read().contains_key(id)
    }

    /// The watch caches of all clusters.
    #[must_use]
    pub fn caches(&self) -> &crate::cache::Caches {
        &self.inner.caches
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    #[must_use]
    pub fn identity(&self, id: &ClusterId) -> Option<IdentityMode> {
        self.inner.entries.read().get(id).map(|entry| entry.config.identity)
    }

    /// Last known state; never blocks. `None`: no such cluster.
    #[must_use]
    pub fn health(&self, id: &ClusterId) -> Option<Arc<Health>> {
        self.inner.entries.read().get(id).map(|entry| entry.health.get())
    }

    /// Asks the cluster how it is, within `Settings::probe`, and remembers the answer.
    /// `None`: no such cluster.
    pub async fn probe(&self, id: &ClusterId) -> Option<Arc<Health>> {
        let entry = self.entry(id).ok()?;
        Some(crate::health::probe(&entry).await)
    }

    /// The cluster's address as the kubeconfig names it.
    #[must_use]
    pub fn server(&self, id: &ClusterId) -> Option<String> {
        let entry = self.entry(id).ok()?;
        entry.transport.as_ref().ok().map(|transport| transport.server.clone())
    }

    /// Certificate authority of the cluster, PEM; `None` where the system's authorities are trusted.
    #[must_use]
    pub fn authority(&self, id: &ClusterId) -> Option<String> {
        let entry = self.entry(id).ok()?;
        entry.transport.as_ref().ok().and_then(|transport| transport.authority.clone())
    }

    /// A client that acts as the caller.
    ///
    /// # Errors
    /// `UnknownCluster`, or why the cluster's credential cannot be used.
    pub fn user(&self, id: &ClusterId, caller: &Caller) -> Result<UserClient, ClusterError> {
        UserClient::new(self.entry(id)?, caller)
    }

    /// The console's own client: for caches, health and credentials only.
    pub(crate) fn own_client(&self, id: &ClusterId) -> Result<kube::Client, ClusterError> {
        self.entry(id)?.own_client()
    }

    /// Number of the configuration in use, and a token that is cancelled when it ends; what was made with the
    /// client of one generation is dropped with it.
    pub(crate) fn lifetime(&self, id: &ClusterId) -> Result<(u64, CancellationToken), ClusterError> {
        let entry = self.entry(id)?;
        Ok((entry.generation, entry.ended.clone()))
    }

    pub(crate) fn entry(&self, id: &ClusterId) -> Result<Arc<Entry>, ClusterError> {
        self.inner.entries.read().get(id).cloned().ok_or(ClusterError::UnknownCluster)
    }
}

impl Entry {
    pub fn transport(&self) -> Result<&Transport, ClusterError> {
        self.transport.as_ref().map_err(Clone::clone)
    }

    pub fn own_client(&self) -> Result<kube::Client, ClusterError> {
        Ok(self.transport()?.client.clone())
    }

    /// Calls as the console itself.
    pub fn own(self: &Arc<Self>) -> Result<UserClient, ClusterError> {
        UserClient::own(self.clone())
    }
}
