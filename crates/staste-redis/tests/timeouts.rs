//! Time limits of requests, and the size limit of replies.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::*;
use staste_core::store::{Batch, Select, Store, TimeLimit, Writer};
use staste_core::{Axis, Choice, Clock, MetricaKind, RecorderOptions, Scale, Staste};
use staste_redis::{RedisOptions, RedisStore};

const TIME_LIMIT: Duration = Duration::from_millis(150);

/// Bytes that the operating systems can buffer while nobody reads.
const IN_FLIGHT: u64 = 32 << 20;

/// Returns a store with a reply limit of one mebibyte.
fn modest(address: &str) -> RedisStore {
    let mut options = RedisOptions::default();
    options.reply_limit = 1 << 20;
    RedisStore::with(address, options).unwrap()
}

#[test]
fn hanging_server_fails_with_the_timeout() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let mut options = RedisOptions::default();
    options.command_timeout = Duration::from_millis(100);
    let store = RedisStore::with(&address, options).unwrap();
    let definition = guests(&store);
    let batch = batch(1, vec![part(&definition, &kicks(["7"]))]);
    store.apply(&Batch { writer: Writer(1), ..batch.clone() }).unwrap();
    let connection = connect(&address);
    let _: () = redis::cmd("CLIENT")
        .arg("PAUSE")
        .arg(600_000)
        .arg("WRITE")
        .query(&mut connection.lock().unwrap())
        .unwrap();
    assert!(store.apply(&batch).unwrap_err().is_in_doubt());
    let question = question(&batch.parts[0].definition, Scale::Ever, vec![Select::All]);
    let error = store.read(&question).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    let _: () = redis::cmd("CLIENT").arg("UNPAUSE").query(&mut connection.lock().unwrap()).unwrap();
    store.apply(&batch).unwrap();
    assert!(store.apply(&batch).unwrap().duplicate);
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 2);
}

/// Without timeouts a hanging server would block these stores for minutes.
fn patient_store(address: &str) -> Arc<dyn Store> {
    Arc::new(RedisStore::parse(&format!("{address}&timeout=600&connect-timeout=600")).unwrap())
}

#[test]
fn time_limit_ends_a_question_to_a_frozen_server() {
    let server = Server::start(&[]);
    let address = server.fresh();
    // A handle that flushes by itself, one that does not, and one without a connection.
    let intervals = [Some(Duration::from_millis(1)), None, None];
    let processes = intervals.map(|interval| {
        let handling = RecorderOptions::default().flush_every(interval);
        Staste::with(patient_store(&address), Clock::fixed(NOW), handling)
    });
    let guests = |staste: &Staste| staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let metricas = processes.each_ref().map(guests);
    metricas[..2].iter().for_each(|metrica| metrica.kick([("age", 1)]).unwrap());
    metricas[..2].iter().for_each(|metrica| assert!(metrica.total().unwrap() >= 1));
    server.freeze();
    let fails = |metrica: &staste_core::Metrica| {
        let view = metrica.values().timeout(TIME_LIMIT);
        for error in [view.total().unwrap_err(), view.iterate("age").unwrap_err()] {
            assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
            let text = error.to_string();
            assert!(text.contains("150ms") && text.contains("redis.sock"), "{text}");
        }
    };
    metricas.iter().for_each(fails);
    // The flush before a question is part of its time limit.
    metricas[0].kick([("age", 2)]).unwrap();
    fails(&metricas[0]);
    metricas[1].kick([("age", 2)]).unwrap();
    let error = metricas[1].values().timeout(TIME_LIMIT).total().unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    server.thaw();
    processes[..2].iter().for_each(|staste| staste.flush().unwrap());
    metricas.iter().for_each(|metrica| assert_eq!(metrica.total().unwrap(), 4));
}

#[test]
fn time_limit_ends_connecting() {
    // The kernel completes this number of handshakes for a listener that accepts nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}/0?timeout=600&connect-timeout=600", listener.local_addr().unwrap());
    let store = RedisStore::parse(&address).unwrap();
    let error = TimeLimit::run(TIME_LIMIT, || store.definitions(None)).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("within 150ms"), "{error}");
}

