//! The connection test before a cluster is saved: step by step, so that it can name what is wrong, and which rights
//! the credential lacks for full use.

use crate::access::Ask;
use crate::error::{ClusterError, TlsProblem};
use crate::kubeconfig::Endpoint;
use crate::registry::{Caller, ClusterConfig, Clusters, IdentityMode, Settings, Source};
use crate::tls::{Seen, ServerCertificate};
use crate::user::{UserClient, within};
use futures::StreamExt as _;
use model::ClusterId;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

pub use crate::tls::ServerCertificate as Certificate;

/// Oldest and newest minor version of Kubernetes 1 that the console works with. Older ones lack strict field
/// validation; newer ones are tried with a warning.
pub const OLDEST_MINOR: u32 = 25;
pub const NEWEST_MINOR: u32 = 38;

/// Names the ids of `model::clusters::CheckLine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepId {
    Dns,
    Connect,
    Tls,
    Authenticate,
    Version,
    Rights,
}

impl StepId {
    pub const ALL: [Self; 6] = [Self::Dns, Self::Connect, Self::Tls, Self::Authenticate, Self::Version, Self::Rights];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Authenticate => "authenticate",
            Self::Version => "version",
            Self::Rights => "rights",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// Works, but should be known: certificate not checked, plain HTTP, rights missing, version not tried.
    Warning,
    Failed,
    /// An earlier step failed.
    Skipped,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub id: StepId,
    pub outcome: Outcome,
    /// Facts, not sentences: addresses, the certificate's names, the user name, the version.
    pub detail: String,
    pub error: Option<ClusterError>,
}

/// What a right is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Without it everybody acts as the kubeconfig's identity.
    Impersonate,
    /// Reading what lists and details show.
    Read,
    /// Making the console's roles.
    Roles,
    /// Issuing kubeconfigs to accounts.
    Credentials,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRight {
    pub ask: Ask,
    pub purpose: Purpose,
}

impl MissingRight {
    /// `impersonate users`, `create clusterroles.rbac.authorization.k8s.io`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} {}", self.ask.verb, self.ask.resource_text())
    }
}

/// The test's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// All six, in order.
    pub steps: Vec<Step>,
    /// `v1.37.2`
    pub version: Option<String>,
    pub nodes: Option<usize>,
    /// Who the cluster says the credential is.
    pub user: Option<String>,
    pub certificate: Option<ServerCertificate>,
    pub missing_rights: Vec<MissingRight>,
    /// The credential may impersonate users and groups.
    pub impersonates: bool,
    /// Seconds that the cluster's clock is ahead of this machine's; negative when it is behind.
    pub clock_ahead: Option<i64>,
    pub error: Option<ClusterError>,
}

impl Report {
    /// The cluster can be used, perhaps with limits.
    #[must_use]
    pub const fn ok(&self) -> bool {
        self.error.is_none()
    }

    fn new() -> Self {
        let step = |id| Step { id, outcome: Outcome::Skipped, detail: String::new(), error: None };
        Self {
            steps: StepId::ALL.into_iter().map(step).collect(),
            version: None,
            nodes: None,
            user: None,
            certificate: None,
            missing_rights: Vec::new(),
            impersonates: false,
            clock_ahead: None,
            error: None,
        }
    }

    fn set(&mut self, id: StepId, outcome: Outcome, detail: impl Into<String>) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            step.outcome = outcome;
            step.detail = detail.into();
        }
    }

    fn fail(&mut self, id: StepId, error: ClusterError) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            step.outcome = Outcome::Failed;
            step.error = Some(error.clone());
        }
        self.error = Some(error);
    }
}

/// Tries a connection; ends within `limit`, plus at most the time of one step under way.
pub async fn test(source: &Source, limit: Duration) -> Report {
    let mut report = Report::new();
    let endpoint = match crate::transport::endpoint(source) {
        Ok(endpoint) => endpoint,
        Err(error) => {
            report.fail(StepId::Dns, error);
            return report;
        }
    };
    let step_limit = limit / 3;
    let addresses = match crate::transport::resolve(endpoint.host(), endpoint.port(), step_limit).await {
        Ok(addresses) => addresses,
        Err(error) => {
            report.fail(StepId::Dns, error);
            return report;
        }
    };
    let listed = addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
    report.set(StepId::Dns, Outcome::Passed, if endpoint.host().parse::<IpAddr>().is_ok() { "" } else { &listed });
    let stream = match connect(&addresses, step_limit).await {
        Ok((stream, address)) => {
            report.set(StepId::Connect, Outcome::Passed, address.to_string());
            stream
        }
        Err(error) => {
            report.fail(StepId::Connect, error);
            return report;
        }
    };
    if endpoint.is_plain_http() {
        drop(stream);
        report.set(StepId::Tls, Outcome::Warning, "http");
    } else {
        let (result, certificate) = handshake(&endpoint, stream, step_limit).await;
        report.certificate.clone_from(&certificate);
        if let Err(error) = result {
            report.fail(StepId::Tls, error);
            return report;
        }
        let names = certificate.map(|certificate| certificate.names.join(", ")).unwrap_or_default();
        report.set(StepId::Tls, if endpoint.insecure { Outcome::Warning } else { Outcome::Passed }, names);
    }
    ask(source, limit, &mut report).await;
    report
}

