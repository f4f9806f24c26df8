//! `import` counts every row exactly once: repeated, killed, concurrent, grown and truncated.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::fixtures::{FLIGHTS, gzip};
use crate::support::program::{Program, Run};

const IMPORT: &str =
    "import visits.csv --metrica visits --axis visitor --axis page --axis kind --cap visitor=100000";

/// Rows that share no cells, so that they take several commits.
fn visits(rows: std::ops::Range<u32>) -> String {
    rows.map(|n| format!("v{n},p{},k{}\n", n % 7, n % 3)).collect()
}

fn header(rows: &str) -> String {
    format!("visitor,page,kind\n{rows}")
}

#[test]
fn repeated_import_counts_nothing_unless_again() {
    let staste = Program::new();
    staste.write("f.csv", FLIGHTS);
    let import = "import f.csv --metrica f --axis carrier";
    assert_eq!(staste.json(import)["counted"], 4);
    let summary = staste.json(import);
    assert_eq!((&summary["read"], &summary["imported_before"]), (&0.into(), &4.into()));
    assert_eq!(staste.total("f"), 4);
    assert_eq!(staste.json(&format!("{import} --again"))["counted"], 4);
    assert_eq!(staste.total("f"), 8);
    // Forgetting the metrica forgets its imports, too.
    staste.ok("forget f --yes");
    assert_eq!(staste.json(import)["counted"], 4);
}

#[test]
fn killed_import_is_finished_by_another() {
    /// More rows than four commits take.
    const ROWS: u32 = 140_000;
    let staste = Program::new();
    staste.write("visits.csv", header(&visits(0..ROWS)));
    let mut before = 0;
    for commits in [1, 2, 1] {
        let mut command = staste.command(IMPORT);
        let died = command.env("STASTE_TEST_ABORT_AFTER_COMMITS", commits.to_string()).output().unwrap();
        assert_eq!(died.status.code(), None, "killed by a signal: {died:?}");
        let counted = staste.total("visits");
        assert!(before < counted && counted < i64::from(ROWS), "{before} {counted}");
        before = counted;
    }
    let summary = staste.json(IMPORT);
    assert_eq!(summary["imported_before"], before);
    assert_eq!(summary["counted"], i64::from(ROWS) - before);
    assert_eq!(staste.total("visits"), i64::from(ROWS));
    assert_eq!(staste.total("visits --filter page=p3"), i64::from(ROWS) / 7);
    staste.ok("verify");
}

#[test]
fn concurrent_imports_count_each_row_once() {
    let staste = Program::new();
    staste.write("visits.csv", header(&visits(0..6_000)));
    let importers: Vec<_> = (0..3).map(|_| staste.spawn(&format!("{IMPORT} --format json"))).collect();
    let mut counted = 0;
    for importer in importers {
        let output = importer.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["read"].as_i64().unwrap() + summary["imported_before"].as_i64().unwrap(), 6_000);
        counted += summary["counted"].as_i64().unwrap();
    }
    assert_eq!(counted, 6_000);
    assert_eq!(staste.total("visits"), 6_000);
}

#[test]
fn grown_file_adds_its_new_rows() {
    let staste = Program::new();
    let mut all = 0;
    for rows in [1, 10, 3_000, 3_001, 9_000] {
        staste.write("visits.csv", header(&visits(0..rows)));
        let summary = staste.json(IMPORT);
        assert_eq!((&summary["imported_before"], &summary["counted"]), (&all.into(), &(rows - all).into()));
        all = rows;
    }
    assert_eq!(staste.total("visits"), 9_000);
    // A last line without newline is counted in CSV, and not again when the newline comes.
    let rows = visits(0..9_001);
    staste.write("visits.csv", header(rows.trim_end()));
    assert_eq!(staste.json(IMPORT)["counted"], 1);
    staste.write("visits.csv", header(&visits(0..9_002)));
    assert_eq!(staste.json(IMPORT)["counted"], 1);
    assert_eq!(staste.total("visits"), 9_002);
}

#[test]
fn only_line_can_get_its_newline_later() {
    let staste = Program::new();
    for (text, counted) in [
        ("visitor,page,kind\na,b,c", 1),
        ("visitor,page,kind\na,b,c\n", 0),
        ("visitor,page,kind\na,b,c\r\nd,e,f\n", 1),
    ] {
        staste.write("visits.csv", text);
        assert_eq!(staste.json(IMPORT)["counted"], counted, "{text:?}");
    }
}

#[test]
fn incomplete_log_line_waits_for_the_next_import() {
    let staste = Program::new();
    let line = |n: u32| format!("h - - [10/Oct/2013:13:55:{n:02} +0000] \"GET /{n} HTTP/1.0\" 200 1\n");
    let whole: String = (0..3).map(line).collect();
    staste.write("access.log", &whole[..whole.len() - 9]);
    let import = "import access.log --metrica hits --path-axis page=path --date time";
    let first = staste.ok(import);
    assert!(first.contains("2  counted") && first.contains("has no newline yet"), "{first}");
    staste.write("access.log", &whole);
    assert_eq!(staste.json(import)["counted"], 1);
}

