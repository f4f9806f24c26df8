//! Caps: nothing folds in the copy that is told apart in the first place, whatever the order it comes in.

use staste_core::{Axis, Choice, Keep, Moment, Scale};
use staste_testkit::{NOW, Rng};

use crate::places::Places;

#[test]
fn a_cap_that_was_lowered_makes_room() {
    let places = Places::new();
    let old = places.old.staste();
    let define = |cap| {
        let builder =
            old.metrica("guests").axis("age", Axis::stored().cap(cap)).axis("door", Axis::path().cap(cap));
        builder.averaged().build().unwrap()
    };
    let guests = define(9);
    for age in 0..7_u8 {
        let door = ["a".to_owned(), format!("d{age}"), format!("e{age}")];
        guests.kick([("age", Choice::value(age.to_string())), ("door", Choice::path(door))]).unwrap();
    }
    old.flush().unwrap();
    define(2).define().unwrap();
    let copied = places.copy("guests").unwrap();
    assert_eq!(copied.notes.len(), 2, "{copied:?}");
    assert!(copied.notes[0].contains("axis age keeps 7 choices"), "{copied:?}");
    places.check_same("guests");
    // A cap that was reached is reached there too.
    let new = places.new.staste();
    let there = new.known("guests").unwrap();
    there.kick([("age", "new")]).unwrap();
    assert_eq!(there.filter([("age", Choice::Other)]).unwrap().count().unwrap(), 1);
}

#[test]
fn all_places_taken_in_another_order() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let places = Places::new();
        let old = places.old.staste();
        let names = ["a", "b", "c"];
        let builder =
            names.iter().fold(old.metrica("guests"), |builder, axis| builder.axis(axis, Axis::stored()));
        let guests = builder.points(40).averaged().keep(Scale::Minute, Keep::Forever).build().unwrap();
        for _ in 0..30 {
            let kick: Vec<(&str, String)> =
                names.iter().map(|axis| (*axis, rng.below(4).to_string())).collect();
            let at = NOW - rng.between(0, 9_000_000);
            let choices = kick.iter().map(|(axis, choice)| (*axis, choice.as_str()));
            guests.kick_with(choices, 1, Moment::Instant(at)).unwrap();
            old.flush().unwrap();
        }
        assert!(old.health().folded > 0);
        let copied = places.copy("guests").unwrap();
        assert_eq!(copied.count, Some(30));
        places.check_same("guests");
    }
}

#[test]
fn six_axes_in_pairs() {
    let mut rng = Rng::new(6);
    let places = Places::new();
    let old = places.old.staste();
    let names = ["a", "b", "c", "d", "e"];
    let builder =
        names.iter().fold(old.metrica("guests"), |builder, axis| builder.axis(axis, Axis::stored()));
    let guests = builder.axis("page", Axis::path()).averaged().build().unwrap();
    for _ in 0..60 {
        let mut kick: Vec<(&str, Choice)> =
            names.iter().map(|axis| (*axis, Choice::value(rng.below(3).to_string()))).collect();
        let page: Vec<String> = (0..rng.between(1, 4)).map(|_| rng.below(2).to_string()).collect();
        kick.push(("page", Choice::path(page)));
        kick.remove(rng.choose(&[0, 1, 2, 3, 4, 5]));
        guests
            .kick_with(kick, rng.between(-3, 9), Moment::Instant(NOW - rng.between(0, 60_000_000)))
            .unwrap();
    }
    old.flush().unwrap();
    places.copy("guests").unwrap();
    places.check_same("guests");
    let three = [("a", "1"), ("c", "2"), ("e", "0")];
    let there = places.new.staste().known("guests").unwrap();
    assert_eq!(there.filter(three).unwrap().count().unwrap(), guests.filter(three).unwrap().count().unwrap());
}
