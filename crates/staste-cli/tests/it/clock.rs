//! The clock of the program: that of the system, or the one that `STASTE_CLOCK` sets for tests.

use crate::support::program::{Program, Run, with_running_clock};

/// Runs a command with `STASTE_CLOCK` set to a value.
fn run(staste: &Program, setting: &str, line: &str) -> Run {
    Run::from(staste.command(line).env("STASTE_CLOCK", setting).output().unwrap())
}

#[test]
fn clock_set_to_an_instant_dates_kicks_and_prints_one_notice() {
    let staste = Program::new();
    staste.ok("define visits --time-zone Europe/Riga");
    // The clocks of Riga go back from 4:00 to 3:00 at 01:00 UTC.
    for setting in ["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"] {
        let kicked = run(&staste, setting, "kick visits");
        let notice =
            format!("staste: the clock is set by STASTE_CLOCK to {setting}; unset it outside tests\n");
        assert_eq!((kicked.code, kicked.err), (Some(0), notice));
    }
    let hours = "query visits --since 2024-10-27T03:00 --until 2024-10-27T05:00 --scale hour --format csv";
    let asked = run(&staste, "2024-10-27T02:00:00Z", hours);
    let totals: Vec<&str> = asked.out.lines().skip(1).filter_map(|row| row.rsplit(',').next()).collect();
    assert_eq!(totals, ["1", "1", "0"], "{asked:?}");
}

#[test]
fn clock_with_offset_is_ahead_of_the_system() {
    let staste = Program::new();
    staste.ok("define visits");
    assert_eq!(run(&staste, "+1000d", "kick visits").code, Some(0));
    let last = |setting| run(&staste, setting, "query visits --last 2d --format json");
    let total = |run: Run| {
        let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        answer["rows"][0]["total"].clone()
    };
    assert_eq!(total(last("+1000d")), 1);
    assert_eq!(total(last("+1003d")), 0);
    assert_eq!(total(last("+0s")), 0);
}

#[test]
fn clock_of_the_system_prints_no_notice() {
    let staste = Program::new();
    staste.ok("define visits");
    let run = |line| {
        let mut command = staste.command(line);
        with_running_clock(&mut command);
        Run::from(command.output().unwrap())
    };
    let (kicked, asked) = (run("kick visits"), run("query visits --last 2d --format csv"));
    assert_eq!((kicked.code, asked.out.as_str()), (Some(0), "total\n1\n"), "{kicked:?} {asked:?}");
    assert_eq!(kicked.err.is_empty(), std::env::var_os("STASTE_CLOCK").is_none(), "{kicked:?}");
}

#[test]
fn invalid_clock_setting_ends_any_command_with_exit_code_2() {
    let staste = Program::new();
    for line in ["define visits", "metricas", "query visits", "serve", "demo --once"] {
        let refused = run(&staste, "tomorrow", line);
        assert_eq!(refused.code, Some(2), "{line}: {refused:?}");
        assert!(
            refused.err.starts_with("error: invalid STASTE_CLOCK \"tomorrow\": expected an offset"),
            "{refused:?}"
        );
    }
    assert!(!staste.path("staste.db").exists());
}

#[test]
fn clock_two_years_ahead_expires_nothing_for_a_week() {
    let staste = Program::new();
    staste.ok("define visits");
    for setting in ["-3d", "-2d", "+0s", "+730d", "+736d"] {
        assert_eq!(run(&staste, setting, "kick visits").code, Some(0));
    }
    let recent = run(&staste, "+0s", "query visits --last 50h --format csv");
    assert_eq!(recent.out, "total\n2\n", "{recent:?}");
    let shown = run(&staste, "+0s", "show visits").out;
    assert!(shown.contains("days ahead of that of the store"), "{shown}");
}

#[test]
fn retention_moved_by_wrong_clock_is_undone_by_repair_clock() {
    let staste = Program::new();
    staste.ok("define visits --averaged");
    for setting in ["-3d", "+0s", "+730d", "+737d"] {
        assert_eq!(run(&staste, setting, "kick visits").code, Some(0));
    }
    let recent = |setting| run(&staste, setting, "query visits --total --last 3h --format csv");
    assert!(recent("+0s").err.contains("no longer keeps"), "{:?}", recent("+0s"));
    let repaired = run(&staste, "+0s", "repair-clock");
    assert_eq!(repaired.code, Some(0), "{repaired:?}");
    for scale in ["minute", "hour"] {
        assert!(
            repaired.out.lines().any(|line| line.starts_with("visits") && line.contains(scale)),
            "{repaired:?}"
        );
    }
    // From the next period on kicks count by the minute again.
    assert_eq!(run(&staste, "+2d", "kick visits").code, Some(0));
    assert_eq!(recent("+2d").out, "total\n1\n");
    assert!(run(&staste, "+2d", "verify").out.contains("every sum is the sum of its parts"));
    let again = run(&staste, "+0s", "repair-clock");
    assert!(again.out.contains("nothing to repair"), "{again:?}");
    let again = run(&staste, "+0s", "repair-clock --format json");
    assert_eq!(again.out.trim(), r#"{"repairs":[]}"#, "{again:?}");
}

#[test]
fn damaged_clock_of_the_store_is_reported_and_repaired() {
    let staste = Program::new();
    staste.ok("define visits");
    staste.ok("kick visits");
    let file = rusqlite::Connection::open(staste.path("staste.db")).unwrap();
    let damaged = "UPDATE \"staste:records\" SET value = CAST('garbage' AS BLOB) WHERE key = 'clock'";
    assert_eq!(file.execute(damaged, []).unwrap(), 1);
    drop(file);
    let refused = staste.run("kick visits");
    assert!(refused.code == Some(1) && refused.err.contains("staste repair-clock"), "{refused:?}");
    let verified = staste.run("verify");
    assert!(verified.out.contains("invalid clock of the store \"garbage\""), "{verified:?}");
    staste.ok("repair-clock");
    staste.ok("kick visits");
    assert_eq!(staste.total("visits"), 2);
    assert!(!staste.ok("verify").contains("invalid clock"));
}
