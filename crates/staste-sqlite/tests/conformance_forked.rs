//! Forks beside the Store on SQLite.

use std::sync::Arc;

use staste_sqlite::SqliteStore;
use staste_testkit::Place;

/// A place in a folder that goes with the test.
fn in_a_file() -> Place {
    let directory = tempfile::tempdir().expect("a temporary folder can be made");
    Place::new(move || Arc::new(SqliteStore::at(directory.path().join("counts.db"))))
}

staste_testkit::fork_conformance!(in_a_file);
