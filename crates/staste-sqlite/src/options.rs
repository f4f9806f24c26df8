//! What may be set of a store.

use std::time::Duration;

/// How a [`SqliteStore`](crate::SqliteStore) behaves.
///
/// ```
/// use staste_sqlite::{SqliteOptions, SqliteStore};
/// let mut options = SqliteOptions::default();
/// options.busy_timeout = std::time::Duration::from_secs(2);
/// let store = SqliteStore::with("counts.db", options);
/// # let _ = store;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// How long a write waits for the writes of other processes before it is refused.
    pub busy_timeout: Duration,
    /// How many cells one transaction should bump at most.
    pub cells_per_batch: usize,
    /// The most pages the file may have; for tests of a full disk.
    #[doc(hidden)]
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> SqliteOptions {
        SqliteOptions { busy_timeout: Duration::from_secs(10), cells_per_batch: 100_000, max_pages: None }
    }
}
