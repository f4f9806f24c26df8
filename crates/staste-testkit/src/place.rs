//! A place: where one test's data lies, and how another process opens it.

use std::fmt;
use std::sync::Arc;

use staste_core::store::Store;

/// A fresh, empty home for data. Every handle opened on it sees the same data, as another process
/// would; a test drops its handles and opens the place again to see what is durable.
///
/// ```
/// use std::sync::Arc;
/// use staste_core::MemoryStore;
/// use staste_testkit::Place;
///
/// let store = Arc::new(MemoryStore::new());
/// let place = Place::new(move || Arc::clone(&store) as _);
/// assert_eq!(place.open().address(), "memory:");
/// ```
pub struct Place {
    open: Box<dyn Fn() -> Arc<dyn Store>>,
}

/// Makes fresh places; what a Store's test file gives to [`conformance!`](crate::conformance!).
pub type Factory<'a> = &'a dyn Fn() -> Place;

impl Place {
    /// A place whose data `open` gives a new handle on. What holds the data (a temporary folder, a
    /// server) belongs into the closure, and goes with the place.
    pub fn new(open: impl Fn() -> Arc<dyn Store> + 'static) -> Place {
        Place { open: Box::new(open) }
    }

    /// A handle of its own on the data.
    pub fn open(&self) -> Arc<dyn Store> {
        (self.open)()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.open().address())
    }
}

/// Places in memory: one Store that every handle shares.
pub fn in_memory() -> Place {
    let store = Arc::new(staste_core::MemoryStore::new());
    Place::new(move || Arc::clone(&store) as Arc<dyn Store>)
}
