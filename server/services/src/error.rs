//! What the cluster side answers, said to a person.

use clusters::{ClusterError, TlsProblem};
use i18n::Arg;
use model::{AppError, ErrorKind, FieldError, Locale};

/// A cluster's refusal or silence as an error of the console. `Status.details.causes` become field errors by their
/// JSON path; forms map them to their own fields.
#[must_use]
pub fn from_cluster(locale: Locale, error: &ClusterError) -> AppError {
    let text = |args: &[(&str, Arg)]| i18n::t_args(locale, error.code(), args);
    let kind = kind_of(error);
    let (message, detail) = match error {
        ClusterError::Dns { host } => (text(&[("host", host.into())]), None),
        ClusterError::Connect { detail } | ClusterError::Protocol { detail } => (text(&[]), Some(detail.clone())),
        ClusterError::Timeout { after_ms } => {
            (text(&[("seconds", i18n::cores(*after_ms as f64 / 1000.0).into())]), None)
        }
        ClusterError::Tls(problem) => tls(locale, problem),
        ClusterError::Unauthorized { message } | ClusterError::Gone { message } => (text(&[]), some(message)),
        ClusterError::Api(api) => (text(&[]), some(&api.message)),
        ClusterError::NotKubernetes { status, .. } => (text(&[("status", u32::from(*status).into())]), None),
        ClusterError::UnknownKind { kind } => (text(&[("kind", kind.into())]), None),
        ClusterError::BadName { name } => (text(&[("name", name.into())]), None),
        ClusterError::Forbidden { verb, resource, namespace } => {
            return forbidden(locale, verb, resource, namespace.as_deref());
        }
        ClusterError::NotIssued { detail } => (text(&[]), some(detail)),
        ClusterError::Kubeconfig(problem) => (kubeconfig(locale, problem), None),
        ClusterError::TooOld { version, oldest } => {
            (text(&[("version", version.into()), ("oldest", oldest.into())]), None)
        }
        ClusterError::UnknownCluster | ClusterError::Unsupported => (text(&[]), None),
    };
    let mut out = AppError::new(kind, message);
    out.detail = detail;
    if let Some(api) = error.api() {
        out.fields = api
            .causes
            .iter()
            .filter(|cause| !cause.field.is_empty())
            .map(|cause| FieldError { path: cause.field.clone(), message: cause.message.clone() })
            .collect();
    }
    out
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn kind_of(error: &ClusterError) -> ErrorKind {
    match error {
        ClusterError::UnknownCluster | ClusterError::UnknownKind { .. } => ErrorKind::NotFound,
        ClusterError::BadName { .. } | ClusterError::Kubeconfig(_) => ErrorKind::Invalid,
        ClusterError::Unsupported | ClusterError::TooOld { .. } => ErrorKind::Invalid,
        error if error.is_unreachable() => ErrorKind::Unreachable { since: None },
        ClusterError::Unauthorized { .. } | ClusterError::NotKubernetes { .. } | ClusterError::NotIssued { .. } => {
            ErrorKind::Unreachable { since: None }
        }
        error => match error.status() {
            Some(403) => ErrorKind::Forbidden { verb: String::new(), resource: String::new(), namespace: None },
            Some(404) => ErrorKind::NotFound,
            Some(409) => ErrorKind::Conflict,
            Some(413) => ErrorKind::TooLarge,
            Some(429) => {
                ErrorKind::TooMany { retry_after_seconds: error.api().and_then(|api| api.retry_after).unwrap_or(1) }
            }
            Some(400 | 405 | 415 | 422) => ErrorKind::Invalid,
            _ => ErrorKind::Unreachable { since: None },
        },
    }
}

/// A refusal by the cluster's access review: verb and resource are named, and where they are missing.
#[must_use]
pub fn forbidden(locale: Locale, verb: &str, resource: &str, namespace: Option<&str>) -> AppError {
    let message = missing_right(locale, verb, resource, namespace);
    AppError::forbidden(verb, resource, namespace, message)
}

/// "Missing: patch on deployments in payment", the reason on a disabled control.
#[must_use]
pub fn missing_right(locale: Locale, verb: &str, resource: &str, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => i18n::t_args(
            locale,
            "error-missing-right-in",
            &[("verb", verb.into()), ("resource", resource.into()), ("namespace", namespace.into())],
        ),
        None => i18n::t_args(locale, "error-missing-right", &[("verb", verb.into()), ("resource", resource.into())]),
    }
}

fn tls(locale: Locale, problem: &TlsProblem) -> (String, Option<String>) {
    let date = |at: &Option<i64>| at.map(i18n::date_time).unwrap_or_default();
    let text = |args: &[(&str, Arg)]| i18n::t_args(locale, problem.code(), args);
    match problem {
        TlsProblem::UnknownAuthority { issuer } => (text(&[]), issuer.clone()),
        TlsProblem::WrongName { wanted, names } => {
            (text(&[("wanted", wanted.into()), ("names", names.join(", ").into())]), None)
        }
        TlsProblem::Expired { not_after } => (text(&[("date", date(not_after).into())]), None),
        TlsProblem::NotYetValid { not_before } => (text(&[("date", date(not_before).into())]), None),
        TlsProblem::NotTls => (text(&[]), None),
        TlsProblem::ClientCertificate { detail } | TlsProblem::Other { detail } => (text(&[]), some(detail)),
    }
}

/// Why a kubeconfig cannot be taken.
#[must_use]
pub fn kubeconfig(locale: Locale, problem: &clusters::kubeconfig::KubeconfigError) -> String {
    use clusters::kubeconfig::KubeconfigError;
    let mut args: Vec<(&str, Arg)> =
        problem.arguments().into_iter().map(|(name, value)| (name, Arg::Text(value))).collect();
    if let KubeconfigError::Expired { not_after: at, .. } | KubeconfigError::NotYetValid { not_before: at, .. } =
        problem
    {
        args.push(("date", i18n::date_time(*at).into()));
    }
    i18n::t_args(locale, problem.code(), &args)
}
