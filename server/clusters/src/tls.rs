//! TLS towards clusters: which authorities are trusted, which certificate is shown, and what went wrong in words that a
//! person can act on. Own code instead of kube's, because Go (and so kubectl) takes certificates that the strict
//! defaults refuse: X.509 v1 client certificates, and a server certificate that is itself in the authority bundle.

use crate::error::{ClusterError, TlsProblem};
use crate::kubeconfig::Endpoint;
use parking_lot::Mutex;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use std::fmt;
use std::sync::Arc;
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate};

/// The end of a handshake as the server presented itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerCertificate {
    /// DNS names and addresses that it is made for.
    pub names: Vec<String>,
    pub issuer: String,
    /// Epoch milliseconds.
    pub not_before: i64,
    pub not_after: i64,
}

/// What the server presented, for the one who diagnoses a connection.
pub(crate) type Seen = Arc<Mutex<Option<Vec<CertificateDer<'static>>>>>;

/// Builds the TLS side of a connection; `seen` gets the server's certificates, accepted or not.
pub(crate) fn client_config(endpoint: &Endpoint, seen: Option<Seen>) -> Result<ClientConfig, ClusterError> {
    let provider = provider();
    let verifier: Arc<dyn ServerCertVerifier> = if endpoint.insecure {
        Arc::new(AcceptAny { provider: provider.clone() })
    } else {
        trusting(endpoint.authorities.as_deref(), &provider)?
    };
    let verifier = Arc::new(Recording { inner: verifier, seen });
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(ClusterError::protocol)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some(identity) = &endpoint.identity else {
        return Ok(builder.with_no_client_auth());
    };
    let key = provider.key_provider.load_private_key(identity.key.clone_key()).map_err(|error| tls_error(&error))?;
    let shown = CertifiedKey::new(identity.chain.clone(), key);
    Ok(builder.with_client_cert_resolver(Arc::new(Shown(Arc::new(shown)))))
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

pub(crate) fn tls_error(error: &TlsError) -> ClusterError {
    ClusterError::Tls(problem(error))
}

/// Trust in the kubeconfig's authorities, or in the system's when it names none (as client-go does).
fn trusting(
    authorities: Option<&[CertificateDer<'static>]>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ClusterError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(authorities) => roots.add_parsable_certificates(authorities.iter().cloned()),
        None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
    };
    if roots.is_empty() {
        return Err(ClusterError::Tls(TlsProblem::UnknownAuthority { issuer: None }));
    }
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(ClusterError::protocol)?;
    Ok(Arc::new(Trusting { inner, pinned: authorities.unwrap_or_default().to_vec() }))
}

/// Shows the same certificate to every server, whatever it asks for.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.key.choose_scheme(schemes).map(|_| self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Usual verification, and additionally a server certificate that stands in the authority bundle itself.
struct Trusting {
    inner: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
}

/// Keeps what the server presented.
struct Recording {
    inner: Arc<dyn ServerCertVerifier>,
    seen: Option<Seen>,
}

/// `insecure-skip-tls-verify: true`: the connection is encrypted, with whomever.
struct AcceptAny {
    provider: Arc<CryptoProvider>,
}

macro_rules! plain_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
plain_debug!(Trusting, Recording, AcceptAny);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let usual = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        match usual {
            Err(TlsError::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_)))
                if self.pinned.iter().any(|pinned| pinned == end_entity) =>
            {
                within_validity(end_entity, now)?;
                let parsed = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&parsed, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if let Some(seen) = &self.seen {
            let chain = std::iter::once(end_entity).chain(intermediates).map(|c| c.clone().into_owned()).collect();
            *seen.lock() = Some(chain);
        }
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn within_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), TlsError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < parsed.validity().not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > parsed.validity().not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// Reads what a person wants to know of a certificate.
pub(crate) fn describe(der: &[u8]) -> Option<ServerCertificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = Vec::new();
    for extension in certificate.extensions() {
        if let ParsedExtension::SubjectAlternativeName(list) = extension.parsed_extension() {
            names.extend(list.general_names.iter().filter_map(name_text));
        }
    }
    Some(ServerCertificate {
        names,
        issuer: certificate.issuer().to_string(),
        not_before: certificate.validity().not_before.timestamp() * 1000,
        not_after: certificate.validity().not_after.timestamp() * 1000,
    })
}

fn name_text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|b| std::net::Ipv4Addr::from(b).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|b| std::net::Ipv6Addr::from(b).to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn milliseconds(time: UnixTime) -> Option<i64> {
    i64::try_from(time.as_secs()).ok().map(|seconds| seconds.saturating_mul(1000))
}

/// What a TLS error means.
pub(crate) fn problem(error: &TlsError) -> TlsProblem {
    match error {
        TlsError::InvalidCertificate(problem) => match problem {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                TlsProblem::UnknownAuthority { issuer: None }
            }
            CertificateError::ExpiredContext { not_after, .. } => {
                TlsProblem::Expired { not_after: milliseconds(*not_after) }
            }
            CertificateError::Expired => TlsProblem::Expired { not_after: None },
            CertificateError::NotValidYetContext { not_before, .. } => {
                TlsProblem::NotYetValid { not_before: milliseconds(*not_before) }
            }
            CertificateError::NotValidYet => TlsProblem::NotYetValid { not_before: None },
            CertificateError::NotValidForNameContext { expected, presented } => {
                TlsProblem::WrongName { wanted: expected.to_str().into_owned(), names: presented.clone() }
            }
            CertificateError::NotValidForName => TlsProblem::WrongName { wanted: String::new(), names: Vec::new() },
            other => TlsProblem::Other { detail: format!("{other:?}") },
        },
        // A server that speaks plain HTTP answers a ClientHello with text.
        TlsError::InvalidMessage(_) => TlsProblem::NotTls,
        TlsError::AlertReceived(alert) => {
            use rustls::AlertDescription as A;
            match alert {
                A::BadCertificate
                | A::UnsupportedCertificate
                | A::CertificateRevoked
                | A::CertificateExpired
                | A::CertificateUnknown
                | A::CertificateRequired
                | A::UnknownCA
                | A::AccessDenied => TlsProblem::ClientCertificate { detail: format!("{alert:?}") },
                other => TlsProblem::Other { detail: format!("{other:?}") },
            }
        }
        other => TlsProblem::Other { detail: other.to_string() },
    }
}
