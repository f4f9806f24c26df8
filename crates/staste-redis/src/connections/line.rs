//! A connection to one server.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use redis::{ConnectionInfo, Value};
use staste_core::Error;
use staste_core::store::TimeLimit;

use super::replies::{Replies, Trouble};
use super::stream::Stream;
use super::{Memory, log_in};
use crate::address::Tls;
use crate::call::command;
use crate::failure::{Failure, Outcome};
use crate::options::RedisOptions;
use crate::reply;

/// The oldest server that is known to have everything; Valkey calls itself 7 in this respect.
const OLDEST: u32 = 6;
/// No request waits longer, so that deadlines are instants that there are.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);
/// After so long without use it is looked at whether the server is still what it was.
const LONG_UNUSED: Duration = Duration::from_secs(1);

/// A connection to one server; one thread uses it at a time.
pub(crate) struct Line {
    stream: Stream,
    replies: Replies,
    /// Which history of writes the server is in: another one after a failover, in which some may be missing.
    history: Option<String>,
    used: Instant,
    /// How long one answer may take, from its first byte to its last.
    command_timeout: Duration,
    /// The server is known not to evict keys, or may.
    may_write: bool,
    /// Nothing was asked of it since it was opened.
    pub(crate) is_fresh: bool,
}

impl Line {
    /// Connects.
    pub(crate) fn open(
        info: &ConnectionInfo,
        tls: &Tls,
        options: &RedisOptions,
        shown: &str,
    ) -> Outcome<Line> {
        let mut line = Line::bare(info, tls, options)?;
        line.check_version(shown)?;
        line.history = line.history()?;
        Ok(line)
    }

    /// Connects, without a look at what is there.
    pub(crate) fn bare(info: &ConnectionInfo, tls: &Tls, options: &RedisOptions) -> Outcome<Line> {
        let deadline = in_time(options.connect_timeout).map_err(|error| Failure::Unsent(error.into()))?;
        let mut line = Line {
            stream: Stream::connect(info.addr(), tls, deadline)?,
            replies: Replies::new(options.reply_limit),
            history: None,
            used: Instant::now(),
            command_timeout: options.connect_timeout,
            may_write: options.allow_evicting,
            is_fresh: true,
        };
        log_in(&mut line, info.redis_settings())?;
        line.command_timeout = options.command_timeout;
        Ok(line)
    }

    /// Asks the server something that is about no key.
    pub(crate) fn ask<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.send(&command(parts).bytes)?;
        self.receive(false)
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, request: &[u8]) -> Outcome<()> {
        // The server runs a request when it has all of it, so one that was cut short was not run.
        self.write(request).map_err(|error| Failure::Unsent(error.into()))
    }

    fn write(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.wait_until(in_time(self.command_timeout)?);
        self.stream.write_all(request)?;
        self.stream.flush()
    }

    fn read(&mut self) -> Result<Value, Trouble> {
        self.stream.wait_until(in_time(self.command_timeout)?);
        self.replies.next(&mut self.stream)
    }

    /// Waits for the answer to a request that was sent.
    pub(crate) fn receive(&mut self, writes: bool) -> Outcome<Value> {
        let answer = self.read();
        self.used = Instant::now();
        match answer {
            Ok(Value::ServerError(error)) => Err(Failure::Server(error.into())),
            Ok(value) => Ok(value),
            Err(Trouble::Io(error)) if writes => Err(Failure::Lost(error.into())),
            Err(Trouble::Io(error)) => Err(Failure::Unsent(error.into())),
            Err(trouble) => Err(Failure::Garbled { why: trouble.explain(), in_doubt: writes }),
        }
    }

    /// Refuses to write to a server that evicts keys. It is asked once, with the first write.
    pub(crate) fn check_eviction(&mut self, shown: &str) -> Outcome<()> {
        if self.may_write {
            return Ok(());
        }
        if let Some(memory) = Memory::of(self)?
            && memory.evicts()
        {
            return Err(Error::unavailable(format!(
                "{shown} evicts keys when its memory is full (maxmemory-policy {}): what was counted could vanish, and is \
                 not written there; set maxmemory-policy noeviction, or add evicting=allow to the address",
                memory.policy
            ))
            .into());
        }
        self.may_write = true;
        Ok(())
    }

    /// False when the connection is broken, or the server may have lost what was read from it.
    ///
    /// # Errors
    /// When the server does not answer in time: on another connection it would not either.
    pub(crate) fn is_as_it_was(&mut self) -> Outcome<bool> {
        if self.used.elapsed() < LONG_UNUSED {
            return Ok(true);
        }
        match self.history() {
            Err(Failure::Unsent(error)) if error.is_timeout() => Err(Failure::Unsent(error)),
            history => Ok(history.is_ok_and(|history| history == self.history)),
        }
    }

    /// A part of what the server tells of itself; empty when it may not be asked.
    pub(crate) fn information(&mut self, section: &str) -> Outcome<String> {
        match self.ask(["INFO", section]) {
            Ok(Value::VerbatimString { text, .. }) => Ok(text),
            Ok(information) => reply::text(information),
            // Then what the server lacks will be met.
            Err(Failure::Server(_)) => Ok(String::new()),
            Err(failure) => Err(failure),
        }
    }

    fn history(&mut self) -> Outcome<Option<String>> {
        let information = self.information("replication")?;
        Ok(field(&information, "master_replid").map(str::to_owned))
    }

    fn check_version(&mut self, shown: &str) -> Outcome<()> {
        let information = self.information("server")?;
        let version = field(&information, "redis_version").unwrap_or_default();
        let major: Option<u32> = version.split('.').next().and_then(|major| major.parse().ok());
        if major.is_some_and(|major| major < OLDEST) {
            return Err(Error::unavailable(format!(
                "{shown} runs Redis {version}, which is too old; version {OLDEST} or newer is needed"
            ))
            .into());
        }
        Ok(())
    }
}

/// When a timeout is over, or what is left to the thread, of which there must be some.
fn in_time(timeout: Duration) -> io::Result<Instant> {
    if TimeLimit::current().is_some_and(|limit| limit.is_over()) {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(Instant::now() + TimeLimit::shorten(timeout).min(LONGEST))
}

/// A line of what a server tells of itself.
pub(crate) fn field<'a>(information: &'a str, name: &str) -> Option<&'a str> {
    information.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
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
    fn a_server_that_took_over_is_another_one() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let history = Arc::new(AtomicU32::new(1));
        let told = Arc::clone(&history);
        // Whatever is asked, in one piece as it is sent, the answer is the same.
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut request = [0; 1 << 12];
            while let Ok(read) = client.read(&mut request)
                && read > 0
            {
                let asked = String::from_utf8_lossy(request.get(..read).unwrap()).into_owned();
                let text =
                    format!("redis_version:7.0.0\r\nmaster_replid:{}\r\n", told.load(Ordering::SeqCst));
                for _ in asked.matches('*') {
                    write!(client, "${}\r\n{text}\r\n", text.len()).unwrap();
                }
            }
        });
        let info = format!("redis://127.0.0.1:{port}").into_connection_info().unwrap();
        let mut line = Line::open(&info, &Tls::default(), &RedisOptions::default(), "here").unwrap();
        let long_ago = Instant::now().checked_sub(2 * LONG_UNUSED).unwrap();
        line.used = long_ago;
        assert!(line.is_as_it_was().unwrap());
        history.store(2, Ordering::SeqCst);
        // It was asked a moment ago, and is taken at its word.
        assert!(line.is_as_it_was().unwrap());
        line.used = long_ago;
        assert!(!line.is_as_it_was().unwrap());
    }
}
