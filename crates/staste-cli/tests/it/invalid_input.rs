//! Invalid kicks, queries and store files: a clear error for each, and nothing lost.

use crate::support::program::Program;

#[test]
fn invalid_kick_is_refused_with_the_reason() {
    let staste = Program::new();
    staste.ok("define guests --axis gender=boy,girl --axis age --path-axis page");
    staste.ok("kick guests age=1");
    let long = "x".repeat(10_240);
    for (kick, word) in [
        ("height=3", "no axis \"height\"; its axes are: gender, age, page"),
        ("gender=alien", "declared choices are boy, girl"),
        ("age", "invalid choice \"age\": expected axis=value, axis:unset or axis:other"),
        ("age:null", "expected age:unset or age:other"),
        ("age=1 age=2", "twice"),
        (&format!("age={long}"), "10240 bytes long"),
        ("page=a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "1 to 16 components"),
        ("--value NaN", "invalid value \"NaN\": expected a decimal number"),
        ("--value inf", "invalid value"),
        ("--value 1e300", "larger than 2^53"),
        ("--value 9007199254740993", "larger than 2^53"),
        ("--value 0.5", "has a fraction and the metrica no multiplier"),
        ("--value ''", "invalid value"),
        ("--date 0000-12-31", "outside the years 1 to 9999"),
        ("--date -0001-12-31", "invalid date"),
        ("--date 10000-01-01", "invalid date"),
        ("--date 2013-02-30", "invalid date"),
        ("--date yesterday", "expected YYYY-MM-DD"),
    ] {
        let error = staste.fails(2, &format!("kick guests {kick}"));
        assert!(error.contains(word), "{kick}: {error}");
    }
    assert_eq!(staste.total("guests"), 1);
}

#[test]
fn invalid_query_is_refused_with_the_reason() {
    let staste = Program::new();
    staste.ok("define guests --axis gender=boy,girl --axis age");
    for (query, word) in [
        ("--year 2013 --month 13", "invalid month 13: expected 1 to 12"),
        ("--year 2013 --month 2 --day 29", "invalid day 29: expected 1 to 28 in 2013-02"),
        ("--year 2013 --hour 3", "needs the day too"),
        ("--month 2", "needs the year too"),
        ("--year 0", "invalid year 0"),
        ("--year 10000", "invalid year 10000"),
        ("--quarter 2013-Q5", "invalid quarter 5"),
        ("--quarter 2013", "invalid quarter \"2013\": expected one such as 2013-Q2"),
        ("--week soon", "invalid date \"soon\": expected YYYY-MM-DD"),
        ("--last 7", "invalid number of periods \"7\": expected one such as"),
        ("--top 3", "--by AXIS --top 3"),
        ("--last 0d", "at least one"),
        ("--since 2013-02-07T10:00:30", "whole minute"),
        ("--since 2014-01-01 --until 2013-01-01", "ends before it begins"),
        ("--filter age", "invalid choice \"age\""),
        ("--filter size=3", "no axis \"size\""),
        ("--filter gender=alien", "declared choices are boy, girl"),
        ("--filter age=1 --filter age=2", "age"),
        ("--by size", "rows can also be split by a scale: minute"),
        ("--by day --by month", "name one scale"),
        ("--by gender --by age --scale day", "a series can be split by one axis, not by several"),
        ("--scale fortnight", "invalid scale \"fortnight\": expected one of minute"),
        ("--by gender --by gender", "twice"),
        ("--since 1000-01-01 --until 2000-01-01 --scale minute", "coarser scale"),
    ] {
        let error = staste.fails(2, &format!("query guests {query}"));
        assert!(error.contains(word), "{query}: {error}");
    }
    assert_eq!(staste.run("query guests --year 2013 --last 7d").code, Some(2));
    for wrong in ["--since lately", "--week soon"] {
        assert!(!staste.fails(2, &format!("query guests {wrong}")).contains("caused by"));
    }
}

#[test]
fn invalid_store_file_is_refused_and_empty_file_becomes_a_store() {
    let staste = Program::new();
    staste.ok("define guests --axis age");
    let whole = std::fs::read(staste.path("staste.db")).unwrap();
    staste.write("text.db", "this is no database, but long enough to be taken for one".repeat(100));
    assert!(staste.fails(1, "metricas --store sqlite:text.db").contains("text.db"));
    let mut corrupt = whole.clone();
    corrupt[4096..].fill(0xaa);
    staste.write("corrupt.db", corrupt);
    assert!(staste.fails(1, "query guests --store sqlite:corrupt.db").contains("corrupt.db"));
    let mut newer = whole;
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    staste.write("newer.db", newer);
    let error = staste.fails(1, "metricas --store sqlite:newer.db");
    assert!(error.contains("version 99") && error.contains("upgrade staste"), "{error}");
    std::fs::create_dir(staste.path("folder.db")).unwrap();
    staste.fails(1, "metricas --store sqlite:folder.db");
    let error = staste.fails(1, "define guests --axis age --store sqlite:nowhere/deep/guests.db");
    assert!(error.contains("nowhere/deep"), "{error}");
    let error = staste.fails(1, "define guests --axis age --store sqlite:/proc/guests.db");
    assert!(error.contains("/proc/guests.db"), "{error}");
    assert!(!error.contains("Error code") && error.matches("unable to open").count() < 2, "{error}");
    staste.write("empty.db", "");
    staste.ok("define guests --store sqlite:empty.db");
}

#[test]
fn import_on_full_disk_fails_and_continues_when_run_again() {
    let staste = Program::new();
    let rows: String = (0..20_000).map(|n| format!("v{n}\n")).collect();
    staste.write("visits.csv", format!("visitor\n{rows}"));
    // The limit on file sizes looks like a full disk to SQLite.
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$0\" import visits.csv --metrica visits --axis visitor --cap visitor=100000";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_staste")]).current_dir(staste.path("."));
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("error: ") && error.contains("run the same import again to finish it"), "{error}");
    let counted = staste.total("visits");
    assert!(counted < 20_000);
    staste.ok("verify");
    staste.ok("import visits.csv --metrica visits --axis visitor");
    assert_eq!(staste.total("visits"), 20_000);
}
