//! The loop that keeps a cache equal to the cluster. One loop per cache, so a lost connection or a 410 costs one list,
//! however many browsers look.
//!
//! kube's own watcher is not used: it needs twice the watch's timeout to notice a silent connection when that is to be
//! below a minute, buffers a whole page as typed objects, and hides whether it is connected.

use super::store::{Batch, Cache};
use crate::error::ClusterError;
use crate::kinds::object::text;
use crate::registry::Clusters;
use futures::TryStreamExt as _;
use kube::Client;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::core::request::Request;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The server ends a watch after so long, so that a connection that died silently is noticed within a minute.
const WATCH_SECONDS: u32 = 40;
/// Longest silence: the server's own end plus its way here.
const SILENCE: Duration = Duration::from_secs(50);
/// Longest wait for the head of an answer, and for a page of a list.
const ANSWER: Duration = Duration::from_secs(45);
const PAGE: u32 = 500;
/// A watch that ends sooner than this was cut.
const SHORT: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Streamed lists are on by default from Kubernetes 1.34.
const STREAMING: (u32, u32) = (1, 34);

/// Where the loop stands.
enum Step {
    List,
    /// Watch on from this resourceVersion.
    Watch(String),
}

/// How a stretch of watching ended.
enum End {
    /// The server ended it as asked, or the connection was closed.
    Closed,
    /// The version is gone: list again.
    Gone,
    Failed(ClusterError),
}

/// What the loop knows about the server; asked anew after a change of the credential.
#[derive(Default)]
struct Server {
    /// Index into the kind's versions.
    version: usize,
    /// The one namespace to watch, where the credential may not list the whole cluster but names a namespace.
    namespace: Option<String>,
    streams_lists: Option<bool>,
}

