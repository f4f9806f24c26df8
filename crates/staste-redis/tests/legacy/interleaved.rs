//! The original and Staste count in turn: every key has the sum, and every answer equals that of the model.

use staste_core::{Axis, Clock, Metrica, Moment, RecorderOptions, Staste, Value, Zone};
use staste_testkit::model::{
    Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan,
};
use staste_testkit::{Comparison, Rng, verify};

use crate::common::{Server, connect, store};
use crate::fixture::{retain, sort_known};
use crate::original::{Kept, Original, originals_keys};

/// 2013-01-31, when each retention starts with a bucket.
const NOW: i64 = 1_359_590_400;
const AXES: [(&str, Kept); 3] = [("gender", Kept::Declared), ("age", Kept::Stored), ("door", Kept::Path)];
const AGES: [&str; 6] = ["", "17", "9", "120", "x y", "None"];
const DOORS: [&[&str]; 5] = [&["east"], &["east", "1"], &["east", "2"], &["west", "1"], &["west", "", "1"]];

fn guests(staste: &Staste, averaged: bool) -> Metrica {
    let builder = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"]));
    let builder = builder.axis("age", Axis::stored()).axis("door", Axis::path());
    if averaged { builder.averaged().build().unwrap() } else { builder.build().unwrap() }
}

fn history(seed: u64) {
    let mut rng = Rng::new(seed);
    let averaged = rng.below(2) == 0;
    let (shared, alone) = (Server::shared().fresh(), Server::shared().fresh());
    let (connection, reference) = (connect(&shared), connect(&alone));
    let original = |connection| Original {
        connection,
        metrica: "guests",
        axes: &AXES,
        averaged,
        all: "__all__",
        choices: "__choices__",
    };
    let clock = Clock::fixed(NOW);
    // Two processes; either may be the one that defines, before or after the original starts.
    let open = || {
        Staste::with(
            store(&format!("{shared}&layout=legacy")),
            clock.clone(),
            RecorderOptions::default().flush_every(None),
        )
    };
    let handles = [open(), open()];
    let ours = [guests(&handles[0], averaged), guests(&handles[1], averaged)];
    let axes = vec![
        ModelAxis::declared("gender", &["boy", "girl"]),
        ModelAxis::new("age", ModelAxisKind::Stored),
        ModelAxis::new("door", ModelAxisKind::Path),
    ];
    let mut model = Model::new(ModelCalendar::new("UTC", 0), averaged, axes);
    retain(&mut model);
    for _ in 0..4 {
        for _ in 0..15 {
            let gender = (rng.below(4) > 0).then(|| rng.choose(&["boy", "girl"]));
            let age = (rng.below(4) > 0).then(|| rng.choose(&AGES));
            let door = (rng.below(4) > 0).then(|| rng.choose(&DOORS));
            let at = NOW - rng.between(0, 23 * 3600);
            let date = Zone::utc().civil(at).unwrap();
            // A plain Metrica does not distinguish a sum of zero from no cell.
            let value = rng.between(if averaged { -2 } else { 1 }, 6);
            let one = |choice: &str| vec![choice.to_owned()];
            let written = [
                gender.map(one),
                age.map(one),
                door.map(|door: &[&str]| door.iter().map(ToString::to_string).collect()),
            ];
            let mut point = Vec::new();
            point.extend(gender.map(|gender| ("gender", ModelChoice::value(gender))));
            point.extend(age.map(|age| ("age", ModelChoice::value(age))));
            point.extend(door.map(|door| ("door", ModelChoice::path(door))));
            original(&reference).kick(&written, value, date);
            match rng.choose(&[0, 1, 2]) {
                2 => original(&connection).kick(&written, value, date),
                own => {
                    let choices = point.iter().map(|(axis, choice)| (*axis, choice.to_choice()));
                    ours[own].kick_with(choices, Value::from(value), Moment::Instant(at)).unwrap();
                }
            }
            model.kick(&point, i128::from(value), at, NOW);
        }
        handles.iter().for_each(|handle| handle.flush().unwrap());
        sort_known(&mut model);
        assert_eq!(originals_keys(&connection), originals_keys(&reference), "seed {seed}");
        let ours = &ours[rng.choose(&[0, 1])];
        let compare = Comparison { metrica: ours, model: &model, now: NOW };
        for span in [ModelSpan::Ever, ModelSpan::Between(Some(NOW - 9 * 3600 - 120), Some(NOW - 7 * 60))] {
            let ask = ModelQuery::new(span);
            compare.everything(&ask);
            compare.everything(&ask.clone().filter("age", ModelChoice::value(rng.choose(&AGES))));
            compare.everything(
                &ask.clone().filter("gender", ModelChoice::Unset).filter("door", ModelChoice::Unset),
            );
            compare.everything(&ask.filter("door", ModelChoice::path(&["east"])));
        }
        compare.series(
            &ModelQuery::new(ModelSpan::Last(24, staste_core::Scale::Hour)),
            staste_core::Scale::Hour,
        );
        verify(ours);
    }
}

#[test]
fn original_and_store_count_under_the_same_keys() {
    (1..25).for_each(history);
}
