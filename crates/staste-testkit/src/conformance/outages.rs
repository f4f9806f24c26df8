//! Point 5: a kick never fails for the Store's sake, waits for it only while it takes batches, and memory is bounded.

use std::sync::Arc;
use std::time::Duration;

use staste_core::store::{Applied, Batch, Store};
use staste_core::{Axis, Clock, Metrica, Moment, RecorderOptions, Staste};

use crate::{Factory, Fault, Lab, Layer, Layered, Limits, guests, verify};

fn ages(staste: &Staste) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
}

/// While the Store is down kicks go on; when it is back everything is counted.
pub fn point_05_patient_while_the_store_is_down(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    process.faults.down(true);
    let metrica = ages(&process.staste);
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
    process.faults.down(false);
    assert_eq!(metrica.values().count().unwrap(), 300);
    let health = process.staste.health();
    assert_eq!((health.committed, health.failures, health.pending_bytes), (300, 0, 0));
    assert!(health.pending_age.is_none() && health.last_error.is_none());
    verify(&metrica);
}

/// While a flush is stuck in the Store, kicks return.
pub fn point_05_patient_while_a_flush_is_stuck(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick([("age", 1)]).unwrap();
    process.faults.next([Fault::Held]);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| process.staste.flush());
        process.faults.wait_until_held();
        for age in 0..1000 {
            metrica.kick([("age", age)]).unwrap();
        }
        process.faults.release();
        flush.join().unwrap().unwrap();
    });
    assert_eq!(metrica.total().unwrap(), 1001);
}

/// Options with a flushing thread and room for a few dozen points.
fn crowded() -> RecorderOptions {
    RecorderOptions::default().flush_every(Some(Duration::from_millis(1))).pending_at_most(8192)
}

/// Kicks so many ages from 0 up.
fn kick_ages(metrica: &Metrica, ages: u32) {
    for age in 0..ages {
        metrica.kick([("age", age)]).unwrap();
    }
}

/// While the Store takes batches, a kick that finds memory full waits for room, and none is dropped.
pub fn point_05_patient_kick_waits_for_room_of_a_store_that_takes_batches(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process_with(crowded(), Limits::default());
    let metrica = ages(&process.staste);
    metrica.kick([("age", 0)]).unwrap();
    process.faults.next([Fault::Held]);
    std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(|| kick_ages(&metrica, 3000)));
        // Nothing is taken until here, and a few dozen points have room.
        process.faults.wait_until_held();
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

/// A Store that hangs makes a kick wait as long as the options say, and no other after it; the drops are reported
/// once.
pub fn point_05_patient_kick_is_dropped_when_a_store_hangs(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let options = crowded().wait_for_room(Some(Duration::from_millis(1)));
    let process = lab.process_with(options, Limits::default());
    let metrica = ages(&process.staste);
    process.faults.next([Fault::Held]);
    metrica.kick([("age", 0)]).unwrap();
    process.faults.wait_until_held();
    kick_ages(&metrica, 1000);
    let dropped = process.staste.health().dropped;
    assert!(dropped > 0 && dropped < 1000, "{dropped}");
    process.faults.release();
    let error = process.staste.flush().unwrap_err();
    assert!(error.is_dropped() && error.to_string().contains(&dropped.to_string()), "{error}");
    process.staste.flush().expect("drops are reported once");
    assert_eq!(metrica.values().count().unwrap(), 1001 - i128::from(dropped));
}

/// While the Store fails, kicks never wait: they merge, or are dropped at once.
pub fn point_05_patient_kick_never_waits_for_a_store_that_fails(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    // Without the failure the test would end in a year.
    let options = crowded().flush_every(None).wait_for_room(Some(Duration::from_secs(31_000_000)));
    let process = lab.process_with(options, Limits::default());
    let metrica = ages(&process.staste);
    process.faults.down(true);
    kick_ages(&metrica, 1000);
    let health = process.staste.health();
    assert!(health.dropped > 0 && health.waited <= 1, "{health:?}");
    process.faults.down(false);
    assert_eq!(metrica.values().count().unwrap(), 1000 - i128::from(health.dropped));
}

/// A Metrica with more kicks than memory has room for leaves room for the others.
pub fn point_05_patient_metricas_have_fair_shares(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process_with(crowded().wait_for_room(None), Limits::default());
    let metrica = ages(&process.staste);
    let others: Vec<Metrica> = ["one", "two"]
        .map(|name| process.staste.metrica(name).axis("page", Axis::stored()).build().unwrap())
        .into();
    process.faults.next([Fault::Held]);
    metrica.kick([("age", 0)]).unwrap();
    process.faults.wait_until_held();
    kick_ages(&metrica, 1000);
    let dropped = process.staste.health().dropped;
    assert!(dropped > 0);
    for (metrica, pages) in others.iter().zip([4, 1]) {
        for page in 0..pages {
            metrica.kick([("page", page)]).unwrap();
        }
    }
    assert_eq!(process.staste.health().dropped, dropped, "live traffic has room");
    process.faults.release();
    assert!(process.staste.flush().unwrap_err().is_dropped());
    assert_eq!(others[0].total().unwrap(), 4);
    assert_eq!(others[1].total().unwrap(), 1);
}

