//! Point 6: a process reads its own kicks, and concurrent queries share one flush.

use std::time::Duration;

use staste_core::{BoundPoint, Choice, RecorderOptions, Scale};

use crate::guests::{guests, guests_by_age};
use crate::store_location::Factory;
use crate::test_env::TestEnv;
use crate::wrappers::{CapabilityLimits, Fault, Operation};

claims! { read_your_writes:
    point_06_every_query_sees_earlier_kicks_of_its_process,
    point_06_query_during_background_flushes_misses_no_kick,
    point_06_pending_age_is_that_of_the_oldest_pending_kick,
    point_06_each_thread_reads_its_own_kicks,
    point_06_concurrent_readers_share_one_flush,
    point_06_flush_within_gives_up_in_time_and_older_numbers_can_be_read,
    point_06_query_during_an_outage_is_an_error,
    point_06_query_with_max_age_does_not_flush,
    point_06_every_query_reads_the_store_once,
    point_06_other_processes_see_kicks_after_a_flush,
}

/// Every form of query sees the kicks before it.
fn point_06_every_query_sees_earlier_kicks_of_its_process(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    let mut kicked = 0;
    let mut kick = || {
        metrica.kick([("age", 18)]).unwrap();
        kicked += 1;
        kicked
    };
    assert_eq!(kick(), metrica.total().unwrap().raw());
    assert_eq!(kick(), metrica.values().count().unwrap());
    assert_eq!(kick(), metrica.values().by("age").unwrap()[0].1.total.raw());
    assert_eq!(kick(), metrica.values().pivot(&["age"]).unwrap()[0].1.total.raw());
    assert_eq!(kick(), metrica.values().iterate_periods().unwrap()[0].1.as_ref().unwrap().total.raw());
    let today = metrica.timespan(staste_core::Timespan::last(1, Scale::Day).unwrap());
    assert_eq!(kick(), today.series(Scale::Day).unwrap()[0].1.as_ref().unwrap().total.raw());
    assert_eq!(kick(), today.series_by(Scale::Day, "age").unwrap().1[0].1[0].as_ref().unwrap().total.raw());
    metrica.kick([("age", 19)]).unwrap();
    assert_eq!(metrica.choices("age").unwrap(), [Choice::value("18"), Choice::value("19")]);
    let bound = metrica.bind([("age", 20)]).unwrap();
    bound.kick().unwrap();
    bound.kick_with(5, staste_core::Moment::Now).unwrap();
    assert_eq!(metrica.filter([("age", 20)]).unwrap().total().unwrap(), 6);
}

/// While the flush thread flushes all the time, no query misses an earlier kick.
fn point_06_query_during_background_flushes_misses_no_kick(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let options = RecorderOptions::default().flush_every(Some(Duration::from_nanos(1)));
    let process = env.process_with(options, CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    // Many bound points make a flush slower.
    let bound_points: Vec<BoundPoint> =
        (0..20_000).map(|age| metrica.bind([("age", age)]).unwrap()).collect();
    let mut kicked = 0;
    for round in 0..400 {
        bound_points[round % bound_points.len()].kick().unwrap();
        metrica.kick([("age", 1)]).unwrap();
        kicked += 2;
        assert_eq!(metrica.total().unwrap(), kicked);
    }
}

/// Pending kicks have an age, also those of bound points and after a failed flush.
fn point_06_pending_age_is_that_of_the_oldest_pending_kick(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    let age = || process.staste.health().pending_age;
    metrica.define().unwrap();
    assert_eq!(age(), None);
    metrica.bind([("age", 1)]).unwrap().kick().unwrap();
    let bound = age().unwrap();
    assert_eq!(metrica.values().max_age(Duration::ZERO).total().unwrap(), 1);
    assert_eq!(age(), None);
    metrica.kick([("age", 1)]).unwrap();
    let kicked = age().unwrap();
    process.faults.schedule([Fault::Unavailable]);
    process.staste.flush().unwrap_err();
    assert!(age().unwrap() >= kicked, "a failed flush does not reset the age: {bound:?}");
}

/// Threads that kick and query at the same time each see their own kicks, and the total is right.
fn point_06_each_thread_reads_its_own_kicks(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let metrica = guests_by_age(&staste);
    std::thread::scope(|scope| {
        for age in 0..4 {
            let metrica = &metrica;
            scope.spawn(move || {
                let bound = metrica.bind([("age", age)]).unwrap();
                for round in 1..=25_i128 {
                    metrica.kick([("age", age)]).unwrap();
                    bound.kick().unwrap();
                    assert_eq!(metrica.filter([("age", age)]).unwrap().total().unwrap(), round * 2);
                }
            });
        }
    });
    assert_eq!(metrica.total().unwrap(), 200);
    assert_eq!(staste.health().committed, 200);
}

/// Readers that wait for a blocked flush share the flush after it.
fn point_06_concurrent_readers_share_one_flush(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.faults.schedule([Fault::Blocked]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| metrica.total());
        process.faults.wait_until_blocked();
        metrica.kick([("age", 18)]).unwrap();
        let readers: Vec<_> = (0..6).map(|_| scope.spawn(|| metrica.total())).collect();
        process.faults.release();
        let seen = first.join().unwrap().unwrap().raw();
        assert!((1..=2).contains(&seen), "{seen}");
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap(), 2);
        }
    });
    assert_eq!(process.counts.of(Operation::Apply), 2);
}

