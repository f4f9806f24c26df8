//! A cluster of three primaries and their replicas; it ends with the test process.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use redis::Connection;

use super::{BETWEEN_LOOKS, Server, ask, beside, free_port, tell, until};

/// How many primaries there are; each has a replica.
const PRIMARIES: usize = 3;

/// A running cluster. Nodes with a number below three begin as primaries, the others as their replicas.
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
                // Long, as a machine under load lets nodes wait, and not too long: who voted in an election that
                // came to nothing votes again after twice as much.
                ["--cluster-node-timeout", "10000"],
                ["--cluster-port", &bus],
                ["--bind", "127.0.0.1"],
                ["--repl-diskless-sync-delay", "0"],
            ];
            settings.concat().into_iter().map(str::to_owned).collect()
        });
        let connection = beside(&format!("unix:{}", server.socket().display()));
        let id = ask(&connection, &["CLUSTER", "MYID"]);
        let bus = ask::<Vec<String>>(&connection, &["CONFIG", "GET", "cluster-port"]).remove(1);
        Node { server, port, id, bus, connection }
    }

    pub(crate) fn tell(&self, words: &[&str]) {
        tell(&self.connection, words);
    }

    pub(crate) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        ask(&self.connection, words)
    }

    pub(crate) fn connection(&self) -> &Mutex<Connection> {
        &self.connection
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.ask::<String>(&["INFO", "replication"]).contains("role:master")
    }
}

impl Cluster {
    /// Starts the servers and makes a cluster of them.
    pub(crate) fn start(program: &OsStr) -> Cluster {
        let nodes: Vec<Node> = (0..2 * PRIMARIES).map(|_| Node::start(program)).collect();
        let share = 16_384 / PRIMARIES;
        for (number, node) in nodes.iter().enumerate() {
            node.tell(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]);
            if number < PRIMARIES {
                let last = if number + 1 == PRIMARIES { 16_383 } else { (number + 1) * share - 1 };
                let first = number * share;
                node.tell(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]);
            }
            // Everyone is told of everyone, as hearsay takes seconds.
            for other in nodes.iter().take(number) {
                node.tell(&["CLUSTER", "MEET", "127.0.0.1", &other.port.to_string(), &other.bus]);
            }
        }
        let knows_all =
            |node: &Node| node.ask::<String>(&["CLUSTER", "NODES"]).lines().count() == nodes.len();
        until("a cluster", || nodes.iter().all(knows_all));
        for (replica, primary) in nodes[PRIMARIES..].iter().zip(&nodes) {
            replica.tell(&["CLUSTER", "REPLICATE", &primary.id]);
        }
        let cluster = Cluster { nodes, prefixes: AtomicUsize::new(0) };
        cluster.settle();
        cluster
    }

    /// Waits until all nodes agree on who serves what, and replicas follow.
    pub(crate) fn settle(&self) {
        let follows = |node: &Node| {
            node.is_primary()
                || node.ask::<String>(&["INFO", "replication"]).contains("master_link_status:up")
        };
        let is_fine = |node: &Node| {
            node.ask::<String>(&["CLUSTER", "INFO"]).contains("cluster_state:ok") && follows(node)
        };
        until("a cluster whose state is ok", || self.nodes.iter().all(is_fine));
        let owners = |node: &Node| -> Vec<(String, String, String)> {
            let told: String = node.ask(&["CLUSTER", "NODES"]);
            let served = told.lines().filter(|line| line.contains("master")).map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                // A node that moves a slot on before it knows the others' epochs claims it with one too low.
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

    /// The address of the cluster, with a prefix that nobody uses yet.
    pub(crate) fn fresh(&self) -> String {
        let prefix = self.prefixes.fetch_add(1, Ordering::Relaxed);
        let hosts: Vec<String> =
            self.nodes[..PRIMARIES].iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis-cluster://{}?prefix=p{prefix}", hosts.join(","))
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Makes the replica the primary of what a key is among, without a loss.
    pub(crate) fn fail_over(&self, key: &str) {
        let (_, replica) = self.pair_of(key);
        until("a new primary", || {
            // It is given up after five seconds where the primary is too busy to stop for it.
            replica.tell(&["CLUSTER", "FAILOVER"]);
            let patience = Instant::now() + Duration::from_secs(6);
            while !replica.is_primary() && Instant::now() < patience {
                std::thread::park_timeout(BETWEEN_LOOKS);
            }
            replica.is_primary()
        });
    }

    /// The primary that serves a key, and its replica.
    pub(crate) fn pair_of(&self, key: &str) -> (&Node, &Node) {
        let slot: u16 = self.nodes[0].ask(&["CLUSTER", "KEYSLOT", key]);
        let serves = |node: &Node| {
            let told: String = node.ask(&["CLUSTER", "NODES"]);
            let own = told.lines().find(|line| line.contains("myself")).unwrap();
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
