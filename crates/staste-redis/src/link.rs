//! A connection to the server, with what is remembered of the metricas there.

use std::fmt;
use std::time::{Duration, Instant};

use redis::{Connection, ErrorKind, ServerErrorKind, Value};
use staste_core::Error;

use crate::address::Address;
use crate::call::{Call, command};
use crate::catalog::Catalog;
use crate::failure::{Failure, Outcome};
use crate::keys::Keys;
use crate::options::Options;
use crate::script::Script;

/// The oldest server that is known to have everything; Valkey calls itself 7 in this respect.
const OLDEST: u32 = 6;
/// A connection that was not used for so long may have been closed meanwhile.
const LONG_UNUSED: Duration = Duration::from_secs(1);

/// A connection; one thread uses it at a time.
pub(crate) struct Link {
    connection: Connection,
    pub(crate) catalog: Catalog,
    /// What every key begins with.
    pub(crate) prefix: String,
    /// The address, for messages.
    pub(crate) shown: String,
    used: Instant,
}

impl Link {
    /// Connects.
    pub(crate) fn open(address: &Address, options: &Options) -> Outcome<Link> {
        let client = redis::Client::open(address.info.clone()).map_err(Failure::Unsent)?;
        let connection =
            client.get_connection_with_timeout(options.connect_timeout).map_err(Failure::Unsent)?;
        let timeout = Some(options.command_timeout.max(Duration::from_millis(1)));
        connection.set_read_timeout(timeout).map_err(Failure::Unsent)?;
        connection.set_write_timeout(timeout).map_err(Failure::Unsent)?;
        let prefix = address.prefix.clone().unwrap_or_else(|| options.prefix.clone());
        let shown = address.shown.clone();
        let mut link = Link { connection, catalog: Catalog::default(), prefix, shown, used: Instant::now() };
        link.check_version()?;
        Ok(link)
    }

    /// The keys of a Metrica.
    pub(crate) fn keys(&self, metrica: &str) -> Keys {
        Keys::new(&self.prefix, metrica)
    }

    /// A call of a script on a Metrica, with what every script begins with.
    pub(crate) fn call(&self, metrica: &str) -> Call {
        let keys = self.keys(metrica);
        let mut call = Call::default();
        call.keys.push(keys.meta());
        call.arguments.push(&keys.base);
        call
    }

    /// Runs a script; one the server does not know yet is given whole.
    pub(crate) fn run(&mut self, script: &Script, call: &Call) -> Outcome<Value> {
        match self.exchange(&call.packed("EVALSHA", script.hash()), script.writes) {
            Err(Failure::Server(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.exchange(&call.packed("EVAL", script.text()), script.writes)
            }
            outcome => outcome,
        }
    }

    /// Sends a command that only reads.
    pub(crate) fn ask<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.exchange(&command(parts), false)
    }

    /// Sends a command that writes.
    pub(crate) fn tell<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.exchange(&command(parts), true)
    }

    /// Sends several commands that only read at once.
    pub(crate) fn ask_all(&mut self, commands: &[Vec<u8>]) -> Outcome<Vec<Value>> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.connection.send_packed_command(&commands.concat()).map_err(Failure::Unsent)?;
        // All answers are read, also after a refusal, so that the next request meets its own.
        let answers: Vec<Outcome<Value>> = commands.iter().map(|_| self.receive(false)).collect();
        answers.into_iter().collect()
    }

    /// True when the connection may be used: it was a moment ago, or the server answers.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.used.elapsed() < LONG_UNUSED || self.ask(["PING"]).is_ok()
    }

    fn exchange(&mut self, request: &[u8], writes: bool) -> Outcome<Value> {
        // The server runs a request when it has all of it, so one that was cut short was not run.
        self.connection.send_packed_command(request).map_err(Failure::Unsent)?;
        self.receive(writes)
    }

    fn receive(&mut self, writes: bool) -> Outcome<Value> {
        let answer = self.connection.recv_response();
        self.used = Instant::now();
        match answer {
            Ok(Value::ServerError(error)) => Err(Failure::Server(error.into())),
            Ok(value) => Ok(value),
            Err(error) if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => {
                Err(Failure::Server(error))
            }
            Err(error) if writes => Err(Failure::Lost(error)),
            Err(error) => Err(Failure::Unsent(error)),
        }
    }

    fn check_version(&mut self) -> Outcome<()> {
        let info = match self.ask(["INFO", "server"]) {
            Ok(Value::BulkString(info)) => String::from_utf8_lossy(&info).into_owned(),
            // It may not be asked; then what it lacks will be met.
            Ok(_) | Err(Failure::Server(_)) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let version = field(&info, "redis_version").unwrap_or_default();
        let major: Option<u32> = version.split('.').next().and_then(|major| major.parse().ok());
        if major.is_some_and(|major| major < OLDEST) {
            return Err(Error::unavailable(format!(
                "{} runs Redis {version}, which is too old; version {OLDEST} or newer is needed",
                self.shown
            ))
            .into());
        }
        Ok(())
    }
}

/// A line of the server's information.
pub(crate) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("shown", &self.shown).finish_non_exhaustive()
    }
}
