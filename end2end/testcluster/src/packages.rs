//! The Debian packages that the cluster uses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Kind;
use crate::process::run;

/// A package and a file of it that shows that it is there.
struct Package {
    name: &'static str,
    file: &'static str,
}

const NODE: [Package; 14] = [
    Package { name: "containerd", file: "/usr/bin/containerd-shim-runc-v2" },
    Package { name: "runc", file: "/usr/sbin/runc" },
    Package { name: "containernetworking-plugins", file: "/usr/lib/cni/bridge" },
    Package { name: "docker-registry", file: "/usr/bin/docker-registry" },
    Package { name: "skopeo", file: "/usr/bin/skopeo" },
    Package { name: "iptables", file: "/usr/sbin/iptables" },
    Package { name: "nftables", file: "/usr/sbin/nft" },
    Package { name: "iproute2", file: "/sbin/ip" },
    Package { name: "busybox-static", file: "/bin/busybox" },
    Package { name: "bash-static", file: "/bin/bash-static" },
    Package { name: "apache2-utils", file: "/usr/bin/htpasswd" },
    // The reaper (see node.rs) is compiled at each start.
    Package { name: "gcc", file: "/usr/bin/gcc" },
    Package { name: "libc6-dev", file: "/usr/include/stdlib.h" },
    Package { name: "conntrack", file: "/usr/sbin/conntrack" },
];

/// What is missing for a kind of cluster. A plane alone needs nothing of Debian.
pub fn missing_packages(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Plane => Vec::new(),
        Kind::Node => NODE.iter().filter(|p| !Path::new(p.file).exists()).map(|p| p.name).collect(),
    }
}

/// Fails with the command that helps when a package is missing.
pub fn check(kind: Kind) -> Result<()> {
    if kind == Kind::Node && !nix::unistd::geteuid().is_root() {
        bail!("a cluster with a node makes namespaces, interfaces and cgroups: run it as root (a plane needs no root)");
    }
    let missing = missing_packages(kind);
    if !missing.is_empty() {
        bail!("packages are missing: run `cargo xtask setup`, or as root `apt-get install {}`", missing.join(" "));
    }
    Ok(())
}

/// Installs what is missing for both kinds of cluster, starting no services.
pub fn install_packages() -> Result<()> {
    install(&missing_packages(Kind::Node))
}

/// Installs Debian packages without the services that they bring: `policy-rc.d` forbids starting them.
pub fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if !nix::unistd::geteuid().is_root() {
        bail!("packages are missing; as root: apt-get install --no-install-recommends {}", packages.join(" "));
    }
    let _no_services = NoServices::new()?;
    let apt = |args: &[&str]| {
        run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(args))
    };
    let mut args = vec!["install", "--no-install-recommends"];
    args.extend(packages);
    // The lists may be old or absent: asked for only when it does not work without.
    if apt(&args).is_err() {
        apt(&["update"]).context("apt-get update")?;
        apt(&args).with_context(|| format!("install {}", packages.join(" ")))?;
    }
    Ok(())
}

/// The machine's own `policy-rc.d`, if it has one, comes back afterwards.
struct NoServices {
    before: Option<Vec<u8>>,
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

impl NoServices {
    fn new() -> Result<Self> {
        let before = fs::read(POLICY).ok();
        fs::write(POLICY, "#!/bin/sh\nexit 101\n").with_context(|| format!("write {POLICY}"))?;
        fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
        Ok(Self { before })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        let _ = match &self.before {
            Some(text) => fs::write(POLICY, text),
            None => fs::remove_file(POLICY),
        };
    }
}
