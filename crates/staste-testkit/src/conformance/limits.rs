//! Point 9: the numbers of choices on an axis and of points of a Metrica are limited, and totals stay exact.

use staste_core::store::{Applied, Select};
use staste_core::{Axis, Choice, ChoiceInput, Metrica, MetricaKind, Moment, Scale};

use crate::guests::verify;
use crate::model::{Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan};
use crate::rng::Rng;
use crate::store_fixtures::{
    apply, batch, new_definition, part, question, store_definition, value, without_mark,
};
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;

claims! { limits:
    point_09_choices_over_the_cap_count_as_other,
    point_09_processes_share_the_cap,
    point_09_raised_cap_applies_to_later_kicks,
    point_09_points_over_the_limit_fold_to_other,
    point_09_forgetting_into_other_frees_a_place_under_the_cap,
    point_09_forgetting_several_choices_equals_forgetting_each,
    point_09_forgetting_frees_the_places_of_choices_without_kicks,
    point_09_forgotten_kicks_are_removed_from_every_cell,
    point_09_part_without_kicks_registers_choices_up_to_the_cap,
}

fn capped_guests(env: &TestEnv) -> MetricaWithModel {
    let builder = env.staste().metrica("capped").axis("gender", Axis::declared(["boy", "girl"]));
    let builder = builder.axis("age", Axis::stored().cap(5)).axis("door", Axis::path().cap(3)).averaged();
    let axes = vec![
        ModelAxis::declared("gender", &["boy", "girl"]),
        ModelAxis::new("age", ModelAxisKind::Stored).cap(5),
        ModelAxis::new("door", ModelAxisKind::Path).cap(3),
    ];
    MetricaWithModel {
        metrica: builder.build().unwrap(),
        model: Model::new(ModelCalendar::new("UTC", 0), true, axes),
    }
}

/// Choices over the cap count as *other*, also on any level of a path; the rest of the point is exact.
fn point_09_choices_over_the_cap_count_as_other(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = capped_guests(&env);
    let mut rng = Rng::new(9);
    for _ in 0..150 {
        let gender = ModelChoice::value(rng.choose(&["boy", "girl"]));
        let age = ModelChoice::value(rng.below(9).to_string());
        let parts: Vec<String> = (0..=rng.below(3)).map(|_| rng.below(5).to_string()).collect();
        let door = ModelChoice::path(&parts.iter().map(String::as_str).collect::<Vec<_>>());
        pair.kick(&[("gender", gender), ("age", age), ("door", door)], 1, NOW);
    }
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    pair.check(&ModelQuery::new(ModelSpan::Ever).filter("age", ModelChoice::Other));
    pair.check(&ModelQuery::new(ModelSpan::Ever).filter("door", ModelChoice::Other));
    pair.check(&ModelQuery::new(ModelSpan::Ever).filter("door", pair.model.axes[2].known[0].clone()));
    assert_eq!(pair.metrica.choices("age").unwrap().len(), 5);
    assert!(pair.metrica.choices("door").unwrap().len() <= 9);
    assert!(pair.metrica.staste().health().folded > 0);
    pair.verify();
    // Every returned choice can be used as a filter, also a path that ends in *other*.
    let (parent, inside) = (
        pair.model.axes[2].known[0].to_choice(),
        pair.metrica.filter([("door", pair.model.axes[2].known[0].to_choice())]).unwrap(),
    );
    for (choice, reading) in inside.by("door").unwrap() {
        if choice != parent {
            let filtered = pair.metrica.filter([("door", &choice)]).unwrap();
            assert_eq!(filtered.read().unwrap(), reading, "{choice}");
        }
    }
}

