//! The examples in the README of the original of 2011, with the numbers that it states.

use jiff::civil::date;
use staste_core::{Axis, Choice, Metrica, Moment, Scale, Timespan, Value};

use crate::store_location::Factory;
use crate::test_env::TestEnv;

claims! { original_readme:
    original_readme_getting_stats,
    original_readme_weights,
    original_readme_averages,
    original_readme_hierarchical_axis,
    original_readme_iteration,
}

/// Creates the guests whose numbers the README states.
fn readme_guests(env: &TestEnv) -> Metrica {
    let staste = env.staste();
    let builder = staste.metrica("guest_visits_gender_age").axis("gender", Axis::declared(["boy", "girl"]));
    let metrica = builder.axis("age", Axis::stored()).build().unwrap();
    let visits = [
        (2010, 2, "boy", 120, 1),
        (2010, 4, "girl", 19, 3),
        (2010, 2, "boy", 17, 10),
        (2010, 2, "boy", 18, 17),
        (2010, 2, "girl", 18, 5),
        (2010, 3, "boy", 19, 1),
    ];
    for (year, month, gender, age, times) in visits {
        for day in 1..=times {
            let visit = [("gender", staste_core::ChoiceInput::from(gender)), ("age", age.into())];
            metrica.kick_with(visit, Value::ONE, date(year, month, day)).unwrap();
        }
    }
    metrica
}

/// The sections "Quick Start" and "Getting stats".
fn original_readme_getting_stats(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = readme_guests(&env);
    let girls = metrica.filter([("gender", "girl")]).unwrap();
    assert_eq!(metrica.timespan(Timespan::year(2010).unwrap()).total().unwrap(), 37);
    assert_eq!(girls.total().unwrap(), 8);
    assert_eq!(metrica.filter([("gender", "girl"), ("age", "19")]).unwrap().total().unwrap(), 3);
    assert_eq!(girls.filter([("age", 19)]).unwrap().total().unwrap(), 3);
    let february = Timespan::month(2010, 2).unwrap();
    let boys = metrica.filter([("gender", "boy")]).unwrap().timespan(february);
    assert_eq!(boys.filter([("age", 17)]).unwrap().total().unwrap(), 10);
    let by_age = metrica.timespan(february).filter([("gender", "boy")]).unwrap().iterate("age").unwrap();
    let by_age: Vec<(String, i128)> =
        by_age.iter().map(|(age, total)| (age.to_string(), total.raw())).collect();
    let expected =
        [("120", 1), ("19", 0), ("17", 10), ("18", 17)].map(|(age, total)| (age.to_owned(), total));
    assert_eq!(by_age, expected);
}

/// The section "Weighed and averaged metric": weights.
fn original_readme_weights(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let money = env.staste().metrica("my_pocket_money_metric").axis("on", Axis::stored()).build().unwrap();
    money.kick_with([("on", "sweets")], 100, Moment::Now).unwrap();
    money.kick_with([("on", "books")], 250, Moment::Now).unwrap();
    assert_eq!(money.total().unwrap(), 350);
    assert_eq!(money.filter([("on", "sweets")]).unwrap().total().unwrap(), 100);
}

/// The section "Weighed and averaged metric": averages.
fn original_readme_averages(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let builder = env.staste().metrica("some_averaged_metrica").axis("c", Axis::stored());
    let metrica = builder.averaged().multiplier(100).build().unwrap();
    let (d1, d2, d3) = (date(2010, 2, 7), date(2010, 2, 8), date(2010, 2, 9));
    metrica.kick_with([("c", "a")], 12, d1).unwrap();
    metrica.kick_with([("c", "b")], 2, d1).unwrap();
    metrica.kick_with([("c", "a")], 7.5, d2).unwrap();
    metrica.kick_with([("c", "a")], 0.16, d2).unwrap();
    metrica.kick_with([("c", "b")], Value::ONE, d3).unwrap();

    let days = metrica.timespan(Timespan::month(2010, 2).unwrap()).iterate_periods().unwrap();
    let counts: Vec<_> =
        days.iter().map(|(day, reading)| (day.number(), reading.as_ref().unwrap().count.unwrap())).collect();
    assert_eq!(counts[5..10], [(6, 0), (7, 2), (8, 2), (9, 1), (10, 0)]);
    let averages: Vec<_> =
        days.iter().map(|(day, reading)| (day.number(), reading.as_ref().unwrap().average())).collect();
    assert_eq!(averages[5..10], [(6, None), (7, Some(7.0)), (8, Some(3.83)), (9, Some(1.0)), (10, None)]);

    let (a, b) = (Choice::value("a"), Choice::value("b"));
    assert_eq!(metrica.values().iterate_counts("c").unwrap(), [(a.clone(), 3), (b.clone(), 2)]);
    let averages = metrica.values().iterate_averages("c").unwrap();
    assert_eq!(averages, [(a, Some((12.0 + 7.5 + 0.16) / 3.0)), (b, Some(1.5))]);
}

/// Not in the README: paths, as the `HierarchicalAxis` of the original counts them.
fn original_readme_hierarchical_axis(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = env.staste().metrica("labels").axis("label", Axis::path()).build().unwrap();
    let (all, tag): (&[&str], &[&str]) = (&["exp", "city", "all"], &["exp", "city", "tag"]);
    for label in [all, tag, all, tag] {
        metrica.kick([("label", label)]).unwrap();
    }
    let city: &[&str] = &["exp", "city"];
    let below = metrica.filter([("label", city)]).unwrap();
    assert_eq!(below.total().unwrap(), 4);
    let children = below.iterate("label").unwrap();
    let children: Vec<_> = children.iter().map(|(label, total)| (label.clone(), total.raw())).collect();
    assert_eq!(children, [(Choice::path(all), 2), (Choice::path(tag), 2)]);
}

/// Not in the README: iteration over years, months, days, hours and minutes.
fn original_readme_iteration(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = env.staste().metrica("hits").build().unwrap();
    let nowhere: [(&str, &str); 0] = [];
    metrica.kick(nowhere).unwrap();
    metrica.kick_with(nowhere, 5, date(2010, 2, 7)).unwrap();
    let numbers = |timespan: Timespan| -> Vec<i64> {
        let periods = metrica.timespan(timespan).iterate_periods().unwrap();
        periods.iter().map(|(period, _)| period.number()).collect()
    };
    assert_eq!(numbers(Timespan::EVER), [2010, 2023], "the years that have kicks");
    assert_eq!(numbers(Timespan::year(2010).unwrap()), (1..=12).collect::<Vec<_>>());
    assert_eq!(numbers(Timespan::month(2010, 2).unwrap()), (1..=28).collect::<Vec<_>>());
    assert_eq!(numbers(Timespan::day(2023, 11, 14).unwrap()), (0..24).collect::<Vec<_>>());
    assert_eq!(numbers(Timespan::hour(2023, 11, 14, 22).unwrap()), (0..60).collect::<Vec<_>>());
    let today = metrica.timespan(Timespan::last(5, Scale::Hour).unwrap()).series(Scale::Hour).unwrap();
    assert_eq!(today.len(), 5);
    assert_eq!(today[4].1.as_ref().unwrap().total, 1);
}
