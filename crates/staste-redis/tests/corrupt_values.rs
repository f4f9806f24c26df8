//! Invalid values under the keys of a store: each causes an error that names it, and none costs excessive memory or
//! time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;

use common::*;
use staste_core::store::{Batch, Forget, KickSelection, Question, Select, Writer};
use staste_core::{
    Axis, Choice, Clock, Definition, Error, MetricaKind, RecorderOptions, Scale, Staste, Timespan,
};

const META: &str = "staste:{guests}:meta";
const EVER: &str = "staste:{guests}:ever";
const CHOICES: &str = "staste:{guests}:choices:0";
const PAGES: &str = "staste:{guests}:choices:1";

/// Two kicks, at the ages 7 and 8 and at the places x/y and x/z. The ids of x, y and z are 3, 4 and 5.
fn counted(address: &str) -> Arc<Definition> {
    let store = store(address);
    let axes = [("age", Axis::stored()), ("page", Axis::path())];
    let definition =
        store_definition(store.as_ref(), &new_definition("guests", &axes, MetricaKind::Averaged));
    let event = |age: &str, page: [&str; 2]| (NOW, vec![value(age), Choice::path(page)], 1);
    apply(store.as_ref(), 1, &definition, &[event("7", ["x", "y"]), event("8", ["x", "z"])]);
    definition
}

/// Returns the error of every operation that reads the state of the Metrica, each with a new client.
fn errors(address: &str, definition: &Arc<Definition>, case: &str) -> Vec<Error> {
    let everything = question(definition, Scale::Ever, vec![Select::Any, Select::Any]);
    let event = (NOW, vec![value("9"), Choice::path(["x", "new"])], 1);
    let further = Batch { writer: Writer(9), ..batch(1, vec![part(definition, &[event])]) };
    let read = |question: &Question| store(address).read(question).map(drop);
    [
        read(&question(definition, Scale::Ever, vec![Select::All, Select::All])),
        read(&everything),
        store(address).choices(definition, 0).map(drop),
        store(address).choices(definition, 1).map(drop),
        store(address).size("guests").map(drop),
        store(address).apply(&further).map(drop),
    ]
    .into_iter()
    .enumerate()
    .map(|(verb, done)| done.expect_err(&format!("{case}: verb {verb}")))
    .collect()
}

/// Changes values of the Metrica, and checks that errors name the key, the value and the remedy.
fn is_reported(commands: &[&[&str]], named: [&str; 2]) {
    let address = Server::shared().fresh();
    let definition = counted(&address);
    let connection = connect(&address);
    commands.iter().for_each(|command| execute(&connection, command));
    let before = contents(&connection);
    for error in errors(&address, &definition, &format!("{commands:?}")) {
        let text = error.to_string();
        assert!(error.is_corrupt(), "{commands:?}: {error:?}");
        assert!(named.iter().all(|named| text.contains(named)), "{commands:?}: {text}");
        assert!(text.contains("restore its keys from a backup"), "{commands:?}: {text}");
        assert!(text.contains("`staste forget guests`"), "{commands:?}: {text}");
    }
    assert_eq!(contents(&connection), before, "{commands:?}");
}

#[test]
fn invalid_next_id_is_reported() {
    let huge = "9".repeat(400);
    for next in [
        "4000000000:6",
        "5:4000000000",
        "18446744073709551615:6",
        "1e9:6",
        "-5:6",
        "0:6",
        "4:6",
        "6:6",
        "5:3",
        "nonsense",
        "5:6\r\nOK",
        huge.as_str(),
    ] {
        let shown: String = next.chars().take(5).filter(|letter| !letter.is_control()).collect();
        let shown = shown.trim_end_matches(":6").trim_start_matches("5:");
        is_reported(&[&["HSET", META, "next", next]], [META, shown]);
    }
    is_reported(&[&["HSET", META, "next", "5"]], [META, "\"5\""]);
    is_reported(&[&["HSET", META, "next", "5:6:3"]], [META, "\"5:6:3\""]);
    is_reported(&[&["HDEL", META, "next"]], [META, "nothing for next"]);
}

#[test]
fn id_far_beyond_the_others_is_reported() {
    for id in ["4000000000", "3000000", "4294967294"] {
        let next = (id.parse::<u64>().unwrap() + 1).to_string();
        let commands: [&[&str]; 2] =
            [&["HSET", META, "next", &format!("{next}:6")], &["HSET", CHOICES, id, "0:x"]];
        is_reported(&commands, [CHOICES, &next]);
    }
}

#[test]
fn choice_without_a_parent_is_reported() {
    for (key, id, value, why) in [
        (CHOICES, "3", "4000000000:7", "4000000000"),
        (CHOICES, "3", "18446744073709551615:7", "PARENT:TEXT"),
        (CHOICES, "3", "-1:7", "PARENT:TEXT"),
        (CHOICES, "3", "nonsense", "PARENT:TEXT"),
        (CHOICES, "4", "3:8", "no paths"),
        (CHOICES, "4", "0", "no text"),
        // A path below itself, and below one with a later id, which would be an endless loop.
        (PAGES, "4", "4:y", "no choice before it has"),
        (PAGES, "4", "5:y", "no choice before it has"),
        (PAGES, "4", "1:y", "no choice before it has"),
        (PAGES, "4", "4000000000:y", "no choice before it has"),
    ] {
        is_reported(&[&["HSET", key, id, value]], [key, why]);
    }
    // The parent of the others.
    is_reported(&[&["HDEL", PAGES, "3"]], [PAGES, "no choice before it has"]);
}

