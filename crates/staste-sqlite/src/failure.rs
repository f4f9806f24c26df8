//! From SQLite's errors to those of the domain: what was wrong with which file, and what to do.

use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi;
use staste_core::Error;
use staste_core::store::TimeLimit;

/// What an inner step can fail with.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// COMMIT failed, so that the outcome may be unknown.
    Commit(rusqlite::Error),
    /// A sum does not fit into a cell.
    Overflow,
    /// The verb was refused for a reason of the domain; the connection is fine.
    Refused(Error),
}

/// The result of an inner step.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Refused(error)
    }
}

impl Failure {
    /// True when a sum did not fit: SQLite makes a float of it, which a STRICT table refuses.
    pub(crate) fn is_overflow(&self) -> bool {
        match self {
            Failure::Overflow => true,
            Failure::Sqlite(error) => extended_code(error) == Some(ffi::SQLITE_CONSTRAINT_DATATYPE),
            _ => false,
        }
    }

    /// True when somebody else held the lock for too long.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Failure::Sqlite(error) | Failure::Commit(error) => is_busy(error),
            Failure::Overflow | Failure::Refused(_) => false,
        }
    }

    /// True when SQLite was asked to end a statement early.
    pub(crate) fn is_interrupted(&self) -> bool {
        match self {
            Failure::Sqlite(error) => code(error) == Some(ErrorCode::OperationInterrupted),
            Failure::Commit(_) | Failure::Overflow | Failure::Refused(_) => false,
        }
    }

    /// True when the connection must not be used again.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Failure::Sqlite(error) => !is_busy(error) && code(error) != Some(ErrorCode::DiskFull),
            Failure::Commit(_) => true,
            Failure::Overflow | Failure::Refused(_) => false,
        }
    }

    /// The error for the caller.
    pub(crate) fn explain(self, path: &Path) -> Error {
        if self.is_overflow() {
            return Error::overflow("a sum would not fit into 64 bits; nothing was changed");
        }
        match self {
            Failure::Refused(error) => error,
            Failure::Overflow => Error::overflow("a sum does not fit"),
            Failure::Sqlite(error) => explain(path, error),
            // A full disk or a lock is met before the frame that makes the commit is written.
            Failure::Commit(error) if is_busy(&error) || code(&error) == Some(ErrorCode::DiskFull) => {
                explain(path, error)
            }
            Failure::Commit(error) => Error::in_doubt(format!(
                "the commit to {} failed with {error}; it is not known whether it was written",
                path.display()
            ))
            .because(error),
        }
    }
}

fn explain(path: &Path, error: rusqlite::Error) -> Error {
    let shown = path.display();
    let explained = match code(&error) {
        Some(ErrorCode::NotADatabase) => Error::damaged(format!(
            "{shown} is not a staste store: it is no SQLite file, or its first page is damaged; give another path, or restore a backup"
        )),
        Some(ErrorCode::DatabaseCorrupt) => Error::damaged(format!(
            "{shown} is damaged ({error}); stop its writers and restore a backup (remove {shown}-wal and {shown}-shm first), or try `sqlite3 {shown} .recover`"
        )),
        // The memory that is shared between processes is a file too.
        _ if extended_code(&error) == Some(ffi::SQLITE_IOERR_SHMSIZE) => disk_full(path),
        Some(ErrorCode::DiskFull) => disk_full(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let limit = TimeLimit::current().filter(TimeLimit::is_over);
            let waited = limit.map_or("the busy timeout".to_owned(), |limit| {
                format!("{:?}, the time limit of the question", limit.timeout())
            });
            Error::unavailable(format!(
                "{shown} is locked by another process for longer than {waited}; try again, or find out who holds it"
            ))
        }
        Some(ErrorCode::ReadOnly) => read_only(path),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => cannot_open(path),
        Some(_) if extended_code(&error).is_some_and(|code| code & 0xFF != ffi::SQLITE_ERROR) => {
            Error::unavailable(format!("{shown} failed: {error}"))
        }
        // Statements that do not fit the tables, and values that are not what was stored.
        _ => Error::damaged(format!("{shown} does not hold the tables of a staste store: {error}")),
    };
    explained.because(error)
}

/// The refusal of a file that may only be read.
pub(crate) fn read_only(path: &Path) -> Error {
    Error::unavailable(format!(
        "{} cannot be written: the file or its directory (where SQLite keeps -wal and -shm) is read-only \
         for this user; check owner and permissions",
        path.display()
    ))
}

fn disk_full(path: &Path) -> Error {
    Error::unavailable(format!(
        "the disk of {} is full; nothing was written, and counting goes on when there is space",
        path.display()
    ))
}

fn cannot_open(path: &Path) -> Error {
    let shown = path.display();
    let directory = path.parent().unwrap_or(path);
    Error::unavailable(if path.is_dir() {
        format!("{shown} is a directory; give the path of a file")
    } else if directory.is_dir() {
        format!("{shown} cannot be opened; check that this user may write it and its directory")
    } else if directory.exists() {
        format!("{shown} cannot be opened: {} is not a directory", directory.display())
    } else {
        format!(
            "{shown} cannot be opened: the directory {} does not exist; create it first",
            directory.display()
        )
    })
}

/// True when SQLite met a damaged page.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    code(error) == Some(ErrorCode::DatabaseCorrupt)
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(code(error), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
