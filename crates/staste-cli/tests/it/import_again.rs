//! `import` of corrected, rotated, joined and similar files: every row counts once.

use crate::support::fixtures::gzip;
use crate::support::program::Program;

const ORDERS: &str = "import orders.csv --metrica orders --axis what --value amount --multiplier 10";
const LOG: &str = "import - --metrica visits";

/// Lines of an access log, one a minute.
fn log(day: u32, lines: std::ops::Range<u32>) -> String {
    lines
        .map(|n| {
            let (hour, minute) = (9 + n / 60, n % 60);
            format!(
                "203.0.113.{} - - [{day:02}/Nov/2023:{hour:02}:{minute:02}:00 +0000] \"GET /p{n} HTTP/1.1\" 200 5 \"-\" \"x\"\n",
                n % 200
            )
        })
        .collect()
}

fn csv(staste: &Program, query: &str) -> String {
    staste.ok(&format!("query {query} --format csv")).replace("\r\n", "\n")
}

#[test]
fn corrected_row_is_counted_once() {
    let staste = Program::new();
    staste.write("orders.csv", "what,amount\ntea,1.5x\ncoffee,2\n");
    assert_eq!(staste.run(ORDERS).code, Some(3));
    staste.write("orders.csv", "what,amount\ntea,1.5\ncoffee,2\n");
    for counted in [1, 0] {
        let summary = staste.json(ORDERS);
        assert_eq!(
            (&summary["counted"], &summary["imported_before"]),
            (&counted.into(), &(2 - counted).into())
        );
    }
    assert_eq!(
        csv(&staste, "orders --by what"),
        "what,what:variant,total,count,average\ncoffee,,2,1,2\ntea,,1.5,1,1.5\n"
    );
}

#[test]
fn several_rows_in_place_of_an_invalid_one_are_counted() {
    let staste = Program::new();
    let rows = |middle: &str| format!("what,amount\ntea,1\n{middle}coffee,2\ncake,3\n");
    staste.write("orders.csv", rows("broken\n"));
    assert_eq!(staste.run(ORDERS).code, Some(3));
    staste.write("orders.csv", rows("milk,4\nsugar,5\n"));
    assert_eq!(staste.json(ORDERS)["counted"], 2);
    staste.write("orders.csv", rows("milk,4\nsugar,5\n") + "salt,6\n");
    assert_eq!(staste.json(ORDERS)["counted"], 1);
    assert_eq!(staste.total("orders --total"), 21);
}

#[test]
fn invalid_row_is_reported_once() {
    let staste = Program::new();
    staste.write("orders.csv", "what,amount\nx,y\ntea,1\nbroken\ncoffee,2\n");
    let run = staste.run(ORDERS);
    assert!(run.code == Some(3) && run.err.contains("orders.csv:2: ") && run.err.contains("orders.csv:4: "));
    let run = staste.run(ORDERS);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.out.contains("2  rejected before, and still invalid") && !run.err.contains("orders.csv:"),
        "{run:?}"
    );
    staste.write("orders.csv", "what,amount\nx,y\ntea,1\nbroken\ncoffee,2\nz,z\n");
    let run = staste.run(&format!("{ORDERS} --format json"));
    assert!(run.code == Some(3) && run.err.contains("orders.csv:6: ") && !run.err.contains("orders.csv:2: "));
}

#[test]
fn rows_rejected_for_a_wrong_option_are_counted_with_the_right_one() {
    let staste = Program::new();
    staste.write("w.csv", "what,when\ntea,11/30/2022\ncoffee,11/29/2022\n");
    let import = "import w.csv --metrica w --axis what --date when --date-format";
    assert_eq!(staste.run(&format!("{import} %d/%m/%Y")).code, Some(3));
    assert_eq!(staste.json(&format!("{import} %m/%d/%Y"))["counted"], 2);
    assert_eq!(staste.json(&format!("{import} %m/%d/%Y"))["imported_before"], 2);
    let error = staste.fails(2, "import w.csv --metrica w --axis what= --date when --date-format %m/%d/%Y");
    assert!(error.contains("other columns or options"), "{error}");
    assert_eq!(staste.total("w"), 2);
}

