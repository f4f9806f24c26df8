//! The Store of Staste in one SQLite file, which several processes can share.
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
//! The file is in WAL mode, and every commit is synced. Each Metrica has a table of cells, and a view of its name that
//! shows the cells to SQL: to a [`SqlQuery`], or to the program `sqlite3`.

mod cells;
mod connections;
mod descriptors;
mod failure;
mod file_id;
mod lock;
mod metrica;
mod operations;
mod options;
mod query;
mod schema;
mod sql;
mod store;

pub use options::SqliteOptions;
pub use query::{SqlQuery, SqlRows, SqlValue};
pub use store::SqliteStore;
