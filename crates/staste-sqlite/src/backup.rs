//! Copying a store while it is used, and checking its file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use staste_core::{Error, Result};

use crate::failure::{Failure, Outcome, is_damage};
use crate::session::Session;

/// Pages copied between two reports: 4 MiB.
const STEP: i32 = 1_024;

/// Copies the store to a file that must not exist; it is there at once and whole, or not at all.
pub(crate) fn backup(session: &Session, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Outcome<()> {
    let taken =
        || Error::input(format!("{} exists already; a backup is never written over a file", to.display()));
    if to.exists() {
        return Err(taken().into());
    }
    // SQLite would play such a log into the copy when that is opened.
    if let Some(left) =
        ["-wal", "-shm", "-journal"].map(|end| beside(to, end)).iter().find(|left| left.exists())
    {
        return Err(Error::input(format!(
            "{} is left of another file of that name and would be played into the backup; remove it, or give another path",
            left.display()
        ))
        .into());
    }
    let partial = partial_path(to);
    let copied = copy(&session.connection, &partial, progress).and_then(|()| {
        if to.exists() {
            return Err(taken().into());
        }
        Ok(publish(&partial, to)?)
    });
    if copied.is_err() {
        // What cannot be removed is a partial file that says so in its name.
        let _ = std::fs::remove_file(&partial);
    }
    copied
}

fn copy(from: &Connection, partial: &Path, progress: &mut dyn FnMut(u64, u64)) -> Outcome<()> {
    let target = |error: rusqlite::Error| match Failure::Sqlite(error).explain(partial) {
        error if error.is_damaged() => {
            Error::unavailable(format!("{} cannot be written", partial.display())).because(error)
        }
        error => error,
    };
    let mut to = Connection::open(partial).map_err(target)?;
    // As long as a row is pending the copy is of one moment; else every commit would begin it anew.
    let mut pin = from.prepare_cached("SELECT name FROM sqlite_schema")?;
    let mut rows = pin.query([])?;
    rows.next()?;
    let backup = Backup::new(from, &mut to).map_err(target)?;
    loop {
        let step = backup.step(STEP).map_err(target)?;
        let state = backup.progress();
        let pages = |number: i32| u64::try_from(number).unwrap_or(0);
        progress(pages(state.pagecount - state.remaining), pages(state.pagecount));
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    drop(backup);
    to.close().map_err(|(_, error)| target(error))?;
    Ok(())
}

fn publish(partial: &Path, to: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::unavailable(format!("the backup {} cannot be finished", to.display())).because(error)
    };
    File::open(partial).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(partial, to).map_err(failed)?;
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
}

fn partial_path(to: &Path) -> PathBuf {
    beside(to, &format!(".partial-{}", std::process::id()))
}

/// The path with something appended to its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

/// What is wrong with the file, in SQLite's words; nothing when all is well.
pub(crate) fn check(session: &Session) -> Outcome<Vec<String>> {
    let mut problems = Vec::new();
    let checked = session.connection.prepare("PRAGMA integrity_check").and_then(|mut select| {
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            problems.push(row.get(0)?);
        }
        Ok(())
    });
    problems.retain(|problem: &String| problem != "ok");
    match checked {
        // The check does not get past some kinds of damage.
        Err(error) if is_damage(&error) => problems.push(error.to_string()),
        checked => checked?,
    }
    Ok(problems)
}
