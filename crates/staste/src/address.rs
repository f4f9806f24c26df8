//! `Address`: the location of a Store as text, and the handle that it opens.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use staste_core::store::{Scheme, Store};
use staste_core::{Clock, Error, MemoryStore, RecorderOptions, Result, Staste};

/// The location of a Store:
///
/// - `sqlite:PATH`: a file;
/// - `redis://HOST:PORT/DATABASE`, `unix:SOCKET?db=DATABASE`: a server of Redis or Valkey;
/// - `redis-sentinel://HOST:PORT,HOST:PORT/SERVICE/DATABASE`: the primary that sentinels report;
/// - `redis-cluster://HOST:PORT,HOST:PORT`: a cluster;
/// - `memory:`: this process.
///
/// `rediss`, `rediss-sentinel` and `rediss-cluster` connect by TLS. `USER:PASSWORD@` comes before the hosts, and
/// `?prefix=PREFIX` at the end separates stores on the same servers. With `?layout=legacy` new metricas get the keys of the
/// original Staste of 2011, with `?layout=own` all metricas get our own keys; without either, a Metrica that the original
/// counted keeps its keys.
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
#[derive(Clone)]
pub struct Address {
    store: Arc<dyn Store>,
    /// The file the Store is in, as it was given.
    file: Option<PathBuf>,
    /// The address without secrets.
    display: String,
}

/// The Stores that this build can open. The first one is suggested for a text without a scheme.
const SCHEMES: &[Scheme] = &[
    #[cfg(feature = "sqlite")]
    staste_sqlite::SqliteStore::SCHEME,
    #[cfg(feature = "redis")]
    staste_redis::RedisStore::SCHEME,
    MemoryStore::SCHEME,
];

/// The feature that a scheme needs, if this build lacks it.
fn missing_feature(name: &str) -> Option<&'static str> {
    let server = name.split_once('-').map_or(name, |(server, _)| server);
    match server {
        "sqlite" if cfg!(not(feature = "sqlite")) => Some("sqlite"),
        "redis" | "rediss" | "valkey" | "valkeys" | "unix" if cfg!(not(feature = "redis")) => Some("redis"),
        _ => None,
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is of no known kind, or this build lacks the feature for it; the message shows what it may have
    /// meant, and no secrets.
    pub fn parse(text: &str) -> Result<Address> {
        let name = text.split_once(':').map_or("", |(name, _)| name);
        if let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.has_name(name)) {
            let store = (scheme.open)(text)?;
            let file = (scheme.file)(text).map(Path::to_path_buf);
            let display = if file.is_some() { text.to_owned() } else { store.address() };
            return Ok(Address { store, file, display });
        }
        if let Some(feature) = missing_feature(name) {
            return Err(Error::unsupported(format!(
                "this program was built without the feature {feature}, which {name}: needs: cargo add staste --features \
                 {feature}"
            )));
        }
        let problem = if text.is_empty() {
            format!("it is empty; give {}", examples())
        } else if is_scheme(name) {
            format!("{name} is an unknown scheme; give {}", examples())
        } else if let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.has_name(text)) {
            format!("did you mean {}?", scheme.example)
        } else {
            let suggested = SCHEMES.first().and_then(|scheme| scheme.names.first()).unwrap_or(&"memory");
            format!("it has no scheme; did you mean {suggested}:{}?", masked(text))
        };
        Err(Error::invalid_input(format!("{:?} is not the address of a store: {problem}", masked(text))))
    }

    /// The Store. Nothing is opened yet: a file that cannot be opened shows at the first flush or question.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// The file the Store is in, when it is in one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// False when the Store is in a file that does not exist. A file that cannot be looked up is left for the Store to
    /// report.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.file().is_none_or(|path| path.try_exists().unwrap_or(true))
    }
}

/// How addresses are written: `sqlite:PATH, redis://HOST or memory:`.
fn examples() -> String {
    let examples: Vec<&str> = SCHEMES.iter().map(|scheme| scheme.example).collect();
    match examples.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => examples.concat(),
    }
}

/// An address without user and password, which may be a secret.
fn masked(text: &str) -> String {
    match text.split_once("//").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
        Some((scheme, Some((_, host)))) => format!("{scheme}//...@{host}"),
        _ => text.to_owned(),
    }
}

/// One letter is the drive of a path rather than a scheme.
fn is_scheme(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.display).finish()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_names_are_unique() {
        let mut names: Vec<&str> = SCHEMES.iter().flat_map(|scheme| scheme.names).copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|name| is_scheme(name) && missing_feature(name).is_none()));
    }

    #[test]
    fn examples_name_every_store() {
        let expected = match (cfg!(feature = "sqlite"), cfg!(feature = "redis")) {
            (true, true) => "sqlite:PATH, such as sqlite:staste.db, redis://HOST or memory:",
            (true, false) => "sqlite:PATH, such as sqlite:staste.db or memory:",
            (false, true) => "redis://HOST or memory:",
            (false, false) => "memory:",
        };
        assert_eq!(examples(), expected);
    }

    #[test]
    fn invalid_address_is_explained() {
        for (text, expected) in [
            ("", "it is empty; give "),
            ("mysql://x", "mysql is an unknown scheme; give "),
            ("memory", "did you mean memory:?"),
            ("memory:x", "nothing follows the colon"),
            ("C:/counts.db", "it has no scheme; did you mean "),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.is_invalid_input() && error.to_string().contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn secrets_are_never_shown() {
        for text in [
            "redis://me:s3cret@localhost/2",
            "redis://me:s3cret@localhost/two",
            "redis-cluster://me:s3cret@a,b",
            "mysql://me:s3cret@localhost",
        ] {
            let shown = match Address::parse(text) {
                Ok(address) => format!("{address} {address:?} {:?}", address.store()),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("s3cret"), "{shown}");
        }
    }

    #[test]
    fn memory_address_is_one_store() {
        let address = Address::parse("memory:").unwrap();
        assert!(address.exists() && address.file().is_none());
        assert!(Arc::ptr_eq(&address.store(), &address.store()));
        assert_eq!(address.to_string(), "memory:");
    }
}
