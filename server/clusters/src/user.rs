//! Calls in the name of a person. One connection pool per cluster serves everybody: who acts stands in the
//! impersonation headers of each request, so that the cluster's own RBAC and audit decide and record.

use crate::discovery::Resource;
use crate::error::ClusterError;
use crate::registry::{Caller, Entry, IdentityMode};
use crate::write::{Write, Written};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use kube::client::Body;
use model::links::encode;
use model::object::KindKey;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Largest answer that is read into memory, in bytes (10,000 large Pods are about 150 MB).
const LARGEST_ANSWER: usize = 512 * 1024 * 1024;
const USER_AGENT: &str = concat!("gantry/", env!("CARGO_PKG_VERSION"));

/// What part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
    pub limit: Option<u32>,
    pub continue_token: Option<String>,
}

/// A client that acts as one caller in one cluster. Cheap to make and to clone.
#[derive(Clone)]
pub struct UserClient {
    pub(crate) entry: Arc<Entry>,
    caller: Option<Caller>,
    headers: Arc<Vec<(&'static str, HeaderValue)>>,
    budget: Option<Duration>,
}

impl fmt::Debug for UserClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserClient").field("cluster", &self.entry.config.id).field("caller", &self.caller).finish()
    }
}

impl UserClient {
    pub(crate) fn new(entry: Arc<Entry>, caller: &Caller) -> Result<Self, ClusterError> {
        let headers = match entry.config.identity {
            IdentityMode::Impersonate => impersonation(caller)?,
            IdentityMode::Direct => Vec::new(),
        };
        entry.transport()?;
        Ok(Self { entry, caller: Some(caller.clone()), headers: Arc::new(headers), budget: None })
    }

    /// The console itself.
    pub(crate) fn own(entry: Arc<Entry>) -> Result<Self, ClusterError> {
        entry.transport()?;
        Ok(Self { entry, caller: None, headers: Arc::new(Vec::new()), budget: None })
    }

    /// The same client, whose every call ends within `budget` with [`ClusterError::Timeout`]: what a page waits for
    /// takes `Settings::page`.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The same client within the page budget.
    #[must_use]
    pub fn for_page(self) -> Self {
        let page = self.entry.settings.page;
        self.with_budget(page)
    }

    #[must_use]
    pub fn cluster(&self) -> &model::ClusterId {
        &self.entry.config.id
    }

