//! A faulty way to an apiserver, for tests of watches, health and pages: a plain HTTP server on 127.0.0.1 that passes
//! requests on to a real cluster with the credential of its kubeconfig, and misbehaves on command.
//!
//! ```no_run
//! # async fn example(kubeconfig: &str) -> std::io::Result<()> {
//! use testkit::fault_proxy::{Fault, FaultProxy};
//! let proxy = FaultProxy::start(kubeconfig).await?;   // kubeconfig: text, one context, data inline
//! let through = proxy.kubeconfig();                   // a kubeconfig for http://127.0.0.1:<port>
//! proxy.set(Fault::Gone);                             // every new watch: 410 in an ERROR event
//! proxy.set_for_watches(Fault::Silence);              // other requests pass
//! proxy.cut();                                        // breaks what is open now
//! proxy.set(Fault::None);
//! let watches = proxy.count("watch=");                // requests so far whose line holds this text
//! # Ok(()) }
//! ```
//!
//! Each connection carries one request (`Connection: close`), so that a fault meets requests one by one; WebSockets
//! and watches pass through byte for byte. Faults act at once on what is open: `Silence` and `Delay` stop or slow the
//! bytes of running watches, `Cut` breaks them.

use base64::Engine as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What is wrong with the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Watches begin with `ERROR` 410 `Expired`; lists with a `continue` or an old version answer 410.
    Gone,
    /// Takes everything and answers nothing; open streams fall silent and stay open.
    Silence,
    /// Breaks open connections and every new one after its request.
    Cut,
    /// Every piece of an answer comes this much later.
    Delay(Duration),
    /// Answers this status (401, 503 …) with a Kubernetes `Status` object.
    Status(u16),
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Mode {
    fault: Fault,
    watches_only: bool,
    /// Counts `cut`: a stream that began under another number ends.
    cuts: u64,
}

impl Mode {
    fn of(self, is_watch: bool) -> Fault {
        if self.watches_only && !is_watch { Fault::None } else { self.fault }
    }
}

/// A running proxy; dropping it ends it.
pub struct FaultProxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

impl FaultProxy {
    /// Starts a proxy to the cluster of a kubeconfig (first context, data inline).
    ///
    /// # Errors
    /// The kubeconfig cannot be used, or no port is free.
    pub async fn start(kubeconfig: &str) -> io::Result<Self> {
        let upstream = Arc::new(Upstream::read(kubeconfig).ok_or_else(|| io::Error::other("kubeconfig"))?);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (mode, _) = watch::channel(Mode { fault: Fault::None, watches_only: false, cuts: 0 });
        let requests = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(accept(listener, upstream, mode.clone(), requests.clone()));
        Ok(Self { address, mode, requests, task })
    }

    /// `http://127.0.0.1:<port>`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A kubeconfig that leads through the proxy; it needs no credential.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: proxy\n  cluster:\n    server: {}\nusers:\n- name: proxy\n  user: {{}}\ncontexts:\n- name: proxy\n  context:\n    cluster: proxy\n    user: proxy\ncurrent-context: proxy\n",
            self.url()
        )
    }

    /// Sets the fault of all requests.
    pub fn set(&self, fault: Fault) {
        self.mode.send_modify(|mode| (mode.fault, mode.watches_only) = (fault, false));
    }

    /// Sets the fault of watches; everything else passes.
    pub fn set_for_watches(&self, fault: Fault) {
        self.mode.send_modify(|mode| (mode.fault, mode.watches_only) = (fault, true));
    }

    /// Breaks every connection that is open now.
    pub fn cut(&self) {
        self.mode.send_modify(|mode| mode.cuts += 1);
    }

    /// Request lines so far (`GET /api/v1/pods?watch=1 HTTP/1.1`).
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests so far whose line holds a text.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.requests().iter().filter(|line| line.contains(text)).count()
    }
}

struct Upstream {
    host: String,
    port: u16,
    name: ServerName<'static>,
    /// `None`: plain HTTP.
    tls: Option<tokio_rustls::TlsConnector>,
    token: Option<String>,
}

