//! How requests find their server, tested with fake servers: outdated sentinels, and nodes that moved, disagree or do not
//! know their own address.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::*;
use staste_core::store::Store as _;

/// A reply to INFO.
const FINE: &str = "redis_version:7.0.15\r\nmaster_replid:1";
/// An empty list.
const NONE: &str = "*0\r\n";

/// The requests that servers received.
type Heard = Arc<Mutex<Vec<Vec<String>>>>;

fn port(address: &str) -> u16 {
    address.rsplit_once(':').unwrap().1.parse().unwrap()
}

fn slots(host: &str, port: u16) -> String {
    format!("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n${}\r\n{host}\r\n:{port}\r\n$1\r\nx\r\n", host.len())
}

/// A node of a cluster that replies to CLUSTER SLOTS and SMEMBERS.
fn node(
    says: impl Fn() -> String + Clone + Send + 'static,
    members: impl Fn() -> String + Clone + Send + 'static,
) -> u16 {
    port(&fake_server(move |words| match words[0].as_str() {
        "INFO" => information(FINE),
        "CLUSTER" => says(),
        "SMEMBERS" => members(),
        _ => "+OK\r\n".to_owned(),
    }))
}

/// A fake server with a role.
fn of_role(role: &'static str, heard: &Heard) -> u16 {
    let heard = Arc::clone(heard);
    let address = fake_server(move |words| {
        heard.lock().unwrap().push(words.to_vec());
        match words[0].as_str() {
            "INFO" => information(FINE),
            "ROLE" => format!("*1\r\n${}\r\n{role}\r\n", role.len()),
            "SMEMBERS" => "*0\r\n".to_owned(),
            _ => "+OK\r\n".to_owned(),
        }
    });
    port(&address)
}

fn naming(primary: u16, heard: &Heard) -> u16 {
    let heard = Arc::clone(heard);
    let address = fake_server(move |words| {
        heard.lock().unwrap().push(words.to_vec());
        match words[0].as_str() {
            "SENTINEL" => {
                let port = primary.to_string();
                format!("*2\r\n$9\r\n127.0.0.1\r\n${}\r\n{port}\r\n", port.len())
            }
            _ => "+OK\r\n".to_owned(),
        }
    });
    port(&address)
}

#[test]
fn readonly_error_is_retried_on_another_connection() {
    let writes = Arc::new(AtomicU32::new(0));
    let dials = Arc::new(AtomicU32::new(0));
    let (w, d) = (Arc::clone(&writes), Arc::clone(&dials));
    let address = fake_server(move |words| match words[0].as_str() {
        "INFO" => {
            if words[1] == "server" {
                d.fetch_add(1, Ordering::SeqCst);
            }
            information(FINE)
        }
        "HSET" if w.fetch_add(1, Ordering::SeqCst) == 1 => {
            "-READONLY You can't write against a read only replica.\r\n".to_owned()
        }
        "HSET" => ":1\r\n".to_owned(),
        _ => "+OK\r\n".to_owned(),
    });
    let store = store(&address);
    store.put_record("token", Some(b"1")).unwrap();
    store.put_record("token", Some(b"2")).unwrap();
    assert_eq!((writes.load(Ordering::SeqCst), dials.load(Ordering::SeqCst)), (3, 2));
}

#[test]
fn outdated_sentinel_is_skipped() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let behind = naming(of_role("slave", &heard), &heard);
    let right = naming(of_role("master", &heard), &heard);
    let error = store(&format!("redis-sentinel://127.0.0.1:{behind}/counts")).definitions(None).unwrap_err();
    assert!(error.to_string().contains("is not the primary yet (its role is slave)"), "{error}");
    let gone = free_port();
    let both = format!("redis-sentinel://127.0.0.1:{gone},127.0.0.1:{behind},127.0.0.1:{right}/counts");
    assert!(store(&both).definitions(None).unwrap().is_empty());
}

