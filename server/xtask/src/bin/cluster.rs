//! Starts and stops real Kubernetes clusters, and sets a machine up for that. `cargo xtask cluster …` and the tests call it.
//! What it answers goes to standard output, what it says to standard error.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use nix::{
    sys::signal::{SigSet, Signal, kill},
    unistd::Pid,
};
use testcluster::{Cluster, Options, load::Counts};

#[derive(Parser)]
#[command(
    name = "cargo xtask cluster",
    about = "Real Kubernetes clusters for development and tests",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start a cluster; it runs until `down`
    Up(Up),
    /// Stop a cluster, or clean what a killed one left
    Down {
        #[arg(default_value = NAME)]
        name: String,
        /// Every cluster of this user
        #[arg(long)]
        all: bool,
    },
    /// What runs, and where
    Status,
    /// Path of the administrator's kubeconfig
    Kubeconfig {
        #[arg(default_value = NAME)]
        name: String,
    },
    /// Install the Debian packages and build the Go programs that clusters need
    Setup {
        /// More packages to install
        #[arg(long = "package", value_name = "NAME")]
        packages: Vec<String>,
    },
    /// Install Debian packages without starting their services
    #[command(hide = true)]
    Install { packages: Vec<String> },
    /// Hold a cluster in the foreground until it is interrupted
    Keep {
        #[command(flatten)]
        up: Up,
        /// Stop as well when standard input ends, that is, when the program that wanted the cluster is gone
        #[arg(long)]
        until_eof: bool,
    },
    /// Path of kubectl in the version of the clusters
    Kubectl,
}

const NAME: &str = "dev";

#[derive(Args)]
struct Up {
    #[arg(default_value = NAME)]
    name: String,
    /// Control plane only: no root needed, pods do not run
    #[arg(long)]
    plane: bool,
    /// A large one that only pretends: 1,000 nodes, 10,000 pods, 1,000 Deployments, 10,000 events
    #[arg(long, conflicts_with = "plane")]
    load: bool,
    /// Another number of pods than 10,000, the rest in proportion
    #[arg(long, requires = "load")]
    pods: Option<usize>,
}

impl Up {
    fn options(&self) -> Options {
        match (self.plane, self.load) {
            (true, _) => Options::plane(&self.name),
            (_, true) => Options::load(&self.name),
            _ => Options::node(&self.name),
        }
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec!["keep".to_owned(), self.name.clone()];
        words.extend(
            [(self.plane, "--plane"), (self.load, "--load")]
                .into_iter()
                .filter(|(set, _)| *set)
                .map(|(_, word)| word.to_owned()),
        );
        words.extend(self.pods.map(|pods| format!("--pods={pods}")));
        words
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let root = testcluster::default_root();
    match task {
        Task::Up(up) => {
            // The keeper outlives this command, and cargo may write a new program here meanwhile: it gets a copy of its own.
            let program = own_copy(&root, &up.name)?;
            let cluster =
                testcluster::up_detached(&program, &up.words(), &up.options(), &mut |line| eprintln!("  {line}"))?;
            println!("{}", cluster.kubeconfig.display());
            Ok(())
        }
        Task::Down { name, all } => {
            if all {
                return testcluster::down_all(&root);
            }
            testcluster::down(&root, &name)?;
            remove_copy(&root, &name);
            Ok(())
        }
        Task::Status => {
            let found = testcluster::status(&root)?;
            if found.is_empty() {
                eprintln!("no cluster; start one with: cargo xtask cluster up");
            }
            for cluster in found {
                println!(
                    "{} {:?} {} {} {} MiB, {} processes",
                    cluster.name, cluster.kind, cluster.word, cluster.server_url, cluster.memory_mib, cluster.processes
                );
                println!("  kubeconfig {}", cluster.kubeconfig.display());
                if let Some(registry) = cluster.registry {
                    println!("  registry   {registry}");
                }
                if let Some(error) = cluster.error {
                    println!("  {error}");
                }
            }
            Ok(())
        }
        Task::Kubeconfig { name } => {
            println!("{}", Cluster::attach(&root, &name)?.kubeconfig.display());
            Ok(())
        }
        Task::Setup { packages } => setup(&packages),
        Task::Install { packages } => install(&packages.iter().map(String::as_str).collect::<Vec<_>>()),
        Task::Keep { up, until_eof } => {
            if until_eof {
                stop_at_end_of_input()?;
            }
            testcluster::keep(&up.options(), |cluster| {
                if up.load {
                    let counts = up.pods.map_or_else(Counts::full, Counts::pods);
                    testcluster::load::fill(cluster, counts, &mut |line| println!("{line}"))?;
                }
                Ok(())
            })
        }
        Task::Kubectl => {
            println!("{}", testcluster::tools::find(&[testcluster::tools::Module::Kubernetes])?.kubectl()?.display());
            Ok(())
        }
    }
}

/// Sends this program the signal that `keep` waits for.
fn stop_at_end_of_input() -> anyhow::Result<()> {
    // Blocked before the thread is made, which inherits it: else the signal would end the program instead of waking `keep`.
    SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT]).thread_block()?;
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        if let Err(error) = kill(Pid::this(), Signal::SIGTERM) {
            eprintln!("cannot stop: {error}");
        }
    });
    Ok(())
}

fn setup(more: &[String]) -> anyhow::Result<()> {
    let mut missing = testcluster::packages::missing_packages(testcluster::Kind::Node);
    missing.extend(more.iter().map(String::as_str));
    install(&missing)?;
    testcluster::tools::ensure(&mut |line| eprintln!("  {line}"))?;
    Ok(())
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        eprintln!("  Debian packages: all there");
        return Ok(());
    }
    eprintln!("  Debian packages: {}", packages.join(" "));
    testcluster::packages::install(packages)
}

fn copy_path(root: &Path, name: &str) -> PathBuf {
    root.join(format!("{name}.keeper"))
}

fn own_copy(root: &Path, name: &str) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
    let copy = copy_path(root, name);
    // A running program cannot be written over, but its name can be given to another file.
    let _ = fs::remove_file(&copy);
    fs::copy(std::env::current_exe()?, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

fn remove_copy(root: &Path, name: &str) {
    let _ = fs::remove_file(copy_path(root, name));
}
