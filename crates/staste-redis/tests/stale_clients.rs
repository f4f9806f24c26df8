//! Clients whose knowledge of a Metrica is outdated.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::*;
use redis::Connection;
use staste_core::store::Writer;
use staste_core::{Axis, Choice, MetricaKind, Scale};

/// Returns all data of a server, to restore an older snapshot later.
fn dump_all(connection: &Mutex<Connection>) -> Vec<(String, Vec<u8>)> {
    let keys: Vec<String> = query(connection, &["KEYS", "*"]);
    keys.into_iter().map(|key| (key.clone(), query(connection, &["DUMP", &key]))).collect()
}

fn restore_all(connection: &Mutex<Connection>, kept: &[(String, Vec<u8>)]) {
    for (key, value) in kept {
        let mut restore = redis::cmd("RESTORE");
        restore.arg(key).arg(0).arg(value).arg("REPLACE");
        restore.exec(&mut connection.lock().unwrap()).unwrap();
    }
}

#[test]
fn stale_client_does_not_write_below_the_watermark() {
    let address = Server::shared().fresh();
    let (one, other) = (store(&address), store(&address));
    let definition = guests(one.as_ref());
    one.apply(&batch_by(7, 1, &definition, &["7"])).unwrap();
    let later = NOW + 30 * 86_400;
    let mut ahead = batch_by(8, 1, &definition, &["7"]);
    ahead.now = later;
    ahead.parts[0].kicks[0].at = later;
    ahead.parts[0].watermarks = definition.retention.watermarks(&definition.calendar(), later);
    other.apply(&ahead).unwrap();
    let connection = connect(&address);
    let minute = format!("staste:{{guests}}:minute:{}", NOW - NOW % 60);
    let there = || -> u64 { query(&connection, &["EXISTS", &minute]) };
    assert_eq!(there(), 0);
    one.apply(&batch_by(7, 2, &definition, &["7"])).unwrap();
    assert_eq!(there(), 0);
    assert_eq!(total(one.as_ref(), &definition, Scale::Ever, &[Choice::All]), 3);
}

#[test]
fn points_added_by_others_count_towards_the_limit() {
    let at = |age: &str, door: &str| (NOW, vec![value(age), value(door)], 1);
    let mut was_met = 0;
    for nth in 1..=4 {
        let server = Server::start(&[]);
        let direct = server.fresh();
        let other = store(&direct);
        let axes = [("age", Axis::stored()), ("door", Axis::stored())];
        let mut asked = new_definition("guests", &axes, MetricaKind::Averaged);
        // Two points are seven cells with ALL on one axis or both; there is room for one more.
        asked.points = 8;
        let definition = store_definition(other.as_ref(), &asked);
        let left = Arc::new(AtomicUsize::new(0));
        let (others, known) = (Arc::clone(&other), Arc::clone(&definition));
        let line = hook_proxy(server.socket(), &left, move || {
            // No choice is new, so that only the number of writes shows it.
            others.apply(&batch_of_part(8, 1, part(&known, &[at("2", "1")]))).unwrap();
        });
        let store = store(&line);
        store.apply(&batch_of_part(7, 1, part(&definition, &[at("1", "1"), at("2", "2")]))).unwrap();
        left.store(nth, Ordering::SeqCst);
        store.apply(&batch_of_part(7, 2, part(&definition, &[at("1", "2"), at("3", "1")]))).unwrap();
        let happened = u64::from(left.load(Ordering::SeqCst) == 0);
        was_met += happened;
        let points = cells(other.as_ref(), &definition, Scale::Ever);
        let own = points.keys().filter(|(_, point)| !point.contains(&Choice::Other)).count();
        assert!(own <= 8, "{own} points at {nth}: {points:?}");
        let all = total(other.as_ref(), &definition, Scale::Ever, &[Choice::All, Choice::All]);
        assert_eq!(all, 4 + i128::from(happened), "{nth}");
    }
    // Reading the points and writing take at least two requests.
    assert!(was_met >= 2, "{was_met}");
}

#[test]
fn failover_makes_a_client_learn_everything_again() {
    let server = Server::start(&["--enable-debug-command", "yes"]);
    let address = server.fresh();
    let (store, other) = (store(&address), store(&address));
    let definition = guests(store.as_ref());
    store.apply(&batch(1, vec![part(&definition, &kicks(["7"]))])).unwrap();
    let connection = connect(&address);
    let kept = dump_all(&connection);
    store.apply(&batch(2, vec![part(&definition, &kicks(["8"]))])).unwrap();
    restore_all(&connection, &kept);
    // A choice of another client gets the id that 8 had.
    let mut by_another = batch(1, vec![part(&definition, &kicks(["9"]))]);
    by_another.writer = Writer(8);
    other.apply(&by_another).unwrap();
    execute(&connection, &["DEBUG", "CHANGE-REPL-ID"]);
    idle();
    store.apply(&batch(3, vec![part(&definition, &kicks(["8"]))])).unwrap();
    let counted = |age: &str| total(other.as_ref(), &definition, Scale::Ever, &[value(age)]);
    assert_eq!([counted("7"), counted("8"), counted("9")], [1, 1, 1]);
}

#[test]
fn restored_snapshot_is_learned_again() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    let connection = connect(&address);
    let keys: Vec<String> = query(&connection, &["KEYS", "*"]);
    let dump = |key: &String| -> Vec<u8> { query(&connection, &["DUMP", key]) };
    let kept: Vec<Vec<u8>> = keys.iter().map(dump).collect();
    store.apply(&batch(2, vec![part(&definition, &kicks(["8", "9"]))])).unwrap();
    assert_eq!(grand_total(store.as_ref()), 3);
    for (key, kept) in keys.iter().zip(&kept) {
        let mut restore = redis::cmd("RESTORE");
        restore.arg(key).arg(0).arg(kept).arg("REPLACE");
        restore.exec(&mut connection.lock().unwrap()).unwrap();
    }
    // Choices 8 and 9 are lost, and the store that knew them learns so.
    let applied = store.apply(&batch(3, vec![part(&definition, &kicks(["9", "7"]))])).unwrap();
    assert_eq!(applied.mark, Some(1));
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[value("9")]), 1);
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[value("7")]), 2);
    assert_eq!(grand_total(store.as_ref()), 3);
}

#[test]
fn restored_snapshot_after_a_lost_reply_is_learned_again() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let proxy = CuttingProxy::to(server.socket());
    let (store, other) = (store(&proxy.address()), store(&address));
    let definition = guests(store.as_ref());
    store.apply(&batch_by(7, 1, &definition, &["7"])).unwrap();
    let connection = connect(&address);
    let kept = dump_all(&connection);
    store.apply(&batch_by(7, 2, &definition, &["8"])).unwrap();
    proxy.cut(Cut::Reply);
    assert!(store.apply(&batch_by(7, 3, &definition, &["8"])).unwrap_err().is_in_doubt());
    restore_all(&connection, &kept);
    other.apply(&batch_by(8, 1, &definition, &["9"])).unwrap();
    store.apply(&batch_by(7, 4, &definition, &["8"])).unwrap();
    let counted = |age: &str| total(other.as_ref(), &definition, Scale::Ever, &[value(age)]);
    assert_eq!([counted("7"), counted("8"), counted("9")], [1, 1, 1]);
}
