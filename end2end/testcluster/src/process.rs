//! Starting and ending processes so that none outlives its keeper and none is mistaken for another.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// A process that cannot be confused with a later one of the same number: the start time (in clock
/// ticks since boot) belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    pub pid: i32,
    pub started: u64,
}

impl ProcessId {
    /// The process that has this number now.
    pub fn of(pid: i32) -> Option<Self> {
        Some(Self { pid, started: stat(pid)?.started })
    }

    pub fn me() -> Self {
        let pid = std::process::id().cast_signed();
        Self::of(pid).unwrap_or(Self { pid, started: 0 })
    }

    /// True while exactly this process runs. A zombie has ended.
    pub fn alive(self) -> bool {
        stat(self.pid).is_some_and(|s| s.started == self.started && s.state != 'Z' && s.state != 'X')
    }

    /// Sends a signal if the process is still the same one.
    pub fn signal(self, signal: Signal) -> Result<()> {
        if !self.alive() {
            bail!("process {} has ended", self.pid);
        }
        kill(Pid::from_raw(self.pid), signal).with_context(|| format!("signal {signal} to process {}", self.pid))
    }

    /// Waits until the process has ended.
    pub fn wait_gone(self, limit: Duration) -> Result<()> {
        wait_until(limit, &format!("process {} to end", self.pid), || Ok((!self.alive()).then_some(())))
    }

    /// The only child of a process that forks once and waits (`unshare`, `nsenter`).
    pub fn only_child(self) -> Option<Self> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.pid)).ok()?;
        let pid = children.split_whitespace().next()?.parse().ok()?;
        Self::of(pid)
    }
}

struct Stat {
    state: char,
    started: u64,
}

fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The program's name, in parentheses, may hold blanks and parentheses: read from the last one on.
fn parse_stat(text: &str) -> Option<Stat> {
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    // Field 22 of the line, the state being field 3.
    let started = fields.nth(18)?.parse().ok()?;
    Some(Stat { state, started })
}

/// Tells one run of the machine from the next: start times begin again at each boot.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|s| s.trim().to_owned()).unwrap_or_default()
}

/// Polls until `probe` gives a value; the limit makes a hang an error.
pub fn wait_until<T>(limit: Duration, what: &str, probe: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    poll(Duration::from_millis(50), limit, what, probe)
}

/// As [`wait_until`], for probes that cost something.
pub fn poll<T>(
    pause: Duration,
    limit: Duration,
    what: &str,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = probe()? {
            return Ok(value);
        }
        if Instant::now() >= end {
            bail!("waited {} s for {what}", limit.as_secs());
        }
        std::thread::sleep(pause);
    }
}

type Job = (Command, Sender<io::Result<Child>>);

/// Starts a program that the kernel kills when this process ends, however it ends.
///
/// The kernel's promise is bound to the *thread* that forked, not to the process. So all programs are
/// started by one thread that lives as long as the process does.
pub fn spawn_bound(command: Command) -> io::Result<Child> {
    static SPAWNER: OnceLock<Sender<Job>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        std::thread::Builder::new()
            .name("spawner".into())
            .spawn(move || {
                for (mut command, answer) in jobs {
                    die_with_parent(&mut command);
                    // Nobody waits any more only when the caller's thread has panicked.
                    let _ = answer.send(command.spawn());
                }
            })
            .expect("the spawner thread starts");
        sender
    });
    let (answer, result) = channel();
    spawner.send((command, answer)).expect("the spawner thread lives as long as the process");
    result.recv().expect("the spawner thread answers each job")
}

#[allow(unsafe_code, reason = "pre_exec: PR_SET_PDEATHSIG can only be set between fork and exec")]
fn die_with_parent(command: &mut Command) {
    let parent = nix::unistd::getpid();
    // SAFETY: the closure makes two plain system calls and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            // The parent may have ended before the call above.
            if libc::getppid() != parent.as_raw() {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        });
    }
}

/// Starts a program in a session of its own, so that it outlives this process and its terminal.
pub fn spawn_detached(mut command: Command) -> io::Result<Child> {
    // `setsid` the program would fork when it is a group leader; the call does not.
    new_session(&mut command);
    command.spawn()
}

#[allow(unsafe_code, reason = "pre_exec: a new session can only be made between fork and exec")]
fn new_session(command: &mut Command) {
    // SAFETY: one plain system call, no allocation.
    unsafe {
        command.pre_exec(|| if libc::setsid() < 0 { Err(io::Error::last_os_error()) } else { Ok(()) });
    }
}

/// Gives a program the surroundings that the cluster's parts need, whatever those of the caller are: the folders of
/// system programs in the search path (a plain shell of root may lack them), and no proxy between parts of the cluster.
pub fn surroundings(command: &mut Command) -> &mut Command {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("PATH", path);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command
}

/// Runs a program to its end; its output goes into the error when it fails.
pub fn run(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{shown}: {}\n{}{}", output.status, stdout, String::from_utf8_lossy(&output.stderr));
    }
    Ok(stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_line_with_parentheses_in_the_name() {
        let line = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20 21";
        let stat = parse_stat(line).expect("parsed");
        assert_eq!((stat.state, stat.started), ('S', 777));
    }

    #[test]
    fn a_number_used_again_is_another_process() {
        let me = ProcessId::me();
        assert!(me.alive());
        let other = ProcessId { started: me.started + 1, ..me };
        assert!(!other.alive());
        assert!(other.signal(Signal::SIGTERM).is_err(), "a stranger is never signalled");
    }

    #[test]
    fn bound_children_end_and_are_seen_ended() {
        let mut command = Command::new("sleep");
        command.arg("600");
        let mut child = spawn_bound(command).expect("started");
        let id = ProcessId::of(child.id().cast_signed()).expect("runs");
        assert!(id.alive());
        id.signal(Signal::SIGKILL).expect("signalled");
        child.wait().expect("reaped");
        assert!(!id.alive());
    }

    #[test]
    fn a_wait_has_a_limit() {
        let result = wait_until(Duration::from_millis(80), "nothing", || Ok(None::<()>));
        assert!(result.unwrap_err().to_string().contains("for nothing"));
    }
}
