//! The Store of Staste on Redis or Valkey, which several machines may share: on one server, on the primary
//! that sentinels name, or on a cluster.
//!
//! ```no_run
//! use staste_core::Staste;
//! use staste_redis::RedisStore;
//!
//! let staste = Staste::new(RedisStore::parse("redis://localhost:6379/0")?); // opens nothing yet
//! # Ok::<(), staste_core::Error>(())
//! ```
//!
//! Every key of a Metrica begins with the prefix and the Metrica's name as hash tag: `staste:{guests}:`.
//! A bucket is a hash of points and totals, and for averaged metricas a second one with counts. A batch is
//! one call of a script, and so is a question. A Metrica that the original of 2011 has counted goes on under the
//! original's keys, see [`Layout`]. The Store's [`warnings`](staste_core::store::Store::warnings) tell what the server
//! should be set to.
#![forbid(unsafe_code)]

mod address;
mod amounts;
mod apply;
mod apply_attempt;
mod catalog;
mod cell_keys;
mod cells;
mod choices;
mod client;
mod connections;
mod dedup;
mod define;
mod erase;
mod faults;
mod forget;
mod keys;
mod options;
mod point;
mod point_lookup;
mod read;
mod records;
mod scripts;
mod seed;
mod server_warnings;
mod size;
mod state;
mod store;
mod watermarks;

pub use options::{Layout, RedisOptions};
pub use seed::KeyNaming;
pub use store::RedisStore;
