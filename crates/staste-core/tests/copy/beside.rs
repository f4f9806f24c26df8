//! Kicks beside a copy: at the first place they come later, at the second they are in the way.

use std::ops::ControlFlow;
use std::sync::Arc;

use staste_core::store::{Applied, Batch, Store};
use staste_core::{Axis, CopyPhase, Metrica, MetricaKind, Moment, Result, Staste};
use staste_testkit::{InterceptedStore, Interceptor, NOW, TestEnv};

use crate::places::{Places, copy};

/// Kicks at two minutes, the ages given at each.
fn kick(metrica: &Metrica, ages: &[u32]) {
    for age in ages {
        for ago in [0, 400_000] {
            metrica.kick_with([("age", *age)], 1, Moment::Instant(NOW - ago)).unwrap();
        }
    }
    metrica.staste().flush().unwrap();
}

#[test]
fn kicks_at_the_first_place_while_it_is_copied() {
    for phase in [CopyPhase::Copying, CopyPhase::Comparing, CopyPhase::Verifying] {
        let places = Places::new();
        let guests = places.guests();
        kick(&guests, &[1, 2, 3]);
        let mut kicked = false;
        let copied = guests.copy_to(&places.target().staste).run(&mut |step| {
            if step.phase == phase && !std::mem::replace(&mut kicked, true) {
                kick(&guests, &[1, 4, 4]);
            }
            ControlFlow::Continue(())
        });
        let copied = copied.unwrap();
        assert!(kicked);
        let since = copied.since.map_or(0, |(_, count)| count.unwrap());
        // Those of the proof come after both were compared.
        let late = if phase == CopyPhase::Verifying { 6 } else { 0 };
        assert_eq!(copied.count.unwrap() + since + late, 12, "{phase:?}: {copied:?}");
        assert_eq!(since > 0, phase != CopyPhase::Verifying, "{copied:?}");
        let again = places.copy("guests").unwrap();
        assert_eq!(again.count, Some(12 - copied.count.unwrap()));
        assert!(again.since.is_none());
        places.check_same("guests");
    }
}

#[test]
fn kicks_of_its_own_are_not_joined() {
    for (age, at, told) in [
        (1, NOW, "age 1"), // where the first place has more by now
        (1, NOW - 60, "minute 2023-11-14 22:12 at age 1, a difference of 1 in 1 kicks"),
        (9, NOW, "the choice 9 on axis age"),
    ] {
        let places = Places::new();
        let guests = places.guests();
        kick(&guests, &[1, 2, 3]);
        places.copy("guests").unwrap();
        let own = places.new.staste();
        own.known("guests").unwrap().kick_with([("age", age)], 1, Moment::Instant(at)).unwrap();
        own.flush().unwrap();
        kick(&guests, &[1, 1]);
        let to = places.target();
        let error = copy(&guests, &to).unwrap_err();
        assert!(error.is_conflict(), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("metrica guests in memory:") && text.contains("forget the metrica there"),
            "{text}"
        );
        let told = if at == NOW && age == 1 { "1 in 1 kicks at all choices" } else { told };
        assert!(text.contains(told), "{text}");
        assert!(to.counts.batches().is_empty(), "nothing was written");
        own.forget("guests").unwrap();
        places.copy("guests").unwrap();
        places.check_same("guests");
    }
}

#[test]
fn what_was_there_before_is_not_joined() {
    for age in [1, 2, 7] {
        let places = Places::new();
        let guests = places.guests();
        kick(&guests, &[1, 1, 2, 3]);
        let own = places.new.staste();
        let there = own.metrica("guests").axis("age", Axis::stored()).averaged().build().unwrap();
        there.kick_with([("age", age)], 1, Moment::Instant(NOW)).unwrap();
        own.flush().unwrap();
        let to = places.target();
        assert!(copy(&guests, &to).unwrap_err().is_conflict());
        assert!(to.counts.batches().is_empty());
    }
}

#[test]
fn kicks_of_its_own_that_come_to_nothing_are_seen() {
    let places = Places::new();
    let plain = |staste: &Staste| staste.metrica("guests").axis("age", Axis::stored()).build().unwrap();
    let guests = plain(&places.old.staste());
    kick(&guests, &[1, 1, 2, 2]);
    let there = plain(&places.new.staste());
    for (age, value) in [(1, 1), (2, -1)] {
        there.kick_with([("age", age)], value, Moment::Instant(NOW)).unwrap();
    }
    there.staste().flush().unwrap();
    assert!(places.copy("guests").unwrap_err().is_conflict());
}

#[test]
fn what_one_side_forgot_is_told() {
    let places = Places::new();
    let guests = places.guests();
    kick(&guests, &[1, 2, 3]);
    places.copy("guests").unwrap();
    // Copying again must not bring back what was forgotten there.
    let new = places.new.staste().known("guests").unwrap();
    new.filter([("age", 2)]).unwrap().forget().unwrap();
    assert!(places.copy("guests").unwrap_err().is_conflict());
    places.new.staste().forget("guests").unwrap();
    places.copy("guests").unwrap();
    guests.filter([("age", 2)]).unwrap().forget().unwrap();
    let error = places.copy("guests").unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains("the choice 2 on axis age"), "{error}");
}

#[test]
fn pending_kicks_come_too() {
    let places = Places::new();
    let guests = places.guests();
    guests.kick([("age", 5)]).unwrap();
    let copied = copy(&guests, &places.target()).unwrap();
    assert_eq!(copied.count, Some(1));
    places.check_same("guests");
}

/// A Store that leaves a kick out of each batch, or counts it twice.
#[derive(Debug)]
struct Unfaithful {
    twice: bool,
}

impl Interceptor for Unfaithful {
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
fn what_is_not_the_same_after_all_is_an_error() {
    for twice in [false, true] {
        for kind in [MetricaKind::Plain, MetricaKind::Averaged] {
            let places = Places::new();
            let guests = places.old.staste().metrica("guests").axis("age", Axis::stored()).kind(kind);
            let guests = guests.build().unwrap();
            kick(&guests, &[1, 2, 3]);
            let store = InterceptedStore::new(Unfaithful { twice }, places.new.open_store());
            let to = Staste::with(Arc::new(store), places.new.clock.clone(), TestEnv::options());
            let mut kicked = false;
            let error = guests.copy_to(&to).run(&mut |step| {
                // Fewer than are missing, so that these cannot be what came meanwhile.
                if kind == MetricaKind::Averaged && step.phase == CopyPhase::Comparing && !kicked {
                    kicked = true;
                    guests.kick([("age", 1)]).unwrap();
                    guests.staste().flush().unwrap();
                }
                ControlFlow::Continue(())
            });
            let error = error.unwrap_err();
            assert!(error.is_damaged() && error.to_string().contains("but they differ: "), "{error}");
        }
    }
}
