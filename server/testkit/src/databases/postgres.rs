//! A PostgreSQL server for the tests of one process: own data in a temporary directory, a Unix socket
//! and no network. It ends, and its directory goes, with the process, also when that is killed.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use store::{SecretKey, Store, StoreConfig};

const MISSING: &str = "PostgreSQL is missing: apt-get install postgresql";
const TEMPLATE: &str = "gantry_template";
/// There is no network: the number only names the socket in its own directory.
const PORT: &str = "5432";
const START: Duration = Duration::from_secs(60);

/// Runs the server and, when told to stop, ends it and removes its directory.
/// $1 `postgres`, $2 the directory.
const SUPERVISOR: &str = r#"
"$1" -D "$2/data" >"$2/log" 2>&1 &
server=$!
stop() { kill -INT "$server"; wait "$server"; rm -rf "$2"; exit 0; }
trap 'stop "$1" "$2"' TERM
wait "$server"
"#;

pub struct Server {
    bin: PathBuf,
    directory: PathBuf,
    databases: AtomicU32,
}

/// The server of this process. The first call starts it, which takes some seconds.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        // Here, so that the test itself says what is missing.
        let bin = find_bin();
        let (send, receive) = mpsc::channel();
        // The system ends the server when the *thread* that started it ends, and test threads are
        // short: this one stays as long as the process.
        std::thread::spawn(move || {
            let (server, mut supervisor) = Server::start(bin);
            if send.send(server).is_ok() {
                // The result is of no use: whoever misses the server will say so.
                let _ = supervisor.wait();
            }
        });
        receive.recv().expect("the PostgreSQL server starts (see the panic above)")
    })
}

impl Server {
    fn start(bin: PathBuf) -> (Self, Child) {
        let directory = tempfile::Builder::new()
            .prefix("gantry-pg-")
            // A socket's path has at most 107 bytes; TMPDIR may be longer.
            .tempdir_in("/tmp")
            .expect("a temporary directory")
            .keep();
        let user = user(&directory);
        let run = |program: &Path| command(program, user.as_ref());
        let initdb = run(&bin.join("initdb"))
            .arg("--pgdata")
            .arg(directory.join("data"))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--no-sync", "--no-instructions"])
            .output()
            .unwrap_or_else(|error| panic!("{MISSING} (initdb: {error})"));
        assert!(initdb.status.success(), "initdb failed: {}", String::from_utf8_lossy(&initdb.stderr));
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nport = {PORT}\nmax_connections = 300\n\
             fsync = off\nfull_page_writes = off\nshared_buffers = 32MB\n",
            directory.display()
        );
        let conf = directory.join("data/postgresql.conf");
        let mut text = fs::read_to_string(&conf).expect("postgresql.conf");
        text.push_str(&settings);
        fs::write(&conf, text).expect("postgresql.conf");

        let supervisor = run(Path::new("setpriv"))
            .args(["--pdeathsig", "TERM", "sh", "-c", SUPERVISOR, "gantry-postgres"])
            .arg(bin.join("postgres"))
            .arg(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C in the terminal reaches the tests; the supervisor then hears of their end.
            .process_group(0)
            .spawn()
            .expect("setpriv (package util-linux) starts PostgreSQL");
        let server = Self { bin, directory, databases: AtomicU32::new(0) };
        server.wait_until_ready();
        server.make_template();
        (server, supervisor)
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.arg("--host").arg(&self.directory).args(["--port", PORT, "--username=postgres"]);
        command
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + START;
        loop {
            let ready = self.client("pg_isready").arg("--quiet").status();
            if ready.is_ok_and(|status| status.success()) {
                return;
            }
            if Instant::now() > deadline {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                panic!("PostgreSQL did not start within {START:?}:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Migrates once; the databases of the tests are copies.
    fn make_template(&self) {
        self.create(TEMPLATE, "template0");
        let key = SecretKey::generate().expect("random numbers");
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
            let config = StoreConfig::new(self.url(TEMPLATE), key);
            Store::open(config).await.expect("the migrations run").close().await;
        });
    }

    /// The address of a new, migrated database.
    pub fn migrated(&self) -> String {
        self.new_database(TEMPLATE)
    }

    /// The address of a new database without any table.
    pub fn empty(&self) -> String {
        self.new_database("template0")
    }

    fn new_database(&self, template: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.create(&name, template);
        self.url(&name)
    }

    fn create(&self, name: &str, template: &str) {
        let output = self
            .client("createdb")
            .args(["--template", template, name])
            .output()
            .unwrap_or_else(|error| panic!("{MISSING} (createdb: {error})"));
        assert!(output.status.success(), "createdb failed: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}&port={PORT}", self.directory.display())
    }
}

/// Debian keeps the server's programs outside `PATH`, one folder a version; the newest is taken.
fn find_bin() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("postgres").exists())
        .collect();
    found.sort();
    let on_path = || std::env::split_paths(&std::env::var_os("PATH")?).find(|bin| bin.join("postgres").exists());
    found
        .pop()
        .map(|(_, bin)| bin)
        .or_else(on_path)
        .unwrap_or_else(|| panic!("{MISSING} (no `postgres` in /usr/lib/postgresql/*/bin or PATH)"))
}

/// PostgreSQL refuses to run as root: then it runs as Debian's user `postgres`, who gets the
/// directory. `None` when this process is not root.
fn user(directory: &Path) -> Option<(u32, u32)> {
    if fs::metadata(directory).expect("the directory was made").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let (uid, gid) = users
        .lines()
        .find_map(|line| {
            let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        })
        .unwrap_or_else(|| panic!("{MISSING} (it makes the user postgres)"));
    chown(directory, Some(uid), Some(gid)).expect("the directory gets its owner");
    Some((uid, gid))
}

fn command(program: &Path, user: Option<&(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = user {
        command.uid(*uid).gid(*gid);
    }
    // initdb and postgres complain about a working directory that they cannot enter.
    command.current_dir("/");
    command
}