impl Upstream {
    fn read(kubeconfig: &str) -> Option<Self> {
        let file: Value = serde_saphyr::from_str(kubeconfig).ok()?;
        let (cluster, user) = (&file["clusters"][0]["cluster"], &file["users"][0]["user"]);
        let server = cluster["server"].as_str()?;
        let (scheme, rest) = server.split_once("://")?;
        let authority = rest.split('/').next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if scheme == "http" { 80 } else { 443 }),
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        let decode = |value: &Value| base64::engine::general_purpose::STANDARD.decode(value.as_str()?).ok();
        let shown = cluster["tls-server-name"].as_str().unwrap_or(&host).to_owned();
        let tls = (scheme == "https").then(|| {
            let mut roots = rustls::RootCertStore::empty();
            let authority = decode(&cluster["certificate-authority-data"])?;
            roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&authority).flatten());
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .ok()?
                .with_root_certificates(roots);
            let config = match (decode(&user["client-certificate-data"]), decode(&user["client-key-data"])) {
                (Some(certificate), Some(key)) => {
                    let chain = CertificateDer::pem_slice_iter(&certificate).flatten().collect();
                    builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(&key).ok()?).ok()?
                }
                _ => builder.with_no_client_auth(),
            };
            Some(tokio_rustls::TlsConnector::from(Arc::new(config)))
        });
        let tls = match tls {
            Some(connector) => Some(connector?),
            None => None,
        };
        let token = user["token"].as_str().map(str::to_owned);
        Some(Self { host, port, name: ServerName::try_from(shown).ok()?, tls, token })
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        Ok(match &self.tls {
            Some(tls) => Box::new(tls.connect(self.name.clone(), stream).await?),
            None => Box::new(stream),
        })
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn accept(
    listener: TcpListener,
    upstream: Arc<Upstream>,
    mode: watch::Sender<Mode>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (upstream, mode, requests) = (upstream.clone(), mode.subscribe(), requests.clone());
        // A connection that breaks is what the proxy is for.
        tokio::spawn(async move { serve(client, &upstream, mode, &requests).await.ok() });
    }
}

async fn serve(
    mut client: TcpStream,
    upstream: &Upstream,
    mut mode: watch::Receiver<Mode>,
    requests: &Mutex<Vec<String>>,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let Some((head, body)) = read_head(&mut client).await? else { return Ok(()) };
    let line = head.lines().next().unwrap_or_default().to_owned();
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
    let is_watch = line.contains("watch=1") || line.contains("watch=true") || line.contains("follow=true");
    let cuts = mode.borrow().cuts;
    loop {
        let fault = mode.borrow().of(is_watch);
        match fault {
            Fault::Silence => {}
            Fault::Cut => return Ok(()),
            Fault::Status(status) => return answer(&mut client, status, &status_object(status)).await,
            Fault::Gone if is_watch => {
                let event = format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status_object(410));
                return answer(&mut client, 200, &event).await;
            }
            Fault::Gone if line.contains("continue=") => {
                return answer(&mut client, 410, &status_object(410)).await;
            }
            Fault::None | Fault::Gone | Fault::Delay(_) => break,
        }
        if mode.changed().await.is_err() || mode.borrow().cuts != cuts {
            return Ok(());
        }
    }
    let mut server = upstream.connect().await?;
    server.write_all(rewritten(&head, upstream.token.as_deref()).as_bytes()).await?;
    server.write_all(&body).await?;
    relay(client, server, mode, is_watch, cuts).await
}

/// Passes bytes both ways, as the fault of the moment lets it.
async fn relay(
    client: TcpStream,
    server: Box<dyn Stream>,
    mut mode: watch::Receiver<Mode>,
    is_watch: bool,
    cuts: u64,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let mut up = Box::pin(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut piece = vec![0; 64 * 1024];
    loop {
        let now = *mode.borrow_and_update();
        if now.cuts != cuts || now.of(is_watch) == Fault::Cut {
            return Ok(());
        }
        let silent = now.of(is_watch) == Fault::Silence;
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { return Ok(()) },
            // No HTTP client closes one side only: it has left, and so must the watch behind.
            _ = &mut up => return Ok(()),
            read = from_server.read(&mut piece), if !silent => {
                let read = read?;
                if read == 0 {
                    return to_client.shutdown().await;
                }
                if let Fault::Delay(time) = now.of(is_watch) {
                    tokio::time::sleep(time).await;
                }
                to_client.write_all(&piece[..read]).await?;
            }
        }
    }
}

/// The head of a request and what came of its body; `None` when the client only looked in.
async fn read_head(client: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8192];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), body)));
        }
        let read = client.read(&mut piece).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..read]);
    }
}

/// One request for each connection, with the credential of the kubeconfig.
fn rewritten(head: &str, token: Option<&str>) -> String {
    let upgrade = head.to_ascii_lowercase().contains("\r\nupgrade:");
    let mut out = String::new();
    for line in head.trim_end().split("\r\n") {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let ours = (name == "connection" && !upgrade) || (name == "authorization" && token.is_some());
        if !ours {
            out.push_str(line);
            out.push_str("\r\n");
        }
    }
    if !upgrade {
        out.push_str("Connection: close\r\n");
    }
    if let Some(token) = token {
        out.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    out + "\r\n"
}

async fn answer(client: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body.as_bytes()).await?;
    client.shutdown().await
}

fn status_object(status: u16) -> String {
    let reason = match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        410 => "Expired",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _ => "InternalError",
    };
    serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
        "message": format!("fault proxy: {status}"), "code": status})
    .to_string()
}
