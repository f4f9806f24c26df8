//! A session with the servers of an address: scripts and commands are sent over it, one at a time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use redis::{ErrorKind, ServerErrorKind, Value};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::reply;
use super::request::{Request, ScriptCall, command};

use super::servers::{KnownNodes, Servers};
use crate::address::Address;
use crate::address::topology::Topology;
use crate::key_words::KeyWords;
use crate::keys::{self, MetricaKeys};
use crate::options::{KeyLayout, RedisOptions};
use crate::scripts::Script;

/// Connections to the servers of an address, with what the address and the options say of keys. One thread uses it at
/// a time.
pub(crate) struct Session {
    servers: Servers,
    /// The start of every key.
    pub(crate) prefix: String,
    /// The layout of metricas that are defined for the first time.
    pub(crate) layout: KeyLayout,
    /// The words in the keys of the legacy layout.
    pub(crate) key_words: KeyWords,
    /// Keys are spread over several servers.
    pub(crate) in_cluster: bool,
}

impl Session {
    /// Returns a session that connects with its first request.
    pub(crate) fn new(
        address: &Arc<Address>,
        options: &Arc<RedisOptions>,
        known_nodes: KnownNodes,
    ) -> Session {
        Session {
            prefix: address.prefix.clone().unwrap_or_else(|| options.prefix.clone()),
            layout: address.layout.layout.unwrap_or(options.layout),
            key_words: address.layout.key_words(&options.key_words),
            in_cluster: matches!(address.topology, Topology::Cluster(_)),
            servers: Servers::new(Arc::clone(address), Arc::clone(options), known_nodes),
        }
    }

    /// Names the server of the last request, for messages.
    pub(crate) fn place(&self) -> String {
        self.servers.place()
    }

    /// Returns the keys of a Metrica.
    pub(crate) fn keys(&self, metrica: &str) -> MetricaKeys {
        MetricaKeys::new(&self.prefix, metrica)
    }

    /// Returns a call of a script on a Metrica, with the key and the argument that every script begins with.
    pub(crate) fn call(&self, metrica: &str) -> ScriptCall {
        let keys = self.keys(metrica);
        let mut call = ScriptCall::on(&keys.base);
        call.keys.push(keys.meta());
        call.arguments.push(&keys.base);
        call
    }

    /// Runs a script. Its text is sent only when the server does not have it yet.
    pub(crate) fn run(&mut self, script: &Script, call: &ScriptCall) -> Outcome<Value> {
        match self.servers.exchange(&call.request("EVALSHA", script.hash()), script.writes) {
            Err(Failure::Server(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.servers.exchange(&call.request("EVAL", script.text()), script.writes)
            }
            outcome => outcome,
        }
    }

    /// Sends a command that only reads; its first argument is its key.
    pub(crate) fn query<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.servers.exchange(&command(parts), false)
    }

    /// Sends a command that writes; its first argument is its key.
    pub(crate) fn write<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.servers.exchange(&command(parts), true)
    }

    /// Returns the names of the metricas that are or were defined.
    pub(crate) fn metrica_names(&mut self) -> Outcome<BTreeSet<String>> {
        let names = match self.query(["SMEMBERS", &keys::names(&self.prefix)])? {
            Value::Set(names) | Value::Array(names) => names,
            _ => Vec::new(),
        };
        names.into_iter().map(reply::text).collect()
    }

    /// Sends several commands that only read at once.
    pub(crate) fn query_all(&mut self, commands: &[Request]) -> Outcome<Vec<Value>> {
        self.servers.exchange_all(commands, false)
    }

    /// Sends the commands of a transaction at once, which write together or not at all.
    pub(crate) fn transaction(&mut self, commands: &[Request]) -> Outcome<Vec<Value>> {
        self.servers.exchange_all(commands, true)
    }

    /// Runs a function on a connection to every server, which gets the name of the server for messages.
    pub(crate) fn on_each_server(
        &mut self,
        run: impl FnMut(&mut Connection, &str) -> Outcome<()>,
    ) -> Outcome<()> {
        self.servers.each(run)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("place", &self.place()).finish_non_exhaustive()
    }
}
