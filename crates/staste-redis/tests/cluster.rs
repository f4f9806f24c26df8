//! Clusters: failovers, and hash slots that move.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use staste_core::store::Store;
use staste_core::{Axis, Clock, Metrica, RecorderOptions, Result, Staste};
use staste_testkit::verify;

/// More kicks than any writer reaches; one that does is stuck.
const ENOUGH: u32 = 20_000_000;
/// A key of the Metrica that the writers kick.
const GUESTS: &str = "{guests}";

fn two(address: &str) -> Vec<Arc<dyn Store>> {
    (0..2).map(|_| store(address)).collect()
}

fn handle(address: &str) -> Staste {
    Staste::with(store(address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None))
}

/// Metricas on all nodes.
fn metricas(staste: &Staste) -> Vec<Metrica> {
    let build = |number: u32| {
        staste.metrica(&format!("metrica_{number}")).axis("age", Axis::stored()).build().unwrap()
    };
    (0..12).map(build).collect()
}

#[test]
fn failover_under_load_counts_every_kick_once() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let mut writers = Writers::start(two(&address), ENOUGH);
    for _ in 0..2 {
        writers.wait_for(20, Result::is_ok);
        cluster.fail_over(GUESTS);
        cluster.settle();
    }
    writers.wait_for(20, Result::is_ok);
    writers.stop().is_counted_once(store(&address));
}

#[test]
fn valkey_failover_under_load_counts_every_kick_once() {
    let cluster = Cluster::start(valkey_server());
    let address = cluster.fresh();
    let mut writers = Writers::start(two(&address), ENOUGH);
    writers.wait_for(20, Result::is_ok);
    cluster.fail_over(GUESTS);
    writers.wait_for(20, Result::is_ok);
    writers.stop().is_counted_once(store(&address));
}

/// Moves the slot of a key to another node, a few keys at a time; `between` runs when half of the keys are moved.
fn move_slot(cluster: &Cluster, key: &str, between: impl FnOnce()) {
    let (from, _) = cluster.pair_of(key);
    let to = cluster.nodes().iter().find(|node| node.is_primary() && node.id != from.id).unwrap();
    let slot: u16 = from.query(&["CLUSTER", "KEYSLOT", key]);
    let slot = slot.to_string();
    to.execute(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from.id]);
    from.execute(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to.id]);
    let port = to.port.to_string();
    let move_some = |count: &str| -> bool {
        let keys: Vec<String> = from.query(&["CLUSTER", "GETKEYSINSLOT", &slot, count]);
        for key in &keys {
            let words = ["MIGRATE", "127.0.0.1", &port, key, "0", "60000"];
            from.execute(&words);
        }
        !keys.is_empty()
    };
    move_some("6");
    between();
    while move_some("100") {}
    let others =
        cluster.nodes().iter().filter(|node| node.is_primary() && ![&to.id, &from.id].contains(&&node.id));
    for node in [to, from].into_iter().chain(others) {
        node.execute(&["CLUSTER", "SETSLOT", &slot, "NODE", &to.id]);
    }
    cluster.settle();
}

#[test]
fn slot_move_under_load_counts_every_kick_once() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let mut writers = Writers::start(two(&address), ENOUGH);
    writers.wait_for(20, Result::is_ok);
    let done = AtomicBool::new(false);
    let clean = store(&address);
    std::thread::scope(|scope| {
        // A reader sees all kicks of a flush or none: the count never decreases.
        let reader = scope.spawn(|| {
            let staste = Staste::with(clean, Clock::fixed(NOW), RecorderOptions::default());
            let metrica = staste.stored_metrica("guests").unwrap();
            let (mut seen, mut reads) = (0, 0);
            while !done.load(Ordering::Relaxed) {
                let count = metrica.count().unwrap();
                assert!(count >= seen, "{count} after {seen}");
                (seen, reads) = (count, reads + 1);
            }
            reads
        });
        for _ in 0..6 {
            move_slot(&cluster, GUESTS, || {});
            writers.wait_for(10, Result::is_ok);
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 6);
    });
    writers.stop().is_counted_once(store(&address));
}

