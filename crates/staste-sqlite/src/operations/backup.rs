//! The backup of a store in use, and the check of its file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use staste_core::{Error, Result};

use crate::connections::session::Session;
use crate::failure::{Failure, Outcome, is_damage};

/// Number of pages copied between two progress reports: 4 MiB.
const PAGES_PER_STEP: i32 = 1_024;

/// Copies the store to a file that must not exist. The file appears when it is complete, or not at all.
pub(crate) fn backup(session: &Session, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Outcome<()> {
    let taken = || {
        Error::invalid_input(format!(
            "{} exists already; a backup never overwrites a file, so give another path",
            to.display()
        ))
    };
    if to.exists() {
        return Err(taken().into());
    }
    // SQLite would apply such a log to the copy when it is opened.
    if let Some(left) =
        ["-wal", "-shm", "-journal"].map(|suffix| with_suffix(to, suffix)).iter().find(|left| left.exists())
    {
        return Err(Error::invalid_input(format!(
            "{} belongs to an earlier file of that name and would be applied to the backup; remove it, or give another path",
            left.display()
        ))
        .into());
    }
    let partial = partial_path(to);
    let copied = copy(&session.connection, &partial, progress).and_then(|()| {
        session.check_unchanged()?;
        if to.exists() {
            return Err(taken().into());
        }
        Ok(publish(&partial, to)?)
    });
    if copied.is_err() {
        // If it cannot be removed, its name says that it is partial.
        let _ = std::fs::remove_file(&partial);
    }
    copied
}

fn copy(from: &Connection, partial: &Path, progress: &mut dyn FnMut(u64, u64)) -> Outcome<()> {
    let target_error = |error: rusqlite::Error| match Failure::Sqlite(error).into_error(partial) {
        error if error.is_corrupt() => {
            Error::unavailable(format!("{} cannot be written", partial.display())).because(error)
        }
        error => error,
    };
    let mut to = Connection::open(partial).map_err(target_error)?;
    // An open statement keeps the copy consistent. Without it, every commit would restart the copy.
    let mut snapshot = from.prepare_cached("SELECT name FROM sqlite_schema")?;
    let mut rows = snapshot.query([])?;
    rows.next()?;
    let backup = Backup::new(from, &mut to).map_err(target_error)?;
    loop {
        let step = backup.step(PAGES_PER_STEP).map_err(target_error)?;
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
    to.close().map_err(|(_, error)| target_error(error))?;
    Ok(())
}

fn publish(partial: &Path, to: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::unavailable(format!("the backup {} cannot be completed", to.display())).because(error)
    };
    File::open(partial).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(partial, to).map_err(failed)?;
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
}

fn partial_path(to: &Path) -> PathBuf {
    with_suffix(to, &format!(".partial-{}", std::process::id()))
}

/// Returns the path with a suffix added to its name.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Returns the problems of the file, as SQLite describes them.
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
        // Some kinds of damage end the check with an error.
        Err(error) if is_damage(&error) => problems.push(error.to_string()),
        checked => checked?,
    }
    Ok(problems)
}
