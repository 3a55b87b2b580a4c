//! Secrets at rest: an XChaCha20-Poly1305 envelope and the keys that open it.
//!
//! Envelope: `version (1) ‖ key id (8) ‖ nonce (24) ‖ ciphertext and tag`. The place of the value
//! (table, column, row) is authenticated with it, so a sealed value moved to another row does not
//! open there.

use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;
const TAG: usize = 16;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// Why a secret cannot be sealed or opened, or a key not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Group or others may read (or write) the key file.
    #[error("the key file {path} may be read by others (mode {mode:04o}): chmod 600 {path}")]
    ReadableByOthers { path: PathBuf, mode: u32 },
    #[error("the key file {path}: {source}")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Not 32 bytes in base64.
    #[error("the secret key is not 32 bytes in base64")]
    Malformed,
    /// The key file has no key.
    #[error("the key file {0} holds no key")]
    Empty(PathBuf),
    /// The value was sealed with a key that this key file does not have.
    #[error("the secret was sealed with the key {0}, which is not in the key file")]
    UnknownKey(KeyId),
    /// The value is not an envelope, was changed, or belongs to another place.
    #[error("the sealed value was changed or belongs to another place")]
    Tampered,
    /// The system gives no random numbers, or the value is too long for the cipher.
    #[error("sealing failed: {0}")]
    Seal(&'static str),
}

/// The first bytes of the SHA-256 of a key: says which key sealed a value, and nothing more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Something that must not be seen: neither `Debug` nor `Serialize`, wiped when dropped.
#[derive(Clone)]
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret itself. Never log it, never put it into a view.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text; `None` when it is not UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<String> for Plaintext {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl From<&str> for Plaintext {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes().to_vec())
    }
}

/// Where a sealed value lives. Authenticated, not stored.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub table: &'a str,
    pub column: &'a str,
    pub row: &'a str,
}

impl Place<'_> {
    /// Lengths are written before the parts, so that no two places give the same bytes.
    fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::new();
        for part in [self.table, self.column, self.row] {
            aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
            aad.extend_from_slice(part.as_bytes());
        }
        aad
    }
}

/// A sealed value as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes stored bytes; [`SecretError::Tampered`] when they are no envelope of this version.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SecretError> {
        if bytes.len() < HEADER + TAG || bytes[0] != VERSION {
            return Err(SecretError::Tampered);
        }
        Ok(Self(bytes))
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The key that opens this value.
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&self.0[1..=KEY_ID]);
        KeyId(id)
    }
}

/// One 256-bit key, wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// A new key from the system's random source.
    pub fn generate() -> Result<Self, SecretError> {
        let mut key = Self(Zeroizing::new([0; 32]));
        random(&mut *key.0)?;
        Ok(key)
    }

    /// Reads the value of `GANTRY_SECRET_KEY` when it is a key: 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self, SecretError> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| SecretError::Malformed)?);
        let mut key = Self(Zeroizing::new([0; 32]));
        if bytes.len() != key.0.len() {
            return Err(SecretError::Malformed);
        }
        key.0.copy_from_slice(&bytes);
        Ok(key)
    }

    /// As it is written into a key file.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(*self.0))
    }

    pub fn id(&self) -> KeyId {
        let digest = Sha256::new().chain_update(b"gantry key id\0").chain_update(*self.0).finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        KeyId(id)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }

    pub(crate) fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Result<Sealed, SecretError> {
        let mut nonce = [0; NONCE];
        random(&mut nonce)?;
        let aad = place.aad();
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &aad })
            .map_err(|_| SecretError::Seal("the value is too long"))?;
        let mut envelope = Vec::with_capacity(HEADER + ciphertext.len());
        envelope.push(VERSION);
        envelope.extend_from_slice(&self.id().0);
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&ciphertext);
        Ok(Sealed(envelope))
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Plaintext, SecretError> {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&sealed.0[1 + KEY_ID..HEADER]);
        let aad = place.aad();
        self.cipher()
            .decrypt(&XNonce::from(nonce), Payload { msg: &sealed.0[HEADER..], aad: &aad })
            .map(Plaintext::new)
            .map_err(|_| SecretError::Tampered)
    }
}

fn random(buffer: &mut [u8]) -> Result<(), SecretError> {
    rand::rngs::OsRng.try_fill_bytes(buffer).map_err(|_| SecretError::Seal("the system gives no random numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::Keyring;

    const HERE: Place<'_> = Place { table: "clusters", column: "kubeconfig", row: "cls-aaaaaaaa" };

    fn ring() -> Keyring {
        SecretKey::generate().expect("random").into()
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place() {
        let ring = ring();
        let sealed = ring.seal(HERE, &"token".into()).expect("seal");
        assert_eq!(ring.open(HERE, &sealed).expect("open").expose(), b"token");
        for elsewhere in [
            Place { row: "cls-bbbbbbbb", ..HERE },
            Place { column: "token", ..HERE },
            Place { table: "cluster", column: "skubeconfig", ..HERE },
        ] {
            assert!(matches!(ring.open(elsewhere, &sealed), Err(SecretError::Tampered)));
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let ring = ring();
        let sealed = ring.seal(HERE, &"token".into()).expect("seal").into_bytes();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let opened = Sealed::from_bytes(changed).and_then(|sealed| ring.open(HERE, &sealed));
            assert!(opened.is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            let cut = sealed[..length].to_vec();
            let opened = Sealed::from_bytes(cut).and_then(|sealed| ring.open(HERE, &sealed));
            assert!(opened.is_err(), "length {length}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same_way_twice() {
        let ring = ring();
        let [a, b] = [(); 2].map(|()| ring.seal(HERE, &"token".into()).expect("seal"));
        assert!(a != b);
    }

    #[test]
    fn older_keys_open_and_unknown_keys_are_named() {
        let old = ring();
        let sealed = old.seal(HERE, &"token".into()).expect("seal");
        let rotated = old.with_primary(SecretKey::generate().expect("random"));
        assert_eq!(rotated.open(HERE, &sealed).expect("open").expose_str(), Some("token"));
        let refused = rotated.primary_only().open(HERE, &sealed);
        assert!(matches!(refused, Err(SecretError::UnknownKey(id)) if id == old.primary_id()));
    }
}
