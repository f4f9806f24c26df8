//! `show` and `metricas`: the details of metricas, and the kicks that processes lost.

use serde_json::json;

use crate::support::fixtures::delays_and_visits;
use crate::support::program::Program;

/// A store with a Metrica whose axis has a cap of one choice. Each further kick is folded, each by another process.
fn visits(kicks: usize) -> Program {
    let staste = Program::new();
    staste.ok("define visits --axis page --cap page=1");
    for page in 0..=kicks {
        staste.ok(&format!("kick visits page=/{page}"));
    }
    staste
}

/// Returns the lines after a heading.
fn section<'a>(shown: &'a str, heading: &str) -> Vec<&'a str> {
    shown.lines().skip_while(|line| *line != heading).skip(1).collect()
}

#[test]
fn metricas_lists_and_show_prints_a_working_sql_statement() {
    let staste = delays_and_visits();
    let listed = staste.json("metricas");
    assert_eq!(listed[0]["name"], "delays");
    assert_eq!((&listed[1]["total"], &listed[1]["count"]), (&8.into(), &serde_json::Value::Null));
    assert_eq!(
        staste.ok("metricas --format csv"),
        "metrica,kind,total,count,axes\ndelays,averaged,6,3,carrier origin\nvisits,plain,8,,visitor page\n"
    );
    let table = staste.ok("metricas");
    assert!(
        table.contains("carrier (3), origin (3)") || table.contains("carrier (2), origin (3)"),
        "{table}"
    );
    let shown = staste.json("show visits");
    assert_eq!(shown["axes"][0]["choices"], serde_json::json!([{"choice": "ann"}, {"choice": "bob"}]));
    let shown = staste.ok("show visits");
    assert!(
        shown.contains("at most 1,000,000") && shown.contains("each combination of choices has a cell"),
        "{shown}"
    );
    let (_, view) = shown.split_once("  staste sql \"").unwrap();
    let (view, _) = view.split_once("\n\nhealth\n").unwrap();
    let statement = view.trim_end().trim_end_matches('"').to_owned();
    let rows = staste.run_with_input("sql - --format json", statement.as_bytes());
    let rows: serde_json::Value = serde_json::from_str(&rows.out).unwrap();
    let day = serde_json::json!([{"period": "2023-11-14 00:00:00", "total": 8}]);
    assert_eq!(rows["rows"], day, "the statement that is shown gives the sum: {view}");
    staste.fails(2, "show nothing");
    staste.fails(2, "show visits --format csv");
}

#[test]
fn show_of_healthy_store_reports_no_losses() {
    let staste = visits(0);
    staste.ok("define visits --axis page --cap page=100");
    let shown = staste.ok("show");
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[..2], ["sqlite:staste.db", "  metricas  1"], "{shown}");
    assert!(lines[2].starts_with("  size      ") && lines[2].ends_with('B'), "{shown}");
    assert_eq!(lines[3..], ["", "health", "  nothing was lost in the last 7 days"]);
    assert_eq!(
        section(&staste.ok("show visits"), "health"),
        ["  nothing was lost in the last 7 days"],
        "of a Metrica, too"
    );
    let json = staste.json("show");
    assert_eq!((&json["store"], &json["metricas"]), (&"sqlite:staste.db".into(), &1.into()));
    assert!(json["bytes"].as_u64().unwrap() > 0);
    assert_eq!((&json["health"], &staste.json("show visits")["health"]), (&json!([]), &json!([])));
    assert_eq!(staste.run("metricas").err, "");
}

#[test]
fn show_reports_kicks_that_other_processes_folded() {
    let staste = visits(2);
    let expected = [
        "  warning: 2 kicks count as other: a cap on choices or points was reached",
        "           last reported 2023-11-14 22:13 UTC by 2 processes",
    ];
    assert_eq!(section(&staste.ok("show"), "health"), expected);
    assert_eq!(section(&staste.ok("show visits"), "health"), expected);
    let health = json!([{
        "kind": "folded",
        "amount": 2,
        "processes": 2,
        "at": "2023-11-14T22:13:20Z",
        "text": "2 kicks count as other: a cap on choices or points was reached",
    }]);
    assert_eq!((&staste.json("show")["health"], &staste.json("show visits")["health"]), (&health, &health));
}

#[test]
fn show_wraps_a_long_cause_and_escapes_control_characters() {
    let staste = visits(0);
    let cause = format!("{} \x1b[31m{}", "word ".repeat(40), "x".repeat(200));
    report(&staste, &json!({"dropped": 1204, "last_error": cause, "at": 1_699_999_000}));
    let shown = staste.ok("show");
    for line in shown.lines() {
        assert!(line.len() <= 80 && !line.contains('\x1b'), "{line:?}");
    }
    let health = section(&shown, "health");
    assert_eq!(health[0], "  warning: 1,204 kicks were dropped: memory for pending kicks was full");
    assert!(shown.contains("\\u{1b}[31m") && health.len() > 6, "{shown}");
    let text = staste.json("show")["health"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.ends_with(&format!(" full ({cause})")), "programs get it as it is: {text}");
}

#[test]
fn metricas_prints_one_warning_line_unless_quiet() {
    let staste = visits(1);
    let run = staste.run("metricas");
    let folded = "1 kick counts as other: a cap on choices or points was reached";
    assert_eq!((run.code, run.err), (Some(0), format!("warning: {folded}; see staste show\n")));
    report(&staste, &json!({"lost": 3, "overflowed": 1, "at": 1_700_000_000}));
    let run = staste.run("metricas --format csv");
    let lost = "3 kicks were lost: the server had confirmed them, and does not have them any more";
    assert_eq!(run.err, format!("warning: {lost}, and 2 other problems; see staste show\n"));
    assert_eq!(run.out, "metrica,kind,total,count,axes\nvisits,plain,2,,page\n");
    let quiet = staste.run("metricas --quiet");
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(0), ""));
}

#[test]
fn show_without_a_store_fails() {
    assert!(Program::new().fails(1, "show").contains("there is no store sqlite:staste.db yet"));
}

/// Writes the report of a process that has lost kicks.
fn report(staste: &Program, report: &serde_json::Value) {
    let address = format!("sqlite:{}", staste.path("staste.db").display());
    let handle = staste::open(&address).unwrap();
    handle.store().put_record("health/00", Some(report.to_string().as_bytes())).unwrap();
}
