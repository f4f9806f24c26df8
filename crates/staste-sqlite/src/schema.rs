//! The tables of the file, its format version, and the check that a file is one of ours.

use std::path::Path;

use rusqlite::Connection;
use staste_core::Error;

use crate::failure::Outcome;

/// `Stas`, in the header of the file.
const APPLICATION: i64 = 0x5374_6173;
/// The format this crate writes and reads.
const FORMAT: i64 = 1;

/// Names hold a colon, which the name of a Metrica cannot, so that views never collide with them.
///
/// - Ids of metricas and of buckets are never given twice, so that a cache cannot mistake one for another.
/// - `buckets` and `choices` of a Metrica count what was ever added; `generation` rises when choices go.
/// - The definition is the last column: a long one does not slow the others down.
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

/// Makes sure that the file is a store of this format, and makes an empty file one.
pub(crate) fn ready(connection: &Connection, path: &Path) -> Outcome<()> {
    if is_ready(connection, path)? {
        return Ok(());
    }
    connection.execute_batch("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")?;
    // Somebody else may have been first.
    if !is_ready(connection, path)? {
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// True when the tables are there, false when the file is empty.
fn is_ready(connection: &Connection, path: &Path) -> Outcome<bool> {
    // One statement, so that all of it is of one moment: somebody else may be making the tables.
    let (application, format, tables): (i64, i64, i64) = connection.query_row(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) \
         FROM pragma_application_id, pragma_user_version",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if application == APPLICATION && format == FORMAT {
        return Ok(true);
    }
    let shown = path.display();
    if application == APPLICATION {
        return Err(Error::damaged(format!(
            "{shown} has the format version {format}, and this program knows version {FORMAT}; upgrade staste to open it"
        ))
        .into());
    }
    if application == 0 && format == 0 && tables == 0 {
        return Ok(false);
    }
    Err(Error::damaged(format!(
        "{shown} is not a staste store but another program's SQLite file; give another path"
    ))
    .into())
}
