//! Kicks during a copy: those at the source come with the next copy, those at the destination are a conflict.

use std::ops::ControlFlow;
use std::sync::Arc;

use staste_core::store::{Applied, Batch, Store};
use staste_core::{Axis, CopyPhase, Metrica, MetricaKind, Moment, Result, Staste};
use staste_testkit::{InterceptedStore, Interceptor, NOW, TestEnv};

use crate::two_stores::{TwoStores, copy};

/// Kicks the ages at two minutes each.
fn kick(metrica: &Metrica, ages: &[u32]) {
    for age in ages {
        for ago in [0, 400_000] {
            metrica.kick_with([("age", *age)], 1, Moment::Instant(NOW - ago)).unwrap();
        }
    }
    metrica.staste().flush().unwrap();
}

#[test]
fn kicks_at_the_source_during_a_copy_come_with_the_next_copy() {
    for phase in [CopyPhase::Copying, CopyPhase::Comparing, CopyPhase::Verifying] {
        let stores = TwoStores::new();
        let guests = stores.guests();
        kick(&guests, &[1, 2, 3]);
        let mut kicked = false;
        let copied = guests.copy_to(&stores.target().staste).run(&mut |step| {
            if step.phase == phase && !std::mem::replace(&mut kicked, true) {
                kick(&guests, &[1, 4, 4]);
            }
            ControlFlow::Continue(())
        });
        let copied = copied.unwrap();
        assert!(kicked);
        let since = copied.since.map_or(0, |(_, count)| count.unwrap());
        // Kicks during the verification come after both Stores were compared.
        let late = if phase == CopyPhase::Verifying { 6 } else { 0 };
        assert_eq!(copied.count.unwrap() + since + late, 12, "{phase:?}: {copied:?}");
        assert_eq!(since > 0, phase != CopyPhase::Verifying, "{copied:?}");
        let again = stores.copy("guests").unwrap();
        assert_eq!(again.count, Some(12 - copied.count.unwrap()));
        assert!(again.since.is_none());
        stores.assert_equal("guests");
    }
}

#[test]
fn kicks_at_the_destination_are_a_conflict() {
    for (age, at, expected) in [
        (1, NOW, "age 1"), // where the source has more by now
        (1, NOW - 60, "minute 2023-11-14 22:12 at age 1, a difference of 1 in 1 kicks"),
        (9, NOW, "the choice 9 on axis age"),
    ] {
        let stores = TwoStores::new();
        let guests = stores.guests();
        kick(&guests, &[1, 2, 3]);
        stores.copy("guests").unwrap();
        let own = stores.new.staste();
        own.stored_metrica("guests").unwrap().kick_with([("age", age)], 1, Moment::Instant(at)).unwrap();
        own.flush().unwrap();
        kick(&guests, &[1, 1]);
        let to = stores.target();
        let error = copy(&guests, &to).unwrap_err();
        assert!(error.is_conflict(), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("metrica guests in memory:") && text.contains("forget the metrica there"),
            "{text}"
        );
        let expected = if at == NOW && age == 1 { "1 in 1 kicks at all choices" } else { expected };
        assert!(text.contains(expected), "{text}");
        assert!(to.counts.batches().is_empty(), "nothing was written");
        own.forget("guests").unwrap();
        stores.copy("guests").unwrap();
        stores.assert_equal("guests");
    }
}

#[test]
fn kicks_before_the_first_copy_are_a_conflict() {
    for age in [1, 2, 7] {
        let stores = TwoStores::new();
        let guests = stores.guests();
        kick(&guests, &[1, 1, 2, 3]);
        let own = stores.new.staste();
        let there = own.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
        there.kick_with([("age", age)], 1, Moment::Instant(NOW)).unwrap();
        own.flush().unwrap();
        let to = stores.target();
        assert!(copy(&guests, &to).unwrap_err().is_conflict());
        assert!(to.counts.batches().is_empty());
    }
}

#[test]
fn kicks_at_the_destination_that_sum_to_zero_are_a_conflict() {
    let stores = TwoStores::new();
    let plain = |staste: &Staste| staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let guests = plain(&stores.old.staste());
    kick(&guests, &[1, 1, 2, 2]);
    let there = plain(&stores.new.staste());
    for (age, value) in [(1, 1), (2, -1)] {
        there.kick_with([("age", age)], value, Moment::Instant(NOW)).unwrap();
    }
    there.staste().flush().unwrap();
    assert!(stores.copy("guests").unwrap_err().is_conflict());
}

#[test]
fn kicks_forgotten_in_one_store_are_a_conflict() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    kick(&guests, &[1, 2, 3]);
    stores.copy("guests").unwrap();
    // Copying again must not bring back what was forgotten there.
    let new = stores.new.staste().stored_metrica("guests").unwrap();
    new.filter([("age", 2)]).unwrap().forget().unwrap();
    assert!(stores.copy("guests").unwrap_err().is_conflict());
    stores.new.staste().forget("guests").unwrap();
    stores.copy("guests").unwrap();
    guests.filter([("age", 2)]).unwrap().forget().unwrap();
    let error = stores.copy("guests").unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains("the choice 2 on axis age"), "{error}");
}

#[test]
fn pending_kicks_are_copied() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    guests.kick([("age", 5)]).unwrap();
    let copied = copy(&guests, &stores.target()).unwrap();
    assert_eq!(copied.count, Some(1));
    stores.assert_equal("guests");
}

/// Leaves a kick out of each batch, or counts it twice.
#[derive(Debug)]
struct MiscountLastKick {
    twice: bool,
}

impl Interceptor for MiscountLastKick {
    fn apply(&self, batch: &Batch, inner: &dyn Store) -> Result<Applied> {
        let mut batch = batch.clone();
        let kicks = &mut batch.parts[0].kicks;
        if let Some(kick) = kicks.pop().filter(|_| self.twice) {
            kicks.extend([kick.clone(), kick]);
        }
        inner.apply(&batch)
    }
}

#[test]
fn difference_after_the_copy_is_an_error() {
    for twice in [false, true] {
        for kind in [MetricaKind::Plain, MetricaKind::Averaged] {
            let stores = TwoStores::new();
            let guests = stores.old.staste().metrica("guests").axis("age", Axis::stored()).kind(kind);
            let guests = guests.build().unwrap();
            kick(&guests, &[1, 2, 3]);
            let store = InterceptedStore::new(MiscountLastKick { twice }, stores.new.open_store());
            let to = Staste::with(Arc::new(store), stores.new.clock.clone(), TestEnv::options());
            let mut kicked = false;
            let error = guests.copy_to(&to).run(&mut |step| {
                // Fewer kicks than are missing, so that these cannot explain the difference.
                if kind == MetricaKind::Averaged && step.phase == CopyPhase::Comparing && !kicked {
                    kicked = true;
                    guests.kick([("age", 1)]).unwrap();
                    guests.staste().flush().unwrap();
                }
                ControlFlow::Continue(())
            });
            let error = error.unwrap_err();
            assert!(error.is_corrupt() && error.to_string().contains("but they differ: "), "{error}");
        }
    }
}
