//! A running cluster, started by this process or found.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::certificates::Pki;
use crate::control::{self, Order};
use crate::lock::FileLock;
use crate::parts::Parts;
use crate::plane::Endpoints;
use crate::process::{ProcessId, boot_id, surroundings};
use crate::slot::Slot;
use crate::state::{self, Phase, State, Step};
use crate::supervisor::{Supervisor, lock};
use crate::tools::{self, Module, Tools};
use crate::{images, kwok, node, packages, plane, registry, services};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Control plane only, on loopback; needs no root.
    Plane,
    /// Control plane and a real node in namespaces of their own; needs root.
    Node,
}

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    pub kind: Kind,
    pub name: String,
    /// Folder of all clusters; each has its own below it.
    pub state_root: PathBuf,
    /// Fake nodes and pods (load tests).
    pub kwok: bool,
    pub metrics_server: bool,
    pub coredns: bool,
    pub registry: bool,
    /// User and password; with none the registry is open.
    pub registry_users: Vec<(String, String)>,
}

impl Options {
    /// Only a control plane.
    pub fn plane(name: &str) -> Self {
        Self {
            kind: Kind::Plane,
            name: name.into(),
            state_root: state::default_root(),
            kwok: false,
            metrics_server: false,
            coredns: false,
            registry: false,
            registry_users: Vec::new(),
        }
    }

    /// Everything that is real: node, metrics, names, registry.
    pub fn node(name: &str) -> Self {
        Self { kind: Kind::Node, metrics_server: true, coredns: true, registry: true, ..Self::plane(name) }
    }

    /// A control plane that [`crate::load::fill`] can fill.
    pub fn load(name: &str) -> Self {
        Self { kwok: true, ..Self::plane(name) }
    }

    fn modules(&self) -> Vec<Module> {
        let wanted = [
            (true, Module::Kubernetes),
            (self.kwok, Module::Kwok),
            (self.metrics_server, Module::MetricsServer),
            (self.coredns, Module::CoreDns),
        ];
        wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, module)| module).collect()
    }

    fn check(&self) -> Result<()> {
        state::check_name(&self.name)?;
        if self.kind == Kind::Plane && (self.metrics_server || self.coredns) {
            bail!("metrics-server and CoreDNS need a node");
        }
        packages::check(self.kind)?;
        if self.registry && !Path::new("/usr/bin/docker-registry").exists() {
            bail!("packages are missing: run `cargo xtask setup`, or as root `apt-get install docker-registry skopeo`");
        }
        Ok(())
    }
}

/// A cluster. One that was started by [`Cluster::start`] ends when this is dropped; one that was found by
/// [`Cluster::attach`] stays.
pub struct Cluster {
    pub name: String,
    pub kind: Kind,
    pub kubeconfig: PathBuf,
    pub server_url: String,
    /// Where NodePorts answer.
    pub address: IpAddr,
    /// `host:port` of the image registry.
    pub registry: Option<String>,
    /// How long each step of the start took.
    pub steps: Vec<Step>,
    dir: PathBuf,
    kubectl: PathBuf,
    own: Option<Own>,
}

/// What the process that started the cluster holds. Fields are dropped in this order: the name is free
/// last, when nothing is left.
struct Own {
    supervisor: Arc<Supervisor>,
    slot: Slot,
    _name: FileLock,
}

impl Cluster {
    /// Starts a cluster and waits until it is ready. It lives as long as the value, and not longer than this process.
    pub fn start(options: &Options) -> Result<Self> {
        Self::start_with(options, &mut |_| {})
    }

