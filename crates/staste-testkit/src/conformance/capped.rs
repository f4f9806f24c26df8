//! Point 9: axes and metricas keep so many choices and points and no more; totals stay exact.

use staste_core::store::{Applied, Select};
use staste_core::{Axis, Choice, Metrica, MetricaKind, Moment, Scale};

use crate::batches::{apply, batch, define, part, question, remember, unmarked, value};
use crate::model::{Ask, Civil, Model, ModelAxis, Pick, Shape, Span};
use crate::{Dice, Factory, Lab, NOW, Twin, verify};

fn capped(lab: &Lab) -> Twin {
    let builder = lab.staste().metrica("capped").axis("gender", Axis::declared(["boy", "girl"]));
    let builder = builder.axis("age", Axis::stored().cap(5)).axis("door", Axis::path().cap(3)).averaged();
    let axes = vec![
        ModelAxis::declared("gender", &["boy", "girl"]),
        ModelAxis::new("age", Shape::Stored).cap(5),
        ModelAxis::new("door", Shape::Path).cap(3),
    ];
    Twin { metrica: builder.build().unwrap(), model: Model::new(Civil::new("UTC", 0), true, axes) }
}

/// Values past the cap count as other, on any level of a path too; the rest of the point is exact.
pub fn point_09_capped_choices_become_other(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = capped(&lab);
    let mut dice = Dice::new(9);
    for _ in 0..150 {
        let gender = Pick::value(dice.pick(&["boy", "girl"]));
        let age = Pick::value(dice.below(9).to_string());
        let parts: Vec<String> = (0..=dice.below(3)).map(|_| dice.below(5).to_string()).collect();
        let door = Pick::path(&parts.iter().map(String::as_str).collect::<Vec<_>>());
        twin.kick(&[("gender", gender), ("age", age), ("door", door)], 1, NOW);
    }
    twin.check(&Ask::of(Span::Ever));
    twin.check(&Ask::of(Span::Ever).filter("age", Pick::Other));
    twin.check(&Ask::of(Span::Ever).filter("door", Pick::Other));
    twin.check(&Ask::of(Span::Ever).filter("door", twin.model.axes[2].known[0].clone()));
    assert_eq!(twin.metrica.choices("age").unwrap().len(), 5);
    assert!(twin.metrica.choices("door").unwrap().len() <= 9);
    assert!(twin.metrica.staste().health().folded > 0);
    twin.verify();
    // What was answered can be asked with: a path that ends in other too.
    let (parent, inside) = (
        twin.model.axes[2].known[0].choice(),
        twin.metrica.filter([("door", twin.model.axes[2].known[0].choice())]).unwrap(),
    );
    for (choice, reading) in inside.by("door").unwrap() {
        if choice != parent {
            let asked = twin.metrica.filter([("door", &choice)]).unwrap();
            assert_eq!(asked.read().unwrap(), reading, "{choice}");
        }
    }
}

/// Two processes share one cap.
pub fn point_09_capped_across_processes(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let (one, other) = (capped(&lab), capped(&lab));
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

/// A cap may grow; what became other before stays other.
pub fn point_09_capped_until_the_cap_grows(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
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

/// Past the cap on points new ones fold their stored and path axes; declared axes and totals are exact.
pub fn point_09_capped_points_fold_to_other(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let staste = lab.staste();
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
            assert!(count > 0, "{choice} is known on {axis}, but no kick landed there");
        }
        let rows = metrica.values().iterate_counts(axis).unwrap();
        assert_eq!(rows.iter().map(|(_, count)| count).sum::<i128>(), 200, "{axis}");
    }
    assert!(metrica.filter([("age", Choice::Other)]).unwrap().count().unwrap() > 100);
    assert!(staste.health().folded > 100);
    // One kick may pass the limit by its own points; folded ones need a few more of their own.
    let points = staste.size("m").unwrap().points;
    assert!(points <= 60 + 8 + 2 * 8, "{points} points");
    verify(&metrica);
    // Known points still count at themselves.
    let first = metrica.filter([("age", 0)]).unwrap();
    metrica.kick_with([("gender", "boy"), ("age", "0"), ("door", "0")], 2, Moment::Instant(NOW)).unwrap();
    assert_eq!(first.count().unwrap(), 2);
}

