//! Where things lie. Nothing here depends on the folder a command is called from.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The folders that the commands read and write.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target folder: what is built goes here, and nothing else in the repository is written.
    pub target: PathBuf,
    /// Outlives a checkout: finished tools, keyed by their versions.
    pub cache: PathBuf,
}

impl Paths {
    /// # Errors
    /// When the program's own place is unknown, which the operating system would have to refuse.
    pub fn find() -> anyhow::Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.ancestors().nth(2).context("xtask lies in server/xtask of the repository")?.to_owned();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)?,
            // This program is `<target>/<profile>/xtask`, whichever other way of moving the target folder was used.
            None => std::env::current_exe()?
                .ancestors()
                .nth(2)
                .context("this program lies in cargo's target folder")?
                .to_owned(),
        };
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
            .context("neither XDG_CACHE_HOME nor HOME is set")?
            .join("gantry");
        Ok(Self { root, target, cache })
    }

    /// `frontend/`.
    #[must_use]
    pub fn frontend(&self) -> PathBuf {
        self.root.join("frontend")
    }

    /// `end2end/`.
    #[must_use]
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The folder whose content the server carries inside.
    #[must_use]
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// A program of the npm packages in `frontend/`.
    #[must_use]
    pub fn node_program(&self, name: &str) -> PathBuf {
        self.frontend().join("node_modules/.bin").join(name)
    }
}
