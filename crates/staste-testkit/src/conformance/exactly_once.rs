//! Point 4: a batch is counted once, however often it is sent.

use std::sync::Arc;

use staste_core::store::{Applied, Batch, Claim, Store};
use staste_core::{Axis, Moment, Value};

use crate::batch_cells::kicks_of;
use crate::guests::{guests_by_age, verify};
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::wrappers::Fault;

claims! { exactly_once:
    point_04_repeated_batch_is_a_duplicate,
    point_04_mark_is_kept_for_seven_days,
    point_04_claim_is_stored_with_its_batch_until_it_expires,
    point_04_claim_replaces_another_record_with_its_batch,
    point_04_claimed_bulk_import_counts_once,
    point_04_bulk_commit_in_doubt_is_resent_before_later_kicks,
    point_04_bulk_commit_in_doubt_is_resent_after_an_outage,
    point_04_bulk_commit_in_doubt_reports_a_claim_of_another_process,
    point_04_bulk_commit_to_a_forgotten_metrica_is_a_conflict,
    point_04_failed_bulk_commit_succeeds_when_retried,
    point_04_batch_in_doubt_is_resent_unchanged,
    point_04_stale_batch_is_rebuilt_with_the_new_definition,
    point_04_batch_too_long_in_doubt_is_given_up_and_reported,
    point_04_batch_that_certainly_failed_is_retried_forever,
}

const DAY: i64 = 86_400;

fn claim(key: &str, expires: Option<i64>) -> Claim {
    Claim::new(key, b"here").expiring(expires)
}

/// Returns a batch with one kick, as a process would send it.
fn batch(env: &TestEnv) -> (Batch, Arc<dyn Store>) {
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick([("age", 18)]).unwrap();
    process.staste.flush().unwrap();
    let batch = process.counts.batches().remove(0);
    (Batch { sequence: 7, writer: staste_core::store::Writer(99), ..batch }, env.open_store())
}

/// A batch with a sequence that its writer has used, or an earlier one, is a duplicate and changes nothing.
fn point_04_repeated_batch_is_a_duplicate(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (batch, store) = batch(&env);
    let metrica = guests_by_age(&env.staste());
    assert!(!store.apply(&batch).unwrap().duplicate);
    for sequence in [7, 3] {
        let repeat = Batch { sequence, ..batch.clone() };
        assert_eq!(store.apply(&repeat).unwrap(), Applied::DUPLICATE);
        assert_eq!(env.open_store().apply(&repeat).unwrap(), Applied::DUPLICATE, "on another handle");
    }
    assert_eq!(metrica.total().unwrap(), 2);
    assert!(!store.apply(&Batch { sequence: 8, ..batch.clone() }).unwrap().duplicate);
    let other = Batch { writer: staste_core::store::Writer(100), ..batch };
    assert!(!store.apply(&other).unwrap().duplicate);
    assert_eq!(metrica.total().unwrap(), 4);
}

/// A Store keeps a mark for at least seven days.
fn point_04_mark_is_kept_for_seven_days(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (batch, store) = batch(&env);
    store.apply(&batch).unwrap();
    let later =
        Batch { writer: staste_core::store::Writer(1), sequence: 1, now: NOW + 7 * DAY - 1, ..batch.clone() };
    store.apply(&later).unwrap();
    assert!(store.apply(&Batch { now: NOW + 7 * DAY - 1, ..batch }).unwrap().duplicate);
}

/// A claim is stored with its batch or not at all, and makes later batches duplicates until it expires.
fn point_04_claim_is_stored_with_its_batch_until_it_expires(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (batch, store) = batch(&env);
    let metrica = guests_by_age(&env.staste());
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
        "a refused batch stores no claim"
    );
    assert!(
        !store.apply(&with(11, NOW, std::slice::from_ref(&two))).unwrap().duplicate,
        "a refused batch leaves no mark"
    );
    assert!(
        !store.apply(&with(12, NOW + 60, &[one])).unwrap().duplicate,
        "an expired claim can be made again"
    );
    assert!(
        store.apply(&with(13, NOW + 400 * DAY, &[two])).unwrap().duplicate,
        "a claim without expiry is kept"
    );
    assert_eq!(metrica.total().unwrap(), 1 + 3);
    assert_eq!(env.open_store().records("import/guests/2").unwrap().len(), 1);
}

