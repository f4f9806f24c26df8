//! Point 5: a kick never fails because of the Store, and everything pending is counted after an outage.

use std::sync::Arc;
use std::time::Duration;

use staste_core::store::{Applied, Batch, Store};
use staste_core::{Clock, Moment, RecorderOptions, Staste};

use crate::guests::{guests, guests_by_age, verify};
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::wrappers::{CapabilityLimits, Fault, InterceptedStore, Interceptor};

claims! { outages:
    point_05_kicks_during_an_outage_are_counted_afterwards,
    point_05_kick_returns_while_a_flush_is_blocked,
    point_05_query_with_a_timeout_fails_in_time_while_a_flush_is_blocked,
    point_05_invalid_kick_is_refused_with_the_reason,
    point_05_conflict_is_reported_once_and_kicks_count_again_later,
    point_05_store_that_is_always_stale_does_not_block_a_flush,
    point_05_flush_thread_retries_until_it_commits,
}

/// Kicks succeed while the Store is down, and all of them are counted afterwards.
fn point_05_kicks_during_an_outage_are_counted_afterwards(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    process.faults.set_down(true);
    let metrica = guests_by_age(&process.staste);
    let bound = metrica.bind([("age", "18")]).unwrap();
    for age in 0..100 {
        metrica.kick([("age", age % 10)]).unwrap();
        bound.kick().unwrap();
        metrica.kick_with([("age", age % 10)], 1, Moment::parse("2023-11-14T10:00").unwrap()).unwrap();
    }
    let failure = process.staste.flush().unwrap_err();
    assert!(failure.is_unavailable() && !failure.is_in_doubt());
    let health = process.staste.health();
    assert_eq!((health.committed, health.dropped, health.failures), (0, 0, 1));
    assert!(health.pending_bytes > 0 && health.pending_age.is_some());
    assert!(health.last_error.unwrap().to_string().contains("scripted"));
    process.faults.set_down(false);
    assert_eq!(metrica.values().count().unwrap(), 300);
    let health = process.staste.health();
    assert_eq!((health.committed, health.failures, health.pending_bytes), (300, 0, 0));
    assert!(health.pending_age.is_none() && health.last_error.is_none());
    verify(&metrica);
}

/// Kicks return while the Store blocks a flush.
fn point_05_kick_returns_while_a_flush_is_blocked(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 1)]).unwrap();
    process.faults.schedule([Fault::Blocked]);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| process.staste.flush());
        process.faults.wait_until_blocked();
        for age in 0..1000 {
            metrica.kick([("age", age)]).unwrap();
        }
        process.faults.release();
        flush.join().unwrap().unwrap();
    });
    assert_eq!(metrica.total().unwrap(), 1001);
}

/// While the Store blocks a flush, a query with a timeout fails in time, and no kick is lost.
fn point_05_query_with_a_timeout_fails_in_time_while_a_flush_is_blocked(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 1)]).unwrap();
    process.faults.schedule([Fault::Blocked]);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| process.staste.flush());
        process.faults.wait_until_blocked();
        metrica.kick([("age", 2)]).unwrap();
        let view = metrica.values().timeout(Duration::from_millis(5));
        let error = view.total().unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("within 5ms"), "{error}");
        process.faults.release();
        flush.join().unwrap().unwrap();
    });
    assert_eq!(metrica.values().timeout(Duration::from_secs(600)).total().unwrap(), 2);
}

