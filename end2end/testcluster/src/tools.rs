//! The Go programs of the cluster: built once from the Go module proxy and kept outside the repository.
//!
//! Each module (a go.mod and go.sum in `go/`) has its own folder `go-tools/<module>-<key>` in the cache. The key
//! is a hash of the two files, the Go version and the way of building. A folder appears by renaming, when all
//! its programs are there: an interrupted build is never taken for a finished one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::lock::FileLock;
use crate::process::{run, spawn_bound};
use crate::supervisor::tail;

pub const KUBERNETES_VERSION: &str = "v1.37.2";

/// A set of programs that are built from one go.mod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    Kubernetes,
    Kwok,
    MetricsServer,
    CoreDns,
}

impl Module {
    pub const ALL: [Self; 4] = [Self::Kubernetes, Self::Kwok, Self::MetricsServer, Self::CoreDns];

    fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Kwok => "kwok",
            Self::MetricsServer => "metrics-server",
            Self::CoreDns => "coredns",
        }
    }

    /// The files are part of this library: a copy of the program works without the repository.
    fn files(self) -> (&'static str, &'static str) {
        macro_rules! module {
            ($dir:literal) => {
                (include_str!(concat!("../go/", $dir, "/go.mod")), include_str!(concat!("../go/", $dir, "/go.sum")))
            };
        }
        match self {
            Self::Kubernetes => module!("kubernetes"),
            Self::Kwok => module!("kwok"),
            Self::MetricsServer => module!("metrics-server"),
            Self::CoreDns => module!("coredns"),
        }
    }

    /// Package, and the name of the program where it is not the package's last element.
    fn programs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Kubernetes => &[
                ("go.etcd.io/etcd/server/v3", "etcd"),
                ("k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver"),
                ("k8s.io/kubernetes/cmd/kube-controller-manager", "kube-controller-manager"),
                ("k8s.io/kubernetes/cmd/kube-proxy", "kube-proxy"),
                ("k8s.io/kubernetes/cmd/kube-scheduler", "kube-scheduler"),
                ("k8s.io/kubernetes/cmd/kubectl", "kubectl"),
                ("k8s.io/kubernetes/cmd/kubelet", "kubelet"),
            ],
            Self::Kwok => &[("sigs.k8s.io/kwok/cmd/kwok", "kwok")],
            Self::MetricsServer => &[("sigs.k8s.io/metrics-server/cmd/metrics-server", "metrics-server")],
            Self::CoreDns => &[("github.com/coredns/coredns", "coredns")],
        }
    }

    /// Without its version a program calls itself `v0.0.0-master`, and every comparison of versions is wrong.
    fn linker_flags(self) -> String {
        let mut flags = "-s -w".to_owned();
        if self == Self::Kubernetes {
            let mut numbers = KUBERNETES_VERSION.trim_start_matches('v').split('.');
            let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
            for (name, value) in [
                ("gitVersion", KUBERNETES_VERSION),
                ("gitMajor", major),
                ("gitMinor", minor),
                ("gitTreeState", "clean"),
            ] {
                flags.push_str(&format!(" -X k8s.io/component-base/version.{name}={value}"));
            }
        }
        flags
    }

    fn key(self, go_version: &str) -> String {
        let (module, sums) = self.files();
        let mut hash = Sha256::new();
        for part in [module, sums, go_version, &self.linker_flags()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
    }
}

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Tools {
    dirs: Vec<(Module, PathBuf)>,
}

impl Tools {
    pub fn path(&self, module: Module, program: &str) -> Result<PathBuf> {
        let dir = self.dirs.iter().find(|(m, _)| *m == module).map(|(_, dir)| dir);
        let dir = dir.with_context(|| format!("{program} was not asked for"))?;
        Ok(dir.join(program))
    }

    pub fn kubernetes(&self, program: &str) -> Result<PathBuf> {
        self.path(Module::Kubernetes, program)
    }

    pub fn kubectl(&self) -> Result<PathBuf> {
        self.kubernetes("kubectl")
    }
}

/// `GANTRY_CACHE`, or `gantry` in the user's cache folder.
pub fn cache_dir() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable("GANTRY_CACHE").unwrap_or_else(|| {
        variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("gantry")
    })
}

/// Finds all programs, or builds those that are missing (the first time: 6 to 15 minutes).
pub fn ensure(progress: &mut dyn FnMut(&str)) -> Result<Tools> {
    ensure_modules(&Module::ALL, progress)
}

/// As [`ensure`], for the modules that are needed.
pub fn ensure_modules(modules: &[Module], progress: &mut dyn FnMut(&str)) -> Result<Tools> {
    let go = go_version()?;
    let root = cache_dir().join("go-tools");
    let mut dirs = Vec::new();
    for module in modules {
        let dir = root.join(format!("{}-{}", module.name(), module.key(&go)));
        if !complete(*module, &dir) {
            build(*module, &root, &dir, progress)?;
        }
        dirs.push((*module, dir));
    }
    Ok(Tools { dirs })
}

