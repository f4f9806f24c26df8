//! SQL statements that people write: their results, and the statements that are refused.
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod common;

use std::fs;
use std::time::Duration;

use common::*;
use staste_core::{Axis, Error, MemoryStore, Metrica, Staste};
use staste_sqlite::{SqlQuery, SqlRows, SqlValue};

/// A table with a row for each number from 1 on, without end.
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";

/// Opens a handle on a store, and kicks a girl of 18 and a boy of 19.
fn kicked_guests(folder: &Folder) -> (Staste, Metrica) {
    let staste = Staste::new(folder.store());
    let axes = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"]));
    let guests = axes.axis("age", Axis::stored()).build().unwrap();
    guests.kick([("gender", "girl"), ("age", "18")]).unwrap();
    guests.kick([("gender", "boy"), ("age", "19")]).unwrap();
    (staste, guests)
}

fn read(folder: &Folder, statement: &str) -> Result<SqlRows, Error> {
    SqlQuery::new(statement).run_on(&folder.store())
}

/// Returns the message of the input error for a statement.
fn input_error(folder: &Folder, statement: &str) -> String {
    let error = read(folder, statement).unwrap_err();
    assert!(error.is_invalid_input(), "{statement}: {error:?}");
    error.to_string()
}

#[test]
fn query_on_handle_includes_pending_kicks() {
    let folder = Folder::new();
    let (staste, guests) = kicked_guests(&folder);
    let of_girls =
        SqlQuery::new("SELECT age, total FROM guests WHERE scale = 'ever' AND gender = ? ORDER BY age");
    let of_girls = of_girls.parameter("girl");
    let rows = of_girls.run(&staste).unwrap();
    assert_eq!(rows.columns, ["age", "total"]);
    let row = |age: &str, total: i64| vec![SqlValue::from(age), SqlValue::from(total)];
    assert_eq!(rows.rows, [row("(all)", 1), row("18", 1)]);
    guests.kick([("gender", "girl"), ("age", "18")]).unwrap();
    assert_eq!(of_girls.run(&staste).unwrap().rows, [row("(all)", 2), row("18", 2)]);
}

#[test]
fn parameters_are_returned_unchanged() {
    let folder = Folder::new();
    let values = [
        SqlValue::Null,
        SqlValue::from(i64::MIN),
        SqlValue::from(0.5),
        SqlValue::from("it's \"\u{1f600}\""),
        SqlValue::from(vec![0, 255]),
    ];
    let query = SqlQuery::new("SELECT ?, ?, ?, ?, ?");
    let query = values.iter().fold(query, |query, value| query.parameter(value.clone()));
    assert_eq!(query.run_on(&folder.store()).unwrap().rows, [values]);
    let error = query.parameter(1).run_on(&folder.store()).unwrap_err();
    assert!(error.to_string().contains("has 5 parameters, and 6 were given"), "{error}");
}

#[test]
fn schema_can_be_queried() {
    let folder = Folder::new();
    kicked_guests(&folder).0.flush().unwrap();
    for statement in [
        "SELECT name FROM pragma_table_info('guests')",
        "SELECT name FROM sqlite_schema WHERE type = 'view'",
        "PRAGMA table_info(guests)",
        "EXPLAIN QUERY PLAN SELECT * FROM guests",
        "VALUES (1), (2)",
        "SELECT 1; -- only a comment follows",
    ] {
        assert!(!read(&folder, statement).unwrap().rows.is_empty(), "{statement}");
    }
}