#[test]
fn half_moved_slot_is_neither_read_nor_written() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let mut options = staste_redis::RedisOptions::default();
    // Long enough for every single command of a loaded machine, and waited for four times.
    options.command_timeout = std::time::Duration::from_secs(2);
    let impatient: Arc<dyn Store> = Arc::new(staste_redis::RedisStore::with(&address, options).unwrap());
    let staste = Staste::with(impatient, Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metrica = staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
    let kick = |age: u32| metrica.kick([("age", age)]).unwrap();
    (0..5).for_each(kick);
    staste.flush().unwrap();
    move_slot(&cluster, GUESTS, || {
        let asked = metrica.count().unwrap_err();
        assert!(asked.is_unavailable() && asked.to_string().contains("moving keys"), "{asked}");
        (3..9).for_each(kick);
        let refused = staste.flush().unwrap_err();
        assert!(refused.is_unavailable() && !refused.is_in_doubt(), "{refused:?}");
        assert!(metrica.filter([("age", 3)]).unwrap().forget().unwrap_err().is_unavailable());
        let wider = Axis::stored().cap(20_000);
        let wider = staste.metrica("guests").axis("age", wider).averaged().build().unwrap();
        assert!(wider.define().unwrap_err().is_unavailable());
    });
    staste.flush().unwrap();
    assert_eq!(metrica.count().unwrap(), 11);
    verify(&metrica);
}

#[test]
fn failover_loses_unreplicated_writes_only() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let (one, other) = (handle(&address), handle(&address));
    let metrica =
        |staste: &Staste| staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
    let (guests, same) = (metrica(&one), metrica(&other));
    let kick = |guests: &Metrica, age: &str| guests.kick([("age", age)]).unwrap();
    let counted = |age: &str| same.filter([("age", age)]).unwrap().count().unwrap();
    kick(&guests, "kept");
    one.flush().unwrap();
    assert_eq!(counted("kept"), 1);
    let (primary, replica) = cluster.pair_of(GUESTS);
    let _: i64 = primary.query(&["WAIT", "1", "0"]);
    replica.server.freeze();
    primary.execute(&["CLIENT", "KILL", "TYPE", "replica"]);
    // The primary acknowledges kicks and choices that its replica never receives.
    kick(&guests, "lost");
    kick(&guests, "kept");
    one.flush().unwrap();
    assert_eq!(counted("lost"), 1);
    primary.server.kill();
    replica.server.thaw();
    // The other nodes do not know yet that the primary is down, so that the failover is forced.
    until("a new primary", || {
        let _ = try_query::<redis::Value>(replica.connection(), &["CLUSTER", "FAILOVER", "TAKEOVER"]);
        replica.is_primary()
    });
    until("the new primary is known", || same.count().is_ok());
    // Another choice gets the id of the lost one before that is counted again.
    kick(&same, "new");
    other.flush().unwrap();
    kick(&guests, "lost");
    until("a flush", || one.flush().is_ok());
    assert_eq!([counted("kept"), counted("new"), counted("lost")], [1, 1, 1]);
    assert_eq!(guests.count().unwrap(), 3);
    // One handle lost a batch of two kicks and reports it; the other lost nothing.
    assert_eq!((one.health().lost, other.health().lost), (2, 0));
    verify(&guests);
    verify(&same);
}

#[test]
fn metricas_on_all_nodes_are_counted_and_listed() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let staste = handle(&address);
    let metricas = metricas(&staste);
    for (number, metrica) in (1..).zip(&metricas) {
        (0..number).for_each(|age| metrica.kick([("age", age)]).unwrap());
    }
    staste.flush().unwrap();
    let other = handle(&address);
    assert_eq!(other.definitions().unwrap().len(), 12);
    for (number, metrica) in (1..).zip(&metricas) {
        assert_eq!(other.stored_metrica(metrica.name()).unwrap().total().unwrap(), number);
    }
    let nodes: std::collections::BTreeSet<&str> = metricas
        .iter()
        .map(|metrica| cluster.pair_of(&format!("{{{}}}", metrica.name())).0.id.as_str())
        .collect();
    assert_eq!(nodes.len(), 3);
    // A question is one request to the node of its Metrica.
    let asked = || -> Vec<u64> { cluster.nodes().iter().map(scripts).collect() };
    for metrica in &metricas {
        let before = asked();
        metrica.total().unwrap();
        let asked: Vec<u64> = asked().into_iter().zip(before).map(|(now, before)| now - before).collect();
        assert_eq!(asked.iter().sum::<u64>(), 1, "{asked:?}");
        let node = asked.iter().position(|asked| *asked == 1).unwrap();
        assert_eq!(cluster.nodes()[node].id, cluster.pair_of(&format!("{{{}}}", metrica.name())).0.id);
    }
}