/// `flush_within` returns in time while a flush is blocked or fails, and a query with `max_age` returns older numbers.
fn point_06_flush_within_gives_up_in_time_and_older_numbers_can_be_read(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    // The thread flushes on request only.
    let hour = Duration::from_secs(3600);
    let process = env.process_with(TestEnv::options().flush_every(Some(hour)), CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    metrica.define().unwrap();
    let old = metrica.values().max_age(Duration::MAX);
    metrica.kick([("age", 18)]).unwrap();
    assert_eq!(old.total().unwrap(), 0);
    assert!(process.staste.flush_within(hour));
    assert_eq!(old.total().unwrap(), 1);
    process.faults.schedule([Fault::Blocked]);
    metrica.kick([("age", 18)]).unwrap();
    assert!(!process.staste.flush_within(Duration::from_millis(1)));
    process.faults.wait_until_blocked();
    metrica.kick([("age", 18)]).unwrap();
    assert!(!process.staste.flush_within(Duration::from_millis(1)), "neither do the kicks behind it");
    process.faults.release();
    assert!(process.staste.flush_within(hour));
    assert_eq!(old.total().unwrap(), 3);
    process.faults.schedule([Fault::Unavailable]);
    metrica.kick([("age", 18)]).unwrap();
    assert!(!process.staste.flush_within(hour), "the flush failed");
    assert!(!process.staste.flush_within(hour), "and a caller that cannot wait does not retry it");
    assert_eq!(old.total().unwrap(), 3);
    process.staste.flush().unwrap();
    assert!(process.staste.flush_within(Duration::ZERO), "nothing is pending");
    assert_eq!(old.total().unwrap(), 4);
}

/// While the Store is down, a query is an error and not an old number.
fn point_06_query_during_an_outage_is_an_error(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.faults.schedule([Fault::Unavailable]);
    assert!(metrica.total().unwrap_err().is_unavailable());
    process.faults.set_down(true);
    assert!(metrica.total().unwrap_err().is_unavailable());
    assert!(metrica.choices("age").unwrap_err().is_unavailable());
    process.faults.set_down(false);
    assert_eq!(metrica.total().unwrap(), 1);
}

/// A query with `max_age` may return older numbers, and then does not flush.
fn point_06_query_with_max_age_does_not_flush(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.staste.flush().unwrap();
    metrica.kick([("age", 18)]).unwrap();
    let applied = process.counts.of(Operation::Apply);
    let page = metrica.values().max_age(Duration::from_secs(86_400));
    assert_eq!(page.total().unwrap(), 1);
    assert_eq!(process.counts.of(Operation::Apply), applied);
    // After a failed flush it still returns numbers.
    process.faults.schedule([Fault::Unavailable]);
    assert!(process.staste.flush().is_err());
    assert_eq!(page.total().unwrap(), 1);
    assert_eq!(metrica.values().max_age(Duration::ZERO).total().unwrap(), 2);
}

/// Every form of query makes one call of `read`.
fn point_06_every_query_reads_the_store_once(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests(&process.staste).averaged().build().unwrap();
    metrica.kick([("gender", "girl"), ("age", "18")]).unwrap();
    metrica.total().unwrap();
    let today = metrica.timespan(staste_core::Timespan::last(1, Scale::Day).unwrap());
    let girls = today.filter([("gender", "girl")]).unwrap();
    let queries: [(&str, &dyn Fn()); 8] = [
        ("total", &|| _ = metrica.total().unwrap()),
        ("filtered", &|| _ = girls.read().unwrap()),
        ("by", &|| _ = girls.by("age").unwrap()),
        ("pivot", &|| _ = girls.pivot(&["age", "door"]).unwrap()),
        ("periods", &|| _ = girls.iterate_periods().unwrap()),
        ("series", &|| _ = girls.series(Scale::Minute).unwrap()),
        ("series by", &|| _ = girls.series_by(Scale::Hour, "age").unwrap()),
        ("top", &|| _ = girls.top("age", 3).unwrap()),
    ];
    for (name, query) in queries {
        process.counts.reset();
        query();
        assert_eq!(process.counts.of(Operation::Read), 1, "{name}");
        assert_eq!(process.counts.of(Operation::Define), 0, "{name}");
        assert_eq!(process.counts.of(Operation::Apply), 0, "{name}");
    }
}

/// Another process sees kicks once they are flushed.
fn point_06_other_processes_see_kicks_after_a_flush(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (one, other) = (env.staste(), env.staste());
    let (kicking, reading) = (guests_by_age(&one), guests_by_age(&other));
    for round in 1..4_u32 {
        kicking.kick([("age", round)]).unwrap();
        assert_eq!(reading.total().unwrap(), i128::from(round) - 1);
        one.flush().unwrap();
        assert_eq!(reading.total().unwrap(), i128::from(round));
    }
}
