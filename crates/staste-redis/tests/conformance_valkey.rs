//! The contract, held by the Store on Valkey.

mod common;

staste_testkit::conformance!(common::in_valkey);
