//! `cargo xtask test`: sets the machine up, runs every layer, and tells what passed. A layer whose engine is missing fails.

mod checks;
mod cluster_tests;
pub mod count;
mod pages;
mod report;
mod targets;
mod unit;

pub use checks::SERVER_SIDE;
pub use cluster_tests::{prepare_browser, script};

use std::{process::ExitCode, time::Instant};

use clap::ValueEnum;
use count::Counts;
use report::Row;

use crate::{
    advice,
    cluster::Held,
    machine::{self, Need},
    paths::Paths,
    prerequisites,
    profile::Profile,
};

/// The layers, in the order in which they run: what is quick and breaks often comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layer {
    /// The formatting of the Rust sources
    Fmt,
    /// Clippy over every crate and over the browser's half, warnings are errors
    Clippy,
    /// Licences, sources, duplicates and known holes of the dependencies
    Deny,
    /// No dependency that nothing uses
    Machete,
    /// The documentation builds without warnings
    Doc,
    /// The files for the browser: built, tested in Node, and within their size
    Pages,
    /// Everything that needs no cluster: unit, service, store on both databases, HTTP
    Unit,
    /// Against a real Kubernetes
    Cluster,
    /// The browser, with the real binary and a real Kubernetes
    E2e,
}

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Deny => "deny",
            Self::Machete => "machete",
            Self::Doc => "doc",
            Self::Pages => "pages",
            Self::Unit => "unit",
            Self::Cluster => "cluster",
            Self::E2e => "e2e",
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Unit => &[Need::Postgres, Need::Oracles],
            Self::Cluster => &[Need::Oracles, Need::Cluster],
            Self::E2e => &[Need::Browser, Need::Cluster],
            Self::Fmt | Self::Clippy | Self::Deny | Self::Machete | Self::Doc | Self::Pages => &[],
        }
    }

    /// Seconds on two cores, warm and cold. Together under 25 and 60 minutes with the set-up.
    fn budget(self) -> (u64, u64) {
        match self {
            Self::Fmt => (10, 15),
            Self::Clippy => (140, 440),
            Self::Deny => (15, 340),
            Self::Machete => (10, 60),
            Self::Doc => (40, 80),
            Self::Pages => (140, 280),
            Self::Unit => (420, 720),
            Self::Cluster => (180, 240),
            Self::E2e => (460, 600),
        }
    }
}

/// With the program `cluster`, which is compiled for it.
const SET_UP: (u64, u64) = (60, 780);

/// What the layers of one run share.
struct Run<'a> {
    paths: &'a Paths,
    /// Passed on to the last program of a single layer, as in `cargo xtask test e2e -- --grep login`.
    more: &'a [String],
    /// One cluster for all layers that need one, started when the first of them comes, or the one that is named.
    held: Option<Held>,
}

impl Run<'_> {
    fn held(&mut self) -> anyhow::Result<&Held> {
        if self.held.is_none() {
            self.held = Some(Held::for_tests(self.paths, &format!("test-{}", std::process::id()))?);
        }
        self.held.as_ref().ok_or_else(|| anyhow::anyhow!("the cluster is gone"))
    }
}

/// What a layer found, and what must not be overlooked.
struct Found {
    counts: Counts,
    note: Option<String>,
}

impl From<Counts> for Found {
    fn from(counts: Counts) -> Self {
        Self { counts, note: None }
    }
}

/// Runs the layers (all when none is named) and prints the table.
#[must_use]
pub fn run(paths: &Paths, layers: &[Layer], more: &[String]) -> ExitCode {
    let layers = if layers.is_empty() { Layer::value_variants() } else { layers };
    let mut rows = vec![timed("set-up", SET_UP, || set_up(paths, layers).map(Found::from))];
    // Without the prerequisites each layer would fail in its own, less clear way.
    if rows[0].counts.failed == 0 || prerequisites::check().is_ok() {
        let mut run = Run { paths, more, held: None };
        for layer in layers {
            eprintln!("\n=== {} ===", layer.name());
            rows.push(timed(layer.name(), layer.budget(), || one(&mut run, *layer)));
        }
    }
    println!("{}", report::table(&rows));
    if report::total(&rows).failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The set-up counts as a check only when it fails: a run says how many tests it did.
fn set_up(paths: &Paths, layers: &[Layer]) -> anyhow::Result<Counts> {
    eprintln!("=== set-up ===");
    prerequisites::check()?;
    prerequisites::wasm_target(&paths.root)?;
    prerequisites::components(&paths.root)?;
    let mut needs: Vec<Need> = layers.iter().flat_map(|layer| layer.needs()).copied().collect();
    needs.dedup();
    machine::set_up(paths, Profile::Ci, &needs)?;
    Ok(Counts::default())
}

fn one(run: &mut Run<'_>, layer: Layer) -> anyhow::Result<Found> {
    match layer {
        Layer::Fmt => checks::fmt(run.paths).map(Found::from),
        Layer::Clippy => checks::clippy(run.paths).map(Found::from),
        Layer::Deny => checks::deny(run.paths),
        Layer::Machete => checks::machete(run.paths).map(Found::from),
        Layer::Doc => checks::doc(run.paths).map(Found::from),
        Layer::Pages => pages::run(run.paths).map(Found::from),
        Layer::Unit => unit::run(run.paths, run.more).map(Found::from),
        Layer::Cluster => cluster_tests::rust(run).map(Found::from),
        Layer::E2e => cluster_tests::browser(run).map(Found::from),
    }
}

fn timed(name: &'static str, budget: (u64, u64), work: impl FnOnce() -> anyhow::Result<Found>) -> Row {
    let start = Instant::now();
    let (counts, note) = match work() {
        Ok(found) => (found.counts, found.note),
        Err(error) => (Counts::FAILED, Some(advice::explain(&error))),
    };
    let row = Row { name, took: start.elapsed(), budget, counts, note };
    eprintln!(
        "--- {name}: {} passed, {} failed, {:.1} s{}",
        counts.passed,
        counts.failed,
        row.took.as_secs_f64(),
        row.note.as_deref().map_or_else(String::new, |note| format!(" ({note})"))
    );
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [1.4] Under 25 minutes with warm caches, under 60 on a fresh machine.
    #[test]
    fn the_budgets_keep_the_promise() {
        let budgets = Layer::value_variants().iter().map(|layer| layer.budget()).chain([SET_UP]);
        let (warm, cold) = budgets.fold((0, 0), |sum, budget| (sum.0 + budget.0, sum.1 + budget.1));
        assert!(warm < 25 * 60 && cold < 60 * 60, "{warm} {cold}");
    }
}
