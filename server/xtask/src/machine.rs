//! What tests need on a Debian-like machine beyond the prerequisites, and how to get it.

use std::{fs, path::Path, process::Command};

use crate::{
    cluster,
    command::{self, Show},
    paths::Paths,
    prerequisites,
    profile::Profile,
};

/// Where Debian puts its Chromium; the browser tests use no other.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// What a test layer may need of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// PostgreSQL's programs; the tests start servers of their own.
    Postgres,
    /// Programs that tests ask for a second opinion: OpenSSL makes keys and certificates, git lists the sources.
    Oracles,
    /// Chromium and fonts with Chinese glyphs.
    Browser,
    /// Everything a cluster with a node runs on, built and installed.
    Cluster,
}

/// Installs and builds what is missing. Where that is not possible (no Debian, no root) each missing thing is named.
///
/// # Errors
/// When something stays missing.
pub fn set_up(paths: &Paths, profile: Profile, needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&str> = needs.iter().flat_map(|need| missing_packages(*need)).collect();
    if needs.contains(&Need::Cluster) {
        prerequisites::go()?;
        return cluster::set_up(paths, profile, &missing);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut setup = Command::new(cluster::program(paths, profile)?);
    setup.arg("install").args(missing).current_dir(&paths.root);
    command::run(&mut setup, Show::Always).map(|_| ())
}

fn missing_packages(need: Need) -> Vec<&'static str> {
    let absent = |package: &'static str, there: bool| (!there).then_some(package);
    let found: Vec<Option<&str>> = match need {
        Need::Postgres => vec![absent("postgresql", postgres_folder().is_some())],
        Need::Oracles => [("openssl", "version"), ("git", "--version")]
            .map(|(name, question)| absent(name, command::answer(name, &[question]).is_some()))
            .to_vec(),
        Need::Browser => vec![
            absent("chromium", Path::new(CHROMIUM).exists()),
            absent("fonts-noto-cjk", Path::new("/usr/share/fonts/opentype/noto").is_dir()),
        ],
        Need::Cluster => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

/// The programs of the newest PostgreSQL: `/usr/lib/postgresql/<version>/bin`.
#[must_use]
pub fn postgres_folder() -> Option<std::path::PathBuf> {
    let versions =
        fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok).map(|entry| entry.path().join("bin"));
    versions.filter(|folder| folder.join("postgres").exists() && folder.join("initdb").exists()).max()
}
