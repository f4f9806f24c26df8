//! `import --follow`: rows are counted as they are written, each once, through rotations and restarts.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::support::fixtures::gzip;
use super::support::program::{Program, Run};

const COLUMNS: &str = "--metrica hits --axis page=path --cap page=200000";
/// Much longer than anything takes, so that a test ends that would wait forever.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// A program that follows, which is killed when its test fails.
struct Follower(Option<Child>);

impl Follower {
    fn start(staste: &Program, arguments: &str) -> Follower {
        Follower(Some(staste.spawn(&format!("import --follow {arguments}"))))
    }

    fn of_log(staste: &Program) -> Follower {
        Follower::start(staste, &format!("access.log {COLUMNS}"))
    }

    fn end(mut self, signal: Signal) -> Run {
        let child = self.0.take().unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        Run::from(child.wait_with_output().unwrap())
    }

    /// Stops it as a service manager does. Returns its output.
    fn stop(self) -> Run {
        let run = self.end(Signal::TERM);
        assert_eq!(run.code, Some(0), "{run:?}");
        run
    }

    /// Waits until it ends by itself.
    fn wait(mut self) -> Run {
        Run::from(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the lines of requests with these numbers, a few per second.
fn lines(numbers: std::ops::Range<u32>) -> String {
    let line = |n: u32| {
        let (hour, minute, second) = (n / 36_000 % 24, n / 600 % 60, n / 10 % 60);
        format!(
            "192.0.2.{} - - [13/Nov/2023:{hour:02}:{minute:02}:{second:02} +0000] \"GET /{n} HTTP/1.1\" 200 1\n",
            n % 250
        )
    };
    numbers.map(line).collect()
}

fn append(staste: &Program, name: &str, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(staste.path(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn rename(staste: &Program, from: &str, to: &str) {
    std::fs::rename(staste.path(from), staste.path(to)).unwrap();
}

fn total(staste: &Program) -> i64 {
    let run = staste.run("query hits --format json");
    let answer: Option<serde_json::Value> = serde_json::from_str(&run.out).ok();
    answer.map_or(0, |answer| answer["rows"][0]["total"].as_i64().unwrap())
}

/// Waits until a number of rows is counted.
fn wait_for(staste: &Program, expected: i64) {
    let began = Instant::now();
    loop {
        let total = total(staste);
        if total == expected {
            return;
        }
        assert!(total < expected, "{total} rows are counted, expected {expected}");
        assert!(began.elapsed() < TIME_LIMIT, "{total} of {expected} rows are counted");
    }
}

/// Checks that the pages from 0 on are counted once each.
fn assert_each_is_counted_once(staste: &Program, number: u32) {
    let answer = staste.json("query hits --by page");
    let rows = answer["rows"].as_array().unwrap();
    let odd: Vec<_> = rows.iter().filter(|row| row["total"] != 1).collect();
    assert!(odd.is_empty(), "{} pages are counted more than once: {:?}", odd.len(), odd.first());
    assert_eq!(rows.len(), number as usize);
}

#[test]
fn rows_are_counted_as_they_are_written() {
    let staste = Program::new();
    staste.write("access.log", lines(0..50));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 50);
    let (whole, part) = (lines(50..60), lines(60..61));
    append(&staste, "access.log", &whole);
    append(&staste, "access.log", &part[..20]);
    wait_for(&staste, 60);
    append(&staste, "access.log", &part[20..]);
    wait_for(&staste, 61);
    let run = follower.stop();
    assert!(run.out.contains("61  counted") && !run.out.contains("rows/s") && run.err.is_empty(), "{run:?}");
    assert_each_is_counted_once(&staste, 61);
}

#[test]
fn empty_file_is_followed_once_it_has_a_line() {
    let staste = Program::new();
    staste.write("access.log", "");
    let follower = Follower::of_log(&staste);
    append(&staste, "access.log", &lines(0..3));
    wait_for(&staste, 3);
    follower.stop();
    staste.fails(2, &format!("import --follow missing.log {COLUMNS}"));
}

#[test]
fn renamed_file_is_read_to_its_end_and_the_next_one_is_followed() {
    let staste = Program::new();
    staste.write("access.log", lines(0..10));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 10);
    append(&staste, "access.log", &lines(10..12));
    rename(&staste, "access.log", "access.log.1");
    append(&staste, "access.log.1", &lines(12..14));
    wait_for(&staste, 14);
    append(&staste, "access.log", &lines(14..20));
    wait_for(&staste, 20);
    append(&staste, "access.log.1", &lines(20..22));
    append(&staste, "access.log", &lines(22..24));
    wait_for(&staste, 24);
    follower.stop();
    assert_each_is_counted_once(&staste, 24);
    let again = staste.json(&format!("import access.log access.log.1 {COLUMNS}"));
    assert_eq!((&again["counted"], &again["imported_before"]), (&0.into(), &24.into()), "{again}");
}

#[test]
fn truncated_file_is_read_from_its_start_and_what_only_its_copy_has_is_counted() {
    let staste = Program::new();
    staste.write("access.log", lines(0..10));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 10);
    // The rows 10 and 11 were written just before the copy was made.
    staste.write("access.log.1", lines(0..12));
    staste.write("access.log", "");
    wait_for(&staste, 12);
    append(&staste, "access.log", &lines(12..15));
    wait_for(&staste, 15);
    // It has grown past the old length before anybody looks at it.
    staste.write("access.log-2", lines(12..15));
    staste.write("access.log", lines(15..60));
    wait_for(&staste, 60);
    let run = follower.stop();
    assert_eq!(run.err.matches("access.log: the file was truncated").count(), 2, "{run:?}");
    assert_each_is_counted_once(&staste, 60);
}

#[test]
fn rows_of_files_rotated_during_a_stop_are_counted_after_the_next_start() {
    let staste = Program::new();
    staste.write("access.log", lines(0..10));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 10);
    follower.stop();
    append(&staste, "access.log", &lines(10..12));
    staste.write("access.log.2.gz", gzip(lines(0..12).as_bytes()));
    staste.write("access.log.1", lines(12..15));
    staste.write("access.log.bak", lines(100..200));
    std::fs::remove_file(staste.path("access.log")).unwrap();
    staste.write("access.log", lines(15..17));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 17);
    let run = follower.stop();
    assert_eq!(run.err.matches("rows that were not counted before it was rotated").count(), 2, "{run:?}");
    assert_each_is_counted_once(&staste, 17);
}

#[test]
fn rotated_file_that_cannot_be_imported_is_named_and_the_others_are_counted() {
    let staste = Program::new();
    staste.write("access.log", lines(10..20));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 10);
    follower.stop();
    // An older log was written anew, for example without addresses. Its rows may be counted.
    staste.write("access.log.2", lines(0..10).replace("192.0.2", "198.51.100"));
    append(&staste, "access.log", &lines(20..22));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 12);
    let run = follower.stop();
    assert!(run.err.contains("access.log.2 is not imported: it begins before"), "{run:?}");
}

