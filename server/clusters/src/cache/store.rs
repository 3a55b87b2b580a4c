//! The objects of one kind in one cluster as they were last heard of, for all users. What a person may see of them is
//! decided at each read (`table::page`).

use super::entry::Entry;
use super::intern::Interner;
use crate::kinds::{Kind, Object};
use crate::table::order::Memo;
use model::ClusterId;
use model::table::Freshness;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::sync::watch;

/// Changes between two sweeps of the shared texts.
const SWEEP: u64 = 20_000;

/// A watch cache.
pub struct Cache {
    pub cluster: ClusterId,
    pub kind: &'static Kind,
    inner: RwLock<Inner>,
    /// Counts everything that a page may show differently: objects and freshness.
    tick: watch::Sender<u64>,
    /// Epoch milliseconds of the last use.
    used: AtomicI64,
    /// Complete lists made, for tests and metrics.
    lists: AtomicU64,
    pub(crate) memo: Mutex<Memo>,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<Arc<str>, Arc<Entry>>,
    interner: Interner,
    /// Grows with every change that a row can show.
    generation: u64,
    bytes: usize,
    /// End of the last complete list.
    listed: bool,
    /// Last word from the cluster (event, bookmark, list), epoch milliseconds.
    heard: i64,
    lost: Option<Lost>,
}

#[derive(Clone)]
struct Lost {
    since: i64,
    reason: String,
}

/// A list under way; nobody sees it before it is complete, so a list that breaks off costs no row.
#[derive(Default)]
pub struct Batch {
    entries: HashMap<Arc<str>, Arc<Entry>>,
    bytes: usize,
}

