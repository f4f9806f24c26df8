//! What a server keeps of a Metrica and lets go, and what a connection may still believe of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::{Arc, Mutex};

use common::*;
use redis::Connection;
use staste_core::store::{Batch, Claim, Forget, KickSelection, Span, Writer};
use staste_core::{Choice, Definition, MetricaKind, Scale};

fn of(writer: u128, sequence: u64, definition: &Arc<Definition>, ages: &[&str]) -> Batch {
    Batch { writer: Writer(writer), ..batch(sequence, vec![part(definition, &kicks(ages))]) }
}

/// Everything that a server has, as it would be after a restart from an older file.
fn kept(connection: &Mutex<Connection>) -> Vec<(String, Vec<u8>)> {
    let keys: Vec<String> = ask(connection, &["KEYS", "*"]);
    keys.into_iter().map(|key| (key.clone(), ask(connection, &["DUMP", &key]))).collect()
}

fn bring_back(connection: &Mutex<Connection>, kept: &[(String, Vec<u8>)]) {
    for (key, value) in kept {
        let mut restore = redis::cmd("RESTORE");
        restore.arg(key).arg(0).arg(value).arg("REPLACE");
        restore.exec(&mut connection.lock().unwrap()).unwrap();
    }
}

#[test]
fn a_bucket_below_the_watermark_is_not_written_by_who_is_behind() {
    let address = Server::shared().fresh();
    let (one, other) = (store(&address), store(&address));
    let definition = guests(one.as_ref());
    one.apply(&of(7, 1, &definition, &["7"])).unwrap();
    let later = NOW + 30 * 86_400;
    let mut ahead = of(8, 1, &definition, &["7"]);
    ahead.now = later;
    ahead.parts[0].kicks[0].at = later;
    ahead.parts[0].watermarks = definition.retention.watermarks(&definition.calendar(), later);
    other.apply(&ahead).unwrap();
    let connection = beside(&address);
    let minute = format!("staste:{{guests}}:minute:{}", NOW - NOW % 60);
    let there = || -> u64 { ask(&connection, &["EXISTS", &minute]) };
    assert_eq!(there(), 0);
    one.apply(&of(7, 2, &definition, &["7"])).unwrap();
    assert_eq!(there(), 0);
    assert_eq!(total(one.as_ref(), &definition, Scale::Ever, &[Choice::All]), 3);
}

#[test]
fn expired_claims_go_with_a_batch() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    let claim = |key: &str, expires| Claim { key: key.into(), value: b"x".to_vec(), expires };
    let claims = vec![claim("short", Some(NOW + 9)), claim("long", Some(NOW + 99))];
    store.apply(&Batch { claims, ..of(7, 1, &definition, &["7"]) }).unwrap();
    store.apply(&Batch { now: NOW + 10, ..of(7, 2, &definition, &["7"]) }).unwrap();
    let connection = beside(&address);
    assert_eq!(ask::<Vec<String>>(&connection, &["HKEYS", "staste:{guests}:claims"]), ["long"]);
    assert_eq!(ask::<Vec<String>>(&connection, &["ZRANGE", "staste:{guests}:expiring", "0", "-1"]), ["long"]);
}

#[test]
fn what_follows_a_refusal_is_answered_rightly() {
    let address = Server::shared().fresh();
    let store = store(&address);
    guests(store.as_ref());
    remember(store.as_ref(), &define("visits", &[], MetricaKind::Plain));
    store.put_record("token", Some(b"1")).unwrap();
    let connection = beside(&address);
    tell(&connection, &["SET", "staste:{guests}:claims", "mine"]);
    assert!(store.records("").unwrap_err().is_damaged());
    tell(&connection, &["DEL", "staste:{guests}:claims"]);
    assert_eq!(store.definitions(None).unwrap().len(), 2);
    assert_eq!(store.records("").unwrap(), [("token".to_owned(), b"1".to_vec())]);
}

