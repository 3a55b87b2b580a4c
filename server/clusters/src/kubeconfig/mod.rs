//! Kubeconfigs as people have them. What kubectl reads works here; what only the person's own computer can do (files,
//! plugins) is refused with the name of the field, and nothing on the server's disk is ever opened for it.
//!
//! A token, key or certificate never stands in an error or in `Debug`.

mod endpoint;
mod error;
mod file;
mod pem;
mod server;

pub(crate) use endpoint::{Authorization, Endpoint, bearer, in_cluster, write_kubeconfig};
pub use error::{KubeconfigError, ServerFault};
pub(crate) use pem::encode as to_pem;

use file::{ClusterEntry, ContextEntry, File, UserEntry};
use std::collections::HashMap;
use std::fmt;

/// Largest kubeconfig, in bytes (C-46 and issue: > 1 MiB is refused).
pub const LARGEST: usize = 1024 * 1024;

/// What makes a kubeconfig self-contained; named wherever a path is refused.
pub const EMBED_COMMAND: &str = "kubectl config view --raw --flatten --minify";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    Certificate,
    Token,
    Basic,
    /// The cluster is asked as nobody.
    Anonymous,
}

impl Credential {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Token => "token",
            Self::Basic => "basic",
            Self::Anonymous => "anonymous",
        }
    }
}

/// One context of a kubeconfig: what the import offers.
#[derive(Clone, PartialEq, Eq)]
pub struct Context {
    pub name: String,
    pub cluster: String,
    pub user: String,
    pub namespace: Option<String>,
    /// Normalised address (`https://…`, without a slash at its end); as written when it cannot be read.
    pub server: String,
    pub credential: Credential,
    /// It is the file's `current-context`.
    pub current: bool,
    /// `insecure-skip-tls-verify`: the cluster's identity is not checked. To be shown.
    pub insecure: bool,
    /// `http://`: everything, the credential too, goes in the clear. To be shown.
    pub plain_http: bool,
    /// End of the client certificate, epoch milliseconds.
    pub certificate_not_after: Option<i64>,
    /// Why this context cannot be imported; the others can.
    pub refused: Option<KubeconfigError>,
    /// A kubeconfig with just this context, its data inline; empty when refused. Secret.
    pub single: String,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.name)
            .field("cluster", &self.cluster)
            .field("user", &self.user)
            .field("server", &self.server)
            .field("credential", &self.credential)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

/// Reads an uploaded file: UTF-8, or UTF-16 with its mark as PowerShell writes it.
///
/// # Errors
/// Why the file as a whole cannot be read. What concerns one context stands in that context.
pub fn read_bytes(bytes: &[u8]) -> Result<Vec<Context>, KubeconfigError> {
    if bytes.len() > 2 * LARGEST {
        return Err(KubeconfigError::TooLarge { limit: LARGEST });
    }
    let wide = |of: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| of(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty()).ok_or(KubeconfigError::NotText)
    };
    match bytes {
        [0xFF, 0xFE, ..] => read(&wide(u16::from_le_bytes)?),
        [0xFE, 0xFF, ..] => read(&wide(u16::from_be_bytes)?),
        _ => read(std::str::from_utf8(bytes).map_err(|_| KubeconfigError::NotText)?),
    }
}

/// Reads a kubeconfig and judges each of its contexts.
///
/// # Errors
/// Why the file as a whole cannot be read. What concerns one context stands in that context.
pub fn read(text: &str) -> Result<Vec<Context>, KubeconfigError> {
    let files = file::parse(text)?;
    if files.iter().all(|file| file.contexts.is_empty()) {
        return Err(if files.iter().all(|file| file.clusters.is_empty() && file.users.is_empty()) {
            KubeconfigError::NotKubeconfig
        } else {
            KubeconfigError::NoContexts
        });
    }
    let names = Names::new(&files);
    let judged = files.iter().flat_map(|file| {
        let index = Index::new(file, &names);
        file.contexts.iter().map(|entry| judge(file, &index, entry)).collect::<Vec<_>>()
    });
    Ok(judged.collect())
}

