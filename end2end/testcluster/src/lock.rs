//! Locks on files: held by an open descriptor, so the kernel gives them back however the holder ends.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// An exclusive lock; the file is removed when the lock is dropped.
#[derive(Debug)]
pub struct FileLock {
    file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock, or gives `None` when another holds it.
    pub fn try_take(path: &Path) -> Result<Option<Self>> {
        Self::take(path, false)
    }

    /// Takes the lock, waiting for it.
    pub fn wait(path: &Path) -> Result<Self> {
        Self::take(path, true)?.context("a waiting lock is always taken")
    }

    fn take(path: &Path, wait: bool) -> Result<Option<Self>> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        }
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .with_context(|| format!("open lock {}", path.display()))?;
            if wait {
                file.lock().with_context(|| format!("lock {}", path.display()))?;
            } else {
                match file.try_lock() {
                    Ok(()) => {}
                    Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
                    Err(std::fs::TryLockError::Error(e)) => {
                        return Err(e).with_context(|| format!("lock {}", path.display()));
                    }
                }
            }
            // The holder before may have removed the file between our opening and locking it: then the
            // lock is on a file that nobody else will find.
            let ours = file.metadata()?.ino();
            if std::fs::metadata(path).is_ok_and(|m| m.ino() == ours) {
                return Ok(Some(Self { file, path: path.to_owned() }));
            }
        }
    }

    /// What the holder (or the one before, if it died) wrote.
    pub fn content(&self) -> String {
        std::fs::read_to_string(&self.path).unwrap_or_default()
    }

    pub fn write(&self, text: &str) -> Result<()> {
        use std::os::unix::fs::FileExt;
        self.file.set_len(0)?;
        self.file.write_all_at(text.as_bytes(), 0)?;
        Ok(())
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Removed while still locked; who waits for it notices (see `take`).
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_no_file_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.lock");
        let first = FileLock::try_take(&path).unwrap().expect("free");
        first.write("hello").unwrap();
        assert_eq!(first.content(), "hello");
        assert!(FileLock::try_take(&path).unwrap().is_none());
        drop(first);
        assert!(!path.exists());
        assert!(FileLock::try_take(&path).unwrap().is_some());
    }

    #[test]
    fn what_a_dead_holder_wrote_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.lock");
        std::fs::write(&path, "left behind").unwrap();
        let lock = FileLock::try_take(&path).unwrap().expect("nobody holds it");
        assert_eq!(lock.content(), "left behind");
    }
}
