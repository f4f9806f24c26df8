//! The definition of a copy: what is adopted, additional axes, and conflicts.

use staste_core::{Axis, Choice, Keep, MetricaBuilder, MetricaKind, Scale, Staste, Timespan};
use staste_testkit::CapabilityLimits;

use crate::two_stores::{TwoStores, copy, definition, keep_going};

#[test]
fn definition_is_copied_except_for_its_id() {
    let stores = TwoStores::new();
    let old = stores.old.staste();
    let builder =
        old.metrica("sold").axis("what", Axis::declared(["a", "b"]).cap(7)).axis("page", Axis::path());
    let sold = builder.averaged().multiplier(100).zone("Europe/Riga").week_start(6).points(5000);
    let sold = sold.keep(Scale::Hour, Keep::days(9)).keep(Scale::Month, Keep::Never).build().unwrap();
    sold.define().unwrap();
    sold.kick_with([("what", "a")], 2.5, staste_core::Moment::Now).unwrap();
    let copied = copy(&sold, &stores.target()).unwrap();
    assert_eq!(copied.total.to_string(), "2.5");
    let mut there = (*definition(&*stores.new.open_store(), "sold")).clone();
    let here = definition(&*stores.old.open_store(), "sold");
    assert_ne!(there.id, here.id);
    there.id = here.id;
    assert_eq!(there, *here);
}

#[test]
fn choice_without_kicks_is_copied() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    for age in [5, 3, 4] {
        guests.kick([("age", age)]).unwrap();
    }
    guests.staste().flush().unwrap();
    let day = Timespan::between(None, None).unwrap();
    guests.filter([("age", 3)]).unwrap().timespan(day).forget().unwrap();
    stores.copy("guests").unwrap();
    let known = stores.new.staste().stored_metrica("guests").unwrap().choices("age").unwrap();
    assert_eq!(known, guests.choices("age").unwrap());
}

#[test]
fn additional_axis_is_unset_for_copied_kicks() {
    for (added, axis) in
        [("country", Axis::stored()), ("how", Axis::declared(["x", "y"])), ("page", Axis::path())]
    {
        let stores = TwoStores::new();
        let guests = stores.guests();
        let kick = |ages: &[u8]| ages.iter().for_each(|age| guests.kick([("age", *age)]).unwrap());
        kick(&[1, 2, 2]);
        let limits = CapabilityLimits { no_new_axes: true, ..CapabilityLimits::default() };
        let to = stores.new.process_with(staste_testkit::TestEnv::options(), limits);
        let copying = || guests.copy_to(&to.staste).axis(added, axis.clone());
        copying().run(&mut keep_going).unwrap();
        kick(&[1, 3]);
        assert_eq!(copying().run(&mut keep_going).unwrap().count, Some(2));
        let there = to.staste.stored_metrica("guests").unwrap();
        assert_eq!(there.filter([(added, Choice::Unset)]).unwrap().count().unwrap(), 5);
        let both = there.filter([("age", Choice::value("1")), (added, Choice::Unset)]).unwrap();
        assert_eq!(both.count().unwrap(), 2);
        assert!(there.verify(&mut |_| ()).unwrap().faults.is_empty());
        let error = guests.copy_to(&to.staste).run(&mut keep_going).unwrap_err();
        assert!(
            error.is_conflict() && error.to_string().contains(&format!("an axis {added} there")),
            "{error}"
        );
        let error = guests.copy_to(&to.staste).axis("age", Axis::stored()).run(&mut keep_going).unwrap_err();
        assert!(error.is_invalid_input() && error.to_string().contains("already has an axis age"), "{error}");
    }
}

#[test]
fn different_definition_is_a_conflict_with_both_definitions() {
    fn keep(staste: &Staste) -> MetricaBuilder {
        staste.metrica("guests").axis("age", Axis::stored()).averaged()
    }
    for (other, expected) in [
        (keep as fn(&Staste) -> MetricaBuilder, ""),
        (|staste| keep(staste).kind(MetricaKind::Plain), "its kind is Plain there, not Averaged"),
        (|staste| keep(staste).zone("Europe/Riga"), "its zone is Europe/Riga there, not UTC"),
        (|staste| keep(staste).multiplier(10), "its multiplier is 10 there, not 1"),
        (|staste| keep(staste).week_start(6), "the first day of its weeks"),
        (
            |staste| keep(staste).keep(Scale::Hour, Keep::Never),
            "how long an hour is kept is never there, not 400d",
        ),
        (|staste| keep(staste).points(10), "it keeps 10 points there, not 1000000"),
        (|staste| keep(staste).axis("door", Axis::path()), "it has an axis door there"),
        (|staste| staste.metrica("guests").axis("age", Axis::path()).averaged(), "axis age is path there"),
        (
            |staste| staste.metrica("guests").axis("age", Axis::stored().cap(5)).averaged(),
            "axis age keeps 5 choices",
        ),
        (|staste| staste.metrica("guests").averaged(), ""),
        (|staste| staste.metrica("guests").axis("age", Axis::stored().cap(50_000)).averaged(), ""),
    ] {
        let stores = TwoStores::new();
        let guests = stores.guests();
        guests.kick([("age", 1)]).unwrap();
        other(&stores.new.staste()).build().unwrap().define().unwrap();
        let outcome = copy(&guests, &stores.target());
        if expected.is_empty() {
            outcome.unwrap();
            stores.assert_equal("guests");
            continue;
        }
        let error = outcome.unwrap_err();
        assert!(error.is_conflict(), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(expected) && text.contains("to copy: averaged") && text.contains("stored: "),
            "{text}"
        );
    }
}

#[test]
fn new_choices_and_axes_come_with_the_next_copy() {
    let stores = TwoStores::new();
    let old = stores.old.staste();
    let define = |choices: &[&str]| old.metrica("m").axis("how", Axis::declared(choices)).averaged();
    define(&["x"]).build().unwrap().kick([("how", "x")]).unwrap();
    old.flush().unwrap();
    stores.copy("m").unwrap();
    let wider = define(&["x", "y"]).axis("age", Axis::stored()).build().unwrap();
    wider.define().unwrap();
    wider.kick([("how", "y"), ("age", "4")]).unwrap();
    old.flush().unwrap();
    stores.copy("m").unwrap();
    stores.assert_equal("m");
}

#[test]
fn copy_within_one_store_is_an_error() {
    let stores = TwoStores::new();
    let guests = stores.guests();
    guests.kick([("age", 1)]).unwrap();
    let error = guests.copy_to(&stores.old.staste()).run(&mut keep_going).unwrap_err();
    assert!(
        error.is_invalid_input() && error.to_string().contains("hold the same metrica guests"),
        "{error}"
    );
    assert_eq!(guests.count().unwrap(), 1);
}