/// The connection that a kubeconfig with one context (or its current context) describes.
pub(crate) fn endpoint(text: &str) -> Result<Endpoint, KubeconfigError> {
    let files = file::parse(text)?;
    let file = files.iter().find(|file| !file.contexts.is_empty()).ok_or(KubeconfigError::NoContexts)?;
    let current = file.current_context.as_deref().unwrap_or_default();
    let entry = match file.contexts.as_slice() {
        [] => return Err(KubeconfigError::NoContexts),
        [only] => only,
        several => several.iter().find(|entry| entry.name == current).ok_or(KubeconfigError::NoContexts)?,
    };
    let names = Names::new(&files);
    let (cluster, user) = Index::new(file, &names).parts(entry)?;
    Endpoint::new(entry, cluster, user)
}

/// End of the first certificate in a PEM text, epoch milliseconds.
pub(crate) fn certificate_end(text: &str) -> Option<i64> {
    let certificates = pem::certificates("certificate", text).ok()?;
    pem::validity(certificates.first()?).map(|(_, not_after)| not_after)
}

/// How often each name of a context stands in the text, over all its documents: one is chosen by its name.
struct Names<'a>(HashMap<&'a str, usize>);

impl<'a> Names<'a> {
    fn new(files: &'a [File]) -> Self {
        let mut names = HashMap::new();
        for entry in files.iter().flat_map(|file| &file.contexts) {
            *names.entry(entry.name.as_str()).or_default() += 1;
        }
        Self(names)
    }
}

/// The entries of a document by name, in one pass: it may have thousands.
struct Index<'a> {
    contexts: &'a Names<'a>,
    clusters: HashMap<&'a str, Vec<&'a ClusterEntry>>,
    users: HashMap<&'a str, Vec<&'a UserEntry>>,
}

impl<'a> Index<'a> {
    fn new(file: &'a File, contexts: &'a Names<'a>) -> Self {
        let mut index = Self { contexts, clusters: HashMap::new(), users: HashMap::new() };
        for entry in &file.clusters {
            index.clusters.entry(entry.name.as_str()).or_default().push(entry);
        }
        for entry in &file.users {
            index.users.entry(entry.name.as_str()).or_default().push(entry);
        }
        index
    }

    /// Cluster and user of a context; each name must stand for exactly one entry.
    fn parts(&self, entry: &ContextEntry) -> Result<(&'a ClusterEntry, &'a UserEntry), KubeconfigError> {
        let twice = |list: &'static str, name: &str| KubeconfigError::Duplicate { list, name: name.to_owned() };
        if entry.name.trim().is_empty() {
            return Err(KubeconfigError::NoName);
        }
        if self.contexts.0.get(entry.name.as_str()).is_some_and(|count| *count > 1) {
            return Err(twice("contexts", &entry.name));
        }
        let cluster = match self.clusters.get(entry.cluster.as_str()).map(Vec::as_slice) {
            Some([only]) => *only,
            Some(_) => return Err(twice("clusters", &entry.cluster)),
            None => return Err(KubeconfigError::MissingCluster { name: entry.cluster.clone() }),
        };
        match self.users.get(entry.user.as_str()).map(Vec::as_slice) {
            Some([only]) => Ok((cluster, *only)),
            Some(_) => Err(twice("users", &entry.user)),
            None => Err(KubeconfigError::MissingUser { name: entry.user.clone() }),
        }
    }
}

fn judge(file: &File, index: &Index<'_>, entry: &ContextEntry) -> Context {
    let mut context = Context {
        name: entry.name.clone(),
        cluster: entry.cluster.clone(),
        user: entry.user.clone(),
        namespace: entry.namespace.clone(),
        server: String::new(),
        credential: Credential::Anonymous,
        current: file.current_context.as_deref() == Some(entry.name.as_str()),
        insecure: false,
        plain_http: false,
        certificate_not_after: None,
        refused: None,
        single: String::new(),
    };
    let found = index.parts(entry).and_then(|(cluster, user)| {
        context.server = cluster.server.clone().unwrap_or_default();
        context.credential = user.kind();
        Endpoint::new(entry, cluster, user)
    });
    match found {
        Ok(endpoint) => {
            context.server = endpoint.server_text();
            context.insecure = endpoint.insecure;
            context.plain_http = endpoint.is_plain_http();
            context.certificate_not_after = endpoint.certificate_not_after();
            context.single = endpoint.to_kubeconfig(entry);
        }
        Err(error) => context.refused = Some(error),
    }
    context
}

#[cfg(test)]
mod tests;
