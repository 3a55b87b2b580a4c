//! Single objects and what belongs to them, from the caches and within what the person may list.

use super::view::{View, scope, wait};
use crate::access::Scope;
use crate::cache::Entry;
use crate::error::ClusterError;
use crate::kinds::namespaces::namespace::NAMESPACE;
use crate::kinds::workloads::pod::POD;
use crate::kinds::{Kind, Object, events::event::EVENT};
use crate::registry::{Caller, Clusters};
use model::ClusterId;
use model::object::KindKey;
use model::table::{Filter, FilterOp, Query};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Names of the namespaces to choose from in the list of a kind: all when the person may list the kind everywhere,
/// else exactly those where they may.
///
/// # Errors
/// Why the cluster could not be asked.
pub async fn namespaces(
    clusters: &Clusters,
    id: &ClusterId,
    kind: &'static Kind,
    caller: &Caller,
    budget: Duration,
) -> Result<Vec<String>, ClusterError> {
    let deadline = Instant::now() + budget;
    let cache = clusters.caches().open(clusters, id, &NAMESPACE)?;
    match scope(clusters, id, kind, caller, budget).await? {
        Scope::All => {
            wait(&cache, deadline.saturating_duration_since(Instant::now())).await;
            let mut names: Vec<String> = cache.entries().iter().map(|entry| entry.name.to_string()).collect();
            names.sort_unstable();
            Ok(names)
        }
        Scope::Namespaces(names) => Ok(names.into_iter().collect()),
        Scope::None => Ok(Vec::new()),
    }
}

/// Numbers for the navigation, from the caches that run already; starts no watch. A kind that the person may not list,
/// or whose cache does not run or is not complete, has no number.
pub async fn counts(
    clusters: &Clusters,
    id: &ClusterId,
    caller: &Caller,
    kinds: &[&'static Kind],
    budget: Duration,
) -> BTreeMap<KindKey, usize> {
    let count = |kind: &'static Kind| async move {
        let cache = clusters.caches().running(id, kind).filter(|cache| cache.listed())?;
        let n = match scope(clusters, id, kind, caller, budget).await.ok()? {
            Scope::All => cache.len(),
            Scope::Namespaces(names) => {
                cache.entries().iter().filter(|entry| names.contains(&*entry.namespace)).count()
            }
            Scope::None => return None,
        };
        Some((kind.key(), n))
    };
    futures::future::join_all(kinds.iter().copied().map(count)).await.into_iter().flatten().collect()
}

/// How an object is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    Uid(&'a str),
    Name { namespace: Option<&'a str>, name: &'a str },
}

/// An object as the cache knows it, trimmed. `None` when there is none or the person may not list where it is.
///
/// # Errors
/// `Forbidden` when the person may list the kind nowhere; why the cluster could not be asked.
pub async fn find(
    clusters: &Clusters,
    id: &ClusterId,
    kind: &'static Kind,
    caller: &Caller,
    which: Which<'_>,
    budget: Duration,
) -> Result<Option<Object>, ClusterError> {
    let view = View::open(clusters, id, kind, caller, budget).await?;
    let entry = match which {
        Which::Uid(uid) => view.cache.get(uid),
        Which::Name { namespace, name } => view.cache.named(namespace, name),
    };
    Ok(entry.filter(|entry| visible(&view.scope, entry)).map(|entry| entry.object()))
}

/// The Pods of a workload, through ReplicaSets where there are some, by the uids of owner references. Newest last.
///
/// # Errors
/// As for [`find`].
pub async fn pods_of(
    clusters: &Clusters,
    id: &ClusterId,
    caller: &Caller,
    uid: &str,
    budget: Duration,
) -> Result<Vec<Object>, ClusterError> {
    owned(clusters, id, &POD, caller, uid, budget).await
}

/// The Events about an object and about what it owns, newest first.
///
/// # Errors
/// As for [`find`].
pub async fn events_of(
    clusters: &Clusters,
    id: &ClusterId,
    caller: &Caller,
    uid: &str,
    budget: Duration,
) -> Result<Vec<Object>, ClusterError> {
    owned(clusters, id, &EVENT, caller, uid, budget).await
}

async fn owned(
    clusters: &Clusters,
    id: &ClusterId,
    kind: &'static Kind,
    caller: &Caller,
    uid: &str,
    budget: Duration,
) -> Result<Vec<Object>, ClusterError> {
    let view = View::open(clusters, id, kind, caller, budget).await?;
    let filter = Filter { field: "owner".to_owned(), op: FilterOp::Equals, value: uid.to_owned() };
    let query = Query { filters: vec![filter], ..Query::default() };
    Ok(view.objects(&query))
}

fn visible(scope: &Scope, entry: &Arc<Entry>) -> bool {
    match scope {
        Scope::All => true,
        Scope::Namespaces(names) => names.contains(&*entry.namespace),
        Scope::None => false,
    }
}
