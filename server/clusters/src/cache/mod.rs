//! Watch caches: one per (cluster, kind), started at the first use, shared by all users, stopped after ten idle
//! minutes. Secrets and ConfigMaps have none. Each holds its objects as small blocks of trimmed JSON with an index
//! (about 2 KiB for a Pod).

pub mod allocation;
pub mod entry;
pub mod intern;
pub mod joined;
pub mod store;
pub mod watch;

pub use entry::Entry;
pub use joined::{Joined, Need};
pub use store::{Batch, Cache};

use crate::error::ClusterError;
use crate::kinds::Kind;
use crate::registry::Clusters;
use model::ClusterId;
use model::object::KindKey;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;

/// A cache that nobody has asked for so long is stopped.
pub const IDLE: Duration = Duration::from_secs(600);

/// The running caches of the process.
#[derive(Default)]
pub struct Caches {
    running: Mutex<HashMap<(ClusterId, KindKey), Running>>,
    joined: Mutex<HashMap<ClusterId, Arc<Joined>>>,
    pub(crate) answers: crate::table::LastAnswers,
}

struct Running {
    cache: Arc<Cache>,
    stop: CancellationToken,
}

/// For `/metrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    pub watches: usize,
    pub objects: usize,
    pub bytes: usize,
}

impl Caches {
    /// The running cache, or a new one.
    ///
    /// # Errors
    /// `UnknownCluster`.
    pub fn open(&self, clusters: &Clusters, id: &ClusterId, kind: &'static Kind) -> Result<Arc<Cache>, ClusterError> {
        clusters.lifetime(id)?;
        let mut running = self.running.lock();
        if let Some(known) = running.get(&(id.clone(), kind.key())) {
            known.cache.touch();
            return Ok(Arc::clone(&known.cache));
        }
        let cache = Arc::new(Cache::new(id.clone(), kind));
        let stop = CancellationToken::new();
        let (task, token, clusters) = (Arc::clone(&cache), stop.clone(), clusters.clone());
        tokio::spawn(async move {
            token.run_until_cancelled(watch::run(&task, &clusters)).await;
        });
        running.insert((id.clone(), kind.key()), Running { cache: Arc::clone(&cache), stop });
        Ok(cache)
    }

    /// The cache when it runs; starts nothing and does not count as a use.
    #[must_use]
    pub fn running(&self, id: &ClusterId, kind: &Kind) -> Option<Arc<Cache>> {
        self.running.lock().get(&(id.clone(), kind.key())).map(|running| Arc::clone(&running.cache))
    }

    /// Sums over the Pods of a cluster, from the two caches as they are now.
    #[must_use]
    pub fn joined(&self, pods: &Cache, sets: &Cache) -> Arc<Joined> {
        let generation = (pods.generation(), sets.generation());
        // Held while the sums are made: many who ask at once wait for one answer.
        let mut kept = self.joined.lock();
        if let Some(known) = kept.get(&pods.cluster).filter(|known| known.generation == generation) {
            return Arc::clone(known);
        }
        let joined = Arc::new(Joined::of(pods, sets));
        kept.insert(pods.cluster.clone(), Arc::clone(&joined));
        joined
    }

    /// Stops what has been idle for ten minutes; called by a job. Returns how many were stopped.
    pub fn stop_idle(&self) -> usize {
        self.stop_idle_at(store::now())
    }

    /// [`Self::stop_idle`] as of a moment in epoch milliseconds.
    pub fn stop_idle_at(&self, now: i64) -> usize {
        let limit = i64::try_from(IDLE.as_millis()).unwrap_or(i64::MAX);
        let mut running = self.running.lock();
        let before = running.len();
        running.retain(|_, known| {
            let keep = known.cache.idle(now) < limit;
            if !keep {
                known.stop.cancel();
            }
            keep
        });
        let stopped = before - running.len();
        let alive: Vec<_> = running.keys().map(|(id, _)| id.clone()).collect();
        drop(running);
        if stopped > 0 {
            self.joined.lock().retain(|id, _| alive.contains(id));
        }
        stopped
    }

    /// Ends the watches of a cluster and drops its rows.
    pub fn forget(&self, id: &ClusterId) {
        self.running.lock().retain(|(cluster, _), known| {
            if cluster == id {
                known.stop.cancel();
            }
            cluster != id
        });
        self.joined.lock().remove(id);
    }

    #[must_use]
    pub fn counts(&self) -> CacheCounts {
        self.running.lock().values().fold(CacheCounts::default(), |sum, running| CacheCounts {
            watches: sum.watches + 1,
            objects: sum.objects + running.cache.len(),
            bytes: sum.bytes + running.cache.bytes(),
        })
    }
}

/// Told when a list may look different: by the kind's own cache, and by those that its columns and owner chains use.
pub struct Subscription {
    receivers: Vec<Receiver<u64>>,
}

impl Subscription {
    /// Whether anything changed since this was asked last. A cache that was dropped (new credential, idle) counts as
    /// changed: subscribe again.
    pub fn take_changed(&mut self) -> bool {
        let changed = self.receivers.iter().any(|receiver| receiver.has_changed().unwrap_or(true));
        self.receivers.iter_mut().for_each(Receiver::mark_unchanged);
        changed
    }

    /// Whether a cache behind it was dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.receivers.iter().any(|receiver| receiver.has_changed().is_err())
    }

    /// Waits for the next change of any of them. Never ends while the subscription is held.
    pub async fn changed(&mut self) {
        let waits: Vec<_> = self
            .receivers
            .iter_mut()
            .map(|receiver| {
                Box::pin(async move {
                    if receiver.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
            })
            .collect();
        if waits.is_empty() {
            std::future::pending::<()>().await;
        }
        futures::future::select_all(waits).await;
        self.receivers.iter_mut().for_each(Receiver::mark_unchanged);
    }
}

impl Clusters {
    /// The namespace that the kubeconfig's context names.
    pub(crate) fn own_namespace(&self, id: &ClusterId) -> Option<String> {
        self.entry(id).ok()?.transport().ok()?.namespace.clone().filter(|namespace| !namespace.is_empty())
    }

    /// Starts the caches of a list and tells of their changes. Subscribe first, then read the page: what happens between
    /// the two is told.
    ///
    /// # Errors
    /// `UnknownCluster`.
    pub fn subscribe(&self, id: &ClusterId, kind: &'static Kind) -> Result<Subscription, ClusterError> {
        let mut receivers = vec![self.caches().open(self, id, kind)?.subscribe()];
        let joined = kind.needs.iter().flat_map(|need| need.kinds());
        // A Pod may be heard of before the ReplicaSet through which it belongs to a Deployment.
        for needed in joined.chain(kind.through.iter().copied()) {
            receivers.push(self.caches().open(self, id, needed)?.subscribe());
        }
        Ok(Subscription { receivers })
    }
}
