//! The view of each Metrica, as another program reads it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod common;

use std::sync::Arc;

use common::*;
use rusqlite::types::Value;
use staste_core::store::{Forget, Store};
use staste_core::{Axis, Choice, MetricaKind};

/// Runs a statement; returns the names of the columns, and each row as one line of text.
fn select(folder: &Folder, query: &str) -> (Vec<String>, Vec<String>) {
    let connection = folder.connection();
    let mut statement = connection.prepare(query).unwrap();
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let texts = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
        let texts = (0..columns.len()).map(|column| {
            Ok(match row.get(column)? {
                Value::Text(text) => text,
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => format!("{number:?}"),
                other => format!("{other:?}"),
            })
        });
        Ok(texts.collect::<rusqlite::Result<Vec<String>>>()?.join("|"))
    };
    let rows = statement.query_map([], texts).unwrap().collect::<Result<_, _>>().unwrap();
    (columns, rows)
}

fn views(folder: &Folder) -> Vec<String> {
    select(folder, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name").1
}

#[test]
fn choices_are_shown_unchanged() {
    let folder = Folder::new();
    let store = folder.store();
    let axes = [("page", Axis::path()), ("who", Axis::stored())];
    let definition = store_definition(&store, &new_definition("visits", &axes, MetricaKind::Averaged));
    let events = [
        (Choice::path(["exp", "city"]), value("Zo\u{e9} 'O''Hara\"")),
        (Choice::Unset, value("(all)")),
        (Choice::Other, Choice::Other),
        (Choice::path(["exp"]), value("a\0b")),
    ];
    let events: Vec<TestKick> = events.into_iter().map(|(page, who)| (NOW, vec![page, who], 2)).collect();
    apply(&store, 1, &definition, &events);
    let (columns, rows) = select(
        &folder,
        "SELECT * FROM visits WHERE scale = 'minute' AND who <> '(all)' ORDER BY page, who, total",
    );
    assert_eq!(columns, ["scale", "period", "page", "who", "total", "count"]);
    let cell = |page: &str, who: &str| format!("minute|2023-11-14 22:13:00|{page}|{who}|2|1");
    let zoe = "Zo\u{e9} 'O''Hara\"";
    let expected = [
        cell("(all)", "(other)"),
        cell("(all)", zoe),
        cell("(all)", "a\0b"),
        cell("(other)", "(other)"),
        cell("exp", zoe),
        cell("exp", "a\0b"),
        cell("exp/city", zoe),
    ];
    assert_eq!(rows, expected);
    // A choice with the text of a keyword is a row of its own.
    let ever =
        select(&folder, "SELECT period, page, total FROM visits WHERE scale = 'ever' AND who = '(all)'").1;
    assert!(ever.contains(&"|(unset)|2".to_owned()), "{ever:?}");
    assert_eq!(ever.iter().filter(|row| row.starts_with("|(all)|")).count(), 2);
}

#[test]
fn totals_are_divided_by_the_multiplier_and_columns_are_unique() {
    let folder = Folder::new();
    let store = folder.store();
    let axes = [("total", Axis::stored()), ("Scale", Axis::stored()), ("scale.x-y", Axis::stored())];
    let mut definition = new_definition("cents.per-day", &axes, MetricaKind::Plain);
    definition.multiplier = 100;
    let definition = store_definition(&store, &definition);
    apply(&store, 1, &definition, &[(NOW, vec![value("a"), value("b"), value("c")], 250)]);
    let (columns, rows) =
        select(&folder, "SELECT * FROM \"cents.per-day\" WHERE scale = 'year' AND \"total:2\" = 'a'");
    assert_eq!(columns, ["scale", "period", "total:2", "Scale:2", "scale.x-y", "total"]);
    assert!(rows.contains(&"year|2023-01-01 00:00:00|a|b|c|2.5".to_owned()), "{rows:?}");
    assert_eq!(rows.len(), 4);
}

#[test]
fn taken_or_reserved_name_gets_a_suffix() {
    let folder = Folder::new();
    let store = folder.store();
    let metrica = |name: &str, version| {
        let mut definition = new_definition(name, &[("age", Axis::stored())], MetricaKind::Averaged);
        definition.version = version;
        definition
    };
    store.definitions(None).unwrap();
    folder.connection().execute_batch("CREATE TABLE bills(amount)").unwrap();
    for name in ["guests", "Guests", "bills", "SQLite_stat", "select"] {
        let definition = store_definition(&store, &metrica(name, 1));
        let kicks = kicks(["7"]);
        let sequence = u64::try_from(views(&folder).len()).unwrap();
        apply(&store, sequence, &definition, &kicks);
    }
    let names = ["Guests:2", "_SQLite_stat:4", "bills:3", "guests", "select"];
    assert_eq!(views(&folder), names);
    for name in names {
        let (columns, rows) = select(&folder, &format!("SELECT * FROM \"{name}\" WHERE scale = 'ever'"));
        assert_eq!(columns.last().unwrap(), "count");
        assert_eq!(rows, ["ever||(all)|1|1", "ever||7|1|1"], "{name}");
    }
    // Each view is deleted with its Metrica; the table of the other program stays.
    store.forget(&Forget::Metrica("guests".to_owned())).unwrap();
    store.forget(&Forget::Metrica("bills".to_owned())).unwrap();
    assert_eq!(views(&folder), ["Guests:2", "_SQLite_stat:4", "select"]);
    assert_eq!(folder.number("SELECT count(*) FROM bills"), 0);
    // A name that has become free is used when the view is created again.
    assert!(store.define(&metrica("Guests", 2)).unwrap());
    assert_eq!(views(&folder), ["Guests", "_SQLite_stat:4", "select"]);
}

#[test]
fn new_axis_is_a_new_column_and_expired_rows_are_hidden() {
    let folder = Folder::new();
    let store = folder.store();
    let definition = guests(&store);
    apply(&store, 1, &definition, &kicks(["7"]));
    let mut wider =
        new_definition("guests", &[("age", Axis::stored()), ("room", Axis::stored())], MetricaKind::Averaged);
    wider.version = 2;
    assert!(store.define(&wider).unwrap());
    let rows =
        |scale| select(&folder, &format!("SELECT age, room, total FROM guests WHERE scale = '{scale}'")).1;
    assert_eq!(rows("hour"), ["(all)|(all)|1", "(all)|(unset)|1", "7|(all)|1", "7|(unset)|1"]);

    let wider = Arc::new(wider);
    let mut part = part(&wider, &[(NOW, vec![value("8"), value("1")], 1)]);
    part.watermarks.0[0] = NOW + 60;
    store.apply(&batch(2, vec![part])).unwrap();
    assert_eq!(rows("minute"), Vec::<String>::new());
    assert!(rows("hour").contains(&"8|1|1".to_owned()));
}
