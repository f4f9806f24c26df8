//! `show` and `metricas` report what was lost while counting.

use serde_json::json;

use crate::program::Program;

/// A store with one Metrica whose axis keeps one page; each further kick is folded, by a process of its own.
fn visits(kicks: usize) -> Program {
    let staste = Program::new();
    staste.ok("define visits --axis page --cap page=1");
    for page in 0..=kicks {
        staste.ok(&format!("kick visits page=/{page}"));
    }
    staste
}

/// The lines from a heading on.
fn section<'a>(shown: &'a str, heading: &str) -> Vec<&'a str> {
    shown.lines().skip_while(|line| *line != heading).skip(1).collect()
}

#[test]
fn show_of_a_sound_store_says_that_nothing_was_lost() {
    let staste = visits(0);
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
fn show_names_what_other_processes_could_not_count() {
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
fn show_wraps_a_long_cause_and_prints_nothing_a_terminal_obeys() {
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
fn metricas_warns_of_trouble_in_one_line_unless_quiet() {
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

/// Writes the report of a process, which takes a server that fails otherwise.
fn report(staste: &Program, report: &serde_json::Value) {
    let address = format!("sqlite:{}", staste.path("staste.db").display());
    let handle = staste::open(&address).unwrap();
    handle.store().put_record("health/00", Some(report.to_string().as_bytes())).unwrap();
}
