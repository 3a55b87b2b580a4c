//! Tells whether the inputs of a step are the same as when it last succeeded: by their content, because a fresh checkout
//! changes every file time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use sha2::{Digest, Sha256};

/// The inputs of one step.
pub struct Stamp {
    file: PathBuf,
    now: String,
}

impl Stamp {
    /// Reads the inputs: files, and folders with all that is in them. `settings` are inputs that are no files.
    ///
    /// # Errors
    /// When an input cannot be read.
    pub fn read(file: PathBuf, settings: &[&str], inputs: &[PathBuf]) -> anyhow::Result<Self> {
        let mut hash = Sha256::new();
        for setting in settings {
            hash.update(setting.as_bytes());
            hash.update([0]);
        }
        for input in inputs {
            for path in files_under(input)? {
                let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                hash.update(path.to_string_lossy().as_bytes());
                hash.update((content.len() as u64).to_le_bytes());
                hash.update(&content);
            }
        }
        Ok(Self { file, now: hex(&hash.finalize()) })
    }

    /// Whether the step last succeeded with exactly these inputs.
    #[must_use]
    pub fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|before| before == self.now)
    }

    /// Call it when the step has succeeded.
    ///
    /// # Errors
    /// When the stamp cannot be written.
    pub fn save(&self) -> anyhow::Result<()> {
        fs::write(&self.file, &self.now).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// The first ten hexadecimal digits of the content's SHA-256: enough to name a file that never changes again.
#[must_use]
pub fn short_hash(content: &[u8]) -> String {
    hex(&Sha256::digest(content))[..10].to_owned()
}

/// All files in a folder and below it, sorted; for a file itself. A missing path has none.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_under(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
            found.extend(files_under(&entry?.path())?);
        }
    }
    found.sort();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_sees_content_names_and_settings() {
        let folder = std::env::temp_dir().join(format!("gantry-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("in/deep")).expect("a folder");
        let read =
            |setting: &str| Stamp::read(folder.join("stamp"), &[setting], &[folder.join("in")]).expect("a stamp");
        fs::write(folder.join("in/deep/a"), "1").expect("a file");
        assert!(!read("x").is_current());
        read("x").save().expect("a saved stamp");
        assert!(read("x").is_current());
        assert!(!read("y").is_current(), "a setting changed");
        fs::write(folder.join("in/deep/a"), "2").expect("a file");
        assert!(!read("x").is_current(), "a file changed");
        fs::write(folder.join("in/deep/a"), "1").expect("a file");
        assert!(read("x").is_current(), "the old content is back");
        fs::rename(folder.join("in/deep/a"), folder.join("in/deep/b")).expect("a renamed file");
        assert!(!read("x").is_current(), "a name changed");
        fs::remove_dir_all(&folder).expect("a removed folder");
    }

    #[test]
    fn a_short_hash_is_the_start_of_sha256() {
        assert_eq!(short_hash(b""), "e3b0c44298");
    }
}
