//! The connections of a link: to one server, to the primary that sentinels name, or to the nodes of a cluster.

mod line;
mod login;
mod memory;
mod replies;
mod sentinel;
mod slots;
mod socket;
mod stream;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use redis::{ErrorKind, RedisError, ServerErrorKind, Value};
use staste_core::Error;

use crate::address::{Address, Servers};
use crate::call::Request;
use crate::failure::{Failure, Outcome};
use crate::options::RedisOptions;
pub(crate) use line::{Line, field};
use login::log_in;
pub(crate) use memory::Memory;
use slots::Slots;

/// A server among those of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    /// None for the only server of an address, wherever that is.
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
}

impl Node {
    const ONLY: Node = Node { host: None, port: 0 };
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Some(host) => write!(f, "{host}:{}", self.port),
            None => f.write_str("the server"),
        }
    }
}

/// The nodes that were last seen in a cluster, shared by the links of a process: those that the address
/// names may be gone by now.
pub(crate) type Seen = Arc<Mutex<Vec<Node>>>;

/// Why a connection is not used any more.
const CLOSED: &str = "the connection was closed, or the server is another one than before";

/// Connections, opened when they are needed. One that fails is closed, and opened again with the next
/// request.
pub(crate) struct Lines {
    address: Arc<Address>,
    options: Arc<RedisOptions>,
    open: BTreeMap<Node, Line>,
    /// Which node of a cluster serves what; none when it has to be asked for.
    slots: Option<Slots>,
    seen: Seen,
    /// A connection was closed since the slots were last asked for.
    has_closed: bool,
    /// The node last talked to, and whether that was the first time on its connection.
    at: Node,
    on_fresh: bool,
}

impl Lines {
    pub(crate) fn new(address: Arc<Address>, options: Arc<RedisOptions>, seen: Seen) -> Lines {
        Lines {
            address,
            options,
            open: BTreeMap::new(),
            slots: None,
            seen,
            has_closed: false,
            at: Node::ONLY,
            on_fresh: true,
        }
    }

    /// Who was last talked to, for messages.
    pub(crate) fn place(&self) -> String {
        match &self.at.host {
            Some(_) => format!("{} of {}", self.at, self.address.shown),
            None => self.address.shown.clone(),
        }
    }

    /// Sends a request to the server that its key is on, and waits for the answer.
    pub(crate) fn exchange(&mut self, request: &Request, writes: bool) -> Outcome<Value> {
        let node = self.node(request.slot)?;
        let outcome = self.on(&node, |line, shown| {
            if writes {
                line.check_eviction(shown)?;
            }
            line.send(&request.bytes)?;
            line.receive(writes)
        });
        self.met(outcome)
    }

    /// Sends requests to their servers, each a list at once, and waits for the answers, which come in the order of
    /// the requests.
    pub(crate) fn exchange_all(&mut self, requests: &[Request], writes: bool) -> Outcome<Vec<Value>> {
        let mut by_node: BTreeMap<Node, Vec<usize>> = BTreeMap::new();
        for (index, request) in requests.iter().enumerate() {
            by_node.entry(self.node(request.slot)?).or_default().push(index);
        }
        for (node, indexes) in &by_node {
            let theirs = indexes.iter().filter_map(|index| requests.get(*index));
            let bytes: Vec<u8> = theirs.flat_map(|request| request.bytes.iter().copied()).collect();
            let sent = self.on(node, |line, shown| {
                if writes {
                    line.check_eviction(shown)?;
                }
                line.send(&bytes)
            });
            if let Err(failure) = self.met(sent) {
                // Answers to what was sent already would be taken for those to something else.
                self.open.clear();
                return Err(failure);
            }
        }
        let mut answers: BTreeMap<usize, Outcome<Value>> = BTreeMap::new();
        for (node, indexes) in &by_node {
            for index in indexes {
                // All answers are read, also after a refusal, so that the next request meets its own.
                let answer = self.with(node, |line, _| line.receive(writes));
                let is_closed = !self.open.contains_key(node);
                answers.insert(*index, answer);
                if is_closed {
                    break;
                }
            }
        }
        // That a connection ended says more than what was refused before.
        let is_fatal = |answer: &Outcome<Value>| answer.as_ref().is_err_and(Failure::is_fatal);
        let ended = answers.iter().find_map(|(index, answer)| is_fatal(answer).then_some(*index));
        if let Some(answer) = ended.and_then(|index| answers.remove(&index)) {
            return self.met(answer.map(|_| Vec::new()));
        }
        let answers = answers.into_values().collect();
        self.met(answers)
    }

    /// Runs something on a connection to every server that keys are on.
    pub(crate) fn each(&mut self, mut run: impl FnMut(&mut Line, &str) -> Outcome<()>) -> Outcome<()> {
        let nodes = match self.address.servers {
            Servers::Cluster(_) => self.slots()?.nodes(),
            _ => vec![Node::ONLY],
        };
        for node in nodes {
            let outcome = self.on(&node, &mut run);
            self.met(outcome)?;
        }
        Ok(())
    }

    /// The node that serves a slot.
    fn node(&mut self, slot: u16) -> Outcome<Node> {
        if !matches!(self.address.servers, Servers::Cluster(_)) {
            return Ok(Node::ONLY);
        }
        let node = self.slots()?.node(slot).cloned();
        if node.is_none() {
            self.slots = None;
        }
        node.ok_or_else(|| {
            Error::unavailable(format!(
                "no node of {} serves slot {slot}; check `CLUSTER INFO` there",
                self.address.shown
            ))
            .into()
        })
    }

