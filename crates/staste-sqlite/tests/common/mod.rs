//! Folders for the tests, with what they share with those of other Stores.
#![allow(dead_code, reason = "each test file uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::path::PathBuf;

use rusqlite::Connection;
use staste_sqlite::SqliteStore;
#[allow(unused_imports, reason = "each test file uses its own part of this")]
pub(crate) use staste_testkit::{NOW, batches::*};

/// A folder that goes with the test, and the file of a store in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.file("counts.db")
    }

    /// Another store on the same file, as another process has it.
    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::at(self.path())
    }

    /// The file as any other program opens it.
    pub(crate) fn raw(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// The one number that a statement of any other program finds.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.raw().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
