//! `SqliteStore`: the path of the file, and the connections of this process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use staste_core::fork::PerProcess;
use staste_core::store::{
    Answer, Applied, Batch, Capabilities, Forget, Forgotten, Question, Scheme, Size, Store, StoreClock,
};
use staste_core::{Choice, Definition, Error, Result, Watermarks};

use crate::connections::pool::Pool;
use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::operations::{apply, backup, clock, define, forget, read, records, size};
use crate::options::SqliteOptions;

/// A Store in one SQLite file.
///
/// Creating it opens nothing. The first operation opens the file, and creates it if it does not exist. A forked child
/// opens its own connections and does not use those of its parent.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("counts.db");
/// use staste::{Axis, Staste};
/// use staste::SqliteStore;
///
/// let staste = Staste::new(SqliteStore::at(&path));
/// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
/// guests.kick([("gender", "girl")])?;
/// assert_eq!(guests.filter([("gender", "girl")])?.total()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStore {
    path: PathBuf,
    options: SqliteOptions,
    pool: PerProcess<Arc<Pool>>,
}

impl SqliteStore {
    /// The addresses of files: `sqlite:PATH`.
    pub const SCHEME: Scheme = Scheme {
        names: &["sqlite"],
        example: "sqlite:PATH, such as sqlite:staste.db",
        open: |address| Ok(Arc::new(SqliteStore::parse(address)?)),
        // The path as given; the Store makes it absolute.
        file: |address| address.strip_prefix("sqlite:").map(Path::new),
    };

    /// Creates a store in the file at `path`.
    pub fn at(path: impl Into<PathBuf>) -> SqliteStore {
        SqliteStore::with(path, SqliteOptions::default())
    }

    /// Creates a store in the file at `path`, with options.
    pub fn with(path: impl Into<PathBuf>, options: SqliteOptions) -> SqliteStore {
        let path = path.into();
        // An absolute path stays the same if the process changes its directory, and SQLite does not take it for a URI
        // or for a database in memory.
        let path = std::path::absolute(&path).unwrap_or(path);
        SqliteStore { path, options, pool: PerProcess::new() }
    }

    /// Creates the store of an address, `sqlite:PATH`.
    ///
    /// ```
    /// use staste::store::Store;
    /// use staste::SqliteStore;
    /// assert_eq!(SqliteStore::parse("sqlite:/var/lib/counts.db")?.address(), "sqlite:/var/lib/counts.db");
    /// let error = SqliteStore::parse("sqlite:///var/lib/counts.db").unwrap_err();
    /// assert!(error.to_string().contains("write sqlite:/var/lib/counts.db"));
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the address does not have this form; the message shows the right one.
    pub fn parse(address: &str) -> Result<SqliteStore> {
        // The error does not show the address: one that looks like that of a server can hold a password.
        let refused =
            |advice: &str| Error::invalid_input(format!("invalid address of a SQLite store: {advice}"));
        let Some(path) = address.strip_prefix("sqlite:") else {
            return Err(refused("write sqlite:PATH, such as sqlite:counts.db"));
        };
        if let Some(rest) = path.strip_prefix("//") {
            let path = if rest.is_empty() || rest.contains('@') { "PATH" } else { rest };
            return Err(refused(&format!("it has no host; write sqlite:{path}")));
        }
        match path {
            "" => Err(refused("the path is missing; write sqlite:PATH, such as sqlite:counts.db")),
            ":memory:" => Err(refused("write memory: for a store that ends with the process")),
            path if path.contains('\0') => Err(refused("a path cannot contain a NUL character")),
            path => Ok(SqliteStore::at(path)),
        }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Copies the current state of the store to a file that must not exist. Other processes can read and write
    /// meanwhile. `progress` gets the number of copied pages and of all pages.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let (path, copy) = (directory.path().join("counts.db"), directory.path().join("copy.db"));
    /// use staste::SqliteStore;
    /// SqliteStore::at(&path).backup(&copy, &mut |_, _| ())?;
    /// assert!(SqliteStore::at(&copy).check()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the target exists or cannot be written, or if the store cannot be read.
    pub fn backup(&self, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        self.read_operation(|session| backup::backup(session, to, progress))
    }

    /// Checks the structure of the whole file; returns the problems.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn check(&self) -> Result<Vec<String>> {
        self.read_operation(|session| backup::check(session))
    }

    fn pool(&self) -> &Pool {
        self.pool.get(Pool::resting_while_forking)
    }

    fn read_operation<T>(&self, operation: impl FnMut(&mut Session) -> Outcome<T>) -> Result<T> {
        self.pool().reader(&self.path, &self.options, operation)
    }

    /// Runs an operation on a connection of its own, and again if it was interrupted by a fork or a lost log.
    pub(crate) fn on_own_connection<T>(
        &self,
        operation: impl FnMut(&mut Session, &Arc<AtomicBool>) -> Outcome<T>,
    ) -> Result<T> {
        self.pool().on_own_connection(&self.path, &self.options, operation)
    }

    fn write_operation<T>(&self, operation: impl FnMut(&mut Session) -> Outcome<T>) -> Result<T> {
        self.pool().writer(&self.path, &self.options, operation)
    }
}

impl Store for SqliteStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities::everything(self.options.cells_per_batch)
    }

    fn address(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }

    fn definitions(&self, metrica: Option<&str>) -> Result<Vec<Arc<Definition>>> {
        self.read_operation(|session| define::definitions(session, metrica))
    }

    fn define(&self, definition: &Definition) -> Result<bool> {
        self.write_operation(|session| define::define(session, definition))
    }

    fn apply(&self, batch: &Batch) -> Result<Applied> {
        let (pool, cells) = (self.pool(), batch.expected_cells());
        pool.writer_pause.wait_before(cells);
        let applied = pool.writer(&self.path, &self.options, |session| apply::apply(session, batch))?;
        pool.writer_pause.record_commit(cells);
        Ok(applied)
    }

    fn read(&self, question: &Question) -> Result<Answer> {
        self.read_operation(|session| read::read(session, question))
    }

    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        self.read_operation(|session| read::choices(session, definition, axis))
    }

    fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        self.write_operation(|session| forget::forget(session, forget))
    }

    fn warnings(&self) -> Result<Vec<String>> {
        Ok(self.read_operation(|session| clock::fault(&session.connection))?.into_iter().collect())
    }

    fn set_clock(&self, now: i64) -> Result<()> {
        self.write_operation(|session| {
            session.busy_wait.set_transaction_size(0);
            session.write(|connection, _| clock::store(connection, &StoreClock::new(now)))
        })
    }

    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool> {
        self.write_operation(|session| clock::set_watermarks(session, definition, from, to))
    }

    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.read_operation(|session| records::records(session, prefix))
    }

    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
        self.write_operation(|session| records::put(session, key, value))
    }

    fn size(&self, metrica: &str) -> Result<Size> {
        self.read_operation(|session| size::size(session, metrica))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}
