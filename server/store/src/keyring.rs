//! The keys of an installation and the file that holds them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use crate::secret::{KeyId, Place, Plaintext, Sealed, SecretError, SecretKey};

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
            Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
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

    fn write_then(&self, path: &Path, publish: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), SecretError> {
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

    pub(crate) fn primary(&self) -> SecretKey {
        self.primary.clone()
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
        self.keys().find(|key| key.id() == id).ok_or(SecretError::UnknownKey(id))?.open(place, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn ring() -> Keyring {
        SecretKey::generate().expect("random").into()
    }

    #[test]
    fn the_key_file_is_made_once_with_mode_0600() {
        let directory = tempfile::tempdir().expect("tempdir");
        let path = directory.path().join("data/secret.key");
        let ids: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Keyring::load_or_create(&path).map(|ring| ring.primary_id()))).collect();
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