/// The check whether the server is still the same must not wait for another timeout.
#[test]
fn idle_connection_to_a_hanging_server_waits_once() {
    let (connections, hangs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counter, hanging) = (Arc::clone(&connections), Arc::clone(&hangs));
    let address = fake_server(move |words| {
        counter.fetch_add(usize::from(words.contains(&"LIB-NAME".to_owned())), Ordering::SeqCst);
        while hanging.load(Ordering::SeqCst) {
            std::thread::park_timeout(BETWEEN_LOOKS);
        }
        match words[0].as_str() {
            "INFO" => information("redis_version:7.0.15"),
            "SMEMBERS" => "*0\r\n".to_owned(),
            _ => "+OK\r\n".to_owned(),
        }
    });
    let store = RedisStore::parse(&format!("{address}?timeout=0.15&connect-timeout=0.15")).unwrap();
    store.definitions(None).unwrap();
    idle();
    hangs.store(true, Ordering::SeqCst);
    let error = store.definitions(None).unwrap_err();
    hangs.store(false, Ordering::SeqCst);
    assert!(error.is_unavailable() && error.to_string().contains("it took too long"), "{error}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    store.definitions(None).unwrap();
    until("another connection", || connections.load(Ordering::SeqCst) == 2);
}

#[test]
fn endless_reply_fails_at_the_limit() {
    for (head, body, why) in [
        ("$5000000000\r\n", "x", "larger than allowed"),
        ("$200000000\r\n", "x", "larger than allowed"),
        ("*2000000000\r\n", ":1\r\n", "larger than allowed"),
        ("*2000000000\r\n*2000000000\r\n", ":1\r\n", "larger than allowed"),
        ("*9223372036854775807\r\n", "*9223372036854775807\r\n", "larger than allowed"),
        ("*10000\r\n", "$900\r\n", "what is not a reply of Redis"),
        ("*", "1", "a line of more than"),
        ("+", "x", "a line of more than"),
        ("-ERR ", "x", "a line of more than"),
        ("", "*1\r\n", "lists within lists"),
        ("HTTP/1.1 400 Bad Request\r\n", "\r\n", "HTTP/1.1 400 Bad Request"),
    ] {
        let endless = EndlessServer::start("SMEMBERS", (head, body), Pace::AtOnce);
        let error = modest(&endless.address).definitions(None).unwrap_err();
        assert!(error.is_unavailable() && !error.is_in_doubt(), "{head:?} {error:?}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("{}/0 sent ", endless.address)) && text.contains(why), "{text}");
        assert!(endless.sent() < IN_FLIGHT, "{head:?} {}", endless.sent());
    }
}

#[test]
fn endless_reply_to_a_batch_is_in_doubt() {
    let definition = Arc::new(new_definition("guests", &[("age", Axis::stored())], MetricaKind::Averaged));
    let endless = EndlessServer::start("EVALSHA", ("$5000000000\r\n", "x"), Pace::AtOnce);
    let mut options = RedisOptions::default();
    // Otherwise the eviction policy would be read first.
    options.allow_evicting = true;
    options.reply_limit = 1 << 20;
    let store = RedisStore::with(&endless.address, options).unwrap();
    let error = store.put_record("import/guests/1", Some(b"x")).unwrap_err();
    assert!(error.is_in_doubt() && error.to_string().contains("not known whether"), "{error:?}");
    let error = store.read(&question(&definition, Scale::Ever, vec![Select::All])).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
}

#[test]
fn too_large_reply_fails_and_the_next_one_is_read() {
    let address = Server::shared().fresh();
    let store = modest(&address);
    let definition = guests(&store);
    let ages = (0..10_000).map(|age| age.to_string());
    store.apply(&batch(1, vec![part(&definition, &kicks(ages))])).unwrap();
    let everything = question(&definition, Scale::Ever, vec![Select::Any]);
    let error = store.read(&everything).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("reply-limit=MEBIBYTES"), "{error}");
    let allowing = common::store(&format!("{address}&reply-limit=8"));
    assert_eq!(allowing.read(&everything).unwrap().groups.len(), 10_001);
    assert_eq!(allowing.choices(&definition, 0).unwrap().len(), 10_000);
    // A new connection has to read all choices, which exceed the limit.
    assert!(store.definitions(Some("guests")).unwrap().len() == 1);
}

#[test]
fn slow_reply_fails_with_the_timeout() {
    for (head, body) in [("*1000000\r\n", ":1\r\n"), ("$1000000\r\n", "x"), ("+", "x"), ("", "*1\r\n")] {
        let endless = EndlessServer::start("SMEMBERS", (head, body), Pace::Dripping);
        let error = RedisStore::parse(&format!("{}?timeout=0.15", endless.address)).unwrap();
        let error = error.definitions(None).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("it took too long"), "{head:?} {error}");
        let patient = RedisStore::parse(&format!("{}?timeout=600&connect-timeout=600", endless.address));
        let error = TimeLimit::run(TIME_LIMIT, || patient.unwrap().definitions(None)).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("within 150ms"), "{head:?} {error}");
    }
}

#[test]
fn slow_login_fails_with_the_connect_timeout() {
    for command in ["CLIENT", "INFO"] {
        let endless = EndlessServer::start(command, ("+", "x"), Pace::Dripping);
        let address = format!("{}?connect-timeout=0.15&timeout=0.15", endless.address);
        let error = RedisStore::parse(&address).unwrap().definitions(None).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("it took too long"), "{error}");
    }
}

/// The question and the flush before it share one timeout.
#[test]
fn question_to_a_slow_server_fails_with_the_timeout() {
    let endless = EndlessServer::start("GET", ("$1000000\r\n", "x"), Pace::Dripping);
    let store = RedisStore::parse(&format!("{}?timeout=0.15", endless.address)).unwrap();
    let handling = RecorderOptions::default().flush_every(None);
    let staste = Staste::with(Arc::new(store), Clock::fixed(NOW), handling);
    let metrica = staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let error = metrica.total().unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("it took too long"), "{error}");
    metrica.kick([("age", 7)]).unwrap();
    assert!(metrica.total().unwrap_err().to_string().contains("it took too long"));
    assert_eq!(staste.health().dropped, 0);
}
