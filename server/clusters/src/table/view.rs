//! A kind of a cluster as one person may see it now.

use super::order;
use crate::access::{self, Scope};
use crate::cache::{Cache, Joined};
use crate::discovery::Resource;
use crate::error::ClusterError;
use crate::kinds::{Kind, Object, RowContext};
use crate::registry::{Caller, Clusters};
use model::ClusterId;
use model::object::KindKey;
use model::table::{Family, FamilyCount, Page, Query, Row};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The cache together with the scope of the person.
pub struct View {
    pub cache: Arc<Cache>,
    pub scope: Scope,
    joined: Arc<Joined>,
    between: Vec<Arc<Cache>>,
}

/// Longest time that the last answer of a cluster stands in while it is away.
const LAST_ANSWER: Duration = Duration::from_secs(24 * 3600);
/// While the watch says that the cluster is away, it is asked no longer than this where an earlier answer stands in.
const AWAY_BUDGET: Duration = Duration::from_millis(300);
/// Columns from other caches may come with the first live patch; the page waits no longer for them.
const JOIN_BUDGET: Duration = Duration::from_millis(300);

impl View {
    /// Asks what the person may list, and waits for the first list at most as long as the budget has left.
    ///
    /// # Errors
    /// `Forbidden`, `UnknownCluster`, or why the cluster could not be asked and never was.
    pub async fn open(
        clusters: &Clusters,
        id: &ClusterId,
        kind: &'static Kind,
        caller: &Caller,
        budget: Duration,
    ) -> Result<Self, ClusterError> {
        let deadline = Instant::now() + budget;
        // The list starts while the cluster is asked about the person.
        let cache = clusters.caches().open(clusters, id, kind)?;
        let between: Vec<_> =
            kind.through.iter().map(|kind| clusters.caches().open(clusters, id, kind)).collect::<Result<_, _>>()?;
        let needed = match kind.needs.first() {
            Some(need) => {
                let [pods, sets] = need.kinds();
                Some((clusters.caches().open(clusters, id, pods)?, clusters.caches().open(clusters, id, sets)?))
            }
            None => None,
        };
        let pods_scope = async {
            match &needed {
                Some((pods, _)) => self::scope(clusters, id, pods.kind, caller, budget).await.ok(),
                None => None,
            }
        };
        let (scope, pods_scope) = futures::join!(self::scope(clusters, id, kind, caller, budget), pods_scope);
        let scope = scope?;
        if scope == Scope::None {
            let resource = access::Ask::of("list", &resource(kind)).resource_text();
            return Err(ClusterError::Forbidden { verb: "list".to_owned(), resource, namespace: None });
        }
        let left = || deadline.saturating_duration_since(Instant::now());
        wait(&cache, left()).await;
        let mut joined = Arc::new(Joined::default());
        // Without the right to list Pods, or without an answer, the sums are unknown.
        let may = pods_scope.is_some_and(|pods| scope_covers(&pods, kind, &scope));
        if let Some((pods, sets)) = needed.filter(|_| may) {
            let left = left().min(JOIN_BUDGET);
            futures::join!(wait(&pods, left), wait(&sets, left));
            if pods.listed() && sets.listed() {
                joined = clusters.caches().joined(&pods, &sets);
            }
        }
        Ok(Self { cache, scope, joined, between })
    }