/// The cap holds for all processes together.
fn point_09_processes_share_the_cap(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let (one, other) = (capped_guests(&env), capped_guests(&env));
    for age in 0..4 {
        one.metrica.kick([("age", age)]).unwrap();
        one.metrica.staste().flush().unwrap();
        other.metrica.kick([("age", 100 + age)]).unwrap();
        other.metrica.staste().flush().unwrap();
    }
    let texts = |metrica: &Metrica| {
        metrica.choices("age").unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(texts(&one.metrica), ["0", "100", "1", "101", "2"]);
    assert_eq!(texts(&other.metrica), texts(&one.metrica));
    assert_eq!(one.metrica.filter([("age", Choice::Other)]).unwrap().total().unwrap(), 3);
}

/// After a cap is raised, new choices are registered; kicks that counted as *other* before stay there.
fn point_09_raised_cap_applies_to_later_kicks(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let with = |cap| staste.metrica("m").axis("age", Axis::stored().cap(cap)).build().unwrap();
    let small = with(1);
    small.kick([("age", 1)]).unwrap();
    small.kick([("age", 2)]).unwrap();
    assert_eq!(small.total().unwrap(), 2);
    let large = with(2);
    large.kick([("age", 2)]).unwrap();
    assert_eq!(large.filter([("age", 2)]).unwrap().total().unwrap(), 1);
    assert_eq!(large.filter([("age", Choice::Other)]).unwrap().total().unwrap(), 1);
    verify(&large);
}

/// Over the limit of points, a new point folds to *other* on its stored and path axes; declared axes and totals are
/// exact.
fn point_09_points_over_the_limit_fold_to_other(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let builder =
        staste.metrica("m").axis("gender", Axis::declared(["boy", "girl"])).axis("age", Axis::stored());
    let metrica = builder.axis("door", Axis::path()).averaged().points(60).build().unwrap();
    let mut boys = 0;
    for number in 0..200 {
        let gender = if number % 3 == 0 { "boy" } else { "girl" };
        boys += i128::from(number % 3 == 0);
        let (age, door) = (number.to_string(), (number % 7).to_string());
        metrica
            .kick_with(
                [("gender", gender), ("age", age.as_str()), ("door", door.as_str())],
                2,
                Moment::Instant(NOW),
            )
            .unwrap();
        if number % 20 == 0 {
            staste.flush().unwrap();
        }
    }
    assert_eq!(metrica.total().unwrap(), 400);
    assert_eq!(metrica.values().count().unwrap(), 200);
    let genders = metrica.values().iterate_counts("gender").unwrap();
    assert_eq!(genders, [(Choice::value("boy"), boys), (Choice::value("girl"), 200 - boys)]);
    for axis in ["age", "door"] {
        let known = metrica.choices(axis).unwrap();
        for choice in &known {
            let count = metrica.filter([(axis, choice)]).unwrap().count().unwrap();
            assert!(count > 0, "{choice} is known on {axis}, but has no kicks");
        }
        let rows = metrica.values().iterate_counts(axis).unwrap();
        assert_eq!(rows.iter().map(|(_, count)| count).sum::<i128>(), 200, "{axis}");
    }
    assert!(metrica.filter([("age", Choice::Other)]).unwrap().count().unwrap() > 100);
    assert!(staste.health().folded > 100);
    // The last kick may exceed the limit by its own points, and folded kicks have a few points more.
    let points = staste.size("m").unwrap().points;
    assert!(points <= 60 + 8 + 2 * 8, "{points} points");
    verify(&metrica);
    // Kicks at stored points still count there.
    let first = metrica.filter([("age", 0)]).unwrap();
    metrica.kick_with([("gender", "boy"), ("age", "0"), ("door", "0")], 2, Moment::Instant(NOW)).unwrap();
    assert_eq!(first.count().unwrap(), 2);
}

/// Forgetting into *other* keeps the kicks, and makes room under the cap for another choice.
fn point_09_forgetting_into_other_frees_a_place_under_the_cap(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = capped_guests(&env);
    for age in 0..7 {
        pair.kick(
            &[("age", ModelChoice::value(age.to_string())), ("gender", ModelChoice::value("boy"))],
            1,
            NOW - age * 3600,
        );
    }
    for door in [&["a", "b"][..], &["a", "c"], &["a"], &["d"], &["e", "b"], &["f"]] {
        pair.kick(&[("door", ModelChoice::path(door))], 1, NOW);
    }
    let forgotten_choices = [
        ("age", ModelChoice::value("3")),
        ("door", ModelChoice::path(&["a", "b"])),
        ("door", ModelChoice::path(&["a"])),
    ];
    for (axis, choice) in forgotten_choices {
        let forgotten =
            pair.metrica.filter([(axis, choice.to_choice())]).unwrap().forget_into_other().unwrap();
        assert_eq!(forgotten.amount.total(), 0, "the grand total is unchanged");
        pair.model.forget_into_other(axis, &choice);
        pair.check(&ModelQuery::new(ModelSpan::Ever));
        pair.verify();
    }
    pair.kick(&[("age", ModelChoice::value("new"))], 1, NOW);
    pair.kick(&[("door", ModelChoice::path(&["new"]))], 1, NOW);
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    pair.check(&ModelQuery::new(ModelSpan::Ever).filter("age", ModelChoice::value("new")));
    pair.verify();
}

/// Forgetting several choices of an axis at once, or moving them to *other*, is the same as one after the other.
fn point_09_forgetting_several_choices_equals_forgetting_each(factory: Factory<'_>) {
    for into_other in [false, true] {
        let env = TestEnv::new(factory);
        let mut pair = capped_guests(&env);
        let doors =
            [&["a", "b"][..], &["a", "c"], &["a"], &["d"], &["d", "b", "x"], &["d", "c"], &["e"], &["f"]];
        for (minute, door) in (0..).zip(doors) {
            for age in 0..4 {
                let gender = ModelChoice::value(["boy", "girl"][age % 2]);
                let age = ModelChoice::value(age.to_string());
                pair.kick(
                    &[("age", age), ("door", ModelChoice::path(door)), ("gender", gender)],
                    minute + 1,
                    NOW - minute * 60,
                );
            }
        }
        let door = |components: &[&str]| ModelChoice::path(components);
        for (axis, choices) in [
            ("age", vec![ModelChoice::value("1"), ModelChoice::value("3"), ModelChoice::value("never")]),
            // The last one is below the one before it.
            ("door", vec![door(&["a", "c"]), door(&["d"]), door(&["d", "b", "x"])]),
        ] {
            let view = pair.metrica.values();
            let given: Vec<Choice> = choices.iter().map(ModelChoice::to_choice).collect();
            if into_other {
                view.forget_choices_into_other(axis, &given).unwrap();
                choices.iter().take(2).for_each(|choice| pair.model.forget_into_other(axis, choice));
            } else {
                view.forget_choices(axis, &given).unwrap();
                choices.iter().for_each(|choice| pair.model.forget(axis, choice));
            }
            pair.check(&ModelQuery::new(ModelSpan::Ever));
            pair.verify();
        }
    }
}

/// Choices of which a filter leaves nothing no longer count against the caps of their axes, however many they are.
fn point_09_forgetting_frees_the_places_of_choices_without_kicks(factory: Factory<'_>) {
    for kind in [MetricaKind::Plain, MetricaKind::Averaged] {
        let env = TestEnv::new(factory);
        let staste = env.staste();
        let visits =
            staste.metrica("visits").axis("page", Axis::path().cap(3)).axis("status", Axis::stored());
        let visits = visits.kind(kind).build().unwrap();
        let kick = |page: &str, status: u32| {
            let page = Choice::path(page.split('/'));
            visits.kick([("page", (&page).into()), ("status", ChoiceInput::from(status))]).unwrap();
        };
        let pages = || {
            let mut pages: Vec<String> =
                visits.choices("page").unwrap().iter().map(Choice::to_string).collect();
            pages.sort();
            pages
        };
        for (page, status) in [("a/b", 200), ("x/1", 404), ("x/2", 404), ("y", 404), ("y", 500), ("z", 404)] {
            kick(page, status);
        }
        assert_eq!(pages(), ["a", "a/b", "x", "x/1", "x/2", "y"]);
        let forgotten = visits.filter([("status", 404)]).unwrap().forget().unwrap();
        assert_eq!(pages(), ["a", "a/b", "y"]);
        assert_eq!((forgotten.amount.total(), forgotten.choices), (4, 4), "{kind:?}");
        kick("new", 200);
        assert_eq!(visits.filter([("page", Choice::path(["new"]))]).unwrap().total().unwrap(), 1);
        assert_eq!(pages(), ["a", "a/b", "new", "y"]);
        let again = visits.filter([("status", 404)]).unwrap().forget().unwrap();
        assert_eq!((again.cells, again.choices), (0, 0));
        verify(&visits);
    }
}

/// Forgetting removes kicks from every cell that counted them.
fn point_09_forgotten_kicks_are_removed_from_every_cell(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let mut pair = MetricaWithModel::guests(&env.staste(), "America/New_York");
    pair.kick_randomly(&mut Rng::new(10), 120, 400 * 86_400);
    for (axis, choice) in [
        ("age", ModelChoice::value("3")),
        ("door", ModelChoice::path(&["east"])),
        ("door", ModelChoice::Unset),
    ] {
        pair.metrica.filter([(axis, choice.to_choice())]).unwrap().forget().unwrap();
        pair.model.forget(axis, &choice);
        pair.check(&ModelQuery::new(ModelSpan::Ever));
        pair.verify();
    }
    pair.kick_randomly(&mut Rng::new(11), 30, 86_400);
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    pair.verify();
}

/// A part without kicks registers its choices in their order, up to the cap, and raises the watermarks.
fn point_09_part_without_kicks_registers_choices_up_to_the_cap(factory: Factory<'_>) {
    let location = factory();
    let store = location.open();
    let axes = [("age", Axis::stored().cap(3)), ("door", Axis::path())];
    let definition = store_definition(&*store, &new_definition("guests", &axes, MetricaKind::Averaged));
    let ages = ["7", "5", "6", "4"].map(value).to_vec();
    let doors = [&["a"][..], &["a", "b"], &["c", "d"]].map(Choice::path).to_vec();
    let mut part = part(&definition, &[]);
    part.choices = vec![ages.clone(), doors];
    part.watermarks = definition.retention.watermarks(&definition.calendar(), NOW);
    let watermarks = part.watermarks;
    assert_eq!(without_mark(store.apply(&batch(1, vec![part])).unwrap()), Applied::default());
    assert_eq!(store.choices(&definition, 0).unwrap(), ages[..3]);
    let doors = [&["a"][..], &["a", "b"], &["c"], &["c", "d"]].map(Choice::path);
    assert_eq!(store.choices(&definition, 1).unwrap(), doors);
    let answer = store.read(&question(&definition, Scale::Ever, vec![Select::All; 2])).unwrap();
    assert_eq!((answer.watermarks, answer.groups.len()), (watermarks, 0));
    // Registered choices keep their order, whichever is kicked first.
    apply(&*store, 2, &definition, &[(NOW, vec![value("5"), Choice::Unset], 1)]);
    assert_eq!(location.open().choices(&definition, 0).unwrap(), ages[..3]);
}
