//! `SqlQuery::run`: the execution of a statement within its limits.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, Statement, ffi, params_from_iter};
use staste_core::store::TimeLimit;
use staste_core::{Error, Result, Staste};

use super::authorizer::RefusalReason;
use super::sql_query::SqlQuery;
use super::sql_rows::{SqlRows, SqlValue};
use crate::connections::busy_wait::is_out_of_time;
use crate::connections::session::Session;
use crate::failure::{Failure, Outcome};
use crate::store::SqliteStore;

/// Maximum length of a text or blob, in bytes, also of intermediate results. Functions such as `instr` take quadratic
/// time and cannot be interrupted: with 1 MiB they take minutes, with this some seconds.
const MAX_LENGTH: i32 = 128 << 10;
/// Maximum length of a pattern of LIKE and GLOB, for the same reason.
const MAX_PATTERN_LENGTH: i32 = 1_000;
/// Number of instructions between two checks of the time limit: some ten microseconds.
const INSTRUCTIONS_PER_CHECK: i32 = 1_000;
/// Maximum number of views that an error lists.
const MAX_LISTED_VIEWS: i64 = 20;

impl SqlQuery {
    /// Flushes the pending kicks of a handle, then runs the query on its Store.
    ///
    /// # Errors
    /// As [`SqlQuery::run_on`]; [`Error::is_unsupported`] if the Store is not a [`SqliteStore`].
    pub fn run(&self, staste: &Staste) -> Result<SqlRows> {
        let store: &dyn Any = staste.store();
        let Some(store) = store.downcast_ref::<SqliteStore>() else {
            return Err(Error::unsupported(format!(
                "{} is not a SQLite store, so it has no SQL; read it through a Metrica, by total, iterate or series",
                staste.store().address()
            )));
        };
        TimeLimit::run(self.timeout, || {
            staste.flush_pending()?;
            self.run_on(store)
        })
    }

    /// Runs the query on a store. It does not see pending kicks of a handle.
    ///
    /// # Errors
    /// [`Error::is_invalid_input`] if SQLite refuses the statement, if it does more than read, or if it returns more rows than
    /// allowed; [`Error::is_unavailable`] if it takes longer than allowed or the file cannot be read.
    pub fn run_on(&self, store: &SqliteStore) -> Result<SqlRows> {
        TimeLimit::run(self.timeout, || {
            store.on_own_connection(|session, yield_requested| run(self, session, yield_requested))
        })
    }
}

/// Runs the query on a connection that nothing else uses. The query is interrupted at its time limit, and as soon as
/// `yield_requested` is true.
fn run(query: &SqlQuery, session: &mut Session, yield_requested: &Arc<AtomicBool>) -> Outcome<SqlRows> {
    let refusal = RefusalReason::default();
    restrict(&mut session.connection, &refusal, yield_requested)?;
    if query.statement.contains('\0') {
        // SQLite takes it for the end of the statement, and would silently ignore a condition after it.
        return Err(refused("the statement contains a NUL character").into());
    }
    let explained = |error| explain(query, &session.connection, &refusal, error);
    let mut statement = match session.connection.prepare(&query.statement) {
        // The authorizer does not refuse VACUUM.
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
        return Err(Error::invalid_input(format!(
            "the statement has {expected} parameters, and {given} were given: give one value for each ?"
        ))
        .into());
    }
    read_rows(query, &mut statement).map_err(|failure| match failure {
        Failure::Sqlite(error) => explained(error),
        other => other,
    })
}

/// Restricts a connection to reading, in limited time and memory.
///
/// The connection is not opened read-only: such a connection, if it is the last to close, cannot copy the log back, and
/// leaves `-wal` and `-shm` behind.
fn restrict(
    connection: &mut Connection,
    refusal: &RefusalReason,
    yield_requested: &Arc<AtomicBool>,
) -> Outcome<()> {
    // Large sorts use temporary files instead of the memory of a server.
    connection.execute_batch("PRAGMA temp_store = FILE; PRAGMA query_only = ON")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN_LENGTH)?;
    let yield_requested = Arc::clone(yield_requested);
    let must_end = move || yield_requested.load(Ordering::Relaxed) || is_out_of_time();
    connection.progress_handler(INSTRUCTIONS_PER_CHECK, Some(must_end))?;
    // The authorizer comes last, because it would refuse the settings above.
    connection.authorizer(Some(refusal.authorizer()))?;
    Ok(())
}

/// Reads all rows.
fn read_rows(query: &SqlQuery, statement: &mut Statement<'_>) -> Outcome<SqlRows> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = SqlRows { columns, rows: Vec::new() };
    let mut bytes = 0;
    let mut rows = statement.query(params_from_iter(&query.parameters))?;
    while let Some(row) = rows.next()? {
        if found.rows.len() == query.max_rows {
            let rows = format!("more than {} rows", query.max_rows);
            return Err(too_large(&rows, "allow more rows (max_rows)").into());
        }
        let mut values = Vec::with_capacity(found.columns.len());
        for (index, column) in found.columns.iter().enumerate() {
            let value = SqlValue::read(row.get_ref(index)?).ok_or_else(|| {
                Error::invalid_input(format!(
                    "invalid text in the column {column}: it is not UTF-8; select hex({column}) instead"
                ))
            })?;
            bytes += value.size();
            values.push(value);
        }
        if bytes > SqlQuery::MAX_BYTES {
            let rows = format!("rows of more than {} MiB", SqlQuery::MAX_BYTES >> 20);
            return Err(too_large(&rows, "select fewer columns").into());
        }
        found.rows.push(values);
    }
    Ok(found)
}

/// Returns the error for a result that is too large. It is never cut, because readers would take a part for the whole.
fn too_large(found: &str, or: &str) -> Error {
    Error::invalid_input(format!("the statement returns {found}; add LIMIT, WHERE or GROUP BY, or {or}"))
}

fn refused(reason: &str) -> Error {
    Error::invalid_input(format!(
        "{reason}; give one statement that reads: SELECT, WITH ... SELECT, VALUES or EXPLAIN"
    ))
}

/// Converts an error of SQLite to one about the statement, if the statement caused it.
fn explain(
    query: &SqlQuery,
    connection: &Connection,
    refusal: &RefusalReason,
    error: rusqlite::Error,
) -> Failure {
    if let Some(action) = refusal.action() {
        return refused(&format!("the statement {action}")).into();
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
            Error::invalid_input(format!("{message}; {}", describe_views(connection))).into()
        }
        ffi::SQLITE_ERROR | ffi::SQLITE_TOOBIG | ffi::SQLITE_MISMATCH | ffi::SQLITE_RANGE => {
            Error::invalid_input(format!("SQLite refuses the statement: {message}")).into()
        }
        _ => Failure::Sqlite(error),
    }
}

/// Describes the views of the store.
fn describe_views(connection: &Connection) -> String {
    let list = || -> rusqlite::Result<Vec<String>> {
        let mut select = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name LIMIT ?1")?;
        select.query_map([MAX_LISTED_VIEWS], |row| row.get(0))?.collect()
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
    use crate::options::SqliteOptions;

    #[test]
    fn statement_is_interrupted_when_yield_is_requested() {
        let folder = tempfile::tempdir().unwrap();
        let mut session =
            Session::open(&folder.path().join("counts.db"), &SqliteOptions::default(), false).unwrap();
        let endless =
            SqlQuery::new("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT max(i) FROM n");
        let failure = run(&endless, &mut session, &Arc::new(AtomicBool::new(true))).unwrap_err();
        assert!(failure.is_interrupted(), "{failure:?}");
    }
}
