//! Point 4: a batch counts once, however often it is sent.

use std::sync::Arc;

use staste_core::store::{Applied, Batch, Claim, Store};
use staste_core::{Axis, Metrica, Moment, Staste, Value};

use crate::{Factory, Fault, Lab, NOW, kicks_of, verify};

const DAY: i64 = 86_400;

fn ages(staste: &Staste) -> Metrica {
    staste.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap()
}

fn claim(key: &str, expires: Option<i64>) -> Claim {
    Claim { key: key.to_owned(), value: b"here".to_vec(), expires }
}

/// A batch with one kick, as a process would send it.
fn batch(lab: &Lab) -> (Batch, Arc<dyn Store>) {
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.staste.flush().unwrap();
    let batch = process.counts.batches().remove(0);
    (Batch { sequence: 7, writer: staste_core::store::Writer(99), ..batch }, lab.open())
}

/// The same writer and sequence again is a duplicate and changes nothing; an earlier sequence too.
pub fn point_04_once_a_repeat_is_a_duplicate(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (batch, store) = batch(&lab);
    let metrica = ages(&lab.staste());
    assert!(!store.apply(&batch).unwrap().duplicate);
    for sequence in [7, 3] {
        let repeat = Batch { sequence, ..batch.clone() };
        assert_eq!(store.apply(&repeat).unwrap(), Applied::DUPLICATE);
        assert_eq!(lab.open().apply(&repeat).unwrap(), Applied::DUPLICATE, "by another handle");
    }
    assert_eq!(metrica.total().unwrap(), 2);
    assert!(!store.apply(&Batch { sequence: 8, ..batch.clone() }).unwrap().duplicate);
    let other = Batch { writer: staste_core::store::Writer(100), ..batch };
    assert!(!store.apply(&other).unwrap().duplicate);
    assert_eq!(metrica.total().unwrap(), 4);
}

/// Marks live for a week, not shorter.
pub fn point_04_once_marks_live_seven_days(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (batch, store) = batch(&lab);
    store.apply(&batch).unwrap();
    let later =
        Batch { writer: staste_core::store::Writer(1), sequence: 1, now: NOW + 7 * DAY - 1, ..batch.clone() };
    store.apply(&later).unwrap();
    assert!(store.apply(&Batch { now: NOW + 7 * DAY - 1, ..batch }).unwrap().duplicate);
}

/// Claims are made with the batch or not at all, and refuse a second batch until they expire.
pub fn point_04_once_claims(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (batch, store) = batch(&lab);
    let metrica = ages(&lab.staste());
    let with = |sequence: u64, now: i64, claims: &[Claim]| Batch {
        sequence,
        now,
        claims: claims.to_vec(),
        ..batch.clone()
    };
    let one = claim("import/guests/1", Some(NOW + 60));
    let two = claim("import/guests/2", None);
    assert!(!store.apply(&with(10, NOW, std::slice::from_ref(&one))).unwrap().duplicate);
    assert!(store.apply(&with(11, NOW, &[two.clone(), one.clone()])).unwrap().duplicate);
    let keys = |store: &dyn Store| store.records("import/guests/").unwrap();
    assert_eq!(
        keys(store.as_ref()),
        [("import/guests/1".to_owned(), b"here".to_vec())],
        "a refused batch claims nothing"
    );
    assert!(
        !store.apply(&with(11, NOW, std::slice::from_ref(&two))).unwrap().duplicate,
        "a refused batch leaves no mark"
    );
    assert!(!store.apply(&with(12, NOW + 60, &[one])).unwrap().duplicate, "an expired claim is free");
    assert!(
        store.apply(&with(13, NOW + 400 * DAY, &[two])).unwrap().duplicate,
        "one without expiry never is"
    );
    assert_eq!(metrica.total().unwrap(), 1 + 3);
    assert_eq!(lab.open().records("import/guests/2").unwrap().len(), 1);
}