/// A claim deletes the record that it replaces if its batch is applied, and leaves all others.
fn point_04_claim_replaces_another_record_with_its_batch(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (batch, store) = batch(&env);
    let with = |sequence: u64, claims: &[Claim]| Batch { sequence, claims: claims.to_vec(), ..batch.clone() };
    let keys = || -> Vec<String> {
        env.open_store().records("import/guests/").unwrap().into_iter().map(|(key, _)| key).collect()
    };
    let (one, two) = (claim("import/guests/1", Some(NOW + 60)), claim("import/guests/2", None));
    assert!(!store.apply(&with(10, &[one.clone(), two.clone()])).unwrap().duplicate);
    let three = claim("import/guests/3", None).replacing(&one.key);
    assert!(store.apply(&with(11, &[three.clone(), two])).unwrap().duplicate);
    assert_eq!(keys(), ["import/guests/1", "import/guests/2"], "a refused batch deletes no record");
    assert!(!store.apply(&with(12, std::slice::from_ref(&three))).unwrap().duplicate);
    assert_eq!(keys(), ["import/guests/2", "import/guests/3"]);
    assert!(store.apply(&with(13, &[three])).unwrap().duplicate);
    let again = one.replacing("import/guests/missing");
    assert!(!store.apply(&with(14, &[again])).unwrap().duplicate, "a replaced claim can be made again");
    assert_eq!(keys(), ["import/guests/1", "import/guests/2", "import/guests/3"]);
}

/// The claim of an import is kept after its process ended, so that the import counts once.
fn point_04_claimed_bulk_import_counts_once(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    for round in 0..2 {
        let staste = env.staste();
        let mut bulk = guests_by_age(&staste).bulk().unwrap();
        for age in 0..5 {
            bulk.kick([("age", age)], Value::from(2), Moment::Instant(NOW)).unwrap();
        }
        let applied = bulk.commit(vec![claim("import/guests/a", None)]).unwrap();
        assert_eq!(applied.duplicate, round == 1);
        assert!(bulk.is_empty());
    }
    let metrica = guests_by_age(&env.staste());
    assert_eq!(metrica.total().unwrap(), 10);
    assert_eq!(metrica.values().count().unwrap(), 5);
}

/// A commit whose reply was lost is resent unchanged, before later kicks.
fn point_04_bulk_commit_in_doubt_is_resent_before_later_kicks(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::ReplyLost, Fault::RequestLost]);
    assert!(bulk.commit(Vec::new()).unwrap_err().is_in_doubt());
    bulk.kick([("age", 2)], Value::ONE, Moment::Instant(NOW)).unwrap();
    bulk.commit(Vec::new()).unwrap();
    assert_eq!(metrica.total().unwrap(), 2);
    let ages: Vec<i128> =
        metrica.values().iterate("age").unwrap().iter().map(|(_, total)| total.raw()).collect();
    assert_eq!(ages, [1, 1]);
}

/// The same holds if the resent commit fails as well.
fn point_04_bulk_commit_in_doubt_is_resent_after_an_outage(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::ReplyLost, Fault::Unavailable, Fault::Unavailable]);
    assert!(bulk.commit(Vec::new()).unwrap_err().is_in_doubt());
    assert!(bulk.commit(Vec::new()).unwrap_err().is_unavailable());
    bulk.commit(Vec::new()).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
}

/// A commit in doubt reports the claim of another process, and does not take it for its own.
fn point_04_bulk_commit_in_doubt_reports_a_claim_of_another_process(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::RequestLost, Fault::RequestLost]);
    assert!(bulk.commit(vec![claim("import/guests/a", None)]).unwrap_err().is_in_doubt());
    let elsewhere = env.staste();
    let mut other = guests_by_age(&elsewhere).bulk().unwrap();
    other.kick([("age", 2)], Value::from(5), Moment::Instant(NOW)).unwrap();
    other.commit(vec![claim("import/guests/a", None)]).unwrap();
    let applied = bulk.commit(vec![claim("import/guests/b", None)]).unwrap();
    assert!(applied.duplicate && applied.claimed);
    // The same holds if a commit resends its batch itself.
    let mut late = metrica.bulk().unwrap();
    late.kick([("age", 3)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.clear();
    process.faults.schedule([Fault::RequestLost]);
    assert!(late.commit(vec![claim("import/guests/a", None)]).unwrap().claimed);
    assert_eq!(metrica.total().unwrap(), 5);
}

/// Bulk kicks of a Metrica that was forgotten do not define it again.
fn point_04_bulk_commit_to_a_forgotten_metrica_is_a_conflict(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (staste, elsewhere) = (env.staste(), env.staste());
    let mut bulk = guests_by_age(&staste).bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    bulk.commit(vec![claim("import/guests/a", None)]).unwrap();
    for redefined in [false, true] {
        elsewhere.forget("guests").unwrap();
        if redefined {
            guests_by_age(&elsewhere).define().unwrap();
        }
        bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
        let error = bulk.commit(vec![claim("import/guests/b", None)]).unwrap_err();
        assert!(error.is_conflict() && error.to_string().contains("forgotten"), "{error}");
        assert_eq!(elsewhere.definitions().unwrap().len(), usize::from(redefined));
        if !redefined {
            guests_by_age(&elsewhere).define().unwrap();
        }
    }
    assert_eq!(guests_by_age(&elsewhere).total().unwrap(), 0);
}

/// A commit that failed before anything was applied succeeds when it is retried.
fn point_04_failed_bulk_commit_succeeds_when_retried(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    let mut bulk = metrica.bulk().unwrap();
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::Unavailable]);
    assert!(bulk.commit(vec![claim("c", None)]).unwrap_err().is_unavailable());
    assert!(!bulk.is_empty());
    assert!(!bulk.commit(vec![claim("c", None)]).unwrap().duplicate);
    bulk.kick([("age", 1)], Value::ONE, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::ReplyLost]);
    assert!(
        !bulk.commit(vec![claim("d", None)]).unwrap().duplicate,
        "the resent batch was applied the first time"
    );
    assert_eq!(metrica.total().unwrap(), 2);
}

