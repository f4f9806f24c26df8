//! The log and the shared memory of SQLite, removed while processes have the store open.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails panics, and reports on its output"
)]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use common::*;
use staste_core::store::{Applied, Batch, Store as _, Writer};
use staste_core::{Choice, Result, Scale};
use staste_sqlite::SqliteStore;

/// Names the file to a process that this test started.
const FILE: &str = "STASTE_TEST_FILE";
/// Kicks of one batch, enough for some pages of the log.
const KICKS: u64 = 50;

/// Applies the batch of this number and of this writer, of `KICKS` kicks at different points.
fn apply_number(store: &SqliteStore, writer: u128, sequence: u64) -> Result<Applied> {
    let definition = store.definitions(None)?.pop().unwrap();
    let ages = (0..KICKS).map(|age| (age * sequence).to_string());
    let batch = batch(sequence, vec![part(&definition, &kicks(ages))]);
    store.apply(&Batch { writer: Writer(writer), ..batch })
}

/// Another process that applies a batch for each line, with the store open all the time.
struct Other {
    process: Child,
    commands: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(test: &str, folder: &Folder) -> Other {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(FILE, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, reports) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Other { process, commands, reports: BufReader::new(reports).lines() }
    }

    /// Has the other process apply the batch of a number.
    fn apply(&mut self, sequence: u64) {
        writeln!(self.commands, "{sequence}").unwrap();
        assert!(self.reports.any(|line| line.unwrap() == format!("applied {sequence}")));
    }

    fn end(mut self) {
        drop(self.commands);
        assert!(self.process.wait().unwrap().success());
    }
}

/// Applies the batches that lines of the standard input name, when a test started this process.
fn is_the_other() -> bool {
    let Some(path) = std::env::var_os(FILE) else { return false };
    let store = SqliteStore::at(path);
    for line in std::io::stdin().lines() {
        let sequence = line.unwrap();
        apply_number(&store, 2, sequence.parse().unwrap()).unwrap();
        println!("\napplied {sequence}");
    }
    true
}

/// A store in which a Metrica is defined, with nothing in the log.
fn folder_with_store() -> Folder {
    let folder = Folder::new();
    guests(&folder.store());
    folder
}

fn remove(folder: &Folder, ends: &[&str]) {
    for end in ends {
        fs::remove_file(folder.file(&format!("counts.db-{end}"))).unwrap();
    }
}

/// Checks that a file is sound and holds this number of batches.
fn assert_holds(path: &Path, batches: u64) {
    let store = SqliteStore::at(path);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let definition = store.definitions(None).unwrap().pop().unwrap();
    for scale in [Scale::Minute, Scale::Ever] {
        assert_eq!(total(&store, &definition, scale, &[Choice::All]), i128::from(batches * KICKS), "{scale}");
    }
}

#[test]
fn shared_memory_removed_under_two_writers_keeps_every_count() {
    if is_the_other() {
        return;
    }
    let folder = folder_with_store();
    let store = folder.store();
    apply_number(&store, 1, 1).unwrap();
    assert_holds(&folder.path(), 1);
    remove(&folder, &["shm"]);
    let mut other = Other::start("shared_memory_removed_under_two_writers_keeps_every_count", &folder);
    for sequence in 2..6 {
        other.apply(sequence);
        apply_number(&store, 1, sequence).unwrap();
    }
    other.end();
    drop(store);
    assert_holds(&folder.path(), 9);
}

#[test]
fn log_removed_under_a_writer_keeps_every_count() {
    if is_the_other() {
        return;
    }
    for ends in [&["wal"][..], &["wal", "shm"]] {
        let folder = folder_with_store();
        let store = folder.store();
        apply_number(&store, 1, 1).unwrap();
        remove(&folder, ends);
        apply_number(&store, 1, 2).unwrap();
        let mut other = Other::start("log_removed_under_a_writer_keeps_every_count", &folder);
        other.apply(1);
        apply_number(&store, 1, 3).unwrap();
        other.end();
        drop(store);
        assert_holds(&folder.path(), 4);
    }
}

#[test]
fn log_replaced_under_a_writer_is_reported_once_and_the_file_stays_sound() {
    if is_the_other() {
        return;
    }
    let folder = folder_with_store();
    let store = folder.store();
    apply_number(&store, 1, 1).unwrap();
    remove(&folder, &["wal", "shm"]);
    let mut other =
        Other::start("log_replaced_under_a_writer_is_reported_once_and_the_file_stays_sound", &folder);
    other.apply(1);
    let error = apply_number(&store, 1, 2).unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(
        error.to_string().contains("counts.db-wal was removed") && error.to_string().contains("lost"),
        "{error}"
    );
    other.apply(2);
    apply_number(&store, 1, 2).unwrap();
    other.end();
    drop(store);
    assert_holds(&folder.path(), 3);
}

#[test]
fn log_replaced_is_not_copied_into_the_file_by_a_close() {
    if is_the_other() {
        return;
    }
    let folder = folder_with_store();
    let store = folder.store();
    apply_number(&store, 1, 1).unwrap();
    remove(&folder, &["wal", "shm"]);
    let mut other = Other::start("log_replaced_is_not_copied_into_the_file_by_a_close", &folder);
    other.apply(1);
    other.apply(2);
    other.end();
    drop(store);
    assert_holds(&folder.path(), 2);
}
