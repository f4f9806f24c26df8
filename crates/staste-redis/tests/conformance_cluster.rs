//! The conformance suite on a Redis cluster.

mod common;

staste_testkit::conformance!(common::in_cluster);
