//! The conformance suite on a Valkey server.

mod common;

staste_testkit::conformance!(common::in_valkey);
