//! A small client for the cluster's own apiserver, with the administrator's certificate.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::certificates::Pki;

/// Cheap to copy; connections are shared between the copies.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    server: String,
}

impl Api {
    pub fn new(pki: &Pki, server: &str) -> Result<Self> {
        let ca = Certificate::from_pem(pki.read("ca.crt")?.as_bytes())?;
        let certificate = Certificate::from_pem(pki.read("admin.crt")?.as_bytes())?.to_owned();
        let key = PrivateKey::from_pem(pki.read("admin.key")?.as_bytes())?;
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[ca]))
            .client_cert(Some(ClientCert::new_with_certs(&[certificate], key)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            // The cluster is on this machine, whatever the environment says about the way out of it.
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self { agent, server: server.trim_end_matches('/').to_owned() })
    }

    /// The same client for another server of the cluster (a health port).
    pub fn at(&self, server: &str) -> Self {
        Self { agent: self.agent.clone(), server: server.to_owned() }
    }

    /// True when a health path answers 200 within two seconds.
    pub fn healthy(&self, path: &str) -> bool {
        self.agent
            .get(format!("{}{path}", self.server))
            .config()
            .timeout_global(Some(Duration::from_secs(2)))
            .build()
            .call()
            .is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    /// The object, or `None` when there is none.
    pub fn find(&self, path: &str) -> Result<Option<Value>> {
        let (status, body) = self.read(self.agent.get(format!("{}{path}", self.server)).call(), path)?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            s if s.is_success() => Ok(Some(body)),
            s => bail!("GET {path}: {s}: {}", message(&body)),
        }
    }

    pub fn get(&self, path: &str) -> Result<Value> {
        self.find(path)?.with_context(|| format!("GET {path}: not found"))
    }

    /// Creates an object; one that is there already is fine.
    pub fn create(&self, path: &str, object: &Value) -> Result<Value> {
        let answer = self.agent.post(format!("{}{path}", self.server)).send_json(object);
        let (status, body) = self.read(answer, path)?;
        if status.is_success() || status == StatusCode::CONFLICT {
            return Ok(body);
        }
        bail!("POST {path}: {status}: {}", message(&body))
    }

    /// Server-side apply.
    pub fn apply(&self, path: &str, object: &Value) -> Result<Value> {
        let url = format!("{}{path}?fieldManager=testcluster&force=true", self.server);
        let answer = self
            .agent
            .patch(url)
            .header("Content-Type", "application/apply-patch+yaml")
            .send(serde_json::to_vec(object)?.as_slice());
        let (status, body) = self.read(answer, path)?;
        if status.is_success() {
            return Ok(body);
        }
        bail!("PATCH {path}: {status}: {}", message(&body))
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
        path: &str,
    ) -> Result<(StatusCode, Value)> {
        let mut answer = answer.with_context(|| format!("{}{path}", self.server))?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(256 << 20).read_to_vec().with_context(|| path.to_owned())?;
        // Health paths and proxies in between answer in plain text.
        let body = serde_json::from_slice(&text)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&text).into_owned()));
        Ok((status, body))
    }
}

fn message(body: &Value) -> String {
    body["message"].as_str().map_or_else(|| body.to_string(), str::to_owned)
}
