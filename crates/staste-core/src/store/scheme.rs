//! How addresses name a kind of Store, and how it is opened.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::store::Store;

/// A kind of Store, as addresses name it. Each Store has one, such as
/// [`MemoryStore::SCHEME`](crate::MemoryStore::SCHEME).
///
/// ```
/// use staste::MemoryStore;
///
/// let scheme = MemoryStore::SCHEME;
/// assert!(scheme.has_name("memory"));
/// let store = (scheme.open)("memory:")?;
/// assert!(store.definitions(None)?.is_empty());
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Scheme {
    /// The texts before the colon of an address. No other Store has one of them.
    pub names: &'static [&'static str],
    /// How an address is written, for messages: `redis://HOST`.
    pub example: &'static str,
    /// Returns the Store at an address. Nothing is opened yet; an invalid address is an error that shows no secrets.
    pub open: fn(&str) -> Result<Arc<dyn Store>>,
    /// Returns the file of an address, if the Store is in one. Such an address has no secrets.
    pub file: fn(&str) -> Option<&Path>,
}

impl Scheme {
    /// Returns true when addresses of this Store start with `name` and a colon.
    pub fn has_name(&self, name: &str) -> bool {
        self.names.contains(&name)
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheme").field("names", &self.names).finish_non_exhaustive()
    }
}
