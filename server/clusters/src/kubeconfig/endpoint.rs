//! A context, checked and decoded: everything that a connection needs, in memory.

use super::error::KubeconfigError;
use super::file::{ClusterEntry, ContextEntry, UserEntry};
use super::{pem, server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Where a Pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How a cluster is reached and as whom. Deliberately without `Debug` and `Serialize`.
pub(crate) struct Endpoint {
    pub server: Uri,
    pub tls_server_name: Option<ServerName<'static>>,
    /// `None`: the system's authorities.
    pub authorities: Option<Vec<CertificateDer<'static>>>,
    pub insecure: bool,
    pub identity: Option<Identity>,
    pub authorization: Authorization,
    pub namespace: Option<String>,
}

/// A client certificate.
pub(crate) struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

/// The `Authorization` header.
pub(crate) enum Authorization {
    None,
    Header(HeaderValue),
    /// Only ever the console's own service account.
    TokenFile(PathBuf),
}

/// `Bearer …`, kept out of logs.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, ()> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(());
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| ())?;
    value.set_sensitive(true);
    Ok(value)
}

impl Endpoint {
    pub(super) fn new(
        context: &ContextEntry,
        cluster: &ClusterEntry,
        user: &UserEntry,
    ) -> Result<Self, KubeconfigError> {
        let of_cluster = |field: &str| format!("clusters[{}].{field}", cluster.name);
        let of_user = |field: &str| format!("users[{}].{field}", user.name);
        let server = server::read(&of_cluster("server"), cluster.server.as_deref())?;
        refuse_foreign(cluster, user)?;
        let authorities = match &cluster.certificate_authority_data {
            Some(data) => Some(pem::certificates(&of_cluster("certificate-authority-data"), data)?),
            None => None,
        };
        let tls_server_name = match cluster.tls_server_name.as_deref().map(str::trim) {
            Some(name) => Some(
                ServerName::try_from(name.to_owned())
                    .map_err(|_| KubeconfigError::BadServerName { field: of_cluster("tls-server-name") })?,
            ),
            None => None,
        };
        Ok(Self {
            server,
            tls_server_name,
            authorities,
            insecure: cluster.insecure_skip_tls_verify,
            identity: identity(user)?,
            authorization: authorization(user).map_err(|field| KubeconfigError::BadToken { field: of_user(field) })?,
            namespace: context.namespace.clone(),
        })
    }

    pub fn host(&self) -> &str {
        self.server.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    pub fn port(&self) -> u16 {
        self.server.port_u16().unwrap_or(if self.is_plain_http() { 80 } else { 443 })
    }

    pub fn is_plain_http(&self) -> bool {
        self.server.scheme_str() == Some("http")
    }

    pub fn server_text(&self) -> String {
        self.server.to_string().trim_end_matches('/').to_owned()
    }

    /// The name that the server's certificate must have.
    pub fn server_name(&self) -> Option<ServerName<'static>> {
        let given = self.tls_server_name.clone();
        given.or_else(|| ServerName::try_from(self.host().to_owned()).ok())
    }

    pub fn authority_pem(&self) -> Option<String> {
        let authorities = self.authorities.as_ref()?;
        Some(authorities.iter().map(|certificate| pem::encode("CERTIFICATE", certificate)).collect())
    }

    /// End of the client certificate, epoch milliseconds.
    pub fn certificate_not_after(&self) -> Option<i64> {
        let identity = self.identity.as_ref()?;
        pem::validity(identity.chain.first()?).map(|(_, not_after)| not_after)
    }

