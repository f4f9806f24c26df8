//! Values that the original could not distinguish: separators, repeated hours, renamed words.

use staste_core::store::Store as _;
use staste_core::{Axis, Choice, Clock, Metrica, Moment, RecorderOptions, Scale, Staste};
use staste_redis::RedisStore;
use staste_testkit::model::{
    Model, ModelAxis, ModelAxisKind, ModelCalendar, ModelChoice, ModelQuery, ModelSpan,
};
use staste_testkit::{Comparison, NOW, verify};

use crate::common::{Server, connect, execute, query, store};
use crate::fixture::{retain, sort_known};
use crate::original::{Content, Kept, Original, originals_keys};

const HOSTILE: [&str; 24] = [
    "",
    "a",
    "a:b",
    ":",
    "::",
    "a/b",
    "/",
    "//",
    "__all__",
    "x__all__",
    "__all__:x",
    "\u{1b}",
    "\u{1b}o",
    "\u{1b}c",
    "\u{1b}w__all__",
    "\0",
    "😀",
    "true",
    "True",
    "False",
    "None",
    "0",
    "__len__",
    "__choices__",
];

fn open(address: &str, clock: &Clock) -> Staste {
    Staste::with(
        store(&format!("{address}&layout=legacy")),
        clock.clone(),
        RecorderOptions::default().flush_every(None),
    )
}

#[test]
fn ambiguous_values_are_distinguished() {
    let address = Server::shared().fresh();
    let clock = Clock::fixed(NOW);
    let staste = open(&address, &clock);
    let builder = staste.metrica("guests").axis("age", Axis::stored()).axis("page", Axis::path()).averaged();
    let metrica = builder.axis("kind", Axis::declared(["true", "a:b", "__all__"])).build().unwrap();
    let axes = vec![
        ModelAxis::new("age", ModelAxisKind::Stored),
        ModelAxis::new("page", ModelAxisKind::Path),
        ModelAxis::declared("kind", &["true", "a:b", "__all__"]),
    ];
    let mut model = Model::new(ModelCalendar::new("UTC", 0), true, axes);
    retain(&mut model);
    let long = "é".repeat(500);
    let texts: Vec<&str> = HOSTILE.into_iter().chain([long.as_str()]).collect();
    for (number, text) in texts.iter().enumerate() {
        let point = [
            ("age", ModelChoice::value(*text)),
            ("page", ModelChoice::path(&[text, texts[(number + 1) % texts.len()]])),
            ("kind", ModelChoice::value(["true", "a:b", "__all__"][number % 3])),
        ];
        // Some axes are left out.
        for width in [1, 2, 3] {
            let point = &point[..width];
            // Two long ones are not a path.
            if width > 1 && text.len() > 900 {
                continue;
            }
            let choices = point.iter().map(|(axis, choice)| (*axis, choice.to_choice()));
            metrica.kick_with(choices, i64::try_from(number).unwrap(), Moment::Now).unwrap();
            model.kick(point, i128::try_from(number).unwrap(), NOW, NOW);
        }
    }
    staste.flush().unwrap();
    // In the order of sets, which list paths level by level.
    let known = metrica.choices("page").unwrap();
    assert_eq!(known.len(), model.axes[1].known.len());
    model.axes[1].known = known.iter().map(ModelChoice::from).collect();
    sort_known_values(&mut model);
    let compare = Comparison { metrica: &metrica, model: &model, now: NOW };
    compare.everything(&ModelQuery::new(ModelSpan::Ever));
    for text in &texts {
        compare.read(&ModelQuery::new(ModelSpan::Ever).filter("age", ModelChoice::value(*text)));
        compare.by(&ModelQuery::new(ModelSpan::Ever).filter("age", ModelChoice::value(*text)), "kind");
        compare.read(&ModelQuery::new(ModelSpan::Ever).filter("page", ModelChoice::path(&[text])));
        compare.by(&ModelQuery::new(ModelSpan::Ever).filter("page", ModelChoice::path(&[text])), "page");
    }
    compare.read(&ModelQuery::new(ModelSpan::Ever).filter("page", ModelChoice::Unset));
    verify(&metrica);
    // Forgetting removes every spelling of a choice.
    for text in &texts {
        metrica.filter([("age", *text)]).unwrap().forget().unwrap();
        metrica.filter([("page", Choice::path([text]))]).unwrap().forget().unwrap();
    }
    assert!(metrica.choices("age").unwrap().is_empty());
    assert!(metrica.choices("page").unwrap().is_empty());
    assert_eq!(metrica.count().unwrap(), 0);
}

