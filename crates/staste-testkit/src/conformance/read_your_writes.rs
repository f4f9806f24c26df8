//! Point 6: a process reads its own kicks; reads that come together share one flush.

use std::time::Duration;

use staste_core::{Axis, BoundPoint, Choice, Metrica, RecorderOptions, Scale, Staste};

use crate::layer::Verb;
use crate::{Factory, Fault, Lab, Limits, guests};

fn ages(staste: &Staste) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
}

/// Every form of question sees what was kicked before it.
pub fn point_06_fresh_every_question_sees_its_kicks(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
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
    assert_eq!(kick(), metrica.values().iterate_periods().unwrap()[0].1.unwrap().total.raw());
    let today = metrica.timespan(staste_core::Timespan::last(1, Scale::Day).unwrap());
    assert_eq!(kick(), today.series(Scale::Day).unwrap()[0].1.unwrap().total.raw());
    assert_eq!(kick(), today.series_by(Scale::Day, "age").unwrap().1[0].1[0].unwrap().total.raw());
    metrica.kick([("age", 19)]).unwrap();
    assert_eq!(metrica.choices("age").unwrap(), [Choice::value("18"), Choice::value("19")]);
    let bound = metrica.bind([("age", 20)]).unwrap();
    bound.kick().unwrap();
    bound.kick_with(5, staste_core::Moment::Now).unwrap();
    assert_eq!(metrica.filter([("age", 20)]).unwrap().total().unwrap(), 6);
}

/// While a thread flushes all the time, no question misses a kick that came before it.
pub fn point_06_fresh_while_a_thread_flushes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let options = RecorderOptions::default().flush_every(Some(Duration::from_nanos(1)));
    let process = lab.process_with(options, Limits::default());
    let metrica = ages(&process.staste);
    // Many lanes make the way from the shards to the Store longer.
    let lanes: Vec<BoundPoint> = (0..20_000).map(|age| metrica.bind([("age", age)]).unwrap()).collect();
    let mut kicked = 0;
    for round in 0..400 {
        lanes[round % lanes.len()].kick().unwrap();
        metrica.kick([("age", 1)]).unwrap();
        kicked += 2;
        assert_eq!(metrica.total().unwrap(), kicked);
    }
}

/// What waits has an age, in lanes and shards and after a flush that failed.
pub fn point_06_fresh_pending_age(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    let age = || process.staste.health().pending_age;
    metrica.define().unwrap();
    assert_eq!(age(), None);
    metrica.bind([("age", 1)]).unwrap().kick().unwrap();
    let bound = age().unwrap();
    assert_eq!(metrica.values().max_age(Duration::ZERO).total().unwrap(), 1);
    assert_eq!(age(), None);
    metrica.kick([("age", 1)]).unwrap();
    let kicked = age().unwrap();
    process.faults.next([Fault::Unavailable]);
    process.staste.flush().unwrap_err();
    assert!(age().unwrap() >= kicked, "a flush that failed makes nothing younger: {bound:?}");
}

/// Threads that kick and read at once each see their own, and the sum is right.
pub fn point_06_fresh_from_many_threads(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
    let metrica = ages(&staste);
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

/// Readers that wait for a stuck flush share the one after it.
pub fn point_06_fresh_readers_share_one_flush(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.faults.next([Fault::Held]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| metrica.total());
        process.faults.wait_until_held();
        metrica.kick([("age", 18)]).unwrap();
        let readers: Vec<_> = (0..6).map(|_| scope.spawn(|| metrica.total())).collect();
        process.faults.release();
        let seen = first.join().unwrap().unwrap().raw();
        assert!((1..=2).contains(&seen), "{seen}");
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap(), 2);
        }
    });
    assert_eq!(process.counts.of(Verb::Apply), 2);
}

