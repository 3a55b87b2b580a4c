//! Container images made from programs of this machine: no registry and no Docker is needed for them.
//!
//! Every image has a label of its own, so no two have the same digest: the kubelet remembers by digest whether
//! an image was pulled with credentials.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::node::{compile_init, ctr};
use crate::parts::Parts;
use crate::process::run;

/// The images, by the name that pods use for the imported ones: `tc.local/<name>:<tag>`. The registry has the same
/// ones (with other digests) as `library/<name>:<tag>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// The sandbox of every pod.
    Pause,
    /// A shell and the usual programs; its command sleeps.
    Busybox,
    /// No shell, not even `ls`: one static program that prints `ready` and sleeps.
    NoShell,
    /// bash beside busybox.
    Bash,
}

impl Image {
    pub const ALL: [Self; 4] = [Self::Pause, Self::Busybox, Self::NoShell, Self::Bash];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Busybox => "busybox",
            Self::NoShell => "noshell",
            Self::Bash => "bash",
        }
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::Pause | Self::NoShell => "1",
            Self::Busybox => "1.35",
            Self::Bash => "5",
        }
    }

    /// The name under which it lies on the node.
    pub fn local(self) -> String {
        format!("tc.local/{}:{}", self.name(), self.tag())
    }

    fn command(self) -> &'static [&'static str] {
        match self {
            Self::Pause | Self::NoShell => &["/init"],
            Self::Busybox | Self::Bash => &["sleep", "1000000"],
        }
    }
}

/// The language of programs that are told none, of the package libc-bin.
const LOCALE: &str = "/usr/lib/locale/C.utf8";

/// One file of an image.
struct Entry {
    path: String,
    kind: Kind,
}

enum Kind {
    Dir(u32),
    File(Vec<u8>, u32),
    Link(String),
}

fn dir(path: &str, mode: u32) -> Entry {
    Entry { path: path.into(), kind: Kind::Dir(mode) }
}

fn file(path: &str, data: Vec<u8>, mode: u32) -> Entry {
    Entry { path: path.into(), kind: Kind::File(data, mode) }
}

/// Writes the archive of an image (as `docker save` would); `origin` makes the digest its own.
pub fn write_archive(image: Image, init: &Path, origin: &str, output: &Path) -> Result<()> {
    let read = |path: &str| fs::read(path).with_context(|| format!("read {path}"));
    let init = || fs::read(init).with_context(|| format!("read {}", init.display()));
    let entries = match image {
        Image::Pause | Image::NoShell => vec![file("init", init()?, 0o755)],
        Image::Busybox => busybox(read("/bin/busybox")?)?,
        Image::Bash => {
            let mut entries = busybox(read("/bin/busybox")?)?;
            entries.push(file("bin/bash", read("/bin/bash-static")?, 0o755));
            // As in any distribution's image: without it no program knows UTF-8.
            entries.extend(["usr", "usr/lib", "usr/lib/locale"].map(|path| dir(path, 0o755)));
            copy(Path::new(LOCALE), &mut entries)?;
            entries
        }
    };
    let archive = archive(&entries, &image.local(), image.command(), origin)?;
    fs::write(output, archive).with_context(|| format!("write {}", output.display()))
}

/// A folder of this machine with everything in it.
fn copy(from: &Path, entries: &mut Vec<Entry>) -> Result<()> {
    let path = from.to_string_lossy().trim_start_matches('/').to_owned();
    let read = || format!("read {}", from.display());
    if from.is_dir() {
        entries.push(dir(&path, 0o755));
        let mut inside = fs::read_dir(from).with_context(read)?.collect::<Result<Vec<_>, _>>().with_context(read)?;
        inside.sort_by_key(fs::DirEntry::file_name);
        inside.iter().try_for_each(|entry| copy(&entry.path(), entries))
    } else {
        entries.push(file(&path, fs::read(from).with_context(read)?, 0o644));
        Ok(())
    }
}

fn busybox(program: Vec<u8>) -> Result<Vec<Entry>> {
    let mut entries = vec![
        dir("bin", 0o755),
        dir("etc", 0o755),
        dir("root", 0o700),
        dir("tmp", 0o1777),
        dir("var", 0o755),
        dir("www", 0o755),
        file(
            "etc/passwd",
            b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".to_vec(),
            0o644,
        ),
        file("etc/group", b"root:x:0:\nnogroup:x:65534:\n".to_vec(), 0o644),
        file("www/index.html", b"hello from busybox\n".to_vec(), 0o644),
        file("bin/busybox", program, 0o755),
    ];
    let applets = run(Command::new("/bin/busybox").arg("--list")).context("ask busybox for its programs")?;
    for applet in applets.lines().map(str::trim).filter(|a| !a.is_empty() && *a != "busybox") {
        entries.push(Entry { path: format!("bin/{applet}"), kind: Kind::Link("busybox".into()) });
    }
    Ok(entries)
}

