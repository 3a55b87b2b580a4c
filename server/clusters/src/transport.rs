//! The connection pool to one cluster: names, TCP, TLS, the credential of the kubeconfig. HTTP/1.1 on purpose: exec
//! needs it, and a silent connection then holds up one request instead of all.

use crate::error::ClusterError;
use crate::kubeconfig::{self, Authorization, Endpoint};
use crate::registry::{Settings, Source};
use http::{HeaderValue, Request, Uri, header};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::Body;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::ServiceBuilder;

/// A dead peer is noticed within 30 + 3 × 10 s even when nothing is sent (a followed log, a quiet watch).
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(10);
const KEEPALIVE_TRIES: u32 = 3;
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_secs(60);
const IDLE_CONNECTIONS: usize = 32;
/// A service account's token is read again this often (kubelet renews it long before it ends).
const TOKEN_AGE: Duration = Duration::from_secs(60);

/// How one cluster is reached.
pub(crate) struct Transport {
    pub client: kube::Client,
    pub server: String,
    /// PEM.
    pub authority: Option<String>,
    /// Of the context.
    pub namespace: Option<String>,
    pub endpoint: Arc<Endpoint>,
}

/// The one TLS provider of the process. Harmless when it is there already.
pub(crate) fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Reads a source; in-cluster it is the environment and files of the service account.
pub(crate) fn endpoint(source: &Source) -> Result<Endpoint, ClusterError> {
    match source {
        Source::Kubeconfig { text } => Ok(kubeconfig::endpoint(text)?),
        Source::InCluster => Ok(kubeconfig::in_cluster()?),
    }
}

impl Transport {
    /// Needs a tokio runtime: the pool has a background task.
    pub fn open(source: &Source, settings: &Settings) -> Result<Self, ClusterError> {
        let endpoint = Arc::new(endpoint(source)?);
        let client = client(&endpoint, settings)?;
        Ok(Self {
            client,
            server: endpoint.server.to_string().trim_end_matches('/').to_owned(),
            authority: endpoint.authority_pem(),
            namespace: endpoint.namespace.clone(),
            endpoint,
        })
    }
}

fn client(endpoint: &Arc<Endpoint>, settings: &Settings) -> Result<kube::Client, ClusterError> {
    let mut connector = HttpConnector::new_with_resolver(Resolver { limit: settings.connect });
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(settings.connect));
    connector.set_keepalive(Some(KEEPALIVE_AFTER));
    connector.set_keepalive_interval(Some(KEEPALIVE_EVERY));
    connector.set_keepalive_retries(Some(KEEPALIVE_TRIES));
    #[cfg(target_os = "linux")]
    connector.set_tcp_user_timeout(Some(UNACKNOWLEDGED));

    let tls = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(crate::tls::client_config(endpoint, None)?)
        .https_or_http();
    let tls = match &endpoint.tls_server_name {
        Some(name) => tls.with_server_name_resolver(hyper_rustls::FixedServerNameResolver::new(name.clone())),
        None => tls,
    };
    let https = tls.enable_http1().wrap_connector(connector);
    let http = HttpClient::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .build::<_, Body>(https);

    let target = endpoint.clone();
    let token = TokenCell::new(&endpoint.authorization);
    let service = ServiceBuilder::new()
        .map_request(move |request: Request<Body>| directed(request, &target.server, token.header()))
        .service(http);
    let namespace = endpoint.namespace.clone().unwrap_or_else(|| "default".to_owned());
    Ok(kube::Client::new(service, namespace))
}

/// The request with the cluster's address in front of its path, and the credential.
fn directed(request: Request<Body>, server: &Uri, credential: Option<HeaderValue>) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    parts.uri = join(server, &parts.uri);
    if let Some(credential) = credential {
        parts.headers.insert(header::AUTHORIZATION, credential);
    }
    Request::from_parts(parts, body)
}