    /// A view of given caches; tests and previews fill them by hand.
    #[must_use]
    pub fn over(cache: Arc<Cache>, scope: Scope, joined: Arc<Joined>, between: Vec<Arc<Cache>>) -> Self {
        Self { cache, scope, joined, between }
    }

    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        self.cache.kind
    }

    /// What the cells of other caches take; for drawing single objects.
    #[must_use]
    pub fn context(&self) -> RowContext<'_> {
        RowContext { cluster: &self.cache.cluster, joined: &self.joined }
    }

    /// The page of a query. A page past the end shows the last one.
    #[must_use]
    pub fn page(&self, query: &Query) -> Page {
        let list = order::ordered(&self.cache, &self.scope, &self.joined, &self.between, query);
        let per_page = query.per_page.clamp(1, 1000);
        let last = list.rows.len().div_ceil(per_page).max(1);
        let from = (query.page.clamp(1, last) - 1) * per_page;
        let counts = Family::ALL
            .into_iter()
            .map(|family| FamilyCount { family, n: list.counts[family as usize] })
            .filter(|count| count.n > 0)
            .collect();
        Page {
            rows: list.rows.iter().skip(from).take(per_page).map(|entry| self.draw(entry)).collect(),
            matching: list.rows.len(),
            total: list.total,
            counts,
            freshness: self.cache.freshness(),
        }
    }

    /// Every matching row in order, drawn one by one: for exports.
    pub fn rows(&self, query: &Query) -> impl Iterator<Item = Row> {
        let list = order::ordered(&self.cache, &self.scope, &self.joined, &self.between, query);
        (0..list.rows.len()).map(move |index| self.draw(&list.rows[index]))
    }

    /// Every matching object in order, trimmed.
    #[must_use]
    pub fn objects(&self, query: &Query) -> Vec<Object> {
        let list = order::ordered(&self.cache, &self.scope, &self.joined, &self.between, query);
        list.rows.iter().map(|entry| entry.object()).collect()
    }

    fn draw(&self, entry: &crate::cache::Entry) -> Row {
        super::row(self.kind(), &entry.object(), &self.context())
    }
}

/// The resource of a kind in its preferred version.
#[must_use]
pub fn resource(kind: &Kind) -> Resource {
    Resource::new(kind.group, kind.versions.first().copied().unwrap_or("v1"), kind.plural, kind.kind, kind.namespaced)
}

/// Waits until a first list is there.
pub async fn wait(cache: &Cache, budget: Duration) {
    let mut changes = cache.subscribe();
    let listed = async {
        while !cache.listed() && !matches!(cache.freshness(), model::table::Freshness::Stale { .. }) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    };
    // Out of time is an answer: the page says that it is loading.
    let _ = tokio::time::timeout(budget, listed).await;
}

/// Pods may be summed for this person over all that the list shows.
fn scope_covers(pods: &Scope, kind: &Kind, shown: &Scope) -> bool {
    match (pods, shown) {
        (Scope::All, _) => true,
        (Scope::Namespaces(pods), Scope::Namespaces(shown)) => kind.namespaced && shown.is_subset(pods),
        _ => false,
    }
}

type Question = (ClusterId, KindKey, Caller);

/// What clusters answered last about persons, for the time that they are away.
#[derive(Default)]
pub struct LastAnswers(Mutex<HashMap<Question, (Scope, Instant)>>);

impl LastAnswers {
    fn keep(&self, question: Question, scope: Scope) {
        let mut known = self.0.lock();
        if known.len() > 50_000 {
            known.retain(|_, (_, at)| at.elapsed() < LAST_ANSWER);
        }
        known.insert(question, (scope, Instant::now()));
    }

    fn get(&self, question: &Question) -> Option<Scope> {
        self.0.lock().get(question).filter(|(_, at)| at.elapsed() < LAST_ANSWER).map(|(scope, _)| scope.clone())
    }
}

/// Where the person may list a kind. While the cluster is away its last answer counts, so that last known rows can be
/// shown; a right that was taken away meanwhile cannot be known by anybody.
///
/// # Errors
/// `UnknownCluster`, or why the cluster could not be asked and never was.
pub async fn scope(
    clusters: &Clusters,
    id: &ClusterId,
    kind: &Kind,
    caller: &Caller,
    budget: Duration,
) -> Result<Scope, ClusterError> {
    let key = (id.clone(), kind.key(), caller.clone());
    let answers = &clusters.caches().answers;
    let lost = clusters.caches().running(id, kind).is_some_and(|cache| cache.is_lost());
    let budget = if lost && answers.get(&key).is_some() { budget.min(AWAY_BUDGET) } else { budget };
    let user = clusters.user(id, caller)?.with_budget(budget);
    match access::list_scope(&user, &resource(kind)).await {
        Ok(scope) => {
            answers.keep(key, scope.clone());
            Ok(scope)
        }
        Err(error) => {
            let away = error.is_unreachable() || matches!(error.status(), Some(401 | 429 | 500..=599));
            answers.get(&key).filter(|_| away).ok_or(error)
        }
    }
}
