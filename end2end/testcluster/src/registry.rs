//! A local image registry (Debian's docker-registry), reachable from the tests and from the node.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::images::{Image, write_archive};
use crate::parts::Parts;
use crate::process::{run, surroundings};
use crate::supervisor::Program;

/// Starts the registry at `address` and waits until it answers.
pub fn start(parts: &Parts<'_>, address: SocketAddr) -> Result<()> {
    let Parts { supervisor, dir, options, .. } = parts;
    let mut config = json!({
        "version": 0.1,
        "log": { "level": "warn" },
        "storage": {
            "filesystem": { "rootdirectory": dir.join("registry") },
            "delete": { "enabled": true },
        },
        "http": { "addr": address.to_string() },
    });
    if !options.registry_users.is_empty() {
        let file = dir.join("registry.htpasswd");
        let mut lines = String::new();
        for (user, password) in &options.registry_users {
            // The lowest cost: each request pays for it.
            lines.push_str(run(Command::new("htpasswd").args(["-nbB", "-C", "4", user, password]))?.trim());
            lines.push('\n');
        }
        fs::write(&file, lines)?;
        config["auth"] = json!({ "htpasswd": { "realm": "testcluster", "path": file } });
    }
    // The file is YAML, of which JSON is a part.
    let file = dir.join("registry.yml");
    fs::write(&file, serde_json::to_vec_pretty(&config)?)?;
    supervisor.start(
        Program::new("registry", "/usr/bin/docker-registry", false)
            .args(["serve".to_owned(), file.display().to_string()]),
    )?;
    trust(dir, &address.to_string())?;
    supervisor.wait(Duration::from_secs(30), "the registry to answer", || {
        Ok(TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok())
    })?;
    Ok(())
}

/// Lets containerd pull from it without TLS. The file is read at each pull.
fn trust(dir: &Path, registry: &str) -> Result<()> {
    let certs = dir.join("certs.d").join(registry);
    fs::create_dir_all(&certs)?;
    let hosts = format!(
        "server = \"http://{registry}\"\n[host.\"http://{registry}\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
    );
    fs::write(certs.join("hosts.toml"), hosts)?;
    Ok(())
}

/// Pushes an archive as `<registry>/<reference>`.
pub fn push(archive: &Path, registry: &str, reference: &str, credentials: Option<&(String, String)>) -> Result<()> {
    let mut command = Command::new("skopeo");
    surroundings(&mut command).args(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]);
    if let Some((user, password)) = credentials {
        command.arg(format!("--dest-creds={user}:{password}"));
    }
    command.arg(format!("docker-archive:{}", archive.display())).arg(format!("docker://{registry}/{reference}"));
    run(&mut command).with_context(|| format!("push {reference}"))?;
    Ok(())
}

/// Fills it with the images of the tests: `library/<name>:<tag>`, and one repository with several tags.
pub fn fill(parts: &Parts<'_>, archives: &[(Image, PathBuf)], registry: &str) -> Result<()> {
    let credentials = parts.options.registry_users.first();
    for (image, path) in archives.iter().filter(|(image, _)| *image != Image::Pause) {
        push(path, registry, &format!("library/{}:{}", image.name(), image.tag()), credentials)?;
    }
    let init = parts.dir.join("images/init");
    for version in ["1.0", "1.1", "2.0"] {
        let path = parts.dir.join(format!("images/app-{version}.tar"));
        write_archive(Image::NoShell, &init, &format!("app {version}"), &path)?;
        push(&path, registry, &format!("team/app:{version}"), credentials)?;
    }
    Ok(())
}