#[derive(Deserialize)]
struct List {
    metadata: ListMeta,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMeta {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// Runs until the cluster is removed; the caller cancels it when the cache is no longer wanted.
pub async fn run(cache: &Cache, clusters: &Clusters) {
    while let Ok((_, ended)) = clusters.lifetime(&cache.cluster) {
        // A new credential may mean another server: versions of the old one mean nothing there.
        ended.run_until_cancelled(follow(cache, clusters)).await;
    }
}

async fn follow(cache: &Cache, clusters: &Clusters) {
    let mut step = Step::List;
    let mut server = Server::default();
    let mut pause = Pause::default();
    loop {
        let client = match clusters.own_client(&cache.cluster) {
            Ok(client) => client,
            Err(error) => {
                cache.lost(error.code());
                pause.wait().await;
                continue;
            }
        };
        let started = tokio::time::Instant::now();
        let end = if matches!(step, Step::List) {
            list(cache, &client, &mut server, &mut step).await
        } else {
            watch(cache, &client, &server, &mut step, None).await
        };
        let short = started.elapsed() < SHORT;
        if !short {
            pause.reset();
        }
        match end {
            End::Closed if short => pause.wait().await,
            End::Closed => {}
            End::Gone => {
                tracing::debug!(cluster = %cache.cluster, kind = cache.kind.plural, "watch version gone, listing again");
                step = Step::List;
                pause.wait().await;
            }
            End::Failed(error) => {
                tracing::debug!(cluster = %cache.cluster, kind = cache.kind.plural, %error, "watch failed");
                if error.is_not_found() {
                    server.version = (server.version + 1) % cache.kind.versions.len().max(1);
                }
                if error.is_forbidden() && !cache.listed() && cache.kind.namespaced && server.namespace.is_none() {
                    server.namespace = clusters.own_namespace(&cache.cluster);
                    if server.namespace.is_some() {
                        continue;
                    }
                }
                cache.lost(error.code());
                pause.wait().await;
            }
        }
    }
}

/// Brings the cache to a complete list and leaves the version to go on from in `step`.
async fn list(cache: &Cache, client: &Client, server: &mut Server, step: &mut Step) -> End {
    if server.streams_lists.is_none() {
        server.streams_lists = match timeout(ANSWER, client.apiserver_version()).await {
            Ok(Ok(info)) => Some(version_of(&info.major, &info.minor) >= STREAMING),
            Ok(Err(error)) => return End::Failed(error.into()),
            Err(_) => return silent(ANSWER),
        };
    }
    if server.streams_lists == Some(true) {
        let end = watch(cache, client, server, step, Some(Batch::default())).await;
        // The feature may be switched off in spite of the version.
        if matches!(&end, End::Failed(error) if matches!(error.status(), Some(400 | 422))) {
            server.streams_lists = Some(false);
        } else {
            return end;
        }
    }
    let request = Request::new(path(cache, server));
    let mut batch = Batch::default();
    let mut next = None;
    loop {
        let params = ListParams { limit: Some(PAGE), continue_token: next.take(), ..ListParams::default() };
        let Ok(request) = request.list(&params) else {
            return End::Failed(ClusterError::protocol("list request"));
        };
        let page = match timeout(ANSWER, client.request::<List>(request)).await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => return failed(error.into()),
            Err(_) => return silent(ANSWER),
        };
        for object in page.items.into_iter().flatten() {
            cache.gather(&mut batch, object);
        }
        next = page.metadata.next.filter(|next| !next.is_empty());
        if next.is_none() {
            cache.replace(batch);
            *step = Step::Watch(page.metadata.resource_version);
            return watch(cache, client, server, step, None).await;
        }
    }
}

/// Watches on from the version in `step`, or from nothing when a `batch` gathers the list that the watch begins with.
async fn watch(cache: &Cache, client: &Client, server: &Server, step: &mut Step, mut batch: Option<Batch>) -> End {
    let params = WatchParams {
        timeout: Some(if batch.is_some() { 10 * WATCH_SECONDS } else { WATCH_SECONDS }),
        bookmarks: true,
        send_initial_events: batch.is_some(),
        ..WatchParams::default()
    };
    let from = match (&batch, &*step) {
        (None, Step::Watch(version)) => version.clone(),
        _ => String::new(),
    };
    let Ok(request) = Request::new(path(cache, server)).watch(&params, &from) else {
        return End::Failed(ClusterError::protocol("watch request"));
    };
    let events = match timeout(ANSWER, client.request_events::<Value>(request)).await {
        Ok(Ok(events)) => events,
        Ok(Err(error)) => return failed(error.into()),
        Err(_) => return silent(ANSWER),
    };
    let mut events = std::pin::pin!(events);
    if batch.is_none() {
        cache.alive();
    }
    loop {
        let event = match timeout(SILENCE, events.try_next()).await {
            Ok(Ok(Some(event))) => event,
            Ok(Ok(None)) if batch.is_some() => return End::Failed(ClusterError::protocol("list broke off")),
            Ok(Ok(None)) => return End::Closed,
            Ok(Err(error)) => return failed(error.into()),
            Err(_) => return silent(SILENCE),
        };
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                if let Some(batch) = &mut batch {
                    cache.gather(batch, object);
                } else {
                    remember(step, text(&object, "/metadata/resourceVersion"));
                    cache.apply(object);
                }
            }
            WatchEvent::Deleted(object) => {
                remember(step, text(&object, "/metadata/resourceVersion"));
                cache.remove(text(&object, "/metadata/uid"));
            }
            WatchEvent::Bookmark(bookmark) => {
                let complete = bookmark.metadata.annotations.contains_key("k8s.io/initial-events-end");
                if let Some(batch) = batch.take_if(|_| complete) {
                    cache.replace(batch);
                    // From here on as a short watch, so that silence is noticed.
                    *step = Step::Watch(bookmark.metadata.resource_version);
                    return Box::pin(watch(cache, client, server, step, None)).await;
                }
                remember(step, &bookmark.metadata.resource_version);
                if batch.is_none() {
                    cache.alive();
                }
            }
            WatchEvent::Error(status) => return failed(kube::Error::Api(status).into()),
        }
    }
}

fn path(cache: &Cache, server: &Server) -> String {
    let versions = cache.kind.versions;
    cache.kind.path(versions.get(server.version).copied().unwrap_or("v1"), server.namespace.as_deref())
}

fn remember(step: &mut Step, version: &str) {
    if let Step::Watch(known) = step
        && !version.is_empty()
    {
        version.clone_into(known);
    }
}

fn failed(error: ClusterError) -> End {
    if error.status() == Some(410) { End::Gone } else { End::Failed(error) }
}

fn silent(after: Duration) -> End {
    End::Failed(ClusterError::Timeout { after_ms: after.as_millis() as u64 })
}

/// `("1", "34+")` → `(1, 34)`.
fn version_of(major: &str, minor: &str) -> (u32, u32) {
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse().unwrap_or(0)
    };
    (digits(major), digits(minor))
}

/// Doubling pauses with a random part, so that many caches do not return in step.
#[derive(Default)]
struct Pause {
    times: u32,
}

impl Pause {
    fn reset(&mut self) {
        self.times = 0;
    }

    async fn wait(&mut self) {
        let base = Duration::from_millis(250 << self.times.min(6)).min(LONGEST_PAUSE);
        self.times += 1;
        let part = f64::from(jiff::Timestamp::now().subsec_microsecond() % 1000) / 1000.0;
        sleep(base.mul_f64(0.75 + part / 2.0)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_vendors_are_read() {
        assert_eq!(version_of("1", "34+"), (1, 34));
        assert!(version_of("1", "37") >= STREAMING);
        assert!(version_of("1", "28") < STREAMING);
        assert!(version_of("", "x") < STREAMING);
    }
}
