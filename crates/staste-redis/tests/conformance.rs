//! The contract, held by the Store on Redis.

mod common;

staste_testkit::conformance!(common::in_redis);
