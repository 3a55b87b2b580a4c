//! One change as one HTTP request. Kept apart from kube's typed API because that drops the apiserver's `Warning`
//! headers and would need typed objects; here the object goes through as the JSON that the person made.
//!
//! Everywhere: `fieldManager=gantry`, `fieldValidation=Strict` (a misspelt field is refused with its name, not
//! dropped), explicit `propagationPolicy` (traps: a delete without it orphans a Job's Pods).

use crate::discovery::Resource;
use crate::error::ClusterError;
use http::{HeaderMap, Method, Request};
use model::change::Propagation;
use serde_json::{Value, json};

pub const FIELD_MANAGER: &str = "gantry";

/// What one request does to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    pub resource: Resource,
    pub namespace: Option<String>,
    pub name: String,
    /// Precondition: the object must still be this one. Refused with 409 when the name belongs to another by now.
    pub uid: Option<String>,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `name` of the write is not used: the object has its own (or `generateName`).
    Create { object: Value },
    /// JSON merge patch (RFC 7386); `version` is the resourceVersion that the patch was made against.
    MergePatch { patch: Value, version: Option<String> },
    /// JSON patch (RFC 6902).
    JsonPatch { patch: Value },
    /// Server-side apply; `force` takes fields over from other managers.
    Apply { object: Value, force: bool },
    /// The whole object as the person edited it, against the version it was read at.
    Replace { object: Value, version: String },
    /// A subresource: `create` posts the body (eviction, binding, token), else it is a merge patch (scale, status).
    Subresource { subresource: String, body: Value, create: bool },
    /// `force` removes a Pod from the API at once (`gracePeriodSeconds: 0`).
    Delete { propagation: Propagation, force: bool },
}

/// The cluster's answer to a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The object as it is (or, dry run, would be) stored; `None` when the answer was only a status.
    pub object: Option<Value>,
    /// Texts of the apiserver's `Warning` headers.
    pub warnings: Vec<String>,
}

impl Write {
    #[must_use]
    pub fn new(resource: Resource, namespace: Option<&str>, name: &str, action: Action) -> Self {
        Self { resource, namespace: namespace.map(str::to_owned), name: name.to_owned(), uid: None, action }
    }

    #[must_use]
    pub fn of(mut self, uid: Option<&str>) -> Self {
        self.uid = uid.map(str::to_owned);
        self
    }