#[test]
fn counted_rows_are_recognized_anywhere_in_a_stream() {
    let staste = Program::new();
    let (old, new) = (log(2, 0..50), log(3, 0..20));
    staste.run_with_input(LOG, old.as_bytes());
    let run = staste.run_with_input(&format!("{LOG} --format json"), (new.clone() + &old).as_bytes());
    assert!(
        run.code == Some(0)
            && run.out.contains("\"counted\":20")
            && run.out.contains("\"imported_before\":50")
    );
    let days = csv(&staste, "visits --by day --since 2023-11-02 --until 2023-11-04");
    assert!(days.contains("2023-11-02,") && days.contains(",2023-11-03T00:00:00+00:00,50\n"), "{days}");
    assert!(days.contains(",2023-11-04T00:00:00+00:00,20\n"), "{days}");
    let newest = log(4, 0..30);
    for (stream, total) in [
        (newest.clone() + &new + &old, 100),
        (old.clone() + &new + &newest, 100),
        (old.clone(), 100),
        (new + &newest + &log(4, 30..35), 105),
    ] {
        let run = staste.run_with_input(LOG, stream.as_bytes());
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(staste.total("visits"), total);
    }
}

#[test]
fn rotated_log_is_recognized_under_another_name_and_compressed() {
    let staste = Program::new();
    let import = |files: &str| staste.json(&format!("import {files} --metrica visits"));
    staste.write("access.log", log(2, 0..50));
    assert_eq!(import("access.log")["counted"], 50);
    staste.write("access.log.1", log(2, 0..60));
    staste.write("access.log", log(3, 0..5));
    let summary = import("access.log access.log.1");
    assert_eq!((&summary["counted"], &summary["imported_before"]), (&15.into(), &50.into()));
    staste.write("access.log.2.gz", gzip(log(2, 0..60).as_bytes()));
    assert_eq!(import("access.log.2.gz")["imported_before"], 60);
}

#[test]
fn part_of_counted_rows_is_refused() {
    let staste = Program::new();
    staste.run_with_input(LOG, log(2, 0..200).as_bytes());
    for (stream, words) in [
        (log(2, 100..210), "a part of more rows"),
        (log(1, 0..5) + &log(2, 150..200), "a part of more rows"),
        (log(2, 0..100), "a longer version"),
        (
            log(2, 0..100).replace("/p50 ", "/other ") + &log(2, 100..200),
            "differs from the one imported before",
        ),
        (log(2, 0..200).replace("/p0 ", "/other "), "a part of more rows"),
    ] {
        let run = staste.run_with_input(LOG, stream.as_bytes());
        assert!(run.code == Some(2) && run.err.contains(words), "{words}: {run:?}");
    }
    assert_eq!(staste.total("visits"), 200);
    // The log of another server.
    let run = staste.run_with_input(&format!("{LOG} --source web2"), log(2, 100..210).as_bytes());
    assert_eq!(run.code, Some(0), "{run:?}");
    let run =
        staste.run_with_input(&format!("{LOG} --source web2 --format json"), log(2, 100..215).as_bytes());
    assert!(run.out.contains("\"counted\":5,"), "{run:?}");
    assert_eq!(staste.total("visits"), 315);
}

#[test]
fn log_that_starts_with_the_line_of_another_is_counted_with_a_note() {
    let staste = Program::new();
    staste.run_with_input(LOG, log(2, 0..100).as_bytes());
    let other = log(2, 0..1) + &log(2, 0..100).replace("203.0.113", "198.51.100");
    let run = staste.run_with_input(LOG, other.as_bytes());
    assert!(run.code == Some(0) && run.err.contains("up to here it is like a file"), "{run:?}");
    assert_eq!(staste.total("visits"), 201);
}

#[test]
fn files_without_dates_that_begin_alike_are_different_files() {
    let staste = Program::new();
    staste.write("a.csv", "what\ntea\ncoffee\n");
    staste.write("b.csv", "what\ntea\ncoffee\n");
    staste.write("c.csv", "what\ntea\ncoffee\ncake\n");
    let import = "import a.csv b.csv c.csv --metrica v --axis what";
    let run = staste.run(import);
    assert!(run.code == Some(0) && run.err.contains("note: b.csv: it begins like "), "{run:?}");
    assert_eq!(staste.total("v"), 7);
    let summary = staste.json(import);
    assert_eq!((&summary["counted"], &summary["imported_before"]), (&0.into(), &7.into()));
    staste.write("b.csv", "what\ntea\ncoffee\ntea\n");
    assert_eq!(staste.json("import b.csv --metrica v --axis what")["counted"], 1);
    assert_eq!(staste.total("v"), 8);
}