/// The steps that speak HTTP.
async fn ask(source: &Source, limit: Duration, report: &mut Report) {
    let settings = Settings { connect: limit / 3, read: limit / 2, ..Settings::default() };
    let clusters = Clusters::new(settings);
    let id = ClusterId::from_random([0; 8]);
    clusters.put(ClusterConfig { id: id.clone(), source: source.clone(), identity: IdentityMode::Direct });
    let nobody = Caller { user: String::new(), groups: Vec::new() };
    let own = match clusters.user(&id, &nobody) {
        Ok(own) => own.with_budget(limit / 2),
        Err(error) => return report.fail(StepId::Authenticate, error),
    };
    let version = match own.raw_get("/version", "application/json").await {
        Ok(version) => version,
        Err(error) => return report.fail(StepId::Authenticate, not_kubernetes(error)),
    };
    let Some(git_version) = version["gitVersion"].as_str().map(str::to_owned) else {
        let error = ClusterError::NotKubernetes { status: 200, detail: String::new() };
        return report.fail(StepId::Authenticate, error);
    };
    report.clock_ahead = within(limit / 2, clock_ahead(&clusters, &id)).await.ok().flatten();
    match who(&own).await {
        Ok(user) => {
            report.set(StepId::Authenticate, Outcome::Passed, user.clone().unwrap_or_default());
            report.user = user;
        }
        Err(error) => return report.fail(StepId::Authenticate, error),
    }
    report.version = Some(git_version.clone());
    match minor(&git_version) {
        Some(minor) if minor < OLDEST_MINOR => {
            let oldest = format!("v1.{OLDEST_MINOR}");
            return report.fail(StepId::Version, ClusterError::TooOld { version: git_version, oldest });
        }
        Some(minor) if minor <= NEWEST_MINOR => report.set(StepId::Version, Outcome::Passed, git_version),
        _ => report.set(StepId::Version, Outcome::Warning, git_version),
    }
    match missing_rights(&own).await {
        Ok(missing) => {
            report.impersonates = !missing.iter().any(|right| right.purpose == Purpose::Impersonate);
            let text = missing.iter().map(MissingRight::text).collect::<Vec<_>>().join(", ");
            report.set(StepId::Rights, if missing.is_empty() { Outcome::Passed } else { Outcome::Warning }, text);
            report.missing_rights = missing;
        }
        Err(error) => return report.fail(StepId::Rights, error),
    }
    report.nodes = crate::health::nodes(&own).await.map(|(all, _)| all);
}

/// By the `Date` of an answer, which RFC 9110 gives in whole seconds.
async fn clock_ahead(clusters: &Clusters, id: &ClusterId) -> Result<Option<i64>, ClusterError> {
    let request = http::Request::get("/version").body(Vec::new()).map_err(ClusterError::protocol)?;
    let answer = clusters.own_client(id)?.send(request.map(Into::into)).await?;
    let now = jiff::Timestamp::now();
    let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
    Ok(date
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .map(|date| date.timestamp().as_second() - now.as_second()))
}

/// A web server that is not an apiserver answers `/version` with its own page or a 404.
fn not_kubernetes(error: ClusterError) -> ClusterError {
    match error {
        ClusterError::Api(error) if error.reason.is_empty() && error.status != 403 => {
            let detail = error.message.chars().take(200).collect();
            ClusterError::NotKubernetes { status: error.status, detail }
        }
        other => other,
    }
}

