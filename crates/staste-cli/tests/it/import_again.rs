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
fn log_that_starts_with_the_line_of_another_is_refused() {
    let staste = Program::new();
    staste.run_with_input(LOG, log(2, 0..100).as_bytes());
    let other = log(2, 0..1) + &log(2, 0..100).replace("203.0.113", "198.51.100");
    let run = staste.run_with_input(LOG, other.as_bytes());
    assert!(
        run.code == Some(2) && run.err.contains("standard input:2: ") && run.err.contains("--source NAME")
    );
    let run = staste.run_with_input(&format!("{LOG} --source web2"), other.as_bytes());
    assert_eq!(run.code, Some(0), "{run:?}");
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

/// Imports the rows of a day, one after the other: each row is a second and a text.
const ROWS: &str = "import a.csv --metrica m --axis k=col2 --date col1 --no-header --input-format csv";

fn row(second: u32, text: &str) -> String {
    format!("2023-01-01T10:00:{second:02},{text}\n")
}

/// Imports contents of a file one after the other, with their exit codes and the total after each.
fn histories(histories: &[&[(&str, i32, i64)]]) {
    for history in histories {
        let staste = Program::new();
        for (content, code, total) in *history {
            staste.write("a.csv", content);
            let run = staste.run(ROWS);
            assert_eq!(run.code, Some(*code), "{content:?} of {history:?}: {run:?}");
            assert_eq!(staste.total("m"), *total, "{content:?} of {history:?}: {run:?}");
        }
    }
}

#[test]
fn file_with_blank_lines_grows() {
    let (a, b, c) = (row(1, "a"), row(2, "b"), row(3, "c"));
    let (two, blank) = (format!("{a}{b}"), format!("{a}{b}\n{c}"));
    let no_end = two.trim_end();
    let grown = format!("{no_end}\n{c}");
    histories(&[
        &[(no_end, 0, 2), (&grown, 0, 3), (&grown, 0, 3)],
        &[(&two, 0, 2), (&blank, 0, 3), (&blank, 0, 3), (&format!("{blank}{}", row(4, "d")), 0, 4)],
        &[(&two, 0, 2), (no_end, 0, 2)],
    ]);
}

#[test]
fn file_of_equal_rows_grows() {
    let (a, b, c) = (row(1, "a"), row(1, "b"), row(1, "c"));
    let grown = format!("{a}{b}{a}{a}{b}");
    histories(&[
        &[(&a, 0, 1), (&format!("{a}{b}{a}"), 0, 3), (&grown, 0, 5), (&grown, 0, 5)],
        &[
            (&a, 0, 1),
            (&format!("{a}{c}{b}"), 0, 3),
            (&format!("{a}{c}{b}{a}{c}"), 0, 5),
            (&format!("{a}{c}{b}{a}{c}{}{}", row(2, "d"), row(3, "e")), 0, 7),
        ],
    ]);
}

#[test]
fn changed_last_row_is_refused() {
    let (a, b, c) = (row(1, "a"), row(2, "b"), row(3, "c"));
    let all = format!("{a}{b}{c}");
    let quoted = format!("{a}{b}2023-01-01T10:00:03,\"c\nd\"\n");
    histories(&[
        &[(&all, 0, 3), (&all.replace(",c", ",cc"), 2, 3), (&format!("{a}{b}{}", row(4, "d")), 2, 3)],
        &[(&quoted, 0, 3), (&quoted.replace(",b", ",bb"), 2, 3), (&quoted, 0, 3)],
    ]);
    let staste = Program::new();
    staste.write("a.csv", &all);
    staste.ok(ROWS);
    staste.write("a.csv", all.replace(",c", ",x"));
    staste.fails(2, &ROWS.replace(" --axis k=col2", ""));
}

#[test]
fn row_that_starts_like_the_last_one_without_newline_is_not_lost() {
    let (first, second) = (row(1, "a"), "2023-01-01T10:00:02,1");
    histories(&[&[(&format!("{first}{second}"), 0, 2), (&format!("{first}{second}5\n"), 2, 2)]]);
}

#[test]
fn corrected_row_can_equal_the_next_one() {
    let (a, x, c) = (row(1, "a"), row(2, "x"), row(3, "c"));
    histories(&[&[
        (&format!("{a}BAD,x\n{x}{c}"), 3, 3),
        (&format!("{a}{x}{x}{c}"), 0, 4),
        (&format!("{a}{x}{x}{c}"), 0, 4),
    ]]);
}

#[test]
fn invalid_rows_of_equal_text_are_reported_each_once() {
    let (a, b, c) = (row(1, "a"), row(2, "b"), row(3, "c"));
    let one = format!("{a}BAD,x\n{b}");
    let more = format!("{one}BAD,x\n{c}");
    let last = format!("{more}BAD,y\n");
    histories(&[&[(&one, 3, 2), (&one, 0, 2), (&more, 3, 3), (&more, 0, 3), (&last, 3, 3), (&last, 0, 3)]]);
    let staste = Program::new();
    staste.write("a.csv", format!("{a}{}", "garbage\n".repeat(20)));
    let summary = staste.run(&format!("{ROWS} --format json")).out;
    assert!(summary.contains("\"rejected\":20") && summary.contains("\"rejected_before\":0"), "{summary}");
}

#[test]
fn rows_of_two_days_are_recognized_in_parts() {
    let day = |day: u32, rows: u32| -> String {
        (0..rows).map(|n| format!("2023-01-0{day}T10:00:{n:02},r{n}\n")).collect()
    };
    let (old, new) = (day(1, 5), day(2, 5));
    let import = ROWS.replace("a.csv", "-");
    let staste = Program::new();
    for (stream, total) in
        [(old.clone() + &new, 10), (new.clone() + &old, 10), (new.clone(), 10), (day(3, 3) + &old, 13)]
    {
        let run = staste.run_with_input(&import, stream.as_bytes());
        assert_eq!((run.code, staste.total("m")), (Some(0), total), "{run:?}");
    }
    // A piece of two days that is not in order.
    let staste = Program::new();
    let mixed = day(1, 2) + &day(2, 2) + &day(1, 2) + &day(2, 1);
    staste.run_with_input(&import, mixed.as_bytes());
    let end: String = mixed.lines().skip(2).map(|line| line.to_owned() + "\n").collect();
    let run = staste.run_with_input(&import, end.as_bytes());
    assert!(run.code == Some(2) && run.err.contains("a part of more rows"), "{run:?}");
    assert_eq!(staste.total("m"), 7);
}

#[test]
fn another_date_format_is_another_mapping() {
    let staste = Program::new();
    staste.write("a.csv", "01/02/2023,a\n05/06/2023,b\n13/06/2023,c\n");
    assert_eq!(staste.run(&format!("{ROWS} --date-format %m/%d/%Y")).code, Some(3));
    assert!(staste.fails(2, &format!("{ROWS} --date-format %d/%m/%Y")).contains("other columns or options"));
    assert_eq!(staste.total("m"), 2);
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
