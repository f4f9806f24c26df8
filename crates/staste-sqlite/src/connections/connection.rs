//! Opening a connection of SQLite: its flags, its settings, and the tables of a new file.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::connections::busy_wait::BusyWait;
use crate::connections::log_files::next_to;
use crate::descriptors;
use crate::failure::{Outcome, read_only};
use crate::file_id::FileId;
use crate::options::SqliteOptions;
use crate::schema;

/// The number of pages in the log, 16 MiB, at which SQLite copies it back into the file. With the default of 4 MiB,
/// every other batch of 20,000 cells has to wait for that.
const AUTOCHECKPOINT_PAGES: u32 = 4_000;
/// Number of prepared statements that a connection keeps.
const STATEMENT_CACHE_SIZE: usize = 256;

/// Opens a connection to the file, which is created if it does not exist.
pub(super) fn open(
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
        descriptors::register_store(database);
    }
    // A connection that may not write must not create -wal and -shm: they get the mode of the file, and would keep
    // writers out after the file becomes writable again.
    if connection.is_readonly("main")? && (is_writer || !next_to(path, "-wal").exists()) {
        return Err(read_only(path).into());
    }
    connection.busy_handler(Some(busy_wait.handler(options.busy_timeout)))?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_SIZE);
    if let Some(pages) = options.max_pages {
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
    }
    // Without it, SQLite compiles a statement again whenever a bound range changes: 12 us for each query.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    schema::prepare_file(&connection, path)?;
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES};
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = {};
         PRAGMA query_only = {};",
        if is_writer { -65_536 } else { -16_384 },
        if is_writer { "OFF" } else { "ON" },
    ))?;
    Ok(connection)
}