/// An import's claim survives its process, and counts its kicks once.
pub fn point_04_once_bulk_claims(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    for round in 0..2 {
        let staste = lab.staste();
        let mut bulk = ages(&staste).bulk().unwrap();
        for age in 0..5 {
            bulk.kick([("age", age)], Value::from(2), Moment::Instant(NOW)).unwrap();
        }
        let applied = bulk.commit(vec![claim("import/guests/a", None)]).unwrap();
        assert_eq!(applied.duplicate, round == 1);
        assert!(bulk.is_empty());
    }
    let metrica = ages(&lab.staste());
    assert_eq!(metrica.total().unwrap(), 10);
    assert_eq!(metrica.values().count().unwrap(), 5);
}

/// A commit whose replies got lost is sent again as it was, before what was gathered since.
pub fn point_04_once_bulk_in_doubt(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::ReplyLost, Fault::RequestLost]);
    assert!(bulk.commit(Vec::new()).unwrap_err().is_in_doubt());
    bulk.kick([("age", 2)], Value::ONE, Moment::Instant(NOW)).unwrap();
    bulk.commit(Vec::new()).unwrap();
    assert_eq!(metrica.total().unwrap(), 2);
    let ages: Vec<i128> =
        metrica.values().iterate("age").unwrap().iter().map(|(_, total)| total.raw()).collect();
    assert_eq!(ages, [1, 1]);
}

/// The same when the repeat did not get through either.
pub fn point_04_once_bulk_in_doubt_and_down(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::ReplyLost, Fault::Unavailable, Fault::Unavailable]);
    assert!(bulk.commit(Vec::new()).unwrap_err().is_in_doubt());
    assert!(bulk.commit(Vec::new()).unwrap_err().is_unavailable());
    bulk.commit(Vec::new()).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
}

/// A commit in doubt does not take somebody else's claim for its own success.
pub fn point_04_once_bulk_in_doubt_and_claimed(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::RequestLost, Fault::RequestLost]);
    assert!(bulk.commit(vec![claim("import/guests/a", None)]).unwrap_err().is_in_doubt());
    let elsewhere = lab.staste();
    let mut other = ages(&elsewhere).bulk().unwrap();
    other.kick([("age", 2)], Value::from(5), Moment::Instant(NOW)).unwrap();
    other.commit(vec![claim("import/guests/a", None)]).unwrap();
    let applied = bulk.commit(vec![claim("import/guests/b", None)]).unwrap();
    assert!(applied.duplicate && applied.claimed);
    // The same when the claim is met by the repeat within a commit.
    let mut late = metrica.bulk().unwrap();
    late.kick([("age", 3)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.clear();
    process.faults.next([Fault::RequestLost]);
    assert!(late.commit(vec![claim("import/guests/a", None)]).unwrap().claimed);
    assert_eq!(metrica.total().unwrap(), 5);
}

/// Kicks gathered for a Metrica that was forgotten meanwhile do not make it anew.
pub fn point_04_once_bulk_of_a_forgotten_metrica(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (staste, elsewhere) = (lab.staste(), lab.staste());
    let mut bulk = ages(&staste).bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    bulk.commit(vec![claim("import/guests/a", None)]).unwrap();
    for anew in [false, true] {
        elsewhere.forget("guests").unwrap();
        if anew {
            ages(&elsewhere).define().unwrap();
        }
        bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
        let error = bulk.commit(vec![claim("import/guests/b", None)]).unwrap_err();
        assert!(error.is_conflict() && error.to_string().contains("forgotten"), "{error}");
        assert_eq!(elsewhere.definitions().unwrap().len(), usize::from(anew));
        if !anew {
            ages(&elsewhere).define().unwrap();
        }
    }
    assert_eq!(ages(&elsewhere).total().unwrap(), 0);
}

/// A commit that failed before it was done is done by the next.
pub fn point_04_once_bulk_retries(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::Unavailable]);
    assert!(bulk.commit(vec![claim("c", None)]).unwrap_err().is_unavailable());
    assert!(!bulk.is_empty());
    assert!(!bulk.commit(vec![claim("c", None)]).unwrap().duplicate);
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::ReplyLost]);
    assert!(
        !bulk.commit(vec![claim("d", None)]).unwrap().duplicate,
        "the repeat knows that it was the first"
    );
    assert_eq!(metrica.total().unwrap(), 2);
}