/// The programs if they are all there; builds nothing.
pub fn find(modules: &[Module]) -> Result<Tools> {
    let go = go_version()?;
    let root = cache_dir().join("go-tools");
    let mut dirs = Vec::new();
    for module in modules {
        let dir = root.join(format!("{}-{}", module.name(), module.key(&go)));
        if !complete(*module, &dir) {
            bail!("{} is not built: run `cargo xtask setup` (looked in {})", module.name(), dir.display());
        }
        dirs.push((*module, dir));
    }
    Ok(Tools { dirs })
}

/// Go version and target. `GOFLAGS` and the like of the caller must not change what is built.
fn go_version() -> Result<String> {
    let text = run(Command::new("go").args(["env", "GOVERSION", "GOOS", "GOARCH"]).env("GOFLAGS", ""))
        .context("Go is needed to build the parts of Kubernetes: https://go.dev/doc/install")?;
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn complete(module: Module, dir: &Path) -> bool {
    module.programs().iter().all(|(_, program)| dir.join(program).is_file())
}

fn build(module: Module, root: &Path, dir: &Path, progress: &mut dyn FnMut(&str)) -> Result<()> {
    fs::create_dir_all(root).with_context(|| format!("create {}", root.display()))?;
    let lock_path = root.join("build.lock");
    let lock = if let Some(lock) = FileLock::try_take(&lock_path)? {
        lock
    } else {
        progress("another process builds the Go programs; waiting for it");
        FileLock::wait(&lock_path)?
    };
    if complete(module, dir) {
        return Ok(());
    }
    // The lock is ours: what lies there was left by a build that was interrupted.
    for entry in fs::read_dir(root)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".building") {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let start = Instant::now();
    progress(&format!("building {} (the first time this takes minutes)", module.name()));
    let temporary = tempfile::Builder::new().prefix(".building-").tempdir_in(root)?;
    let (source, output) = (temporary.path().join("source"), temporary.path().join("bin"));
    fs::create_dir(&source)?;
    fs::create_dir(&output)?;
    let (module_file, sums) = module.files();
    fs::write(source.join("go.mod"), module_file)?;
    fs::write(source.join("go.sum"), sums)?;
    let log = temporary.path().join("log");
    let written = fs::File::create(&log)?;
    let mut command = Command::new("go");
    command
        .current_dir(&source)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .args(["build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", &module.linker_flags()])
        .arg(format!("-o={}/", output.display()))
        // One call for all of them: they share most of their packages.
        .args(module.programs().iter().map(|(package, _)| package))
        .stdin(Stdio::null())
        .stdout(written.try_clone()?)
        .stderr(written);
    // Minutes of work on all processors must not go on when nobody waits for it any more.
    let status = spawn_bound(command).context("start go")?.wait()?;
    if !status.success() {
        bail!("build {}: {status}\n{}", module.name(), tail(&log, 30));
    }
    for (package, program) in module.programs() {
        let built = output.join(package_program(package));
        if !output.join(program).exists() {
            fs::rename(&built, output.join(program)).with_context(|| format!("name {program}"))?;
        }
    }
    if !complete(module, &output) {
        bail!("the build of {} left programs out", module.name());
    }
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    fs::rename(&output, dir).with_context(|| format!("move to {}", dir.display()))?;
    progress(&format!("built {} in {:.0} s", module.name(), start.elapsed().as_secs_f64()));
    drop(lock);
    Ok(())
}

/// The name that Go gives a program: the last element of its package that is not a major version.
fn package_program(package: &str) -> &str {
    let version = |part: &str| part.strip_prefix('v').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    package.rsplit('/').find(|part| !version(part)).unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs() {
        assert_eq!(package_program("go.etcd.io/etcd/server/v3"), "server");
        assert_eq!(package_program("k8s.io/kubernetes/cmd/kubelet"), "kubelet");
    }

    #[test]
    fn the_key_follows_the_compiler() {
        assert_ne!(Module::Kubernetes.key("go1"), Module::Kubernetes.key("go2"));
        assert_ne!(Module::Kubernetes.key("go1"), Module::Kwok.key("go1"));
    }

    #[test]
    fn half_a_folder_is_not_complete() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!complete(Module::Kubernetes, dir.path()));
        for (_, program) in Module::Kubernetes.programs().iter().skip(1) {
            fs::write(dir.path().join(program), "").unwrap();
        }
        assert!(!complete(Module::Kubernetes, dir.path()));
        fs::write(dir.path().join("etcd"), "").unwrap();
        assert!(complete(Module::Kubernetes, dir.path()));
    }

    #[test]
    fn module_files_name_the_versions_that_the_flags_name() {
        let (module, _) = Module::Kubernetes.files();
        assert!(module.contains(&format!("k8s.io/kubernetes {KUBERNETES_VERSION}")));
    }
}
