//! Temporary folders with a store in them, and the fixtures of the testkit.
#![allow(dead_code, reason = "each test file uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use staste_sqlite::SqliteStore;
use staste_testkit::StoreLocation;
#[allow(unused_imports, reason = "each test file uses its own part of this")]
pub(crate) use staste_testkit::{NOW, store_fixtures::*};

/// Creates the location of a store in a temporary folder.
pub(crate) fn in_a_file() -> StoreLocation {
    let folder = Folder::new();
    StoreLocation::new(move || Arc::new(folder.store()))
}

/// A temporary folder with the file of a store, deleted when it is dropped.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the path of the file of the store.
    pub(crate) fn path(&self) -> PathBuf {
        self.file("counts.db")
    }

    /// Creates another store on the same file, as another process would.
    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::at(self.path())
    }

    /// Opens the file as another program does, without Staste.
    pub(crate) fn connection(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Reads one number by a statement of another program.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
