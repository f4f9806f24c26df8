//! Every kick counts once, whatever happens to the connection and to the server.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::ffi::OsStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::*;
use staste_core::store::Store;
use staste_core::{Axis, BoundPoint, Clock, Metrica, RecorderOptions, Result, Staste};
use staste_redis::{RedisOptions, RedisStore};
use staste_testkit::verify;

/// Defines tests that run on both servers.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod redis {
            $(#[test] fn $name() { super::$name(super::redis_server()); })*
        }
        mod valkey {
            $(#[test] fn $name() { super::$name(super::valkey_server()); })*
        }
    };
}

on_both! {
    unreliable_connection_counts_every_kick_once
    forgotten_scripts_on_an_unreliable_connection_count_every_kick_once
    killed_server_keeps_acknowledged_kicks_and_counts_none_twice
    paused_writes_count_once
    batches_sent_to_a_frozen_server_count_once
    kicks_wait_while_memory_is_full
    kicks_during_an_outage_take_the_memory_of_their_points
    choice_is_forgotten_while_others_kick_it
}

/// More kicks than any writer reaches; one that does is stuck.
const ENOUGH: u32 = 20_000_000;

/// Settings of a server that keeps acknowledged writes when it is killed.
const KEEPS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

/// Returns the stores of two processes.
fn two(address: &str) -> Vec<Arc<dyn Store>> {
    (0..2).map(|_| store(address)).collect()
}

/// Returns the stores of two processes with a short timeout.
fn two_impatient(address: &str) -> Vec<Arc<dyn Store>> {
    let mut options = RedisOptions::default();
    options.command_timeout = Duration::from_millis(30);
    options.connect_timeout = Duration::from_millis(30);
    let store = || -> Arc<dyn Store> { Arc::new(RedisStore::with(address, options.clone()).unwrap()) };
    (0..2).map(|_| store()).collect()
}

fn unreliable_connection_counts_every_kick_once(program: &OsStr) {
    let server = Server::of(program, &[]);
    let line = UnreliableProxy::to(server.socket(), 5, 0x5EED);
    let kicked = Writers::start(two(&line.address()), 25_000).join();
    let cuts = line.cuts();
    assert!(cuts.iter().all(|cuts| *cuts >= 50), "{cuts:?}");
    assert!(kicked.tally.in_doubt >= 100 && kicked.tally.fine >= 100, "{:?} {cuts:?}", kicked.tally);
    line.calm();
    kicked.is_counted_once(store(&server.fresh()));
}

fn forgotten_scripts_on_an_unreliable_connection_count_every_kick_once(program: &OsStr) {
    let server = Server::of(program, &[]);
    let line = UnreliableProxy::to(server.socket(), 16, 0xF1A5);
    let address = server.fresh();
    let connection = connect(&address);
    let mut writers = Writers::start(two(&line.address()), ENOUGH);
    let mut rng = Rng::new(0xF1A5);
    for _ in 0..200 {
        writers.wait_for(1 + rng.below(5), Result::is_ok);
        execute(&connection, &["SCRIPT", "FLUSH"]);
    }
    let kicked = writers.stop();
    line.calm();
    kicked.is_counted_once(store(&address));
}

fn killed_server_keeps_acknowledged_kicks_and_counts_none_twice(program: &OsStr) {
    let server = Server::of(program, &KEEPS);
    let address = server.fresh();
    let mut writers = Writers::start(two(&address), ENOUGH);
    let mut rng = Rng::new(0xDEAD);
    let (mut kills, mut in_doubt) = (0, 0);
    while kills < 8 || in_doubt < 4 {
        writers.wait_for(1 + rng.below(60), Result::is_ok);
        server.kill();
        writers.wait_for(1, Result::is_err);
        server.start_again();
        in_doubt = writers.wait_for(1, Result::is_ok).in_doubt;
        kills += 1;
    }
    writers.stop().is_counted_once(store(&address));
}

