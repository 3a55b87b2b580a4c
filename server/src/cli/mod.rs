//! The command line. Results go to standard output, what went wrong to standard error in one line.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.

mod admin;
mod backup;
mod doctor;
mod serve;

pub use doctor::{Finding, Level};

use crate::config::{self, Config, ConfigError};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A console for Kubernetes clusters.
#[derive(Debug, Parser)]
#[command(name = "gantry", version, about, max_term_width = 100)]
struct Arguments {
    /// Configuration file (else $GANTRY_CONFIG, else ./gantry.toml when there is one).
    #[arg(long, global = true, env = "GANTRY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the console.
    Serve,
    /// Print the documented default configuration, or check a file.
    Config {
        /// Check this file (with the environment over it) and print nothing else.
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
    /// Help yourself when nobody can sign in.
    Admin {
        #[command(subcommand)]
        command: admin::Command,
    },
    /// Copy the embedded database to a new file, also while the console runs. The secret key is not in it.
    Backup { path: PathBuf },
    /// Replace the embedded database by a backup. The console must be stopped.
    Restore {
        path: PathBuf,
        /// Also when there is a database: it is kept beside the restored one.
        #[arg(long)]
        force: bool,
    },
    /// Check database, secret key, clusters and clock.
    Doctor,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe is all that can go wrong here.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.downcast_ref::<ConfigError>().is_some() => fail(&error, 2),
        Err(error) => fail(&error, 1),
    }
}

fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    let line = chain(error).split_whitespace().collect::<Vec<_>>().join(" ");
    eprintln!("gantry: {line}");
    ExitCode::from(code)
}

/// The error and its causes; one that has said its cause itself is not repeated.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let file = arguments.config.or_else(|| Some(PathBuf::from("gantry.toml")).filter(|file| file.is_file()));
    let config = || -> anyhow::Result<Config> { Ok(config::load(file.as_deref(), environment())?) };
    match arguments.command {
        Command::Serve => serve::run(config()?),
        Command::Config { check: None } => {
            print!("{}", config::DEFAULT);
            Ok(())
        }
        Command::Config { check: Some(file) } => {
            config::load(Some(&file), environment())?;
            println!("{} can be used", file.display());
            Ok(())
        }
        Command::Admin { command } => block_on(admin::run(config()?, command)),
        Command::Backup { path } => block_on(backup::backup(config()?, &path)),
        Command::Restore { path, force } => block_on(backup::restore(config()?, &path, force)),
        Command::Doctor => block_on(doctor::run(config()?)),
    }
}

/// Variables that are no text cannot be ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
