//! Caps: no choice folds in the copy that is separate in the source, in any order of kicks.

use staste_core::{Axis, Choice, Keep, Moment, Scale};
use staste_testkit::{NOW, Rng};

use crate::two_stores::TwoStores;

#[test]
fn lowered_cap_is_raised_in_the_copy() {
    let stores = TwoStores::new();
    let old = stores.old.staste();
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
    let copied = stores.copy("guests").unwrap();
    assert_eq!(copied.notes.len(), 2, "{copied:?}");
    assert!(copied.notes[0].contains("axis age keeps 7 choices"), "{copied:?}");
    stores.assert_equal("guests");
    // A cap that the source reached is reached in the copy too.
    let new = stores.new.staste();
    let there = new.stored_metrica("guests").unwrap();
    there.kick([("age", "new")]).unwrap();
    assert_eq!(there.filter([("age", Choice::Other)]).unwrap().count().unwrap(), 1);
}

#[test]
fn reached_point_limit_copies_every_point() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let stores = TwoStores::new();
        let old = stores.old.staste();
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
        let copied = stores.copy("guests").unwrap();
        assert_eq!(copied.count, Some(30));
        stores.assert_equal("guests");
    }
}

#[test]
fn six_axes_in_pairs_are_copied() {
    let mut rng = Rng::new(6);
    let stores = TwoStores::new();
    let old = stores.old.staste();
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
    stores.copy("guests").unwrap();
    stores.assert_equal("guests");
    let three = [("a", "1"), ("c", "2"), ("e", "0")];
    let there = stores.new.staste().stored_metrica("guests").unwrap();
    assert_eq!(there.filter(three).unwrap().count().unwrap(), guests.filter(three).unwrap().count().unwrap());
}
