//! The tables of the file, its format version, and the check that a file is a store.

use std::path::Path;

use rusqlite::Connection;
use staste_core::Error;

use crate::failure::Outcome;

/// The application id in the header of the file: `Stas`.
const APPLICATION_ID: i64 = 0x5374_6173;
/// The format version that this crate writes and reads.
const FORMAT_VERSION: i64 = 1;

/// Table names contain a colon, which the name of a Metrica cannot, so that views never collide with them.
///
/// - Ids of metricas and of buckets are never used twice, so that a cache cannot confuse them.
/// - `buckets` and `choices` of a Metrica count all that were ever added; `generation` rises when choices are deleted.
/// - The definition is the last column, so that a long one does not slow down the others.
const TABLES: &str = r#"
CREATE TABLE "staste:metricas"(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    choices INTEGER NOT NULL DEFAULT 0,
    buckets INTEGER NOT NULL DEFAULT 0,
    points INTEGER NOT NULL DEFAULT 0,
    minutes_from INTEGER NOT NULL,
    hours_from INTEGER NOT NULL,
    days_from INTEGER NOT NULL,
    months_from INTEGER NOT NULL,
    years_from INTEGER NOT NULL,
    ever_from INTEGER NOT NULL,
    shown_as TEXT,
    definition TEXT NOT NULL
) STRICT;
CREATE TABLE "staste:choices"(
    metrica INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    id INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    value BLOB,
    path TEXT,
    PRIMARY KEY(metrica, axis, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE "staste:buckets"(
    metrica INTEGER NOT NULL,
    scale INTEGER NOT NULL,
    start INTEGER NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY(metrica, scale, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE "staste:marks"(
    writer BLOB NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    old_since INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE "staste:records"(
    key TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL,
    expires INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX "staste:records:expires" ON "staste:records"(expires) WHERE expires IS NOT NULL;
"#;

/// Checks that the file is a store of this format, and creates the tables in an empty file.
pub(crate) fn prepare_file(connection: &Connection, path: &Path) -> Outcome<()> {
    if has_tables(connection, path)? {
        return Ok(());
    }
    connection.execute_batch("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")?;
    // Another process may have been faster.
    if !has_tables(connection, path)? {
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", FORMAT_VERSION)?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// Returns true if the file has the tables, false if it is empty.
fn has_tables(connection: &Connection, path: &Path) -> Outcome<bool> {
    // One statement, for a consistent result: another process may be creating the tables.
    let (application, format, tables): (i64, i64, i64) = connection.query_row(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) \
         FROM pragma_application_id, pragma_user_version",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if application == APPLICATION_ID && format == FORMAT_VERSION {
        return Ok(true);
    }
    let shown = path.display();
    if application == APPLICATION_ID {
        return Err(Error::corrupt(format!(
            "{shown} has format version {format}, but this program supports version {FORMAT_VERSION}; upgrade staste to open it"
        ))
        .into());
    }
    if application == 0 && format == 0 && tables == 0 {
        return Ok(false);
    }
    Err(Error::corrupt(format!(
        "{shown} is not a staste store but another program's SQLite file; give another path"
    ))
    .into())
}
