//! The conformance suite on the Store on SQLite.

mod common;

staste_testkit::conformance!(common::in_a_file);