    /// Whom the access reviews and the audit log of the cluster see; `None` is the kubeconfig's own identity.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref().filter(|_| self.entry.config.identity == IdentityMode::Impersonate)
    }

    /// The kind as this cluster serves it.
    ///
    /// # Errors
    /// `UnknownKind`, or why the cluster could not be asked.
    pub async fn resource(&self, kind: &KindKey) -> Result<Resource, ClusterError> {
        let budget = self.budget.unwrap_or(self.entry.settings.read);
        within(budget, self.entry.resource(kind)).await
    }

    /// One object.
    ///
    /// # Errors
    /// The cluster's refusal, or why it could not be asked.
    pub async fn get(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Result<Value, ClusterError> {
        self.raw_get(&resource.path(namespace, Some(name), None)?, "application/json").await
    }

    /// A subresource (`scale`, `status`).
    ///
    /// # Errors
    /// The cluster's refusal, or why it could not be asked.
    pub async fn get_subresource(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        subresource: &str,
    ) -> Result<Value, ClusterError> {
        self.raw_get(&resource.path(namespace, Some(name), Some(subresource))?, "application/json").await
    }

    /// The list object with `items` and `metadata.continue`.
    ///
    /// # Errors
    /// The cluster's refusal, or why it could not be asked; `Gone` for a continue token that is too old.
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        query: &ListQuery,
    ) -> Result<Value, ClusterError> {
        let mut path = resource.path(namespace, None, None)?;
        let mut sign = '?';
        let mut put = |key: &str, value: &str| {
            path.push(sign);
            path.push_str(key);
            path.push('=');
            path.push_str(&encode(value));
            sign = '&';
        };
        if let Some(selector) = &query.label_selector {
            put("labelSelector", selector);
        }
        if let Some(selector) = &query.field_selector {
            put("fieldSelector", selector);
        }
        if let Some(limit) = query.limit {
            put("limit", &limit.to_string());
        }
        if let Some(token) = &query.continue_token {
            put("continue", token);
        }
        self.raw_get(&path, "application/json").await
    }

    /// One change, as exactly one request. With `dry_run` the cluster decides and answers as if, and stores nothing.
    ///
    /// # Errors
    /// The cluster's refusal, or why it could not be asked. After a `Timeout` the change may have happened.
    pub async fn write(&self, write: &Write, dry_run: bool) -> Result<Written, ClusterError> {
        let request = write.request(dry_run)?;
        let budget = self.budget.unwrap_or(self.entry.settings.write);
        within(budget, async {
            let answer = self.send(request).await.map_err(|error| write.refusal(error))?;
            let warnings = crate::write::warnings(answer.headers());
            let object = json(answer).await?;
            let object = (object["kind"] != "Status" && object.is_object()).then_some(object);
            Ok(Written { object, warnings })
        })
        .await
    }

    /// Who the cluster takes the client for: user name and groups (`kubectl auth whoami`).
    ///
    /// # Errors
    /// The cluster's refusal, or why it could not be asked; `Api` 404 before Kubernetes 1.28.
    pub async fn who(&self) -> Result<(String, Vec<String>), ClusterError> {
        let review = serde_json::json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let answer = self.raw_post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review).await?;
        let info = &answer["status"]["userInfo"];
        let groups = info["groups"].as_array().into_iter().flatten().filter_map(|g| g.as_str().map(str::to_owned));
        Ok((info["username"].as_str().unwrap_or_default().to_owned(), groups.collect()))
    }

    /// Reads any path as JSON.
    ///
    /// # Errors
    /// The cluster's refusal, or why it could not be asked.
    pub(crate) async fn raw_get(&self, path: &str, accept: &str) -> Result<Value, ClusterError> {
        let request = Request::get(path).header(http::header::ACCEPT, accept).body(Vec::new());
        let request = request.map_err(ClusterError::protocol)?;
        within(self.budget.unwrap_or(self.entry.settings.read), async { json(self.send(request).await?).await }).await
    }

    /// Reads any path as text.
    pub(crate) async fn raw_text(&self, path: &str) -> Result<String, ClusterError> {
        let request = Request::get(path).body(Vec::new()).map_err(ClusterError::protocol)?;
        within(self.budget.unwrap_or(self.entry.settings.read), async {
            let body = bytes(self.send(request).await?).await?;
            Ok(String::from_utf8_lossy(&body).into_owned())
        })
        .await
    }

    /// Posts an object to a path and reads the answer (reviews).
    pub(crate) async fn raw_post(&self, path: &str, object: &Value) -> Result<Value, ClusterError> {
        let request = Request::post(path)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(object.to_string().into_bytes())
            .map_err(ClusterError::protocol)?;
        within(self.budget.unwrap_or(self.entry.settings.read), async { json(self.send(request).await?).await }).await
    }

    /// Merge-patches a path.
    pub(crate) async fn raw_patch(&self, path: &str, patch: &Value) -> Result<Value, ClusterError> {
        let request = Request::patch(path)
            .header(http::header::CONTENT_TYPE, "application/merge-patch+json")
            .body(patch.to_string().into_bytes())
            .map_err(ClusterError::protocol)?;
        within(self.budget.unwrap_or(self.entry.settings.write), async { json(self.send(request).await?).await }).await
    }

    pub(crate) async fn raw_delete(&self, path: &str) -> Result<Value, ClusterError> {
        let request = Request::delete(path).body(Vec::new()).map_err(ClusterError::protocol)?;
        within(self.budget.unwrap_or(self.entry.settings.write), async { json(self.send(request).await?).await }).await
    }

    /// Sends a request with the person's identity and gives the answer's head when it is a success. No time limit:
    /// streams have none.
    pub(crate) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, ClusterError> {
        let client = &self.entry.transport()?.client;
        let request = self.signed(request)?;
        let answer = client.send(request.map(Body::from)).await?;
        let status = answer.status();
        if status.is_success() || status == http::StatusCode::SWITCHING_PROTOCOLS {
            return Ok(answer);
        }
        let retry_after = answer.headers().get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let body = bytes(answer).await.unwrap_or_default();
        Err(ClusterError::from_answer(status.as_u16(), retry_after, &body))
    }

    /// The request with identity and the console's name.
    pub(crate) fn signed<B>(&self, mut request: Request<B>) -> Result<Request<B>, ClusterError> {
        let headers = request.headers_mut();
        for (name, value) in self.headers.iter() {
            headers.append(*name, value.clone());
        }
        headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        if !headers.contains_key(http::header::ACCEPT) {
            headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json, */*"));
        }
        Ok(request)
    }

    pub(crate) fn budget(&self) -> Option<Duration> {
        self.budget
    }
}

/// Names may hold any Unicode: Go's server takes the bytes as they are. Line ends would be another header.
fn impersonation(caller: &Caller) -> Result<Vec<(&'static str, HeaderValue)>, ClusterError> {
    let value = |text: &str| {
        HeaderValue::from_bytes(text.as_bytes())
            .ok()
            .filter(|_| !text.is_empty() && text.trim() == text)
            .ok_or_else(|| ClusterError::BadName { name: text.to_owned() })
    };
    let mut headers = vec![("impersonate-user", value(&caller.user)?)];
    for group in &caller.groups {
        headers.push(("impersonate-group", value(group)?));
    }
    Ok(headers)
}

/// Ends `work` after `budget`.
pub(crate) async fn within<T>(
    budget: Duration,
    work: impl Future<Output = Result<T, ClusterError>>,
) -> Result<T, ClusterError> {
    let started = Instant::now();
    match tokio::time::timeout(budget, work).await {
        Ok(answer) => answer,
        Err(_) => {
            let after = started.elapsed().as_millis();
            Err(ClusterError::Timeout { after_ms: u64::try_from(after).unwrap_or(u64::MAX) })
        }
    }
}

async fn bytes(answer: Response<Body>) -> Result<Bytes, ClusterError> {
    let limited = http_body_util::Limited::new(answer.into_body(), LARGEST_ANSWER);
    let collected = limited.collect().await.map_err(|error| ClusterError::from_chain(&*error))?;
    Ok(collected.to_bytes())
}

async fn json(answer: Response<Body>) -> Result<Value, ClusterError> {
    let status = answer.status().as_u16();
    let body = bytes(answer).await?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).map_err(|_| {
        let detail: String = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        ClusterError::NotKubernetes { status, detail }
    })
}
