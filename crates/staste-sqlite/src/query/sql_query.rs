//! `SqlQuery`: a statement with its parameters and limits.

use std::any::Any;
use std::time::Duration;

use staste_core::store::TimeLimit;
use staste_core::{Error, Result, Staste};

use super::run::run;
use super::{SqlRows, SqlValue};
use crate::SqliteStore;

/// One statement in SQL that reads a store, such as the view of each Metrica.
///
/// It runs on a connection of its own, in one read transaction, and cannot write, attach other files or
/// change settings. A view has the columns `scale`, `period`, one per axis, `total`, and `count` when the
/// Metrica is averaged. A cell is there for each combination of choices, so a right sum names one of each
/// axis, or `'(all)'`.
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
    /// How long a query may take unless [`SqlQuery::timeout`] says otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// The most rows unless [`SqlQuery::max_rows`] says otherwise.
    pub const DEFAULT_MAX_ROWS: usize = 100_000;
    /// The most bytes of memory that all rows may take.
    pub const MAX_BYTES: usize = 64 << 20;

    /// A query of one statement.
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

    /// Sets how long the query may take, waiting included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> SqlQuery {
        self.timeout = timeout;
        self
    }

    /// Sets the most rows there may be. More are an error, never a part of them.
    #[must_use]
    pub fn max_rows(mut self, max_rows: usize) -> SqlQuery {
        self.max_rows = max_rows;
        self
    }

    /// Commits what this process kicked, then runs the query on the Store of a handle.
    ///
    /// # Errors
    /// As [`SqlQuery::run_on`]; [`Error::is_unsupported`] when the Store is not a [`SqliteStore`].
    pub fn run(&self, staste: &Staste) -> Result<SqlRows> {
        let store: &dyn Any = staste.store();
        let Some(store) = store.downcast_ref::<SqliteStore>() else {
            return Err(Error::unsupported(format!(
                "{} is not a SQLite store, so it has no SQL; read it through a Metrica, by total, iterate or series",
                staste.store().address()
            )));
        };
        TimeLimit::run(self.timeout, || {
            staste.settle()?;
            self.run_on(store)
        })
    }

    /// Runs the query on a store. What waits in the memory of a handle is not in it yet.
    ///
    /// # Errors
    /// [`Error::is_input`] when SQLite refuses the statement, when it does more than read, and when there are
    /// more rows than allowed; [`Error::is_unavailable`] when it takes longer than allowed, or the file
    /// cannot be read.
    pub fn run_on(&self, store: &SqliteStore) -> Result<SqlRows> {
        TimeLimit::run(self.timeout, || store.apart(|session, is_wanted| run(self, session, is_wanted)))
    }
}
