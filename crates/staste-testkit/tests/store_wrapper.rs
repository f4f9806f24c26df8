//! A Store that wraps another passes the suite: an example for tests of a new Store, and the proof that
//! [`InterceptedStore`] passes every operation on.

use std::sync::Arc;

use staste_core::MemoryStore;
use staste_testkit::{CapabilityLimits, LimitedStore, StoreLocation};

/// The location of a Store behind a wrapper that changes nothing.
fn wrapped() -> StoreLocation {
    let store = Arc::new(MemoryStore::new());
    StoreLocation::new(move || {
        Arc::new(LimitedStore::new(CapabilityLimits::default(), Arc::clone(&store) as _))
    })
}

staste_testkit::conformance!(wrapped);
