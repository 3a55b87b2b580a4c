//! "May this person do that?" — asked of the cluster itself (SelfSubjectAccessReview as the person), so that RBAC,
//! webhooks and whatever else authorizes there decide. Answers are kept 20 s when yes and 5 s when no; the same
//! question asked by many at once is sent once.

use crate::discovery::Resource;
use crate::error::ClusterError;
use crate::registry::Caller;
use crate::user::UserClient;
use futures::StreamExt as _;
use moka::Expiry;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

const KEEP_ALLOWED: Duration = Duration::from_secs(20);
const KEEP_DENIED: Duration = Duration::from_secs(5);
/// Reviews under way at once for one question over namespaces.
const CONCURRENT: usize = 16;
/// Namespaces that are asked one by one; a cluster with more needs a cluster-wide right to be listed whole.
const MOST_NAMESPACES: usize = 2000;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: Option<String>,
    /// `None`: in all namespaces.
    pub namespace: Option<String>,
    pub name: Option<String>,
}

impl Ask {
    #[must_use]
    pub fn new(verb: &str, group: &str, resource: &str) -> Self {
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: None,
            namespace: None,
            name: None,
        }
    }

    #[must_use]
    pub fn of(verb: &str, resource: &Resource) -> Self {
        Self::new(verb, &resource.group, &resource.plural)
    }

    #[must_use]
    pub fn subresource(mut self, subresource: &str) -> Self {
        self.subresource = Some(subresource.to_owned());
        self
    }

    #[must_use]
    pub fn within(mut self, namespace: Option<&str>) -> Self {
        self.namespace = namespace.map(str::to_owned);
        self
    }

    #[must_use]
    pub fn named(mut self, name: Option<&str>) -> Self {
        self.name = name.map(str::to_owned);
        self
    }

    /// `deployments.apps/scale`, as refusals name it.
    #[must_use]
    pub fn resource_text(&self) -> String {
        let mut text = self.resource.clone();
        if !self.group.is_empty() {
            text.push('.');
            text.push_str(&self.group);
        }
        if let Some(subresource) = &self.subresource {
            text.push('/');
            text.push_str(subresource);
        }
        text
    }

    fn review(&self) -> Value {
        let mut attributes = json!({"verb": self.verb, "group": self.group, "resource": self.resource});
        for (field, value) in [("subresource", &self.subresource), ("namespace", &self.namespace), ("name", &self.name)]
        {
            if let Some(value) = value {
                attributes[field] = json!(value);
            }
        }
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        })
    }
}

/// The cluster's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// The authorizer's own words; often empty.
    pub reason: String,
}

/// Where a person may list a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    Namespaces(BTreeSet<String>),
    None,
}

impl Scope {
    #[must_use]
    pub fn contains(&self, namespace: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Namespaces(names) => namespace.is_some_and(|name| names.contains(name)),
            Self::None => false,
        }
    }
}

type Question = (Option<Caller>, Ask);

/// Decisions of one cluster.
pub(crate) struct Reviews {
    kept: moka::future::Cache<Question, Decision>,
}

struct ByDecision;

impl Expiry<Question, Decision> for ByDecision {
    fn expire_after_create(&self, _: &Question, decision: &Decision, _: Instant) -> Option<Duration> {
        Some(if decision.allowed { KEEP_ALLOWED } else { KEEP_DENIED })
    }
}

impl Default for Reviews {
    fn default() -> Self {
        Self { kept: moka::future::Cache::builder().max_capacity(100_000).expire_after(ByDecision).build() }
    }
}

impl UserClient {
    /// Asks the cluster whether the caller may do something.
    ///
    /// # Errors
    /// Why the cluster could not be asked; a failed question is not kept.
    pub async fn allowed(&self, ask: &Ask) -> Result<Decision, ClusterError> {
        let question = (self.caller().cloned(), ask.clone());
        let answer = self.entry.reviews.kept.try_get_with(question, self.review(ask)).await;
        answer.map_err(|error: Arc<ClusterError>| (*error).clone())
    }

