//! Other code of the process opens and closes the file of a store, which drops the POSIX locks of the process.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

mod common;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::*;
use rustix::fs::{FlockOperation, fcntl_lock};
use staste_core::store::{Batch, Store as _, Writer};
use staste_core::{Choice, Scale};
use staste_sqlite::SqliteStore;
use staste_testkit::StopOnDrop;

/// The environment variables that name the file and the number of a process that a test started.
const FILE_VARIABLE: &str = "STASTE_TEST_FILE";
const NUMBER_VARIABLE: &str = "STASTE_TEST_NUMBER";

/// The line that a forked child writes.
const CHILD_RUNS: &str = "the forked child runs";

const PROCESSES: usize = 3;
/// Number of times that each process opens the store, applies batches and closes it.
const ROUNDS: u64 = 15;
const BATCHES: u64 = 10;
const KICKS: usize = 10;

#[test]
fn file_closed_by_others_in_three_processes_keeps_every_count() {
    const TEST: &str = "file_closed_by_others_in_three_processes_keeps_every_count";
    if let Some((path, number)) = role() {
        return count_with_other_opener(&path, number);
    }
    let folder = Folder::new();
    let definition = guests(&folder.store());
    let processes: Vec<Child> =
        (0..PROCESSES).map(|number| start(TEST, &folder.path(), number).spawn().unwrap()).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let confirmed: u64 = (0..PROCESSES)
        .map(|number| fs::read_to_string(report(&folder.path(), number)).unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(confirmed, PROCESSES as u64 * ROUNDS * BATCHES * KICKS as u64);
    let store = folder.store();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    for scale in [Scale::Minute, Scale::Ever] {
        assert_eq!(total(&store, &definition, scale, &[Choice::All]), i128::from(confirmed), "{scale}");
    }
}

#[test]
fn lock_of_others_survives_close_of_store() {
    const TEST: &str = "lock_of_others_survives_close_of_store";
    if let Some((path, _)) = role() {
        std::process::exit(i32::from(!is_free(&path)));
    }
    let folder = Folder::new();
    for name in ["counts.db", "counts.db-shm"] {
        let is_free_for_others = || start(TEST, &folder.file(name), 0).status().unwrap().success();
        let store = folder.store();
        store.put_record("key", None).unwrap();
        let others = [open(&folder.path()), open(&folder.file("counts.db-shm"))];
        // A second SQLite in the process does the same while it reads.
        for file in &others {
            fcntl_lock(file, FlockOperation::NonBlockingLockShared).unwrap();
        }
        folder.store().definitions(None).unwrap();
        folder.number("SELECT count(*) FROM sqlite_schema");
        drop(store);
        assert!(!is_free_for_others(), "{name}");
        drop(others);
        // The descriptors that the store keeps open hold no lock.
        assert!(is_free_for_others(), "{name}");
    }
}

#[test]
fn locks_of_a_process_end_with_it_while_its_child_lives() {
    const TEST: &str = "locks_of_a_process_end_with_it_while_its_child_lives";
    if let Some((path, _)) = role() {
        return fork_between_two_openings(&path);
    }
    let folder = Folder::new();
    guests(&folder.store());
    let mut command = start(TEST, &folder.path(), 0);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // The forked child lives until its input is closed.
    let child_lives = process.stdin.take();
    // It closes the descriptors of its parent when it starts.
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.ends_with(CHILD_RUNS)));
    assert!(process.wait().unwrap().success());
    assert!(is_free(&folder.path()));
    drop(child_lives);
}

/// Opens and closes a store, forks a child that waits, then opens the store again and exits at once.
fn fork_between_two_openings(path: &Path) {
    let open = || {
        let store = SqliteStore::at(path);
        store.put_record("key", None).unwrap();
        assert!(!is_free(path));
        store
    };
    drop(open());
    match fork::fork().unwrap() {
        fork::Fork::Child => {
            // Unlike that of println!, this output is not captured.
            std::io::stdout().write_all(format!("{CHILD_RUNS}\n").as_bytes()).unwrap();
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        fork::Fork::Parent(_) => std::mem::forget(open()),
    }
    std::process::exit(0);
}

#[cfg(target_os = "linux")]
#[test]
fn store_opened_many_times_keeps_few_descriptors() {
    let folder = Folder::new();
    let definition = guests(&folder.store());
    let open_and_close = |times: std::ops::Range<u64>| {
        for time in times {
            apply(&folder.store(), time, &definition, &kicks(["7"]));
        }
        descriptors_in(&folder)
    };
    let once = open_and_close(1..2);
    assert!(once > 0);
    assert_eq!(open_and_close(2..30), once);
    fs::rename(folder.path(), folder.file("kept.db")).unwrap();
    fs::remove_file(folder.file("kept.db")).unwrap();
    // Deleted files are closed when any store is opened or closed.
    guests(&Folder::new().store());
    assert_eq!(descriptors_in(&folder), 0);
}

/// Returns the number of descriptors of this process that are open on files in a folder.
fn descriptors_in(folder: &Folder) -> usize {
    let path = folder.path();
    let folder = path.parent().unwrap();
    let links =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| entry.unwrap().path().read_link().ok());
    links.filter(|link| link.starts_with(folder)).count()
}

fn open(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

/// Returns true if no other process has locked a byte of the file. It drops every lock of this process.
fn is_free(path: &Path) -> bool {
    fcntl_lock(open(path), FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Returns the file and the number, if this is a process that a test started.
fn role() -> Option<(PathBuf, usize)> {
    let path = std::env::var_os(FILE_VARIABLE)?;
    Some((path.into(), std::env::var(NUMBER_VARIABLE).unwrap().parse().unwrap()))
}

/// Returns the command that runs a test in another process.
fn start(test: &str, path: &Path, number: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env(FILE_VARIABLE, path).env(NUMBER_VARIABLE, number.to_string());
    command
}

/// Returns the path of the file in which a process writes its number of confirmed kicks.
fn report(path: &Path, number: usize) -> PathBuf {
    path.with_extension(format!("confirmed-{number}"))
}

/// Applies batches while another thread opens and closes the files, as a second SQLite would.
fn count_with_other_opener(path: &Path, number: usize) {
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        // Also stops the other thread if an assertion fails.
        let stop = StopOnDrop(&is_done);
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                for name in ["counts.db", "counts.db-shm"] {
                    drop(File::open(path.with_file_name(name)));
                }
            }
        });
        let mut confirmed = 0;
        for round in 0..ROUNDS {
            let store = SqliteStore::at(path);
            let definition = store.definitions(None).unwrap().pop().unwrap();
            for applied in 0..BATCHES {
                let part = part(&definition, &kicks(vec!["7"; KICKS]));
                let writer = Writer(number as u128);
                let batch = Batch { writer, ..batch(round * BATCHES + applied + 1, vec![part]) };
                assert!(!store.apply(&batch).unwrap().duplicate);
                confirmed += KICKS;
            }
        }
        drop(stop);
        fs::write(report(path, number), confirmed.to_string()).unwrap();
    });
}