    /// As [`Cluster::start`]; each finished step is told.
    pub fn start_with(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        options.check()?;
        let begin = Instant::now();
        let tools = tools::ensure_modules(&options.modules(), progress)?;
        let root = std::path::absolute(&options.state_root)?;
        let lock_path = state::lock_path(&root, &options.name);
        let Some(name_lock) = FileLock::try_take(&lock_path)? else {
            bail!("a cluster named {} runs already (its folder: {})", options.name, root.display());
        };
        let dir = state::dir_of(&root, &options.name);
        state::clean(&dir, &name_lock).context("clean what an earlier cluster left")?;
        fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;

        let first = State {
            name: options.name.clone(),
            kind: options.kind,
            phase: Phase::Starting,
            error: None,
            slot: None,
            boot_id: boot_id(),
            keeper: ProcessId::me(),
            server_url: String::new(),
            address: Ipv4Addr::LOCALHOST.into(),
            kubeconfig: dir.join("kubeconfig"),
            registry: None,
            processes: Vec::new(),
            steps: Vec::new(),
        };
        first.write(&dir)?;
        let slot = Slot::take(options.kind, &dir)?;
        let shared = Arc::new(Mutex::new(first));
        let supervisor = Arc::new(Supervisor::new(&dir, Arc::clone(&shared))?);
        let mut clock = Clock { last: begin, steps: Vec::new(), progress };
        clock.step("tools and clean-up");
        let started = start_parts(options, &tools, &supervisor, &slot, &dir, &shared, &mut clock);
        let mut steps = clock.steps;
        if let Err(error) = started {
            // The logs stay for whoever looks for the cause; the next start removes them.
            let _ = supervisor.stop_all();
            slot.release();
            let mut state = lock(&shared);
            state.phase = Phase::Failed;
            state.error = Some(format!("{error:#}"));
            state.processes.clear();
            let _ = state.write(&dir);
            return Err(error).context(format!(
                "start cluster {} (logs: {})",
                options.name,
                dir.join("logs").display()
            ));
        }
        steps.push(Step { name: "all".into(), seconds: begin.elapsed().as_secs_f64() });
        control::listen(&dir, Arc::clone(&supervisor))?;
        let state = {
            let mut state = lock(&shared);
            state.phase = Phase::Ready;
            state.steps = steps;
            state.write(&dir)?;
            state.clone()
        };
        let own = Own { supervisor, slot, _name: name_lock };
        Self::from_state(state, dir, tools.kubectl()?, Some(own))
    }

    /// Finds a running cluster.
    pub fn attach(root: &Path, name: &str) -> Result<Self> {
        state::check_name(name)?;
        let dir = state::dir_of(&std::path::absolute(root)?, name);
        let state = State::read(&dir)?.filter(State::kept);
        let state = state.with_context(|| format!("no cluster {name} runs: `cargo xtask cluster up --name {name}`"))?;
        if state.phase != Phase::Ready {
            bail!("cluster {name} is not ready: {}", state.error.as_deref().unwrap_or("it starts"));
        }
        Self::from_state(state, dir, tools::find(&[Module::Kubernetes])?.kubectl()?, None)
    }

    fn from_state(state: State, dir: PathBuf, kubectl: PathBuf, own: Option<Own>) -> Result<Self> {
        Ok(Self {
            name: state.name,
            kind: state.kind,
            kubeconfig: state.kubeconfig,
            server_url: state.server_url,
            address: state.address,
            registry: state.registry,
            steps: state.steps,
            dir,
            kubectl,
            own,
        })
    }

    /// Stops it. Errors are told here; dropping hides them.
    pub fn stop(mut self) -> Result<()> {
        self.stop_now()
    }

    fn stop_now(&mut self) -> Result<()> {
        let Some(own) = self.own.take() else { return Ok(()) };
        own.supervisor.stop_all()?;
        own.slot.release();
        state::remove_dir(&self.dir)
    }

    /// The cluster's folder, with `logs/` in it.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `kubectl` of the cluster's version, with its kubeconfig set.
    pub fn kubectl(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.kubectl);
        surroundings(&mut command).arg("--kubeconfig").arg(&self.kubeconfig);
        command
    }

    /// A client with the administrator's rights.
    pub fn api(&self) -> Result<Api> {
        Api::new(&Pki::at(self.dir.join("pki")), &self.server_url)
    }

    /// A kubeconfig (as text) for a new user without any right but what the group has.
    pub fn user_kubeconfig(&self, user: &str, groups: &[&str]) -> Result<String> {
        Pki::at(self.dir.join("pki")).user_kubeconfig(&self.name, &self.server_url, user, groups)
    }

    /// Does something to one of the programs: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`,
    /// `kubelet`, `kube-proxy`, `containerd`, `metrics-server`, `coredns`, `registry`, `kwok`.
    pub fn order(&self, order: Order, program: &str) -> Result<()> {
        match &self.own {
            Some(own) => order.carry_out(&own.supervisor, program),
            None => control::order(&self.dir, order, program),
        }
    }

    /// The apiserver ends as in a crash and stays away.
    pub fn kill_apiserver(&self) -> Result<()> {
        self.order(Order::Kill, "kube-apiserver")
    }

    /// The apiserver comes (back); waits until it is ready.
    pub fn restart_apiserver(&self) -> Result<()> {
        self.order(Order::Restart, "kube-apiserver")?;
        let api = self.api()?;
        crate::process::wait_until(Duration::from_secs(60), "the apiserver to be back", || {
            Ok(api.healthy("/readyz").then_some(()))
        })
    }

    /// Connections to the apiserver stay open and nothing comes.
    pub fn freeze_apiserver(&self) -> Result<()> {
        self.order(Order::Freeze, "kube-apiserver")
    }

    pub fn thaw_apiserver(&self) -> Result<()> {
        self.order(Order::Thaw, "kube-apiserver")
    }

    /// An error if a program of a cluster that this process started has ended by itself.
    pub fn check(&self) -> Result<()> {
        self.own.as_ref().map_or(Ok(()), |own| own.supervisor.check())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop_now() {
            eprintln!("cluster {} was not stopped cleanly: {error:#}", self.name);
        }
    }
}

