//! A cluster of three primaries and their replicas; it ends with the test process.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use redis::Connection;

use super::{BETWEEN_LOOKS, Server, connect, execute, free_port, query, until};

/// Number of primaries; each has a replica.
const PRIMARIES: usize = 3;

/// A running cluster. The first three nodes start as primaries, the others as their replicas.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    prefixes: AtomicUsize,
}

/// A node of a cluster.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) port: u16,
    pub(crate) id: String,
    bus: String,
    connection: Mutex<Connection>,
}

impl Node {
    fn start(program: &OsStr) -> Node {
        let (server, port) = Server::on_port(program, |_| {
            let bus = free_port().to_string();
            let settings = [
                ["--cluster-enabled", "yes"],
                // Long, as nodes wait on a machine under load, but not too long: a node that voted in an election
                // without result votes again after twice this time.
                ["--cluster-node-timeout", "10000"],
                ["--cluster-port", &bus],
                ["--bind", "127.0.0.1"],
                ["--repl-diskless-sync-delay", "0"],
            ];
            settings.concat().into_iter().map(str::to_owned).collect()
        });
        let connection = connect(&format!("unix:{}", server.socket().display()));
        let id = query(&connection, &["CLUSTER", "MYID"]);
        let bus = query::<Vec<String>>(&connection, &["CONFIG", "GET", "cluster-port"]).remove(1);
        Node { server, port, id, bus, connection }
    }

    pub(crate) fn execute(&self, words: &[&str]) {
        execute(&self.connection, words);
    }

    pub(crate) fn query<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        query(&self.connection, words)
    }

    pub(crate) fn connection(&self) -> &Mutex<Connection> {
        &self.connection
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.query::<String>(&["INFO", "replication"]).contains("role:master")
    }
}

impl Cluster {
    /// Starts the servers and forms a cluster.
    pub(crate) fn start(program: &OsStr) -> Cluster {
        let nodes: Vec<Node> = (0..2 * PRIMARIES).map(|_| Node::start(program)).collect();
        let share = 16_384 / PRIMARIES;
        for (number, node) in nodes.iter().enumerate() {
            node.execute(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
            if number < PRIMARIES {
                let last = if number + 1 == PRIMARIES { 16_383 } else { (number + 1) * share - 1 };
                let first = number * share;
                node.execute(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
            }
            // Every node is introduced to every other, as gossip takes seconds.
            for other in nodes.iter().take(number) {
                node.execute(&["CLUSTER", "MEET", "127.0.0.1", &other.port.to_string(), &other.bus]);
            }
        }
        let knows_all =
            |node: &Node| node.query::<String>(&["CLUSTER", "NODES"]).lines().count() == nodes.len();
        until("a cluster", || nodes.iter().all(knows_all));
        for (replica, primary) in nodes[PRIMARIES..].iter().zip(&nodes) {
            replica.execute(&["CLUSTER", "REPLICATE", &primary.id]);
        }
        let cluster = Cluster { nodes, prefixes: AtomicUsize::new(0) };
        cluster.settle();
        cluster
    }

    /// Waits until all nodes agree on the slots, and replicas are connected.
    pub(crate) fn settle(&self) {
        let follows = |node: &Node| {
            node.is_primary()
                || node.query::<String>(&["INFO", "replication"]).contains("master_link_status:up")
        };
        let is_fine = |node: &Node| {
            node.query::<String>(&["CLUSTER", "INFO"]).contains("cluster_state:ok") && follows(node)
        };
        until("a cluster whose state is ok", || self.nodes.iter().all(is_fine));
        let owners = |node: &Node| -> Vec<(String, String, String)> {
            let reply: String = node.query(&["CLUSTER", "NODES"]);
            let served = reply.lines().filter(|line| line.contains("master")).map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                // A node that moves a slot before it knows the epochs of the others claims it with too low an epoch.
                (words[0].to_owned(), words[6].to_owned(), words.get(8..).unwrap_or_default().join(" "))
            });
            let mut served: Vec<_> = served.collect();
            served.sort();
            served
        };
        until("one opinion of the primaries", || {
            let opinions: BTreeSet<_> =
                self.nodes.iter().filter(|node| node.is_primary()).map(owners).collect();
            opinions.len() == 1
        });
    }

    /// Returns the address of the cluster, with an unused prefix.
    pub(crate) fn fresh(&self) -> String {
        let prefix = self.prefixes.fetch_add(1, Ordering::Relaxed);
        let hosts: Vec<String> =
            self.nodes[..PRIMARIES].iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis-cluster://{}?prefix=p{prefix}", hosts.join(","))
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Fails over to the replica of a key, without losing writes.
    pub(crate) fn fail_over(&self, key: &str) {
        let (_, replica) = self.pair_of(key);
        until("a new primary", || {
            // The failover is abandoned after five seconds if the primary is too busy.
            replica.execute(&["CLUSTER", "FAILOVER"]);
            let patience = Instant::now() + Duration::from_secs(6);
            while !replica.is_primary() && Instant::now() < patience {
                std::thread::park_timeout(BETWEEN_LOOKS);
            }
            replica.is_primary()
        });
    }

    /// Returns the primary that serves a key, and its replica.
    pub(crate) fn pair_of(&self, key: &str) -> (&Node, &Node) {
        let slot: u16 = self.nodes[0].query(&["CLUSTER", "KEYSLOT", key]);
        let serves = |node: &Node| {
            let reply: String = node.query(&["CLUSTER", "NODES"]);
            let own = reply.lines().find(|line| line.contains("myself")).unwrap();
            own.split(' ').skip(8).any(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                first.parse().is_ok_and(|first: u16| first <= slot)
                    && last.parse().is_ok_and(|last: u16| slot <= last)
            })
        };
        let primary = self.nodes.iter().position(serves).unwrap();
        let replica = (primary + PRIMARIES) % (2 * PRIMARIES);
        (&self.nodes[primary], &self.nodes[replica])
    }
}
