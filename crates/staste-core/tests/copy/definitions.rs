//! The definition of a copy: what is taken over, a further axis, and what does not fit.

use staste_core::{Axis, Choice, Keep, MetricaBuilder, MetricaKind, Scale, Staste, Timespan};
use staste_testkit::CapabilityLimits;

use crate::places::{Places, copy, definition, go_on};

#[test]
fn everything_is_taken_over() {
    let places = Places::new();
    let old = places.old.staste();
    let builder =
        old.metrica("sold").axis("what", Axis::declared(["a", "b"]).cap(7)).axis("page", Axis::path());
    let sold = builder.averaged().multiplier(100).zone("Europe/Riga").week_start(6).points(5000);
    let sold = sold.keep(Scale::Hour, Keep::days(9)).keep(Scale::Month, Keep::Never).build().unwrap();
    sold.define().unwrap();
    sold.kick_with([("what", "a")], 2.5, staste_core::Moment::Now).unwrap();
    let copied = copy(&sold, &places.target()).unwrap();
    assert_eq!(copied.total.to_string(), "2.5");
    let mut there = (*definition(&*places.new.open_store(), "sold")).clone();
    let here = definition(&*places.old.open_store(), "sold");
    assert_ne!(there.id, here.id);
    there.id = here.id;
    assert_eq!(there, *here);
}

#[test]
fn a_choice_at_which_nothing_is_counted_any_more_is_known() {
    let places = Places::new();
    let guests = places.guests();
    for age in [5, 3, 4] {
        guests.kick([("age", age)]).unwrap();
    }
    guests.staste().flush().unwrap();
    let day = Timespan::between(None, None).unwrap();
    guests.filter([("age", 3)]).unwrap().timespan(day).forget().unwrap();
    places.copy("guests").unwrap();
    let known = places.new.staste().known("guests").unwrap().choices("age").unwrap();
    assert_eq!(known, guests.choices("age").unwrap());
}

#[test]
fn a_further_axis() {
    for (added, axis) in
        [("country", Axis::stored()), ("how", Axis::declared(["x", "y"])), ("page", Axis::path())]
    {
        let places = Places::new();
        let guests = places.guests();
        let kick = |ages: &[u8]| ages.iter().for_each(|age| guests.kick([("age", *age)]).unwrap());
        kick(&[1, 2, 2]);
        let limits = CapabilityLimits { no_new_axes: true, ..CapabilityLimits::default() };
        let to = places.new.process_with(staste_testkit::TestEnv::options(), limits);
        let copying = || guests.copy_to(&to.staste).axis(added, axis.clone());
        copying().run(&mut go_on).unwrap();
        kick(&[1, 3]);
        assert_eq!(copying().run(&mut go_on).unwrap().count, Some(2));
        let there = to.staste.known("guests").unwrap();
        assert_eq!(there.filter([(added, Choice::Unset)]).unwrap().count().unwrap(), 5);
        let both = there.filter([("age", Choice::value("1")), (added, Choice::Unset)]).unwrap();
        assert_eq!(both.count().unwrap(), 2);
        assert!(there.verify(&mut |_| ()).unwrap().faults.is_empty());
        let error = guests.copy_to(&to.staste).run(&mut go_on).unwrap_err();
        assert!(
            error.is_conflict() && error.to_string().contains(&format!("an axis {added} there")),
            "{error}"
        );
        let error = guests.copy_to(&to.staste).axis("age", Axis::stored()).run(&mut go_on).unwrap_err();
        assert!(error.is_input() && error.to_string().contains("already has an axis age"), "{error}");
    }
}

#[test]
fn a_definition_that_differs_is_told_with_both() {
    fn keep(staste: &Staste) -> MetricaBuilder {
        staste.metrica("guests").axis("age", Axis::stored()).averaged()
    }
    for (other, told) in [
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
        let places = Places::new();
        let guests = places.guests();
        guests.kick([("age", 1)]).unwrap();
        other(&places.new.staste()).build().unwrap().define().unwrap();
        let outcome = copy(&guests, &places.target());
        if told.is_empty() {
            outcome.unwrap();
            places.check_same("guests");
            continue;
        }
        let error = outcome.unwrap_err();
        assert!(error.is_conflict(), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(told) && text.contains("to copy: averaged") && text.contains("stored: "),
            "{text}"
        );
    }
}

#[test]
fn later_choices_and_axes_come_with_the_next_copy() {
    let places = Places::new();
    let old = places.old.staste();
    let define = |choices: &[&str]| old.metrica("m").axis("how", Axis::declared(choices)).averaged();
    define(&["x"]).build().unwrap().kick([("how", "x")]).unwrap();
    old.flush().unwrap();
    places.copy("m").unwrap();
    let wider = define(&["x", "y"]).axis("age", Axis::stored()).build().unwrap();
    wider.define().unwrap();
    wider.kick([("how", "y"), ("age", "4")]).unwrap();
    old.flush().unwrap();
    places.copy("m").unwrap();
    places.check_same("m");
}

#[test]
fn one_store_twice_is_refused() {
    let places = Places::new();
    let guests = places.guests();
    guests.kick([("age", 1)]).unwrap();
    let error = guests.copy_to(&places.old.staste()).run(&mut go_on).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("hold the same metrica guests"), "{error}");
    assert_eq!(guests.count().unwrap(), 1);
}