fn archive(entries: &[Entry], name: &str, command: &[&str], origin: &str) -> Result<Vec<u8>> {
    let layer = layer(entries)?;
    let config = json!({
        "architecture": architecture(),
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {
            "Cmd": command,
            "Env": ["PATH=/bin:/sbin:/usr/bin:/usr/sbin"],
            "WorkingDir": "/",
            "Labels": { "gantry.test/origin": format!("{origin} {name}") },
        },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", hex(&layer))] },
        "history": [{ "created": "2026-01-01T00:00:00Z", "created_by": "testcluster" }],
    });
    let config = serde_json::to_vec(&config)?;
    let config_name = format!("{}.json", hex(&config));
    let manifest =
        serde_json::to_vec(&json!([{ "Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"] }]))?;
    let mut archive = tar::Builder::new(Vec::new());
    for (path, data) in [(config_name.as_str(), &config), ("layer.tar", &layer), ("manifest.json", &manifest)] {
        append(&mut archive, path, tar::EntryType::Regular, 0o644, data)?;
    }
    Ok(archive.into_inner()?)
}

fn layer(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut layer = tar::Builder::new(Vec::new());
    for Entry { path, kind } in entries {
        match kind {
            Kind::Dir(mode) => append(&mut layer, &format!("{path}/"), tar::EntryType::Directory, *mode, &[])?,
            Kind::File(data, mode) => append(&mut layer, path, tar::EntryType::Regular, *mode, data)?,
            Kind::Link(target) => {
                let mut header = header(tar::EntryType::Symlink, 0o777, 0);
                layer.append_link(&mut header, path, target)?;
            }
        }
    }
    Ok(layer.into_inner()?)
}

fn append<W: Write>(
    archive: &mut tar::Builder<W>,
    path: &str,
    kind: tar::EntryType,
    mode: u32,
    data: &[u8],
) -> Result<()> {
    let mut header = header(kind, mode, data.len() as u64);
    archive.append_data(&mut header, path, data)?;
    Ok(())
}

/// The same input gives the same bytes: no times, no owners of this machine.
fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// As Go and OCI name it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn hex(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|b| format!("{b:02x}")).collect()
}

/// Makes all images for the node.
pub fn create_all(dir: &Path, origin: &str) -> Result<Vec<(Image, PathBuf)>> {
    let images = dir.join("images");
    fs::create_dir_all(&images)?;
    let init = images.join("init");
    compile_init(&init)?;
    let mut written = Vec::new();
    for image in Image::ALL {
        let path = images.join(format!("{origin}-{}.tar", image.name()));
        write_archive(image, &init, origin, &path)?;
        written.push((image, path));
    }
    Ok(written)
}

/// Makes the images known to the node's containerd.
pub fn import(parts: &Parts<'_>, archives: &[(Image, PathBuf)]) -> Result<()> {
    for (image, path) in archives {
        run(ctr(parts)?.args(["images", "import"]).arg(path)).with_context(|| format!("import {}", image.name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(origin: &str) -> Vec<u8> {
        let entries = [
            dir("bin", 0o755),
            file("bin/x", b"hello".to_vec(), 0o755),
            Entry { path: "bin/y".into(), kind: Kind::Link("x".into()) },
        ];
        archive(&entries, "tc.local/x:1", &["/bin/x"], origin).unwrap()
    }

    fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = tar::Archive::new(archive);
        let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
            let mut entry = entry.unwrap();
            let mut data = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut data).unwrap();
            (entry.path().unwrap().display().to_string(), data)
        };
        archive.entries().unwrap().map(read).collect()
    }

    #[test]
    fn the_manifest_names_what_is_in_the_archive() {
        let files = files(&small("node"));
        let data = |name: &str| &files.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name}")).1;
        let manifest: serde_json::Value = serde_json::from_slice(data("manifest.json")).unwrap();
        assert_eq!(manifest[0]["RepoTags"][0], "tc.local/x:1");
        let config: serde_json::Value = serde_json::from_slice(data(manifest[0]["Config"].as_str().unwrap())).unwrap();
        let layer = data(manifest[0]["Layers"][0].as_str().unwrap());
        assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", hex(layer)));
    }

    #[test]
    fn the_layer_holds_folders_files_and_links() {
        let archive = files(&small("node"));
        let layer = &archive.iter().find(|(n, _)| n == "layer.tar").unwrap().1;
        let mut layer = tar::Archive::new(layer.as_slice());
        let kinds: Vec<_> = layer.entries().unwrap().map(|e| e.unwrap().header().entry_type()).collect();
        assert_eq!(kinds, [tar::EntryType::Directory, tar::EntryType::Regular, tar::EntryType::Symlink]);
    }

    #[test]
    fn same_input_same_bytes_other_origin_other_digest() {
        assert_eq!(small("node"), small("node"));
        let config = |archive: &[u8]| files(archive)[0].0.clone();
        assert_ne!(config(&small("node")), config(&small("registry")));
    }
}
