//! The requests of each operation: their number, and what happens when one is lost or repeated.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use staste_core::store::{Batch, Store, Writer};
use staste_core::{Axis, Choice, Clock, MetricaKind, RecorderOptions, Scale, Staste};
use staste_redis::RedisStore;
use staste_testkit::verify;

/// Returns how often the server ran a script.
fn scripts(connection: &mut redis::Connection) -> u64 {
    let info: String = redis::cmd("INFO").arg("commandstats").query(connection).unwrap();
    let lines = info.lines().filter(|line| line.starts_with("cmdstat_eval"));
    lines.map(|line| line.split(['=', ',']).nth(1).unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn batch_and_question_are_one_request_each() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    store.apply(&one_kick(store.as_ref(), 1)).unwrap();
    // The server has the scripts now.
    assert_eq!(grand_total(store.as_ref()), 1);
    let connection = connect(&address);
    let mut connection = connection.lock().unwrap();
    let before = scripts(&mut connection);
    for sequence in 2..12 {
        let part = part(&definition, &kicks([sequence.to_string()]));
        store.apply(&batch(sequence, vec![part])).unwrap();
    }
    assert_eq!(scripts(&mut connection) - before, 10);
    for age in ["2", "3", "nobody"] {
        total(store.as_ref(), &definition, Scale::Ever, &[value(age)]);
    }
    assert_eq!(scripts(&mut connection) - before, 13);
}

#[test]
fn metricas_kicked_in_turn_are_one_request_each() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metricas = ["guests", "visits", "orders"]
        .map(|name| staste.metrica(name).axis("age", Axis::stored()).build().unwrap());
    let kick_all = || {
        for age in 0..50 {
            metricas.iter().for_each(|metrica| metrica.kick([("age", age)]).unwrap());
        }
        staste.flush().unwrap();
    };
    kick_all();
    let connection = connect(&address);
    let before = scripts(&mut connection.lock().unwrap());
    kick_all();
    assert_eq!(scripts(&mut connection.lock().unwrap()) - before, 3);
    for metrica in &metricas {
        assert_eq!(metrica.total().unwrap(), 100);
        // Choices are in the order in which they were first counted.
        assert_eq!(
            metrica.choices("age").unwrap(),
            (0..50).map(|age: u32| value(&age.to_string())).collect::<Vec<_>>()
        );
    }
}

#[test]
fn forgotten_scripts_are_sent_again() {
    let address = Server::shared().fresh();
    let store = store(&address);
    guests(store.as_ref());
    for sequence in 1..3 {
        let applied = store.apply(&one_kick(store.as_ref(), sequence)).unwrap();
        assert_eq!((applied.duplicate, applied.mark), (false, Some(sequence - 1)));
        let flushed: String =
            redis::cmd("SCRIPT").arg("FLUSH").query(&mut connect(&address).lock().unwrap()).unwrap();
        assert_eq!(flushed, "OK");
    }
    assert_eq!(grand_total(store.as_ref()), 2);
}

#[test]
fn lost_reply_is_in_doubt_and_counts_once() {
    let server = Server::start(&[]);
    let proxy = CuttingProxy::to(server.socket());
    let store = RedisStore::parse(&proxy.address()).unwrap();
    guests(&store);
    let mut expected = 0;
    for (sequence, cut, was_done) in [(1, Cut::Reply, true), (2, Cut::Request, false), (3, Cut::Reply, true)]
    {
        // The client knows the Metrica, so that the next request is the batch.
        store.apply(&Batch { writer: Writer(1), ..one_kick(&store, sequence) }).unwrap();
        let batch = one_kick(&store, sequence);
        proxy.cut(cut);
        let error = store.apply(&batch).unwrap_err();
        assert!(proxy.has_cut() && error.is_in_doubt(), "{cut:?} {error:?}");
        assert_eq!(store.apply(&batch).unwrap().duplicate, was_done, "{cut:?}");
        assert!(store.apply(&batch).unwrap().duplicate);
        expected += 2;
        assert_eq!(grand_total(&store), expected);
    }
}

#[test]
fn question_is_repeated_on_another_connection() {
    let server = Server::start(&[]);
    let proxy = CuttingProxy::to(server.socket());
    let store = RedisStore::parse(&proxy.address()).unwrap();
    let definition = guests(&store);
    store.apply(&one_kick(&store, 1)).unwrap();
    for cut in [Cut::Request, Cut::Reply] {
        proxy.cut(cut);
        assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 1);
        assert!(proxy.has_cut());
    }
}

