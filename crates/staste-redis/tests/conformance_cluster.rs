//! The contract, held by the Store on a cluster.

mod common;

staste_testkit::conformance!(common::in_cluster);
