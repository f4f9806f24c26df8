//! One connection to the file with what it remembers between verbs.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use staste_core::{Error, Result};

use crate::SqliteOptions;
use crate::busy_wait::{BusyWait, is_out_of_time};
use crate::catalog::Catalog;
use crate::descriptors;
use crate::failure::{Failure, Outcome, read_only};
use crate::file_id::{FileId, refuse_odd_files};
use crate::log_files::{LogFiles, LogState, next_to};
use crate::network::refuse_network;
use crate::schema;

/// The pages after which the log is copied back into the file: 16 MiB. The default of 4 MiB makes a
/// batch of 20,000 cells pay for it every other time.
const AUTOCHECKPOINT: u32 = 4_000;
/// How often a connection that reads looks whether its file is still at its path.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Statements kept ready per connection.
const STATEMENTS: usize = 256;

/// A connection and its caches.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) catalog: Catalog,
    pub(crate) busy_wait: BusyWait,
    /// The file that was opened, and when it was last found at its path.
    file: Option<FileId>,
    found: Instant,
    logs: LogFiles,
    /// When the log and the shared memory were last found to be those that are open.
    logs_found: Instant,
    /// Batches applied through this connection, for the work that is done now and then.
    pub(crate) applied: u64,
}

impl Session {
    /// Opens the file, and makes it when it does not exist.
    pub(crate) fn open(path: &Path, options: &SqliteOptions, is_writer: bool) -> Outcome<Session> {
        refuse_network(path)?;
        refuse_odd_files(path)?;
        let busy_wait = BusyWait::default();
        let since = Instant::now();
        loop {
            match open_connection(path, options, is_writer, &busy_wait) {
                // Two processes that make the file at once: SQLite does not wait by itself then.
                Err(failure)
                    if failure.is_busy() && since.elapsed() < options.busy_timeout && !is_out_of_time() =>
                {
                    thread::sleep(Duration::from_millis(1));
                }
                opened => {
                    let connection = opened?;
                    let file = FileId::of(path);
                    let session = Session {
                        connection,
                        catalog: Catalog::default(),
                        busy_wait,
                        file,
                        found: Instant::now(),
                        logs: LogFiles::of(path, file),
                        logs_found: Instant::now(),
                        applied: 0,
                    };
                    return session.unless_memory_is_lost(path);
                }
            }
        }
    }

    /// False when the path leads to another file by now, or to none: what is written here would be lost.
    /// Those who read look once a second.
    pub(crate) fn is_at(&mut self, path: &Path, is_writer: bool) -> bool {
        if !is_writer && self.found.elapsed() < LOOK_EVERY {
            return true;
        }
        self.found = Instant::now();
        FileId::of(path) == self.file
    }

    /// True when the log or the shared memory is not the one that is open: what is written here would
    /// overwrite, or be overwritten by, the commits of a process that opened the store later. Those who
    /// read look once a second.
    pub(crate) fn lost_its_log(&mut self, is_writer: bool) -> bool {
        if !is_writer && self.logs_found.elapsed() < LOOK_EVERY {
            return false;
        }
        self.logs_found = Instant::now();
        self.has_lost_its_log()
    }

    /// False, too, when the database itself is another: nothing of it is in this log, then.
    fn has_lost_its_log(&self) -> bool {
        self.logs.state() != LogState::Intact && FileId::of(self.logs.database()) == self.file
    }

    /// Refuses the connection when SQLite gave it the shared memory of another connection of this process,
    /// which has no name any more.
    fn unless_memory_is_lost(self, path: &Path) -> Outcome<Session> {
        if self.file.is_some() && self.logs.state() == LogState::MemoryLost {
            let memory = self.logs.memory().display().to_string();
            self.abandon();
            return Err(Error::unavailable(format!(
                "{memory} was removed while this program has {} open; nothing was written; close what else has it open, or start the program anew",
                path.display()
            ))
            .into());
        }
        Ok(self)
    }

    /// Copies the log into the database when the log has no name any more. An error says that another log
    /// has its name, and that commits are lost with the one that is open.
    pub(crate) fn rescue_log(&mut self, path: &Path) -> Result<()> {
        let mode = match self.logs.state() {
            LogState::Intact | LogState::MemoryLost => return Ok(()),
            LogState::LogRemoved => "PASSIVE",
            // What others wrote may be in the database: only counts what is not.
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
            "{log} was removed while {} was open, and what was committed to it since the last checkpoint is lost; \
             counting goes on with what the file holds; never remove -wal or -shm, and restore a backup to get the \
             lost counts back",
            path.display()
        )))
    }

    /// Closes the connection to a file that is gone from its path, where another may lie: SQLite would
    /// remove that one's log.
    pub(crate) fn abandon(self) {
        self.keep_log();
    }

    fn keep_log(&self) {
        // When it cannot be set, the log is at worst removed as ever.
        let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }

    /// Runs a verb in a transaction that writes; it is committed unless the verb fails.
    pub(crate) fn write<T>(
        &mut self,
        verb: impl FnOnce(&Connection, &mut Catalog) -> Outcome<T>,
    ) -> Outcome<T> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.raw_execute()?;
        let done = verb(&self.connection, &mut self.catalog).and_then(|done| {
            self.connection.prepare_cached("COMMIT")?.raw_execute().map_err(Failure::Commit)?;
            self.confirm()?;
            Ok(done)
        });
        if done.is_err() {
            // What the caches learned may have been rolled back.
            self.catalog.clear();
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK")?;
            }
        }
        done
    }

    /// Refuses to confirm a commit to a log that was removed meanwhile: a process that opened the store
    /// before the commit does not see it.
    fn confirm(&self) -> Result<()> {
        if !self.has_lost_its_log() {
            return Ok(());
        }
        Err(Error::in_doubt(format!(
            "{} or {} was removed while {} was written; it is not known whether the commit is kept",
            self.logs.log().display(),
            self.logs.memory().display(),
            self.logs.database().display(),
        )))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The log that is open must not be copied over what others wrote to the database since.
        if self.logs.state() == LogState::LogReplaced || FileId::of(self.logs.database()) != self.file {
            self.keep_log();
        }
    }
}

fn open_connection(
    path: &Path,
    options: &SqliteOptions,
    is_writer: bool,
    busy_wait: &BusyWait,
) -> Outcome<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    descriptors::prepare();
    let mut connection = Connection::open_with_flags(path, flags)?;
    if let Some(database) = FileId::of(path) {
        descriptors::is_store(database);
    }
    // One that may not write must not make -wal and -shm: they get the mode of the file, and would
    // keep writers out when it may be written again.
    if connection.is_readonly("main")? && (is_writer || !next_to(path, "-wal").exists()) {
        return Err(read_only(path).into());
    }
    connection.busy_handler(Some(busy_wait.handler(options.busy_timeout)))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if let Some(pages) = options.max_pages {
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
    }
    // Without it a statement is compiled again whenever a bound range changes: 12 us a question.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    schema::ready(&connection, path)?;
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT};
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = {};
         PRAGMA query_only = {};",
        if is_writer { -65_536 } else { -16_384 },
        if is_writer { "OFF" } else { "ON" },
    ))?;
    Ok(connection)
}
