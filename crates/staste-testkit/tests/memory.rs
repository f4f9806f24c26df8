//! The conformance suite on the Store in memory.

staste_testkit::conformance!(staste_testkit::in_memory);
