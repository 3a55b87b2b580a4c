//! What can go wrong between the console and a cluster, as codes. [`ClusterError::code`] is stable and has a text in
//! `app/i18n`; the only words for people here are the cluster's own.

use crate::kubeconfig::KubeconfigError;
use serde_json::Value;
use std::error::Error as StdError;

/// Longest message of a cluster that is passed on, in bytes; a proxy's HTML page is not a message.
const LONGEST_MESSAGE: usize = 4000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The name of the server does not resolve.
    #[error("cannot resolve {host}")]
    Dns { host: String },
    /// No connection: refused, no route, cut.
    #[error("cannot connect: {detail}")]
    Connect { detail: String },
    /// No answer within the time that the caller had.
    #[error("no answer within {after_ms} ms")]
    Timeout { after_ms: u64 },
    #[error("TLS: {0:?}")]
    Tls(TlsProblem),
    /// 401: the credential is not accepted.
    #[error("credential refused: {message}")]
    Unauthorized { message: String },
    /// The apiserver's `Status`, whatever its code; 401 and 410 have their own.
    #[error("{0}")]
    Api(Box<ApiError>),
    /// The answer is not one of a Kubernetes apiserver.
    #[error("not Kubernetes: HTTP {status}")]
    NotKubernetes { status: u16, detail: String },
    #[error("no such cluster")]
    UnknownCluster,
    #[error("the cluster does not serve {kind}")]
    UnknownKind { kind: String },
    /// 410: the version or the page of the list that was asked for is gone.
    #[error("gone: {message}")]
    Gone { message: String },
    /// The conversation broke off or made no sense.
    #[error("protocol: {detail}")]
    Protocol { detail: String },
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// A name that no object can have (empty, `.`, `..`, with `/` or `%`); nothing was sent.
    #[error("impossible name {name:?}")]
    BadName { name: String },
    /// The person may not do this; found out by an access review before anything was sent.
    #[error("forbidden: {verb} {resource}")]
    Forbidden { verb: String, resource: String, namespace: Option<String> },
    /// The certificate signing request was made but not signed in time, or was refused.
    #[error("certificate not issued: {detail}")]
    NotIssued { detail: String },
    /// The cluster's version is one that the console cannot work with.
    #[error("{version} is older than {oldest}")]
    TooOld { version: String, oldest: String },
    /// The way this cluster was imported does not allow it (own credentials need impersonation).
    #[error("not possible with this credential")]
    Unsupported,
}

/// Why a TLS connection could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// The certificate is not signed by the authority of the kubeconfig.
    UnknownAuthority {
        issuer: Option<String>,
    },
    /// The certificate has other names than the one asked for.
    WrongName {
        wanted: String,
        names: Vec<String>,
    },
    /// Epoch milliseconds.
    Expired {
        not_after: Option<i64>,
    },
    NotYetValid {
        not_before: Option<i64>,
    },
    /// The server does not speak TLS at all.
    NotTls,
    /// The server refused our client certificate in the handshake.
    ClientCertificate {
        detail: String,
    },
    Other {
        detail: String,
    },
}

impl TlsProblem {
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownAuthority { .. } => "cluster-error-tls-authority",
            Self::WrongName { .. } => "cluster-error-tls-name",
            Self::Expired { .. } => "cluster-error-tls-expired",
            Self::NotYetValid { .. } => "cluster-error-tls-not-yet-valid",
            Self::NotTls => "cluster-error-tls-none",
            Self::ClientCertificate { .. } => "cluster-error-tls-client",
            Self::Other { .. } => "cluster-error-tls",
        }
    }
}

/// The apiserver's refusal (`meta/v1.Status`).
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("HTTP {status} {reason}: {message}")]
pub struct ApiError {
    pub status: u16,
    /// `AlreadyExists`, `Conflict`, `Forbidden`, `Invalid`, …; empty when the answer named none.
    pub reason: String,
    pub message: String,
    /// Kind and name that the refusal speaks of.
    pub kind: String,
    pub name: String,
    /// The fields that were refused.
    pub causes: Vec<Cause>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// JSON path as the apiserver writes it (`spec.template.spec.containers[0].image`).
    pub field: String,
    /// `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict`, …
    pub reason: String,
    pub message: String,
}

