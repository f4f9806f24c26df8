//! A connection to the file, with what it remembers between operations.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use staste_core::{Error, Result};

use crate::connections::busy_wait::{BusyWait, is_out_of_time};
use crate::connections::connection;
use crate::connections::log_files::{LogFiles, LogState};
use crate::connections::network::refuse_network;
use crate::connections::unlocked_file::UnlockedFile;
use crate::failure::{Failure, Outcome};
use crate::file_id::{FileId, refuse_unsuitable_file};
use crate::metrica::catalog::Catalog;
use crate::options::SqliteOptions;

/// The interval at which a reading connection checks that its files are still in place.
const READER_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A connection, its caches, and the identity of its files.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) catalog: Catalog,
    pub(crate) busy_wait: BusyWait,
    /// The open file.
    file: Option<FileId>,
    /// Time of the last check that the file is at its path.
    file_checked: Instant,
    /// The file, if it is read without its log.
    unlocked: Option<UnlockedFile>,
    logs: LogFiles,
    /// Time of the last check of the log and the shared memory.
    logs_checked: Instant,
    /// Number of batches that were applied on this connection.
    pub(crate) applied_batches: u64,
}

impl Session {
    /// Opens the file, which is created if it does not exist.
    pub(crate) fn open(path: &Path, options: &SqliteOptions, is_writer: bool) -> Outcome<Session> {
        refuse_network(path)?;
        refuse_unsuitable_file(path)?;
        let busy_wait = BusyWait::default();
        let since = Instant::now();
        loop {
            match connection::open(path, options, is_writer, &busy_wait) {
                // Another process is creating the file. SQLite does not wait for that.
                Err(failure)
                    if failure.is_busy() && since.elapsed() < options.busy_timeout && !is_out_of_time() =>
                {
                    thread::sleep(Duration::from_millis(1));
                }
                opened => {
                    let (connection, unlocked) = opened?;
                    let file = FileId::of(path);
                    let session = Session {
                        connection,
                        catalog: Catalog::default(),
                        busy_wait,
                        file,
                        unlocked,
                        file_checked: Instant::now(),
                        logs: LogFiles::of(path, file),
                        logs_checked: Instant::now(),
                        applied_batches: 0,
                    };
                    return session.refuse_lost_memory(path);
                }
            }
        }
    }

    /// Returns false if the path points to another file now, or to none: writes to the open file would be lost. A
    /// reading connection checks once a second, or each time if it has no locks.
    pub(crate) fn has_file_at(&mut self, path: &Path, is_writer: bool) -> bool {
        if let Some(unlocked) = &self.unlocked {
            return unlocked.is_unchanged();
        }
        if !is_writer && self.file_checked.elapsed() < READER_CHECK_INTERVAL {
            return true;
        }
        self.file_checked = Instant::now();
        FileId::of(path) == self.file
    }

    /// Checks that what was read counts: without locks, the file must not have changed since it was opened.
    pub(crate) fn check_unchanged(&self) -> Outcome<()> {
        self.unlocked.as_ref().map_or(Ok(()), UnlockedFile::check_unchanged)
    }

    /// Returns true if the log or the shared memory was removed or replaced: commits of this process and of one that
    /// opened the store later would overwrite each other. A reading connection checks once a second.
    pub(crate) fn has_lost_log(&mut self, is_writer: bool) -> bool {
        if !is_writer && self.logs_checked.elapsed() < READER_CHECK_INTERVAL {
            return false;
        }
        self.logs_checked = Instant::now();
        self.is_log_lost()
    }

    /// Returns the same, at once. False if the database itself was replaced: this log is not that of the new one.
    fn is_log_lost(&self) -> bool {
        self.unlocked.is_none()
            && self.logs.state() != LogState::Intact
            && FileId::of(self.logs.database()) == self.file
    }

    /// Refuses the connection if SQLite gave it the shared memory of another connection of this process, and that file
    /// was removed.
    fn refuse_lost_memory(self, path: &Path) -> Outcome<Session> {
        if self.unlocked.is_none() && self.file.is_some() && self.logs.state() == LogState::MemoryLost {
            let memory = self.logs.memory().display().to_string();
            self.close_without_checkpoint();
            return Err(Error::unavailable(format!(
                "{memory} was removed while this program has {} open; nothing was written; close whatever else has it open, or restart the program",
                path.display()
            ))
            .into());
        }
        Ok(self)
    }

    /// Copies the log into the database after the log was removed.
    ///
    /// # Errors
    /// If another log has replaced it, so that the commits in the open one are lost.
    pub(crate) fn rescue_log(&mut self, path: &Path) -> Result<()> {
        let mode = match self.logs.state() {
            LogState::Intact | LogState::MemoryLost => return Ok(()),
            LogState::LogRemoved => "PASSIVE",
            // The database may hold commits of other processes: only count the pages that it misses.
            LogState::LogReplaced => "NOOP",
        };
        let missing: rusqlite::Result<i64> =
            self.connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
                Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?)
            });
        if matches!(missing, Ok(0)) {
            return Ok(());
        }
        let log = self.logs.log().display();
        Err(Error::unavailable(format!(
            "{log} was removed while {} was open, and the commits since the last checkpoint are lost; counting continues \
             with the counts in the file; never remove -wal or -shm, and restore a backup to get the lost counts back",
            path.display()
        )))
    }

    /// Closes the connection to a file that is not at its path any more: SQLite would remove the log of the file that
    /// replaced it.
    pub(crate) fn close_without_checkpoint(self) {
        self.disable_checkpoint_on_close();
    }

    fn disable_checkpoint_on_close(&self) {
        // If this fails, closing removes the log as usual.
        let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }

    /// Runs an operation in a writing transaction, and commits it unless the operation fails.
    pub(crate) fn write<T>(
        &mut self,
        operation: impl FnOnce(&Connection, &mut Catalog) -> Outcome<T>,
    ) -> Outcome<T> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
        let done = operation(&self.connection, &mut self.catalog).and_then(|done| {
            self.connection.prepare_cached("COMMIT")?.raw_execute().map_err(Failure::Commit)?;
            self.check_log_after_commit()?;
            Ok(done)
        });
        if done.is_err() {
            // The caches may hold data that is rolled back.
            self.catalog.clear();
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK")?;
            }
        }
        done
    }

    /// Returns an error if the log was removed before the commit: a process that opened the store in between does not
    /// see the commit.
    fn check_log_after_commit(&self) -> Result<()> {
        if !self.is_log_lost() {
            return Ok(());
        }
        Err(Error::in_doubt(format!(
            "{} or {} was removed during a commit to {}; it is not known whether the commit is kept",
            self.logs.log().display(),
            self.logs.memory().display(),
            self.logs.database().display(),
        )))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The open log must not be copied over later commits of other processes.
        if self.logs.state() == LogState::LogReplaced || FileId::of(self.logs.database()) != self.file {
            self.disable_checkpoint_on_close();
        }
    }
}
