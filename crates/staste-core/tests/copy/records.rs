//! The records of imports, dry runs, and what a copy leaves behind.

use staste_core::store::Claim;
use staste_core::{Moment, Value};
use staste_testkit::Operation;

use crate::places::{Places, go_on};

#[test]
fn an_import_goes_on_in_the_copy() {
    let places = Places::new();
    let guests = places.guests();
    let claim =
        |key: &str| vec![Claim { key: format!("import/guests/{key}"), value: vec![7], expires: None }];
    let import = |metrica: &staste_core::Metrica, key: &str| {
        let mut bulk = metrica.bulk().unwrap();
        bulk.kick([("age", 1)], Value::ONE, Moment::Now).unwrap();
        bulk.commit(claim(key)).unwrap()
    };
    import(&guests, "one");
    places.old.open_store().put_record("import/others/1", Some(&[1])).unwrap();
    assert_eq!(places.copy("guests").unwrap().records, 1);
    import(&guests, "two");
    assert_eq!(places.copy("guests").unwrap().records, 1);
    let there = places.new.staste().known("guests").unwrap();
    assert!(import(&there, "one").claimed && import(&there, "two").claimed);
    assert!(!import(&there, "three").claimed);
    assert_eq!(there.count().unwrap(), 3);
    assert!(places.new.open_store().records("import/others/").unwrap().is_empty());
}

#[test]
fn what_is_remembered_of_a_copy_stays_small_and_does_not_go_on() {
    let places = Places::new();
    let guests = places.guests();
    for age in 0..40 {
        guests.kick([("age", age)]).unwrap();
    }
    let to = places.target();
    guests.copy_to(&to.staste).run(&mut go_on).unwrap();
    let numbers = || places.new.open_store().records("import/guests/copied/").unwrap().len();
    assert!(numbers() > 2);
    // Two thirds of a year later, when a batch comes.
    places.new.advance(240 * 86_400);
    guests.kick([("age", 1)]).unwrap();
    guests.copy_to(&to.staste).run(&mut go_on).unwrap();
    guests.copy_to(&to.staste).run(&mut go_on).unwrap();
    assert_eq!(numbers(), 2, "the last of each copy");
    let third = Places::new();
    to.staste.known("guests").unwrap().copy_to(&third.new.staste()).run(&mut go_on).unwrap();
    to.staste.known("guests").unwrap().copy_to(&third.new.staste()).run(&mut go_on).unwrap();
    assert_eq!(third.new.staste().known("guests").unwrap().count().unwrap(), 41);
}

#[test]
fn a_dry_run_writes_nothing() {
    let places = Places::new();
    let guests = places.guests();
    for age in [1, 1, 2] {
        guests.kick([("age", age)]).unwrap();
    }
    let to = places.target();
    let planned = guests.copy_to(&to.staste).dry_run(&mut go_on).unwrap();
    assert_eq!((planned.count, planned.points, planned.is_new), (Some(3), 2, true));
    assert!(to.counts.batches().is_empty() && places.new.staste().definitions().unwrap().is_empty());
    let copied = guests.copy_to(&to.staste).run(&mut go_on).unwrap();
    assert_eq!((copied.count, copied.points), (planned.count, planned.points));
    guests.kick([("age", 3)]).unwrap();
    to.counts.reset();
    let planned = guests.copy_to(&to.staste).dry_run(&mut go_on).unwrap();
    assert_eq!((planned.count, planned.points, planned.is_new), (Some(1), 1, false));
    assert_eq!(to.counts.of(Operation::Apply), 0);
}

#[test]
fn many_buckets_are_read_at_once() {
    let places = Places::new();
    let guests = places.guests();
    for minute in 0..600 {
        guests.kick_with([("age", 1)], 1, Moment::Instant(staste_testkit::NOW - 60 * minute)).unwrap();
    }
    let to = places.new.process();
    to.counts.reset();
    guests.copy_to(&to.staste).run(&mut go_on).unwrap();
    // Of the proof alone there are some for each bucket.
    let verifying = places.new.process();
    verifying.staste.known("guests").unwrap().verify(&mut |_| ()).unwrap();
    let reads = to.counts.of(Operation::Read) - verifying.counts.of(Operation::Read);
    assert!(reads < 120, "{reads} reads for 600 minutes in 11 hours");
}
