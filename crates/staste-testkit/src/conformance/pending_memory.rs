//! Point 5: the memory for pending kicks is bounded; kicks wait for room only while the Store takes batches.

use std::time::Duration;

use staste_core::{Axis, Metrica, RecorderOptions};

use crate::guests::{guests_by_age, verify};
use crate::store_location::Factory;
use crate::test_env::TestEnv;
use crate::wrappers::{CapabilityLimits, Fault};

claims! { pending_memory:
    point_05_kick_waits_for_room_while_the_store_takes_batches,
    point_05_kick_is_dropped_after_its_wait_when_the_store_hangs,
    point_05_kick_never_waits_for_a_failing_store,
    point_05_busy_metrica_leaves_memory_for_the_others,
    point_05_pending_memory_is_bounded_during_an_outage,
    point_05_pending_memory_is_bounded_while_a_batch_is_in_doubt,
}

/// Returns options with a flush thread and memory for a few dozen points.
fn little_memory() -> RecorderOptions {
    RecorderOptions::default().flush_every(Some(Duration::from_millis(1))).pending_at_most(8192)
}

/// Kicks at this many ages, from 0 on.
fn kick_ages(metrica: &Metrica, ages: u32) {
    for age in 0..ages {
        metrica.kick([("age", age)]).unwrap();
    }
}

/// While the Store takes batches, a kick that finds the memory full waits for room, and none is dropped.
fn point_05_kick_waits_for_room_while_the_store_takes_batches(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process_with(little_memory(), CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 0)]).unwrap();
    process.faults.schedule([Fault::Blocked]);
    std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(|| kick_ages(&metrica, 3000)));
        // The Store has taken nothing so far, and the memory has room for only a few dozen points.
        process.faults.wait_until_blocked();
        process.faults.release();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    process.staste.close().unwrap();
    let health = process.staste.health();
    assert_eq!((health.dropped, health.committed), (0, 12_001));
    assert!(health.waited > 0);
    assert_eq!(metrica.values().count().unwrap(), 12_001);
    verify(&metrica);
}

/// If the Store hangs, one kick waits as long as the options say and later kicks do not; the dropped kicks are reported
/// once.
fn point_05_kick_is_dropped_after_its_wait_when_the_store_hangs(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let options = little_memory().wait_for_room(Some(Duration::from_millis(1)));
    let process = env.process_with(options, CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    process.faults.schedule([Fault::Blocked]);
    metrica.kick([("age", 0)]).unwrap();
    process.faults.wait_until_blocked();
    kick_ages(&metrica, 1000);
    let dropped = process.staste.health().dropped;
    assert!(dropped > 0 && dropped < 1000, "{dropped}");
    process.faults.release();
    let error = process.staste.flush().unwrap_err();
    assert!(error.is_dropped() && error.to_string().contains(&dropped.to_string()), "{error}");
    process.staste.flush().expect("dropped kicks are reported once");
    assert_eq!(metrica.values().count().unwrap(), 1001 - i128::from(dropped));
}

/// While the Store fails, kicks never wait: they merge or are dropped at once.
fn point_05_kick_never_waits_for_a_failing_store(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    // If a kick waited, the test would take a year.
    let options = little_memory().flush_every(None).wait_for_room(Some(Duration::from_secs(31_000_000)));
    let process = env.process_with(options, CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    process.faults.set_down(true);
    kick_ages(&metrica, 1000);
    let health = process.staste.health();
    assert!(health.dropped > 0 && health.waited <= 1, "{health:?}");
    process.faults.set_down(false);
    assert_eq!(metrica.values().count().unwrap(), 1000 - i128::from(health.dropped));
}

/// A Metrica with more kicks than the memory can hold leaves memory for the others.
fn point_05_busy_metrica_leaves_memory_for_the_others(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process_with(little_memory().wait_for_room(None), CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    let others: Vec<Metrica> = ["one", "two"]
        .map(|name| process.staste.metrica(name).axis("page", Axis::stored()).build().unwrap())
        .into();
    process.faults.schedule([Fault::Blocked]);
    metrica.kick([("age", 0)]).unwrap();
    process.faults.wait_until_blocked();
    kick_ages(&metrica, 1000);
    let dropped = process.staste.health().dropped;
    assert!(dropped > 0);
    for (metrica, pages) in others.iter().zip([4, 1]) {
        for page in 0..pages {
            metrica.kick([("page", page)]).unwrap();
        }
    }
    assert_eq!(process.staste.health().dropped, dropped, "the other metricas have room");
    process.faults.release();
    assert!(process.staste.flush().unwrap_err().is_dropped());
    assert_eq!(others[0].total().unwrap(), 4);
    assert_eq!(others[1].total().unwrap(), 1);
}

/// Pending memory is bounded: kicks at new points beyond it are dropped and counted, kicks at pending points still
/// merge.
fn point_05_pending_memory_is_bounded_during_an_outage(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let bound = 4096;
    let process = env.process_with(TestEnv::options().pending_at_most(bound), CapabilityLimits::default());
    process.faults.set_down(true);
    let metrica = guests_by_age(&process.staste);
    for round in 0..3 {
        for age in 0..1000 {
            metrica.kick([("age", age)]).unwrap();
        }
        // A failed flush frees nothing.
        assert!(process.staste.flush().is_err(), "{round}");
    }
    let health = process.staste.health();
    assert!(health.pending_bytes <= bound + 1200, "{} bytes", health.pending_bytes);
    assert!(health.dropped > 0);
    process.faults.set_down(false);
    assert_eq!(metrica.values().count().unwrap(), 3000 - i128::from(health.dropped));
    assert_eq!(metrica.filter([("age", 0)]).unwrap().count().unwrap(), 3, "kicks at a pending point merge");
    assert_eq!(process.staste.health().committed, 3000 - health.dropped);
}

/// Pending memory is bounded while a batch is in doubt, too.
fn point_05_pending_memory_is_bounded_while_a_batch_is_in_doubt(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let options = TestEnv::options().pending_at_most(4096).wait_for_room(None);
    let process = env.process_with(options, CapabilityLimits::default());
    let metrica = guests_by_age(&process.staste);
    process.faults.schedule([Fault::RequestLost; 10]);
    for round in 0..10 {
        for age in 0..200 {
            metrica.kick([("age", age)]).unwrap();
        }
        assert!(process.staste.flush().is_err(), "{round}");
        assert!(process.staste.health().pending_bytes <= 4096 + 1200);
    }
    let dropped = process.staste.health().dropped;
    assert_eq!(metrica.values().count().unwrap(), 2000 - i128::from(dropped));
    assert_eq!(process.staste.health().pending_bytes, 0);
}
