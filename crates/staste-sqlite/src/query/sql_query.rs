//! `SqlQuery`: a SQL statement with its parameters and limits.

use std::time::Duration;

use super::sql_rows::SqlValue;

/// A SQL statement that reads a store, for example the view of a Metrica.
///
/// It runs on a connection of its own, in one read transaction, and cannot write, attach other files or change
/// settings. A view has the columns `scale`, `period`, one for each axis, `total`, and `count` if the Metrica is
/// averaged. It has a row for each combination of choices and `'(all)'`, so a sum is right only if the statement fixes
/// every axis it does not group by.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("counts.db");
/// use staste::{Axis, SqlQuery, SqlValue, SqliteStore, Staste};
///
/// let staste = Staste::new(SqliteStore::at(path));
/// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
/// guests.kick([("gender", "girl")])?;
/// let rows = SqlQuery::new("SELECT total FROM guests WHERE scale = 'ever' AND gender = ?")
///     .parameter("girl")
///     .run(&staste)?;
/// assert_eq!(rows.rows, [[SqlValue::Integer(1)]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqlQuery {
    pub(super) statement: String,
    pub(super) parameters: Vec<SqlValue>,
    pub(super) timeout: Duration,
    pub(super) max_rows: usize,
}

impl SqlQuery {
    /// The default of [`SqlQuery::timeout`]: 30 seconds.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// The default of [`SqlQuery::max_rows`]: 100,000.
    pub const DEFAULT_MAX_ROWS: usize = 100_000;
    /// Maximum memory of all rows, in bytes: 64 MiB.
    pub const MAX_BYTES: usize = 64 << 20;

    /// Creates a query from one statement.
    #[must_use]
    pub fn new(statement: impl Into<String>) -> SqlQuery {
        SqlQuery {
            statement: statement.into(),
            parameters: Vec::new(),
            timeout: SqlQuery::DEFAULT_TIMEOUT,
            max_rows: SqlQuery::DEFAULT_MAX_ROWS,
        }
    }

    /// Adds the value of the next `?` of the statement.
    #[must_use]
    pub fn parameter(mut self, value: impl Into<SqlValue>) -> SqlQuery {
        self.parameters.push(value.into());
        self
    }

    /// Sets the maximum duration of the query, including the time it waits.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> SqlQuery {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum number of rows. More rows are an error; the result is never cut.
    #[must_use]
    pub fn max_rows(mut self, max_rows: usize) -> SqlQuery {
        self.max_rows = max_rows;
        self
    }
}
