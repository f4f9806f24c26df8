//! Point 8: different points never share a cell, whatever text their choices hold.

use staste_core::{Axis, Choice, ChoiceInput, Metrica, Staste};

use crate::guests::verify;
use crate::model::{Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan};
use crate::store_location::Factory;
use crate::test_env::{NOW, TestEnv};
use crate::with_model::MetricaWithModel;

claims! { identity:
    point_08_hostile_choices_are_distinct_points,
    point_08_hostile_paths_are_distinct_points,
    point_08_integers_and_booleans_equal_their_text,
    point_08_long_choices_differ_by_their_last_byte,
    point_08_axes_have_names_in_any_script,
}

const HOSTILE: [&str; 24] = [
    "",
    " ",
    "  ",
    ":",
    "a:b",
    "/",
    "a/b",
    "__all__",
    "(other)",
    "(unset)",
    "(all)",
    "None",
    "null",
    "0",
    "00",
    "false",
    "\0",
    "\u{1}",
    "\u{1f}\u{1e}",
    "é",
    "e\u{301}",
    "😀",
    "'; DROP TABLE cells; --",
    "total",
];

fn two(staste: &Staste) -> Metrica {
    staste.metrica("two").axis("a", Axis::stored()).axis("b", Axis::stored()).averaged().build().unwrap()
}

/// Each pair of hostile texts is a different point.
fn point_08_hostile_choices_are_distinct_points(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = two(&env.staste());
    let mut value = 1;
    for a in HOSTILE {
        for b in HOSTILE {
            metrica.kick_with([("a", a), ("b", b)], value, staste_core::Moment::Instant(NOW)).unwrap();
            value += 1;
        }
    }
    let pivot = metrica.values().pivot(&["a", "b"]).unwrap();
    assert_eq!(pivot.len(), HOSTILE.len() * HOSTILE.len());
    for ((choices, reading), expected) in pivot.iter().rev().zip(1_i128..) {
        let index = usize::try_from(expected - 1).unwrap();
        let (a, b) = (HOSTILE[index / HOSTILE.len()], HOSTILE[index % HOSTILE.len()]);
        assert_eq!(*choices, [Choice::value(a), Choice::value(b)]);
        assert_eq!((reading.total.raw(), reading.count), (expected, Some(1)));
    }
    let known: Vec<Choice> = HOSTILE.iter().map(Choice::value).collect();
    assert_eq!(env.staste().stored_metrica("two").unwrap().choices("a").unwrap(), known);
    for text in HOSTILE {
        let view = metrica.filter([("a", text)]).unwrap();
        assert_eq!(view.count().unwrap(), HOSTILE.len() as i128, "{text:?}");
    }
    verify(&metrica);
}

/// Paths with separators in their components, with empty components or of similar text are different points.
fn point_08_hostile_paths_are_distinct_points(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = env.staste().metrica("paths").axis("place", Axis::path()).averaged().build().unwrap();
    let axes = vec![ModelAxis::new("place", ModelAxisKind::Path)];
    let mut pair = MetricaWithModel { metrica, model: Model::new(ModelCalendar::new("UTC", 0), true, axes) };
    let places: [&[&str]; 12] = [
        &["a", "b"],
        &["a/b"],
        &["a", "", "b"],
        &["", "a", "b"],
        &["a", "b", ""],
        &[""],
        &["", ""],
        &["a:b"],
        &["(other)"],
        &["a", "(other)"],
        &["__all__", "b"],
        &["😀", "\0"],
    ];
    for (value, place) in (1..).zip(places) {
        pair.kick(&[("place", ModelChoice::path(place))], value, NOW);
    }
    pair.kick(&[], 100, NOW);
    pair.check(&ModelQuery::new(ModelSpan::Ever));
    for place in places {
        pair.check(&ModelQuery::new(ModelSpan::Ever).filter("place", ModelChoice::path(place)));
    }
    pair.verify();
}