    /// A kubeconfig with this context alone, data inline, that kubectl and [`super::endpoint`] read.
    pub(super) fn to_kubeconfig(&self, context: &ContextEntry) -> String {
        let mut cluster = json!({"server": self.server_text()});
        if let Some(authority) = self.authority_pem() {
            cluster["certificate-authority-data"] = json!(STANDARD.encode(authority));
        }
        if let Some(name) = &self.tls_server_name {
            cluster["tls-server-name"] = json!(name.to_str());
        }
        if self.insecure {
            cluster["insecure-skip-tls-verify"] = json!(true);
        }
        let mut user = json!({});
        if let Some(identity) = &self.identity {
            let chain: String = identity.chain.iter().map(|one| pem::encode("CERTIFICATE", one)).collect();
            let label = match &identity.key {
                PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
                PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
                _ => "PRIVATE KEY",
            };
            user["client-certificate-data"] = json!(STANDARD.encode(chain));
            user["client-key-data"] = json!(STANDARD.encode(pem::encode(label, identity.key.secret_der())));
        }
        if let Authorization::Header(value) = &self.authorization {
            let text = value.to_str().unwrap_or_default();
            if let Some(token) = text.strip_prefix("Bearer ") {
                user["token"] = json!(token);
            } else if let Some(pair) = text.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok()) {
                let pair = String::from_utf8_lossy(&pair).into_owned();
                let (name, password) = pair.split_once(':').unwrap_or((&pair, ""));
                user["username"] = json!(name);
                user["password"] = json!(password);
            }
        }
        let mut inner = json!({"cluster": context.cluster, "user": context.user});
        if let Some(namespace) = &self.namespace {
            inner["namespace"] = json!(namespace);
        }
        write_kubeconfig(&context.name, &context.cluster, &context.user, &cluster, &user, &inner)
    }
}

/// YAML by hand: block style for people, every scalar as JSON, which YAML reads as it stands.
pub(crate) fn write_kubeconfig(
    context_name: &str,
    cluster_name: &str,
    user_name: &str,
    cluster: &serde_json::Value,
    user: &serde_json::Value,
    context: &serde_json::Value,
) -> String {
    let mut out = String::from("apiVersion: v1\nkind: Config\n");
    for (list, key, name, fields) in [
        ("clusters", "cluster", cluster_name, cluster),
        ("users", "user", user_name, user),
        ("contexts", "context", context_name, context),
    ] {
        out.push_str(&format!("{list}:\n- name: {}\n  {key}:", json!(name)));
        match fields.as_object().filter(|fields| !fields.is_empty()) {
            Some(fields) => {
                out.push('\n');
                for (field, value) in fields {
                    out.push_str(&format!("    {field}: {value}\n"));
                }
            }
            None => out.push_str(" {}\n"),
        }
    }
    out.push_str(&format!("current-context: {}\n", json!(context_name)));
    out
}

/// What only the person's computer has: files and programs.
fn refuse_foreign(cluster: &ClusterEntry, user: &UserEntry) -> Result<(), KubeconfigError> {
    let of_cluster = |field: &str| format!("clusters[{}].{field}", cluster.name);
    let of_user = |field: &str| format!("users[{}].{field}", user.name);
    if cluster.proxy_url.is_some() {
        return Err(KubeconfigError::Proxy { field: of_cluster("proxy-url") });
    }
    if let Some(exec) = &user.exec {
        let command = exec.command.clone().unwrap_or_default();
        return Err(KubeconfigError::Exec { field: of_user("exec"), command });
    }
    if let Some(provider) = &user.auth_provider {
        let provider = provider.name.clone().unwrap_or_default();
        return Err(KubeconfigError::AuthProvider { field: of_user("auth-provider"), provider });
    }
    let impersonating = [
        ("as", user.impersonate.is_some()),
        ("as-uid", user.as_uid.is_some()),
        ("as-groups", user.as_groups.is_some()),
        ("as-user-extra", user.as_user_extra.is_some()),
    ];
    if let Some((field, _)) = impersonating.into_iter().find(|(_, given)| *given) {
        return Err(KubeconfigError::Impersonation { field: of_user(field) });
    }
    let data = [
        (&cluster.certificate_authority_data, of_cluster("certificate-authority-data")),
        (&user.client_certificate_data, of_user("client-certificate-data")),
        (&user.client_key_data, of_user("client-key-data")),
        (&user.token, of_user("token")),
        (&user.password, of_user("password")),
    ];
    for (value, field) in data {
        if value.as_deref().is_some_and(|value| matches!(value.trim(), "DATA+OMITTED" | "REDACTED")) {
            return Err(KubeconfigError::Hidden { field });
        }
    }
    if cluster.insecure_skip_tls_verify && cluster.certificate_authority_data.is_some() {
        return Err(KubeconfigError::Contradiction { field: of_cluster("insecure-skip-tls-verify") });
    }
    // Data beside a path wins, as with kubectl: then the path is of no use and does no harm.
    let paths = [
        (&cluster.certificate_authority, &cluster.certificate_authority_data, of_cluster("certificate-authority")),
        (&user.client_certificate, &user.client_certificate_data, of_user("client-certificate")),
        (&user.client_key, &user.client_key_data, of_user("client-key")),
        (&user.token_file, &user.token, of_user("tokenFile")),
    ];
    for (path, data, field) in paths {
        if path.is_some() && data.is_none() {
            return Err(KubeconfigError::Path { field });
        }
    }
    Ok(())
}

