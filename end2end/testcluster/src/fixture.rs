//! What tests use: a cluster that is there, and namespaces of their own in it.
//!
//! * `GANTRY_TEST_KUBECONFIG`: any cluster, by its kubeconfig. When it is the one of a running cluster of this library,
//!   tests may also break it.
//! * `GANTRY_TESTCLUSTER`: a running cluster of this library, by its name.
//! * otherwise the test process starts one with a node. It ends with the process.
//!
//! A test that gets no cluster fails; it never skips.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};

use crate::cluster::{Cluster, Options};
use crate::keeper;
use crate::process::{ProcessId, run, surroundings};
use crate::state;
use crate::tools::{self, Module};

/// A cluster to test against.
pub struct Fixture {
    pub kubeconfig: PathBuf,
    kubectl: PathBuf,
    /// Known when the cluster is one of ours: then it can be broken on purpose.
    cluster: Option<Cluster>,
}

/// The cluster of this test process.
pub fn cluster() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| match find_or_start() {
        Ok(fixture) => fixture,
        Err(error) => panic!("no cluster for this test: {error:#}"),
    })
}

/// A cluster of this library: [`cluster`]'s, or where that is a foreign one, another that this process starts.
pub fn own() -> &'static Fixture {
    static STARTED: OnceLock<Fixture> = OnceLock::new();
    let named = cluster();
    if named.cluster.is_some() {
        return named;
    }
    STARTED.get_or_init(|| match start() {
        Ok(fixture) => fixture,
        Err(error) => panic!("no cluster of its own for this test: {error:#}"),
    })
}

fn find_or_start() -> Result<Fixture> {
    let variable = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
    if let Some(file) = variable("GANTRY_TEST_KUBECONFIG") {
        let kubeconfig = std::path::absolute(&file)?;
        if !kubeconfig.is_file() {
            bail!("GANTRY_TEST_KUBECONFIG names {file}, which is no file");
        }
        let root = state::default_root();
        return match of_kubeconfig(&root, &kubeconfig)? {
            Some(name) => Ok(Cluster::attach(&root, &name)?.into()),
            None => Ok(Fixture { kubeconfig, kubectl: tools::find(&[Module::Kubernetes])?.kubectl()?, cluster: None }),
        };
    }
    match variable("GANTRY_TESTCLUSTER") {
        Some(name) => Ok(Cluster::attach(&state::default_root(), &name)?.into()),
        None => start(),
    }
}

fn start() -> Result<Fixture> {
    clean_dead(&state::default_root())?;
    // The value is never dropped: the kernel ends the programs with the process, and the next one cleans up.
    Ok(Cluster::start(&Options::node(&format!("{OWN_PREFIX}{}", std::process::id())))?.into())
}

/// The name of the running cluster whose kubeconfig this file is.
fn of_kubeconfig(root: &Path, kubeconfig: &Path) -> Result<Option<String>> {
    let same = |other: &Path| match (kubeconfig.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    let found = state::list(root)?.into_iter().find(|state| state.kept() && same(&state.kubeconfig));
    Ok(found.map(|state| state.name))
}

const OWN_PREFIX: &str = "test-";

/// Removes what test processes before this one left.
fn clean_dead(root: &Path) -> Result<()> {
    for left in state::list(root)?.into_iter().filter(|s| s.name.starts_with(OWN_PREFIX) && !s.kept()) {
        keeper::down(root, &left.name)?;
    }
    Ok(())
}

impl From<Cluster> for Fixture {
    fn from(cluster: Cluster) -> Self {
        let kubectl = PathBuf::from(cluster.kubectl().get_program());
        Self { kubeconfig: cluster.kubeconfig.clone(), kubectl, cluster: Some(cluster) }
    }
}

impl Fixture {
    /// The cluster as one of ours; an error with a foreign one.
    pub fn own(&self) -> Result<&Cluster> {
        self.cluster.as_ref().context("GANTRY_TEST_KUBECONFIG names a cluster that this test cannot control")
    }

    pub fn kubectl(&self) -> Command {
        kubectl(&self.kubectl, &self.kubeconfig)
    }

    /// A new, empty namespace, ready for pods; deleted (in the background) when the value is dropped.
    pub fn namespace(&self, prefix: &str) -> Result<Namespace> {
        let name = unique(prefix);
        let namespace = Namespace { name, kubectl: self.kubectl.clone(), kubeconfig: self.kubeconfig.clone() };
        run(self.kubectl().args(["create", "namespace", &namespace.name]))?;
        // A pod that comes before its ServiceAccount is refused.
        run(namespace.kubectl().args(["wait", "--for=create", "serviceaccount/default", "--timeout=60s"]))?;
        Ok(namespace)
    }
}

/// A namespace of one test.
pub struct Namespace {
    pub name: String,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
}

impl Namespace {
    /// `kubectl` in this namespace.
    pub fn kubectl(&self) -> Command {
        let mut command = kubectl(&self.kubectl, &self.kubeconfig);
        command.args(["--namespace", &self.name]);
        command
    }

    /// Runs `kubectl` and gives what it printed.
    pub fn run(&self, args: &[&str]) -> Result<String> {
        run(self.kubectl().args(args))
    }

    /// Applies YAML or JSON text.
    pub fn apply(&self, text: &str) -> Result<String> {
        let mut file = tempfile::NamedTempFile::new()?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        run(self.kubectl().args(["apply", "--server-side", "-f"]).arg(file.path()))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let mut command = kubectl(&self.kubectl, &self.kubeconfig);
        command.args(["delete", "namespace", &self.name, "--wait=false", "--ignore-not-found"]);
        if let Err(error) = run(&mut command) {
            eprintln!("namespace {} stays: {error:#}", self.name);
        }
    }
}

fn kubectl(program: &Path, kubeconfig: &Path) -> Command {
    let mut command = Command::new(program);
    surroundings(&mut command).arg("--kubeconfig").arg(kubeconfig);
    command
}

/// Unlike any name of this process, of processes beside it and of those before it on this boot.
fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let me = ProcessId::me();
    format!("{prefix}-{:x}-{:x}-{}", me.started, me.pid, COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ() {
        assert_ne!(unique("a"), unique("a"));
        assert!(unique("logs").starts_with("logs-"));
    }
}
