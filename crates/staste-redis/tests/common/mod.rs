//! A server of the tests' own, on a socket in a temporary folder; it ends with the test process.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod proxy;

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

pub(crate) use proxy::{Cut, Proxy};
use staste_core::store::Store;
use staste_redis::RedisStore;
use staste_testkit::Place;
pub(crate) use staste_testkit::batches::*;
pub(crate) use staste_testkit::{Dice, NOW};

/// Runs the server `$1` in the folder `$0` with the arguments that follow, until its input is closed, which
/// the system does however the test process ends.
const UNTIL_CLOSED: &str = r#"
folder=$0
program=$1
shift
"$program" --port 0 --unixsocket "$folder/redis.sock" --save "" --appendonly no --dir "$folder" \
    --daemonize no --databases 1024 "$@" &
server=$!
cat > /dev/null
kill $server
wait $server
rm -rf "$folder"
"#;

/// A running server.
pub(crate) struct Server {
    shell: Child,
    input: Option<ChildStdin>,
    folder: PathBuf,
    databases: AtomicUsize,
}

impl Server {
    /// Starts a server with more settings, such as `["--maxmemory", "4mb"]`.
    pub(crate) fn start(settings: &[&str]) -> Server {
        assert!(
            Command::new("redis-server").arg("--version").output().is_ok(),
            "redis-server is missing: install the package redis-server (Debian, Ubuntu) or redis (Fedora, Homebrew)"
        );
        Server::run("redis-server".as_ref(), settings)
    }

    /// The Valkey server that the test command brings, shared by all tests of a file.
    pub(crate) fn valkey() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| {
            let program = std::env::var_os("STASTE_VALKEY")
                .expect("STASTE_VALKEY names a Valkey server; `cargo xtask test` brings one and sets it");
            Server::run(&program, &[])
        })
    }

    fn run(program: &OsStr, settings: &[&str]) -> Server {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut shell = Command::new("sh")
            .args(["-c", UNTIL_CLOSED])
            .arg(&folder)
            .arg(program)
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = shell.stdin.take();
        let mut log = BufReader::new(shell.stdout.take().unwrap());
        let mut told = String::new();
        while !told.contains("eady to accept connections") {
            let more = log.read_line(&mut told).unwrap();
            assert!(more > 0, "redis-server did not start:\n{told}");
        }
        // Else the server would wait for somebody to read what it logs.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Server { shell, input, folder, databases: AtomicUsize::new(0) }
    }

    /// The server that all tests of a file share.
    pub(crate) fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Server::start(&[]))
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of a database that nobody uses yet.
    pub(crate) fn fresh(&self) -> String {
        let database = self.databases.fetch_add(1, Ordering::Relaxed);
        format!("unix:{}?db={database}", self.socket().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}

/// A place in a database of its own.
pub(crate) fn in_redis() -> Place {
    let address = Server::shared().fresh();
    Place::new(move || Arc::new(RedisStore::parse(&address).unwrap()))
}

/// The same, in a Valkey server.
pub(crate) fn in_valkey() -> Place {
    let address = Server::valkey().fresh();
    Place::new(move || Arc::new(RedisStore::parse(&address).unwrap()))
}

/// A connection beside the store, to look and to meddle.
pub(crate) fn beside(address: &str) -> Mutex<redis::Connection> {
    let url = format!("redis+{}", address.replacen("unix:", "unix://", 1));
    Mutex::new(redis::Client::open(url).unwrap().get_connection().unwrap())
}

/// A store on an address.
pub(crate) fn store(address: &str) -> Arc<dyn Store> {
    Arc::new(RedisStore::parse(address).unwrap())
}
