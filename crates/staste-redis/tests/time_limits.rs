//! Servers that hang: how long a question waits for them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use staste_core::store::{Store, TimeLimit};
use staste_core::{Axis, Clock, Options as Handling, Staste};
use staste_redis::RedisStore;

/// A server that hangs would hold up these stores for minutes.
fn patient_store(address: &str) -> Arc<dyn Store> {
    Arc::new(RedisStore::parse(&format!("{address}&timeout=600&connect-timeout=600")).unwrap())
}

const TIME_LIMIT: Duration = Duration::from_millis(150);

#[test]
fn question_with_a_time_limit_gives_up_on_a_frozen_server() {
    let server = Server::start(&[]);
    let address = server.fresh();
    // One that flushes by itself, one that does not, and one that knows nothing and has no connection yet.
    let intervals = [Some(Duration::from_millis(1)), None, None];
    let processes = intervals.map(|interval| {
        let handling = Handling::default().flush_every(interval);
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
    // The flush before a question is a part of it.
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
fn time_limit_bounds_connections_that_nobody_accepts() {
    // The kernel completes so many handshakes for a listener, and no more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}/0?timeout=600&connect-timeout=600", listener.local_addr().unwrap());
    let store = RedisStore::parse(&address).unwrap();
    let error = TimeLimit::run(TIME_LIMIT, || store.definitions(None)).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("within 150ms"), "{error}");
}
