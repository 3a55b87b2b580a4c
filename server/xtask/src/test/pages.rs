//! The files for the browser: they build, their JavaScript passes its tests, and they stay small.

use std::sync::Mutex;

use super::count::{self, Counts};
use crate::{
    assets::{self, Manifest},
    command::{self, Show},
    paths::Paths,
    profile::Profile,
    stamp,
    steps::Steps,
};

/// Brotli bytes of the wasm, which every page loads.
const WASM: u64 = 250_000;
/// Brotli bytes of all that the first visit of a list page loads beside its HTML (some 15 KB).
const FIRST_LOAD: u64 = 380_000;

pub(super) fn run(paths: &Paths) -> anyhow::Result<Counts> {
    let manifest = assets::build(paths, Profile::Ci, &mut Steps::default())?;
    let mut counts = Counts::PASSED;
    counts += scripts(paths)?;
    for (what, size, limit) in sizes(&manifest)? {
        eprintln!("  {what}: {:.1} KB of at most {:.0} KB", size as f64 / 1000.0, limit as f64 / 1000.0);
        counts += Counts::one(size <= limit);
    }
    Ok(counts)
}

fn scripts(paths: &Paths) -> anyhow::Result<Counts> {
    let files: Vec<_> = stamp::files_under(&paths.frontend().join("js"))?
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .collect();
    anyhow::ensure!(!files.is_empty(), "frontend/js has no tests");
    let mut node = command::program("node", ["--test", "--test-reporter=tap"], &paths.frontend());
    let counts = Mutex::new(Counts::default());
    let outcome = command::observe_lines(node.args(files), Show::OnFailure, &|line| {
        if let (Some(more), Ok(mut counts)) = (count::node_line(line.trim_end()), counts.lock()) {
            *counts += more;
        }
    })?;
    let mut counts = counts.into_inner().unwrap_or(Counts::FAILED);
    if !outcome.success && counts.failed == 0 {
        counts += Counts::FAILED;
    }
    Ok(counts)
}

fn sizes(manifest: &Manifest) -> anyhow::Result<[(&'static str, u64, u64); 2]> {
    let brotli = |name: &str| {
        let size = manifest.assets.get(name).and_then(|asset| asset.brotli);
        size.ok_or_else(|| anyhow::anyhow!("the site has no compressed {name}"))
    };
    let wasm = brotli("gantry.wasm")?;
    // Shared pieces of the scripts are few hundred bytes each; all of them are counted.
    let pieces: u64 = manifest
        .assets
        .iter()
        .filter(|(name, _)| name.starts_with("chunk."))
        .filter_map(|(_, asset)| asset.brotli)
        .sum();
    let first = wasm + brotli("start.js")? + brotli("main.css")? + pieces;
    Ok([("wasm, brotli", wasm, WASM), ("first load, brotli", first, FIRST_LOAD)])
}