#[test]
fn statements_that_do_more_than_read_are_refused() {
    let folder = Folder::new();
    kicked_guests(&folder).0.close().unwrap();
    let before = (fs::read(folder.path()).unwrap(), files(&folder));
    let other = folder.file("other.db");
    let other = other.display();
    let attach = format!("ATTACH '{other}' AS other");
    let vacuum = format!("VACUUM INTO '{other}'");
    for (statement, words) in [
        ("INSERT INTO \"staste:marks\" VALUES(x'00', 1, 1, NULL)", "writes to staste:marks"),
        ("INSERT INTO \"staste:marks\" VALUES(x'00', 1, 1, NULL) RETURNING 1", "writes to staste:marks"),
        ("UPDATE \"staste:metricas\" SET points = 0", "writes to staste:metricas"),
        ("DELETE FROM \"staste:cells:1\"", "writes to staste:cells:1"),
        ("WITH x AS (SELECT 1) DELETE FROM \"staste:cells:1\" RETURNING *", "writes to staste:cells:1"),
        ("CREATE TABLE mine(a)", "writes to sqlite_master"),
        ("CREATE TEMP TABLE mine(a)", "writes to sqlite_temp_master"),
        ("CREATE VIRTUAL TABLE mine USING fts5(a)", "writes to sqlite_master"),
        ("DROP VIEW guests", "writes to sqlite_master"),
        ("ALTER TABLE \"staste:marks\" ADD COLUMN mine", "changes the schema"),
        ("REINDEX", "changes the schema"),
        ("ANALYZE", "writes to sqlite_master"),
        (&attach, "attaches or detaches a file"),
        ("DETACH main", "attaches or detaches a file"),
        (&vacuum, "returns no rows"),
        ("VACUUM", "returns no rows"),
        ("BEGIN IMMEDIATE", "begins or ends a transaction"),
        ("SAVEPOINT mine", "begins or ends a transaction"),
        ("PRAGMA query_only = OFF", "uses PRAGMA query_only"),
        ("PRAGMA journal_mode = DELETE", "uses PRAGMA journal_mode"),
        ("PRAGMA wal_checkpoint(TRUNCATE)", "uses PRAGMA wal_checkpoint"),
        ("SELECT * FROM pragma_user_version", "uses PRAGMA user_version"),
        ("SELECT load_extension('mine.so')", "calls load_extension()"),
        ("SELECT 1; DELETE FROM \"staste:cells:1\"", "writes to staste:cells:1"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        (" -- nothing", "is empty"),
    ] {
        let message = input_error(&folder, statement);
        assert!(
            message.contains(words) && message.contains("give one statement that reads"),
            "{statement}: {message}"
        );
    }
    assert_eq!((fs::read(folder.path()).unwrap(), files(&folder)), before);
}

#[test]
fn invalid_statement_error_names_the_mistake() {
    let folder = Folder::new();
    assert!(
        input_error(&folder, "SELECT * FROM guests")
            .contains("no such table: guests; the store has no metrica yet")
    );
    kicked_guests(&folder).0.flush().unwrap();
    for (statement, words) in [
        ("SELECT * FROM gests", "no such table: gests; the store has the views guests"),
        ("SELECT agee FROM guests", "no such column: agee"),
        ("SELCT 1", "near \"SELCT\": syntax error"),
        ("SELECT sum(i) FROM (SELECT 9223372036854775807 AS i UNION ALL SELECT 1)", "integer overflow"),
        ("SELECT zeroblob(20000000)", "too big"),
        ("SELECT 1\0; DELETE FROM guests", "the statement contains a NUL character"),
        ("SELECT 'a' LIKE printf('%.*c', 2000, '%')", "too complex"),
        ("SELECT CAST(x'ff' AS TEXT) AS broken", "invalid text in the column broken"),
    ] {
        let message = input_error(&folder, statement);
        assert!(message.contains(words), "{statement}: {message}");
    }
}

#[test]
fn more_rows_than_the_limit_are_an_error() {
    let folder = Folder::new();
    let ten = format!("{ENDLESS} SELECT i FROM n LIMIT 10");
    let at_most = |rows| SqlQuery::new(&ten).max_rows(rows).run_on(&folder.store());
    assert_eq!(at_most(10).unwrap().rows.len(), 10);
    let error = at_most(9).unwrap_err();
    assert!(error.is_invalid_input() && error.to_string().contains("more than 9 rows; add LIMIT"), "{error}");
    let long = input_error(&folder, &format!("{ENDLESS} SELECT zeroblob(100000) FROM n"));
    assert!(long.contains("rows of more than 64 MiB"), "{long}");
}

#[test]
fn endless_statement_ends_at_its_time_limit() {
    let folder = Folder::new();
    let endless = format!("{ENDLESS} SELECT max(i) FROM n");
    let endless = SqlQuery::new(endless).timeout(Duration::from_millis(20));
    let error = endless.run_on(&folder.store()).unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert!(error.to_string().contains("20ms, the time limit of the query"), "{error}");
}

#[test]
fn query_on_another_kind_of_store_is_unsupported() {
    let error = SqlQuery::new("SELECT 1").run(&Staste::new(MemoryStore::new())).unwrap_err();
    assert!(error.is_unsupported(), "{error:?}");
    assert!(error.to_string().contains("memory: is not a SQLite store"), "{error}");
}

#[test]
fn file_that_is_not_a_store_is_refused() {
    let folder = Folder::new();
    folder.connection().execute_batch("CREATE TABLE bills(amount)").unwrap();
    let error = read(&folder, "SELECT * FROM bills").unwrap_err();
    assert!(error.is_corrupt() && error.to_string().contains("is not a staste store"), "{error:?}");
}

/// Returns the names of the files in the folder.
fn files(folder: &Folder) -> Vec<std::ffi::OsString> {
    let path = folder.path();
    let found = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<_> = found.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}