#[test]
fn request_after_an_error_gets_its_own_reply() {
    let address = Server::shared().fresh();
    let store = store(&address);
    guests(store.as_ref());
    store_definition(store.as_ref(), &new_definition("visits", &[], MetricaKind::Plain));
    store.put_record("token", Some(b"1")).unwrap();
    let connection = connect(&address);
    execute(&connection, &["SET", "staste:{guests}:claims", "mine"]);
    assert!(store.records("").unwrap_err().is_corrupt());
    execute(&connection, &["DEL", "staste:{guests}:claims"]);
    assert_eq!(store.definitions(None).unwrap().len(), 2);
    assert_eq!(store.records("").unwrap(), [("token".to_owned(), b"1".to_vec())]);
}

#[test]
fn unreliable_connection_counts_every_kick_once() {
    let server = Server::start(&[]);
    let proxy = CuttingProxy::to(server.socket());
    let address = proxy.address();
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metrica = staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
    metrica.define().unwrap();
    let mut rng = Rng::new(5);
    for number in 0..200_u32 {
        metrica.kick([("age", number % 17)]).unwrap();
        proxy.cut(rng.choose(&[Cut::Nothing, Cut::Request, Cut::Reply]));
        let _ = staste.flush();
    }
    proxy.cut(Cut::Nothing);
    staste.flush().unwrap();
    assert_eq!(metrica.total().unwrap(), 200);
    verify(&metrica);
}

#[test]
fn concurrent_writers_count_every_kick_once() {
    let address = Server::shared().fresh();
    let stores: Vec<Staste> = (0..6)
        .map(|_| {
            Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None))
        })
        .collect();
    std::thread::scope(|scope| {
        for (writer, staste) in stores.iter().enumerate() {
            scope.spawn(move || {
                let builder = staste.metrica("guests").axis("age", Axis::stored().cap(40)).averaged();
                let metrica = builder.axis("page", Axis::path()).points(300).build().unwrap();
                for number in 0..40 {
                    let (age, page) = ((number * 7 + writer).to_string(), (number * writer % 13).to_string());
                    metrica.kick([("age", &age), ("page", &page)]).unwrap();
                    staste.flush().unwrap();
                }
            });
        }
    });
    let metrica = stores[0].stored_metrica("guests").unwrap();
    assert_eq!(metrica.total().unwrap(), 240);
    verify(&metrica);
    let staste = Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default());
    verify(&staste.stored_metrica("guests").unwrap());
}

#[test]
fn kicks_are_forgotten_while_others_write() {
    let address = Server::shared().fresh();
    let store = store(&address);
    let definition = guests(store.as_ref());
    let done = AtomicBool::new(false);
    let (kicked, forgotten) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let store = common::store(&address);
            let mut sequence = 0;
            while !done.load(Ordering::Relaxed) {
                sequence += 1;
                let ages = [(sequence % 50).to_string(), "gone".to_owned()];
                store.apply(&batch(sequence, vec![part(&definition, &kicks(ages))])).unwrap();
            }
            sequence
        });
        let forgotten: Vec<_> = (0..5)
            .map(|_| {
                store.forget(&staste_core::store::Forget::Kicks(staste_core::store::KickSelection {
                    definition: Arc::clone(&definition),
                    filter: vec![(0, vec![value("gone")])],
                    span: None,
                    into_other: false,
                    unused_choices: false,
                }))
            })
            .collect();
        done.store(true, Ordering::Relaxed);
        (i128::from(writer.join().unwrap()) * 2, forgotten)
    });
    let forgotten: i128 = forgotten.into_iter().map(|forgotten| forgotten.unwrap().amount.total()).sum();
    assert_eq!(grand_total(store.as_ref()), kicked - forgotten);
    let staste = Staste::with(store, Clock::fixed(NOW), RecorderOptions::default());
    verify(&staste.stored_metrica("guests").unwrap());
}

#[test]
fn stores_with_different_prefixes_are_separate() {
    let address = Server::shared().fresh();
    let stores = ["a", "b"].map(|prefix| store(&format!("{address}&prefix={prefix}")));
    guests(stores[0].as_ref());
    assert!(stores[1].definitions(None).unwrap().is_empty());
    guests(stores[1].as_ref());
    stores[0].apply(&one_kick(stores[0].as_ref(), 1)).unwrap();
    assert_eq!((grand_total(stores[0].as_ref()), grand_total(stores[1].as_ref())), (1, 0));
}
