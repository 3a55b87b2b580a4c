//! Refusals and failures of this area in the person's words.

use authz::Denied;
use i18n::{t, t_args};
use model::{AppError, ErrorKind, Locale};
use store::{StoreError, UniqueKey};

/// A right that is missing: 403 that names the action, or 404 for what may not be seen.
#[must_use]
pub fn refusal(locale: Locale, denied: Denied) -> AppError {
    let forbidden = t_args(locale, "access-refused-right", &[("action", denied.permission.action().into())]);
    denied.into_error(forbidden, t(locale, "access-not-found"))
}

/// A failure of the database. What the person can do nothing about is logged and told shortly.
pub(crate) fn stored(locale: Locale, error: StoreError) -> AppError {
    let unavailable = |key: &str| AppError::new(ErrorKind::Unavailable, t(locale, key));
    match error {
        StoreError::NotFound(_) => AppError::not_found(t(locale, "access-not-found")),
        StoreError::Conflict(UniqueKey::AccountName) => {
            let mut error = AppError::field("name", t(locale, "access-name-taken"));
            error.kind = ErrorKind::Conflict;
            error
        }
        StoreError::Conflict(_) => AppError::new(ErrorKind::Conflict, t(locale, "access-conflict")),
        StoreError::Refused(_) => AppError::invalid(t(locale, "access-main-protected")),
        StoreError::InvalidText => AppError::invalid(t(locale, "access-bad-text")),
        StoreError::ReadOnly => unavailable("access-store-read-only"),
        StoreError::DiskFull => unavailable("access-store-full"),
        StoreError::Busy | StoreError::Unavailable(_) => {
            tracing::warn!(%error, "the database does not answer");
            unavailable("access-store-away")
        }
        other => internal(locale, &other),
    }
}

pub(crate) fn internal(locale: Locale, error: &dyn std::fmt::Display) -> AppError {
    tracing::error!(%error, "accounts");
    AppError::new(ErrorKind::Internal, t(locale, "access-internal"))
}
