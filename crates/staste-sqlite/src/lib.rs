//! The Store of Staste in one SQLite file, which several processes may share.
//!
//! ```
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("counts.db");
//! use staste::store::Store;
//! use staste::SqliteStore;
//!
//! let store = SqliteStore::at(path); // opens nothing yet
//! assert!(store.capabilities().durable);
//! assert!(store.definitions(None)?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The file is in WAL mode and every commit is synced. Each Metrica has a table of cells, and a view
//! of its own name that shows them to statements in SQL: a [`SqlQuery`], or anyone who opens the file with
//! `sqlite3`.

mod apply;

mod backup;
mod bucket;
mod busy_wait;
mod catalog;
mod cell_reader;
mod cell_writer;
mod clock;

mod dedup;
mod define;
mod descriptors;
mod erase;
mod expire;
mod failure;
mod file_id;
mod forget;
mod fork_gate;
mod log_files;
mod network;
mod options;
mod session;

mod pool;
mod query;
mod read;
mod records;
mod schema;
mod size;
mod sql;
mod store;
mod view;

pub use options::SqliteOptions;
pub use query::{SqlQuery, SqlRows, SqlValue};
pub use store::SqliteStore;
