//! `cargo xtask <command>`: everything that can be done with this repository, with the same words on every machine.

mod advice;
mod assets;
mod cluster;
mod command;
mod dist;
mod machine;
mod own_program;
mod paths;
mod prerequisites;
mod profile;
mod scripts;
mod serve;
mod server;
mod stamp;
mod steps;
mod test;
mod tool;

use std::{os::unix::process::CommandExt, process::Command, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{machine::Need, paths::Paths, profile::Profile, serve::Serve, steps::Steps, test::Layer};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, start and test Gantry", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything that changed and start the console
    Serve(Serve),
    /// Set the machine up and run the tests, all or the named layers
    Test {
        #[arg(value_enum)]
        layers: Vec<Layer>,
        /// Passed on to the layer's last program, e.g. `test e2e -- --grep login`
        #[arg(last = true)]
        more: Vec<String>,
    },
    /// Make the one file that is handed out: target/dist/gantry
    Dist,
    /// Make everything the browser gets: wasm, style sheet, editor, terminal, charts
    Build {
        /// How much to optimize
        #[arg(long, value_enum, default_value = "dev")]
        profile: Profile,
    },
    /// Install and build everything that tests and clusters need on this machine
    Setup,
    /// Start and stop real Kubernetes clusters: up, down, status, kubeconfig
    #[command(disable_help_flag = true)]
    Cluster {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Take pictures of all pages of the live product
    Shots {
        #[arg(last = true)]
        more: Vec<String>,
    },
    /// Measure the product against a large cluster and print the table
    Bench {
        #[arg(last = true)]
        more: Vec<String>,
    },
}

fn main() -> ExitCode {
    let result = Paths::find().and_then(|paths| run(&paths, Arguments::parse().command));
    result.unwrap_or_else(|error| {
        eprintln!("error: {}", advice::explain(&error));
        ExitCode::FAILURE
    })
}

fn run(paths: &Paths, task: Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Serve(serve) => return serve::run(paths, &serve),
        Task::Test { layers, more } => {
            anyhow::ensure!(more.is_empty() || layers.len() == 1, "words after -- belong to one layer: name it");
            return Ok(test::run(paths, &layers, &more));
        }
        Task::Dist => dist::run(paths)?,
        Task::Build { profile } => {
            let mut steps = Steps::default();
            steps.run("Rust, Node, C compiler", prerequisites::check)?;
            let manifest = assets::build(paths, profile, &mut steps)?;
            dist::print_sizes(&manifest);
            eprintln!("  {} in {:.1} s", paths.site().display(), steps.total().as_secs_f64());
        }
        Task::Setup => {
            prerequisites::check()?;
            prerequisites::wasm_target(&paths.root)?;
            prerequisites::components(&paths.root)?;
            machine::set_up(paths, Profile::Dev, &[Need::Postgres, Need::Oracles, Need::Browser, Need::Cluster])?;
        }
        Task::Cluster { words } => {
            return Err(Command::new(cluster::program(paths, Profile::Dev)?).args(words).exec().into());
        }
        Task::Shots { more } => {
            return scripts::run(paths, Profile::Ci, &["playwright", "test", "--config=shots.config.ts"], &more);
        }
        // What is measured is what is handed out.
        Task::Bench { more } => return scripts::run(paths, Profile::Ci, &["node", "bench/run.mjs"], &more),
    }
    Ok(ExitCode::SUCCESS)
}
