//! The contract of every Store under the original's keys: once, all or nothing, exact, bounded.

use std::sync::Arc;

use staste_core::store::{Applied, Batch, Claim, Store, Writer};
use staste_core::{Axis, Choice, Combinations, Definition, Keep, MetricaKind, Retention, Scale, Watermarks};
use staste_redis::RedisStore;
use staste_testkit::conformance::{HistoryStart, compare_with_memory_store};
use staste_testkit::{NOW, StoreLocation};

use crate::common::{
    Cut, CuttingProxy, Server, batch, connect, execute, kicks, new_definition, part, query, store,
    store_definition, total, value,
};
use crate::original::{Content, originals_keys};

/// Returns a definition as the legacy layout stores it.
fn seeded(axes: &[(&str, Axis)], kind: MetricaKind) -> Definition {
    let mut definition = new_definition("guests", axes, kind);
    definition.combinations = Combinations::Every;
    let mut retention = Retention::default();
    for (scale, days) in [(Scale::Minute, 1), (Scale::Hour, 14), (Scale::Day, 185), (Scale::Month, 1095)] {
        retention = retention.keep(scale, Keep::days(days)).unwrap();
    }
    definition.retention = retention;
    definition
}

/// Returns the watermarks above which no bucket has expired.
fn marks(definition: &Definition) -> Watermarks {
    let calendar = definition.calendar();
    let mut marks = Watermarks::default();
    for (mark, (scale, days)) in marks.0.iter_mut().zip(Scale::KEPT.into_iter().zip([1, 14, 185, 1095])) {
        let begins = NOW - days * 86_400;
        let bucket = calendar.bucket(scale, begins);
        *mark = if bucket.start == begins { begins } else { bucket.end };
    }
    marks
}

fn check_against_memory(seeds: std::ops::Range<u64>, axes: &[(&str, Axis)], kind: MetricaKind) {
    for seed in seeds {
        let definition = seeded(axes, kind);
        let beginning = HistoryStart { watermarks: marks(&definition), definition, unset_has_cells: false };
        let place = || {
            let address = format!("{}&layout=legacy", Server::shared().fresh());
            StoreLocation::new(move || store(&address))
        };
        compare_with_memory_store(&place, seed, &beginning);
    }
}

fn gender() -> Axis {
    Axis::declared(["boy", "girl"])
}

#[test]
fn equals_memory_with_declared_and_stored_axes() {
    check_against_memory(1..9, &[("gender", gender()), ("age", Axis::stored())], MetricaKind::Averaged);
}

#[test]
fn equals_memory_with_caps() {
    check_against_memory(
        21..30,
        &[("age", Axis::stored().cap(3)), ("page", Axis::path().cap(2))],
        MetricaKind::Plain,
    );
}

#[test]
fn equals_memory_with_averages_and_caps() {
    check_against_memory(
        31..40,
        &[("age", Axis::stored().cap(3)), ("page", Axis::path().cap(2))],
        MetricaKind::Averaged,
    );
}

#[test]
fn equals_memory_with_paths() {
    let axes = [("page", Axis::path()), ("gender", gender()), ("age", Axis::stored())];
    check_against_memory(41..46, &axes, MetricaKind::Averaged);
}

#[test]
fn equals_memory_without_axes() {
    check_against_memory(61..63, &[], MetricaKind::Averaged);
}

fn guests(store: &dyn Store, cap: u32) -> Arc<Definition> {
    store_definition(store, &seeded(&[("age", Axis::stored().cap(cap))], MetricaKind::Averaged))
}

fn in_seed(address: &str) -> Arc<dyn Store> {
    store(&format!("{address}&layout=legacy"))
}

#[test]
fn choice_beyond_the_cap_counts_as_other() {
    let address = Server::shared().fresh();
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 3);
    let connection = connect(&address);
    let apply = |sequence, ages: &[&str]| {
        store.apply(&batch(sequence, vec![part(&definition, &kicks(ages.iter().copied()))])).unwrap()
    };
    assert_eq!(apply(1, &["a", "b"]).folded, 0);
    // The original adds choices without a cap.
    execute(&connection, &["SADD", "staste:guests:__choices__:age", "c", "d", "odd:one"]);
    assert_eq!(apply(2, &["e", "c", "d", "a", "f"]).folded, 2);
    assert_eq!(apply(3, &["a", "d"]).folded, 0);
    let at = |choice| total(store.as_ref(), &definition, Scale::Ever, &[choice]);
    assert_eq!([at(Choice::Other), at(value("c")), at(value("d")), at(value("a"))], [2, 1, 2, 3]);
    assert_eq!(at(Choice::Unset), 0);
    let fields = &originals_keys(&connection)["staste:guests:__all__"].1;
    assert_eq!(fields["\u{1b}o"], "2");
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("a"), value("b"), value("c"), value("d")]);
}