fn paused_writes_count_once(program: &OsStr) {
    let server = Server::of(program, &[]);
    let address = server.fresh();
    let connection = connect(&address);
    let mut writers = Writers::start(two_impatient(&address), ENOUGH);
    for _ in 0..8 {
        writers.wait_for(20, Result::is_ok);
        execute(&connection, &["CLIENT", "PAUSE", "600000", "WRITE"]);
        writers.wait_for(6, Result::is_err);
        execute(&connection, &["CLIENT", "UNPAUSE"]);
    }
    writers.wait_for(20, Result::is_ok);
    let kicked = writers.stop();
    assert!(kicked.tally.in_doubt >= 8, "{:?}", kicked.tally);
    kicked.is_counted_once(store(&address));
}

fn batches_sent_to_a_frozen_server_count_once(program: &OsStr) {
    let server = Server::of(program, &[]);
    let address = server.fresh();
    let mut writers = Writers::start(two_impatient(&address), ENOUGH);
    let (mut freezes, mut in_doubt) = (0, 0);
    while freezes < 8 || in_doubt < 8 {
        writers.wait_for(20, Result::is_ok);
        server.freeze();
        writers.wait_for(6, Result::is_err);
        server.thaw();
        in_doubt = writers.wait_for(1, Result::is_ok).in_doubt;
        freezes += 1;
    }
    writers.stop().is_counted_once(store(&address));
}

fn kicks_wait_while_memory_is_full(program: &OsStr) {
    let server = Server::of(program, &["--maxmemory-policy", "noeviction"]);
    let address = server.fresh();
    let connection = connect(&address);
    let mut writers = Writers::start(two(&address), ENOUGH);
    for _ in 0..20 {
        writers.wait_for(10, Result::is_ok);
        execute(&connection, &["CONFIG", "SET", "maxmemory", "1"]);
        writers.wait_for(100, Result::is_err);
        execute(&connection, &["CONFIG", "SET", "maxmemory", "0"]);
    }
    let kicked = writers.stop();
    assert_eq!(kicked.tally.in_doubt, 0, "{:?}", kicked.tally);
    kicked.is_counted_once(store(&address));
}

fn kicks_during_an_outage_take_the_memory_of_their_points(program: &OsStr) {
    const KICKS: u32 = 6_000_000;
    const POINTS: u32 = 1_000;
    /// One of this number of kicks is by name.
    const BY_NAME: u32 = 10;
    let server = Server::of(program, &KEEPS);
    let address = server.fresh();
    let handling = RecorderOptions::default().flush_every(Some(Duration::from_millis(1)));
    let staste = Staste::with(store(&address), Clock::fixed(NOW), handling);
    let builder = staste.metrica("guests").axis("age", Axis::stored().cap(20)).axis("seat", Axis::stored());
    let metrica = builder.build().unwrap();
    metrica.define().unwrap();
    let places: Vec<[(&str, String); 2]> = (0..POINTS)
        .map(|point| [("age", (point % 10).to_string()), ("seat", (point / 10).to_string())])
        .collect();
    let by_name = |[age, seat]: &[(&str, String); 2]| metrica.kick([(age.0, &age.1), (seat.0, &seat.1)]);
    let bind = |[age, seat]: &[(&str, String); 2]| metrica.bind([(age.0, &age.1), (seat.0, &seat.1)]);
    let bound: Vec<BoundPoint> = places.iter().map(|place| bind(place).unwrap()).collect();

    server.kill();
    places.iter().for_each(|place| by_name(place).unwrap());
    assert!(staste.flush().unwrap_err().is_unavailable());
    let once = staste.health().pending_bytes;
    // A point is pending in up to four places: by name, bound, in the current flush, and in the outbox.
    let most = 4 * once;
    let mut kicked = POINTS;
    while kicked < KICKS {
        for (place, bound) in places.iter().zip(&bound) {
            let kick = if kicked % (BY_NAME * POINTS) < POINTS { by_name(place) } else { bound.kick() };
            kick.unwrap();
            kicked += 1;
        }
        let waiting = staste.health().pending_bytes;
        assert!(waiting <= most, "{waiting} bytes after {kicked} kicks, {most} at most");
        if kicked.is_multiple_of(1_000_000) {
            assert!(staste.flush().is_err());
            // A batch that was sent is not changed; later kicks are merged separately.
            let waiting = staste.health().pending_bytes;
            assert!(
                (once..=2 * once).contains(&waiting),
                "{waiting} bytes after {kicked} kicks, {once} once"
            );
        }
    }
    let health = staste.health();
    assert_eq!((health.committed, health.dropped), (0, 0));

    server.start_again();
    staste.flush().unwrap();
    let health = staste.health();
    assert_eq!((health.committed, health.dropped, health.pending_bytes), (u64::from(KICKS), 0, 0));
    let clean = Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default());
    let metrica = clean.stored_metrica("guests").unwrap();
    let points = metrica.values().pivot(&["age", "seat"]).unwrap();
    assert_eq!(points.len(), places.len());
    for (point, reading) in points {
        assert_eq!(reading.total, i128::from(KICKS / POINTS), "{point:?}");
    }
    verify(&metrica);
}

