//! A server for tests, on a socket in a temporary folder; it ends with the test process.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod batches;
mod cluster;
mod contents;
mod cutting_proxy;
mod endless_server;
mod fake_server;
mod hook_proxy;
mod sentinels;
mod unreliable_proxy;
mod writers;

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

pub(crate) use batches::{batch_by, batch_of_part, grand_total, one_kick};
pub(crate) use cluster::{Cluster, Node};
pub(crate) use contents::{Contents, contents, without_generation};
pub(crate) use cutting_proxy::{Cut, CuttingProxy};
pub(crate) use endless_server::{EndlessServer, Pace};
pub(crate) use fake_server::{fake_server, information};
pub(crate) use hook_proxy::hook_proxy;
pub(crate) use sentinels::Sentinels;
use staste_core::store::Store;
use staste_redis::RedisStore;
use staste_testkit::StoreLocation;
pub(crate) use staste_testkit::store_fixtures::*;
pub(crate) use staste_testkit::{NOW, Rng};
pub(crate) use unreliable_proxy::UnreliableProxy;
pub(crate) use writers::{Kicked, Writers};

/// Runs the server `$1` in the folder `$0` with the following arguments until its input is closed, which the system does
/// however the test process ends. A line of input is a command, which is printed again when it is
/// executed.
const UNTIL_CLOSED: &str = r#"
folder=$0
program=$1
shift
# A sentinel keeps what it knows in its settings.
touch "$folder/server.conf"
start() {
    "$program" "$folder/server.conf" --port 0 --unixsocket "$folder/redis.sock" --save "" --appendonly no --dir "$folder" \
        --daemonize no --databases 1024 "$@" &
    server=$!
}
# After a write that was cut short, servers without the fix of valkey-io/valkey#4342 keep half a transaction in the log, and
# run it with the next one. As docs/sizing.md advises, the log is repaired first; a server called so is the program for it.
repair() {
    for manifest in "$folder"/*/*.manifest; do
        [ -e "$manifest" ] && echo y | "$folder/redis-check-aof" --fix "$manifest" > "$folder/repair.log" 2>&1
    done
}
ln -s "$(command -v "$program")" "$folder/redis-check-aof"
start "$@"
while read -r order; do
    case $order in
        kill) kill -KILL $server; wait $server 2> /dev/null ;;
        start) repair; start "$@" ;;
        freeze) kill -STOP $server ;;
        thaw) kill -CONT $server ;;
    esac
    echo "order: $order"
done
kill $server 2> /dev/null
kill -CONT $server 2> /dev/null
wait $server
rm -rf "$folder"
"#;

/// What a server or a sentinel logs when it is ready.
const READY: [&str; 2] = ["eady to accept connections", "Sentinel ID is"];

/// A running server.
pub(crate) struct Server {
    shell: Child,
    input: Mutex<Option<ChildStdin>>,
    log: Mutex<Receiver<String>>,
    folder: PathBuf,
    databases: AtomicUsize,
}

impl Server {
    /// Starts a server with more settings, such as `["--maxmemory", "4mb"]`.
    pub(crate) fn start(settings: &[&str]) -> Server {
        Server::of(redis_server(), settings)
    }

    /// Starts a server of this program.
    pub(crate) fn of(program: &OsStr, settings: &[&str]) -> Server {
        Server::run(program, settings).unwrap_or_else(|log_text| panic!("the server ended:\n{log_text}"))
    }

    /// Starts a server that listens on a free port, from which `settings` are made.
    pub(crate) fn on_port(program: &OsStr, settings: impl Fn(u16) -> Vec<String>) -> (Server, u16) {
        // Another process may take the port before the server does.
        for _ in 0..20 {
            let port = free_port();
            let settings = [vec!["--port".to_owned(), port.to_string()], settings(port)].concat();
            let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
            match Server::run(program, &settings) {
                Ok(server) => return (server, port),
                Err(log_text) => {
                    assert!(log_text.contains("already in use"), "the server ended:\n{log_text}");
                }
            }
        }
        panic!("no port is free for a server");
    }

    /// Returns the Valkey server that the test command installs, shared by all tests of a file.
    pub(crate) fn valkey() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| {
            Server::run(valkey_server(), &[])
                .unwrap_or_else(|log_text| panic!("the server ended:\n{log_text}"))
        })
    }

    /// Starts a server; returns its log if it ends before it is ready.
    fn run(program: &OsStr, settings: &[&str]) -> Result<Server, String> {
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
        let input = Mutex::new(shell.stdin.take());
        let log = BufReader::new(shell.stdout.take().unwrap());
        let (sender, receiver) = std::sync::mpsc::channel();
        // Otherwise the server would block when nobody reads its log.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let server =
            Server { shell, input, log: Mutex::new(receiver), folder, databases: AtomicUsize::new(0) };
        server.hear(&READY)?;
        Ok(server)
    }

    /// Kills the server, as a crash of its process would.
    pub(crate) fn kill(&self) {
        self.order("kill", &["order: kill"]);
    }

    /// Starts a killed server again with the data in its folder.
    pub(crate) fn start_again(&self) {
        self.order("start", &READY);
    }

    /// Stops the process of the server, so that requests wait.
    pub(crate) fn freeze(&self) {
        self.order("freeze", &["order: freeze"]);
    }

    /// Continues a frozen server.
    pub(crate) fn thaw(&self) {
        self.order("thaw", &["order: thaw"]);
    }

    fn order(&self, order: &str, done: &[&str]) {
        writeln!(self.input.lock().unwrap().as_mut().unwrap(), "{order}").unwrap();
        self.hear(done).unwrap_or_else(|log_text| panic!("the server ended:\n{log_text}"));
    }

    /// Waits until one of these is logged; returns the log if the server ends before.
    fn hear(&self, wanted: &[&str]) -> Result<(), String> {
        let log = self.log.lock().unwrap();
        let mut lines = Vec::new();
        let is_wanted = |line: &String| wanted.iter().any(|wanted| line.contains(wanted));
        while !lines.last().is_some_and(is_wanted) {
            lines.push(log.recv().map_err(|_| lines.join("\n"))?);
        }
        Ok(())
    }

    /// Returns the server that all tests of a file share.
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

    /// Returns the address of an unused database.
    pub(crate) fn fresh(&self) -> String {
        let database = self.databases.fetch_add(1, Ordering::Relaxed);
        format!("unix:{}?db={database}", self.socket().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.lock().map(|mut input| input.take()));
        let _ = self.shell.wait();
    }
}

/// Returns the Redis server of the operating system.
pub(crate) fn redis_server() -> &'static OsStr {
    assert!(
        Command::new("redis-server").arg("--version").output().is_ok(),
        "redis-server is missing: install the package redis-server (Debian, Ubuntu) or redis (Fedora, Homebrew)"
    );
    "redis-server".as_ref()
}

/// Returns the Valkey server that the test command installs.
pub(crate) fn valkey_server() -> &'static OsStr {
    static PROGRAM: OnceLock<std::ffi::OsString> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        std::env::var_os("STASTE_VALKEY")
            .expect("STASTE_VALKEY names a Valkey server; `cargo xtask test` brings one and sets it")
    })
}

/// Returns a free port.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Returns an unused location in a Redis server.
pub(crate) fn in_redis() -> StoreLocation {
    let address = Server::shared().fresh();
    StoreLocation::new(move || Arc::new(RedisStore::parse(&address).unwrap()))
}

/// Returns an unused location in a Valkey server.
pub(crate) fn in_valkey() -> StoreLocation {
    let address = Server::valkey().fresh();
    StoreLocation::new(move || Arc::new(RedisStore::parse(&address).unwrap()))
}

/// Returns an unused location in a cluster.
pub(crate) fn in_cluster() -> StoreLocation {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    let address = SHARED.get_or_init(|| Cluster::start(redis_server())).fresh();
    StoreLocation::new(move || Arc::new(RedisStore::parse(&address).unwrap()))
}

/// Returns a connection of the test itself.
pub(crate) fn connect(address: &str) -> Mutex<redis::Connection> {
    try_connect(address).unwrap()
}

/// Returns a connection, or the error of the server.
pub(crate) fn try_connect(address: &str) -> redis::RedisResult<Mutex<redis::Connection>> {
    let url = format!("redis+{}", address.replacen("unix:", "unix://", 1));
    redis::Client::open(url)?.get_connection().map(Mutex::new)
}

/// Runs a command.
pub(crate) fn execute(connection: &Mutex<redis::Connection>, words: &[&str]) {
    let _: redis::Value = query(connection, words);
}

/// Runs a command and returns its reply.
pub(crate) fn query<T: redis::FromRedisValue>(connection: &Mutex<redis::Connection>, words: &[&str]) -> T {
    try_query(connection, words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
}

/// Runs a command and returns its reply, or the error of the server.
pub(crate) fn try_query<T: redis::FromRedisValue>(
    connection: &Mutex<redis::Connection>,
    words: &[&str],
) -> redis::RedisResult<T> {
    let mut command = redis::Cmd::new();
    words.iter().for_each(|word| {
        command.arg(word);
    });
    command.query(&mut connection.lock().unwrap())
}

/// Pause between two checks of another process.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Waits until a condition is true.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < patience, "{what} did not come about");
        std::thread::park_timeout(BETWEEN_LOOKS);
    }
}

/// Returns a store at an address.
pub(crate) fn store(address: &str) -> Arc<dyn Store> {
    Arc::new(RedisStore::parse(address).unwrap())
}

/// Lets connections be idle for more than a second, after which they check that the server is still the same.
pub(crate) fn idle() {
    let since = Instant::now();
    until("more than a second", || since.elapsed() > Duration::from_millis(1100));
}
