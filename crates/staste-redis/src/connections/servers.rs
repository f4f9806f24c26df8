//! The servers of an address: one, the primary that sentinels name, or the nodes of a cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{ErrorKind, RedisError, ServerErrorKind, Value};
use staste_core::Error;

use super::cluster_slots::ClusterSlots;
use super::connection::Connection;
use super::eviction::check_before_write;
use super::failure::{Failure, Outcome};
use super::request::Request;
use super::sentinel;
use crate::address::Address;
use crate::address::topology::{Node, Topology};
use crate::options::RedisOptions;

/// The last known nodes of a cluster, shared by the clients of a process: those of the address may be gone by now.
pub(crate) type KnownNodes = Arc<Mutex<Vec<Node>>>;

/// Why a connection is not used any more.
const CLOSED: &str = "the connection was closed, or the server is another one than before";

/// Connections to servers, opened when they are needed. A connection that fails is closed, and opened again for the
/// next request.
pub(crate) struct Servers {
    address: Arc<Address>,
    options: Arc<RedisOptions>,
    open: BTreeMap<Node, Connection>,
    /// Which node of a cluster serves what; none when the cluster has to be queried for it.
    slots: Option<ClusterSlots>,
    known_nodes: KnownNodes,
    /// A connection was closed since the slots were last read.
    has_closed: bool,
    /// The node of the last request, and whether that was the first on its connection.
    last_node: Node,
    was_fresh: bool,
}

impl Servers {
    pub(crate) fn new(address: Arc<Address>, options: Arc<RedisOptions>, known_nodes: KnownNodes) -> Servers {
        Servers {
            address,
            options,
            open: BTreeMap::new(),
            slots: None,
            known_nodes,
            has_closed: false,
            last_node: Node::SINGLE,
            was_fresh: true,
        }
    }

    /// Names the server of the last request, for messages.
    pub(crate) fn place(&self) -> String {
        match &self.last_node.host {
            Some(_) => format!("{} of {}", self.last_node, self.address.display),
            None => self.address.display.clone(),
        }
    }

    /// Sends a request to the server that has its keys, and waits for the reply.
    pub(crate) fn exchange(&mut self, request: &Request, writes: bool) -> Outcome<Value> {
        let node = self.node(request.slot)?;
        let outcome = self.on(&node, |connection, place| {
            if writes {
                check_before_write(connection, place)?;
            }
            connection.send(&request.bytes)?;
            connection.receive(writes)
        });
        self.classify(outcome)
    }

    /// Sends requests, all of a server at once, and waits for the replies, which are in the order of the requests.
    pub(crate) fn exchange_all(&mut self, requests: &[Request], writes: bool) -> Outcome<Vec<Value>> {
        let mut by_node: BTreeMap<Node, Vec<usize>> = BTreeMap::new();
        for (index, request) in requests.iter().enumerate() {
            by_node.entry(self.node(request.slot)?).or_default().push(index);
        }
        for (node, indexes) in &by_node {
            let theirs = indexes.iter().filter_map(|index| requests.get(*index));
            let bytes: Vec<u8> = theirs.flat_map(|request| request.bytes.iter().copied()).collect();
            let sent = self.on(node, |connection, place| {
                if writes {
                    check_before_write(connection, place)?;
                }
                connection.send(&bytes)
            });
            if let Err(failure) = self.classify(sent) {
                // Replies to requests that were sent already would be taken for replies to later ones.
                self.open.clear();
                return Err(failure);
            }
        }
        let mut replies: BTreeMap<usize, Outcome<Value>> = BTreeMap::new();
        for (node, indexes) in &by_node {
            for index in indexes {
                // All replies are read, even after an error, so that the next request gets its own.
                let reply = self.on_open(node, |connection, _| connection.receive(writes));
                let is_closed = !self.open.contains_key(node);
                replies.insert(*index, reply);
                if is_closed {
                    break;
                }
            }
        }
        // A failed connection matters more than an error reply before it.
        let is_fatal = |reply: &Outcome<Value>| reply.as_ref().is_err_and(Failure::is_fatal);
        let fatal = replies.iter().find_map(|(index, reply)| is_fatal(reply).then_some(*index));
        if let Some(reply) = fatal.and_then(|index| replies.remove(&index)) {
            return self.classify(reply.map(|_| Vec::new()));
        }
        let replies = replies.into_values().collect();
        self.classify(replies)
    }

    /// Runs a function on a connection to every server that has keys.
    pub(crate) fn each(&mut self, mut run: impl FnMut(&mut Connection, &str) -> Outcome<()>) -> Outcome<()> {
        let nodes = match self.address.topology {
            Topology::Cluster(_) => self.slots()?.nodes(),
            _ => vec![Node::SINGLE],
        };
        for node in nodes {
            let outcome = self.on(&node, &mut run);
            self.classify(outcome)?;
        }
        Ok(())
    }

    /// Returns the node that serves a hash slot.
    fn node(&mut self, slot: u16) -> Outcome<Node> {
        if !matches!(self.address.topology, Topology::Cluster(_)) {
            return Ok(Node::SINGLE);
        }
        let node = self.slots()?.node(slot).cloned();
        if node.is_none() {
            self.slots = None;
        }
        node.ok_or_else(|| {
            Error::unavailable(format!(
                "no node of {} serves hash slot {slot}; check `CLUSTER INFO` there",
                self.address.display
            ))
            .into()
        })
    }

