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

/// The environment variable that names the file to a process that a test started.
const FILE_VARIABLE: &str = "STASTE_TEST_FILE";
/// Number of kicks in a batch, enough for some pages of the log.
const KICKS: u64 = 50;

/// Applies a batch of [`KICKS`] kicks at different points.
fn apply_batch(store: &SqliteStore, writer: u128, sequence: u64) -> Result<Applied> {
    let definition = store.definitions(None)?.pop().unwrap();
    let ages = (0..KICKS).map(|age| (age * sequence).to_string());
    let batch = batch(sequence, vec![part(&definition, &kicks(ages))]);
    store.apply(&Batch { writer: Writer(writer), ..batch })
}

/// Another process that keeps the store open and applies a batch for each line of its input.
struct OtherWriter {
    process: Child,
    commands: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

impl OtherWriter {
    fn start(test: &str, folder: &Folder) -> OtherWriter {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(FILE_VARIABLE, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, reports) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        OtherWriter { process, commands, reports: BufReader::new(reports).lines() }
    }

    /// Makes the other process apply a batch, and waits for it.
    fn apply(&mut self, sequence: u64) {
        writeln!(self.commands, "{sequence}").unwrap();
        assert!(self.reports.any(|line| line.unwrap() == format!("applied {sequence}")));
    }

    fn end(mut self) {
        drop(self.commands);
        assert!(self.process.wait().unwrap().success());
    }
}

/// Applies the batches that the standard input names, and returns true, if this is a process that a test started.
fn run_as_other_writer() -> bool {
    let Some(path) = std::env::var_os(FILE_VARIABLE) else { return false };
    let store = SqliteStore::at(path);
    for line in std::io::stdin().lines() {
        let sequence = line.unwrap();
        apply_batch(&store, 2, sequence.parse().unwrap()).unwrap();
        println!("\napplied {sequence}");
    }
    true
}

/// Creates a store in which a Metrica is defined and the log is empty.
fn folder_with_store() -> Folder {
    let folder = Folder::new();
    guests(&folder.store());
    folder
}

fn remove(folder: &Folder, suffixes: &[&str]) {
    for suffix in suffixes {
        fs::remove_file(folder.file(&format!("counts.db-{suffix}"))).unwrap();
    }
}

/// Checks that a file is sound and holds the kicks of this number of batches.
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
    if run_as_other_writer() {
        return;
    }
    let folder = folder_with_store();
    let store = folder.store();
    apply_batch(&store, 1, 1).unwrap();
    assert_holds(&folder.path(), 1);
    remove(&folder, &["shm"]);
    let mut other = OtherWriter::start("shared_memory_removed_under_two_writers_keeps_every_count", &folder);
    for sequence in 2..6 {
        other.apply(sequence);
        apply_batch(&store, 1, sequence).unwrap();
    }
    other.end();
    drop(store);
    assert_holds(&folder.path(), 9);
}

#[test]
fn log_removed_under_a_writer_keeps_every_count() {
    if run_as_other_writer() {
        return;
    }
    for suffixes in [&["wal"][..], &["wal", "shm"]] {
        let folder = folder_with_store();
        let store = folder.store();
        apply_batch(&store, 1, 1).unwrap();
        remove(&folder, suffixes);
        apply_batch(&store, 1, 2).unwrap();
        let mut other = OtherWriter::start("log_removed_under_a_writer_keeps_every_count", &folder);
        other.apply(1);
        apply_batch(&store, 1, 3).unwrap();
        other.end();
        drop(store);
        assert_holds(&folder.path(), 4);
    }
}

#[test]
fn log_replaced_under_a_writer_is_reported_once_and_file_stays_sound() {
    if run_as_other_writer() {
        return;
    }
    let folder = folder_with_store();
    let store = folder.store();
    apply_batch(&store, 1, 1).unwrap();
    remove(&folder, &["wal", "shm"]);
    let mut other =
        OtherWriter::start("log_replaced_under_a_writer_is_reported_once_and_file_stays_sound", &folder);
    other.apply(1);
    let error = apply_batch(&store, 1, 2).unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(
        error.to_string().contains("counts.db-wal was removed") && error.to_string().contains("lost"),
        "{error}"
    );
    other.apply(2);
    apply_batch(&store, 1, 2).unwrap();
    other.end();
    drop(store);
    assert_holds(&folder.path(), 3);
}

#[test]
fn replaced_log_is_not_copied_into_the_file_on_close() {
    if run_as_other_writer() {
        return;
    }
    let folder = folder_with_store();
    let store = folder.store();
    apply_batch(&store, 1, 1).unwrap();
    remove(&folder, &["wal", "shm"]);
    let mut other = OtherWriter::start("replaced_log_is_not_copied_into_the_file_on_close", &folder);
    other.apply(1);
    other.apply(2);
    other.end();
    drop(store);
    assert_holds(&folder.path(), 2);
}
