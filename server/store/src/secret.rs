//! Secrets at rest: an XChaCha20-Poly1305 envelope and the keys that open it.
//!
//! Envelope: `version (1) ‖ key id (8) ‖ nonce (24) ‖ ciphertext and tag`. The place of the value
//! (table, column, row) is authenticated with it, so a sealed value moved to another row does not
//! open there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

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
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
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
        Self(text.into_bytes())
    }
}

impl From<&str> for Plaintext {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
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

/// One 256-bit key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// A new key from the system's random source.
    pub fn generate() -> Result<Self, SecretError> {
        let mut key = Self([0; 32]);
        random(&mut key.0)?;
        Ok(key)
    }

    /// Reads the value of `GANTRY_SECRET_KEY` when it is a key: 32 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self, SecretError> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| SecretError::Malformed)?);
        let mut key = Self([0; 32]);
        if bytes.len() != key.0.len() {
            return Err(SecretError::Malformed);
        }
        key.0.copy_from_slice(&bytes);
        Ok(key)
    }

    /// As it is written into a key file.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0))
    }

    pub fn id(&self) -> KeyId {
        let digest = Sha256::new()
            .chain_update(b"gantry key id\0")
            .chain_update(self.0)
            .finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        KeyId(id)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }

    fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Result<Sealed, SecretError> {
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

    fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Plaintext, SecretError> {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&sealed.0[1 + KEY_ID..HEADER]);
        let aad = place.aad();
        self.cipher()
            .decrypt(&XNonce::from(nonce), Payload { msg: &sealed.0[HEADER..], aad: &aad })
            .map(Plaintext)
            .map_err(|_| SecretError::Tampered)
    }
}

fn random(buffer: &mut [u8]) -> Result<(), SecretError> {
    rand::rngs::OsRng
        .try_fill_bytes(buffer)
        .map_err(|_| SecretError::Seal("the system gives no random numbers"))
}

/// The keys of an installation: the first one seals, all of them open.
///
/// Key file: one base64 key a line, the sealing key first; lines that start with `#` are skipped.
#[derive(Clone)]
pub struct Keyring {
    primary: SecretKey,
    older: Vec<SecretKey>,
}

impl From<SecretKey> for Keyring {
    fn from(primary: SecretKey) -> Self {
        Self { primary, older: Vec::new() }
    }
}