/// Returns how often a node ran a script.
fn scripts(node: &Node) -> u64 {
    let info: String = node.query(&["INFO", "commandstats"]);
    let lines = info.lines().filter(|line| line.starts_with("cmdstat_eval"));
    lines.map(|line| line.split(['=', ',']).nth(1).unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn hash_slot_equals_that_of_the_server() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let staste = handle(&address);
    // Every name is in another slot, and is reached without a redirection.
    for number in 0..200 {
        let metrica = staste.metrica(&format!("m{number}")).build().unwrap();
        metrica.kick([] as [(&str, &str); 0]).unwrap();
    }
    staste.flush().unwrap();
    let moved = |node: &str| node.lines().filter(|line| line.contains("errorstat_MOVED")).count();
    assert_eq!(
        cluster
            .nodes()
            .iter()
            .map(|node| moved(&node.query::<String>(&["INFO", "errorstats"])))
            .sum::<usize>(),
        0
    );
}

#[test]
fn address_of_the_wrong_topology_is_explained() {
    let cluster = Cluster::start(redis_server());
    let node = format!("redis://127.0.0.1:{}", cluster.nodes()[0].port);
    let elsewhere: Vec<_> =
        (0..9).map(|number| store(&node).definitions(Some(&format!("m{number}")))).collect();
    let refused = elsewhere.into_iter().find_map(Result::err).unwrap();
    assert!(refused.to_string().contains("redis-cluster://"), "{refused}");
    let (server, port) = Server::on_port(redis_server(), |_| Vec::new());
    let refused = store(&format!("redis-cluster://127.0.0.1:{port}")).definitions(None).unwrap_err();
    assert!(refused.to_string().contains("is not a cluster"), "{refused}");
    drop(server);
}

#[test]
fn closed_connections_return_no_wrong_reply() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let staste = handle(&address);
    let metricas = metricas(&staste);
    for (number, metrica) in (1..).zip(&metricas) {
        (0..number).for_each(|age| metrica.kick([("age", age)]).unwrap());
    }
    staste.flush().unwrap();
    let primaries: Vec<&Node> = cluster.nodes().iter().filter(|node| node.is_primary()).collect();
    let kill = |node: &Node| node.execute(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    // All connections are closed: the question reconnects.
    for (number, metrica) in (1..).zip(&metricas).take(4) {
        primaries.iter().for_each(|node| kill(node));
        assert_eq!(metrica.total().unwrap(), number);
        staste.definitions().unwrap();
    }
    // The closed connection to the last node is noticed after requests to others were sent.
    let last = primaries.iter().max_by_key(|node| node.port).unwrap();
    for _ in 0..2 {
        assert_eq!(staste.definitions().unwrap().len(), 12);
        kill(last);
        idle();
        assert_eq!(staste.definitions().unwrap().len(), 12);
        for (number, metrica) in (1..).zip(&metricas) {
            assert_eq!(metrica.total().unwrap(), number);
        }
    }
}

#[test]
fn warnings_cover_every_node() {
    let cluster = Cluster::start(redis_server());
    let address = cluster.fresh();
    let primaries: Vec<&Node> = cluster.nodes().iter().filter(|node| node.is_primary()).collect();
    for node in &primaries {
        node.execute(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    }
    let warnings = store(&address).warnings().unwrap();
    for node in &primaries {
        let place = format!("127.0.0.1:{} of", node.port);
        assert!(warnings.iter().any(|it| it.contains(&place) && it.contains("allkeys-lru")), "{warnings:?}");
    }
}
