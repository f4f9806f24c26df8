//! `StoreAddress`: the address of a store, as people give it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use staste_core::MemoryStore;
use staste_core::store::Store;
use staste_sqlite::SqliteStore;

use crate::failure::{Failure, Result};

/// Where the counts are.
#[derive(Clone, Debug)]
pub(crate) enum StoreAddress {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// The memory of this process: gone when it ends.
    Memory,
}

impl StoreAddress {
    /// Reads `sqlite:PATH` or `memory:`.
    ///
    /// # Errors
    /// When it is neither; the message says what it may have meant.
    pub(crate) fn parse(text: &str) -> Result<StoreAddress> {
        let refused = |problem: &str| Failure::input(format!("the store {text:?} {problem}"));
        if text == "memory:" || text == "memory" {
            return Ok(StoreAddress::Memory);
        }
        if text.starts_with("sqlite:") {
            SqliteStore::parse(text)?;
            return Ok(StoreAddress::Sqlite(PathBuf::from(text.trim_start_matches("sqlite:"))));
        }
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        match scheme {
            Some("redis" | "rediss" | "redis-cluster" | "redis-sentinel" | "valkey") => {
                Err(refused("is a Redis server, which comes with a later version of staste")
                    .help("for now use sqlite:PATH, such as sqlite:staste.db"))
            }
            Some(scheme) if is_scheme(scheme) => Err(refused(&format!("has the unknown scheme {scheme:?}"))
                .help("give sqlite:PATH, such as sqlite:staste.db, or memory:")),
            _ if text.is_empty() => {
                Err(refused("is empty").help("give sqlite:PATH, such as sqlite:staste.db"))
            }
            _ => Err(refused("has no scheme").help(format!("did you mean sqlite:{text}?"))),
        }
    }

    /// The store; nothing is opened yet.
    ///
    /// # Errors
    /// When the address is none.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>> {
        Ok(match self {
            StoreAddress::Sqlite(path) => Arc::new(SqliteStore::at(path)),
            StoreAddress::Memory => Arc::new(MemoryStore::new()),
        })
    }

    /// The file, when it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            StoreAddress::Sqlite(path) => Some(path),
            StoreAddress::Memory => None,
        }
    }

    /// True when there is a store; a file that cannot be looked at is left for opening it to report.
    pub(crate) fn exists(&self) -> bool {
        self.file().is_none_or(|path| path.try_exists().unwrap_or(true))
    }
}

/// One letter is the drive of a path rather than a scheme.
fn is_scheme(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreAddress::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            StoreAddress::Memory => f.write_str("memory:"),
        }
    }
}
