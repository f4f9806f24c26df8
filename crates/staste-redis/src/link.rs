//! What a verb works with: the connections to the servers, and what is remembered of the metricas there.

use std::fmt;
use std::sync::Arc;

use redis::{ErrorKind, ServerErrorKind, Value};

use crate::address::{Address, Servers};
use crate::call::{Call, Request, command};
use crate::catalog::Catalog;
use crate::connections::{Line, Lines, Seen};
use crate::failure::{Failure, Outcome};
use crate::keys::Keys;
use crate::options::{Layout, RedisOptions};
use crate::script::Script;
use crate::seed::KeyNaming;

/// Connections with what they told; one thread uses them at a time.
pub(crate) struct Link {
    lines: Lines,
    /// What a server told is good for as long as the connection to it.
    pub(crate) catalog: Catalog,
    /// What every key begins with.
    pub(crate) prefix: String,
    /// The words of the original's keys.
    pub(crate) naming: KeyNaming,
    /// Keys lie on several servers.
    pub(crate) in_cluster: bool,
    /// The address, for messages.
    pub(crate) shown: String,
}

impl Link {
    /// A link that connects with its first request.
    pub(crate) fn new(address: &Arc<Address>, options: &Arc<RedisOptions>, seen: Seen) -> Link {
        let prefix = address.prefix.clone().unwrap_or_else(|| options.prefix.clone());
        let shown = address.shown.clone();
        let lines = Lines::new(Arc::clone(address), Arc::clone(options), seen);
        let catalog = Catalog::of(address.seed.layout.unwrap_or(options.layout), &prefix);
        let naming = address.seed.naming(&options.naming);
        let in_cluster = matches!(address.servers, Servers::Cluster(_));
        Link { lines, catalog, prefix, naming, in_cluster, shown }
    }

    /// Who was last talked to, for messages.
    pub(crate) fn place(&self) -> String {
        self.lines.place()
    }

    /// The layout of what is defined for the first time.
    pub(crate) fn layout(&self) -> Layout {
        self.catalog.layout
    }

    /// The keys of a Metrica.
    pub(crate) fn keys(&self, metrica: &str) -> Keys {
        Keys::new(&self.prefix, metrica)
    }

    /// A call of a script on a Metrica, with what every script begins with.
    pub(crate) fn call(&self, metrica: &str) -> Call {
        let keys = self.keys(metrica);
        let mut call = Call::on(&keys.base);
        call.keys.push(keys.meta());
        call.arguments.push(&keys.base);
        call
    }

    /// Runs a script; one the server does not know yet is given whole.
    pub(crate) fn run(&mut self, script: &Script, call: &Call) -> Outcome<Value> {
        match self.exchange(&call.request("EVALSHA", script.hash()), script.writes) {
            Err(Failure::Server(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.exchange(&call.request("EVAL", script.text()), script.writes)
            }
            outcome => outcome,
        }
    }

    /// Sends a command that only reads; its first argument is its key.
    pub(crate) fn ask<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.exchange(&command(parts), false)
    }

    /// Sends a command that writes; its first argument is its key.
    pub(crate) fn tell<T: AsRef<[u8]>>(&mut self, parts: impl IntoIterator<Item = T>) -> Outcome<Value> {
        self.exchange(&command(parts), true)
    }

    /// Sends several commands that only read at once.
    pub(crate) fn ask_all(&mut self, commands: &[Request]) -> Outcome<Vec<Value>> {
        let outcome = self.lines.exchange_all(commands, false);
        self.noted(outcome)
    }

    /// Sends several commands at once that write together or not at all: a transaction.
    pub(crate) fn tell_all(&mut self, commands: &[Request]) -> Outcome<Vec<Value>> {
        let outcome = self.lines.exchange_all(commands, true);
        self.noted(outcome)
    }

    /// Runs something on a connection to every server; it is told how to name that in messages.
    pub(crate) fn each(&mut self, run: impl FnMut(&mut Line, &str) -> Outcome<()>) -> Outcome<()> {
        let outcome = self.lines.each(run);
        self.noted(outcome)
    }

    fn exchange(&mut self, request: &Request, writes: bool) -> Outcome<Value> {
        let outcome = self.lines.exchange(request, writes);
        self.noted(outcome)
    }

    fn noted<T>(&mut self, outcome: Outcome<T>) -> Outcome<T> {
        if outcome.as_ref().is_err_and(Failure::is_fatal) {
            self.catalog.clear();
        }
        outcome
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("shown", &self.shown).finish_non_exhaustive()
    }
}