    pub(crate) fn request(&self, dry_run: bool) -> Result<Request<Vec<u8>>, ClusterError> {
        const MERGE: &str = "application/merge-patch+json";
        const JSON: &str = "application/json";
        let (method, subresource, kind, body) = match &self.action {
            Action::Create { object } => (Method::POST, None, JSON, object.clone()),
            Action::MergePatch { patch, version } => {
                (Method::PATCH, None, MERGE, self.guarded(patch, version.as_deref()))
            }
            Action::JsonPatch { patch } => {
                (Method::PATCH, None, "application/json-patch+json", self.guarded_list(patch))
            }
            // JSON is YAML: the content type names what may be sent, not what must be.
            Action::Apply { object, .. } => {
                (Method::PATCH, None, "application/apply-patch+yaml", self.guarded(object, None))
            }
            Action::Replace { object, version } => (Method::PUT, None, JSON, self.guarded(object, Some(version))),
            Action::Subresource { subresource, body, create: true } => {
                (Method::POST, Some(subresource.as_str()), JSON, self.guarded_post(subresource, body))
            }
            Action::Subresource { subresource, body, create: false } => {
                (Method::PATCH, Some(subresource.as_str()), MERGE, self.guarded(body, None))
            }
            Action::Delete { propagation, force } => {
                (Method::DELETE, None, JSON, self.delete_options(*propagation, *force, dry_run))
            }
        };
        let name = (!matches!(self.action, Action::Create { .. })).then_some(self.name.as_str());
        let mut path = self.resource.path(self.namespace.as_deref(), name, subresource)?;
        if !matches!(self.action, Action::Delete { .. }) {
            path.push_str("?fieldManager=");
            path.push_str(FIELD_MANAGER);
            path.push_str("&fieldValidation=Strict");
            if let Action::Apply { force, .. } = &self.action {
                path.push_str(if *force { "&force=true" } else { "&force=false" });
            }
            if dry_run {
                path.push_str("&dryRun=All");
            }
        }
        Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, kind)
            .body(body.to_string().into_bytes())
            .map_err(ClusterError::protocol)
    }

    /// Another object has the name by now: for most changes the apiserver says so as 409, for some patches as an
    /// immutable `metadata.uid`. It is the same to a person.
    pub(crate) fn refusal(&self, error: ClusterError) -> ClusterError {
        match error {
            ClusterError::Api(mut error)
                if self.uid.is_some()
                    && error.status == 422
                    && error.causes.iter().any(|cause| cause.field == "metadata.uid") =>
            {
                error.status = 409;
                error.reason = "Conflict".to_owned();
                error.causes.clear();
                ClusterError::Api(error)
            }
            other => other,
        }
    }

    /// The object or merge patch with its preconditions inside, where the apiserver looks for them.
    fn guarded(&self, body: &Value, version: Option<&str>) -> Value {
        let mut body = body.clone();
        if (self.uid.is_some() || version.is_some())
            && let Some(object) = body.as_object_mut()
        {
            let metadata = object.entry("metadata").or_insert_with(|| json!({}));
            if let Some(metadata) = metadata.as_object_mut() {
                if let Some(uid) = &self.uid {
                    metadata.insert("uid".into(), json!(uid));
                }
                if let Some(version) = version {
                    metadata.insert("resourceVersion".into(), json!(version));
                }
            }
        }
        body
    }

    fn guarded_list(&self, patch: &Value) -> Value {
        match (&self.uid, patch) {
            (Some(uid), Value::Array(steps)) => {
                // `replace` and not `test`: a test that fails is refused without saying which one it was.
                let mut all = vec![json!({"op": "replace", "path": "/metadata/uid", "value": uid})];
                all.extend(steps.iter().cloned());
                Value::Array(all)
            }
            _ => patch.clone(),
        }
    }

    /// An eviction carries the precondition in its delete options.
    fn guarded_post(&self, subresource: &str, body: &Value) -> Value {
        let mut body = body.clone();
        if subresource == "eviction"
            && let Some(uid) = &self.uid
            && let Some(object) = body.as_object_mut()
        {
            let options = object.entry("deleteOptions").or_insert_with(|| json!({}));
            if let Some(options) = options.as_object_mut() {
                options.insert("preconditions".into(), json!({"uid": uid}));
            }
        }
        body
    }

    fn delete_options(&self, propagation: Propagation, force: bool, dry_run: bool) -> Value {
        let policy = match propagation {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        };
        let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
        if let Some(uid) = &self.uid {
            options["preconditions"] = json!({"uid": uid});
        }
        if force {
            options["gracePeriodSeconds"] = json!(0);
        }
        if dry_run {
            options["dryRun"] = json!(["All"]);
        }
        options
    }
}

/// Texts of `Warning: 299 - "text"` headers (RFC 7234 §5.5), several in one header too, each once.
pub(crate) fn warnings(headers: &HeaderMap) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in headers.get_all(http::header::WARNING) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let mut rest = text.as_ref();
        // code SP agent SP "text" [SP "date"]
        while let Some(start) = rest.find('"') {
            let (warning, after) = quoted(&rest[start + 1..]);
            if !warning.is_empty() && !out.contains(&warning) {
                out.push(warning);
            }
            // A date, when there is one, is quoted too and follows with nothing but a blank.
            rest = match after.strip_prefix(" \"") {
                Some(date) => quoted(date).1,
                None => after,
            };
        }
    }
    out
}