/// While a flush is stuck in the Store, a question with a time limit fails in time, and loses nothing.
pub fn point_05_patient_no_longer_than_the_time_limit_of_a_question(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick([("age", 1)]).unwrap();
    process.faults.next([Fault::Held]);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| process.staste.flush());
        process.faults.wait_until_held();
        metrica.kick([("age", 2)]).unwrap();
        let view = metrica.values().timeout(Duration::from_millis(5));
        let error = view.total().unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("within 5ms"), "{error}");
        process.faults.release();
        flush.join().unwrap().unwrap();
    });
    assert_eq!(metrica.values().timeout(Duration::from_secs(600)).total().unwrap(), 2);
}

/// What waits in memory is bounded: new points past the bound are dropped and counted, known ones
/// still merge.
pub fn point_05_patient_within_bounded_memory(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let bound = 4096;
    let process = lab.process_with(Lab::options().pending_at_most(bound), Limits::default());
    process.faults.down(true);
    let metrica = ages(&process.staste);
    for round in 0..3 {
        for age in 0..1000 {
            metrica.kick([("age", age)]).unwrap();
        }
        // A flush that fails empties nothing.
        assert!(process.staste.flush().is_err(), "{round}");
    }
    let health = process.staste.health();
    assert!(health.pending_bytes <= bound + 1200, "{} bytes", health.pending_bytes);
    assert!(health.dropped > 0);
    process.faults.down(false);
    assert_eq!(metrica.values().count().unwrap(), 3000 - i128::from(health.dropped));
    assert_eq!(metrica.filter([("age", 0)]).unwrap().count().unwrap(), 3, "a known point merges");
    assert_eq!(process.staste.health().committed, 3000 - health.dropped);
}

/// A batch in doubt does not let memory grow past its bound either.
pub fn point_05_patient_bounded_while_in_doubt(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let options = Lab::options().pending_at_most(4096).wait_for_room(None);
    let process = lab.process_with(options, Limits::default());
    let metrica = ages(&process.staste);
    process.faults.next([Fault::RequestLost; 10]);
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

/// Wrong kicks are refused at once, with what was given and what is allowed; nothing of them counts.
pub fn point_05_patient_but_wrong_kicks_are_refused(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    process.faults.down(true);
    let metrica = guests(&process.staste).build().unwrap();
    let long = "x".repeat(1025);
    let path: &[&str] = &["a", "b"];
    let deep: &[&str] = &["a"; 17];
    let refused = |kick: staste_core::Result<()>, words: &[&str]| {
        let error = kick.unwrap_err();
        assert!(error.is_input(), "{error:?}");
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
    process.faults.down(false);
    assert_eq!(metrica.total().unwrap(), 0);
}

/// Kicks that the Store's definition refuses are told once by a flush; when the conflict is gone,
/// kicks count again after a while.
pub fn point_05_patient_refusals_are_told(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let elsewhere = lab.staste();
    elsewhere.metrica("guests").multiplier(10).build().unwrap().define().unwrap();
    let staste = lab.staste();
    let metrica = staste.metrica("guests").multiplier(100).build().unwrap();
    let others = staste.metrica("others").build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    metrica.kick(nowhere).unwrap();
    others.kick(nowhere).unwrap();
    assert!(staste.flush().unwrap_err().is_conflict());
    assert!(staste.flush().is_ok(), "told once");
    assert!(staste.health().last_refusal.unwrap().is_conflict());
    assert_eq!((staste.health().refused, staste.health().committed), (1, 1));
    assert!(metrica.kick(nowhere).unwrap_err().is_conflict());
    elsewhere.forget("guests").unwrap();
    assert!(metrica.kick(nowhere).is_err());
    lab.pass(30);
    metrica.kick(nowhere).unwrap();
    staste.close().unwrap();
    assert_eq!(metrica.total().unwrap().raw(), 100);
}

/// A Store that always says that the definition changed does not hold a flush for ever.
pub fn point_05_patient_with_a_fickle_store(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let fickle = Arc::new(Layered::new(Fickle, lab.open()));
    let staste = Staste::with(fickle, lab.clock.clone(), Lab::options());
    ages(&staste).kick([("age", 1)]).unwrap();
    let error = staste.flush().unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("kept changing"), "{error}");
    assert!(staste.health().pending_bytes > 0, "nothing is lost");
}

/// Refuses every batch as stale.
#[derive(Debug)]
struct Fickle;

impl Layer for Fickle {
    fn apply(&self, _: &Batch, _: &dyn Store) -> staste_core::Result<Applied> {
        Err(staste_core::Error::stale("guests"))
    }
}

/// The flushing thread commits by itself, and the last handle to go flushes what is left.
pub fn point_05_patient_the_thread_flushes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let options = RecorderOptions::default().flush_every(Some(Duration::from_millis(1)));
    let process = lab.process_with(options, Limits::default());
    let metrica = ages(&process.staste);
    // Fails once, is tried again without a call, and then held until it is seen.
    process.faults.next([Fault::Unavailable, Fault::Held]);
    metrica.kick([("age", 1)]).unwrap();
    process.faults.wait_until_held();
    assert_eq!(process.staste.health().failures, 1);
    process.faults.release();
    process.staste.close().unwrap();
    assert_eq!(process.staste.health().committed, 1);
    let elsewhere = Staste::with(lab.open(), Clock::fixed(crate::NOW), Lab::options());
    assert_eq!(ages(&elsewhere).total().unwrap(), 1);
}
