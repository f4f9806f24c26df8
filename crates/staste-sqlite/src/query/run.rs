//! Running a statement within its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Statement, ffi, params_from_iter};
use staste_core::Error;
use staste_core::store::TimeLimit;

use super::authorizer::Refusal;
use super::{SqlQuery, SqlRows, SqlValue};
use crate::busy_wait::is_out_of_time;
use crate::failure::{Failure, Outcome};
use crate::session::Session;

/// The longest text or blob, in bytes, that a statement may read or make on its way. Functions such as `instr` take the
/// square of it, and nothing interrupts a function: of 1 MiB they took minutes, of this some seconds.
const MAX_LENGTH: i32 = 128 << 10;
/// The longest pattern of LIKE and GLOB, for the same reason.
const MAX_PATTERN: i32 = 1_000;
/// The steps of SQLite's machine between two looks at the clock: some ten microseconds.
const STEPS: i32 = 1_000;
/// Names of views that an error lists at most.
const MAX_LISTED: i64 = 20;

/// Runs the query on a connection that nothing else uses. It is interrupted when the time is over, and as
/// soon as `is_wanted` says that others wait for all connections to be closed.
pub(super) fn run(query: &SqlQuery, session: &mut Session, is_wanted: &Arc<AtomicBool>) -> Outcome<SqlRows> {
    let refusal = Refusal::default();
    restrict(&mut session.connection, &refusal, is_wanted)?;
    if query.statement.contains('\0') {
        // SQLite takes it for the end, and a condition after it would be lost in silence.
        return Err(refused("the statement holds a NUL character").into());
    }
    let explained = |error| explain(query, &session.connection, &refusal, error);
    let mut statement = match session.connection.prepare(&query.statement) {
        // VACUUM passes the authorizer.
        Ok(statement) if statement.readonly() && statement.column_count() > 0 => statement,
        Ok(_) => return Err(refused("the statement returns no rows").into()),
        Err(rusqlite::Error::Empty) => return Err(refused("the statement is empty").into()),
        Err(rusqlite::Error::MultipleStatement) => {
            return Err(refused("there is more than one statement").into());
        }
        Err(error) => return Err(explained(error)),
    };
    let (expected, given) = (statement.parameter_count(), query.parameters.len());
    if expected != given {
        return Err(Error::input(format!(
            "the statement has {expected} parameters, and {given} were given: give one value for each ?"
        ))
        .into());
    }
    read(query, &mut statement).map_err(|failure| match failure {
        Failure::Sqlite(error) => explained(error),
        other => other,
    })
}

/// Restricts a connection to reading, in bounded time and memory.
///
/// It is not one that was opened read-only: such a connection cannot copy the log back when it is the last
/// to close, and leaves `-wal` and `-shm` behind.
fn restrict(connection: &mut Connection, refusal: &Refusal, is_wanted: &Arc<AtomicBool>) -> Outcome<()> {
    // Large sorts go to temporary files rather than into the memory of a server.
    connection.execute_batch("PRAGMA temp_store = FILE; PRAGMA query_only = ON")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN)?;
    let is_wanted = Arc::clone(is_wanted);
    let is_to_end = move || is_wanted.load(Ordering::Relaxed) || is_out_of_time();
    connection.progress_handler(STEPS, Some(is_to_end))?;
    // Last, for the settings above are among what it refuses.
    connection.authorizer(Some(refusal.authorizer()))?;
    Ok(())
}

/// Reads all rows.
fn read(query: &SqlQuery, statement: &mut Statement<'_>) -> Outcome<SqlRows> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = SqlRows { columns, rows: Vec::new() };
    let mut bytes = 0;
    let mut rows = statement.query(params_from_iter(&query.parameters))?;
    while let Some(row) = rows.next()? {
        if found.rows.len() == query.max_rows {
            let rows = format!("more than {} rows", query.max_rows);
            return Err(too_much(&rows, "allow more rows (max_rows)").into());
        }
        let mut values = Vec::with_capacity(found.columns.len());
        for (index, column) in found.columns.iter().enumerate() {
            let value = SqlValue::read(row.get_ref(index)?).ok_or_else(|| {
                Error::input(format!(
                    "invalid text in the column {column}: it is not UTF-8; select hex({column}) instead"
                ))
            })?;
            bytes += value.size();
            values.push(value);
        }
        if bytes > SqlQuery::MAX_BYTES {
            let rows = format!("rows of more than {} MiB", SqlQuery::MAX_BYTES >> 20);
            return Err(too_much(&rows, "select fewer columns").into());
        }
        found.rows.push(values);
    }
    Ok(found)
}

/// A part of the rows would be taken for all of them, so that there is an error instead.
fn too_much(found: &str, or: &str) -> Error {
    Error::input(format!("the statement returns {found}; add LIMIT, WHERE or GROUP BY, or {or}"))
}

fn refused(words: &str) -> Error {
    Error::input(format!(
        "{words}; give one statement that reads: SELECT, WITH ... SELECT, VALUES or EXPLAIN"
    ))
}

/// From an error of SQLite to what is wrong with the statement, where it is the statement.
fn explain(query: &SqlQuery, connection: &Connection, refusal: &Refusal, error: rusqlite::Error) -> Failure {
    if let Some(words) = refusal.words() {
        return refused(&format!("the statement {words}")).into();
    }
    let (code, message) = match &error {
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, msg.clone()),
        rusqlite::Error::SqliteFailure(error, Some(message)) => (error.extended_code, message.clone()),
        rusqlite::Error::SqliteFailure(error, None) => (error.extended_code, error.to_string()),
        other => (ffi::SQLITE_OK, other.to_string()),
    };
    match code & 0xFF {
        ffi::SQLITE_INTERRUPT if is_out_of_time() => {
            let timeout = TimeLimit::current().map_or(query.timeout, |limit| limit.timeout());
            Error::unavailable(format!(
                "the statement took longer than {timeout:?}, the time limit of the query; read less, by WHERE or \
                 LIMIT, or allow more time (timeout)"
            ))
            .into()
        }
        ffi::SQLITE_ERROR if message.starts_with("no such table") => {
            Error::input(format!("{message}; {}", views(connection))).into()
        }
        ffi::SQLITE_ERROR | ffi::SQLITE_TOOBIG | ffi::SQLITE_MISMATCH | ffi::SQLITE_RANGE => {
            Error::input(format!("SQLite refuses the statement: {message}")).into()
        }
        _ => Failure::Sqlite(error),
    }
}

/// The views there are, in words.
fn views(connection: &Connection) -> String {
    let list = || -> rusqlite::Result<Vec<String>> {
        let mut select = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name LIMIT ?1")?;
        select.query_map([MAX_LISTED], |row| row.get(0))?.collect()
    };
    match list() {
        Ok(names) if !names.is_empty() => format!("the store has the views {}", names.join(", ")),
        Ok(_) => "the store has no metrica yet".to_owned(),
        Err(error) => format!("the views cannot be listed: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteOptions;

    #[test]
    fn statement_is_interrupted_as_soon_as_it_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut session =
            Session::open(&folder.path().join("counts.db"), &SqliteOptions::default(), false).unwrap();
        let endless =
            SqlQuery::new("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT max(i) FROM n");
        let failure = run(&endless, &mut session, &Arc::new(AtomicBool::new(true))).unwrap_err();
        assert!(failure.is_interrupted(), "{failure:?}");
    }
}
