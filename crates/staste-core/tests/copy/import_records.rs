//! The records of imports and of copies, dry runs, and the number of reads of a copy.

use staste_core::store::Claim;
use staste_core::{Moment, Value};
use staste_testkit::Operation;

use crate::two_stores::{TwoStores, keep_going};

#[test]
fn import_continues_in_the_copy() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    let claim = |key: &str| vec![Claim::new(format!("import/guests/{key}"), [7])];
    let import = |metrica: &staste_core::Metrica, key: &str| {
        let mut bulk = metrica.bulk().unwrap();
        bulk.kick([("age", 1)], Value::ONE, Moment::Now).unwrap();
        bulk.commit(claim(key)).unwrap()
    };
    import(&guests, "one");
    stores.old.open_store().put_record("import/others/1", Some(&[1])).unwrap();
    assert_eq!(stores.copy("guests").unwrap().records, 1);
    import(&guests, "two");
    assert_eq!(stores.copy("guests").unwrap().records, 1);
    let there = stores.new.staste().stored_metrica("guests").unwrap();
    assert!(import(&there, "one").claimed && import(&there, "two").claimed);
    assert!(!import(&there, "three").claimed);
    assert_eq!(there.count().unwrap(), 3);
    assert!(stores.new.open_store().records("import/others/").unwrap().is_empty());
}

#[test]
fn records_of_a_copy_expire_and_are_not_copied() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    for age in 0..40 {
        guests.kick([("age", age)]).unwrap();
    }
    let to = stores.target();
    guests.copy_to(&to.staste).run(&mut keep_going).unwrap();
    let numbers = || stores.new.open_store().records("import/guests/copied/").unwrap().len();
    assert!(numbers() > 2);
    // After the claims have expired.
    stores.new.advance(240 * 86_400);
    guests.kick([("age", 1)]).unwrap();
    guests.copy_to(&to.staste).run(&mut keep_going).unwrap();
    guests.copy_to(&to.staste).run(&mut keep_going).unwrap();
    assert_eq!(numbers(), 2, "the last of each copy");
    let third = TwoStores::new();
    to.staste.stored_metrica("guests").unwrap().copy_to(&third.new.staste()).run(&mut keep_going).unwrap();
    to.staste.stored_metrica("guests").unwrap().copy_to(&third.new.staste()).run(&mut keep_going).unwrap();
    assert_eq!(third.new.staste().stored_metrica("guests").unwrap().count().unwrap(), 41);
}

#[test]
fn dry_run_writes_nothing() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    for age in [1, 1, 2] {
        guests.kick([("age", age)]).unwrap();
    }
    let to = stores.target();
    let planned = guests.copy_to(&to.staste).dry_run(&mut keep_going).unwrap();
    assert_eq!((planned.count, planned.points, planned.is_new), (Some(3), 2, true));
    assert!(to.counts.batches().is_empty() && stores.new.staste().definitions().unwrap().is_empty());
    let copied = guests.copy_to(&to.staste).run(&mut keep_going).unwrap();
    assert_eq!((copied.count, copied.points), (planned.count, planned.points));
    guests.kick([("age", 3)]).unwrap();
    to.counts.reset();
    let planned = guests.copy_to(&to.staste).dry_run(&mut keep_going).unwrap();
    assert_eq!((planned.count, planned.points, planned.is_new), (Some(1), 1, false));
    assert_eq!(to.counts.of(Operation::Apply), 0);
}

#[test]
fn copy_reads_many_buckets_at_once() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    for minute in 0..600 {
        guests.kick_with([("age", 1)], 1, Moment::Instant(staste_testkit::NOW - 60 * minute)).unwrap();
    }
    let to = stores.new.process();
    to.counts.reset();
    guests.copy_to(&to.staste).run(&mut keep_going).unwrap();
    // The verification alone makes some reads per bucket.
    let verifying = stores.new.process();
    verifying.staste.stored_metrica("guests").unwrap().verify(&mut |_| ()).unwrap();
    let reads = to.counts.of(Operation::Read) - verifying.counts.of(Operation::Read);
    assert!(reads < 120, "{reads} reads for 600 minutes in 11 hours");
}