impl Keyring {
    /// Reads the key file, or makes one with a new key (mode 0600) when there is none. Of several
    /// processes that start at once, one makes the file and all use it.
    ///
    /// # Errors
    /// [`SecretError::ReadableByOthers`] when the file's mode lets group or others in.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretError> {
        match Self::load(path) {
            Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        let ring = Self::from(SecretKey::generate()?);
        match ring.write_new(path) {
            Err(SecretError::File { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                Self::load(path)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(ring),
        }
    }

    /// Reads a key file.
    pub fn load(path: &Path) -> Result<Self, SecretError> {
        let file_error = |source| SecretError::File { path: path.to_owned(), source };
        let mut file = fs::File::open(path).map_err(file_error)?;
        // The mode of the opened file, not of whatever the path names a moment later.
        let mode = file.metadata().map_err(file_error)?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(SecretError::ReadableByOthers { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        io::Read::read_to_string(&mut file, &mut text).map_err(file_error)?;
        Self::parse(&text)?.ok_or_else(|| SecretError::Empty(path.to_owned()))
    }

    /// Reads `GANTRY_SECRET_KEY`: a base64 key (several, the sealing key first, separated by
    /// commas or white space), or the path of a key file that has to exist.
    pub fn from_setting(value: &str) -> Result<Self, SecretError> {
        let path = Path::new(value.trim());
        if path.is_absolute() && !BASE64.decode(value.trim()).is_ok_and(|key| key.len() == 32) {
            return Self::load(path);
        }
        Self::parse(value)?.ok_or(SecretError::Malformed)
    }

    fn parse(text: &str) -> Result<Option<Self>, SecretError> {
        let mut keys = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split([',', ' ', '\t']))
            .filter(|word| !word.is_empty())
            .map(SecretKey::from_base64)
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        Ok(keys.next().map(|primary| Self { primary, older: keys.collect() }))
    }

    /// Replaces the key file in one step (mode 0600).
    pub fn write(&self, path: &Path) -> Result<(), SecretError> {
        self.write_then(path, |new| fs::rename(new, path))
    }

    /// Makes the key file; fails with `AlreadyExists` when there is one.
    fn write_new(&self, path: &Path) -> Result<(), SecretError> {
        self.write_then(path, |new| {
            // A hard link never replaces, and the file is complete when its name appears.
            fs::hard_link(new, path).and_then(|()| fs::remove_file(new))
        })
    }

    fn write_then(
        &self,
        path: &Path,
        publish: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), SecretError> {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let new = directory.join(format!(".{}.new", uuid::Uuid::new_v4()));
        let written = (|| {
            fs::create_dir_all(directory)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            file.write_all(self.to_text().as_bytes())?;
            file.sync_all()?;
            publish(&new)?;
            fs::File::open(directory)?.sync_all()
        })();
        written.map_err(|source| {
            // Best effort: what failed is reported, the left-over is harmless.
            let _ = fs::remove_file(&new);
            SecretError::File { path: path.to_owned(), source }
        })
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from(
            "# Opens the secrets in the database. Keep a copy apart from the database's.\n",
        ));
        for key in self.keys() {
            text.push_str(&key.to_base64());
            text.push('\n');
        }
        text
    }

    fn keys(&self) -> impl Iterator<Item = &SecretKey> {
        std::iter::once(&self.primary).chain(&self.older)
    }

    /// The key that seals.
    pub fn primary_id(&self) -> KeyId {
        self.primary.id()
    }

    /// All keys, the sealing one first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().map(SecretKey::id).collect()
    }

    /// The same keys with `key` as the sealing one.
    #[must_use]
    pub fn with_primary(&self, key: SecretKey) -> Self {
        let older = self.keys().filter(|old| old.id() != key.id()).cloned().collect();
        Self { primary: key, older }
    }

    /// Only the sealing key: for the key file after a rotation, when nothing needs the others.
    #[must_use]
    pub fn primary_only(&self) -> Self {
        Self::from(self.primary.clone())
    }

    pub fn seal(&self, place: Place<'_>, plaintext: &Plaintext) -> Result<Sealed, SecretError> {
        self.primary.seal(place, plaintext.expose())
    }

    /// # Errors
    /// [`SecretError::UnknownKey`], [`SecretError::Tampered`] (also for the wrong place).
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Plaintext, SecretError> {
        let id = sealed.key_id();
        self.keys()
            .find(|key| key.id() == id)
            .ok_or(SecretError::UnknownKey(id))?
            .open(place, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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

    #[test]
    fn the_key_file_is_made_once_with_mode_0600() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("data/secret.key");
        let ids: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| Keyring::load_or_create(&path).map(|ring| ring.primary_id())))
                .collect();
            starts.into_iter().map(|start| start.join().expect("thread").expect("key")).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(fs::metadata(&path).expect("file").mode() & 0o7777, 0o600);
        let left: Vec<_> = fs::read_dir(path.parent().expect("parent")).expect("dir").collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("secret.key");
        ring().write(&path).expect("write");
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
            let message = match Keyring::load_or_create(&path) {
                Err(error @ SecretError::ReadableByOthers { .. }) => error.to_string(),
                _ => panic!("mode {mode:o} was accepted"),
            };
            assert!(message.contains("chmod 600"), "{message}");
        }
    }

    #[test]
    fn a_key_comes_from_a_file_or_a_value() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("secret.key");
        let ring = ring().with_primary(SecretKey::generate().expect("random"));
        ring.write(&path).expect("write");
        let from_path = Keyring::from_setting(&path.display().to_string()).expect("path");
        assert_eq!(from_path.ids(), ring.ids());
        let value = ring.primary.to_base64();
        assert_eq!(Keyring::from_setting(&value).expect("value").ids(), [ring.primary_id()]);
        for malformed in ["", "short", "AAAA", "not base64 at all!"] {
            assert!(matches!(Keyring::from_setting(malformed), Err(SecretError::Malformed)));
        }
        fs::write(&path, "# nothing\n").expect("write");
        assert!(matches!(Keyring::load(&path), Err(SecretError::Empty(_))));
    }
}