    /// The same, past the cache: for what must not be 20 s late (a terminal that is open).
    ///
    /// # Errors
    /// Why the cluster could not be asked.
    pub async fn allowed_now(&self, ask: &Ask) -> Result<Decision, ClusterError> {
        let decision = self.review(ask).await?;
        let question = (self.caller().cloned(), ask.clone());
        self.entry.reviews.kept.insert(question, decision.clone()).await;
        Ok(decision)
    }

    /// Refuses with the missing verb and resource.
    ///
    /// # Errors
    /// `Forbidden`, or why the cluster could not be asked.
    pub async fn demand(&self, ask: &Ask) -> Result<(), ClusterError> {
        if self.allowed(ask).await?.allowed {
            return Ok(());
        }
        Err(ClusterError::Forbidden {
            verb: ask.verb.clone(),
            resource: ask.resource_text(),
            namespace: ask.namespace.clone(),
        })
    }

    async fn review(&self, ask: &Ask) -> Result<Decision, ClusterError> {
        const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = self.raw_post(PATH, &ask.review()).await?;
        let status = &answer["status"];
        let Some(allowed) = status["allowed"].as_bool() else {
            return Err(ClusterError::protocol("access review without an answer"));
        };
        let denied = status["denied"].as_bool().unwrap_or(false);
        let reason = status["reason"].as_str().unwrap_or_default().to_owned();
        Ok(Decision { allowed: allowed && !denied, reason })
    }
}

/// Where the caller may `list` a kind: everywhere, in some of the `namespaces` that exist, or nowhere. One review when
/// the right is cluster-wide, else one per namespace, few at a time.
///
/// # Errors
/// Why the cluster could not be asked.
pub async fn list_scope_among(
    user: &UserClient,
    resource: &Resource,
    namespaces: impl IntoIterator<Item = String>,
) -> Result<Scope, ClusterError> {
    if user.allowed(&Ask::of("list", resource)).await?.allowed {
        return Ok(Scope::All);
    }
    if !resource.namespaced {
        return Ok(Scope::None);
    }
    let answers = futures::stream::iter(namespaces.into_iter().take(MOST_NAMESPACES).map(|namespace| async move {
        let ask = Ask::of("list", resource).within(Some(&namespace));
        let decision = user.allowed(&ask).await?;
        Ok::<_, ClusterError>(decision.allowed.then_some(namespace))
    }))
    .buffer_unordered(CONCURRENT)
    .collect::<Vec<_>>()
    .await;
    let mut allowed = BTreeSet::new();
    for answer in answers {
        allowed.extend(answer?);
    }
    Ok(if allowed.is_empty() { Scope::None } else { Scope::Namespaces(allowed) })
}

/// [`list_scope_among`] over the namespaces that the console itself can see, or that the kubeconfig names.
///
/// # Errors
/// Why the cluster could not be asked.
pub async fn list_scope(user: &UserClient, resource: &Resource) -> Result<Scope, ClusterError> {
    if user.allowed(&Ask::of("list", resource)).await?.allowed {
        return Ok(Scope::All);
    }
    if !resource.namespaced {
        return Ok(Scope::None);
    }
    let names = namespace_names(user).await?;
    list_scope_among(user, resource, names).await
}

/// Names of all namespaces, as the console sees them; only what the reviews then allow is shown to anybody.
async fn namespace_names(user: &UserClient) -> Result<Vec<String>, ClusterError> {
    let mut own = user.entry.own()?;
    if let Some(budget) = user.budget() {
        own = own.with_budget(budget);
    }
    // Metadata only, from the apiserver's own cache.
    const ACCEPT: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    let list = match own.raw_get("/api/v1/namespaces?resourceVersion=0", ACCEPT).await {
        Ok(list) => list,
        Err(error) if error.is_forbidden() => {
            return Ok(user.entry.transport()?.namespace.clone().into_iter().collect());
        }
        Err(error) => return Err(error),
    };
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(items.iter().filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect())
}