impl ClusterError {
    /// Key of its text.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Dns { .. } => "cluster-error-dns",
            Self::Connect { .. } => "cluster-error-connect",
            Self::Timeout { .. } => "cluster-error-timeout",
            Self::Tls(problem) => problem.code(),
            Self::Unauthorized { .. } => "cluster-error-unauthorized",
            Self::Api(error) => match error.status {
                403 => "cluster-error-forbidden",
                404 => "cluster-error-not-found",
                409 => "cluster-error-conflict",
                422 | 400 => "cluster-error-invalid",
                413 => "cluster-error-too-large",
                429 => "cluster-error-too-many",
                _ => "cluster-error-api",
            },
            Self::NotKubernetes { .. } => "cluster-error-not-kubernetes",
            Self::UnknownCluster => "cluster-error-unknown-cluster",
            Self::UnknownKind { .. } => "cluster-error-unknown-kind",
            Self::Gone { .. } => "cluster-error-gone",
            Self::Protocol { .. } => "cluster-error-protocol",
            Self::Kubeconfig(error) => error.code(),
            Self::BadName { .. } => "cluster-error-bad-name",
            Self::Forbidden { .. } => "cluster-error-forbidden",
            Self::NotIssued { .. } => "cluster-error-not-issued",
            Self::TooOld { .. } => "cluster-error-too-old",
            Self::Unsupported => "cluster-error-unsupported",
        }
    }

    /// HTTP status of the refusal; `None` when the cluster did not refuse but could not be asked.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status),
            Self::Unauthorized { .. } => Some(401),
            Self::Gone { .. } => Some(410),
            Self::Forbidden { .. } => Some(403),
            Self::NotKubernetes { status, .. } => Some(*status),
            _ => None,
        }
    }

    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        if let Self::Api(error) = self { Some(error) } else { None }
    }

    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Somebody else changed the object since it was read, or another object has the name (by `uid`).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409) && !self.is_already_exists()
    }

    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.api().is_some_and(|error| error.reason == "AlreadyExists")
    }

    /// The credential was not seen as one: the refusal speaks of nobody.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.api().is_some_and(|error| error.status == 403 && error.message.contains("\"system:anonymous\""))
    }

    pub(crate) fn into_unauthorized(self) -> Self {
        match self {
            Self::Api(error) => Self::Unauthorized { message: error.message },
            other => other,
        }
    }

    /// The cluster did not answer at all (away, cut off, silent), as opposed to refusing.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. } | Self::Connect { .. } | Self::Timeout { .. } | Self::Tls(_) | Self::Protocol { .. }
        )
    }

    pub(crate) fn protocol(detail: impl ToString) -> Self {
        Self::Protocol { detail: shorten(&detail.to_string()) }
    }

    /// The error of an answer that is not a success.
    pub(crate) fn from_answer(status: u16, retry_after: Option<u64>, body: &[u8]) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let Some(answer) = parsed.filter(|value| value["kind"] == "Status") else {
            let message = shorten(String::from_utf8_lossy(body).trim());
            return match status {
                401 => Self::Unauthorized { message },
                410 => Self::Gone { message },
                _ => Self::Api(Box::new(ApiError { status, message, retry_after, ..ApiError::default() })),
            };
        };
        Self::from_status(status, retry_after, &answer)
    }

    /// The error in a `Status` object, also one of a watch or of an exec's error channel.
    pub(crate) fn from_status(http: u16, retry_after: Option<u64>, answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let status =
            answer["code"].as_u64().and_then(|code| u16::try_from(code).ok()).filter(|c| *c > 0).unwrap_or(http);
        let message = shorten(&text(&answer["message"]));
        match status {
            401 => return Self::Unauthorized { message },
            410 => return Self::Gone { message },
            _ => {}
        }
        let details = &answer["details"];
        let causes = details["causes"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self::Api(Box::new(ApiError {
            status,
            reason: text(&answer["reason"]),
            message,
            kind: text(&details["kind"]),
            name: text(&details["name"]),
            causes: causes
                .iter()
                .map(|cause| Cause {
                    field: text(&cause["field"]),
                    reason: text(&cause["reason"]),
                    message: shorten(&text(&cause["message"])),
                })
                .collect(),
            retry_after: details["retryAfterSeconds"].as_u64().or(retry_after),
        }))
    }
}

impl From<kube::Error> for ClusterError {
    fn from(error: kube::Error) -> Self {
        match &error {
            kube::Error::Api(status) => {
                let answer = serde_json::to_value(status).unwrap_or_default();
                Self::from_status(status.code, None, &answer)
            }
            kube::Error::SerdeError(inner) => Self::protocol(inner),
            kube::Error::UpgradeConnection(inner) => Self::protocol(inner),
            other => Self::from_chain(other),
        }
    }
}

impl ClusterError {
    /// Finds the cause of a failed request by walking down to what DNS, TCP or TLS said.
    pub(crate) fn from_chain(error: &(dyn StdError + 'static)) -> Self {
        let mut io_detail = None;
        let mut next = Some(error);
        let mut last = error.to_string();
        while let Some(one) = next {
            if let Some(found) = one.downcast_ref::<Self>() {
                return found.clone();
            }
            if let Some(tls) = one.downcast_ref::<rustls::Error>() {
                return Self::Tls(crate::tls::problem(tls));
            }
            if let Some(io) = one.downcast_ref::<std::io::Error>() {
                if io.kind() == std::io::ErrorKind::TimedOut {
                    io_detail.get_or_insert_with(|| "timed out".to_owned());
                } else if io.raw_os_error().is_some() {
                    io_detail.get_or_insert_with(|| io.to_string());
                }
                // `source` of an io::Error skips the error it wraps.
                if let Some(inner) = io.get_ref() {
                    last = inner.to_string();
                    next = Some(inner);
                    continue;
                }
            }
            last = one.to_string();
            next = one.source();
        }
        match io_detail {
            Some(detail) => Self::Connect { detail },
            None => Self::protocol(last),
        }
    }
}

/// Cuts a foreign text to what fits a message, at a character.
fn shorten(text: &str) -> String {
    if text.len() <= LONGEST_MESSAGE {
        return text.to_owned();
    }
    let mut end = LONGEST_MESSAGE;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
