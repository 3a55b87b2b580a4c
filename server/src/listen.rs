//! Accepts connections, with or without TLS, and ends them in good order.

use crate::config::Tls;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::Service;

/// How long a browser may take for the head of a request or for the TLS handshake.
const HEAD: Duration = Duration::from_secs(15);

/// What a listener needs besides the router.
pub(crate) struct Listening {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    pub connections: usize,
    pub stop: CancellationToken,
    pub stop_within: Duration,
}

impl Listening {
    /// Serves until `stop`, then waits for requests under way, at most `stop_within`.
    pub async fn serve(self, router: Router) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.connections));
        loop {
            let place = tokio::select! {
                () = self.stop.cancelled() => break,
                place = Arc::clone(&places).acquire_owned() => place,
            };
            let accepted = tokio::select! {
                () = self.stop.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    // Out of file handles: give those that are open a moment to end.
                    if !is_about_the_connection(&error) {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                    continue;
                }
            };
            let (router, tls, watcher) = (router.clone(), self.tls.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _place = place;
                connection(stream, peer, tls, router, watcher).await;
            });
        }
        drop(self.listener);
        if tokio::time::timeout(self.stop_within, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests did not end in time and were cut");
        }
    }
}

fn is_about_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(stream: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, router: Router, watcher: Watcher) {
    // Small answers (row patches, keystrokes) must not wait for more.
    let _ = stream.set_nodelay(true);
    match tls {
        None => speak(stream, peer, router, watcher).await,
        Some(tls) => match tokio::time::timeout(HEAD, tls.accept(stream)).await {
            Ok(Ok(stream)) => speak(stream, peer, router, watcher).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        },
    }
}

async fn speak<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let request: Request = request.map(axum::body::Body::new);
        router.clone().call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_headers(100);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "connection");
    }
}

/// Reads the certificate chain and its key.
///
/// # Errors
/// One line that names the file.
pub(crate) fn tls(config: &Tls) -> Result<Option<TlsAcceptor>, String> {
    if !config.is_set() {
        return Ok(None);
    }
    let (cert, key) = (config.cert_file.display(), config.key_file.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&config.cert_file)
        .and_then(Iterator::collect)
        .map_err(|error| format!("tls.cert_file {cert}: {error}"))?;
    if chain.is_empty() {
        return Err(format!("tls.cert_file {cert}: holds no certificate"));
    }
    let private =
        PrivateKeyDer::from_pem_file(&config.key_file).map_err(|error| format!("tls.key_file {key}: {error}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("tls: {error}"))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| format!("tls: {cert} and {key} do not go together: {error}"))?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}
