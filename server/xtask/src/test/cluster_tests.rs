//! Layers against a real Kubernetes: Rust tests, and the browser.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Context;

use super::{
    Run,
    checks::SERVER_SIDE,
    count::{self, Counts},
    targets::Targets,
    unit,
};
use crate::{
    assets,
    cluster::Held,
    command::{self, Show},
    machine,
    paths::Paths,
    profile::Profile,
    server,
    steps::Steps,
};

pub(super) fn rust(run: &mut Run<'_>) -> anyhow::Result<Counts> {
    let targets = Targets::read(run.paths)?;
    anyhow::ensure!(
        !targets.with_cluster.is_empty(),
        "no integration test needs a cluster: their names must begin with `cluster`"
    );
    let mut tests = unit::cargo_test(run.paths);
    tests.args(targets.with_cluster.iter().flat_map(|name| ["--test", name])).arg("--").args(run.more);
    // Compiled before the cluster starts: it would idle meanwhile, and the compiler would lack its memory.
    command::run(
        unit::cargo_test(run.paths).arg("--no-run").args(targets.with_cluster.iter().flat_map(|name| ["--test", name])),
        Show::Always,
    )?;
    let held = run.held()?;
    unit::counted(tests.envs(held.environment()))
}

pub(super) fn browser(run: &mut Run<'_>) -> anyhow::Result<Counts> {
    prepare_browser(run.paths, Profile::Ci)?;
    let mut checker =
        command::program(run.paths.end2end().join("node_modules/.bin/tsc"), ["--noEmit"], &run.paths.end2end());
    let types = Counts::one(command::observe(&mut checker, Show::Always)?.success);
    let report = run.paths.target.join("playwright.json");
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut playwright = script(run.paths, Profile::Ci, run.held()?, &["playwright", "test", "--reporter=list,json"])?;
    playwright.args(run.more).env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report);
    let outcome = command::observe(&mut playwright, Show::Always)?;
    let written = fs::read(&report).context("Playwright wrote no report")?;
    let mut counts = types;
    counts += count::playwright(&written).context("Playwright's report has no counts")?;
    if !outcome.success && counts.failed == 0 {
        counts += Counts::FAILED;
    }
    Ok(counts)
}

/// Everything that the scripts in `end2end/` need but the cluster: pages, binary, npm packages, Chromium.
///
/// # Errors
/// When something cannot be built or is missing.
pub fn prepare_browser(paths: &Paths, profile: Profile) -> anyhow::Result<()> {
    anyhow::ensure!(std::path::Path::new(machine::CHROMIUM).exists(), "Chromium is missing (apt-get install chromium)");
    assets::build(paths, profile, &mut Steps::default())?;
    if profile == Profile::Ci {
        let mut cargo = command::cargo(&paths.root);
        // The same crates and targets as the tests, so that nothing is compiled twice.
        cargo.args(["build", "--lib", "--bins", "--tests"]).args(SERVER_SIDE);
        command::run(&mut cargo, Show::Always)?;
    } else {
        server::build(paths, profile, &mut Steps::default())?;
    }
    assets::npm_packages(paths, &paths.end2end())?;
    Ok(())
}

/// A program of the npm packages in `end2end/`, or another one, told where everything is.
///
/// # Errors
/// When kubectl is not there.
pub fn script(paths: &Paths, profile: Profile, held: &Held, words: &[&str]) -> anyhow::Result<Command> {
    let kubectl = command::answer(&held.program.to_string_lossy(), &["kubectl"]).context("kubectl is not built")?;
    let (name, arguments) = words.split_first().context("a script has a name")?;
    let packaged = paths.end2end().join("node_modules/.bin").join(name);
    let program = if packaged.exists() { packaged } else { PathBuf::from(name) };
    let mut script = command::program(program, arguments, &paths.end2end());
    script.envs(held.environment()).envs([
        ("GANTRY_BIN", paths.target.join(profile.folder()).join("gantry")),
        ("GANTRY_KUBECTL", PathBuf::from(kubectl)),
        ("GANTRY_CHROMIUM", PathBuf::from(machine::CHROMIUM)),
        ("GANTRY_SITE", paths.site()),
    ]);
    Ok(script)
}
