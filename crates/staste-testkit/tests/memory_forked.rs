//! The claims about forks on the Store in memory, of which a child has an empty one of its own.

staste_testkit::fork_conformance!(staste_testkit::in_memory);
