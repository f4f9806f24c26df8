//! Any history is copied: every cell and choice, every answer, and it goes on in the new place.

use staste_core::{Axis, Keep, Moment, Scale};
use staste_testkit::NOW;

use crate::history::History;
use crate::places::Places;

/// Histories that are tried.
const HISTORIES: u64 = 90;

#[test]
fn any_history_is_copied() {
    for seed in 0..HISTORIES {
        let places = Places::new();
        let mut history = History::play(seed, &places);
        let old = places.old.staste();
        history.metrica(&old).define().unwrap();
        let copied = places.copy("guests").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(copied.since.is_none() && copied.is_new, "{copied:?}");
        places.check_same("guests");
        let again = places.copy("guests").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!((again.points, again.is_new), (0, false), "seed {seed}: {again:?}");
        let new = places.new.staste();
        let metrica = history.metrica(&new);
        history.ask(&metrica);
        // The old place is left alone; counting goes on in the new one.
        for _ in 0..6 {
            history.step(&new);
        }
        let metrica = history.metrica(&new);
        metrica.define().unwrap();
        history.ask(&metrica);
    }
}

#[test]
fn what_is_kicked_meanwhile_comes_with_the_next_copy() {
    for seed in 0..HISTORIES / 3 {
        let places = Places::new();
        let mut history = History::play(seed, &places);
        let old = places.old.staste();
        history.metrica(&old).define().unwrap();
        for _ in 0..3 {
            places.copy("guests").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            places.check_same("guests");
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
fn kicks_of_the_future_are_where_their_scales_are_kept() {
    let (none, some) = (Keep::Never, Keep::days(3));
    for (minute, hour, day) in
        [(none, some, some), (none, none, some), (some, none, none), (none, none, none)]
    {
        let places = Places::new();
        let builder = places.old.staste().metrica("guests").axis("age", Axis::stored()).averaged();
        let builder = builder.keep(Scale::Minute, minute).keep(Scale::Hour, hour).keep(Scale::Day, day);
        let guests = builder.zone("Europe/Berlin").build().unwrap();
        for ahead in [-9_000_000, -300_000, -4000, 0, 100, 4000, 300_000, 9_000_000, 90_000_000] {
            guests.kick_with([("age", 1)], 1, Moment::Instant(NOW + ahead)).unwrap();
        }
        guests.staste().flush().unwrap();
        assert_eq!(places.copy("guests").unwrap().count, Some(9));
        places.check_same("guests");
    }
}