/// Forgetting into other keeps the kicks and frees the place.
pub fn point_09_capped_until_a_place_is_free(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = capped(&lab);
    for age in 0..7 {
        twin.kick(
            &[("age", Pick::value(age.to_string())), ("gender", Pick::value("boy"))],
            1,
            NOW - age * 3600,
        );
    }
    for door in [&["a", "b"][..], &["a", "c"], &["a"], &["d"], &["e", "b"], &["f"]] {
        twin.kick(&[("door", Pick::path(door))], 1, NOW);
    }
    let steps = [("age", Pick::value("3")), ("door", Pick::path(&["a", "b"])), ("door", Pick::path(&["a"]))];
    for (axis, pick) in steps {
        let taken = twin.metrica.filter([(axis, pick.choice())]).unwrap().forget_into_other().unwrap();
        assert_eq!(taken.amount.total(), 0, "nothing leaves the grand total");
        twin.model.forget_into_other(axis, &pick);
        twin.check(&Ask::of(Span::Ever));
        twin.verify();
    }
    twin.kick(&[("age", Pick::value("new"))], 1, NOW);
    twin.kick(&[("door", Pick::path(&["new"]))], 1, NOW);
    twin.check(&Ask::of(Span::Ever));
    twin.check(&Ask::of(Span::Ever).filter("age", Pick::value("new")));
    twin.verify();
}

/// Forgetting takes kicks out of every cell that counted them.
pub fn point_09_capped_and_forgotten(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let mut twin = Twin::guests(&lab.staste(), "America/New_York");
    twin.kick_randomly(&mut Dice::new(10), 120, 400 * 86_400);
    for (axis, pick) in [("age", Pick::value("3")), ("door", Pick::path(&["east"])), ("door", Pick::Unset)] {
        twin.metrica.filter([(axis, pick.choice())]).unwrap().forget().unwrap();
        twin.model.forget(axis, &pick);
        twin.check(&Ask::of(Span::Ever));
        twin.verify();
    }
    twin.kick_randomly(&mut Dice::new(11), 30, 86_400);
    twin.check(&Ask::of(Span::Ever));
    twin.verify();
}

/// A part without kicks makes its choices known in their order, as far as there are places, and raises watermarks.
pub fn point_09_capped_but_made_known_without_kicks(factory: Factory<'_>) {
    let place = factory();
    let store = place.open();
    let axes = [("age", Axis::stored().cap(3)), ("door", Axis::path())];
    let definition = remember(&*store, &define("guests", &axes, MetricaKind::Averaged));
    let ages = ["7", "5", "6", "4"].map(value).to_vec();
    let doors = [&["a"][..], &["a", "b"], &["c", "d"]].map(Choice::path).to_vec();
    let mut part = part(&definition, &[]);
    part.choices = vec![ages.clone(), doors];
    part.watermarks = definition.retention.watermarks(&definition.calendar(), NOW);
    let watermarks = part.watermarks;
    assert_eq!(unmarked(store.apply(&batch(1, vec![part])).unwrap()), Applied::default());
    assert_eq!(store.choices(&definition, 0).unwrap(), ages[..3]);
    let doors = [&["a"][..], &["a", "b"], &["c"], &["c", "d"]].map(Choice::path);
    assert_eq!(store.choices(&definition, 1).unwrap(), doors);
    let answer = store.read(&question(&definition, Scale::Ever, vec![Select::All; 2])).unwrap();
    assert_eq!((answer.watermarks, answer.groups.len()), (watermarks, 0));
    // Known, they keep their places, whatever comes first.
    apply(&*store, 2, &definition, &[(NOW, vec![value("5"), Choice::Unset], 1)]);
    assert_eq!(place.open().choices(&definition, 0).unwrap(), ages[..3]);
}
