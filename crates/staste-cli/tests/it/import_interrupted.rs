//! `import` from idle pipes: the first signal ends it, and the rows that were read are counted.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::support::program::{Program, Run};

const COLUMNS: &str = "--metrica visits --axis visitor";
/// More rows than a pipe holds, so the program has started to read when they are written.
const ROWS: usize = 20_000;

/// Rows, and the start of one more.
fn rows() -> String {
    format!("visitor\n{}bo", "anna\nbert\n".repeat(ROWS / 2))
}

fn fifo(staste: &Program, name: &str) -> PathBuf {
    let path = staste.path(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Sends a signal to the program and waits for its end.
fn stop(child: Child, signal: Signal) -> Run {
    kill_process(Pid::from_child(&child), signal).unwrap();
    Run::from(child.wait_with_output().unwrap())
}

fn assert_interrupted(staste: &Program, run: &Run, counted: i64) {
    assert_eq!(run.code, Some(130), "{run:?}");
    assert!(run.err.contains("run the same import again"), "{run:?}");
    assert_eq!(staste.total("visits"), counted);
}

#[test]
fn idle_standard_input_ends_at_the_first_signal_and_its_rows_are_counted() {
    for signal in [Signal::TERM, Signal::INT] {
        let staste = Program::new();
        let mut command = staste.command(&format!("import - {COLUMNS} --input-format csv"));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut idle = child.stdin.take().unwrap();
        idle.write_all(rows().as_bytes()).unwrap();
        let run = stop(child, signal);
        assert_interrupted(&staste, &run, i64::try_from(ROWS).unwrap());
        drop(idle);
    }
}

#[test]
fn idle_fifo_ends_at_the_first_signal_and_its_rows_are_counted() {
    let staste = Program::new();
    let path = fifo(&staste, "visits.csv");
    let child = staste.spawn(&format!("import visits.csv {COLUMNS}"));
    // Opening waits for the program to open the other end.
    let mut idle = File::options().write(true).open(path).unwrap();
    idle.write_all(rows().as_bytes()).unwrap();
    let run = stop(child, Signal::TERM);
    assert_interrupted(&staste, &run, i64::try_from(ROWS).unwrap());
    drop(idle);
}

#[test]
fn fifo_without_writer_ends_at_the_first_signal() {
    let staste = Program::new();
    let first = fifo(&staste, "first.csv");
    fifo(&staste, "second.csv");
    let child = staste.spawn(&format!("import first.csv second.csv {COLUMNS}"));
    let mut writer = File::options().write(true).open(first).unwrap();
    writer.write_all(rows().as_bytes()).unwrap();
    drop(writer);
    let run = stop(child, Signal::TERM);
    assert_eq!(run.code, Some(130), "{run:?}");
}

#[test]
fn fifo_is_read_to_the_end_of_its_last_writer() {
    let staste = Program::new();
    let path = fifo(&staste, "visits.csv");
    let child = staste.spawn(&format!("import visits.csv {COLUMNS}"));
    let mut writer = File::options().write(true).open(path).unwrap();
    writer.write_all(rows().as_bytes()).unwrap();
    drop(writer);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
    // The last row of a CSV file needs no newline.
    assert_eq!(staste.total("visits"), i64::try_from(ROWS).unwrap() + 1);
}
