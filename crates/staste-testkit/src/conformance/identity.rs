//! Point 8: different points never share a cell, whatever their choices hold.

use staste_core::{Axis, Choice, ChoiceInput, Metrica, Staste};

use crate::model::{Ask, Civil, Model, ModelAxis, Pick, Shape, Span};
use crate::{Factory, Lab, NOW, Twin};

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

/// Each pair of hostile texts is a point of its own.
pub fn point_08_identity_of_hostile_choices(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = two(&lab.staste());
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
    assert_eq!(lab.staste().known("two").unwrap().choices("a").unwrap(), known);
    for text in HOSTILE {
        let view = metrica.filter([("a", text)]).unwrap();
        assert_eq!(view.count().unwrap(), HOSTILE.len() as i128, "{text:?}");
    }
    crate::verify(&metrica);
}

/// Paths whose components hold separators, are empty, or look like one another.
pub fn point_08_identity_of_hostile_paths(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = lab.staste().metrica("paths").axis("place", Axis::path()).averaged().build().unwrap();
    let axes = vec![ModelAxis::new("place", Shape::Path)];
    let mut twin = Twin { metrica, model: Model::new(Civil::new("UTC", 0), true, axes) };
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
        twin.kick(&[("place", Pick::path(place))], value, NOW);
    }
    twin.kick(&[], 100, NOW);
    twin.check(&Ask::of(Span::Ever));
    for place in places {
        twin.check(&Ask::of(Span::Ever).filter("place", Pick::path(place)));
    }
    twin.verify();
}

/// Integers and booleans are their text; nothing given is unset, which no text is.
pub fn point_08_identity_of_forms(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = two(&lab.staste());
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

/// The longest choice is one more than a shorter one, to the last byte.
pub fn point_08_identity_of_long_choices(factory: Factory<'_>) {
    let lab = Lab::new(factory);
    let metrica = two(&lab.staste());
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