#[test]
fn records_of_many_commits_replace_each_other() {
    let staste = Program::new();
    staste.write("access.log", lines(0..1));
    let follower = Follower::of_log(&staste);
    for number in 1..12 {
        wait_for(&staste, i64::from(number));
        append(&staste, "access.log", &lines(number..number + 1));
    }
    wait_for(&staste, 12);
    let run = follower.stop();
    let connection = rusqlite::Connection::open(staste.path("staste.db")).unwrap();
    let records: i64 = connection
        .query_row(
            "SELECT count(*) FROM \"staste:records\" WHERE key GLOB 'import/hits/2/*/*/????????'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(records, 1, "{run:?}");
}

#[test]
fn rejected_rows_are_printed_and_end_a_record() {
    let staste = Program::new();
    staste.write("access.log", lines(0..3));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 3);
    append(&staste, "access.log", &format!("nonsense\n{}", lines(3..5)));
    wait_for(&staste, 5);
    append(&staste, "access.log", &lines(5..7));
    wait_for(&staste, 7);
    let run = follower.stop();
    assert!(run.err.contains("access.log:4: "), "{run:?}");
    let again = staste.json(&format!("import access.log {COLUMNS}"));
    let numbers = ["counted", "rejected", "rejected_before", "imported_before"]
        .map(|name| again[name].as_i64().unwrap());
    assert_eq!(numbers, [0, 0, 1, 7], "{again}");
}

#[test]
fn csv_row_waits_for_its_newline_and_each_file_has_a_header() {
    let staste = Program::new();
    staste.write("sales.csv", "what,amount\ntea,1\nco");
    let follower = Follower::start(&staste, "sales.csv --metrica hits --axis what --value amount --plain");
    wait_for(&staste, 1);
    append(&staste, "sales.csv", "ffee,20\n");
    wait_for(&staste, 21);
    rename(&staste, "sales.csv", "sales.csv.1");
    staste.write("sales.csv", "what,amount\ntea,1\n");
    wait_for(&staste, 22);
    append(&staste, "sales.csv", "cake,4");
    let run = follower.stop();
    assert!(run.out.contains("3  counted"), "{run:?}");
}

