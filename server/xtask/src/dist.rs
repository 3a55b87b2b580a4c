//! `cargo xtask dist`: the one file that is handed out.

use std::{fs, process::Command};

use anyhow::Context;

use crate::{
    assets::{self, Manifest},
    paths::Paths,
    prerequisites,
    profile::Profile,
    server,
    steps::Steps,
};

/// # Errors
/// The first step that fails.
pub fn run(paths: &Paths) -> anyhow::Result<()> {
    let mut steps = Steps::default();
    steps.run("Rust, Node, C compiler", prerequisites::check)?;
    let manifest = assets::build(paths, Profile::Release, &mut steps)?;
    let binary = server::build(paths, Profile::Release, &mut steps)?;
    let folder = paths.target.join("dist");
    fs::create_dir_all(&folder)?;
    let handed_out = folder.join("gantry");
    // Not written over: it may be running.
    let _ = fs::remove_file(&handed_out);
    fs::copy(&binary, &handed_out).with_context(|| format!("cannot write {}", handed_out.display()))?;
    let works = Command::new(&handed_out).arg("--version").output().context("cannot start the finished binary")?;
    anyhow::ensure!(
        works.status.success(),
        "the finished binary does not start: {}",
        String::from_utf8_lossy(&works.stderr)
    );
    print_sizes(&manifest);
    let size = handed_out.metadata()?.len();
    eprintln!("  {:<24} {:>9.1} KB", "gantry", size as f64 / 1000.0);
    eprintln!(
        "  {} ({}) in {:.1} s",
        handed_out.display(),
        String::from_utf8_lossy(&works.stdout).trim(),
        steps.total().as_secs_f64()
    );
    Ok(())
}

/// Bytes of each file for the browser, as it is and compressed.
pub fn print_sizes(manifest: &Manifest) {
    for (name, asset) in &manifest.assets {
        let brotli = asset.brotli.map_or_else(String::new, |size| format!("{:>9.1} KB brotli", size as f64 / 1000.0));
        eprintln!("  {name:<24} {:>9.1} KB {brotli}", asset.raw as f64 / 1000.0);
    }
}
