//! `sql`: statements on the views of a store, and which ones are refused.

use crate::support::program::Program;

/// A store with a girl of 18 and a boy of 19.
fn guests() -> Program {
    let staste = Program::new();
    staste.ok("define guests --axis gender=boy,girl --axis age --averaged");
    staste.ok("kick guests gender=girl age=18 --value 12");
    staste.ok("kick guests gender=boy age=19 --value 7");
    staste
}

const BY_GENDER: &str =
    "SELECT gender, total, count FROM guests WHERE scale = 'ever' AND age = '(all)' ORDER BY total";

/// Returns the rows of a statement in a format.
fn rows(staste: &Program, statement: &str, format: &str) -> String {
    let run = staste.run_with_input(&format!("sql - --format {format}"), statement.as_bytes());
    assert_eq!(run.code, Some(0), "{statement}\n{run:?}");
    run.out
}

#[test]
fn sql_reads_a_view_in_every_format() {
    let staste = guests();
    assert_eq!(
        rows(&staste, BY_GENDER, "table"),
        "gender  total  count\nboy         7      1\ngirl       12      1\n(all)      19      2\n"
    );
    assert_eq!(rows(&staste, BY_GENDER, "csv"), "gender,total,count\nboy,7,1\ngirl,12,1\n(all),19,2\n");
    let json: serde_json::Value = serde_json::from_str(&rows(&staste, BY_GENDER, "json")).unwrap();
    assert_eq!(json["columns"], serde_json::json!(["gender", "total", "count"]));
    assert_eq!(json["rows"][1], serde_json::json!({"gender": "girl", "total": 12, "count": 1}));
}

#[test]
fn sql_view_of_a_distribution_counts_each_event_once() {
    let staste = guests();
    staste.ok("define guests --axis gender=boy,girl --axis age --distribution");
    staste.ok("kick guests gender=girl age=18 --value 3");
    assert_eq!(rows(&staste, BY_GENDER, "csv"), "gender,total,count\nboy,7,1\ngirl,15,2\n(all),22,3\n");
    let all = "SELECT * FROM guests WHERE scale = 'ever' AND gender = '(all)' AND age = '(all)'";
    assert_eq!(rows(&staste, all, "csv"), "scale,period,gender,age,total,count\never,,(all),(all),22,3\n");
}

#[test]
fn sql_statement_is_an_argument_or_standard_input() {
    let staste = guests();
    assert_eq!(
        staste.ok("sql 'SELECT 2013 AS year, NULL AS none, 0.5 AS half'"),
        "year  none  half\n2013  NULL   0.5\n"
    );
    assert_eq!(staste.ok("sql 'SELECT 1 AS one WHERE false'"), "one\nno rows\n");
    assert_eq!(rows(&staste, "SELECT 1 AS one\n-- the end\n", "csv"), "one\n1\n");
    let run = staste.run_with_input("sql -", b"SELECT '\xff'");
    assert!(run.code == Some(2) && run.err.contains("not valid UTF-8 at byte 8"), "{run:?}");
    let run = staste.run_with_input("sql -", &[b' '; (1 << 20) + 1]);
    assert!(run.code == Some(2) && run.err.contains("longer than 1048576 bytes"), "{run:?}");
}

#[test]
fn sql_values_are_exact_and_escaped() {
    let staste = guests();
    let values = "SELECT 9223372036854775807 AS large, 9e999 AS most, x'00ff' AS bytes, '=1+2' AS formula, '' AS empty, NULL AS none, char(27) || '[2J' AS command";
    assert_eq!(
        rows(&staste, values, "csv"),
        "large,most,bytes,formula,empty,none,command\n9223372036854775807,inf,x'00ff','=1+2,,,\u{1b}[2J\n"
    );
    assert!(!rows(&staste, values, "table").contains('\u{1b}'));
    let json = rows(&staste, values, "json");
    assert!(json.contains("\"large\":9223372036854775807,\"most\":9e999,\"bytes\":\"x'00ff'\""), "{json}");
    assert!(json.contains("\"formula\":\"=1+2\",\"empty\":\"\",\"none\":null"), "{json}");
    let error = staste.fails(2, "sql 'SELECT 1 AS a, 2 AS b, 3 AS a' --format json");
    assert!(error.contains("two columns have the name a") && error.contains("AS a1"), "{error}");
}

#[test]
fn invalid_sql_is_refused_with_the_remedy() {
    let staste = guests();
    for (code, line, words) in [
        (2, "sql 'DROP VIEW guests'", "give one statement that reads"),
        (2, "sql 'SELCT 1'", "error: SQLite refuses the statement: near \"SELCT\": syntax error\n"),
        (2, "sql 'SELECT * FROM gests'", "no such table: gests; the store has the views guests"),
        (2, "sql 'SELECT 1 UNION ALL SELECT 2' --max-rows 1", "more than 1 rows; add LIMIT"),
        (2, "sql 'SELECT 1' --timeout soon", "expected a number of seconds"),
        (
            1,
            "sql 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n' --timeout 0.02",
            "longer than 20ms",
        ),
        (1, "sql 'SELECT 1' --store memory:", "memory: is not a SQLite store"),
        (1, "sql 'SELECT 1' --store redis://localhost:1", "use `staste query`, which reads every store"),
        (1, "sql 'SELECT 1' --store sqlite:none.db", "there is no store sqlite:none.db yet"),
    ] {
        let run = staste.run(line);
        assert_eq!(run.code, Some(code), "{line}\n{run:?}");
        assert!(run.err.contains(words) && run.out.is_empty(), "{line}\n{run:?}");
    }
    assert!(!staste.path("none.db").exists());
    staste.ok("verify");
}
