//! Scripts in `end2end/` that need the finished binary and a real cluster: pictures and measurements.

use std::process::ExitCode;

use crate::{
    cluster::Held,
    machine::{self, Need},
    paths::Paths,
    prerequisites, test,
};

/// Builds, starts a cluster, runs the script, and stops the cluster again.
///
/// # Errors
/// When something cannot be built or started. A script that fails is no error, but its exit code is passed on.
pub fn run(paths: &Paths, words: &[&str], more: &[String]) -> anyhow::Result<ExitCode> {
    prerequisites::check()?;
    machine::set_up(paths, &[Need::Browser, Need::Cluster])?;
    test::prepare_browser(paths)?;
    let held = Held::start(paths, &format!("script-{}", std::process::id()))?;
    let status = test::script(paths, &held, words)?.args(more).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
