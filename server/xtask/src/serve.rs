//! `cargo xtask serve`: from a fresh checkout to a console in the browser.

use std::{
    fs::{self, OpenOptions},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::Context;
use clap::Args;

use crate::{
    advice::Advice,
    assets,
    cluster::{self, Held},
    machine::{self, Need},
    paths::Paths,
    prerequisites,
    profile::Profile,
    server,
    steps::{Done, Steps},
};

#[derive(Debug, Args)]
pub struct Serve {
    /// Start a real Kubernetes cluster as well and import it (needs root and Debian)
    #[arg(long)]
    demo: bool,
    /// Port on this machine
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the database and the secret key lie [default: gantry-data in the repository]
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Build with all optimizations
    #[arg(long)]
    release: bool,
    /// Passed on to `gantry serve`
    #[arg(last = true)]
    more: Vec<String>,
}

/// # Errors
/// The first step that fails, or what kept the server from starting.
pub fn run(paths: &Paths, serve: &Serve) -> anyhow::Result<ExitCode> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), serve.port);
    let data = std::path::absolute(serve.data_dir.clone().unwrap_or_else(|| paths.root.join("gantry-data")))?;
    let profile = if serve.release { Profile::Release } else { Profile::Dev };
    let mut steps = Steps::default();

    steps.run("Rust, Node, C compiler", prerequisites::check)?;
    // Told before minutes of building.
    steps.run(&format!("port {}", serve.port), || free(address))?;
    steps.run("data directory", || writable(&data))?;
    assets::build(paths, profile, &mut steps)?;
    let binary = server::build(paths, profile, &mut steps)?;
    let held = if serve.demo { Some(demo(paths, profile, &mut steps)?) } else { None };
    eprintln!("  ready after {:.1} s; the data lies in {}", steps.total().as_secs_f64(), data.display());

    let mut gantry = Command::new(&binary);
    gantry.arg("serve").args(&serve.more).current_dir(&paths.root);
    gantry.env("GANTRY_SERVER__LISTEN", address.to_string()).env("GANTRY_SERVER__DATA_DIR", &data);
    match held {
        // The console takes this program's place: signals and the exit code are its own.
        None => Err(gantry.exec()).with_context(|| format!("cannot start {}", binary.display())),
        Some(held) => {
            gantry.env("GANTRY_DEMO_KUBECONFIG", &held.kubeconfig);
            // Ctrl-C reaches the console and the cluster as well; this program waits until both have stopped.
            ctrlc::set_handler(|| ())?;
            let status = gantry.status().with_context(|| format!("cannot start {}", binary.display()))?;
            drop(held);
            Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
        }
    }
}

fn demo(paths: &Paths, profile: Profile, steps: &mut Steps) -> anyhow::Result<Held> {
    // The tools are built once, which takes some ten minutes; from then on the cluster is there in seconds.
    steps.run("Kubernetes: packages and programs", || {
        machine::set_up(paths, profile, &[Need::Cluster]).map(|()| Done::Unchanged)
    })?;
    let mut held = None;
    steps.run("Kubernetes: cluster with a node", || {
        held = Some(cluster::Held::start(paths, profile, "demo")?);
        Ok(Done::Fresh)
    })?;
    held.context("the cluster was started")
}

fn free(address: SocketAddr) -> anyhow::Result<Done> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(Done::Unchanged),
        Err(error) => Err(Advice::error(
            format!("port {} cannot be used: {error}", address.port()),
            "stop the program that uses it (ss -ltnp names it), or choose another port: cargo xtask serve --port 8081",
        )),
    }
}

fn writable(data: &Path) -> anyhow::Result<Done> {
    let there = data.is_dir();
    let probe = data.join(".probe");
    let write = || {
        fs::create_dir_all(data)?;
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&probe)
            .and_then(|mut file| std::io::Write::write_all(&mut file, &[0; 4096]))?;
        fs::remove_file(&probe)
    };
    write().map_err(|error| {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Advice::error(
                format!("the disk of the data directory {} is full", data.display()),
                "free some space there, or choose another: cargo xtask serve --data-dir DIR",
            );
        }
        Advice::error(
            format!("the data directory {} cannot be written: {error}", data.display()),
            "give it to this user, or choose another: cargo xtask serve --data-dir DIR",
        )
    })?;
    Ok(if there { Done::Unchanged } else { Done::Fresh })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = taken.local_addr().expect("its address");
        let error = free(address).expect_err("it is taken").to_string();
        assert!(error.contains(&address.port().to_string()) && error.contains("--port"), "{error}");
        drop(taken);
        assert!(free(address).is_ok());
    }

    #[test]
    fn a_data_directory_that_is_a_file_is_told() {
        let error = writable(Path::new("/dev/null/data")).expect_err("it is no folder").to_string();
        assert!(error.contains("--data-dir"), "{error}");
    }
}
