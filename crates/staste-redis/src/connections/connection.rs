//! A connection to one server.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use redis::{ConnectionInfo, ErrorKind, RedisConnectionInfo, RedisError, Value};
use staste_core::Error;
use staste_core::store::TimeLimit;

use super::failure::{Failure, Outcome};
use super::reply;
use super::reply_reader::{ReplyError, ReplyReader};
use super::request::{Request, command};
use super::stream::Stream;
use crate::address::topology::Tls;
use crate::options::RedisOptions;

/// The oldest server with everything that is needed; Valkey calls itself 7 in this respect.
const MIN_VERSION: u32 = 6;
/// No request waits longer, so that a deadline is always a valid instant.
const MAX_WAIT: Duration = Duration::from_secs(365 * 86_400);
/// After so long without use, the next request first checks that the server is still the same.
const CHECK_AFTER: Duration = Duration::from_secs(1);

/// A connection to one server; one thread uses it at a time.
pub(crate) struct Connection {
    stream: Stream,
    replies: ReplyReader,
    /// The server's replication id. It changes with a failover, in which some writes may be lost.
    replication_id: Option<String>,
    last_used: Instant,
    /// How long one reply may take, from its first byte to its last.
    command_timeout: Duration,
    /// The server is known not to evict keys, or is allowed to.
    pub(crate) may_write: bool,
    /// No request was sent since it was opened.
    pub(crate) is_fresh: bool,
}

impl Connection {
    /// Connects, and checks the version of the server.
    pub(crate) fn open(
        info: &ConnectionInfo,
        tls: &Tls,
        options: &RedisOptions,
        place: &str,
    ) -> Outcome<Connection> {
        let mut connection = Connection::open_unchecked(info, tls, options)?;
        connection.check_version(place)?;
        connection.replication_id = connection.replication_id()?;
        Ok(connection)
    }

    /// Connects without checking what runs there, as to a sentinel.
    pub(crate) fn open_unchecked(
        info: &ConnectionInfo,
        tls: &Tls,
        options: &RedisOptions,
    ) -> Outcome<Connection> {
        let deadline = deadline(options.connect_timeout).map_err(|error| Failure::Unsent(error.into()))?;
        let mut connection = Connection {
            stream: Stream::connect(info.addr(), tls, deadline)?,
            replies: ReplyReader::new(options.reply_limit),
            replication_id: None,
            last_used: Instant::now(),
            command_timeout: options.connect_timeout,
            may_write: options.allow_evicting,
            is_fresh: true,
        };
        connection.log_in(info.redis_settings())?;
        connection.command_timeout = options.command_timeout;
        Ok(connection)
    }