/// Components are read recursively.
#[test]
fn path_of_a_million_components_is_skipped() {
    let address = Server::shared().fresh();
    let staste = open(&address, &Clock::fixed(NOW));
    let metrica = staste.metrica("guests").axis("page", Axis::path()).build().unwrap();
    metrica.kick([("page", Choice::path(["a", "b"]))]).unwrap();
    assert_eq!(metrica.total().unwrap(), 1);
    let connection = connect(&address);
    let deep = vec!["a"; 1_000_000].join("/");
    execute(&connection, &["HSET", "staste:guests:__all__", &deep, "7"]);
    execute(&connection, &["SADD", "staste:guests:page:__choices__", &deep]);
    assert!(metrica.verify(&mut |_| ()).unwrap().faults.is_empty());
    assert_eq!(metrica.choices("page").unwrap().len(), 2);
}

fn sort_known_values(model: &mut Model) {
    let pages = model.axes[1].known.clone();
    sort_known(model);
    model.axes[1].known = pages;
}

#[test]
fn repeated_hour_is_two_buckets() {
    for (zone, from, hour) in [
        ("Europe/Berlin", 1_256_421_600, "year:2009:month:10:day:25:hour:2"),
        ("Australia/Lord_Howe", 1_270_299_600, "year:2010:month:4:day:4:hour:1"),
    ] {
        let address = Server::shared().fresh();
        let now = from + 20 * 3600;
        let clock = Clock::fixed(now);
        let staste = open(&address, &clock);
        let metrica = staste.metrica("guests").zone(zone).build().unwrap();
        let mut model = Model::new(ModelCalendar::new(zone, 0), false, Vec::new());
        retain(&mut model);
        for at in (from..now).step_by(600) {
            metrica.kick_with([] as [(&str, &str); 0], 1, Moment::Instant(at)).unwrap();
            model.kick(&[], 1, at, now);
        }
        let compare = Comparison { metrica: &metrica, model: &model, now };
        compare.everything(&ModelQuery::new(ModelSpan::Ever));
        compare.series(&ModelQuery::new(ModelSpan::Last(19, Scale::Hour)), Scale::Hour);
        compare.series(&ModelQuery::new(ModelSpan::Last(2, Scale::Day)), Scale::Day);
        for start in (from + 3600..now - 3600).step_by(1800) {
            compare.read(&ModelQuery::new(ModelSpan::Between(Some(start), Some(start + 3600))));
            compare
                .series(&ModelQuery::new(ModelSpan::Between(Some(start), Some(start + 3600))), Scale::Minute);
        }
        verify(&metrica);
        let keys = originals_keys(&connect(&address));
        let counted = |key: &str| keys[&format!("staste:guests:{key}")].1[""].clone();
        let again = if zone == "Europe/Berlin" { "6" } else { "3" };
        assert_eq!((counted(hour).as_str(), counted(&format!("{hour}:again")).as_str()), ("6", again));
    }
}

#[test]
fn unclear_field_is_reported_and_not_guessed() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    let axes = [("gender", Kept::Declared), ("age", Kept::Stored)];
    let original = Original {
        connection: &connection,
        metrica: "guests",
        axes: &axes,
        averaged: false,
        all: "__all__",
        choices: "__choices__",
    };
    let date = staste_core::Zone::utc().civil(NOW).unwrap();
    let some = |text: &str| Some(vec![text.to_owned()]);
    original.kick(&[some("boy"), some("7")], 1, date);
    original.kick(&[some("boy"), some("a:b")], 10, date);
    original.kick(&[some("girl"), some("\u{1b}")], 100, date);
    execute(&connection, &["SADD", "staste:visits:years", "2010"]);
    let redis = RedisStore::parse(&address).unwrap();
    let warnings = redis.warnings().unwrap().join("\n");
    assert!(warnings.contains("not defined here: guests, visits;"), "{warnings}");
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let builder = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"]));
    let metrica = builder.axis("age", Axis::stored()).build().unwrap();
    metrica.define().unwrap();
    assert_eq!(metrica.total().unwrap(), 111);
    let value = Choice::value;
    let plain = |rows: Vec<(Choice, staste_core::Total)>| -> Vec<(Choice, i128)> {
        rows.into_iter().map(|(choice, total)| (choice, total.as_integer().unwrap())).collect()
    };
    let rows = plain(metrica.iterate("age").unwrap());
    assert_eq!(rows, [(value("7"), 1), (Choice::Unset, 110)]);
    let rows = plain(metrica.iterate("gender").unwrap());
    assert_eq!(rows, [(value("boy"), 11), (value("girl"), 100)]);
    assert_eq!(metrica.choices("age").unwrap(), [value("7")]);
    // Values of this kind that Staste counted have fields of their own.
    metrica.kick([("gender", "boy"), ("age", "a:b")]).unwrap();
    assert_eq!(metrica.filter([("age", "a:b")]).unwrap().total().unwrap(), 1);
    let warnings = redis.warnings().unwrap().join("\n");
    assert!(warnings.contains("metrica guests: 4 fields of staste:guests:__all__"), "{warnings}");
    assert!(warnings.contains("not defined here: visits;"), "{warnings}");
}