#[test]
fn records_of_docker_are_followed_and_one_without_end_waits() {
    let staste = Program::new();
    let record = |n: u32| {
        let log = serde_json::to_string(&lines(n..n + 1)).unwrap();
        format!("{{\"log\":{log},\"stream\":\"stdout\",\"time\":\"2023-11-13T10:00:00.1Z\"}}\n")
    };
    staste.write("c-json.log", record(0));
    let follower = Follower::start(&staste, &format!("c-json.log {COLUMNS}"));
    wait_for(&staste, 1);
    let (next, last) = (record(1), record(2));
    append(&staste, "c-json.log", &next[..30]);
    append(&staste, "c-json.log", &format!("{}{}", &next[30..], &last[..50]));
    wait_for(&staste, 2);
    append(&staste, "c-json.log", &last[50..]);
    wait_for(&staste, 3);
    follower.stop();
    assert_each_is_counted_once(&staste, 3);
    let again = staste.json(&format!("import c-json.log {COLUMNS}"));
    assert_eq!((&again["counted"], &again["imported_before"]), (&0.into(), &3.into()), "{again}");
}

#[test]
fn rows_without_dates_of_a_new_file_are_new_even_if_they_are_equal() {
    let staste = Program::new();
    let follow = || Follower::start(&staste, "hits.ndjson --metrica hits --axis page");
    let row = "{\"page\":\"a\"}\n";
    staste.write("hits.ndjson", row.repeat(5));
    let follower = follow();
    wait_for(&staste, 5);
    rename(&staste, "hits.ndjson", "hits.ndjson.1");
    staste.write("hits.ndjson", row.repeat(2));
    wait_for(&staste, 7);
    follower.stop();
    append(&staste, "hits.ndjson", row);
    let follower = follow();
    wait_for(&staste, 8);
    append(&staste, "hits.ndjson", row);
    wait_for(&staste, 9);
    follower.stop();
}