/// Who the cluster takes us for; `None` where it cannot tell (before 1.28).
///
/// # Errors
/// `Unauthorized` when the credential is refused; a credential that ends up anonymous is refused as well.
async fn who(own: &UserClient) -> Result<Option<String>, ClusterError> {
    match own.who().await {
        Ok((user, _)) => Ok(Some(user)),
        Err(error) if error.is_anonymous() => Err(error.into_unauthorized()),
        Err(error) if error.is_forbidden() || error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// `v1.37.2+k3s1` → 37; `None` for another major version or no version at all.
fn minor(version: &str) -> Option<u32> {
    let rest = version.trim_start_matches('v').strip_prefix("1.")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// All rights for full use, in the order of their weight.
#[must_use]
pub fn wanted_rights() -> Vec<MissingRight> {
    let right = |purpose, ask| MissingRight { ask, purpose };
    let mut all = vec![
        right(Purpose::Impersonate, Ask::new("impersonate", "", "users")),
        right(Purpose::Impersonate, Ask::new("impersonate", "", "groups")),
    ];
    for (group, resource) in [
        ("", "nodes"),
        ("", "namespaces"),
        ("", "pods"),
        ("", "events"),
        ("apps", "deployments"),
        ("apps", "replicasets"),
    ] {
        for verb in ["list", "watch"] {
            all.push(right(Purpose::Read, Ask::new(verb, group, resource)));
        }
    }
    for resource in ["clusterroles", "clusterrolebindings"] {
        all.push(right(Purpose::Roles, Ask::new("create", "rbac.authorization.k8s.io", resource)));
    }
    let requests = || Ask::new("create", "certificates.k8s.io", "certificatesigningrequests");
    all.push(right(Purpose::Credentials, requests()));
    let approval = Ask::new("update", "certificates.k8s.io", "certificatesigningrequests").subresource("approval");
    all.push(right(Purpose::Credentials, approval));
    let signer = Ask::new("approve", "certificates.k8s.io", "signers").named(Some(crate::credential::SIGNER));
    all.push(right(Purpose::Credentials, signer));
    all
}

/// Those of [`wanted_rights`] that the client does not have.
///
/// # Errors
/// Why the cluster could not be asked.
pub async fn missing_rights(own: &UserClient) -> Result<Vec<MissingRight>, ClusterError> {
    let answers = futures::stream::iter(wanted_rights().into_iter().map(|right| async move {
        let decision = own.allowed(&right.ask).await?;
        Ok::<_, ClusterError>((!decision.allowed).then_some(right))
    }))
    .buffered(8)
    .collect::<Vec<_>>()
    .await;
    let mut missing = Vec::new();
    for answer in answers {
        missing.extend(answer?);
    }
    Ok(missing)
}

async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<(TcpStream, SocketAddr), ClusterError> {
    within(limit, async {
        let mut last = ClusterError::Connect { detail: String::new() };
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok((stream, *address)),
                Err(error) => last = ClusterError::Connect { detail: error.to_string() },
            }
        }
        Err(last)
    })
    .await
}

/// A TLS handshake, and what the server presented, accepted or not.
async fn handshake(
    endpoint: &Endpoint,
    stream: TcpStream,
    limit: Duration,
) -> (Result<(), ClusterError>, Option<ServerCertificate>) {
    let seen = Seen::default();
    let config = match crate::tls::client_config(endpoint, Some(seen.clone())) {
        Ok(config) => config,
        Err(error) => return (Err(error), None),
    };
    let Some(name) = endpoint.server_name() else {
        return (Err(ClusterError::protocol("server name")), None);
    };
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let result = within(limit, async {
        connector.connect(name, stream).await.map(|_| ()).map_err(|error| ClusterError::from_chain(&error))
    })
    .await;
    let chain = seen.lock().take();
    let certificate = chain.and_then(|chain| crate::tls::describe(chain.first()?));
    (result.map_err(|error| explained(error, certificate.as_ref())), certificate)
}

/// Adds what the server's certificate says to what rustls said.
fn explained(error: ClusterError, certificate: Option<&ServerCertificate>) -> ClusterError {
    match (error, certificate) {
        (ClusterError::Tls(TlsProblem::UnknownAuthority { .. }), Some(certificate)) => {
            ClusterError::Tls(TlsProblem::UnknownAuthority { issuer: Some(certificate.issuer.clone()) })
        }
        (ClusterError::Tls(TlsProblem::WrongName { wanted, .. }), Some(certificate)) => {
            ClusterError::Tls(TlsProblem::WrongName { wanted, names: certificate.names.clone() })
        }
        (ClusterError::Tls(TlsProblem::Expired { .. }), Some(certificate)) => {
            ClusterError::Tls(TlsProblem::Expired { not_after: Some(certificate.not_after) })
        }
        (error, _) => error,
    }
}

/// The certificate of a server that is trusted already; `None` for plain HTTP.
pub(crate) async fn server_certificate(
    endpoint: &Endpoint,
    limit: Duration,
) -> Result<Option<ServerCertificate>, ClusterError> {
    if endpoint.is_plain_http() {
        return Ok(None);
    }
    let addresses = crate::transport::resolve(endpoint.host(), endpoint.port(), limit).await?;
    let (stream, _) = connect(&addresses, limit).await?;
    let (result, certificate) = handshake(endpoint, stream, limit).await;
    result.map(|()| certificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_makers_are_read() {
        for (text, wanted) in [
            ("v1.37.2", Some(37)),
            ("v1.27.3+k3s1", Some(27)),
            ("v1.28.9-eks-036c24b", Some(28)),
            ("1.30+", Some(30)),
            ("v2.0.0", None),
            ("nginx", None),
        ] {
            assert_eq!(minor(text), wanted, "{text}");
        }
    }
}
