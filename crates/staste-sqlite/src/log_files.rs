//! The write-ahead log and the shared memory that SQLite keeps next to a store, and whether they are
//! still the ones that a connection has open.
//!
//! A process that has them open goes on using them when somebody removes them, while the next process
//! makes new ones: both would write without a lock between them, each over the commits of the other.

use std::path::{Path, PathBuf};

use crate::descriptors;
use crate::file_id::FileId;

/// What became of the log and the shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogState {
    /// Both are those that are open.
    Intact,
    /// The shared memory is another or missing. All commits are in the log, from which it is made anew.
    MemoryLost,
    /// The log has no name any more. Nobody else can have written another.
    LogRemoved,
    /// Another log has its name, so that another process may have written to the database.
    LogReplaced,
}

/// The two files of one connection.
#[derive(Debug)]
pub(crate) struct LogFiles {
    database: PathBuf,
    log: PathBuf,
    memory: PathBuf,
    opened_log: Option<FileId>,
    opened_memory: Option<FileId>,
}

impl LogFiles {
    /// The files of a connection to the database at a path, which has them open.
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

    /// What became of the files since they were opened.
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

    /// The path of the database.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// The path of the log.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The path of the shared memory.
    pub(crate) fn memory(&self) -> &Path {
        &self.memory
    }
}

/// The file that SQLite keeps next to a database: next to the file that a symbolic link leads to.
pub(crate) fn next_to(path: &Path, end: &str) -> PathBuf {
    let mut name = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(end);
    name.into()
}
