//! A credential of a person's own: an X.509 certificate that the cluster itself signs, through a
//! CertificateSigningRequest, in the name that the console would impersonate. `kubectl` with it and the console act
//! alike (C-58).

use crate::error::ClusterError;
use crate::kubeconfig::{Endpoint, write_kubeconfig};
use crate::registry::{Caller, Clusters, IdentityMode};
use crate::user::UserClient;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::ClusterId;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Signs certificates that authenticate to the apiserver.
pub const SIGNER: &str = "kubernetes.io/kube-apiserver-client";
/// Shortest life that Kubernetes signs.
pub const SHORTEST: Duration = Duration::from_secs(600);

const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
/// The signer is a controller; it takes well under a second.
const SIGNING: Duration = Duration::from_secs(15);

/// A certificate and its key. Secret.
#[derive(Clone)]
pub struct Issued {
    /// PEM.
    pub certificate: String,
    /// PEM, PKCS#8.
    pub key: String,
    /// PEM of the cluster's authority; `None` where the system's authorities are trusted.
    pub authority: Option<String>,
    /// Epoch milliseconds. The cluster may sign for less time than was asked.
    pub not_after: i64,
    user: String,
    endpoint: Arc<Endpoint>,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("user", &self.user).field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl Issued {
    /// Name of the context in [`Self::kubeconfig`], `<user>@<cluster>`.
    #[must_use]
    pub fn context(&self, cluster_name: &str) -> String {
        format!("{}@{cluster_name}", self.user)
    }

    /// A kubeconfig with this credential alone. Its names are those of the cluster, so that files of several clusters
    /// can be merged.
    #[must_use]
    pub fn kubeconfig(&self, cluster_name: &str) -> String {
        let mut cluster = json!({"server": self.endpoint.server_text()});
        if let Some(authority) = &self.authority {
            cluster["certificate-authority-data"] = json!(STANDARD.encode(authority));
        }
        if let Some(name) = &self.endpoint.tls_server_name {
            cluster["tls-server-name"] = json!(name.to_str());
        }
        if self.endpoint.insecure {
            cluster["insecure-skip-tls-verify"] = json!(true);
        }
        let user = json!({
            "client-certificate-data": STANDARD.encode(&self.certificate),
            "client-key-data": STANDARD.encode(&self.key),
        });
        // One user entry for each cluster: kubectl would take the first of two with the same name.
        let name = self.context(cluster_name);
        let context = json!({"cluster": cluster_name, "user": name});
        write_kubeconfig(&name, cluster_name, &name, &cluster, &user, &context)
    }
}

impl Clusters {
    /// Has the cluster sign a certificate for the caller, valid for `lifetime` (at least ten minutes).
    ///
    /// # Errors
    /// `Unsupported` for clusters in direct mode, whose roles know no caller; `NotIssued` when the request was refused
    /// or not signed in time; else the cluster's refusal.
    pub async fn issue(&self, id: &ClusterId, caller: &Caller, lifetime: Duration) -> Result<Issued, ClusterError> {
        let entry = self.entry(id)?;
        if entry.config.identity != IdentityMode::Impersonate {
            return Err(ClusterError::Unsupported);
        }
        let own = entry.own()?;
        let key = KeyPair::generate().map_err(ClusterError::protocol)?;
        let request = signing_request(&key, caller)?;
        let seconds = lifetime.max(SHORTEST).as_secs();
        let object = json!({
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"generateName": "gantry-", "labels": {"app.kubernetes.io/managed-by": "gantry"}},
            "spec": {
                "request": STANDARD.encode(request),
                "signerName": SIGNER,
                "usages": ["client auth"],
                "expirationSeconds": i32::try_from(seconds).unwrap_or(i32::MAX),
            },
        });
        let made = own.raw_post(REQUESTS, &object).await?;
        let name = made["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let signed = sign(&own, &name).await;
        // Cleaned up whatever came of it; a request that stays is collected by the cluster within the hour.
        if let Err(error) = own.raw_delete(&format!("{REQUESTS}/{name}")).await {
            tracing::debug!(cluster = %id, %name, %error, "certificate signing request stays");
        }
        let certificate = signed?;
        let not_after = crate::kubeconfig::certificate_end(&certificate)
            .ok_or_else(|| ClusterError::NotIssued { detail: "unreadable certificate".to_owned() })?;
        let endpoint = entry.transport()?.endpoint.clone();
        Ok(Issued {
            certificate,
            key: key.serialize_pem(),
            authority: endpoint.authority_pem(),
            not_after,
            user: caller.user.clone(),
            endpoint,
        })
    }
}

/// Approves a request and waits for its certificate (PEM).
async fn sign(own: &UserClient, name: &str) -> Result<String, ClusterError> {
    let approval = json!({"status": {"conditions": [{
        "type": "Approved", "status": "True", "reason": "GantryCredential",
        "message": "Issued to an account of the console",
    }]}});
    own.raw_patch(&format!("{REQUESTS}/{name}/approval"), &approval).await?;
    let started = Instant::now();
    let mut pause = Duration::from_millis(50);
    while started.elapsed() < SIGNING {
        let request = own.raw_get(&format!("{REQUESTS}/{name}"), "application/json").await?;
        if let Some(encoded) = request["status"]["certificate"].as_str() {
            let pem = STANDARD.decode(encoded).map_err(ClusterError::protocol)?;
            return String::from_utf8(pem).map_err(ClusterError::protocol);
        }
        if let Some(detail) = refusal(&request) {
            return Err(ClusterError::NotIssued { detail });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
    Err(ClusterError::NotIssued { detail: "timeout".to_owned() })
}

fn refusal(request: &Value) -> Option<String> {
    let conditions = request["status"]["conditions"].as_array()?;
    let bad = conditions.iter().find(|c| c["type"] == "Denied" || c["type"] == "Failed")?;
    Some(bad["message"].as_str().unwrap_or_default().to_owned())
}

/// A PKCS#10 request in PEM. Written by hand because a person may have several groups, and a name with several
/// organizations is beyond the certificate library.
fn signing_request(key: &KeyPair, caller: &Caller) -> Result<String, ClusterError> {
    const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
    const ORGANIZATION: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x0a];
    // ecdsa-with-SHA256
    const ALGORITHM: [u8; 12] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let attribute = |oid: &[u8], text: &str| {
        let pair = [oid, &der(0x0c, text.as_bytes())].concat();
        der(0x31, &der(0x30, &pair))
    };
    let mut name = Vec::new();
    // The cluster adds `system:authenticated` itself and refuses nothing by it; it is no group of the person.
    for group in caller.groups.iter().filter(|group| *group != "system:authenticated") {
        name.extend(attribute(&ORGANIZATION, group));
    }
    name.extend(attribute(&COMMON_NAME, &caller.user));
    let version = der(0x02, &[0]);
    let info = [version, der(0x30, &name), key.subject_public_key_info(), der(0xa0, &[])].concat();
    let info = der(0x30, &info);
    let signature = key.sign(&info).map_err(ClusterError::protocol)?;
    let signature = der(0x03, &[&[0], signature.as_slice()].concat());
    let request = der(0x30, &[info.as_slice(), &ALGORITHM, &signature].concat());
    Ok(crate::kubeconfig::to_pem("CERTIFICATE REQUEST", &request))
}

/// One value of ASN.1 in DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.push(content.len() as u8);
    } else {
        let bytes = content.len().to_be_bytes();
        let significant = &bytes[bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len() - 1)..];
        out.push(0x80 | significant.len() as u8);
        out.extend_from_slice(significant);
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::{FromDer as _, X509CertificationRequest};

    #[test]
    fn a_signing_request_names_the_person_and_every_group() {
        let caller = Caller {
            user: "gantry:张伟".into(),
            groups: vec!["gantry:read-only".into(), "team:a".into(), "system:authenticated".into(), "x".repeat(300)],
        };
        let key = KeyPair::generate().unwrap();
        let pem = signing_request(&key, &caller).unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        let (rest, request) = X509CertificationRequest::from_der(&pem.contents).unwrap();
        assert!(rest.is_empty());
        let subject = &request.certification_request_info.subject;
        let names: Vec<_> = subject.iter_common_name().map(|n| n.as_str().unwrap().to_owned()).collect();
        assert_eq!(names, ["gantry:张伟"]);
        let groups: Vec<_> = subject.iter_organization().map(|n| n.as_str().unwrap().to_owned()).collect();
        assert_eq!(groups, ["gantry:read-only".to_owned(), "team:a".to_owned(), "x".repeat(300)]);
    }
}