#[test]
fn choice_of_the_original_beyond_the_cap_is_known() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    let definition = guests(in_seed(&address).as_ref(), 2);
    execute(&connection, &["SADD", "staste:guests:__choices__:age", "x", "y", "z"]);
    let store = in_seed(&address);
    let all = part(&definition, &kicks(["x", "y", "z"]));
    assert_eq!(store.apply(&batch(1, vec![all])).unwrap().folded, 0);
    assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[value("z")]), 1);
}

#[test]
fn unclear_members_do_not_count_towards_the_cap() {
    let address = Server::shared().fresh();
    let connection = connect(&address);
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 2);
    execute(&connection, &["SADD", "staste:guests:__choices__:age", "a:b", "c:d"]);
    let three = part(&definition, &kicks(["x", "y", "z"]));
    assert_eq!(store.apply(&batch(1, vec![three])).unwrap().folded, 1);
    let at = |choice| total(store.as_ref(), &definition, Scale::Ever, &[choice]);
    assert_eq!([at(value("x")), at(value("y")), at(Choice::Other)], [1, 1, 1]);
}

#[test]
fn bucket_of_the_future_outlives_its_start() {
    let address = Server::shared().fresh();
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 2);
    let ahead = 3 * 86_400;
    let at = NOW + ahead - (NOW + ahead) % 60;
    store.apply(&batch(1, vec![part(&definition, &[(at, vec![value("x")], 1)])])).unwrap();
    let connection = connect(&address);
    let keys: Vec<String> = query(&connection, &["KEYS", "staste:guests:*:minute:*"]);
    let minute = keys.iter().find(|key| !key.ends_with(":__len__")).unwrap();
    let lives: i64 = query(&connection, &["TTL", minute]);
    let expected = 86_400 + at - NOW;
    assert!((expected - 60..=expected).contains(&lives), "{lives}");
}

#[test]
fn point_beyond_the_limit_folds() {
    let address = Server::shared().fresh();
    let store = in_seed(&address);
    let mut definition = seeded(&[("age", Axis::stored()), ("sex", gender())], MetricaKind::Averaged);
    definition.points = 10;
    let definition = store_definition(store.as_ref(), &definition);
    let kick = |age: usize| (NOW, vec![value(&age.to_string()), Choice::Unset], 1);
    let mut folded = 0;
    for sequence in 1..20_usize {
        let part = part(&definition, &[kick(sequence), kick(1)]);
        folded += store.apply(&batch(sequence as u64, vec![part])).unwrap().folded;
    }
    assert!(folded > 5, "{folded}");
    let at = |choice| total(store.as_ref(), &definition, Scale::Ever, &[choice, Choice::All]);
    // A kick that leaves an axis out is at an existing point.
    assert_eq!((at(value("1")), at(Choice::Other)), (20, i128::from(folded)));
    assert_eq!(at(Choice::All), 38);
    assert!(store.size("guests").unwrap().points <= 14);
}

fn everything(address: &str) -> std::collections::BTreeMap<String, (String, Content)> {
    originals_keys(&connect(address))
}

#[test]
fn repeated_batch_changes_nothing() {
    let address = Server::shared().fresh();
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 100);
    let claim = Claim::new("import/guests/1", []);
    let first =
        Batch { claims: vec![claim.clone()], ..batch(1, vec![part(&definition, &kicks(["7", "8"]))]) };
    assert_eq!(
        staste_testkit::store_fixtures::without_mark(store.apply(&first).unwrap()),
        Applied::default()
    );
    let before = everything(&address);
    assert_eq!(in_seed(&address).apply(&first).unwrap(), Applied::DUPLICATE);
    let other = Batch { writer: Writer(8), sequence: 5, ..first };
    assert_eq!(in_seed(&address).apply(&other).unwrap(), Applied::CLAIMED);
    assert_eq!(everything(&address), before);
}

#[test]
fn lost_reply_counts_once() {
    let server = Server::start(&[]);
    let proxy = CuttingProxy::to(server.socket());
    let store = RedisStore::parse(&format!("{}?layout=legacy", proxy.address())).unwrap();
    let definition = guests(&store, 100);
    let batch = |sequence| batch(sequence, vec![part(&definition, &kicks(["7"]))]);
    for (sequence, cut, was_done) in [(2, Cut::Reply, true), (4, Cut::Request, false)] {
        store.apply(&batch(sequence - 1)).unwrap();
        proxy.cut(cut);
        let error = store.apply(&batch(sequence)).unwrap_err();
        assert!(proxy.has_cut() && error.is_in_doubt(), "{cut:?} {error:?}");
        assert_eq!(store.apply(&batch(sequence)).unwrap().duplicate, was_done, "{cut:?}");
    }
    assert_eq!(total(&store, &definition, Scale::Ever, &[Choice::All]), 4);
}

