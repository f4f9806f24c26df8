//! One connection to the file with what it remembers between verbs.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::Options;
use crate::catalog::Catalog;
use crate::descriptors;
use crate::failure::{Failure, Outcome, read_only};
use crate::file_id::{FileId, refuse_odd_files};
use crate::network::refuse_network;
use crate::patience::Patience;
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
pub(crate) struct Link {
    pub(crate) connection: Connection,
    pub(crate) catalog: Catalog,
    pub(crate) patience: Patience,
    /// The file that was opened, and when it was last found at its path.
    file: Option<FileId>,
    found: Instant,
    /// Batches applied through this connection, for the work that is done now and then.
    pub(crate) applied: u64,
}

impl Link {
    /// Opens the file, and makes it when it does not exist.
    pub(crate) fn open(path: &Path, options: &Options, is_writer: bool) -> Outcome<Link> {
        refuse_network(path)?;
        refuse_odd_files(path)?;
        let patience = Patience::default();
        let since = Instant::now();
        loop {
            match open_connection(path, options, is_writer, &patience) {
                // Two processes that make the file at once: SQLite does not wait by itself then.
                Err(failure) if failure.is_busy() && since.elapsed() < options.busy_timeout => {
                    thread::sleep(Duration::from_millis(1));
                }
                opened => {
                    return Ok(Link {
                        connection: opened?,
                        catalog: Catalog::default(),
                        patience,
                        file: FileId::of(path),
                        found: Instant::now(),
                        applied: 0,
                    });
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

    /// Closes the connection to a file that is gone from its path, where another may lie: SQLite would
    /// remove that one's log.
    pub(crate) fn abandon(self) {
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
}

/// The write-ahead log beside the file; it is there as long as somebody has the file open.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn open_connection(
    path: &Path,
    options: &Options,
    is_writer: bool,
    patience: &Patience,
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
    if connection.is_readonly("main")? && (is_writer || !log_of(path).exists()) {
        return Err(read_only(path).into());
    }
    connection.busy_handler(Some(patience.handler(options.busy_timeout)))?;
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
