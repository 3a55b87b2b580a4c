//! Slots: what clusters that run beside each other must not share (addresses, ports, interface and
//! cgroup names) follows from one number, and the number is locked for as long as the cluster runs.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Kind;
use crate::lock::FileLock;
use crate::process::{run, surroundings};
use crate::state::{self, State};

/// 200 clusters on one machine are more than it has memory for.
const SLOTS: std::ops::RangeInclusive<u8> = 1..=200;
/// Below the range from which the kernel takes ports for outgoing connections.
const FIRST_PORT: u16 = 21000;
const PORTS_PER_SLOT: u16 = 20;

/// A dead node's address must not follow the default route out of the machine, and its pods' neither.
const BLACKHOLES: [&str; 2] = ["10.213.0.0/16", "10.244.0.0/16"];

#[derive(Debug)]
pub struct Slot {
    pub number: u8,
    kind: Kind,
    _lock: FileLock,
}

impl Slot {
    /// Takes the first free slot and cleans what a killed cluster left in it.
    pub fn take(kind: Kind, dir: &Path) -> Result<Self> {
        for number in SLOTS {
            let Some(lock) = FileLock::try_take(&lock_path(number))? else { continue };
            let left = lock.content();
            if !left.trim().is_empty() {
                let left = PathBuf::from(left.trim());
                if let Some(state) = State::read(&left).ok().flatten().filter(|s| s.slot == Some(number)) {
                    state::end_processes(&state)?;
                }
            }
            lock.write(&dir.display().to_string())?;
            let slot = Self { number, kind, _lock: lock };
            if nix::unistd::geteuid().is_root() {
                slot.remove_node_remains();
            }
            if kind == Kind::Node || slot.ports_free() {
                return Ok(slot);
            }
        }
        bail!("no free slot: {} clusters run already, or their ports are used by others", SLOTS.count())
    }

    /// Cleans the slot of a cluster whose keeper was killed, unless another has taken it since.
    pub fn reclaim(number: u8, kind: Kind) -> Result<()> {
        if let Some(lock) = FileLock::try_take(&lock_path(number))? {
            Self { number, kind, _lock: lock }.release();
        }
        Ok(())
    }

    /// Only a plane uses ports of the machine itself.
    fn ports_free(&self) -> bool {
        (0..PORTS_PER_SLOT).all(|n| TcpListener::bind((Ipv4Addr::LOCALHOST, self.port(n))).is_ok())
    }

    pub fn port(&self, n: u16) -> u16 {
        debug_assert!(n < PORTS_PER_SLOT);
        FIRST_PORT + u16::from(self.number) * PORTS_PER_SLOT + n
    }

    /// Where the node is, and with it its apiserver and NodePorts.
    pub fn node_address(&self) -> IpAddr {
        [10, 213, self.number, 2].into()
    }

    /// The machine's side of the node's network.
    pub fn host_address(&self) -> IpAddr {
        [10, 213, self.number, 1].into()
    }

    pub fn pod_cidr(&self) -> String {
        format!("10.244.{}.0/24", self.number)
    }

    pub fn interface(&self) -> String {
        format!("tc{}", self.number)
    }

    pub fn cgroup(&self) -> String {
        format!("tc{}", self.number)
    }

    /// Connects the machine with the namespace whose first process is `pid`.
    pub fn connect(&self, pid: i32) -> Result<()> {
        {
            let _lock = routes_lock()?;
            for cidr in BLACKHOLES {
                // It is there already when another cluster runs.
                let _ = run(ip().args(["route", "add", "blackhole", cidr, "metric", "4096"]));
            }
        }
        let name = self.interface();
        let pid = pid.to_string();
        run(ip().args(["link", "add", &name, "type", "veth", "peer", "name", "eth0", "netns", &pid]))?;
        run(ip().args(["address", "add", &format!("{}/24", self.host_address()), "dev", &name]))?;
        run(ip().args(["link", "set", &name, "up"]))?;
        let (cidr, via) = (self.pod_cidr(), self.node_address().to_string());
        run(ip().args(["route", "add", &cidr, "via", &via]))?;
        Ok(())
    }

