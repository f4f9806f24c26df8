//! The options of a store.

use std::time::Duration;

/// Options of a [`SqliteStore`](crate::SqliteStore).
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
    /// Maximum time that a write waits for the writes of other processes (default: 10 seconds).
    pub busy_timeout: Duration,
    /// Maximum number of cells in one transaction, by estimate (default: 100,000).
    pub cells_per_batch: usize,
    /// Maximum number of pages of the file, for tests of a full disk.
    #[doc(hidden)]
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> SqliteOptions {
        SqliteOptions { busy_timeout: Duration::from_secs(10), cells_per_batch: 100_000, max_pages: None }
    }
}
