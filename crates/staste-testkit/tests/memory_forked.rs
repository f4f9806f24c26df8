//! Forks beside the Store in memory, which a child begins anew.

staste_testkit::fork_conformance!(staste_testkit::in_memory);
