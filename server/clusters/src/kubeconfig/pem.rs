//! Base64, PEM, certificates and keys as people have them: wrapped lines, Windows line ends, several certificates,
//! text around them, `EC PARAMETERS` before the key, PEM where base64 of PEM is meant.

use super::KubeconfigError;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use std::sync::Arc;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Padding may be missing and the last character may have bits left over; kubectl minds, files from the wild do not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One block between `BEGIN` and `END`.
pub(super) struct Block {
    pub label: String,
    pub der: Vec<u8>,
}

/// The blocks of a `…-data` field.
pub(super) fn blocks(field: &str, text: &str) -> Result<Vec<Block>, KubeconfigError> {
    // `!!binary` is taken apart by some readers before they see the field; and some people paste the PEM itself.
    let pem = if text.contains("-----BEGIN") {
        text.to_owned()
    } else {
        let bytes = decode(field, text)?;
        String::from_utf8(bytes).map_err(|_| KubeconfigError::Pem { field: field.to_owned() })?
    };
    let blocks = split(&pem).ok_or_else(|| KubeconfigError::Pem { field: field.to_owned() })?;
    if blocks.is_empty() {
        return Err(KubeconfigError::Pem { field: field.to_owned() });
    }
    Ok(blocks)
}

/// Decodes base64 with blanks and line ends anywhere; names the first character that does not belong.
fn decode(field: &str, text: &str) -> Result<Vec<u8>, KubeconfigError> {
    let wrong = |position| KubeconfigError::Base64 { field: field.to_owned(), position };
    let mut compact = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '=' => compact.push(c),
            c if c.is_whitespace() => {}
            _ => return Err(wrong(at + 1)),
        }
    }
    if compact.is_empty() {
        return Err(wrong(1));
    }
    LENIENT.decode(&compact).map_err(|_| wrong(text.chars().count()))
}

/// Takes PEM apart; `None` when a block has no end or its inside is broken. Text around the blocks is skipped, and
/// so are headers inside (`Proc-Type`), which mark an encrypted key by their label's sake below.
fn split(pem: &str) -> Option<Vec<Block>> {
    let mut out = Vec::new();
    let mut rest = pem;
    while let Some(begin) = rest.find("-----BEGIN ") {
        rest = &rest[begin + "-----BEGIN ".len()..];
        let (label, after) = rest.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let (inside, after_end) = after.split_once(end.as_str())?;
        rest = after_end;
        let encrypted = inside.contains("ENCRYPTED");
        // `Proc-Type: …` and `DEK-Info: …` end with an empty line.
        let body: String = inside.lines().filter(|line| !line.contains(':')).collect();
        let label = if encrypted { format!("ENCRYPTED {label}") } else { label.to_owned() };
        let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        out.push(Block { label, der: LENIENT.decode(compact).ok()? });
    }
    Some(out)
}

fn labels(blocks: &[Block]) -> String {
    blocks.iter().map(|block| block.label.as_str()).collect::<Vec<_>>().join(", ")
}

/// The certificates of a bundle or chain.
pub(super) fn certificates(field: &str, text: &str) -> Result<Vec<CertificateDer<'static>>, KubeconfigError> {
    let blocks = blocks(field, text)?;
    let mut out = Vec::new();
    for block in &blocks {
        if matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") {
            if X509Certificate::from_der(&block.der).is_err() {
                return Err(KubeconfigError::BadCertificate { field: field.to_owned() });
            }
            out.push(CertificateDer::from(block.der.clone()));
        }
    }
    if out.is_empty() {
        return Err(KubeconfigError::NoCertificate { field: field.to_owned(), found: labels(&blocks) });
    }
    Ok(out)
}

/// The private key, whatever it stands beside.
pub(super) fn key(field: &str, text: &str) -> Result<PrivateKeyDer<'static>, KubeconfigError> {
    let blocks = blocks(field, text)?;
    for block in &blocks {
        let der = block.der.clone();
        match block.label.as_str() {
            "PRIVATE KEY" => return Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der))),
            "RSA PRIVATE KEY" => return Ok(PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(der))),
            "EC PRIVATE KEY" => return Ok(PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(der))),
            label if label.contains("ENCRYPTED") => {
                return Err(KubeconfigError::EncryptedKey { field: field.to_owned() });
            }
            label if label.ends_with("PRIVATE KEY") => {
                return Err(KubeconfigError::UnsupportedKey { field: field.to_owned() });
            }
            _ => {}
        }
    }
    Err(KubeconfigError::NoKey { field: field.to_owned(), found: labels(&blocks) })
}

/// Proves that a key can sign and belongs to the first certificate of the chain.
pub(super) fn check_pair(
    key_field: &str,
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
) -> Result<(), KubeconfigError> {
    let signing: Arc<dyn SigningKey> = crate::tls::provider()
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|_| KubeconfigError::UnsupportedKey { field: key_field.to_owned() })?;
    let mismatch = || KubeconfigError::KeyMismatch { field: key_field.to_owned() };
    let leaf = chain.first().ok_or_else(mismatch)?;
    let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| mismatch())?;
    // Compared by hand: rustls will not read an X.509 v1 certificate, which kubectl takes.
    match signing.public_key() {
        Some(public) if public.as_ref() == parsed.public_key().raw => Ok(()),
        Some(_) => Err(mismatch()),
        None => match CertifiedKey::new(chain.to_vec(), signing).keys_match() {
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => Err(mismatch()),
            _ => Ok(()),
        },
    }
}

/// First and last moment of a certificate, epoch milliseconds.
pub(super) fn validity(certificate: &CertificateDer<'_>) -> Option<(i64, i64)> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let validity = parsed.validity();
    Some((validity.not_before.timestamp() * 1000, validity.not_after.timestamp() * 1000))
}

/// PEM with lines of 64 characters.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|byte| char::from(*byte)));
        out.push('\n');
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}
