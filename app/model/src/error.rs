//! The one error that reaches a person: what happened, why, what to do, already in their language.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it is; it decides the HTTP status and the page that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// No session, or it ended. The page offers to sign in in place.
    Unauthenticated,
    /// A right is missing, in the account policy or in the cluster.
    Forbidden {
        verb: String,
        resource: String,
        namespace: Option<String>,
    },
    NotFound,
    /// The input cannot be taken as it is; `fields` says where.
    Invalid,
    /// Somebody else changed or made the same thing.
    Conflict,
    TooMany {
        retry_after_seconds: u64,
    },
    /// The cluster does not answer. `since` in epoch milliseconds where known.
    Unreachable {
        since: Option<i64>,
    },
    TooLarge,
    /// The store cannot take a write now (read-only file, full disk).
    Unavailable,
    Internal,
}

/// One field of a form that was refused. `path` is the field's path in the form data (`containers.0.memory`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub path: String,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppError {
    pub kind: ErrorKind,
    /// Stable code for programs, in the product's API form (`AuthFailure.UnauthorizedOperation`).
    pub code: String,
    /// For the person, translated.
    pub message: String,
    /// The cluster's own words, passed through as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl AppError {
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let code = match &kind {
            ErrorKind::Unauthenticated => "AuthFailure.Unauthenticated",
            ErrorKind::Forbidden { .. } => "AuthFailure.UnauthorizedOperation",
            ErrorKind::NotFound => "ResourceNotFound",
            ErrorKind::Invalid => "InvalidParameter",
            ErrorKind::Conflict => "FailedOperation.Conflict",
            ErrorKind::TooMany { .. } => "RequestLimitExceeded",
            ErrorKind::Unreachable { .. } => "ResourceUnavailable.ClusterState",
            ErrorKind::TooLarge => "InvalidParameter.TooLarge",
            ErrorKind::Unavailable => "ResourceUnavailable",
            ErrorKind::Internal => "InternalError",
        };
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            detail: None,
            fields: Vec::new(),
            request_id: None,
        }
    }

    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// A refusal of one field.
    #[must_use]
    pub fn field(path: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = Self::new(ErrorKind::Invalid, message.clone());
        error.fields.push(FieldError { path: path.into(), message });
        error
    }

    #[must_use]
    pub fn forbidden(verb: &str, resource: &str, namespace: Option<&str>, message: impl Into<String>) -> Self {
        let kind = ErrorKind::Forbidden {
            verb: verb.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
        };
        Self::new(kind, message)
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn with_code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.kind {
            ErrorKind::Unauthenticated => 401,
            ErrorKind::Forbidden { .. } => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::Invalid => 422,
            ErrorKind::Conflict => 409,
            ErrorKind::TooMany { .. } => 429,
            ErrorKind::Unreachable { .. } | ErrorKind::Unavailable => 503,
            ErrorKind::TooLarge => 413,
            ErrorKind::Internal => 500,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AppError {}