/// A batch in doubt is resent unchanged; later kicks wait for it and never join it.
fn point_04_batch_in_doubt_is_resent_unchanged(factory: Factory<'_>) {
    for fault in [Fault::ReplyLost, Fault::RequestLost, Fault::Unavailable] {
        let env = TestEnv::new(factory);
        let process = env.process();
        let metrica = guests_by_age(&process.staste);
        metrica.kick([("age", 18)]).unwrap();
        process.faults.schedule([fault, fault]);
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

/// If the definition has changed, the batch is rebuilt with the new one.
fn point_04_stale_batch_is_rebuilt_with_the_new_definition(factory: Factory<'_>) {
    for fault in [Fault::None, Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost] {
        let env = TestEnv::new(factory);
        let process = env.process();
        let metrica = guests_by_age(&process.staste);
        metrica.define().unwrap();
        metrica.kick([("age", 18)]).unwrap();
        process.faults.schedule([fault]);
        let _ = process.staste.flush();
        let elsewhere = env.staste();
        let wider = elsewhere.metrica("guests").axis("age", Axis::stored().cap(99)).averaged();
        // Another cap already changes the definition; add an axis too where the Store can.
        if env.open_store().capabilities().new_axes {
            let wider = wider.axis("city", Axis::stored()).build().unwrap();
            wider.kick([("city", "Riga"), ("age", "19")]).unwrap();
        } else {
            wider.build().unwrap().kick([("age", "19")]).unwrap();
        }
        elsewhere.flush().unwrap();
        let wider = elsewhere.stored_metrica("guests").unwrap();
        assert_eq!(wider.define().unwrap().version, 2);
        metrica.kick([("age", 18)]).unwrap();
        process.staste.flush().unwrap_or_else(|error| panic!("after {fault:?}: {error:?}"));
        assert_eq!(wider.total().unwrap(), 3, "{fault:?}");
        assert_eq!(wider.filter([("age", 18)]).unwrap().total().unwrap(), 2, "{fault:?}");
        assert_eq!(metrica.total().unwrap(), 3, "{fault:?}");
        verify(&wider);
    }
}

/// A batch that is in doubt for more than half the lifetime of a mark is reported and not sent again.
fn point_04_batch_too_long_in_doubt_is_given_up_and_reported(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick_with([("age", 18)], 1, Moment::Instant(NOW)).unwrap();
    metrica.kick_with([("age", 19)], 1, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::RequestLost, Fault::RequestLost]);
    assert!(process.staste.flush().is_err());
    env.advance(7 * DAY / 2);
    assert!(process.staste.flush().is_err(), "it is still resent");
    env.advance(1);
    let before = process.counts.batches().len();
    metrica.kick_with([("age", 20)], 1, Moment::Instant(NOW)).unwrap();
    process.staste.flush().unwrap();
    assert_eq!(process.staste.health().in_doubt, 2);
    assert_eq!(process.counts.batches().len(), before + 1);
    assert_eq!(metrica.total().unwrap(), 1);
}

/// A batch that certainly failed is retried however long it takes.
fn point_04_batch_that_certainly_failed_is_retried_forever(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let process = env.process();
    let metrica = guests_by_age(&process.staste);
    metrica.kick_with([("age", 18)], 1, Moment::Instant(NOW)).unwrap();
    process.faults.schedule([Fault::Unavailable]);
    assert!(process.staste.flush().is_err());
    env.advance(30 * DAY);
    assert_eq!(metrica.total().unwrap(), 1);
    assert_eq!(process.staste.health().in_doubt, 0);
}