fn identity(user: &UserEntry) -> Result<Option<Identity>, KubeconfigError> {
    let of_user = |field: &str| format!("users[{}].{field}", user.name);
    let (certificate_field, key_field) = (of_user("client-certificate-data"), of_user("client-key-data"));
    let (certificate, key) = match (&user.client_certificate_data, &user.client_key_data) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(KubeconfigError::MissingKey { field: key_field }),
        (None, Some(_)) => return Err(KubeconfigError::MissingCertificate { field: certificate_field }),
        (Some(certificate), Some(key)) => (certificate, key),
    };
    let chain = pem::certificates(&certificate_field, certificate)?;
    let key = pem::key(&key_field, key)?;
    pem::check_pair(&key_field, &chain, &key)?;
    if let Some((not_before, not_after)) = chain.first().and_then(pem::validity) {
        let now = crate::health::now();
        if now > not_after {
            return Err(KubeconfigError::Expired { field: certificate_field, not_after });
        }
        if now < not_before {
            return Err(KubeconfigError::NotYetValid { field: certificate_field, not_before });
        }
    }
    Ok(Some(Identity { chain, key }))
}

/// The field that cannot be sent is the error.
fn authorization(user: &UserEntry) -> Result<Authorization, &'static str> {
    // A token often ends with a line end (`token: |`); kubectl trims as well.
    if let Some(token) = user.token.as_deref().map(str::trim) {
        return bearer(token).map(Authorization::Header).map_err(|()| "token");
    }
    let (Some(name), password) = (&user.username, user.password.as_deref().unwrap_or_default()) else {
        return if user.password.is_some() { Err("username") } else { Ok(Authorization::None) };
    };
    if name.contains(':') {
        return Err("username");
    }
    let pair = STANDARD.encode(format!("{name}:{password}"));
    let mut value = HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| "password")?;
    value.set_sensitive(true);
    Ok(Authorization::Header(value))
}

/// The service account of the Pod that the console runs in.
pub(crate) fn in_cluster() -> Result<Endpoint, KubeconfigError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(host), Some(port)) = (variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT")) else {
        return Err(KubeconfigError::NotInCluster);
    };
    in_cluster_at(&host, &port, Path::new(SERVICE_ACCOUNT))
}

pub(super) fn in_cluster_at(host: &str, port: &str, folder: &Path) -> Result<Endpoint, KubeconfigError> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let server = server::read("KUBERNETES_SERVICE_HOST", Some(&format!("https://{host}:{port}")))?;
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|_| KubeconfigError::NotInCluster);
    let authorities = pem::certificates("ca.crt", &read("ca.crt")?)?;
    read("token")?;
    Ok(Endpoint {
        server,
        tls_server_name: None,
        authorities: Some(authorities),
        insecure: false,
        identity: None,
        authorization: Authorization::TokenFile(folder.join("token")),
        namespace: read("namespace").ok().map(|text| text.trim().to_owned()),
    })
}