#[test]
fn rows_of_a_pipe_are_counted_at_once_and_sigterm_loses_none_that_was_read() {
    let staste = Program::new();
    let mut command = staste.command(&format!("import --follow - {COLUMNS}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let follower = Follower(Some(child));
    pipe.write_all(lines(0..1).as_bytes()).unwrap();
    wait_for(&staste, 1);
    pipe.write_all(lines(1..3).as_bytes()).unwrap();
    wait_for(&staste, 3);
    // More than a pipe holds, so that some is read before the signal and the rest is not.
    let text = lines(3..20_003);
    pipe.write_all(text.as_bytes()).unwrap();
    pipe.write_all(b"192.0.2.1 - - [").unwrap();
    let run = follower.stop();
    drop(pipe);
    let counted = total(&staste);
    let read = text.len() - (64 << 10);
    let sure = i64::try_from(text[..read].lines().count()).unwrap() - 1;
    assert!((3 + sure..=20_003).contains(&counted), "{counted} of {sure}: {run:?}");
    assert_each_is_counted_once(&staste, u32::try_from(counted).unwrap());
}

#[test]
fn end_of_a_pipe_ends_the_import_and_its_last_row_counts() {
    let staste = Program::new();
    let mut command = staste.command("import --follow - --metrica hits --axis page --input-format csv");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(b"page\na\nb").unwrap();
    drop(pipe);
    let run = Follower(Some(child)).wait();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(total(&staste), 2);
}

#[test]
fn fifo_outlives_its_writers_and_equal_rows_without_dates_all_count() {
    let staste = Program::new();
    let path = staste.path("hits");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let follow =
        || Follower::start(&staste, "hits --metrica hits --axis page --input-format ndjson --source web");
    for round in 0..2 {
        let follower = follow();
        for writer in 1..3 {
            File::options().write(true).open(&path).unwrap().write_all(b"{\"page\":\"a\"}\n").unwrap();
            wait_for(&staste, round * 2 + writer);
        }
        follower.stop();
    }
}

#[test]
fn import_and_follower_of_one_file_count_no_row_twice() {
    let staste = Program::new();
    staste.write("access.log", lines(0..10));
    let follower = Follower::of_log(&staste);
    wait_for(&staste, 10);
    for part in 1..20 {
        append(&staste, "access.log", &lines(part * 10..part * 10 + 10));
        let run = staste.run(&format!("import access.log {COLUMNS}"));
        let is_left = run.err.contains("another import counts the same rows at this moment");
        assert!(run.code == Some(0) || is_left, "{run:?}");
    }
    wait_for(&staste, 200);
    follower.stop();
    assert_each_is_counted_once(&staste, 200);
}

#[test]
fn second_follower_of_a_file_ends_and_no_row_counts_twice() {
    let staste = Program::new();
    staste.write("access.log", lines(0..1));
    let followers = [Follower::of_log(&staste), Follower::of_log(&staste)];
    for number in 1..40 {
        append(&staste, "access.log", &lines(number..number + 1));
        wait_for(&staste, i64::from(number) + 1);
    }
    for follower in followers {
        let run = follower.end(Signal::TERM);
        let is_left = run.err.contains("another import counts the same rows at this moment");
        assert!(run.code == Some(0) || is_left, "{run:?}");
    }
    assert_each_is_counted_once(&staste, 40);
}

#[test]
fn input_that_cannot_grow_is_imported_once_or_refused() {
    let staste = Program::new();
    staste.write("access.log", lines(0..5));
    staste.write("access.log.1.gz", gzip(lines(5..8).as_bytes()));
    let follower = Follower::start(&staste, &format!("access.log.1.gz access.log {COLUMNS}"));
    wait_for(&staste, 8);
    let run = follower.stop();
    assert!(run.err.contains("access.log.1.gz: it is compressed; it is imported once"), "{run:?}");

    staste.write("list.json", "[{\"path\":\"/\"},\n{\"path\":\"/\"}]");
    staste.write("wide.csv", "path\n/\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    staste.write("wide.csv", [&b"\xff\xfe"[..], &std::fs::read(staste.path("wide.csv")).unwrap()].concat());
    for (name, problem, remedy) in [
        ("list.json", "it is a JSON list", "write one object per line"),
        ("wide.csv", "it is in UTF-16", "iconv"),
    ] {
        let error = staste.fails(2, &format!("import --follow {name} --metrica other --axis path"));
        assert!(error.contains(problem) && error.contains(remedy), "{error}");
    }
    let run = staste.run_with_input(&format!("import --follow - {COLUMNS}"), &gzip(lines(0..5).as_bytes()));
    assert!(run.code == Some(2) && run.err.contains("zcat"), "{run:?}");
    for option in ["--again", "--dry-run"] {
        staste.fails(2, &format!("import --follow access.log {COLUMNS} {option}"));
    }
}

/// A log that is written and rotated while it is followed.
struct RotatedLog<'a> {
    staste: &'a Program,
    written: u32,
    rotations: u32,
    random: u64,
}

impl RotatedLog<'_> {
    fn random(&mut self, below: u64) -> u64 {
        // A linear congruential generator; its upper bits are random enough.
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    /// Writes some rows, in two parts that divide a row, and sometimes rotates the log.
    fn step(&mut self) {
        let number = u32::try_from(self.random(40)).unwrap();
        let text = lines(self.written..self.written + number);
        self.written += number;
        let middle = text.len() / 2;
        append(self.staste, "access.log", &text[..middle]);
        append(self.staste, "access.log", &text[middle..]);
        self.rotations += 1;
        let rotated = format!("access.log-{:06}", self.rotations);
        match self.random(12) {
            0 => {
                rename(self.staste, "access.log", &rotated);
                // Its writer has it open for a moment.
                let late = self.written;
                self.written += 1;
                append(self.staste, &rotated, &lines(late..late + 1));
                self.staste.write("access.log", "");
            }
            1 => {
                std::fs::copy(self.staste.path("access.log"), self.staste.path(&rotated)).unwrap();
                self.staste.write("access.log", "");
            }
            2 => {
                let text = std::fs::read(self.staste.path("access.log")).unwrap();
                self.staste.write(&format!("{rotated}.gz"), gzip(&text));
                std::fs::remove_file(self.staste.path("access.log")).unwrap();
                self.staste.write("access.log", "");
            }
            _ => {}
        }
    }
}

/// Kills the program 200 times at random moments, while its log is written and rotated by renaming, by copying and truncating,
/// and by compressing.
#[test]
fn kills_at_random_moments_neither_lose_nor_repeat_a_row() {
    let staste = Program::new();
    staste.write("access.log", lines(0..1));
    let mut log = RotatedLog { staste: &staste, written: 1, rotations: 0, random: 7 };
    staste.ok(&format!("import access.log {COLUMNS}"));
    for _ in 0..200 {
        let follower = Follower::of_log(&staste);
        for _ in 0..=log.random(3) {
            log.step();
            // Queries take about as long as the program takes to start and to count.
            for _ in 0..log.random(3) {
                total(&staste);
            }
        }
        let run = follower.end(Signal::KILL);
        assert!(run.code.is_none(), "it ended before it was killed: {run:?}");
    }
    let follower = Follower::of_log(&staste);
    append(&staste, "access.log", &lines(log.written..log.written + 1));
    wait_for(&staste, i64::from(log.written) + 1);
    follower.stop();
    assert_each_is_counted_once(&staste, log.written + 1);
}