/// An integer or a boolean is the same choice as its text; an omitted choice is *unset*, which no text is.
fn point_08_integers_and_booleans_equal_their_text(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = two(&env.staste());
    let same: [(&str, &[ChoiceInput<'_>]); 4] = [
        ("19", &[19.into(), 19_u8.into(), "19".into(), Choice::value("19").into()]),
        ("-7", &[(-7).into(), "-7".into()]),
        ("0", &[0.into(), "0".into()]),
        ("false", &[false.into(), "false".into()]),
    ];
    for (text, forms) in same {
        for form in forms {
            metrica.kick([("a", form.clone())]).unwrap();
        }
        for form in forms {
            let view = metrica.filter([("a", form.clone())]).unwrap();
            assert_eq!(view.total().unwrap(), forms.len() as i128, "{text}");
        }
    }
    metrica.kick([("a", None::<&str>)]).unwrap();
    metrica.kick([] as [(&str, &str); 0]).unwrap();
    metrica.kick([("a", "")]).unwrap();
    metrica.kick([("a", "(unset)")]).unwrap();
    let total = |given: ChoiceInput<'_>| metrica.filter([("a", given)]).unwrap().total().unwrap().raw();
    assert_eq!((total(ChoiceInput::Unset), total("".into()), total("(unset)".into())), (2, 1, 1));
    assert_eq!(total(Choice::All.into()), 4 + 2 + 2 + 2 + 4);
}

/// Choices of the maximum length that differ only in the last byte are different choices.
fn point_08_long_choices_differ_by_their_last_byte(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let metrica = two(&env.staste());
    let long = "x".repeat(1024);
    let other = format!("{}y", "x".repeat(1023));
    let wide = "é".repeat(512);
    for choice in [&long, &other, &wide] {
        metrica.kick([("a", choice), ("b", choice)]).unwrap();
    }
    for choice in [&long, &other, &wide] {
        assert_eq!(metrica.filter([("a", choice), ("b", choice)]).unwrap().total().unwrap(), 1);
    }
    assert_eq!(metrica.filter([("a", &long), ("b", &other)]).unwrap().total().unwrap(), 0);
}

/// Axes have names in any script, which are stored, filtered and split by like others.
fn point_08_axes_have_names_in_any_script(factory: Factory<'_>) {
    let env = TestEnv::new(factory);
    let staste = env.staste();
    let orders = staste.metrica("orders").axis("größe", Axis::declared(["klein", "groß"]));
    let orders = orders.axis("страна", Axis::stored()).axis("国", Axis::path()).averaged().build().unwrap();
    for (size, country, place) in [
        ("groß", "Латвия", &["日本", "東京"][..]),
        ("klein", "Латвия", &["日本"]),
        ("groß", "Eesti", &["日本", "東京"]),
    ] {
        let choices = [("größe", ChoiceInput::from(size)), ("страна", country.into()), ("国", place.into())];
        orders.kick(choices).unwrap();
    }
    staste.flush().unwrap();
    let stored = env.staste().stored_metrica("orders").unwrap();
    let names: Vec<String> =
        stored.definition().unwrap().stored_axes.iter().map(|axis| axis.name.clone()).collect();
    assert_eq!(names, ["größe", "страна", "国"]);
    assert_eq!(stored.filter([("größe", "groß")]).unwrap().total().unwrap(), 2);
    assert_eq!(
        stored
            .filter([("国", &["日本", "東京"])])
            .unwrap()
            .filter([("страна", "Eesti")])
            .unwrap()
            .total()
            .unwrap(),
        1
    );
    let countries = stored.iterate("страна").unwrap();
    assert_eq!(
        countries.iter().map(|(choice, _)| choice.to_string()).collect::<Vec<_>>(),
        ["Латвия", "Eesti"]
    );
    assert_eq!(stored.values().pivot(&["国", "größe"]).unwrap().len(), 2);
    stored.filter([("страна", "Eesti")]).unwrap().forget().unwrap();
    assert_eq!(stored.choices("страна").unwrap(), [Choice::value("Латвия")]);
    verify(&stored);
}
