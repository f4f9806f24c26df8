//! What may be set of a store.

use std::time::Duration;

use crate::seed::KeyNaming;

/// Where the cells of metricas lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// A Metrica that the original has counted goes on under the original's keys; any other under own ones.
    #[default]
    Auto,
    /// Own keys; what the original has counted stays as it is.
    Own,
    /// The original's keys, so that it reads and counts along, on one server only. They have no order: choices
    /// are listed numbers first. Retention is the original's, and so is the order of axes; an axis that it called
    /// `id`, `value` or such is called `id_` here. Its values with a colon are reported by
    /// [`warnings`](staste_core::store::Store::warnings).
    Seed,
}

/// How a [`RedisStore`](crate::RedisStore) behaves.
///
/// ```
/// use staste_redis::{RedisOptions, RedisStore};
/// let mut options = RedisOptions::default();
/// options.command_timeout = std::time::Duration::from_secs(2);
/// let store = RedisStore::with("redis://localhost", options)?;
/// # let _ = store;
/// # Ok::<(), staste_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RedisOptions {
    /// What every key begins with; an address may give another one.
    pub prefix: String,
    /// How long connecting may take; an address may say otherwise (`connect-timeout=SECONDS`).
    pub connect_timeout: Duration,
    /// How long the server may take for one request, from the first byte of its reply to the last; an address may say otherwise (`timeout=SECONDS`). A question
    /// waits no longer than its [`TimeLimit`](staste_core::store::TimeLimit) either.
    pub command_timeout: Duration,
    /// How many cells one script call should bump at most: 4,000 take the server 2 to 4 ms, during which
    /// it does nothing else.
    pub cells_per_batch: usize,
    /// How large one reply may be, in bytes, where each number, text and list counts 64 more: 1 GiB, as much as a server
    /// takes in one request. A larger one ends the connection before it is read; while it is read, a reply may take up to
    /// three times as much memory. An address may say otherwise (`reply-limit=MEBIBYTES`).
    pub reply_limit: usize,
    /// Write to a server that evicts keys when its memory is full, too (`evicting=allow` in an address). Whole
    /// buckets can vanish there, and with the marks of batches what prevents that one counts twice, so that by
    /// default such a server is only read. One whose `maxmemory` is 0 evicts nothing.
    pub allow_evicting: bool,
    /// Where the cells of a Metrica lie that is defined for the first time; an address may say otherwise. One
    /// that is remembered stays where it is.
    pub layout: Layout,
    /// The words that the original's setting `STASTE_KEY_NAMING` renamed; an address may give them.
    pub naming: KeyNaming,
}

impl Default for RedisOptions {
    fn default() -> RedisOptions {
        RedisOptions {
            prefix: "staste".to_owned(),
            connect_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(10),
            cells_per_batch: 4_000,
            reply_limit: 1 << 30,
            allow_evicting: false,
            layout: Layout::default(),
            naming: KeyNaming::default(),
        }
    }
}