#[test]
fn sentinels_and_servers_have_separate_logins() {
    let (sentinels, servers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let sentinel = naming(of_role("master", &servers), &sentinels);
    let address =
        format!("redis-sentinel://me:s3cret@127.0.0.1:{sentinel}/counts?sentinel-user=he&sentinel-pass=h1s");
    assert!(store(&address).definitions(None).unwrap().is_empty());
    let auth = |heard: &Heard| -> Vec<Vec<String>> {
        heard.lock().unwrap().iter().filter(|words| words[0] == "AUTH").cloned().collect()
    };
    assert_eq!(auth(&sentinels), [["AUTH", "he", "h1s"]]);
    assert_eq!(auth(&servers), [["AUTH", "me", "s3cret"]]);
}

#[test]
fn cluster_down_error_refreshes_the_slots() {
    let own = Arc::new(AtomicU16::new(0));
    let slots = Arc::new(AtomicU32::new(0));
    let down = Arc::new(AtomicBool::new(true));
    let (port_of, asked, is_down) = (Arc::clone(&own), Arc::clone(&slots), Arc::clone(&down));
    let address = fake_server(move |words| match words[0].as_str() {
        "INFO" => information(FINE),
        "CLUSTER" => {
            asked.fetch_add(1, Ordering::SeqCst);
            // It does not know its own address.
            format!(
                "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$-1\r\n:{}\r\n$1\r\nx\r\n",
                port_of.load(Ordering::SeqCst)
            )
        }
        "SMEMBERS" if is_down.load(Ordering::SeqCst) => "-CLUSTERDOWN The cluster is down\r\n".to_owned(),
        "SMEMBERS" => "*0\r\n".to_owned(),
        _ => "+OK\r\n".to_owned(),
    });
    own.store(port(&address), Ordering::SeqCst);
    let store = store(&address.replace("redis://", "redis-cluster://"));
    let error = store.definitions(None).unwrap_err();
    assert!(
        error.is_unavailable() && error.to_string().contains("cannot reply yet (CLUSTERDOWN)"),
        "{error}"
    );
    down.store(false, Ordering::SeqCst);
    assert!(store.definitions(None).unwrap().is_empty());
    assert_eq!(slots.load(Ordering::SeqCst), 2);
}

#[test]
fn moved_error_refreshes_the_slots_from_its_node() {
    let new = node(|| "-ERR nobody asks\r\n".to_owned(), || NONE.to_owned());
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let old = node(
        move || slots("127.0.0.1", new),
        move || {
            counted.fetch_add(1, Ordering::SeqCst);
            format!("-MOVED 1 127.0.0.1:{new}\r\n")
        },
    );
    // It does not know of the move.
    let behind = node(move || slots("localhost", old), || "-ERR nobody asks\r\n".to_owned());
    let store = store(&format!("redis-cluster://127.0.0.1:{behind},localhost:{old}"));
    assert!(store.definitions(None).unwrap().is_empty());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn disagreeing_nodes_are_retried_until_they_agree() {
    let own = Arc::new(AtomicU16::new(0));
    let left = Arc::new(AtomicU32::new(6));
    let (o, l) = (Arc::clone(&own), Arc::clone(&left));
    let port = node(
        move || slots("127.0.0.1", o.load(Ordering::SeqCst)),
        move || match l.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => "-MOVED 1 127.0.0.1:1\r\n".to_owned(),
            Err(_) => NONE.to_owned(),
        },
    );
    own.store(port, Ordering::SeqCst);
    let address = format!("redis-cluster://127.0.0.1:{port}");
    assert!(store(&address).definitions(None).unwrap().is_empty());
    left.store(u32::MAX, Ordering::SeqCst);
    let mut options = staste_redis::RedisOptions::default();
    options.command_timeout = Duration::from_secs(2);
    let error = staste_redis::RedisStore::with(&address, options).unwrap().definitions(None).unwrap_err();
    assert!(error.to_string().contains("another node has the keys"), "{error}");
}

#[test]
fn known_nodes_are_queried_when_those_of_the_address_are_gone() {
    let (is_busy, is_released, own) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicU16::new(0)));
    let (b, r, o) = (Arc::clone(&is_busy), Arc::clone(&is_released), Arc::clone(&own));
    let serving = node(
        move || slots("127.0.0.1", o.load(Ordering::SeqCst)),
        move || {
            if !b.swap(true, Ordering::SeqCst) {
                until("a release", || r.load(Ordering::SeqCst));
            }
            NONE.to_owned()
        },
    );
    own.store(serving, Ordering::SeqCst);
    let is_gone = Arc::new(AtomicBool::new(false));
    let gone = Arc::clone(&is_gone);
    let seed = node(
        move || {
            if gone.load(Ordering::SeqCst) {
                "-LOADING gone\r\n".to_owned()
            } else {
                slots("127.0.0.1", serving)
            }
        },
        || "-ERR nobody asks\r\n".to_owned(),
    );
    let store = store(&format!("redis-cluster://127.0.0.1:{seed}"));
    std::thread::scope(|scope| {
        let one = scope.spawn(|| store.definitions(None).map(|found| found.len()));
        until("a request", || is_busy.load(Ordering::SeqCst));
        is_gone.store(true, Ordering::SeqCst);
        // Another client, as the first is in use.
        let other = store.definitions(None);
        is_released.store(true, Ordering::SeqCst);
        assert_eq!(one.join().unwrap().unwrap(), 0);
        assert!(other.unwrap().is_empty());
    });
}

#[test]
fn node_without_a_known_address_is_reached_where_it_was_queried() {
    for host in ["$-1\r\n", "$0\r\n\r\n", "$1\r\n?\r\n"] {
        let own = Arc::new(AtomicU16::new(0));
        let o = Arc::clone(&own);
        let port = node(
            move || {
                format!(
                    "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n{host}:{}\r\n$1\r\nx\r\n",
                    o.load(Ordering::SeqCst)
                )
            },
            || NONE.to_owned(),
        );
        own.store(port, Ordering::SeqCst);
        let found = store(&format!("redis-cluster://127.0.0.1:{port}")).definitions(None);
        assert!(found.unwrap().is_empty(), "{host}");
    }
}