    /// The kubelet puts its pods below a folder of its own in every hierarchy.
    pub fn create_cgroups(&self) -> Result<()> {
        for hierarchy in hierarchies()? {
            let own = hierarchy.join(self.cgroup());
            fs::create_dir_all(&own).with_context(|| format!("create {}", own.display()))?;
            // With cgroup v1 a new cpuset is empty, and nothing can be put into an empty one.
            for file in ["cpuset.cpus", "cpuset.mems"] {
                let parent = hierarchy.join(file);
                if parent.exists() && own.join(file).exists() {
                    fs::write(own.join(file), fs::read_to_string(&parent)?)
                        .with_context(|| format!("set {file} of {}", own.display()))?;
                }
            }
        }
        Ok(())
    }

    /// What stays when a node's namespace dies: its cgroups; the interface goes with the namespace, which may
    /// still be ending. Errors mean that there is nothing to remove.
    fn remove_node_remains(&self) {
        let _ = ip().args(["link", "delete", &self.interface()]).output();
        for hierarchy in hierarchies().unwrap_or_default() {
            let own = hierarchy.join(self.cgroup());
            if own.exists() {
                // Just after a container's end its cgroup is busy for a moment.
                let _ = crate::process::wait_until(std::time::Duration::from_secs(5), "cgroups to be empty", || {
                    remove_cgroup(&own);
                    Ok((!own.exists()).then_some(()))
                });
            }
        }
    }

    /// To be called when the cluster's processes have ended.
    pub fn release(&self) {
        if self.kind != Kind::Node {
            return;
        }
        self.remove_node_remains();
        let Ok(_lock) = routes_lock() else { return };
        if SLOTS.filter(|n| *n != self.number).any(in_use) {
            return;
        }
        for cidr in BLACKHOLES {
            let _ = ip().args(["route", "delete", "blackhole", cidr, "metric", "4096"]).output();
        }
        // Mount points that the first node made; not empty if something else uses them.
        for dir in ["/var/lib/kubelet", "/var/lib/cni"] {
            let _ = fs::remove_dir(dir);
        }
    }
}

fn ip() -> Command {
    let mut command = Command::new("ip");
    surroundings(&mut command);
    command
}

/// One folder for the whole machine and user, whatever the state folder is.
fn slots_dir() -> PathBuf {
    PathBuf::from(format!("/tmp/gantry-testcluster-{}", nix::unistd::geteuid()))
}

fn lock_path(number: u8) -> PathBuf {
    slots_dir().join(format!("{number}.slot"))
}

fn routes_lock() -> Result<FileLock> {
    FileLock::wait(&slots_dir().join("routes.lock"))
}

fn in_use(number: u8) -> bool {
    let path = lock_path(number);
    path.exists() && FileLock::try_take(&path).is_ok_and(|lock| lock.is_none())
}

/// All mounted cgroup hierarchies: one with version 2, several with version 1 or both.
fn hierarchies() -> Result<Vec<PathBuf>> {
    let root = Path::new("/sys/fs/cgroup");
    if root.join("cgroup.procs").exists() {
        return Ok(vec![root.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("read {}", root.display()))? {
        let entry = entry?;
        // Links are second names of joined hierarchies (`cpu` for `cpu,cpuacct`).
        if entry.file_type()?.is_dir() && entry.path().join("cgroup.procs").exists() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn remove_cgroup(dir: &Path) {
    if let Ok(entries) = fs::read_dir(dir) {
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                remove_cgroup(&entry.path());
            }
        }
    }
    let _ = fs::remove_dir(dir);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slots_share_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let a = Slot::take(Kind::Plane, dir.path()).unwrap();
        let b = Slot::take(Kind::Plane, dir.path()).unwrap();
        assert_ne!(a.number, b.number);
        assert_ne!(a.port(0), b.port(0));
        assert_ne!(a.node_address(), b.node_address());
        assert_ne!(a.pod_cidr(), b.pod_cidr());
    }

    #[test]
    fn ports_stay_below_the_ephemeral_range() {
        assert!(FIRST_PORT + u16::from(*SLOTS.end()) * PORTS_PER_SLOT + PORTS_PER_SLOT < 32768);
    }
}
