//! A primary with a replica, and sentinels that watch them; they end with the test process.

use std::sync::Mutex;

use redis::Connection;

use super::{Server, connect, execute, query, redis_server, try_connect, try_query, until};

/// The service that the sentinels watch.
const SERVICE: &str = "counts";

/// A running service.
pub(crate) struct Sentinels {
    pub(crate) servers: Vec<(Server, u16)>,
    sentinels: Vec<(Server, u16)>,
}

impl Sentinels {
    /// Starts a primary, a replica and three sentinels.
    pub(crate) fn start() -> Sentinels {
        let plain =
            |_| ["--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"].map(str::to_owned).to_vec();
        let first = Server::on_port(redis_server(), plain);
        let second = Server::on_port(redis_server(), |port| {
            [plain(port), ["--replicaof", "127.0.0.1", &first.1.to_string()].map(str::to_owned).to_vec()]
                .concat()
        });
        let sentinels = (0..3).map(|_| sentinel(first.1)).collect();
        let watched = Sentinels { servers: vec![first, second], sentinels };
        watched.settle();
        watched
    }

    /// Returns the address of the service.
    pub(crate) fn address(&self) -> String {
        let hosts: Vec<String> = self.sentinels.iter().map(|(_, port)| format!("127.0.0.1:{port}")).collect();
        format!("redis-sentinel://{}/{SERVICE}/0", hosts.join(","))
    }

    /// Fails over to the other server.
    pub(crate) fn fail_over(&self) {
        let before = self.primary();
        until("a failover", || {
            // The failover is refused until the sentinels have finished the last one.
            let connection = self.sentinel(0);
            let _ = try_query::<redis::Value>(&connection, &["SENTINEL", "FAILOVER", SERVICE]);
            self.primary() != before
        });
        self.settle();
    }

    /// Returns the port of the primary that the first sentinel names.
    fn primary(&self) -> u16 {
        let named: (String, u16) =
            query(&self.sentinel(0), &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE]);
        named.1
    }

    fn sentinel(&self, number: usize) -> Mutex<Connection> {
        connect(&format!("unix:{}", self.sentinels[number].0.socket().display()))
    }

    /// Waits until every sentinel knows the replica and the other sentinels, and the replica is connected.
    fn settle(&self) {
        until("a service that is watched", || {
            (0..self.sentinels.len()).all(|number| {
                let reply: Vec<String> = query(&self.sentinel(number), &["SENTINEL", "MASTER", SERVICE]);
                let value = |name: &str| {
                    reply
                        .iter()
                        .position(|word| word == name)
                        .map(|at| reply[at + 1].as_str())
                        .unwrap_or_default()
                };
                value("num-slaves") == "1"
                    && value("num-other-sentinels") == "2"
                    && value("flags") == "master"
            })
        });
        until("a replica that follows", || {
            let reply: Vec<String> = self
                .servers
                .iter()
                .map(|(server, _)| {
                    // Sentinels close the connections to a server that they make a replica.
                    let connection = try_connect(&format!("unix:{}", server.socket().display()));
                    let reply = |connection| try_query(&connection, &["INFO", "replication"]);
                    connection.and_then(reply).unwrap_or_default()
                })
                .collect();
            reply.iter().any(|reply| reply.contains("role:master"))
                && reply.iter().any(|reply| reply.contains("master_link_status:up"))
        });
    }
}

fn sentinel(watches: u16) -> (Server, u16) {
    let sentinel = Server::on_port(redis_server(), |_| ["--sentinel"].map(str::to_owned).to_vec());
    let connection = connect(&format!("unix:{}", sentinel.0.socket().display()));
    execute(&connection, &["SENTINEL", "MONITOR", SERVICE, "127.0.0.1", &watches.to_string(), "2"]);
    for (setting, value) in [("down-after-milliseconds", "60000"), ("failover-timeout", "10000")] {
        execute(&connection, &["SENTINEL", "SET", SERVICE, setting, value]);
    }
    sentinel
}
