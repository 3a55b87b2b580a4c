//! What a cluster writes down about itself, and how the remains of one that was killed are found.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

use crate::Kind;
use crate::lock::FileLock;
use crate::process::{ProcessId, boot_id, wait_until};
use crate::slot::Slot;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    Starting,
    Ready,
    Failed,
}

/// A program that the keeper started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessRecord {
    pub name: String,
    pub id: ProcessId,
}

/// How long one step of the start took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    pub seconds: f64,
}

/// The file `state.json` in a cluster's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub name: String,
    pub kind: Kind,
    pub phase: Phase,
    pub error: Option<String>,
    /// Which of the machine's slots (addresses, ports, names) is used; none before it is known.
    pub slot: Option<u8>,
    pub boot_id: String,
    pub keeper: ProcessId,
    pub server_url: String,
    /// Where the Services of type NodePort answer.
    pub address: IpAddr,
    pub kubeconfig: PathBuf,
    pub registry: Option<String>,
    pub processes: Vec<ProcessRecord>,
    pub steps: Vec<Step>,
}

impl State {
    pub fn file(dir: &Path) -> PathBuf {
        dir.join("state.json")
    }

    pub fn read(dir: &Path) -> Result<Option<Self>> {
        let file = Self::file(dir);
        match fs::read(&file) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text).with_context(|| format!("parse {}", file.display()))?)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| format!("read {}", file.display())),
        }
    }

    /// Readers see the old file or the new one, never half of it.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let new = dir.join("state.json.new");
        fs::write(&new, serde_json::to_vec_pretty(self)?).with_context(|| format!("write {}", new.display()))?;
        fs::rename(&new, Self::file(dir))?;
        Ok(())
    }

    /// The keeper runs and is the one that wrote this file.
    pub fn kept(&self) -> bool {
        self.boot_id == boot_id() && self.keeper.alive()
    }
}

/// The folder that holds all clusters of a user: `GANTRY_CLUSTER_STATE`, or below the XDG state folder.
pub fn default_root() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable("GANTRY_CLUSTER_STATE").unwrap_or_else(|| {
        variable("XDG_STATE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
            .unwrap_or_else(std::env::temp_dir)
            .join("gantry/clusters")
    })
}

/// Names become folders, kubeconfig contexts and parts of socket paths.
pub fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 30 || !name.chars().all(plain) || name.starts_with('-') {
        bail!("cluster name {name:?}: use 1 to 30 of a-z, 0-9 and '-', not '-' first");
    }
    Ok(())
}

pub fn dir_of(root: &Path, name: &str) -> PathBuf {
    root.join(name)
}

/// Held by the keeper as long as the cluster runs.
pub fn lock_path(root: &Path, name: &str) -> PathBuf {
    root.join(format!("{name}.lock"))
}

/// All clusters that have a folder, running or not.
pub fn list(root: &Path) -> Result<Vec<State>> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("read {}", root.display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        if let Some(state) = State::read(&entry?.path()).ok().flatten() {
            found.push(state);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Ends what is left of a cluster whose keeper is gone and removes its folder. The caller holds the lock
/// of the name, so no keeper can be alive.
pub fn clean(dir: &Path, _lock: &FileLock) -> Result<()> {
    if let Some(state) = State::read(dir).unwrap_or_default() {
        end_processes(&state)?;
        if let Some(number) = state.slot {
            Slot::reclaim(number, state.kind)?;
        }
    }
    remove_dir(dir)
}

/// Kills what is still ours (numbers used again by others are left alone) and waits for the end.
pub fn end_processes(state: &State) -> Result<()> {
    if state.boot_id != boot_id() {
        return Ok(());
    }
    for process in &state.processes {
        if process.id.alive() {
            let _ = process.id.signal(Signal::SIGKILL);
        }
    }
    for process in &state.processes {
        process.id.wait_gone(Duration::from_secs(20)).with_context(|| format!("end {}", process.name))?;
    }
    Ok(())
}

/// Removes a cluster's folder when nothing of a node's namespace is mounted in it any more.
pub fn remove_dir(dir: &Path) -> Result<()> {
    if !dir.exists() {
        return Ok(());
    }
    let mounted = || {
        let own = format!("{}/", dir.display());
        fs::read_to_string("/proc/self/mountinfo").is_ok_and(|text| {
            text.lines().any(|line| line.split(' ').nth(4).is_some_and(|point| point.starts_with(&own)))
        })
    };
    wait_until(Duration::from_secs(10), &format!("mounts below {} to go", dir.display()), || {
        Ok((!mounted()).then_some(()))
    })?;
    // Programs that are just ending may still write into it.
    wait_until(Duration::from_secs(10), &format!("{} to be removed", dir.display()), || match fs::remove_dir_all(dir) {
        Ok(()) => Ok(Some(())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Some(())),
        Err(_) => Ok(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(keeper: ProcessId) -> State {
        State {
            name: "x".into(),
            kind: Kind::Plane,
            phase: Phase::Ready,
            error: None,
            slot: None,
            boot_id: boot_id(),
            keeper,
            server_url: "https://127.0.0.1:1".into(),
            address: [127, 0, 0, 1].into(),
            kubeconfig: "k".into(),
            registry: None,
            processes: Vec::new(),
            steps: Vec::new(),
        }
    }

    #[test]
    fn written_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        assert!(State::read(dir.path()).unwrap().is_none());
        state(ProcessId::me()).write(dir.path()).unwrap();
        let read = State::read(dir.path()).unwrap().unwrap();
        assert!(read.kept());
        assert_eq!(read.phase, Phase::Ready);
    }

    #[test]
    fn a_state_of_another_boot_is_not_kept() {
        let mut other = state(ProcessId::me());
        other.boot_id = "other".into();
        assert!(!other.kept());
        // ... and its process numbers mean nothing: ours must survive.
        other.processes.push(ProcessRecord { name: "me".into(), id: ProcessId::me() });
        end_processes(&other).unwrap();
    }

    #[test]
    fn leftovers_are_ended_and_removed() {
        let root = tempfile::tempdir().unwrap();
        let dir = dir_of(root.path(), "x");
        fs::create_dir(&dir).unwrap();
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let id = ProcessId::of(child.id().cast_signed()).unwrap();
        let mut left = state(ProcessId { pid: 1, started: u64::MAX });
        left.processes.push(ProcessRecord { name: "sleep".into(), id });
        left.write(&dir).unwrap();
        let lock = FileLock::try_take(&lock_path(root.path(), "x")).unwrap().unwrap();
        clean(&dir, &lock).unwrap();
        child.wait().unwrap();
        assert!(!id.alive());
        assert!(!dir.exists());
    }

    #[test]
    fn half_written_state_is_cleaned_too() {
        let root = tempfile::tempdir().unwrap();
        let dir = dir_of(root.path(), "x");
        fs::create_dir(&dir).unwrap();
        fs::write(State::file(&dir), "{\"name\":").unwrap();
        let lock = FileLock::try_take(&lock_path(root.path(), "x")).unwrap().unwrap();
        clean(&dir, &lock).unwrap();
        assert!(!dir.exists());
    }

    #[test]
    fn names() {
        for good in ["dev", "a-1", "0"] {
            check_name(good).unwrap();
        }
        for bad in ["", "-a", "A", "a/b", "..", &"a".repeat(31)] {
            check_name(bad).unwrap_err();
        }
    }
}
