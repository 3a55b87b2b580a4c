//! The tests that need no cluster, and the way all Rust tests are compiled.

use std::{process::Command, sync::Mutex};

use super::{
    checks::SERVER_SIDE,
    count::{self, Counts},
    targets::Targets,
};
use crate::{
    command::{self, Show},
    machine,
    paths::Paths,
};

pub(super) fn run(paths: &Paths, more: &[String]) -> anyhow::Result<Counts> {
    anyhow::ensure!(
        machine::postgres_folder().is_some(),
        "PostgreSQL is missing (apt-get install postgresql), which the store's tests need"
    );
    let targets = Targets::read(paths)?;
    let mut tests = cargo_test(paths);
    tests.args(["--lib", "--bins"]).args(targets.alone.iter().flat_map(|name| ["--test", name]));
    tests.arg("--").args(more);
    let mut counts = counted(&mut tests)?;
    if more.is_empty() {
        counts += counted(cargo_test(paths).arg("--doc"))?;
    }
    Ok(counts)
}

/// `cargo test` as all layers compile it: the binary for the browser tests and the programs `cluster` and `bindgen` come
/// out of the same build.
pub(super) fn cargo_test(paths: &Paths) -> Command {
    let mut cargo = command::cargo(&paths.root);
    cargo.args(["test", "--no-fail-fast"]).args(SERVER_SIDE);
    cargo
}

/// Runs `cargo test` and adds its results up.
///
/// A failure without any failed test is one: something did not compile, or a test program crashed.
pub(super) fn counted(cargo: &mut Command) -> anyhow::Result<Counts> {
    let counts = Mutex::new(Counts::default());
    let outcome = command::observe_lines(cargo, Show::Always, &|line| {
        if let (Some(more), Ok(mut counts)) = (count::cargo_line(line), counts.lock()) {
            *counts += more;
        }
    })?;
    let mut counts = counts.into_inner().unwrap_or(Counts::FAILED);
    if !outcome.success && counts.failed == 0 {
        counts += Counts::FAILED;
    }
    Ok(counts)
}
