//! What expires, and what is deleted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use redis::Commands as _;
use staste_core::store::{Batch, Claim, Forget, KickSelection, Span};
use staste_core::{Choice, Keep, Scale};

#[test]
fn bucket_expires_a_day_after_its_retention() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    let connection = connect(&address);
    let mut connection = connection.lock().unwrap();
    let minute = format!("staste:{{guests}}:minute:{}", NOW - NOW % 60);
    let mut life = |key: &str| -> i64 { connection.ttl(key).unwrap() };
    // Eight days after the end of the minute, and one for clocks that differ.
    let expected = 9 * 86_400 + 60 - NOW % 60;
    for key in [minute.clone(), format!("{minute}:n")] {
        assert!((expected - 5..=expected).contains(&life(&key)), "{}", life(&key));
    }
    assert_eq!(life("staste:{guests}:ever"), -1);
    // Under a longer retention, buckets must not expire by the shorter one.
    let mut longer = (*definition).clone();
    longer.retention = longer.retention.keep(Scale::Minute, Keep::days(30)).unwrap();
    longer.version += 1;
    assert!(store.define(&longer).unwrap());
    assert_eq!(life(&minute), -1);
    assert!(life(&format!("staste:{{guests}}:hour:{}", NOW - NOW % 3600)) > 0);
}

#[test]
fn batch_deletes_expired_claims() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    let claim = |key: &str, expires| Claim::new(key, b"x").expiring(expires);
    let claims = vec![claim("short", Some(NOW + 9)), claim("long", Some(NOW + 99))];
    store.apply(&Batch { claims, ..batch_by(7, 1, &definition, &["7"]) }).unwrap();
    store.apply(&Batch { now: NOW + 10, ..batch_by(7, 2, &definition, &["7"]) }).unwrap();
    let connection = connect(&address);
    assert_eq!(query::<Vec<String>>(&connection, &["HKEYS", "staste:{guests}:claims"]), ["long"]);
    assert_eq!(
        query::<Vec<String>>(&connection, &["ZRANGE", "staste:{guests}:expiring", "0", "-1"]),
        ["long"]
    );
}

#[test]
fn marks_expire_and_claims_are_deleted_with_their_metrica() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    let claim = |key: &str, expires: Option<i64>| Claim::new(key, b"x:y").expiring(expires);
    let claims = vec![claim("import/guests/2", Some(NOW + 9)), claim("key/1", Some(NOW + 9))];
    store.apply(&Batch { claims, ..batch(1, vec![part(&definition, &kicks(["7"]))]) }).unwrap();
    let connection = connect(&address);
    let mark = format!("staste:{{guests}}:mark:{:032x}", 7);
    let life: i64 = query(&connection, &["TTL", &mark]);
    assert!((8 * 86_400 - 5..=8 * 86_400).contains(&life), "{life}");
    store.forget(&Forget::Metrica("guests".into())).unwrap();
    let left: Vec<String> = query(&connection, &["ZRANGE", "staste:{guests}:expiring", "0", "-1"]);
    assert_eq!(left, ["key/1"]);
}

#[test]
fn forgotten_metrica_leaves_only_its_marks() {
    let address = Server::shared().fresh();
    let store = store(&address);
    guests(store.as_ref());
    let claims = ["import/guests/1", "import/guests/2", "key/1"];
    let claim = |key: &str, expires: Option<i64>| Claim::new(key, b"x:y").expiring(expires);
    let claims =
        vec![claim(claims[0], None), claim(claims[1], Some(NOW + 9)), claim(claims[2], Some(NOW + 9))];
    store.apply(&Batch { claims, ..one_kick(store.as_ref(), 1) }).unwrap();
    store.put_record("token", Some(b"\0\xff")).unwrap();
    let keys: Vec<String> = store.records("").unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["import/guests/1", "import/guests/2", "key/1", "token"]);
    let forgotten = store.forget(&staste_core::store::Forget::Metrica("guests".into())).unwrap();
    assert_eq!((forgotten.amount.total(), forgotten.amount.count(), forgotten.cells), (1, 1, 12));
    let mut left: Vec<String> = connect(&address).lock().unwrap().keys("*").unwrap();
    left.sort();
    let mark = format!("staste:{{guests}}:mark:{:032x}", 7);
    let expected = [
        "staste:names",
        "staste:records",
        "staste:{guests}:claims",
        "staste:{guests}:expiring",
        mark.as_str(),
    ];
    assert_eq!(left, expected);
    let records = [("key/1".to_owned(), b"x:y".to_vec()), ("token".to_owned(), b"\0\xff".to_vec())];
    assert_eq!(store.records("").unwrap(), records);
    store.put_record("key/1", None).unwrap();
    assert_eq!(store.records("").unwrap(), records[1..]);
    assert!(store.definitions(None).unwrap().is_empty());
}

#[test]
fn erasure_does_not_recreate_an_expired_bucket() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&batch(1, vec![part(&definition, &kicks(["7", "8"]))])).unwrap();
    let connection = connect(&address);
    let hour = format!("staste:{{guests}}:hour:{}", NOW - NOW % 3600);
    execute(&connection, &["DEL", &hour, &format!("{hour}:n")]);
    let (from, to) = (NOW - NOW % 60, NOW - NOW % 60 + 60);
    let spans = vec![Span { scale: Scale::Minute, from, to }];
    let filter = vec![(0, vec![value("7")])];
    let forget = Forget::Kicks(KickSelection {
        definition: Arc::clone(&definition),
        filter,
        span: Some((from, to, spans)),
        into_other: false,
        unused_choices: false,
    });
    let forgotten = store.forget(&forget).unwrap();
    assert_eq!(forgotten.amount.total(), 1);
    let there: u64 = query(&connection, &["EXISTS", &hour, &format!("{hour}:n")]);
    assert_eq!(there, 0);
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[Choice::All]), 1);
}

#[test]
fn erasure_does_not_recreate_a_bucket_that_expires_meanwhile() {
    let hour = format!("staste:{{guests}}:hour:{}", NOW - NOW % 3600);
    for nth in 1..=3 {
        let server = Server::start(&[]);
        let direct = server.fresh();
        let left = Arc::new(AtomicUsize::new(0));
        let (address, key) = (direct.clone(), hour.clone());
        let line = hook_proxy(server.socket(), &left, move || {
            execute(&connect(&address), &["DEL", &key, &format!("{key}:n")]);
        });
        let store = store(&line);
        let definition = guests(store.as_ref());
        store.apply(&batch_of_part(7, 1, part(&definition, &kicks(["7", "8"])))).unwrap();
        left.store(nth, Ordering::SeqCst);
        let filter = vec![(0, vec![value("7")])];
        let forget = Forget::Kicks(KickSelection {
            definition: Arc::clone(&definition),
            filter,
            span: None,
            into_other: false,
            unused_choices: false,
        });
        assert_eq!(store.forget(&forget).unwrap().amount.total(), 1);
        let connection = connect(&direct);
        let there: u64 = query(&connection, &["EXISTS", &hour, &format!("{hour}:n")]);
        // Either the bucket expired before it was changed, or it did not expire.
        assert_eq!(there == 0, left.load(Ordering::SeqCst) == 0, "{nth}");
    }
}