#[test]
fn standard_input_without_dates_that_begins_alike_is_refused() {
    let staste = Program::new();
    let import = "import - --metrica v --axis what --input-format csv";
    let (two, three) = ("what\ntea\ncoffee\n", "what\ntea\ncoffee\ncake\n");
    let counted = |options: &str, rows: &str| {
        let run = staste.run_with_input(&format!("{import} {options}"), rows.as_bytes());
        assert_eq!(run.code, Some(0), "{run:?}");
        staste.total("v")
    };
    assert_eq!(counted("", two), 2);
    let run = staste.run_with_input(import, three.as_bytes());
    assert!(
        run.code == Some(2) && run.err.contains("--resume") && run.err.contains("--source NAME"),
        "{run:?}"
    );
    assert_eq!(staste.total("v"), 2);
    assert_eq!(counted("--resume", three), 3);
    assert_eq!(counted("--source monday", three), 6);
    assert_eq!(counted("--source monday", three), 6);
    assert_eq!(counted("", "what\nwater\n"), 7);
}

#[test]
fn equal_rows_of_one_stream_are_counted_each() {
    let staste = Program::new();
    let line = log(2, 0..1);
    let import = "import a.log --metrica visits";
    staste.write("a.log", line.repeat(3));
    assert_eq!(staste.json(import)["counted"], 3);
    staste.write("a.log", line.repeat(5));
    assert_eq!(staste.json(import)["counted"], 2);
    assert_eq!(staste.json(import)["imported_before"], 5);
    assert_eq!(staste.total("visits"), 5);
}

/// The records of a version before runs, which imported three lines of a log and then two more.
const CHAIN_RECORDS: [(&str, &str); 4] = [
    (
        "begins/bcfb70d7016cdec8746c03c05ca348c9017dca17de46f114066932b104da0e56/e70314c04130d0f9076774db21fa83668888a2cc7b21e11427dcf607b1219ae3",
        "",
    ),
    (
        "e70314c04130d0f9076774db21fa83668888a2cc7b21e11427dcf607b1219ae3/after/626724b3882a24eed4651500f63c6e4cce35409952a4a5d526d372d4577023bb",
        "",
    ),
    (
        "e70314c04130d0f9076774db21fa83668888a2cc7b21e11427dcf607b1219ae3/bcfb70d7016cdec8746c03c05ca348c9017dca17de46f114066932b104da0e56/0",
        "01ea00000000000000626724b3882a24eed4651500f63c6e4cce35409952a4a5d526d372d4577023bb03000000000000004e0000007a13ee009c0000006d915fbb",
    ),
    (
        "e70314c04130d0f9076774db21fa83668888a2cc7b21e11427dcf607b1219ae3/e4d4be795401b72b67eeb1ba63cb57545632ebe73ef4d360898d863490d1380c/0",
        "019c00000000000000e1ca91d75387cef4c60c59213e2c3a866af209be9293c80b653ebb35d9cce0eb02000000000000004e0000008a6ef97e",
    ),
];

#[test]
fn records_of_earlier_versions_stay_valid() {
    let staste = Program::new();
    staste.ok("define visits");
    let connection = rusqlite::Connection::open(staste.path("staste.db")).unwrap();
    for (key, value) in CHAIN_RECORDS {
        let insert = "INSERT INTO \"staste:records\" VALUES('import/visits/' || ?1, unhex(?2), NULL)";
        connection.execute(insert, [key, value]).unwrap();
    }
    drop(connection);
    staste.write("a.log", log(2, 0..5));
    assert_eq!(staste.json("import a.log --metrica visits")["imported_before"], 5);
    staste.write("a.log", log(2, 0..8));
    for counted in [3, 0] {
        assert_eq!(staste.json("import a.log --metrica visits")["counted"], counted);
    }
    staste.write("a.log", log(2, 0..4));
    assert!(staste.fails(2, "import a.log --metrica visits").contains("a longer version"));
    staste.write("a.log", log(2, 0..4) + &log(2, 6..7));
    assert!(staste.fails(2, "import a.log --metrica visits").contains("a.log:5: "));
    staste.write("a.log", log(2, 0..5));
    assert!(
        staste.fails(2, "import a.log --metrica visits --null -=skip").contains("other columns or options")
    );
    assert_eq!(staste.total("visits"), 3);
}
