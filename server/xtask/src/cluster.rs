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
    paths::Paths,
};

/// Builds the program and answers where it is.
///
/// # Errors
/// When it does not compile.
pub fn program(paths: &Paths) -> anyhow::Result<PathBuf> {
    let mut cargo = command::cargo(&paths.root);
    cargo
        .args(["build", "--quiet", "--package", "xtask", "--features", "cluster", "--bin", "cluster", "--target-dir"])
        .arg(&paths.target);
    command::run(&mut cargo, Show::Always)?;
    Ok(paths.target.join("debug/cluster"))
}

/// Installs the Debian packages that clusters need and `packages`, and builds the Go programs.
///
/// # Errors
/// When something cannot be installed or built.
pub fn set_up(paths: &Paths, packages: &[&str]) -> anyhow::Result<()> {
    let mut setup = Command::new(program(paths)?);
    setup.arg("setup").args(packages.iter().map(|name| format!("--package={name}"))).current_dir(&paths.root);
    command::run(&mut setup, Show::Always).map(|_| ())
}

/// A cluster that lives as long as this value; also when this program is killed it ends, because its keeper reads from here.
pub struct Held {
    pub program: PathBuf,
    pub name: String,
    pub kubeconfig: PathBuf,
    keeper: Child,
}

impl Held {
    /// Starts a cluster with a node and waits until it is ready.
    ///
    /// # Errors
    /// With the keeper's own words when it does not start.
    pub fn start(paths: &Paths, name: &str) -> anyhow::Result<Self> {
        let program = program(paths)?;
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
        Ok(Self { program, name: name.to_owned(), kubeconfig, keeper })
    }

    /// What tests and scripts look for in their environment.
    pub fn environment(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("GANTRY_TESTCLUSTER", PathBuf::from(&self.name)),
            ("GANTRY_TEST_KUBECONFIG", self.kubeconfig.clone()),
            ("GANTRY_CLUSTER_BIN", self.program.clone()),
        ]
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("the cluster {} may still run: {error}", self.name);
        }
    }
}