/// Joins a server address, which may have a path (Rancher, proxies) and a slash at its end, with a request's path.
fn join(server: &Uri, path: &Uri) -> Uri {
    let base = server.path().trim_end_matches('/');
    let rest = path.path_and_query().map_or("/", |p| p.as_str());
    let mut parts = server.clone().into_parts();
    parts.path_and_query = format!("{base}{rest}").parse().ok();
    Uri::from_parts(parts).unwrap_or_else(|_| server.clone())
}

/// The `Authorization` header; a token from a file is read again every minute.
enum TokenCell {
    Fixed(Option<HeaderValue>),
    File { path: PathBuf, kept: Mutex<Option<Kept>> },
}

struct Kept {
    read_at: Instant,
    header: HeaderValue,
}

impl TokenCell {
    fn new(authorization: &Authorization) -> Arc<Self> {
        Arc::new(match authorization {
            Authorization::None => Self::Fixed(None),
            Authorization::Header(value) => Self::Fixed(Some(value.clone())),
            Authorization::TokenFile(path) => Self::File { path: path.clone(), kept: Mutex::new(None) },
        })
    }

    /// A file that cannot be read leaves the last token in use.
    fn header(&self) -> Option<HeaderValue> {
        let (path, kept) = match self {
            Self::Fixed(header) => return header.clone(),
            Self::File { path, kept } => (path, kept),
        };
        let mut kept = kept.lock();
        if kept.as_ref().is_none_or(|kept| kept.read_at.elapsed() > TOKEN_AGE)
            && let Ok(text) = std::fs::read_to_string(path)
            && let Ok(header) = kubeconfig::bearer(text.trim())
        {
            *kept = Some(Kept { read_at: Instant::now(), header });
        }
        kept.as_ref().map(|kept| kept.header.clone())
    }
}

/// The system's resolver, with a time limit and an error that says which name it was.
#[derive(Clone)]
struct Resolver {
    limit: Duration,
}

impl tower::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ClusterError;
    type Future = futures::future::BoxFuture<'static, Result<Self::Response, ClusterError>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), ClusterError>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let limit = self.limit;
        Box::pin(async move { Ok(resolve(name.as_str(), 0, limit).await?.into_iter()) })
    }
}

/// Addresses of a host.
pub(crate) async fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, ClusterError> {
    let failed = || ClusterError::Dns { host: host.to_owned() };
    let found = tokio::time::timeout(limit, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = found.map_err(|_| failed())?.map_err(|_| failed())?.collect();
    if addresses.is_empty() { Err(failed()) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_accounts_token_is_read_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let cell = TokenCell::new(&Authorization::TokenFile(path.clone()));
        assert_eq!(cell.header(), None, "no file, no credential, no end");
        std::fs::write(&path, "one\n").unwrap();
        assert_eq!(cell.header().unwrap(), "Bearer one");
        std::fs::write(&path, "two\n").unwrap();
        assert_eq!(cell.header().unwrap(), "Bearer one", "read once a minute");
        let TokenCell::File { kept, .. } = &*cell else { unreachable!() };
        let long_ago = Instant::now().checked_sub(TOKEN_AGE * 2).unwrap();
        kept.lock().as_mut().unwrap().read_at = long_ago;
        assert_eq!(cell.header().unwrap(), "Bearer two");
        kept.lock().as_mut().unwrap().read_at = long_ago;
        std::fs::remove_file(&path).unwrap();
        assert_eq!(cell.header().unwrap(), "Bearer two", "the last one stays in use");
    }

    #[test]
    fn paths_and_slashes_of_the_server_are_kept() {
        let join = |server: &str, path: &str| join(&server.parse().unwrap(), &path.parse().unwrap()).to_string();
        assert_eq!(join("https://a:6443", "/api/v1/pods?watch=1"), "https://a:6443/api/v1/pods?watch=1");
        assert_eq!(join("https://a:6443/", "/api"), "https://a:6443/api");
        assert_eq!(join("https://a/k8s/clusters/c-1", "/api?x=%2F"), "https://a/k8s/clusters/c-1/api?x=%2F");
        assert_eq!(join("https://a/k8s/clusters/c-1//", "/api"), "https://a/k8s/clusters/c-1/api");
        assert_eq!(join("https://[::1]:6443", "/version"), "https://[::1]:6443/version");
    }
}