#[test]
fn key_of_another_type_refuses_the_whole_batch() {
    for key in [
        "staste:guests:__all__:__len__",
        "staste:guests:__all__",
        "staste:guests:years",
        "staste:guests:__choices__:age",
    ] {
        let address = Server::shared().fresh();
        let store = in_seed(&address);
        let definition = guests(store.as_ref(), 100);
        let connection = connect(&address);
        execute(&connection, &["SET", key, "mine"]);
        let keys = || -> Vec<String> {
            let mut connection = connection.lock().unwrap();
            redis::cmd("KEYS").arg("staste:guests:*").query(&mut connection).unwrap()
        };
        let error = store.apply(&batch(2, vec![part(&definition, &kicks(["7", "8"]))])).unwrap_err();
        assert!(error.is_corrupt(), "{key} {error:?}");
        assert_eq!(keys(), [key]);
        execute(&connection, &["DEL", key]);
        store.apply(&batch(2, vec![part(&definition, &kicks(["7", "8"]))])).unwrap();
        assert_eq!(total(store.as_ref(), &definition, Scale::Ever, &[Choice::All]), 2);
    }
}

#[test]
fn kick_that_overflows_is_dropped_from_all_cells() {
    let address = Server::shared().fresh();
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 100);
    let connection = connect(&address);
    // The original's cell is nearly full.
    let full = (i64::MAX - 5).to_string();
    execute(&connection, &["HSET", "staste:guests:__all__", "__all__", &full, "7", &full]);
    let events = [(NOW, vec![value("7")], 9), (NOW, vec![value("8")], 4), (NOW, vec![value("9")], 2)];
    let applied = store.apply(&batch(1, vec![part(&definition, &events)])).unwrap();
    assert_eq!(applied.overflowed, 2);
    let at = |choice| total(store.as_ref(), &definition, Scale::Ever, &[choice]);
    assert_eq!([at(Choice::All), at(value("8"))], [i128::from(i64::MAX) - 1, 4]);
    assert_eq!([at(value("7")), at(value("9"))], [i128::from(i64::MAX) - 5, 0]);
    assert_eq!(store.choices(&definition, 0).unwrap(), [value("8")]);
}

#[test]
fn full_memory_writes_nothing() {
    let server = Server::start(&["--maxmemory-policy", "noeviction"]);
    let address = server.fresh();
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 100);
    store.apply(&batch(1, vec![part(&definition, &kicks(["7"]))])).unwrap();
    let before = everything(&address);
    let connection = connect(&address);
    execute(&connection, &["CONFIG", "SET", "maxmemory", "1"]);
    let error = store.apply(&batch(2, vec![part(&definition, &kicks(["8"]))])).unwrap_err();
    assert!(error.is_unavailable() && !error.is_in_doubt(), "{error:?}");
    assert_eq!(everything(&address), before);
    execute(&connection, &["CONFIG", "SET", "maxmemory", "0"]);
    assert!(!store.apply(&batch(2, vec![part(&definition, &kicks(["8"]))])).unwrap().duplicate);
}

#[test]
fn question_is_one_request() {
    let server = Server::start(&[]);
    let address = server.fresh();
    let store = in_seed(&address);
    let definition = guests(store.as_ref(), 100);
    store.apply(&batch(1, vec![part(&definition, &kicks(["7"]))])).unwrap();
    let at = |age: &str| total(store.as_ref(), &definition, Scale::Ever, &[value(age)]);
    assert_eq!(at("7"), 1);
    let connection = connect(&address);
    let scripts = || -> u64 {
        let info: String =
            redis::cmd("INFO").arg("commandstats").query(&mut connection.lock().unwrap()).unwrap();
        let lines = info.lines().filter(|line| line.starts_with("cmdstat_eval"));
        lines.map(|line| line.split(['=', ',']).nth(1).unwrap().parse::<u64>().unwrap()).sum()
    };
    let before = scripts();
    for sequence in 2..12_u64 {
        execute(&connection, &["SADD", "staste:guests:__choices__:age", &format!("new {sequence}")]);
        execute(&connection, &["HINCRBY", "staste:guests:__all__", &format!("new {sequence}"), "3"]);
        store.apply(&batch(sequence, vec![part(&definition, &kicks([sequence.to_string()]))])).unwrap();
        assert_eq!(at(&format!("new {sequence}")), 3);
    }
    assert_eq!(scripts() - before, 20);
}
