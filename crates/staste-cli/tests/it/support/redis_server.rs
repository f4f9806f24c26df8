//! `RedisServer`: a Redis server for one test, on a socket in a temporary folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Runs the server until standard input is closed, which the system does whenever the test ends.
const UNTIL_CLOSED: &str = r#"
redis-server --port 0 --unixsocket "$0/redis.sock" --save "" --appendonly no --dir "$0" --daemonize no &
server=$!
cat > /dev/null
kill $server
wait $server
"#;

/// A running server. Dropping it stops it.
pub(crate) struct RedisServer {
    shell: Child,
    folder: TempDir,
}

impl RedisServer {
    pub(crate) fn start() -> RedisServer {
        assert!(
            Command::new("redis-server").arg("--version").output().is_ok(),
            "redis-server is missing: install the package redis-server (Debian, Ubuntu) or redis (Fedora, Homebrew)"
        );
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh")
            .args(["-c", UNTIL_CLOSED])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
        let is_ready = log.any(|line| line.contains("eady to accept connections"));
        assert!(is_ready, "the server ended");
        // Without a reader of its log, the server would block.
        std::thread::spawn(move || log.for_each(drop));
        RedisServer { shell, folder }
    }

    /// Deletes keys of a database, as another client would.
    pub(crate) fn delete(&self, database: u32, keys: &str) {
        let socket = UnixStream::connect(self.folder.path().join("redis.sock")).unwrap();
        let mut replies = BufReader::new(socket.try_clone().unwrap()).lines().map(Result::unwrap);
        write!(&socket, "SELECT {database}\r\nDEL {keys}\r\n").unwrap();
        assert_eq!(replies.next().unwrap(), "+OK");
        assert_eq!(replies.next().unwrap(), format!(":{}", keys.split(' ').count()));
    }

    /// Runs a command that replies OK.
    pub(crate) fn run(&self, command: &str) {
        let socket = UnixStream::connect(self.folder.path().join("redis.sock")).unwrap();
        write!(&socket, "{command}\r\n").unwrap();
        assert_eq!(BufReader::new(socket).lines().next().unwrap().unwrap(), "+OK", "{command}");
    }

    /// Returns the address of a database.
    pub(crate) fn address(&self, database: u32) -> String {
        format!("unix:{}/redis.sock?db={database}", self.folder.path().display())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
