//! The address of a server: how it is written, and how it is shown without secrets.

use std::fmt;
use std::path::PathBuf;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};
use staste_core::{Error, Result};

/// How addresses are written.
const FORMS: &str = "write redis://HOST:PORT/DATABASE, redis://USER:PASSWORD@HOST, or unix:PATH?db=DATABASE";

/// Where a server is, and as whom to talk to it.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) info: ConnectionInfo,
    /// Without user and password.
    pub(crate) shown: String,
    /// The prefix of keys, when the address gives one.
    pub(crate) prefix: Option<String>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.shown).finish()
    }
}

/// What may follow the question mark.
#[derive(Default)]
struct Query {
    database: Option<i64>,
    user: Option<String>,
    password: Option<String>,
    prefix: Option<String>,
}

impl Address {
    /// Reads an address.
    pub(crate) fn parse(address: &str) -> Result<Address> {
        let (place, query) = address.split_once('?').unwrap_or((address, ""));
        let query = Query::parse(query).map_err(|advice| refused(address, &advice))?;
        let mut parsed = match place.split_once(':') {
            Some(("unix", path)) => {
                Address::unix(path, &query).map_err(|advice| refused(address, &advice))?
            }
            Some(("redis" | "valkey" | "rediss" | "valkeys", _)) => Address::tcp(address, place, &query)?,
            Some(("sqlite", _)) => return Err(refused(address, "that is a store on SQLite")),
            _ => return Err(refused(address, FORMS)),
        };
        if let Some(prefix) = &query.prefix {
            check_prefix(prefix).map_err(|advice| refused(address, &advice))?;
            let separator = if parsed.shown.contains('?') { '&' } else { '?' };
            parsed.shown = format!("{}{separator}prefix={prefix}", parsed.shown);
        }
        parsed.prefix = query.prefix;
        Ok(parsed)
    }

    fn unix(path: &str, query: &Query) -> Result<Address, String> {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err("the path of the socket is missing; write unix:PATH".to_owned());
        }
        let mut redis = RedisConnectionInfo::default();
        let mut shown = format!("unix:{path}");
        if let Some(database) = query.database {
            redis = redis.set_db(database);
            shown = format!("{shown}?db={database}");
        }
        if let Some(user) = &query.user {
            redis = redis.set_username(user);
        }
        if let Some(password) = &query.password {
            redis = redis.set_password(password);
        }
        let info = ConnectionAddr::Unix(PathBuf::from(path)).into_connection_info();
        let info = info.map_err(|error| error.to_string())?.set_redis_settings(redis);
        Ok(Address { info, shown, prefix: None })
    }

    fn tcp(address: &str, place: &str, query: &Query) -> Result<Address> {
        if query.database.is_some() || query.user.is_some() || query.password.is_some() {
            let advice = "only prefix may follow the question mark here; the database is the path, and user and \
                          password stand before the host";
            return Err(refused(address, advice));
        }
        // The library's own message would repeat the password.
        let info = place.into_connection_info().map_err(|_| refused(address, FORMS))?;
        if !info.addr().is_supported() {
            return Err(refused(address, "connections by TLS cannot be made yet; use a tunnel"));
        }
        let (scheme, host, port) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => ("redis", host, port),
            ConnectionAddr::TcpTls { host, port, .. } => ("rediss", host, port),
            _ => return Err(refused(address, FORMS)),
        };
        let host =
            if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.clone() };
        let shown = format!("{scheme}://{host}:{port}/{}", info.redis_settings().db());
        Ok(Address { info, shown, prefix: None })
    }
}

impl Query {
    fn parse(text: &str) -> Result<Query, String> {
        let mut query = Query::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "db" => {
                    let database =
                        value.parse().map_err(|_| format!("{value:?} is no number of a database"))?;
                    query.database = Some(database);
                }
                "user" => query.user = Some(value.to_owned()),
                "pass" => query.password = Some(value.to_owned()),
                "prefix" => query.prefix = Some(value.to_owned()),
                _ => {
                    return Err(format!("there is no setting {name:?}; there are db, user, pass and prefix"));
                }
            }
        }
        Ok(query)
    }
}

/// Checks a prefix of keys: a brace would be taken for the hash tag.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), String> {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
    if prefix.is_empty() || prefix.len() > 100 || !prefix.chars().all(is_fine) {
        return Err(format!("{prefix:?} is no prefix of keys: give letters, digits and _ . : -"));
    }
    Ok(())
}

fn refused(address: &str, advice: &str) -> Error {
    Error::input(format!("{:?} is no address of a store: {advice}", without_secrets(address)))
}

/// The address with what may be a user and a password cut out.
fn without_secrets(address: &str) -> String {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let place = match (place.split_once("://"), place.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://...@{host}"),
        _ => place.to_owned(),
    };
    if query.is_empty() { place } else { format!("{place}?...") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        for (address, shown) in [
            ("redis://localhost", "redis://localhost:6379/0"),
            ("redis://me:s3cret@db.example:7000/3", "redis://db.example:7000/3"),
            ("redis://:s3cret@[::1]:7000/3?prefix=a:b", "redis://[::1]:7000/3?prefix=a:b"),
            ("valkey://localhost/1", "redis://localhost:6379/1"),
            ("unix:/run/redis.sock", "unix:/run/redis.sock"),
            ("unix:///run/redis.sock?db=2&user=me&pass=s3cret", "unix:/run/redis.sock?db=2"),
            ("unix:redis.sock?prefix=x", "unix:redis.sock?prefix=x"),
        ] {
            let parsed = Address::parse(address).unwrap();
            assert_eq!(parsed.shown, shown);
            assert!(!parsed.shown.contains("s3cret"));
        }
        let parsed = Address::parse("unix:/s?db=2&user=me&pass=s3cret").unwrap();
        let redis = parsed.info.redis_settings();
        assert_eq!((redis.db(), redis.username(), redis.password()), (2, Some("me"), Some("s3cret")));
    }

    #[test]
    fn what_is_no_address_is_refused_without_secrets() {
        for address in [
            "localhost:6379",
            "redis://me:s3cret@localhost:99999",
            "redis://me:s3cret@localhost/three",
            "redis://me:s3cret@localhost?db=3",
            "redis://me:s3cret@localhost?prefix={x}",
            "unix:",
            "unix:/s?db=x&pass=s3cret",
            "unix:/s?password=s3cret",
            "sqlite:counts.db",
            "",
        ] {
            let error = Address::parse(address).unwrap_err();
            assert!(error.is_input(), "{error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
