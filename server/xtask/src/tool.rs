//! Programs of cargo that the checks use, built once into the cache outside the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::{self, Show},
    paths::Paths,
};

/// A program from crates.io in a fixed version.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
    /// Arguments of `cargo install` beside the version.
    pub install: &'static [&'static str],
}

impl Tool {
    /// The program; built when it is not in the cache.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn ensure(&self, paths: &Paths) -> anyhow::Result<PathBuf> {
        let folder = paths.cache.join("cargo-tools").join(format!("{}-{}", self.name, self.version));
        let program = folder.join("bin").join(self.name);
        if program.is_file() {
            return Ok(program);
        }
        eprintln!("  building {} {} into {} (once)", self.name, self.version, folder.display());
        let target = folder.join("build");
        let mut cargo = command::cargo(Path::new("/"));
        cargo
            .args(["install", self.name, "--locked", "--version", self.version, "--root"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(&target);
        // Only its checks count, not its speed: the quick profile takes half the time.
        cargo
            .args(["--profile", "dev"])
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR")
            .args(self.install);
        command::run(&mut cargo, Show::OnFailure)?;
        fs::remove_dir_all(&target)?;
        Ok(program)
    }
}
