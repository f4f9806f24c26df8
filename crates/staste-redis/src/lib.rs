//! The Store of Staste on Redis or Valkey, which several machines can share: on one server, on the primary that
//! sentinels name, or on a cluster.
//!
//! ```no_run
//! use staste_core::Staste;
//! use staste_redis::RedisStore;
//!
//! let staste = Staste::new(RedisStore::parse("redis://localhost:6379/0")?); // opens nothing yet
//! # Ok::<(), staste_core::Error>(())
//! ```
//!
//! Every key of a Metrica starts with the prefix and the name of the Metrica as its hash tag: `staste:{guests}:`. A bucket
//! is a hash of points and totals, with a second hash of counts for averaged metricas. A batch is one call of a script, and
//! so is a question. A Metrica that the original of 2011 has counted continues under the original's keys, see
//! [`KeyLayout`]. The [`warnings`](staste_core::store::Store::warnings) of the Store say which settings of the server put
//! counts at risk.
//!
//! Each module imports only from those below it: `store` runs the `operations` on a `client` of the pool. A client has a
//! `catalog` of the metricas it knows, each with its `layout`, and a session of `connections`. The `layout` is where
//! Metricas of this program and those of the original differ, and nothing else knows which of the two it is.
#![forbid(unsafe_code)]

mod address;
mod catalog;
mod client;
mod connections;
mod key_words;
mod keys;
mod layout;
mod metrica;
mod operations;
mod options;
mod scripts;
mod store;

pub use key_words::KeyWords;
pub use options::{KeyLayout, RedisOptions};
pub use store::RedisStore;
