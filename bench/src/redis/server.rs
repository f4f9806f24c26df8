//! A Redis server for the benchmark, and its statistics.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use redis::{Client, Connection, cmd};
use tempfile::TempDir;

/// Runs a server in the folder `$0` until its input is closed, however this program ends.
const UNTIL_CLOSED: &str = r#"
redis-server --port 0 --unixsocket "$0/redis.sock" --save "" --appendonly no --dir "$0" --daemonize no > /dev/null &
cat > /dev/null
kill $!
wait $!
"#;

pub struct Server {
    shell: Child,
    input: Option<ChildStdin>,
    folder: TempDir,
    control: Connection,
}

/// The work of the server since its statistics were reset.
#[derive(Clone, Copy, Default)]
pub struct Work {
    /// Number of scripts that clients called.
    pub scripts: f64,
    /// Microseconds in commands that clients sent. Commands of a script are included in the time of the script.
    pub commands: f64,
    /// Microseconds of processor time, including reading requests and writing replies.
    pub cpu: f64,
}

impl Server {
    /// Starts a server; returns `None` if the program is not installed.
    pub fn start() -> Result<Option<Server>, Box<dyn Error>> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let mut shell =
            Command::new("sh").args(["-c", UNTIL_CLOSED]).arg(folder.path()).stdin(Stdio::piped()).spawn()?;
        let input = shell.stdin.take();
        let client = Client::open(url(&folder.path().join("redis.sock")))?;
        for _ in 0..500 {
            if let Ok(control) = client.get_connection() {
                return Ok(Some(Server { shell, input, folder, control }));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err("redis-server did not start".into())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Returns the address of the store.
    pub fn address(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// Opens another connection.
    pub fn connect(&self) -> redis::RedisResult<Connection> {
        Client::open(url(&self.socket()))?.get_connection()
    }

    /// Deletes all data.
    pub fn clear(&mut self) -> redis::RedisResult<()> {
        cmd("FLUSHALL").arg("SYNC").query(&mut self.control)
    }

    pub fn version(&mut self) -> Result<String, Box<dyn Error>> {
        Ok(self.info("server", "redis_version")?)
    }

    pub fn memory(&mut self) -> Result<f64, Box<dyn Error>> {
        Ok(self.info("memory", "used_memory")?.parse()?)
    }

    /// Runs something and returns the work of the server for it.
    pub fn work<E: Into<Box<dyn Error>>>(
        &mut self,
        run: impl FnOnce() -> Result<(), E>,
    ) -> Result<Work, Box<dyn Error>> {
        cmd("CONFIG").arg("RESETSTAT").query::<()>(&mut self.control)?;
        let before = self.cpu()?;
        run().map_err(Into::into)?;
        let cpu = self.cpu()? - before;
        let stats: String = cmd("INFO").arg("commandstats").query(&mut self.control)?;
        let mut work = Work { cpu, ..Work::default() };
        let mut scripted = Work::default();
        for line in stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")) {
            let Some((name, figures)) = line.split_once(':') else { continue };
            let (calls, usec) = (figure(figures, "calls="), figure(figures, "usec="));
            if matches!(name, "evalsha" | "eval") {
                scripted.scripts += calls;
                scripted.commands += usec;
            } else if !matches!(name, "info" | "config|resetstat") {
                work.commands += usec;
            }
        }
        // Staste sends only scripts, the original none.
        Ok(if scripted.scripts > 0.0 { Work { cpu, ..scripted } } else { work })
    }

    fn cpu(&mut self) -> Result<f64, Box<dyn Error>> {
        let user: f64 = self.info("cpu", "used_cpu_user")?.parse()?;
        let system: f64 = self.info("cpu", "used_cpu_sys")?.parse()?;
        Ok((user + system) * 1e6)
    }

    fn info(&mut self, section: &str, name: &str) -> redis::RedisResult<String> {
        let text: String = cmd("INFO").arg(section).query(&mut self.control)?;
        let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(found.unwrap_or_default().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}

fn url(socket: &std::path::Path) -> String {
    format!("redis+unix://{}", socket.display())
}

fn figure(figures: &str, name: &str) -> f64 {
    let found = figures.split(',').find_map(|figure| figure.strip_prefix(name)?.parse().ok());
    found.unwrap_or(0.0)
}