    /// Which node serves what, asked of any when it is not known.
    fn slots(&mut self) -> Outcome<&Slots> {
        if self.slots.is_none() {
            self.has_closed = false;
            self.slots = Some(self.ask_for_slots()?);
            // What is known was told over it in part, and the request at hand was made of that.
            if self.has_closed {
                return Err(Failure::Again(RedisError::from((ErrorKind::Io, CLOSED))));
            }
        }
        // It was set right before.
        self.slots.as_ref().ok_or_else(|| Error::unavailable("the nodes of the cluster are not known").into())
    }

    fn ask_for_slots(&mut self) -> Outcome<Slots> {
        let mut candidates: Vec<Node> = self.open.keys().cloned().collect();
        candidates.extend(self.seen().iter().cloned());
        if let Servers::Cluster(seeds) = &self.address.servers {
            candidates.extend(seeds.iter().cloned());
        }
        let mut last = None;
        let mut asked: Vec<&Node> = Vec::new();
        for node in &candidates {
            if asked.contains(&node) {
                continue;
            }
            asked.push(node);
            match self
                .on(node, |line, _| line.ask(["CLUSTER", "SLOTS"]))
                .and_then(|it| Slots::parse(it, node))
            {
                Ok(slots) => {
                    *self.seen() = slots.nodes();
                    return Ok(slots);
                }
                Err(failure) => last = Some(failure),
            }
        }
        Err(last.unwrap_or_else(|| Error::unavailable("the address names no node of the cluster").into()))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Node>> {
        // It is replaced whole, so that what a panic leaves is whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something on the connection to a node, with the name of that for messages; one that fails is closed.
    fn on<T>(&mut self, node: &Node, run: impl FnOnce(&mut Line, &str) -> Outcome<T>) -> Outcome<T> {
        self.at = node.clone();
        match self.open.get_mut(node).map(Line::is_as_it_was) {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => {
                self.close(node);
                return Err(Failure::Again(RedisError::from((ErrorKind::Io, CLOSED))));
            }
            Some(Err(failure)) => {
                self.close(node);
                return Err(failure);
            }
        }
        if !self.open.contains_key(node) {
            let line = self.dial(node)?;
            self.open.insert(node.clone(), line);
        }
        self.with(node, run)
    }

    /// Runs something on the connection to a node that is open.
    fn with<T>(&mut self, node: &Node, run: impl FnOnce(&mut Line, &str) -> Outcome<T>) -> Outcome<T> {
        self.at = node.clone();
        let place = self.place();
        let Some(line) = self.open.get_mut(node) else {
            return Err(Error::unavailable(format!("{node} is not connected")).into());
        };
        self.on_fresh = std::mem::take(&mut line.is_fresh);
        let outcome = run(line, &place);
        match outcome {
            // It was closed while nobody used it, as by a restart of the server.
            Err(Failure::Unsent(error)) if !self.on_fresh && !error.is_timeout() => {
                self.close(node);
                Err(Failure::Again(error))
            }
            Err(failure @ (Failure::Unsent(_) | Failure::Lost(_) | Failure::Garbled { .. })) => {
                self.close(node);
                Err(failure)
            }
            outcome => outcome,
        }
    }

    fn close(&mut self, node: &Node) {
        self.open.remove(node);
        self.has_closed = true;
    }

    fn dial(&self, node: &Node) -> Outcome<Line> {
        let (address, options) = (&self.address, &self.options);
        match &address.servers {
            Servers::One => Line::open(&address.info, &address.tls, options, &address.shown),
            Servers::Watched { sentinels, service } => {
                sentinel::primary(address, options, sentinels, service)
            }
            Servers::Cluster(_) => {
                let info = address.info_of(node);
                Line::open(&info, &address.tls, options, &format!("{node} of {}", address.shown))
            }
        }
    }

    /// Sees from an answer where things are now.
    fn met<T>(&mut self, outcome: Outcome<T>) -> Outcome<T> {
        match outcome {
            Err(Failure::Server(error)) => Err(self.refused(error)),
            Err(failure) => {
                if failure.is_fatal() {
                    self.slots = None;
                }
                Err(failure)
            }
            outcome => outcome,
        }
    }

    fn refused(&mut self, error: RedisError) -> Failure {
        let in_cluster = matches!(self.address.servers, Servers::Cluster(_));
        let ErrorKind::Server(kind) = error.kind() else { return Failure::Server(error) };
        match kind {
            ServerErrorKind::Moved if in_cluster => {
                // Who tells of the move knows where to; others may not have heard yet.
                let at = self.at.clone();
                let told = self.on(&at, |line, _| line.ask(["CLUSTER", "SLOTS"]));
                self.slots = told.and_then(|answer| Slots::parse(answer, &at)).ok();
                Failure::Again(error)
            }
            ServerErrorKind::TryAgain | ServerErrorKind::Ask if in_cluster => Failure::Later(error),
            ServerErrorKind::ClusterDown | ServerErrorKind::MasterDown if in_cluster => {
                self.slots = None;
                Failure::Server(error)
            }
            // It was the primary when it was connected to, or the address leads to another one by now.
            ServerErrorKind::ReadOnly if !self.on_fresh => {
                let at = self.at.clone();
                self.close(&at);
                self.slots = None;
                Failure::Again(error)
            }
            _ => Failure::Server(error),
        }
    }
}
