//! Copies of random histories: every cell, every choice, every query result, and counting continues in the copy.

use staste_core::{Axis, Keep, Moment, Scale};
use staste_testkit::NOW;

use crate::history::History;
use crate::two_stores::TwoStores;

/// Number of histories.
const HISTORIES: u64 = 90;

#[test]
fn random_history_is_copied() {
    for seed in 0..HISTORIES {
        let stores = TwoStores::new();
        let mut history = History::play(seed, &stores);
        let old = stores.old.staste();
        history.metrica(&old).define().unwrap();
        let copied = stores.copy("guests").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(copied.since.is_none() && copied.is_new, "{copied:?}");
        stores.assert_equal("guests");
        let again = stores.copy("guests").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!((again.points, again.is_new), (0, false), "seed {seed}: {again:?}");
        let new = stores.new.staste();
        let metrica = history.metrica(&new);
        history.compare_queries(&metrica);
        // The old Store is not used any more; counting continues in the new one.
        for _ in 0..6 {
            history.step(&new);
        }
        let metrica = history.metrica(&new);
        metrica.define().unwrap();
        history.compare_queries(&metrica);
    }
}

#[test]
fn kicks_between_copies_come_with_the_next_copy() {
    for seed in 0..HISTORIES / 3 {
        let stores = TwoStores::new();
        let mut history = History::play(seed, &stores);
        let old = stores.old.staste();
        history.metrica(&old).define().unwrap();
        for _ in 0..3 {
            stores.copy("guests").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            stores.assert_equal("guests");
            for _ in 0..4 {
                let metrica = history.metrica(&old);
                history.kick(&metrica);
                old.flush().unwrap();
                old.clock().set(old.clock().now() + history.rng.choose(&[1, 61, 3_000, 90_000]));
            }
        }
    }
}

#[test]
fn future_kicks_are_copied_at_their_scales() {
    let (none, some) = (Keep::Never, Keep::days(3));
    for (minute, hour, day) in
        [(none, some, some), (none, none, some), (some, none, none), (none, none, none)]
    {
        let stores = TwoStores::new();
        let builder = stores.old.staste().metrica("guests").axis("age", Axis::stored()).averaged();
        let builder = builder.keep(Scale::Minute, minute).keep(Scale::Hour, hour).keep(Scale::Day, day);
        let guests = builder.zone("Europe/Berlin").build().unwrap();
        for ahead in [-9_000_000, -300_000, -4000, 0, 100, 4000, 300_000, 9_000_000, 90_000_000] {
            guests.kick_with([("age", 1)], 1, Moment::Instant(NOW + ahead)).unwrap();
        }
        guests.staste().flush().unwrap();
        assert_eq!(stores.copy("guests").unwrap().count, Some(9));
        stores.assert_equal("guests");
    }
}