    /// Returns which node serves what; any node is queried for it when it is not known.
    fn slots(&mut self) -> Outcome<&ClusterSlots> {
        if self.slots.is_none() {
            self.has_closed = false;
            self.slots = Some(self.query_slots()?);
            // The request was planned with what was learned over that connection.
            if self.has_closed {
                return Err(Failure::Again(RedisError::from((ErrorKind::Io, CLOSED))));
            }
        }
        // It was set above.
        self.slots.as_ref().ok_or_else(|| Error::unavailable("the nodes of the cluster are not known").into())
    }

    fn query_slots(&mut self) -> Outcome<ClusterSlots> {
        let mut candidates: Vec<Node> = self.open.keys().cloned().collect();
        candidates.extend(self.known_nodes().iter().cloned());
        if let Topology::Cluster(nodes) = &self.address.topology {
            candidates.extend(nodes.iter().cloned());
        }
        let mut last = None;
        let mut queried: Vec<&Node> = Vec::new();
        for node in &candidates {
            if queried.contains(&node) {
                continue;
            }
            queried.push(node);
            match self.slots_by(node) {
                Ok(slots) => {
                    *self.known_nodes() = slots.nodes();
                    return Ok(slots);
                }
                Err(failure) => last = Some(failure),
            }
        }
        Err(last.unwrap_or_else(|| Error::unavailable("the address names no node of the cluster").into()))
    }

    /// Reads the slots from a node.
    fn slots_by(&mut self, node: &Node) -> Outcome<ClusterSlots> {
        let reply = self.on(node, |connection, _| connection.query(["CLUSTER", "SLOTS"]))?;
        ClusterSlots::parse(reply, node)
    }

    fn known_nodes(&self) -> MutexGuard<'_, Vec<Node>> {
        // The list is replaced at once, so that it is whole even after a panic.
        self.known_nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a function on the connection to a node, which gets the name of the node for messages. The connection is opened if
    /// needed, and closed if it fails.
    fn on<T>(&mut self, node: &Node, run: impl FnOnce(&mut Connection, &str) -> Outcome<T>) -> Outcome<T> {
        self.last_node = node.clone();
        match self.open.get_mut(node).map(Connection::is_same_server) {
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
            let connection = self.connect(node)?;
            self.open.insert(node.clone(), connection);
        }
        self.on_open(node, run)
    }

    /// Runs a function on an open connection to a node.
    fn on_open<T>(
        &mut self,
        node: &Node,
        run: impl FnOnce(&mut Connection, &str) -> Outcome<T>,
    ) -> Outcome<T> {
        self.last_node = node.clone();
        let place = self.place();
        let Some(connection) = self.open.get_mut(node) else {
            return Err(Error::unavailable(format!("{node} is not connected")).into());
        };
        self.was_fresh = std::mem::take(&mut connection.is_fresh);
        match run(connection, &place) {
            // The connection was closed while it was idle, as by a restart of the server.
            Err(Failure::Unsent(error)) if !self.was_fresh && !error.is_timeout() => {
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

    fn connect(&self, node: &Node) -> Outcome<Connection> {
        let (address, options) = (&self.address, &self.options);
        match &address.topology {
            Topology::Single => Connection::open(&address.info, &address.tls, options, &address.display),
            Topology::Sentinel { sentinels, service } => {
                sentinel::connect_to_primary(address, options, sentinels, service)
            }
            Topology::Cluster(_) => {
                let info = address.info_of(node);
                Connection::open(&info, &address.tls, options, &format!("{node} of {}", address.display))
            }
        }
    }

    /// Distinguishes error replies that say where the keys are now from all others.
    fn classify<T>(&mut self, outcome: Outcome<T>) -> Outcome<T> {
        match outcome {
            Err(Failure::Server(error)) => Err(self.classify_error(error)),
            Err(failure) => {
                if failure.is_fatal() {
                    self.slots = None;
                }
                Err(failure)
            }
            outcome => outcome,
        }
    }

    fn classify_error(&mut self, error: RedisError) -> Failure {
        let in_cluster = matches!(self.address.topology, Topology::Cluster(_));
        let ErrorKind::Server(kind) = error.kind() else { return Failure::Server(error) };
        match kind {
            ServerErrorKind::Moved if in_cluster => {
                // The node that reports the move knows where to; others may not know yet.
                let node = self.last_node.clone();
                self.slots = self.slots_by(&node).ok();
                Failure::Again(error)
            }
            ServerErrorKind::TryAgain | ServerErrorKind::Ask if in_cluster => Failure::Later(error),
            ServerErrorKind::ClusterDown | ServerErrorKind::MasterDown if in_cluster => {
                self.slots = None;
                Failure::Server(error)
            }
            // The server has become a replica since, or the address points to another server by now.
            ServerErrorKind::ReadOnly if !self.was_fresh => {
                let node = self.last_node.clone();
                self.close(&node);
                self.slots = None;
                Failure::Again(error)
            }
            _ => Failure::Server(error),
        }
    }
}