/// A batch whose reply got lost is sent again as it was; later kicks wait for it and never join it.
pub fn point_04_once_a_batch_in_doubt_is_frozen(factory: Factory<'_>) {
    for fault in [Fault::ReplyLost, Fault::RequestLost, Fault::Unavailable] {
        let lab = Lab::new(factory);
        let process = lab.process();
        let metrica = ages(&process.staste);
        metrica.kick([("age", 18)]).unwrap();
        process.faults.next([fault, fault]);
        assert!(process.staste.flush().is_err());
        metrica.kick([("age", 18)]).unwrap();
        assert!(process.staste.flush().is_err());
        metrica.kick([("age", 18)]).unwrap();
        process.staste.flush().unwrap();
        let seen = process.counts.batches();
        let (last, first) = (&seen[seen.len() - 1], &seen[seen.len() - 2]);
        assert_eq!((kicks_of(first), kicks_of(last)), (1, 2), "{fault:?}");
        assert!(first.sequence < last.sequence);
        assert!(
            seen.iter()
                .take(seen.len() - 1)
                .all(|batch| batch.sequence == first.sequence && kicks_of(batch) == 1)
        );
        assert_eq!(metrica.total().unwrap(), 3, "{fault:?}");
        assert_eq!(process.staste.health().committed, 3);
        assert_eq!(process.staste.health().pending_bytes, 0);
        verify(&metrica);
    }
}

/// When the definition changed in between, the batch is made again by the new one.
pub fn point_04_once_a_stale_batch_is_made_again(factory: Factory<'_>) {
    for fault in [Fault::None, Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost] {
        let lab = Lab::new(factory);
        let process = lab.process();
        let metrica = ages(&process.staste);
        metrica.define().unwrap();
        metrica.kick([("age", 18)]).unwrap();
        process.faults.next([fault]);
        let _ = process.staste.flush();
        let elsewhere = lab.staste();
        let wider = elsewhere.metrica("guests").axis("age", Axis::stored().cap(99)).averaged();
        // Another cap is another definition; where there can be a new axis, there is one.
        if lab.open().capabilities().new_axes {
            let wider = wider.axis("city", Axis::stored()).build().unwrap();
            wider.kick([("city", "Riga"), ("age", "19")]).unwrap();
        } else {
            wider.build().unwrap().kick([("age", "19")]).unwrap();
        }
        elsewhere.flush().unwrap();
        let wider = elsewhere.known("guests").unwrap();
        assert_eq!(wider.define().unwrap().version, 2);
        metrica.kick([("age", 18)]).unwrap();
        process.staste.flush().unwrap_or_else(|error| panic!("after {fault:?}: {error:?}"));
        assert_eq!(wider.total().unwrap(), 3, "{fault:?}");
        assert_eq!(wider.filter([("age", 18)]).unwrap().total().unwrap(), 2, "{fault:?}");
        assert_eq!(metrica.total().unwrap(), 3, "{fault:?}");
        verify(&wider);
    }
}

/// A batch that stayed in doubt for more than half a mark's life is reported and not sent again.
pub fn point_04_once_a_batch_too_long_in_doubt_is_reported(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick_with([("age", 18)], 1, Moment::Instant(NOW)).unwrap();
    metrica.kick_with([("age", 19)], 1, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::RequestLost, Fault::RequestLost]);
    assert!(process.staste.flush().is_err());
    lab.pass(7 * DAY / 2);
    assert!(process.staste.flush().is_err(), "until then it is sent again");
    lab.pass(1);
    let before = process.counts.batches().len();
    metrica.kick_with([("age", 20)], 1, Moment::Instant(NOW)).unwrap();
    process.staste.flush().unwrap();
    assert_eq!(process.staste.health().in_doubt, 2);
    assert_eq!(process.counts.batches().len(), before + 1);
    assert_eq!(metrica.total().unwrap(), 1);
}

/// A batch that failed for certain is kept for as long as it takes.
pub fn point_04_once_a_certain_failure_is_retried_for_ever(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let process = lab.process();
    let metrica = ages(&process.staste);
    metrica.kick_with([("age", 18)], 1, Moment::Instant(NOW)).unwrap();
    process.faults.next([Fault::Unavailable]);
    assert!(process.staste.flush().is_err());
    lab.pass(30 * DAY);
    assert_eq!(metrica.total().unwrap(), 1);
    assert_eq!(process.staste.health().in_doubt, 0);
}
