//! Layers that look at the sources: formatting, lints, dependencies, documentation.

use std::{net::ToSocketAddrs, process::Command, time::Duration};

use super::{Found, count::Counts};
use crate::{
    assets::{SMALL, cargo_wasm},
    command::{self, Show},
    paths::Paths,
    profile::Profile,
    tool::Tool,
};

const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", install: &[] };
const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2", install: &[] };

/// One and the same profile, set of crates and features for all that the layers compile: another of them would mean
/// another build of half the dependencies. The browser's half is compiled on its own: its features exclude the server's.
pub const SERVER_SIDE: [&str; 7] = [
    "--profile",
    Profile::Ci.cargo_name(),
    "--workspace",
    "--exclude",
    "frontend",
    "--features",
    "xtask/bindgen,xtask/cluster",
];

pub(super) fn fmt(paths: &Paths) -> anyhow::Result<Counts> {
    passed(command::cargo(&paths.root).args(["fmt", "--all", "--check"]))
}

pub(super) fn clippy(paths: &Paths) -> anyhow::Result<Counts> {
    let deny = ["--", "--deny", "warnings"];
    let mut server = command::cargo(&paths.root);
    server.args(["clippy", "--all-targets"]).args(SERVER_SIDE).args(deny);
    // In the profile of the real build, so that macros and build scripts are compiled once.
    let mut browser = cargo_wasm(paths, "clippy");
    browser.args(SMALL).args(deny);
    let mut counts = passed(&mut server)?;
    counts += passed(&mut browser)?;
    Ok(counts)
}

pub(super) fn doc(paths: &Paths) -> anyhow::Result<Counts> {
    passed(
        command::cargo(&paths.root).args(["doc", "--no-deps"]).args(SERVER_SIDE).env("RUSTDOCFLAGS", "--deny warnings"),
    )
}

pub(super) fn machete(paths: &Paths) -> anyhow::Result<Counts> {
    passed(command::program(MACHETE.ensure(paths)?, ["--with-metadata"], &paths.root).arg(&paths.root))
}

/// The database of known holes lies on a Git server that some networks do not reach. Then the rest is checked, and the report
/// says so.
pub(super) fn deny(paths: &Paths) -> anyhow::Result<Found> {
    let program = DENY.ensure(paths)?;
    let check = |what: &[&str]| {
        let mut deny = Command::new(&program);
        deny.current_dir(&paths.root)
            .args(["--all-features", "--config", ".cargo/deny.toml", "check", "--hide-inclusion-graph"])
            .args(what);
        deny
    };
    let mut counts = Counts::default();
    for what in ["bans", "licenses", "sources"] {
        counts += passed(&mut check(&[what]))?;
    }
    if reachable("github.com:443") {
        counts += passed(&mut check(&["advisories"]))?;
        return Ok(counts.into());
    }
    let note =
        "ADVISORIES WERE NOT CHECKED: github.com, where their database lies, cannot be reached from here".to_owned();
    Ok(Found { counts, note: Some(note) })
}

fn reachable(host: &str) -> bool {
    let Ok(addresses) = host.to_socket_addrs() else {
        return false;
    };
    addresses.into_iter().any(|address| std::net::TcpStream::connect_timeout(&address, Duration::from_secs(3)).is_ok())
}

fn passed(command: &mut Command) -> anyhow::Result<Counts> {
    Ok(Counts::one(command::observe(command, Show::Always)?.success))
}
