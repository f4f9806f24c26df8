//! The write-ahead log and the shared memory that SQLite keeps next to a store, and the check that they are still the
//! files that a connection has open.
//!
//! A process that has them open continues to use them after somebody removed them, while the next process creates new
//! ones. Both would write without a common lock and overwrite each other's commits.

use std::path::{Path, PathBuf};

use crate::descriptors;
use crate::file_id::FileId;

/// The state of the log and the shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogState {
    /// Both are the open files.
    Intact,
    /// The shared memory was removed or replaced. All commits are in the log, from which SQLite rebuilds it.
    MemoryLost,
    /// The log was removed, and there is no other.
    LogRemoved,
    /// Another log has replaced it, so that another process may have written to the database.
    LogReplaced,
}

/// The log and the shared memory of one connection.
#[derive(Debug)]
pub(crate) struct LogFiles {
    database: PathBuf,
    log: PathBuf,
    memory: PathBuf,
    opened_log: Option<FileId>,
    opened_memory: Option<FileId>,
}

impl LogFiles {
    /// Finds the files that a connection to the database at a path has open.
    pub(crate) fn of(path: &Path, database: Option<FileId>) -> LogFiles {
        let (log, memory) = (next_to(path, "-wal"), next_to(path, "-shm"));
        LogFiles {
            database: path.to_owned(),
            opened_log: FileId::of(&log),
            opened_memory: database.and_then(descriptors::shared_memory_of).or_else(|| FileId::of(&memory)),
            log,
            memory,
        }
    }

    /// Returns the state of the files since they were opened.
    pub(crate) fn state(&self) -> LogState {
        let log = FileId::of(&self.log);
        if log == self.opened_log {
            match FileId::of(&self.memory) == self.opened_memory {
                true => LogState::Intact,
                false => LogState::MemoryLost,
            }
        } else if log.is_none() {
            LogState::LogRemoved
        } else {
            LogState::LogReplaced
        }
    }

    /// Returns the path of the database.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// Returns the path of the log.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Returns the path of the shared memory.
    pub(crate) fn memory(&self) -> &Path {
        &self.memory
    }
}

/// Returns the path of a file that SQLite keeps next to a database: next to the target of a symbolic link.
pub(crate) fn next_to(path: &Path, suffix: &str) -> PathBuf {
    let mut name = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(suffix);
    name.into()
}
