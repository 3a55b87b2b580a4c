//! The program `cluster`, built when it is needed, and clusters that end with the command that wanted them.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::Context;

use crate::{
    advice,
    command::{self, Show},
    own_program,
    paths::Paths,
    profile::Profile,
};

/// Builds the program and answers where it is.
///
/// # Errors
/// When it does not compile.
pub fn program(paths: &Paths, profile: Profile) -> anyhow::Result<PathBuf> {
    own_program::build(paths, profile, "cluster")
}

/// Installs the Debian packages that clusters need and `packages`, and builds the Go programs.
///
/// # Errors
/// When something cannot be installed or built.
pub fn set_up(paths: &Paths, profile: Profile, packages: &[&str]) -> anyhow::Result<()> {
    let mut setup = Command::new(program(paths, profile)?);
    setup.arg("setup").args(packages.iter().map(|name| format!("--package={name}"))).current_dir(&paths.root);
    command::run(&mut setup, Show::Always).map(|_| ())
}

/// A cluster that lives as long as this value; also when this program is killed it ends, because its keeper reads from here.
/// Or a foreign one, which is left alone.
pub struct Held {
    pub program: PathBuf,
    pub kubeconfig: PathBuf,
    own: Option<Own>,
}

struct Own {
    name: String,
    keeper: Child,
}

/// Names the cluster of the tests by its kubeconfig.
const NAMED: &str = "GANTRY_TEST_KUBECONFIG";

impl Held {
    /// The cluster that `GANTRY_TEST_KUBECONFIG` names, or a new one.
    ///
    /// # Errors
    /// When the named file is not there, or the new cluster does not start.
    pub fn for_tests(paths: &Paths, name: &str) -> anyhow::Result<Self> {
        let Some(file) = std::env::var_os(NAMED).filter(|file| !file.is_empty()) else {
            return Self::start(paths, Profile::Ci, name);
        };
        let kubeconfig = std::path::absolute(file)?;
        anyhow::ensure!(kubeconfig.is_file(), "{NAMED} names {}, which is no file", kubeconfig.display());
        eprintln!("  the cluster of {}", kubeconfig.display());
        Ok(Self { program: program(paths, Profile::Ci)?, kubeconfig, own: None })
    }

    /// Starts a cluster with a node and waits until it is ready.
    ///
    /// # Errors
    /// With the keeper's own words when it does not start.
    pub fn start(paths: &Paths, profile: Profile, name: &str) -> anyhow::Result<Self> {
        let program = program(paths, profile)?;
        let mut keeper = Command::new(&program)
            .args(["keep", name, "--until-eof"])
            .current_dir(&paths.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut lines = BufReader::new(keeper.stdout.take().context("the keeper has an output")?).lines();
        let mut said = String::new();
        let kubeconfig = loop {
            let Some(line) = lines.next().transpose()? else {
                keeper.wait()?;
                return Err(advice::from_output(&said)
                    .unwrap_or_else(|| anyhow::anyhow!("the cluster {name} did not start, see above")));
            };
            if let Some(path) = line.strip_prefix("ready: ") {
                break PathBuf::from(path);
            }
            eprintln!("  {line}");
            said.push_str(&line);
            said.push('\n');
        };
        // The keeper must never wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { program, kubeconfig, own: Some(Own { name: name.to_owned(), keeper }) })
    }

    /// What tests and scripts look for in their environment.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        let name = self.own.as_ref().map(|own| ("GANTRY_TESTCLUSTER", PathBuf::from(&own.name)));
        [(NAMED, self.kubeconfig.clone()), ("GANTRY_CLUSTER_BIN", self.program.clone())].into_iter().chain(name)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(own) = &mut self.own else { return };
        drop(own.keeper.stdin.take());
        if let Err(error) = own.keeper.wait() {
            eprintln!("the cluster {} may still run: {error}", own.name);
        }
    }
}
