//! `Address`: where a Store is, as text; and from there to a handle on it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use staste_core::store::Store;
use staste_core::{Clock, Error, MemoryStore, RecorderOptions, Result, Staste};

/// Where a Store is:
///
/// - `sqlite:PATH`: a file;
/// - `redis://HOST:PORT/DATABASE`, `unix:SOCKET?db=DATABASE`: a server of Redis or Valkey;
/// - `redis-sentinel://HOST:PORT,HOST:PORT/SERVICE/DATABASE`: the primary that sentinels name;
/// - `redis-cluster://HOST:PORT,HOST:PORT`: a cluster;
/// - `memory:`: this process.
///
/// Servers are connected to by TLS with `rediss`, `rediss-sentinel` and `rediss-cluster`; `USER:PASSWORD@` may
/// stand before the hosts, and `?prefix=PREFIX` at the end tells stores in the same servers apart. With
/// `?layout=legacy` new metricas get the keys of the original Staste of 2011, with `?layout=own` none does; without
/// either, those go on under them that it has counted.
///
/// ```
/// use staste::Address;
///
/// let address = Address::parse("sqlite:counts/guests.db")?;
/// assert_eq!(address.file(), Some("counts/guests.db".as_ref()));
/// assert_eq!(address.to_string(), "sqlite:counts/guests.db");
/// assert!(Address::parse("memory:")?.file().is_none());
///
/// let refused = Address::parse("guests.db").unwrap_err();
/// assert!(refused.to_string().contains("did you mean sqlite:guests.db?"));
/// # Ok::<(), staste::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Address(Place);

#[derive(Clone, Debug)]
enum Place {
    /// A SQLite file.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "this build cannot open one"))]
    File(PathBuf),
    /// A server of Redis or Valkey.
    #[cfg(feature = "redis")]
    Server(Arc<staste_redis::RedisStore>),
    /// The memory of this process: gone when it ends.
    Memory,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is of no known kind, or this build lacks the feature for it; the message says what it may have
    /// meant.
    pub fn parse(text: &str) -> Result<Address> {
        let none = |problem: String| {
            Err(Error::input(format!("{:?} is not the address of a store: {problem}", masked(text))))
        };
        let kind = text.split_once(':').map_or("", |(kind, _)| kind);
        match kind {
            "memory" if text == "memory:" => Ok(Address(Place::Memory)),
            #[cfg(feature = "sqlite")]
            "sqlite" => {
                staste_sqlite::SqliteStore::parse(text)?;
                // As it was given: the Store makes it absolute.
                Ok(Address(Place::File(text.strip_prefix("sqlite:").unwrap_or(text).into())))
            }
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(Error::unsupported(format!(
                "this program was built without the feature sqlite, which {text} needs: cargo add staste --features sqlite"
            ))),
            #[cfg(feature = "redis")]
            _ if is_of_servers(kind) => {
                Ok(Address(Place::Server(Arc::new(staste_redis::RedisStore::parse(text)?))))
            }
            #[cfg(not(feature = "redis"))]
            _ if is_of_servers(kind) => Err(Error::unsupported(format!(
                "this program was built without the feature redis, which {kind}: needs: cargo add staste --features redis"
            ))),
            _ if text.is_empty() => none(
                "it is empty; give sqlite:PATH, such as sqlite:staste.db, redis://HOST or memory:".to_owned(),
            ),
            _ if is_scheme(kind) => none(format!(
                "{kind} is an unknown scheme; give sqlite:PATH, such as sqlite:staste.db, redis://HOST or memory:"
            )),
            _ if text == "memory" => none("did you mean memory:?".to_owned()),
            _ => none(format!("it has no scheme; did you mean sqlite:{}?", masked(text))),
        }
    }

    /// The Store. Nothing is opened yet: a file that cannot be opened shows at the first flush or question.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        match &self.0 {
            #[cfg(feature = "sqlite")]
            Place::File(path) => Arc::new(staste_sqlite::SqliteStore::at(path)),
            #[cfg(feature = "redis")]
            Place::Server(store) => Arc::clone(store) as Arc<dyn Store>,
            _ => Arc::new(MemoryStore::new()),
        }
    }

    /// The file the Store is in, when it is in one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            _ => None,
        }
    }
}

/// An address without user and password, which may be a secret.
fn masked(text: &str) -> String {
    match text.split_once("//").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
        Some((scheme, Some((_, host)))) => format!("{scheme}//...@{host}"),
        _ => text.to_owned(),
    }
}

/// The schemes of Redis and Valkey: of one server, of sentinels and of a cluster.
fn is_of_servers(scheme: &str) -> bool {
    let (server, ending) = scheme.split_once('-').unwrap_or((scheme, ""));
    scheme == "unix"
        || (["redis", "rediss", "valkey", "valkeys"].contains(&server)
            && ["", "sentinel", "cluster"].contains(&ending))
}

/// One letter is the drive of a path rather than a scheme.
fn is_scheme(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => write!(f, "sqlite:{}", path.display()),
            #[cfg(feature = "redis")]
            Place::Server(store) => f.write_str(&store.address()),
            Place::Memory => f.write_str("memory:"),
        }
    }
}

/// A handle on the Store at an address: `sqlite:PATH`, `redis://HOST:PORT/DATABASE` or `memory:`.
///
/// Nothing is opened yet: a file that cannot be opened shows at the first flush or question.
///
/// ```
/// let staste = staste::open("memory:")?;
/// assert!(staste.definitions()?.is_empty());
/// # Ok::<(), staste::Error>(())
/// ```
///
/// # Errors
/// As [`Address::parse`] and [`Clock::from_env`].
pub fn open(address: &str) -> Result<Staste> {
    Ok(Staste::with(Address::parse(address)?.store(), Clock::from_env()?, RecorderOptions::default()))
}