    /// Logs in, selects the database and names the program, with one request.
    fn log_in(&mut self, login: &RedisConnectionInfo) -> Outcome<()> {
        let password = login.password().map(|password| match login.username() {
            Some(user) => command(["AUTH", user, password]),
            None => command(["AUTH", password]),
        });
        let database = (login.db() != 0).then(|| command(["SELECT", &login.db().to_string()]));
        // So that CLIENT LIST shows the program. Servers before 7.2 do not have the command.
        let names = [("LIB-NAME", "staste"), ("LIB-VER", env!("CARGO_PKG_VERSION"))]
            .map(|(name, value)| command(["CLIENT", "SETINFO", name, value]));
        let all: Vec<&Request> = password.iter().chain(&database).chain(&names).collect();
        self.send(&all.iter().flat_map(|request| request.bytes.iter().copied()).collect::<Vec<u8>>())?;
        if password.is_some() {
            self.receive(false).map_err(|failure| match failure {
                Failure::Server(error) => {
                    let kind = ErrorKind::AuthenticationFailed;
                    Failure::Unsent(RedisError::from((kind, "the password was refused", error.to_string())))
                }
                failure => failure,
            })?;
        }
        if database.is_some() {
            self.receive(false).map_err(|failure| match failure {
                Failure::Server(error) => Failure::Unsent(error),
                failure => failure,
            })?;
        }
        for _ in &names {
            match self.receive(false) {
                Ok(_) | Err(Failure::Server(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Sends a command that concerns no key, and waits for the reply.
    pub(crate) fn query<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.send(&command(parts).bytes)?;
        self.receive(false)
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, request: &[u8]) -> Outcome<()> {
        // The server executes a request when it has all of it, so one that was cut short was not executed.
        self.write(request).map_err(|error| Failure::Unsent(error.into()))
    }

    fn write(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.set_deadline(deadline(self.command_timeout)?);
        self.stream.write_all(request)?;
        self.stream.flush()
    }

    fn read(&mut self) -> Result<Value, ReplyError> {
        self.stream.set_deadline(deadline(self.command_timeout)?);
        self.replies.next(&mut self.stream)
    }

    /// Waits for the reply to a request that was sent.
    pub(crate) fn receive(&mut self, writes: bool) -> Outcome<Value> {
        let reply = self.read();
        self.last_used = Instant::now();
        match reply {
            Ok(Value::ServerError(error)) => Err(Failure::Server(error.into())),
            Ok(value) => Ok(value),
            Err(ReplyError::Io(error)) if writes => Err(Failure::Lost(error.into())),
            Err(ReplyError::Io(error)) => Err(Failure::Unsent(error.into())),
            Err(error) => Err(Failure::Garbled { problem: error.explain(), in_doubt: writes }),
        }
    }

    /// Returns false when the connection is broken, or the server may have lost writes since it was last used.
    ///
    /// # Errors
    /// When the server does not reply in time: it would not on another connection either.
    pub(crate) fn is_same_server(&mut self) -> Outcome<bool> {
        if self.last_used.elapsed() < CHECK_AFTER {
            return Ok(true);
        }
        match self.replication_id() {
            Err(Failure::Unsent(error)) if error.is_timeout() => Err(Failure::Unsent(error)),
            replication_id => Ok(replication_id.is_ok_and(|id| id == self.replication_id)),
        }
    }

    /// Returns a section of INFO; an empty one when the user may not call it.
    pub(crate) fn info(&mut self, section: &str) -> Outcome<String> {
        match self.query(["INFO", section]) {
            Ok(Value::VerbatimString { text, .. }) => Ok(text),
            Ok(info) => reply::text(info),
            // Whatever the server lacks shows later.
            Err(Failure::Server(_)) => Ok(String::new()),
            Err(failure) => Err(failure),
        }
    }

    fn replication_id(&mut self) -> Outcome<Option<String>> {
        let info = self.info("replication")?;
        Ok(info_field(&info, "master_replid").map(str::to_owned))
    }

    fn check_version(&mut self, place: &str) -> Outcome<()> {
        let info = self.info("server")?;
        let version = info_field(&info, "redis_version").unwrap_or_default();
        let major: Option<u32> = version.split('.').next().and_then(|major| major.parse().ok());
        if major.is_some_and(|major| major < MIN_VERSION) {
            return Err(Error::unavailable(format!(
                "{place} runs Redis {version}, which is too old; version {MIN_VERSION} or newer is needed"
            ))
            .into());
        }
        Ok(())
    }
}

/// Returns when a timeout ends, or the time limit of the thread if that is earlier; an error when no time is left.
fn deadline(timeout: Duration) -> io::Result<Instant> {
    if TimeLimit::current().is_some_and(|limit| limit.is_over()) {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(Instant::now() + TimeLimit::shorten(timeout).min(MAX_WAIT))
}

/// Returns the value of a line of INFO.
pub(crate) fn info_field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use redis::IntoConnectionInfo as _;

    use super::*;

    #[test]
    fn connection_after_failover_is_to_another_server() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let replication_id = Arc::new(AtomicU32::new(1));
        let shared = Arc::clone(&replication_id);
        // Every command of a request gets the same reply.
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut buffer = [0; 1 << 12];
            while let Ok(read) = client.read(&mut buffer)
                && read > 0
            {
                let request = String::from_utf8_lossy(buffer.get(..read).unwrap()).into_owned();
                let text =
                    format!("redis_version:7.0.0\r\nmaster_replid:{}\r\n", shared.load(Ordering::SeqCst));
                for _ in request.matches('*') {
                    write!(client, "${}\r\n{text}\r\n", text.len()).unwrap();
                }
            }
        });
        let info = format!("redis://127.0.0.1:{port}").into_connection_info().unwrap();
        let mut connection =
            Connection::open(&info, &Tls::default(), &RedisOptions::default(), "server").unwrap();
        let long_ago = Instant::now().checked_sub(2 * CHECK_AFTER).unwrap();
        connection.last_used = long_ago;
        assert!(connection.is_same_server().unwrap());
        replication_id.store(2, Ordering::SeqCst);
        // It was checked a moment ago.
        assert!(connection.is_same_server().unwrap());
        connection.last_used = long_ago;
        assert!(!connection.is_same_server().unwrap());
    }
}