/// Now in epoch milliseconds.
#[must_use]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl Cache {
    #[must_use]
    pub fn new(cluster: ClusterId, kind: &'static Kind) -> Self {
        Self {
            cluster,
            kind,
            inner: RwLock::default(),
            tick: watch::Sender::new(0),
            used: AtomicI64::new(now()),
            lists: AtomicU64::new(0),
            memo: Mutex::default(),
        }
    }

    /// Adds an object to a list under way. An object that has not changed keeps its entry.
    pub fn gather(&self, batch: &mut Batch, object: Value) {
        let known = {
            let inner = self.inner.read();
            let uid = crate::kinds::object::text(&object, "/metadata/uid");
            let version = crate::kinds::object::text(&object, "/metadata/resourceVersion");
            inner.entries.get(uid).filter(|entry| &*entry.version == version).cloned()
        };
        let entry = match known {
            Some(entry) => entry,
            None => {
                let Some(entry) = Entry::new(self.kind, object, &mut self.inner.write().interner) else { return };
                Arc::new(entry)
            }
        };
        batch.bytes += entry.size();
        if let Some(old) = batch.entries.insert(Arc::clone(&entry.uid), entry) {
            batch.bytes -= old.size();
        }
        if let Some(bound) = self.kind.bound.filter(|bound| batch.entries.len() > bound + bound / 10) {
            batch.bytes = keep_newest(&mut batch.entries, bound);
        }
    }

    /// A list is complete: what it does not hold is gone.
    pub fn replace(&self, mut batch: Batch) {
        batch.entries.shrink_to_fit();
        let old = {
            let mut inner = self.inner.write();
            let old = std::mem::replace(&mut inner.entries, batch.entries);
            inner.bytes = batch.bytes;
            inner.generation += 1;
            inner.listed = true;
            inner.heard = now();
            inner.lost = None;
            old
        };
        drop(old);
        self.inner.write().interner.sweep();
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.notify();
    }

    /// An object was made or changed.
    pub fn apply(&self, object: Value) {
        let mut inner = self.inner.write();
        let Some(entry) = Entry::new(self.kind, object, &mut inner.interner) else { return };
        inner.heard = now();
        inner.bytes += entry.size();
        let entry = Arc::new(entry);
        let old = inner.entries.insert(Arc::clone(&entry.uid), Arc::clone(&entry));
        let same = old.as_ref().is_some_and(|old| old.looks_like(&entry));
        if let Some(old) = old {
            inner.bytes -= old.size();
        }
        let recovered = inner.lost.take().is_some();
        if same && !recovered {
            return;
        }
        inner.generation += 1;
        if let Some(bound) = self.kind.bound.filter(|bound| inner.entries.len() > bound + bound / 10) {
            inner.bytes = keep_newest(&mut inner.entries, bound);
        }
        if inner.generation.is_multiple_of(SWEEP) {
            inner.interner.sweep();
        }
        drop(inner);
        self.notify();
    }

    /// An object is gone.
    pub fn remove(&self, uid: &str) {
        let mut inner = self.inner.write();
        inner.heard = now();
        let gone = inner.entries.remove(uid);
        let recovered = inner.lost.take().is_some();
        let Some(gone) = gone else {
            drop(inner);
            if recovered {
                self.notify();
            }
            return;
        };
        inner.bytes -= gone.size();
        inner.generation += 1;
        drop(inner);
        self.notify();
    }

    /// The connection stands and said something (a bookmark, an accepted watch).
    pub fn alive(&self) {
        let mut inner = self.inner.write();
        inner.heard = now();
        let recovered = inner.lost.take().is_some();
        drop(inner);
        if recovered {
            self.notify();
        }
    }

    /// The cluster cannot be heard. Rows stay as they are; `since` is the first failure in a row.
    pub fn lost(&self, reason: &str) {
        let mut inner = self.inner.write();
        if inner.lost.as_ref().is_some_and(|lost| lost.reason == reason) {
            return;
        }
        let since = inner.lost.as_ref().map_or_else(now, |lost| lost.since);
        inner.lost = Some(Lost { since, reason: reason.to_owned() });
        drop(inner);
        self.notify();
    }

    fn notify(&self) {
        self.tick.send_modify(|tick| *tick += 1);
    }

    /// A receiver that is told of every change; it keeps the cache from being stopped as idle.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.touch();
        self.tick.subscribe()
    }

    pub fn touch(&self) {
        self.used.store(now(), Ordering::Relaxed);
    }

    /// Milliseconds since the last use; 0 while somebody listens.
    #[must_use]
    pub fn idle(&self, now: i64) -> i64 {
        if self.tick.receiver_count() > 0 { 0 } else { now - self.used.load(Ordering::Relaxed) }
    }

    #[must_use]
    pub fn generation(&self) -> u64 {
        self.inner.read().generation
    }

    /// At least one complete list has been seen.
    #[must_use]
    pub fn listed(&self) -> bool {
        self.inner.read().listed
    }

    /// Complete lists so far.
    #[must_use]
    pub fn lists(&self) -> u64 {
        self.lists.load(Ordering::Relaxed)
    }

    /// The cluster cannot be heard now.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.inner.read().lost.is_some()
    }

    #[must_use]
    pub fn freshness(&self) -> Freshness {
        let inner = self.inner.read();
        match (&inner.lost, inner.listed) {
            (Some(lost), listed) => Freshness::Stale {
                since: lost.since,
                as_of: (listed && inner.heard > 0).then_some(inner.heard),
                reason: lost.reason.clone(),
            },
            (None, true) => Freshness::Live,
            (None, false) => Freshness::Loading,
        }
    }

    /// Every entry, in no order, with the generation that they belong to.
    #[must_use]
    pub fn snapshot(&self) -> (u64, Vec<Arc<Entry>>) {
        let inner = self.inner.read();
        (inner.generation, inner.entries.values().cloned().collect())
    }

    #[must_use]
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.snapshot().1
    }

    #[must_use]
    pub fn get(&self, uid: &str) -> Option<Arc<Entry>> {
        self.inner.read().entries.get(uid).cloned()
    }

    /// By name; a cache of 10,000 objects takes some tens of microseconds.
    #[must_use]
    pub fn named(&self, namespace: Option<&str>, name: &str) -> Option<Arc<Entry>> {
        let namespace = namespace.unwrap_or_default();
        let inner = self.inner.read();
        inner.entries.values().find(|entry| &*entry.name == name && &*entry.namespace == namespace).cloned()
    }

    /// The trimmed object by uid.
    #[must_use]
    pub fn object(&self, uid: &str) -> Option<Object> {
        self.get(uid).map(|entry| entry.object())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.read().entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the entries, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.inner.read().bytes
    }
}

/// Keeps the newest `bound` entries; the size of what is left.
fn keep_newest(entries: &mut HashMap<Arc<str>, Arc<Entry>>, bound: usize) -> usize {
    let mut times: Vec<i64> = entries.values().map(|entry| entry.created).collect();
    if times.len() > bound {
        let cut = times.len() - bound;
        let (_, oldest_kept, _) = times.select_nth_unstable(cut);
        let oldest_kept = *oldest_kept;
        entries.retain(|_, entry| entry.created >= oldest_kept);
    }
    entries.values().map(|entry| entry.size()).sum()
}
