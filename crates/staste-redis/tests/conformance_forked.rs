//! Forks of a process with a Store on Redis.

mod common;

staste_testkit::fork_conformance!(common::in_redis);