/// Reads to the closing quote; gives the text without escapes, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (out, &text[at + 1..]),
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            c => out.push(c),
        }
    }
    (out, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn deployment(action: Action) -> Write {
        let resource = Resource::new("apps", "v1", "deployments", "Deployment", true);
        Write::new(resource, Some("a"), "web", action).of(Some("u-1"))
    }

    fn sent(write: &Write, dry_run: bool) -> (String, String, String, Value) {
        let request = write.request(dry_run).unwrap();
        let kind = request.headers()[http::header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = serde_json::from_slice(request.body()).unwrap();
        (request.method().to_string(), request.uri().to_string(), kind, body)
    }

    #[test]
    fn a_patch_holds_the_changed_path_and_its_preconditions_only() {
        let patch = json!({"spec": {"replicas": 3}});
        let write = deployment(Action::MergePatch { patch, version: Some("77".into()) });
        let (method, uri, kind, body) = sent(&write, true);
        assert_eq!(method, "PATCH");
        assert_eq!(
            uri,
            "/apis/apps/v1/namespaces/a/deployments/web?fieldManager=gantry&fieldValidation=Strict&dryRun=All"
        );
        assert_eq!(kind, "application/merge-patch+json");
        assert_eq!(body, json!({"spec": {"replicas": 3}, "metadata": {"uid": "u-1", "resourceVersion": "77"}}));
    }

    #[test]
    fn a_json_patch_holds_on_to_the_uid() {
        let write = deployment(Action::JsonPatch { patch: json!([{"op": "remove", "path": "/spec/paused"}]) });
        let (_, _, kind, body) = sent(&write, false);
        assert_eq!(kind, "application/json-patch+json");
        assert_eq!(body[0], json!({"op": "replace", "path": "/metadata/uid", "value": "u-1"}));
        assert_eq!(body.as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_delete_says_what_becomes_of_dependents() {
        let write = deployment(Action::Delete { propagation: Propagation::Orphan, force: false });
        let (method, uri, _, body) = sent(&write, true);
        assert_eq!((method.as_str(), uri.as_str()), ("DELETE", "/apis/apps/v1/namespaces/a/deployments/web"));
        assert_eq!(body["propagationPolicy"], "Orphan");
        assert_eq!(body["preconditions"]["uid"], "u-1");
        assert_eq!(body["dryRun"], json!(["All"]));
        assert!(body.get("gracePeriodSeconds").is_none());
        let force = deployment(Action::Delete { propagation: Propagation::Background, force: true });
        assert_eq!(sent(&force, false).3["gracePeriodSeconds"], 0);
    }

    #[test]
    fn create_apply_replace_and_subresources() {
        let object = json!({"metadata": {"name": "web"}});
        let (method, uri, ..) = sent(&deployment(Action::Create { object: object.clone() }), false);
        assert_eq!(method, "POST");
        assert_eq!(uri, "/apis/apps/v1/namespaces/a/deployments?fieldManager=gantry&fieldValidation=Strict");
        let (method, uri, kind, _) = sent(&deployment(Action::Apply { object: object.clone(), force: true }), false);
        assert_eq!((method.as_str(), kind.as_str()), ("PATCH", "application/apply-patch+yaml"));
        assert!(uri.ends_with("&force=true"));
        let (method, _, _, body) = sent(&deployment(Action::Replace { object, version: "5".into() }), false);
        assert_eq!(method, "PUT");
        assert_eq!(body["metadata"], json!({"name": "web", "uid": "u-1", "resourceVersion": "5"}));
        let scale =
            Action::Subresource { subresource: "scale".into(), body: json!({"spec": {"replicas": 2}}), create: false };
        let (method, uri, ..) = sent(&deployment(scale), false);
        assert_eq!(method, "PATCH");
        assert!(uri.contains("/web/scale?"));
        let evict = Action::Subresource {
            subresource: "eviction".into(),
            body: json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web"}}),
            create: true,
        };
        let (method, _, _, body) = sent(&deployment(evict), false);
        assert_eq!(method, "POST");
        assert_eq!(body["deleteOptions"]["preconditions"]["uid"], "u-1");
    }

    #[test]
    fn warning_headers_are_read_as_written() {
        let mut headers = HeaderMap::new();
        for text in [
            r#"299 - "unknown field \"spec.replica\"""#,
            r#"299 - "first", 299 kubernetes "second, with comma" "Wed, 25 Nov 2026 00:00:00 GMT""#,
            r#"299 - "first""#,
            "299 -",
            r#"299 - "no end"#,
        ] {
            headers.append("warning", HeaderValue::from_str(text).unwrap());
        }
        assert_eq!(warnings(&headers), [r#"unknown field "spec.replica""#, "first", "second, with comma", "no end"]);
    }
}
