//! The location of one test's data, which can be opened again as another process would.

use std::fmt;
use std::sync::Arc;

use staste_core::MemoryStore;
use staste_core::store::Store;

/// A new, empty location for data. Every Store opened on it sees the same data, as in another process. To see what is
/// durable, a test drops its Stores and opens the location again.
///
/// ```
/// use std::sync::Arc;
/// use staste_core::MemoryStore;
/// use staste_testkit::StoreLocation;
///
/// let store = Arc::new(MemoryStore::new());
/// let location = StoreLocation::new(move || Arc::clone(&store) as _);
/// assert_eq!(location.open().address(), "memory:");
/// ```
pub struct StoreLocation {
    open: Box<dyn Fn() -> Arc<dyn Store>>,
}

/// Creates new locations; the argument of [`conformance!`](crate::conformance!).
pub type Factory<'a> = &'a dyn Fn() -> StoreLocation;

impl StoreLocation {
    /// Creates a location from a function that opens a Store on its data. The function owns what holds the data, such
    /// as a temporary folder or a server, which is deleted with the location.
    pub fn new(open: impl Fn() -> Arc<dyn Store> + 'static) -> StoreLocation {
        StoreLocation { open: Box::new(open) }
    }

    /// Opens another Store on the data.
    pub fn open(&self) -> Arc<dyn Store> {
        (self.open)()
    }
}

impl fmt::Debug for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreLocation({})", self.open().address())
    }
}

/// Creates a location in memory: one Store that all handles share.
pub fn in_memory() -> StoreLocation {
    let store = Arc::new(MemoryStore::new());
    StoreLocation::new(move || Arc::clone(&store) as Arc<dyn Store>)
}