#[test]
fn too_deep_path_is_reported() {
    let address = Server::shared().fresh();
    let definition = counted(&address);
    let connection = connect(&address);
    for id in 6..=40 {
        execute(&connection, &["HSET", PAGES, &id.to_string(), &format!("{}:deep", id - 1)]);
    }
    execute(&connection, &["HSET", META, "next", "5:41"]);
    for error in errors(&address, &definition, "deep") {
        assert!(error.is_corrupt(), "{error:?}");
        assert!(error.to_string().contains("a path of more than 16 components"), "{error}");
    }
}

#[test]
fn invalid_number_in_meta_is_reported() {
    for (field, value) in [
        ("version", "nonsense"),
        ("writes", ""),
        ("from0", "1e400"),
        ("from5", "18446744073709551615000"),
        ("held", "soon"),
    ] {
        is_reported(&[&["HSET", META, field, value]], [META, field]);
    }
    is_reported(&[&["HDEL", META, "version"]], [META, "nothing for version"]);
}

/// Forgotten choices leave ids without a choice, which is not an error.
#[test]
fn ids_of_forgotten_choices_are_skipped() {
    let address = Server::shared().fresh();
    let definition = counted(&address);
    let connection = connect(&address);
    execute(&connection, &["HSET", CHOICES, "90000", "0:9"]);
    execute(&connection, &["HSET", META, "next", "90001:6"]);
    let store = store(&address);
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("7"), value("8"), value("9")]);
    apply(store.as_ref(), 2, &definition, &[(NOW, vec![value("10"), Choice::path(["x"])], 1)]);
    let next: String = query(&connection, &["HGET", META, "next"]);
    assert_eq!(next, "90002:6");
}

/// A process that knows the choices would otherwise add new ones, and hide that others are missing.
#[test]
fn choice_is_not_added_when_earlier_ones_are_missing() {
    let address = Server::shared().fresh();
    let definition = counted(&address);
    let store = store(&address);
    let event = |age: &str| (NOW, vec![value(age), Choice::path(["x", "y"])], 1);
    apply(store.as_ref(), 2, &definition, &[event("7")]);
    let connection = connect(&address);
    execute(&connection, &["DEL", CHOICES]);
    let before = contents(&connection);
    let error = store.apply(&batch(3, vec![part(&definition, &[event("new")])])).unwrap_err();
    assert!(error.is_corrupt() && error.to_string().contains(&format!("{CHOICES} is missing")), "{error}");
    assert_eq!(contents(&connection), before);
}

#[test]
fn point_without_choices_is_reported() {
    let points: [&[u8]; 6] = [
        &[0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0],
        &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0],
        &[0xFF; 12],
        &[0x80, 0x80],
        &[1],
        &[1, 1, 1],
    ];
    for point in points {
        let address = Server::shared().fresh();
        let definition = counted(&address);
        let connection = connect(&address);
        let add = |key: &str| {
            redis::cmd("HSET").arg(key).arg(point).arg(1).exec(&mut connection.lock().unwrap()).unwrap();
        };
        let everything = question(&definition, Scale::Ever, vec![Select::Any, Select::Any]);
        let forget = Forget::Kicks(KickSelection {
            definition: Arc::clone(&definition),
            filter: vec![(0, vec![value("7")])],
            span: None,
            into_other: false,
            unused_choices: false,
        });
        add(EVER);
        let errors = [store(&address).read(&everything).map(drop), store(&address).forget(&forget).map(drop)];
        for error in errors.map(Result::unwrap_err) {
            assert!(error.is_corrupt(), "{point:?} {error:?}");
            let text = error.to_string();
            assert!(text.contains(&format!("{EVER} holds a cell of field")), "{text}");
            assert!(text.contains("`staste forget guests`"), "{text}");
        }
    }
}

/// A bucket with an impossible start must not cause an endless loop or a panic.
#[test]
fn invalid_index_entry_is_a_fault() {
    for start in ["9223372036854775807", "-9223372036854775808", "99999999999999", "nonsense", "1e5", ""] {
        let address = Server::shared().fresh();
        counted(&address);
        let connection = connect(&address);
        execute(&connection, &["ZADD", "staste:{guests}:index:hour", &NOW.to_string(), start]);
        let bucket = format!("staste:{{guests}}:hour:{start}");
        redis::cmd("HSET").arg(&bucket).arg(&[0_u8, 0]).arg(1).exec(&mut connection.lock().unwrap()).unwrap();
        let staste =
            Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
        let metrica = staste.stored_metrica("guests").unwrap();
        match metrica.verify(&mut |_| ()) {
            Ok(verified) => assert!(!verified.faults.is_empty(), "{start}"),
            Err(error) => assert!(error.is_corrupt(), "{start}: {error:?}"),
        }
        let hours = metrica.timespan(Timespan::last(3, Scale::Hour).unwrap());
        let asked = [hours.series(Scale::Hour).map(drop), staste.size("guests").map(drop)];
        let forgotten = [
            metrica.filter([("age", "7")]).unwrap().forget().map(drop),
            hours.forget().map(drop),
            staste.forget("guests").map(drop),
        ];
        for error in asked.into_iter().chain(forgotten).filter_map(Result::err) {
            assert!(error.is_corrupt(), "{start}: {error:?}");
        }
        assert!(staste.definitions().unwrap().is_empty());
    }
}