#[test]
fn marks_live_for_eight_days_and_claims_go_with_their_metrica() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    let claim = |key: &str, expires| Claim { key: key.into(), value: b"x:y".to_vec(), expires };
    let claims = vec![claim("import/guests/2", Some(NOW + 9)), claim("key/1", Some(NOW + 9))];
    store.apply(&Batch { claims, ..batch(1, vec![part(&definition, &kicks(["7"]))]) }).unwrap();
    let connection = beside(&address);
    let mark = format!("staste:{{guests}}:mark:{:032x}", 7);
    let life: i64 = ask(&connection, &["TTL", &mark]);
    assert!((8 * 86_400 - 5..=8 * 86_400).contains(&life), "{life}");
    store.forget(&Forget::Metrica("guests".into())).unwrap();
    let left: Vec<String> = ask(&connection, &["ZRANGE", "staste:{guests}:expiring", "0", "-1"]);
    assert_eq!(left, ["key/1"]);
}

#[test]
fn a_bucket_that_expired_does_not_come_back() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&batch(1, vec![part(&definition, &kicks(["7", "8"]))])).unwrap();
    let connection = beside(&address);
    let hour = format!("staste:{{guests}}:hour:{}", NOW - NOW % 3600);
    tell(&connection, &["DEL", &hour, &format!("{hour}:n")]);
    let (from, to) = (NOW - NOW % 60, NOW - NOW % 60 + 60);
    let spans = vec![Span { scale: Scale::Minute, from, to }];
    let filter = vec![(0, value("7"))];
    let forget = Forget::Kicks(KickSelection {
        definition: Arc::clone(&definition),
        filter,
        span: Some((from, to, spans)),
        into_other: false,
    });
    let forgotten = store.forget(&forget).unwrap();
    assert_eq!(forgotten.amount.total(), 1);
    let there: u64 = ask(&connection, &["EXISTS", &hour, &format!("{hour}:n")]);
    assert_eq!(there, 0);
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[Choice::All]), 1);
}

#[test]
fn a_server_with_another_history_is_learnt_anew() {
    let server = Server::start(&["--enable-debug-command", "yes"]);
    let address = server.fresh();
    let (store, other) = (store(&address), store(&address));
    let definition = guests(store.as_ref());
    store.apply(&batch(1, vec![part(&definition, &kicks(["7"]))])).unwrap();
    let connection = beside(&address);
    let kept = kept(&connection);
    store.apply(&batch(2, vec![part(&definition, &kicks(["8"]))])).unwrap();
    bring_back(&connection, &kept);
    // Somebody else's choice gets the id that 8 had.
    let mut beside = batch(1, vec![part(&definition, &kicks(["9"]))]);
    beside.writer = Writer(8);
    other.apply(&beside).unwrap();
    tell(&connection, &["DEBUG", "CHANGE-REPL-ID"]);
    idle();
    store.apply(&batch(3, vec![part(&definition, &kicks(["8"]))])).unwrap();
    let counted = |age: &str| total(other.as_ref(), &definition, Scale::Ever, &[value(age)]);
    assert_eq!([counted("7"), counted("8"), counted("9")], [1, 1, 1]);
}

#[test]
fn a_server_that_went_back_behind_a_lost_reply_is_learnt_anew() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let proxy = Proxy::to(server.socket());
    let (store, other) = (store(&proxy.address()), store(&address));
    let definition = guests(store.as_ref());
    store.apply(&of(7, 1, &definition, &["7"])).unwrap();
    let connection = beside(&address);
    let kept = kept(&connection);
    store.apply(&of(7, 2, &definition, &["8"])).unwrap();
    proxy.cut(Cut::Reply);
    assert!(store.apply(&of(7, 3, &definition, &["8"])).unwrap_err().is_in_doubt());
    bring_back(&connection, &kept);
    other.apply(&of(8, 1, &definition, &["9"])).unwrap();
    store.apply(&of(7, 4, &definition, &["8"])).unwrap();
    let counted = |age: &str| total(other.as_ref(), &definition, Scale::Ever, &[value(age)]);
    assert_eq!([counted("7"), counted("8"), counted("9")], [1, 1, 1]);
}
