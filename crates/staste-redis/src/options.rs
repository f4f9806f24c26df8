//! What may be set of a store.

use std::time::Duration;

/// How a [`RedisStore`](crate::RedisStore) behaves.
///
/// ```
/// use staste_redis::{Options, RedisStore};
/// let mut options = Options::default();
/// options.command_timeout = std::time::Duration::from_secs(2);
/// let store = RedisStore::with("redis://localhost", options)?;
/// # let _ = store;
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What every key begins with; an address may give another one.
    pub prefix: String,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the server may take for one request.
    pub command_timeout: Duration,
    /// How many cells one script call should bump at most: 2,000 take the server about 5 ms, during which
    /// it does nothing else.
    pub cells_per_batch: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            prefix: "staste".to_owned(),
            connect_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(10),
            cells_per_batch: 2_000,
        }
    }
}
