//! The store: a path, and the connections of this process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use staste_core::fork::PerProcess;
use staste_core::store::StoreClock;
use staste_core::store::{
    Answer, Applied, Batch, Capabilities, Forget, Forgotten, Question, Scheme, Size, Store,
};
use staste_core::{Choice, Definition, Error, Result, Watermarks};

use crate::failure::Outcome;
use crate::options::SqliteOptions;
use crate::pool::Pool;
use crate::session::Session;
use crate::{apply, backup, clock, define, forget, read, records, size};

/// A Store in one SQLite file.
///
/// Making it opens nothing; the file is opened, and made when it does not exist, by the first verb.
/// A forked child opens its own connections and leaves those of its parent alone.
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
        // As it was given: the Store makes it absolute.
        file: |address| address.strip_prefix("sqlite:").map(Path::new),
    };

    /// The store in the file at `path`.
    pub fn at(path: impl Into<PathBuf>) -> SqliteStore {
        SqliteStore::with(path, SqliteOptions::default())
    }

    /// The store in the file at `path`, with options.
    pub fn with(path: impl Into<PathBuf>, options: SqliteOptions) -> SqliteStore {
        let path = path.into();
        // Made absolute, so that neither a change of directory nor a name that SQLite takes for a URI
        // or for memory leads elsewhere.
        let path = std::path::absolute(&path).unwrap_or(path);
        SqliteStore { path, options, pool: PerProcess::new() }
    }

    /// The store of an address, `sqlite:PATH`.
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
    /// When the address is not of this form; the message shows the one that is.
    pub fn parse(address: &str) -> Result<SqliteStore> {
        // Nothing of it is shown: what looks like the address of a server may hold a password.
        let refused = |advice: &str| Error::input(format!("the address of the store is not one: {advice}"));
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
            path if path.contains('\0') => Err(refused("a path cannot hold a NUL")),
            path => Ok(SqliteStore::at(path)),
        }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Copies the store, as it is at this moment, to a file that must not exist yet. Others may read
    /// and write meanwhile. `progress` is told the pages copied and the pages there are.
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
    /// When the target exists or cannot be written, or the store cannot be read.
    pub fn backup(&self, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        self.reading(|session| backup::backup(session, to, progress))
    }

    /// Checks the structure of the whole file; tells what is wrong with it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn check(&self) -> Result<Vec<String>> {
        self.reading(|session| backup::check(session))
    }

    fn pool(&self) -> &Pool {
        self.pool.get(Pool::resting_while_forking)
    }

    fn reading<T>(&self, verb: impl FnOnce(&mut Session) -> Outcome<T>) -> Result<T> {
        self.pool().reader(&self.path, &self.options, verb)
    }

    /// Runs a verb on a connection of its own, again when it was interrupted for the sake of others.
    pub(crate) fn apart<T>(
        &self,
        verb: impl FnMut(&mut Session, &Arc<AtomicBool>) -> Outcome<T>,
    ) -> Result<T> {
        self.pool().apart(&self.path, &self.options, verb)
    }

    fn writing<T>(&self, verb: impl FnOnce(&mut Session) -> Outcome<T>) -> Result<T> {
        self.pool().writer(&self.path, &self.options, verb)
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
        self.reading(|session| define::definitions(session, metrica))
    }

    fn define(&self, definition: &Definition) -> Result<bool> {
        self.writing(|session| define::define(session, definition))
    }

    fn apply(&self, batch: &Batch) -> Result<Applied> {
        let (pool, cells) = (self.pool(), batch.expected_cells());
        pool.pace.before(cells);
        let applied = pool.writer(&self.path, &self.options, |session| apply::apply(session, batch))?;
        pool.pace.after(cells);
        Ok(applied)
    }

    fn read(&self, question: &Question) -> Result<Answer> {
        self.reading(|session| read::read(session, question))
    }

    fn choices(&self, definition: &Definition, axis: usize) -> Result<Vec<Choice>> {
        self.reading(|session| read::choices(session, definition, axis))
    }

    fn forget(&self, forget: &Forget) -> Result<Forgotten> {
        self.writing(|session| forget::forget(session, forget))
    }

    fn warnings(&self) -> Result<Vec<String>> {
        Ok(self.reading(|session| clock::fault(&session.connection))?.into_iter().collect())
    }

    fn set_clock(&self, now: i64) -> Result<()> {
        self.writing(|session| {
            session.busy_wait.expect(0);
            session.write(|connection, _| clock::store(connection, &StoreClock::new(now)))
        })
    }

    fn set_watermarks(&self, definition: &Definition, from: &Watermarks, to: &Watermarks) -> Result<bool> {
        self.writing(|session| clock::set_watermarks(session, definition, from, to))
    }

    fn records(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.reading(|session| records::records(session, prefix))
    }

    fn put_record(&self, key: &str, value: Option<&[u8]>) -> Result<()> {
        self.writing(|session| records::put(session, key, value))
    }

    fn size(&self, metrica: &str) -> Result<Size> {
        self.reading(|session| size::size(session, metrica))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}
