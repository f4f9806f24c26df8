//! Errors of SQLite, and their conversion to errors that name the file and what to do.

use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi;
use staste_core::Error;
use staste_core::store::TimeLimit;

/// The error of an operation, before it is converted for the caller.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// COMMIT failed, so that the outcome can be unknown.
    Commit(rusqlite::Error),
    /// A cell would overflow.
    Overflow,
    /// A file that is read without locks has changed meanwhile; nothing that was read counts.
    Changed,
    /// The operation was refused by Staste; the connection can be used again.
    Refused(Error),
}

/// The result of an operation, before its error is converted.
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
    /// Returns true if a cell would overflow: SQLite converts such a sum to a float, which a STRICT table refuses.
    pub(crate) fn is_overflow(&self) -> bool {
        match self {
            Failure::Overflow => true,
            Failure::Sqlite(error) => extended_code(error) == Some(ffi::SQLITE_CONSTRAINT_DATATYPE),
            _ => false,
        }
    }

    /// Returns true if another process held the lock for too long.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Failure::Sqlite(error) | Failure::Commit(error) => is_busy(error),
            Failure::Overflow | Failure::Changed | Failure::Refused(_) => false,
        }
    }

    /// Returns true if only a user who may write the file and its directory can open it in the usual way.
    pub(crate) fn needs_permission(&self) -> bool {
        match self {
            Failure::Sqlite(error) => matches!(
                code(error),
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
            ),
            _ => false,
        }
    }

    /// Returns true if a statement was interrupted.
    pub(crate) fn is_interrupted(&self) -> bool {
        match self {
            Failure::Sqlite(error) => code(error) == Some(ErrorCode::OperationInterrupted),
            _ => false,
        }
    }

    /// Returns true if the connection must not be used again.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Failure::Sqlite(error) => !is_busy(error) && code(error) != Some(ErrorCode::DiskFull),
            Failure::Commit(_) | Failure::Changed => true,
            Failure::Overflow | Failure::Refused(_) => false,
        }
    }

    /// Returns true if the same operation can succeed on a new connection.
    pub(crate) fn is_changed(&self) -> bool {
        matches!(self, Failure::Changed)
    }

    /// Converts to the error for the caller.
    pub(crate) fn into_error(self, path: &Path) -> Error {
        if self.is_overflow() {
            return Error::overflow("a sum would not fit into 64 bits; nothing was changed");
        }
        match self {
            Failure::Refused(error) => error,
            Failure::Overflow => Error::overflow("a sum would not fit into 64 bits"),
            Failure::Changed => Error::unavailable(format!(
                "{} kept changing while it was read without locks, by a user who cannot write it; try again, or read it as \
                 a user who may write the file and its directory",
                path.display()
            )),
            Failure::Sqlite(error) => sqlite_error(path, error),
            // A full disk or a lock is noticed before the commit is written.
            Failure::Commit(error) if is_busy(&error) || code(&error) == Some(ErrorCode::DiskFull) => {
                sqlite_error(path, error)
            }
            Failure::Commit(error) => Error::in_doubt(format!(
                "the commit to {} failed ({error}); it is not known whether it was written",
                path.display()
            ))
            .because(error),
        }
    }
}

fn sqlite_error(path: &Path, error: rusqlite::Error) -> Error {
    let shown = path.display();
    let explained = match code(&error) {
        Some(ErrorCode::NotADatabase) => Error::corrupt(format!(
            "{shown} is not a staste store: it is not a SQLite file, or its first page is damaged; give another path, or restore a backup"
        )),
        Some(ErrorCode::DatabaseCorrupt) => Error::corrupt(format!(
            "{shown} is damaged ({error}); stop its writers and restore a backup (remove {shown}-wal and {shown}-shm first), or try `sqlite3 {shown} .recover`"
        )),
        // The shared memory of the processes is a file as well.
        _ if extended_code(&error) == Some(ffi::SQLITE_IOERR_SHMSIZE) => disk_full(path),
        Some(ErrorCode::DiskFull) => disk_full(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let limit = TimeLimit::current().filter(TimeLimit::is_over);
            let waited = limit.map_or("the busy timeout".to_owned(), |limit| {
                format!("{:?}, the time limit of the query", limit.timeout())
            });
            Error::unavailable(format!(
                "{shown} was locked by another process for longer than {waited}; try again, or find the process that holds the lock"
            ))
        }
        Some(ErrorCode::ReadOnly) => read_only(path),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => cannot_open(path),
        Some(_) if extended_code(&error).is_some_and(|code| code & 0xFF != ffi::SQLITE_ERROR) => {
            Error::unavailable(format!("{shown} failed: {error}"))
        }
        // Tables or values are not those that this crate stores.
        _ => Error::corrupt(format!("{shown} does not hold the tables of a staste store: {error}")),
    };
    explained.because(error)
}

/// Returns the failure of SQLite for a file that this user can only read.
pub(crate) fn read_only_failure() -> Failure {
    let error = ffi::Error::new(ffi::SQLITE_READONLY);
    Failure::Sqlite(rusqlite::Error::SqliteFailure(error, None))
}

/// Returns the error for a file that this user can only read.
fn read_only(path: &Path) -> Error {
    Error::unavailable(format!(
        "{} cannot be written: the file or its directory (where SQLite keeps -wal and -shm) is read-only \
         for this user; nothing was written; count as a user who may write both, or into another store",
        path.display()
    ))
}

fn disk_full(path: &Path) -> Error {
    Error::unavailable(format!(
        "the disk of {} is full; nothing was written, and counting continues when there is space",
        path.display()
    ))
}

fn cannot_open(path: &Path) -> Error {
    let shown = path.display();
    let directory = path.parent().unwrap_or(path);
    Error::unavailable(if path.is_dir() {
        format!("{shown} is a directory; give the path of a file")
    } else if directory.is_dir() {
        match std::fs::File::open(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => format!(
                "{shown} cannot be opened ({error}); check that this user may read it, and write it to count"
            ),
            _ => format!("{shown} cannot be opened; check that this user may write it and its directory"),
        }
    } else if directory.exists() {
        format!("{shown} cannot be opened: {} is not a directory", directory.display())
    } else {
        format!(
            "{shown} cannot be opened: the directory {} does not exist; create it first",
            directory.display()
        )
    })
}

/// Returns true if SQLite found a damaged page.
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
