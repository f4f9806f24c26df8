//! The claims about forks on the Store on SQLite.

mod common;

staste_testkit::fork_conformance!(common::in_a_file);
