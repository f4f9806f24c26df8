//! A Metrica of which some keys were deleted: it is not read as zero, `verify` reports it, and its remains can be
//! forgotten.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Mutex;

use common::*;
use redis::Connection;
use staste_core::{Axis, Clock, Error, Metrica, RecorderOptions, Staste};
use staste_testkit::verify;

const BASE: &str = "staste:{guests}:";
/// The parts without which a Metrica cannot be read.
const PARTS: [&str; 4] = ["meta", "definition", "choices:0", "choices:1"];

fn open(address: &str) -> Staste {
    Staste::with(store(address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None))
}

fn guests(staste: &Staste) -> Metrica {
    let builder = staste.metrica("guests").axis("age", Axis::stored()).axis("page", Axis::path());
    builder.averaged().build().unwrap()
}

fn kick(metrica: &Metrica, age: &str) {
    let page = staste_core::Choice::path(["x", "y"]);
    metrica.kick([("age", staste_core::Choice::value(age)), ("page", page)]).unwrap();
}

/// A Metrica with a few kicks, and another one, at an unused address.
fn counted(address: &str) -> Mutex<Connection> {
    let staste = open(address);
    let (metrica, other) = (guests(&staste), staste.metrica("other").build().unwrap());
    ["7", "7", "8"].iter().for_each(|age| kick(&metrica, age));
    other.kick([] as [(&str, &str); 0]).unwrap();
    staste.flush().unwrap();
    connect(address)
}

/// Returns the keys of the Metrica, without marks.
fn left(connection: &Mutex<Connection>) -> Vec<String> {
    let mut keys: Vec<String> = query(connection, &["KEYS", "staste:{guests}:*"]);
    keys.retain(|key| !key.contains(":mark:"));
    keys.sort();
    keys
}

fn is_half(error: &Error, part: &str) {
    let text = error.to_string();
    assert!(error.is_corrupt(), "{part}: {error:?}");
    assert!(text.contains(&format!("half a Metrica is left: {BASE}{part} is missing")), "{text}");
    assert!(text.contains("`staste forget guests`"), "{text}");
}

#[test]
fn partly_deleted_metrica_is_neither_read_nor_written() {
    for part in PARTS {
        let address = Server::shared().fresh();
        let connection = counted(&address);
        execute(&connection, &["DEL", &format!("{BASE}{part}")]);
        let staste = open(&address);
        let metrica = guests(&staste);
        is_half(&metrica.total().unwrap_err(), part);
        is_half(&metrica.iterate("age").unwrap_err(), part);
        is_half(&metrica.choices("age").unwrap_err(), part);
        is_half(&staste.size("guests").unwrap_err(), part);
        kick(&metrica, "9");
        is_half(&staste.flush().unwrap_err(), part);
        assert_eq!(staste.health().committed, 0);
        // The other Metrica is not affected.
        assert_eq!(open(&address).stored_metrica("other").unwrap().total().unwrap(), 1);
    }
}

#[test]
fn partly_deleted_metrica_is_reported_by_verify() {
    for part in PARTS {
        let address = Server::shared().fresh();
        let connection = counted(&address);
        assert!(store(&address).faults(None).unwrap().is_empty());
        execute(&connection, &["DEL", &format!("{BASE}{part}")]);
        let faults = store(&address).faults(None).unwrap();
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].0.as_str(), faults[0].1.len()), ("guests", 1));
        let fault = &faults[0].1[0];
        assert!(fault.starts_with(&format!("half a Metrica is left: {BASE}{part} is missing")), "{fault}");
        assert!(fault.contains("a backup") && fault.contains("`staste forget guests`"), "{fault}");
        assert_eq!(store(&address).faults(Some("guests")).unwrap(), faults);
        assert!(store(&address).faults(Some("other")).unwrap().is_empty());
        assert_eq!(guests(&open(&address)).verify(&mut |_| ()).unwrap().faults, faults[0].1);
    }
}

#[test]
fn forget_removes_a_partly_deleted_metrica() {
    let parts: Vec<Vec<&str>> = PARTS
        .iter()
        .map(|part| vec![*part])
        .chain([vec!["meta", "definition"], vec!["meta", "index:hour", "index:day"], vec!["meta", "ever"]])
        .chain([PARTS.to_vec(), vec!["definition", "index:minute"]])
        .collect();
    for parts in parts {
        let address = Server::shared().fresh();
        let connection = counted(&address);
        parts.iter().for_each(|part| execute(&connection, &["DEL", &format!("{BASE}{part}")]));
        let before = left(&connection);
        assert!(!before.is_empty());
        let staste = open(&address);
        let forgotten = staste.forget("guests").unwrap();
        assert_eq!(left(&connection), [""; 0], "{parts:?}");
        if parts.contains(&"definition") || parts.contains(&"ever") {
            assert_eq!(forgotten.amount.total(), 0, "{parts:?}");
        } else {
            assert_eq!((forgotten.amount.total(), forgotten.amount.count()), (3, 3), "{parts:?}");
        }
        assert!(staste.store().faults(None).unwrap().is_empty());
        assert!(staste.forget("guests").unwrap_err().is_invalid_input());
        // It starts again, without anything of the old one.
        let metrica = guests(&staste);
        kick(&metrica, "9");
        assert_eq!(metrica.total().unwrap(), 1);
        assert_eq!(metrica.choices("age").unwrap(), [value("9")]);
        verify(&metrica);
        assert_eq!(staste.stored_metrica("other").unwrap().total().unwrap(), 1);
    }
}