/// An invalid kick is refused at once; the error names the value and what is allowed, and nothing is counted.
fn point_05_invalid_kick_is_refused_with_the_reason(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    process.faults.set_down(true);
    let metrica = guests(&process.staste).build().unwrap();
    let long = "x".repeat(1025);
    let path: &[&str] = &["a", "b"];
    let deep: &[&str] = &["a"; 17];
    let refused = |kick: staste_core::Result<()>, words: &[&str]| {
        let error = kick.unwrap_err();
        assert!(error.is_invalid_input(), "{error:?}");
        for word in words {
            assert!(error.to_string().contains(word), "{error} does not name {word}");
        }
    };
    refused(metrica.kick([("colour", "red")]), &["colour", "gender", "age", "door"]);
    refused(metrica.kick([("gender", "gril")]), &["gril", "boy", "girl"]);
    refused(metrica.kick([("gender", "girl"), ("gender", "girl")]), &["gender", "twice"]);
    refused(metrica.kick([("age", long.as_str())]), &["age", "1025", "1024"]);
    refused(metrica.kick([("age", path)]), &["age", "path"]);
    refused(metrica.kick([("door", deep)]), &["door", "16", "17"]);
    refused(metrica.kick([("age", staste_core::Choice::All)]), &["age", "ALL"]);
    let nowhere: [(&str, &str); 0] = [];
    refused(metrica.kick_with(nowhere, 0.5, Moment::Now), &["0.5", "multiplier"]);
    refused(metrica.kick_with(nowhere, 1, Moment::Instant(i64::MAX)), &["9999"]);
    refused(metrica.kick_with(nowhere, 1, Moment::Instant(-70_000_000_000)), &["9999"]);
    process.faults.set_down(false);
    assert_eq!(metrica.total().unwrap(), 0);
}

/// A flush reports once that kicks conflict with the stored definition. After the conflict is resolved, kicks count
/// again, within 30 seconds.
fn point_05_conflict_is_reported_once_and_kicks_count_again_later(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let elsewhere = env.staste();
    elsewhere.metrica("guests").multiplier(10).build().unwrap().define().unwrap();
    let staste = env.staste();
    let metrica = staste.metrica("guests").multiplier(100).build().unwrap();
    let others = staste.metrica("others").build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    metrica.kick(nowhere).unwrap();
    others.kick(nowhere).unwrap();
    assert!(staste.flush().unwrap_err().is_conflict());
    assert!(staste.flush().is_ok(), "reported once");
    assert!(staste.health().last_refusal.unwrap().is_conflict());
    assert_eq!((staste.health().refused, staste.health().committed), (1, 1));
    assert!(metrica.kick(nowhere).unwrap_err().is_conflict());
    elsewhere.forget("guests").unwrap();
    assert!(metrica.kick(nowhere).is_err());
    env.advance(30);
    metrica.kick(nowhere).unwrap();
    staste.close().unwrap();
    assert_eq!(metrica.total().unwrap().raw(), 100);
}

/// A flush to a Store that always reports a changed definition ends with an error.
fn point_05_store_that_is_always_stale_does_not_block_a_flush(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let store = Arc::new(InterceptedStore::new(AlwaysStale, env.open_store()));
    let staste = Staste::with(store, env.clock.clone(), TestEnv::options());
    guests_by_age(&staste).kick([("age", 1)]).unwrap();
    let error = staste.flush().unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("kept changing"), "{error}");
    assert!(staste.health().pending_bytes > 0, "nothing is lost");
}

/// Refuses every batch as stale.
#[derive(Debug)]
struct AlwaysStale;

impl Interceptor for AlwaysStale {
    fn apply(&self, _: &Batch, _: &dyn Store) -> staste_core::Result<Applied> {
        Err(staste_core::Error::stale("guests"))
    }
}

/// The flush thread commits without a call, also after a failure.
fn point_05_flush_thread_retries_until_it_commits(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let options = RecorderOptions::default().flush_every(Some(Duration::from_millis(1)));
    let process = env.process_with(options, CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    // The first flush fails; the thread retries it, and that one is blocked until the test sees it.
    process.faults.schedule([Fault::Unavailable, Fault::Blocked]);
    metrica.kick([("age", 1)]).unwrap();
    process.faults.wait_until_blocked();
    assert_eq!(process.staste.health().failures, 1);
    process.faults.release();
    process.staste.close().unwrap();
    assert_eq!(process.staste.health().committed, 1);
    let elsewhere = Staste::with(env.open_store(), Clock::fixed(NOW), TestEnv::options());
    assert_eq!(guests_by_age(&elsewhere).total().unwrap(), 1);
}