#[test]
fn renamed_key_words_are_used() {
    let (address, reference) = (Server::shared().fresh(), Server::shared().fresh());
    let (connection, reference) = (connect(&address), connect(&reference));
    let axes = [("age", Kept::Stored), ("page", Kept::Path)];
    let original = |connection| Original {
        connection,
        metrica: "guests",
        axes: &axes,
        averaged: true,
        all: "*",
        choices: "c",
    };
    let date = staste_core::Zone::utc().civil(NOW).unwrap();
    let choices = [Some(vec!["7".to_owned()]), Some(vec!["a".to_owned(), "b".to_owned()])];
    original(&connection).kick(&choices, 3, date);
    original(&reference).kick(&choices, 3, date);
    original(&reference).kick(&choices, 4, date);
    let clock = Clock::fixed(NOW);
    let named = Staste::with(
        store(&format!("{address}&all=%2A&choices=c")),
        clock.clone(),
        RecorderOptions::default(),
    );
    let guests = |staste: &Staste| -> Metrica {
        let builder = staste.metrica("guests").axis("age", Axis::stored()).axis("page", Axis::path());
        builder.averaged().build().unwrap()
    };
    let metrica = guests(&named);
    metrica
        .kick_with([("age", Choice::value("7")), ("page", Choice::path(["a", "b"]))], 4, Moment::Now)
        .unwrap();
    named.flush().unwrap();
    assert_eq!(originals_keys(&connection), originals_keys(&reference));
    // The words are stored: a store that was opened without them reads and counts as well.
    let staste = Staste::with(store(&address), clock, RecorderOptions::default());
    let same = guests(&staste);
    same.kick([("age", "*")]).unwrap();
    assert_eq!(same.total().unwrap(), 8);
    assert_eq!(same.filter([("age", "7")]).unwrap().total().unwrap(), 7);
    assert_eq!(same.filter([("age", "*")]).unwrap().total().unwrap(), 1);
    verify(&metrica);
    let fields: Vec<String> = query(&connection, &["HKEYS", "staste:guests:*"]);
    assert!(fields.contains(&"\u{1b}w*:*".to_owned()), "{fields:?}");
    for wrong in ["all=", "all=a:b", "all=c&choices=c", "layout=mine", "choices=years"] {
        let error = RedisStore::parse(&format!("{address}&{wrong}")).unwrap_err();
        assert!(error.is_invalid_input(), "{wrong} {error}");
    }
}

#[test]
fn spellings_of_a_choice_are_one_choice() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    let axes = [("paid", Kept::Stored)];
    let original = Original {
        connection: &connection,
        metrica: "guests",
        axes: &axes,
        averaged: true,
        all: "__all__",
        choices: "__choices__",
    };
    let date = staste_core::Zone::utc().civil(NOW).unwrap();
    for text in ["True", "true", "true", "False"] {
        original.kick(&[Some(vec![text.to_owned()])], 1, date);
    }
    // Members that are not choices, and must not be counted as what they look like.
    execute(&connection, &["SADD", "staste:guests:__choices__:paid", "__all__", "\u{1b}o"]);
    let staste =
        Staste::with(store(&address), Clock::fixed(NOW), RecorderOptions::default().flush_every(None));
    let metrica = staste.metrica("guests").axis("paid", Axis::stored()).averaged().build().unwrap();
    let value = Choice::value;
    let counts = |metrica: &Metrica| metrica.values().iterate_counts("paid").unwrap();
    assert_eq!(counts(&metrica), [(value("false"), 1), (value("true"), 3)]);
    for choices in [[("paid", true)], [("paid", false)]] {
        metrica.kick(choices).unwrap();
    }
    metrica.kick([("paid", "True")]).unwrap();
    assert_eq!(counts(&metrica), [(value("True"), 1), (value("false"), 2), (value("true"), 4)]);
    let fields: Content = originals_keys(&connection)["staste:guests:__all__"].1.clone();
    assert_eq!((fields["True"].as_str(), fields["true"].as_str()), ("2", "2"));
    verify(&metrica);
    let forgotten = metrica.filter([("paid", true)]).unwrap().forget().unwrap();
    assert_eq!(forgotten.amount.count(), 4);
    assert_eq!(counts(&metrica), [(value("True"), 1), (value("false"), 2)]);
    assert_eq!(metrica.count().unwrap(), 3);
    verify(&metrica);
    let fields: Content = originals_keys(&connection)["staste:guests:__all__"].1.clone();
    assert!(!fields.contains_key("True") && !fields.contains_key("true"), "{fields:?}");
}