#[test]
fn forget_removes_a_corrupt_metrica() {
    let commands: [&[&str]; 8] = [
        &["HSET", "staste:{guests}:meta", "next", "4000000000:3"],
        &["HSET", "staste:{guests}:choices:0", "3", "nonsense"],
        &["SET", "staste:{guests}:definition", "nonsense"],
        &["SET", "staste:{guests}:meta", "nonsense"],
        &["SET", "staste:{guests}:ever", "nonsense"],
        &["SET", "staste:{guests}:choices:1", "nonsense"],
        &["SET", "staste:{guests}:index:day", "nonsense"],
        &["HDEL", "staste:{guests}:meta", "generation"],
    ];
    for command in commands {
        let address = Server::shared().fresh();
        let connection = counted(&address);
        execute(&connection, command);
        let staste = open(&address);
        let error = guests(&staste).verify(&mut |_| ());
        assert!(error.map_or(true, |verified| !verified.faults.is_empty()), "{command:?}");
        staste.forget("guests").unwrap();
        assert_eq!(left(&connection), [""; 0], "{command:?}");
    }
}

/// A program that counts continues by itself when the keys are restored.
#[test]
fn kicks_wait_until_a_partly_deleted_metrica_is_restored() {
    for part in PARTS {
        let address = Server::shared().fresh();
        let connection = counted(&address);
        let staste = open(&address);
        let metrica = guests(&staste);
        let key = format!("{BASE}{part}");
        execute(&connection, &["RENAME", &key, "aside"]);
        kick(&metrica, "9");
        is_half(&staste.flush().unwrap_err(), part);
        execute(&connection, &["RENAME", "aside", &key]);
        staste.flush().unwrap();
        assert_eq!(metrica.total().unwrap(), 4);
        verify(&metrica);
    }
}

#[test]
fn partly_deleted_metrica_does_not_block_others() {
    for part in PARTS {
        let address = Server::shared().fresh();
        let connection = counted(&address);
        let staste = open(&address);
        let (metrica, other) = (guests(&staste), staste.metrica("other").build().unwrap());
        let key = format!("{BASE}{part}");
        execute(&connection, &["RENAME", &key, "aside"]);
        let kick_both = || {
            kick(&metrica, "9");
            other.kick([] as [(&str, &str); 0]).unwrap();
            is_half(&staste.flush().unwrap_err(), part);
        };
        kick_both();
        kick_both();
        kick_both();
        // Each flush sends the others, one flush later if it was not the turn of their Metrica.
        let committed = staste.health().committed;
        assert!((2..=3).contains(&committed), "{part} {committed}");
        assert_eq!(
            open(&address).stored_metrica("other").unwrap().total().unwrap(),
            1 + i128::from(committed)
        );
        execute(&connection, &["RENAME", "aside", &key]);
        staste.flush().unwrap();
        let health = staste.health();
        assert_eq!((health.committed, health.pending_bytes, health.dropped), (6, 0, 0));
        assert_eq!(metrica.total().unwrap(), 6);
        assert_eq!(other.total().unwrap(), 4);
        verify(&metrica);
    }
}

/// Only the definition is removed: the original's cells are a Metrica that is not defined here.
#[test]
fn partly_deleted_legacy_metrica_keeps_its_cells() {
    let address = format!("{}&layout=legacy", Server::shared().fresh());
    let staste = open(&address);
    let metrica = guests(&staste);
    kick(&metrica, "7");
    staste.flush().unwrap();
    let connection = connect(address.trim_end_matches("&layout=legacy"));
    execute(&connection, &["DEL", &format!("{BASE}meta")]);
    let staste = open(&address);
    is_half(&guests(&staste).total().unwrap_err(), "meta");
    staste.forget("guests").unwrap();
    assert_eq!(left(&connection), [""; 0]);
    assert_eq!(guests(&staste).total().unwrap(), 1);
}

#[test]
fn partly_deleted_metrica_in_a_cluster_is_forgotten() {
    let cluster = Cluster::start(redis_server());
    let staste = open(&cluster.fresh());
    kick(&guests(&staste), "7");
    staste.flush().unwrap();
    let (primary, _) = cluster.pair_of("p0:{guests}:meta");
    for part in ["meta", "index:hour"] {
        primary.execute(&["DEL", &format!("p0:{{guests}}:{part}")]);
    }
    assert_eq!(staste.store().faults(None).unwrap().len(), 1);
    assert_eq!(staste.forget("guests").unwrap().amount.total(), 1);
    let left: Vec<String> = primary.query(&["KEYS", "p0:{guests}:*"]);
    assert!(left.len() == 1 && left[0].contains(":mark:"), "{left:?}");
}
