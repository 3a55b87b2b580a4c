//! Everything the browser gets, from sources to `<target>/site`, the folder that the server carries inside:
//! `assets/` (hash in the name, so it never changes), files under their own names, and `manifest.json`.
//!
//! Each step keeps a stamp of its inputs and does nothing when they are the same. Intermediate files lie in
//! `<target>/assets/<flavour>`.

mod bundle;
mod site;
mod wasm;

use std::{
    fs::{self, File},
    path::PathBuf,
};

use anyhow::Context;

pub use site::Manifest;
pub use wasm::{SMALL, cargo_wasm};

use crate::{
    command::{self, Show},
    paths::Paths,
    prerequisites,
    profile::Profile,
    stamp::Stamp,
    steps::{Done, Steps},
};

/// How the browser's files are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavour {
    /// Quick to build, readable, not compressed.
    Dev,
    /// Small: optimized, minified, compressed beforehand.
    Small,
}

impl Flavour {
    fn of(profile: Profile) -> Self {
        if profile == Profile::Dev { Self::Dev } else { Self::Small }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Small => "small",
        }
    }
}

/// The folders and switches of one build.
struct Build<'a> {
    paths: &'a Paths,
    flavour: Flavour,
    /// `<target>/assets/<flavour>`
    work: PathBuf,
}

impl Build<'_> {
    fn stamp(&self, step: &str, settings: &[&str], inputs: &[PathBuf]) -> anyhow::Result<Stamp> {
        Stamp::read(self.work.join(format!("{step}.stamp")), settings, inputs)
    }

    fn lockfile(&self) -> PathBuf {
        self.paths.frontend().join("package-lock.json")
    }
}

/// Builds what changed and answers what the site consists of.
///
/// # Errors
/// The first step that fails.
pub fn build(paths: &Paths, profile: Profile, steps: &mut Steps) -> anyhow::Result<Manifest> {
    let flavour = Flavour::of(profile);
    let build = Build { paths, flavour, work: paths.target.join("assets").join(flavour.name()) };
    fs::create_dir_all(&build.work).with_context(|| format!("cannot make {}", build.work.display()))?;
    let lock = File::create(paths.target.join("assets/lock"))?;
    // Two builds of one target folder would write into each other's files.
    lock.lock().context("cannot wait for another build of the assets")?;

    steps.run("Rust's wasm target", || prerequisites::wasm_target(&paths.root))?;
    steps.run("npm packages of the pages", || npm_packages(paths, &paths.frontend()))?;
    steps.run("islands to wasm (cargo)", || wasm::compile(&build))?;
    steps.run("wasm for the browser (wasm-bindgen)", || wasm::bindgen(&build))?;
    steps.run("wasm size (wasm-opt)", || wasm::optimize(&build))?;
    steps.run("editor, terminal, charts, loader (esbuild)", || bundle::scripts(&build))?;
    steps.run("style sheet (Tailwind)", || bundle::styles(&build))?;
    steps.run("site: names, compression, licences", || site::assemble(&build))?;
    site::read_manifest(paths)
}

/// Installs what the lock file of `folder` names, exactly.
///
/// # Errors
/// When npm fails.
pub fn npm_packages(paths: &Paths, folder: &std::path::Path) -> anyhow::Result<Done> {
    let modules = folder.join("node_modules");
    // The stamp lies inside: whoever removes the folder removes the stamp.
    let stamp = Stamp::read(
        modules.join(".gantry-stamp"),
        &[],
        &[folder.join("package-lock.json"), folder.join("package.json")],
    )?;
    if stamp.is_current() {
        return Ok(Done::Unchanged);
    }
    let mut npm = command::program("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], folder);
    // Browsers come from the distribution; a download would fail behind a firewall.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("CI", "true");
    // By itself npm waits more than two minutes before it says that nothing answers.
    for (name, milliseconds) in [("MINTIMEOUT", "1000"), ("MAXTIMEOUT", "5000")] {
        let name = format!("NPM_CONFIG_FETCH_RETRY_{name}");
        if std::env::var_os(name.to_lowercase()).is_none() && std::env::var_os(&name).is_none() {
            npm.env(name, milliseconds);
        }
    }
    command::run(&mut npm, Show::OnFailure)
        .with_context(|| format!("npm ci in {}", folder.strip_prefix(&paths.root).unwrap_or(folder).display()))?;
    stamp.save()?;
    Ok(Done::Fresh)
}