/// Measures and tells the steps.
struct Clock<'a> {
    last: Instant,
    steps: Vec<Step>,
    progress: &'a mut dyn FnMut(&str),
}

impl Clock<'_> {
    fn step(&mut self, name: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        (self.progress)(&format!("{name}: {seconds:.1} s"));
        self.steps.push(Step { name: name.to_owned(), seconds });
    }
}

fn start_parts(
    options: &Options,
    tools: &Tools,
    supervisor: &Supervisor,
    slot: &Slot,
    dir: &Path,
    shared: &Mutex<State>,
    clock: &mut Clock<'_>,
) -> Result<()> {
    let inside = options.kind == Kind::Node;
    let endpoints = if inside {
        // Each node has the usual ports in its own network.
        Endpoints {
            address: slot.node_address(),
            etcd: 2379,
            etcd_peer: 2380,
            apiserver: 6443,
            controller_manager: 10257,
            scheduler: 10259,
            kwok: 10247,
        }
    } else {
        Endpoints {
            address: Ipv4Addr::LOCALHOST.into(),
            etcd: slot.port(0),
            etcd_peer: slot.port(1),
            apiserver: slot.port(2),
            controller_manager: slot.port(3),
            scheduler: slot.port(4),
            kwok: slot.port(5),
        }
    };
    let pki = Pki::at(dir.join("pki"));
    let parts = Parts {
        options,
        tools,
        supervisor,
        slot,
        endpoints: &endpoints,
        pki: &pki,
        dir,
        pod_cidr: slot.pod_cidr(),
        inside,
    };
    let registry = if inside {
        SocketAddr::new(slot.host_address(), 5000)
    } else {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), slot.port(6))
    };
    let kubeconfig = {
        let mut state = lock(shared);
        state.slot = Some(slot.number);
        state.server_url = endpoints.server_url();
        state.address = endpoints.address;
        state.registry = options.registry.then(|| registry.to_string());
        state.write(dir)?;
        state.kubeconfig.clone()
    };

    plane::create_pki(&parts, &kubeconfig)?;
    clock.step("certificates");
    if inside {
        node::create_namespaces(&parts)?;
        clock.step("namespaces");
    }
    plane::start_apiserver(&parts)?;
    // While the apiserver starts, containerd and the images do.
    if inside {
        node::start_containerd(&parts)?;
        let archives = images::create_all(dir, "node")?;
        node::wait_containerd(&parts)?;
        images::import(&parts, &archives)?;
        clock.step("containerd and images");
    }
    let api = Api::new(&pki, &endpoints.server_url())?;
    plane::wait_apiserver(&parts, &api)?;
    clock.step("etcd and apiserver");
    plane::start_controllers(&parts)?;
    if inside {
        node::start_kubelet(&parts)?;
        node::start_proxy(&parts)?;
    }
    if options.kwok {
        kwok::start(&parts)?;
    }
    if options.registry {
        registry::start(&parts, registry)?;
        let archives = images::create_all(dir, "registry")?;
        registry::fill(&parts, &archives, &registry.to_string())?;
        clock.step("registry");
    }
    plane::wait_ready(&parts, &api)?;
    clock.step("controllers and scheduler");
    if inside {
        node::wait_ready(&parts, &api)?;
        clock.step("node");
    }
    if options.metrics_server {
        services::start_metrics_server(&parts, &api)?;
        clock.step("metrics-server (numbers come about 20 s later)");
    }
    if options.coredns {
        services::start_dns(&parts, &api)?;
        clock.step("CoreDNS");
    }
    supervisor.check()
}
