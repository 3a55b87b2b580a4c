//! Scripts in `end2end/` that need the finished binary and a real cluster: pictures and measurements.

use std::process::ExitCode;

use crate::{
    cluster::Held,
    machine::{self, Need},
    paths::Paths,
    prerequisites,
    profile::Profile,
    test,
};

/// Builds, starts a cluster, runs the script, and stops the cluster again.
///
/// # Errors
/// When something cannot be built or started. A script that fails is no error, but its exit code is passed on.
pub fn run(paths: &Paths, profile: Profile, words: &[&str], more: &[String]) -> anyhow::Result<ExitCode> {
    prerequisites::check()?;
    machine::set_up(paths, Profile::Ci, &[Need::Browser, Need::Cluster])?;
    test::prepare_browser(paths, profile)?;
    let held = Held::for_tests(paths, &format!("script-{}", std::process::id()))?;
    let status = test::script(paths, profile, &held, words)?.args(more).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