/// Who would rather have older numbers than wait gets them from a Store that is stuck or down.
pub fn point_06_fresh_as_far_as_one_waits(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    // The thread flushes when it is asked to.
    let hour = Duration::from_secs(3600);
    let process = lab.process_with(Lab::options().flush_every(Some(hour)), Limits::default());
    let metrica = ages(&process.staste);
    metrica.define().unwrap();
    let old = metrica.values().max_age(Duration::MAX);
    metrica.kick([("age", 18)]).unwrap();
    assert_eq!(old.total().unwrap(), 0);
    assert!(process.staste.flush_within(hour));
    assert_eq!(old.total().unwrap(), 1);
    process.faults.next([Fault::Held]);
    metrica.kick([("age", 18)]).unwrap();
    assert!(!process.staste.flush_within(Duration::from_millis(1)));
    process.faults.wait_until_held();
    metrica.kick([("age", 18)]).unwrap();
    assert!(!process.staste.flush_within(Duration::from_millis(1)), "nor what waits behind it");
    process.faults.release();
    assert!(process.staste.flush_within(hour));
    assert_eq!(old.total().unwrap(), 3);
    process.faults.next([Fault::Unavailable]);
    metrica.kick([("age", 18)]).unwrap();
    assert!(!process.staste.flush_within(hour), "it failed");
    assert!(!process.staste.flush_within(hour), "and is not tried again by who cannot wait");
    assert_eq!(old.total().unwrap(), 3);
    process.staste.flush().unwrap();
    assert!(process.staste.flush_within(Duration::ZERO), "nothing waits");
    assert_eq!(old.total().unwrap(), 4);
}

/// With the Store down a read is an error, not an old number.
pub fn point_06_fresh_or_an_error(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.faults.next([Fault::Unavailable]);
    assert!(metrica.total().unwrap_err().is_unavailable());
    process.faults.down(true);
    assert!(metrica.total().unwrap_err().is_unavailable());
    assert!(metrica.choices("age").unwrap_err().is_unavailable());
    process.faults.down(false);
    assert_eq!(metrica.total().unwrap(), 1);
}

/// A reader may accept older numbers instead, and then does not wait for a flush.
pub fn point_06_fresh_unless_max_age_is_given(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.staste.flush().unwrap();
    metrica.kick([("age", 18)]).unwrap();
    let applied = process.counts.of(Verb::Apply);
    let page = metrica.values().max_age(Duration::from_secs(86_400));
    assert_eq!(page.total().unwrap(), 1);
    assert_eq!(process.counts.of(Verb::Apply), applied);
    // A broken flush is no reason to show nothing.
    process.faults.next([Fault::Unavailable]);
    assert!(process.staste.flush().is_err());
    assert_eq!(page.total().unwrap(), 1);
    assert_eq!(metrica.values().max_age(Duration::ZERO).total().unwrap(), 2);
}

/// A question makes one `read`, whatever its form.
pub fn point_06_fresh_with_one_read(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = guests(&process.staste).averaged().build().unwrap();
    metrica.kick([("gender", "girl"), ("age", "18")]).unwrap();
    metrica.total().unwrap();
    let today = metrica.timespan(staste_core::Timespan::last(1, Scale::Day).unwrap());
    let girls = today.filter([("gender", "girl")]).unwrap();
    let questions: [(&str, &dyn Fn()); 8] = [
        ("total", &|| _ = metrica.total().unwrap()),
        ("filtered", &|| _ = girls.read().unwrap()),
        ("by", &|| _ = girls.by("age").unwrap()),
        ("pivot", &|| _ = girls.pivot(&["age", "door"]).unwrap()),
        ("periods", &|| _ = girls.iterate_periods().unwrap()),
        ("series", &|| _ = girls.series(Scale::Minute).unwrap()),
        ("series by", &|| _ = girls.series_by(Scale::Hour, "age").unwrap()),
        ("top", &|| _ = girls.top("age", 3).unwrap()),
    ];
    for (name, question) in questions {
        process.counts.reset();
        question();
        assert_eq!(process.counts.of(Verb::Read), 1, "{name}");
        assert_eq!(process.counts.of(Verb::Define), 0, "{name}");
        assert_eq!(process.counts.of(Verb::Apply), 0, "{name}");
    }
}

/// Another process sees what was flushed.
pub fn point_06_fresh_for_other_processes_after_a_flush(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (one, other) = (lab.staste(), lab.staste());
    let (kicking, reading) = (ages(&one), ages(&other));
    for round in 1..4_u32 {
        kicking.kick([("age", round)]).unwrap();
        assert_eq!(reading.total().unwrap(), i128::from(round) - 1);
        one.flush().unwrap();
        assert_eq!(reading.total().unwrap(), i128::from(round));
    }
}
