//! From an address to a handle on its Store.

use std::sync::Arc;

use staste_core::store::Store;
use staste_core::{Clock, Error, MemoryStore, Options, Result, Staste};

/// A handle on the Store at an address: `sqlite:PATH` or `memory:`.
///
/// Nothing is opened yet: a file that cannot be opened shows at the first flush or question.
///
/// ```
/// let staste = staste::open("memory:")?;
/// assert!(staste::open("guests.db").unwrap_err().to_string().contains("sqlite:guests.db"));
/// # let _ = staste;
/// # Ok::<(), staste::Error>(())
/// ```
///
/// # Errors
/// When the address is of no known kind, or this build lacks the feature for it.
pub fn open(address: &str) -> Result<Staste> {
    Ok(Staste::with(store(address)?, Clock::system(), Options::default()))
}

fn store(address: &str) -> Result<Arc<dyn Store>> {
    let kind = address.split_once(':').map_or("", |(kind, _)| kind);
    match kind {
        "memory" if address == "memory:" => Ok(Arc::new(MemoryStore::new())),
        #[cfg(feature = "sqlite")]
        "sqlite" => Ok(Arc::new(staste_sqlite::SqliteStore::parse(address)?)),
        "redis" | "rediss" | "redis-cluster" | "redis-sentinel" => Err(Error::unsupported(format!(
            "this version of staste has no store for {kind}: addresses; use sqlite:PATH or memory:"
        ))),
        _ => Err(Error::input(format!(
            "{address:?} is no address of a store; give sqlite:PATH or memory: (did you mean sqlite:{address}?)"
        ))),
    }
}