#[test]
fn incomplete_json_line_waits_for_the_next_import() {
    let staste = Program::new();
    let import = "import e.ndjson --metrica e --axis a";
    for (text, counted, unfinished) in [
        ("{\"a\":1}\n{\"a\":{\"b\":1}", 1, true),
        ("{\"a\":1}\n{\"a\":{\"b\":1},\"a\":2}", 1, false),
        ("{\"a\":1}\n{\"a\":{\"b\":1},\"a\":2}\n", 0, false),
        ("{\"a\":1}\n{\"a\":{\"b\":1},\"a\":2}\n{\"a\":3}\n", 1, false),
    ] {
        staste.write("e.ndjson", text);
        let summary = staste.ok(import);
        assert!(summary.contains(&format!("  {counted}  counted")), "{text}\n{summary}");
        assert_eq!(summary.contains("has no newline yet"), unfinished, "{text}\n{summary}");
    }
    assert_eq!(staste.total("e"), 3);
}

#[test]
fn line_that_grew_after_it_was_counted_is_skipped_with_a_note() {
    let staste = Program::new();
    staste.write("visits.csv", "visitor,page,kind\nx,y,z\na,b,c");
    staste.ok(IMPORT);
    staste.write("visits.csv", "visitor,page,kind\nx,y,z\na,b,charlie\nd,e,f\n");
    let run = staste.run(IMPORT);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.err.contains("note: visits.csv: a line was counted before it was complete"), "{run:?}");
    assert_eq!(staste.total("visits"), 3);
}

#[test]
fn shorter_copy_of_an_imported_file_is_refused() {
    let staste = Program::new();
    staste.write("visits.csv", header(&visits(0..500)));
    staste.ok(IMPORT);
    for rows in [1, 5, 100, 499] {
        staste.write("visits.csv", header(&visits(0..rows)));
        let error = staste.fails(2, IMPORT);
        assert!(
            error.contains("a longer version of this file was imported before") && error.contains("--again"),
            "{error}"
        );
    }
    // It may be a changed copy, too.
    staste.write("visits.csv", header(&(visits(0..50) + &visits(1000..1050))));
    assert!(staste.fails(2, IMPORT).contains("or soon after it"));
    assert_eq!(staste.total("visits"), 500);
}

#[test]
fn truncated_gzip_is_counted_and_the_complete_file_adds_the_rest() {
    let staste = Program::new();
    let whole = gzip(header(&visits(0..4_000)).as_bytes());
    staste.write("visits.csv.gz", &whole[..whole.len() * 2 / 3]);
    let import = IMPORT.replace("visits.csv", "visits.csv.gz");
    let run = staste.run(&import);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("error: visits.csv.gz: the gzip data ends early after"), "{run:?}");
    let counted = staste.total("visits");
    assert!(counted > 0 && counted < 4_000);
    staste.ok("verify");
    staste.write("visits.csv.gz", &whole);
    let summary = staste.json(&import);
    assert_eq!(
        (summary["imported_before"].as_i64(), summary["counted"].as_i64()),
        (Some(counted), Some(4_000 - counted))
    );
    // A truncated copy is reported as truncated, not as shorter.
    staste.write("visits.csv.gz", &whole[..whole.len() / 2]);
    assert!(staste.fails(2, &import).contains("ends early"));
    assert_eq!(staste.total("visits"), 4_000);
}

#[test]
fn several_files_are_counted_by_one_import() {
    let staste = Program::new();
    for n in 0..5 {
        staste.write(&format!("day{n}.csv"), header(&format!("ann,p{n},k\nbob,p0,k\n")));
    }
    let import = "import day0.csv day1.csv day2.csv day3.csv day4.csv day0.csv --metrica visits --axis visitor --axis page";
    let summary = staste.json(import);
    assert_eq!(
        (&summary["counted"], &summary["imported_before"]),
        (&10.into(), &2.into()),
        "the first file is named twice"
    );
    assert_eq!(staste.json(import)["imported_before"], 12);
    assert_eq!(staste.total("visits --filter visitor=ann"), 5);
}

#[test]
fn interrupted_import_says_so_and_is_finished_by_another() {
    let staste = Program::new();
    let rows = header(&visits(0..20_000));
    let import = IMPORT.replace("visits.csv", "-");
    let mut command = staste.command(&import);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // This is more than a pipe holds, so the program has started to read when it is written.
    stdin.write_all(&rows.as_bytes()[..200_000]).unwrap();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let run = Run::from(child.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!(run.code, Some(130), "{run:?}");
    assert!(
        run.err.contains("run the same import again with --resume to finish it")
            && run.out.contains("rows read"),
        "{run:?}"
    );
    let rest = staste.run_with_input(&format!("{import} --format json"), rows.as_bytes());
    assert_eq!(rest.code, Some(2), "it may be other rows: {rest:?}");
    let rest = staste.run_with_input(&format!("{import} --resume --format json"), rows.as_bytes());
    assert_eq!(rest.code, Some(0), "{rest:?}");
    assert_eq!(staste.total("visits"), 20_000);
}