/// Kicks three ages in turn until `done`. Returns how often each was kicked.
fn kick_ages(staste: &Staste, done: &AtomicBool) -> i128 {
    let metrica = guests_by_age(staste);
    let mut rounds = 0;
    while !done.load(Ordering::Relaxed) {
        for age in ["gone", "stays", "7"] {
            metrica.kick([("age", age), ("door", &(rounds % 5).to_string())]).unwrap();
        }
        rounds += 1;
        if rounds % 10 == 0 {
            staste.flush().unwrap();
        }
    }
    staste.flush().unwrap();
    rounds
}

fn guests_by_age(staste: &Staste) -> Metrica {
    let builder = staste.metrica("guests").axis("age", Axis::stored()).axis("door", Axis::stored());
    builder.averaged().build().unwrap()
}

fn choice_is_forgotten_while_others_kick_it(program: &OsStr) {
    let server = Server::of(program, &[]);
    let address = server.fresh();
    let handle =
        || Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let done = AtomicBool::new(false);
    let (rounds, own, forgotten) = std::thread::scope(|scope| {
        let kickers = [handle(), handle()].map(|staste| {
            let done = &done;
            scope.spawn(move || kick_ages(&staste, done))
        });
        let staste = handle();
        let metrica = guests_by_age(&staste);
        let (mut own, mut times, mut forgotten) = (0, 0, 0);
        while times < 30 {
            metrica.kick([("age", "gone"), ("door", "own")]).unwrap();
            metrica.kick([("age", "stays"), ("door", "own")]).unwrap();
            own += 1;
            let taken = metrica.filter([("age", "gone")]).unwrap().forget().unwrap();
            assert_eq!(taken.amount.total(), taken.amount.count());
            // More than the one kick of this handle: the others kicked meanwhile.
            times += u32::from(taken.amount.count() > 1);
            forgotten += taken.amount.count();
        }
        done.store(true, Ordering::Relaxed);
        let rounds: i128 = kickers.into_iter().map(|kicker| kicker.join().unwrap()).sum();
        (rounds, own, forgotten)
    });
    let staste = handle();
    let metrica = staste.stored_metrica("guests").unwrap();
    let counted = |age: &str| metrica.filter([("age", age)]).unwrap().count().unwrap();
    assert_eq!(counted("gone"), rounds + own - forgotten);
    assert_eq!(counted("stays"), rounds + own);
    assert_eq!(counted("7"), rounds);
    assert_eq!(metrica.count().unwrap(), 3 * rounds + 2 * own - forgotten);
    assert_eq!(metrica.total().unwrap(), 3 * rounds + 2 * own - forgotten);
    verify(&metrica);
}
