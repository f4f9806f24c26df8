//! The conformance suite on a Redis server.

mod common;

staste_testkit::conformance!(common::in_redis);
