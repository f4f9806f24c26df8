//! Opening a connection of SQLite: its flags, its settings, and the tables of a new file.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::connections::busy_wait::BusyWait;
use crate::connections::log_files::next_to;
use crate::connections::unlocked_file::UnlockedFile;
use crate::descriptors;
use crate::failure::{Outcome, read_only_failure};
use crate::file_id::FileId;
use crate::options::SqliteOptions;
use crate::schema;

/// The number of pages in the log, 16 MiB, at which SQLite copies it back into the file. With the default of 4 MiB,
/// every other batch of 20,000 cells has to wait for that.
const AUTOCHECKPOINT_PAGES: u32 = 4_000;
/// Number of prepared statements that a connection keeps.
const STATEMENT_CACHE_SIZE: usize = 256;

/// Opens a connection to the file, which is created if it does not exist. A file that this user can only read is opened
/// without locks if it has no log.
pub(super) fn open(
    path: &Path,
    options: &SqliteOptions,
    is_writer: bool,
    busy_wait: &BusyWait,
) -> Outcome<(Connection, Option<UnlockedFile>)> {
    match open_with_log(path, options, is_writer, busy_wait) {
        Err(failure) if !is_writer && failure.needs_permission() && path.exists() => {
            let (connection, file) = UnlockedFile::open(path)?;
            configure(&connection, is_writer)?;
            schema::prepare_file(&connection, path)?;
            Ok((connection, Some(file)))
        }
        opened => Ok((opened?, None)),
    }
}

/// Opens a connection that shares its log with other processes.
fn open_with_log(
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
    // A connection that may not write must not create -wal and -shm: they would belong to this user and get the mode of
    // the file, and keep writers out.
    let has_log = || ["-wal", "-shm"].iter().all(|suffix| next_to(path, suffix).exists());
    if connection.is_readonly("main")? && (is_writer || !has_log()) {
        return Err(read_only_failure());
    }
    connection.busy_handler(Some(busy_wait.handler(options.busy_timeout)))?;
    if let Some(pages) = options.max_pages {
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
    }
    schema::prepare_file(&connection, path)?;
    configure(&connection, is_writer)?;
    Ok(connection)
}

/// Sets what all connections have in common.
fn configure(connection: &Connection, is_writer: bool) -> Outcome<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_SIZE);
    // Without it, SQLite compiles a statement again whenever a bound range changes: 12 us for each query.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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
    Ok(())
}
