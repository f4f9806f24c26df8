//! The address of servers: parsing it, and displaying it without secrets.

mod query;
pub(crate) mod topology;

use std::fmt;
use std::path::PathBuf;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};
use staste_core::{Error, Result};

use query::{LayoutSettings, Overrides, Query};
use topology::{Node, Tls, Topology};

/// The forms of an address, for messages.
const FORMS: &str = "write redis://HOST:PORT/DATABASE, redis://USER:PASSWORD@HOST, unix:PATH?db=DATABASE, \
                     redis-sentinel://HOST:PORT,HOST:PORT/SERVICE/DATABASE or redis-cluster://HOST:PORT,HOST:PORT; rediss, \
                     rediss-sentinel and rediss-cluster connect by TLS";
/// The schemes of addresses.
pub(crate) const SCHEMES: [&str; 13] = [
    "redis",
    "rediss",
    "valkey",
    "valkeys",
    "redis-sentinel",
    "rediss-sentinel",
    "valkey-sentinel",
    "valkeys-sentinel",
    "redis-cluster",
    "rediss-cluster",
    "valkey-cluster",
    "valkeys-cluster",
    "unix",
];
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// Servers, and how to connect to them.
#[derive(Clone)]
pub(crate) struct Address {
    /// The first server, with the login that all servers get.
    pub(crate) info: ConnectionInfo,
    pub(crate) topology: Topology,
    pub(crate) tls: Tls,
    /// The address without user, password and other secrets.
    pub(crate) display: String,
    /// The prefix of keys, if the address has one.
    pub(crate) prefix: Option<String>,
    /// Settings of the layout of keys.
    pub(crate) layout: LayoutSettings,
    /// Options that the address sets.
    pub(crate) overrides: Overrides,
}

/// What the scheme of an address names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SchemeKind {
    Server,
    Sentinels,
    Cluster,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.display).finish()
    }
}

impl Address {
    /// Parses an address.
    pub(crate) fn parse(address: &str) -> Result<Address> {
        Address::read(address).map_err(|advice| {
            Error::invalid_input(format!(
                "{:?} is not a valid address of a store: {advice}",
                without_secrets(address)
            ))
        })
    }

    /// Returns how to connect to a node that a cluster or a sentinel names.
    pub(crate) fn info_of(&self, node: &Node) -> ConnectionInfo {
        let (host, port) = (node.host.clone().unwrap_or_default(), node.port);
        self.info.clone().set_addr(ConnectionAddr::Tcp(host, port))
    }

    fn read(address: &str) -> Result<Address, String> {
        let (place, query) = address.split_once('?').unwrap_or((address, ""));
        let Some((scheme, rest)) = place.split_once(':') else { return Err(FORMS.to_owned()) };
        let mut parsed = match scheme {
            "unix" => Address::unix(rest, query)?,
            "redis" | "valkey" => Address::tcp(SchemeKind::Server, false, rest, query)?,
            "rediss" | "valkeys" => Address::tcp(SchemeKind::Server, true, rest, query)?,
            "redis-sentinel" | "valkey-sentinel" => Address::tcp(SchemeKind::Sentinels, false, rest, query)?,
            "rediss-sentinel" | "valkeys-sentinel" => Address::tcp(SchemeKind::Sentinels, true, rest, query)?,
            "redis-cluster" | "valkey-cluster" => Address::tcp(SchemeKind::Cluster, false, rest, query)?,
            "rediss-cluster" | "valkeys-cluster" => Address::tcp(SchemeKind::Cluster, true, rest, query)?,
            "sqlite" => return Err("that is a store on SQLite".to_owned()),
            _ => return Err(FORMS.to_owned()),
        };
        if let Some(prefix) = &parsed.prefix {
            check_prefix(prefix)?;
        }
        let prefix = parsed.prefix.iter().map(|prefix| format!("prefix={prefix}"));
        for setting in parsed.layout.display().into_iter().chain(prefix) {
            let separator = if parsed.display.contains('?') { '&' } else { '?' };
            parsed.display = format!("{}{separator}{setting}", parsed.display);
        }
        Ok(parsed)
    }

    /// Returns the address of a sibling store on the same servers: with another prefix.
    pub(crate) fn sibling(&self) -> String {
        let (base, prefix) = match &self.prefix {
            Some(prefix) => {
                let end = format!("prefix={prefix}");
                let base = self.display.strip_suffix(&end).unwrap_or(&self.display);
                (base.trim_end_matches(['?', '&']), format!("{prefix}-new"))
            }
            None => (self.display.as_str(), "new".to_owned()),
        };
        let separator = if base.contains('?') { '&' } else { '?' };
        format!("{base}{separator}prefix={prefix}")
    }

    fn unix(path: &str, query: &str) -> Result<Address, String> {
        let query = Query::parse(query, query::OF_SOCKET, false)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err("the path of the socket is missing; write unix:PATH".to_owned());
        }
        let mut display = format!("unix:{path}");
        if let Some(database) = query.database {
            display = format!("{display}?db={database}");
        }
        let redis = login(query.user.as_deref(), query.password.as_deref());
        let redis = redis.set_db(query.database.unwrap_or(0));
        let info = ConnectionAddr::Unix(PathBuf::from(path)).into_connection_info();
        let info = info.map_err(|error| error.to_string())?.set_redis_settings(redis);
        Ok(Address {
            info,
            topology: Topology::Single,
            tls: Tls::default(),
            display,
            prefix: query.prefix,
            layout: query.layout,
            overrides: query.overrides,
        })
    }

    fn tcp(kind: SchemeKind, tls: bool, rest: &str, query: &str) -> Result<Address, String> {
        if tls && cfg!(not(feature = "tls")) {
            return Err(
                "this program was built without the feature tls, which connections by TLS need".to_owned()
            );
        }
        let allowed = if kind == SchemeKind::Sentinels { query::OF_SENTINELS } else { query::OF_SERVER };
        let query = Query::parse(query, allowed, tls)?;
        let rest = rest.strip_prefix("//").ok_or(FORMS)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let hosts: Vec<&str> = hosts.split(',').collect();
        let (service, database) = match kind {
            SchemeKind::Sentinels => path.split_once('/').unwrap_or((path, "")),
            SchemeKind::Server | SchemeKind::Cluster => ("", path),
        };
        let default_port = if kind == SchemeKind::Sentinels { SENTINEL_PORT } else { PORT };
        // The library parses user, password and each host; its error messages would contain the password.
        let read = |host: &str| -> Result<(ConnectionInfo, Node), String> {
            let port = if has_port(host) { String::new() } else { format!(":{default_port}") };
            let info = format!("redis://{user}{host}{port}/{database}");
            let info = info.into_connection_info().map_err(|_| FORMS.to_owned())?;
            match info.addr().clone() {
                ConnectionAddr::Tcp(host, port) => Ok((info, Node { host: Some(host), port })),
                _ => Err(FORMS.to_owned()),
            }
        };
        let read: Vec<(ConnectionInfo, Node)> = hosts.into_iter().map(read).collect::<Result<_, _>>()?;
        let (infos, nodes): (Vec<ConnectionInfo>, Vec<Node>) = read.into_iter().unzip();
        let info = infos.first().ok_or(FORMS)?.clone();
        let database = info.redis_settings().db();
        let hosts: Vec<String> = nodes.iter().map(Node::to_string).collect();
        let (name, hosts) = (if tls { "rediss" } else { "redis" }, hosts.join(","));
        let (topology, display) = match kind {
            SchemeKind::Server if nodes.len() == 1 => {
                (Topology::Single, format!("{name}://{hosts}/{database}"))
            }
            SchemeKind::Server => {
                return Err(
                    "it names several servers; write redis-cluster:// or redis-sentinel://".to_owned()
                );
            }
            SchemeKind::Cluster if database == 0 => {
                (Topology::Cluster(nodes), format!("{name}-cluster://{hosts}"))
            }
            SchemeKind::Cluster => {
                return Err("a cluster has database 0 only; leave the database out".to_owned());
            }
            SchemeKind::Sentinels if service.is_empty() => {
                return Err("the service is missing; write redis-sentinel://HOST:PORT/SERVICE".to_owned());
            }
            SchemeKind::Sentinels => {
                let login = login(query.sentinel_user.as_deref(), query.sentinel_password.as_deref());
                let sentinels =
                    infos.into_iter().map(|info| info.set_redis_settings(login.clone())).collect();
                let service = service.to_owned();
                let display = format!("{name}-sentinel://{hosts}/{service}/{database}");
                (Topology::Sentinel { sentinels, service }, display)
            }
        };
        let client_certificate = query.certificate.zip(query.key);
        let tls = Tls { is_used: tls, authority: query.authority, client_certificate };
        Ok(Address {
            info,
            topology,
            tls,
            display,
            prefix: query.prefix,
            layout: query.layout,
            overrides: query.overrides,
        })
    }
}

fn login(user: Option<&str>, password: Option<&str>) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default();
    if let Some(user) = user {
        login = login.set_username(user);
    }
    if let Some(password) = password {
        login = login.set_password(password);
    }
    login
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(before, _)| !before.starts_with('[') || before.ends_with(']'))
}

/// Checks a prefix of keys, which must not contain the braces of a hash tag.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), String> {
    let is_fine = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
    if prefix.is_empty() || prefix.len() > 100 || !prefix.chars().all(is_fine) {
        return Err(format!("invalid prefix {prefix:?}: expected up to 100 letters, digits and _ . : -"));
    }
    Ok(())
}

/// Returns the address without the parts that can hold a user, a password or another secret.
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
    use std::time::Duration;

    use super::*;
    use crate::options::RedisOptions;

    #[test]
    fn address_is_displayed_without_secrets() {
        for (address, display) in [
            ("redis://localhost", "redis://localhost:6379/0"),
            ("redis://me:s3cret@db.example:7000/3", "redis://db.example:7000/3"),
            ("redis://:s3cret@[::1]:7000/3?prefix=a:b", "redis://[::1]:7000/3?prefix=a:b"),
            ("redis://[::1]", "redis://[::1]:6379/0"),
            ("valkey://localhost/1", "redis://localhost:6379/1"),
            ("unix:/run/redis.sock", "unix:/run/redis.sock"),
            ("unix:///run/redis.sock?db=2&user=me&pass=s3cret", "unix:/run/redis.sock?db=2"),
            ("unix:redis.sock?prefix=x", "unix:redis.sock?prefix=x"),
            ("redis-cluster://me:s3cret@a,b:7001,[::1]:1", "redis-cluster://a:6379,b:7001,[::1]:1"),
            ("redis-cluster://a?prefix=p", "redis-cluster://a:6379?prefix=p"),
            ("redis-sentinel://:s3cret@a,b:7/main/2", "redis-sentinel://a:26379,b:7/main/2"),
            ("redis-sentinel://a/main?sentinel-pass=s3cret", "redis-sentinel://a:26379/main/0"),
        ] {
            let parsed = Address::parse(address).unwrap();
            assert_eq!(parsed.display, display);
            assert!(!parsed.display.contains("s3cret"));
        }
    }

    #[test]
    fn tls_address_needs_the_feature() {
        for (address, display) in [
            ("rediss://me:s3cret@db/3?ca=/ca.pem", "rediss://db:6379/3"),
            ("rediss-cluster://a,b?cert=/c.pem&key=/s3cret.pem", "rediss-cluster://a:6379,b:6379"),
            ("valkeys-sentinel://a/main", "rediss-sentinel://a:26379/main/0"),
        ] {
            if cfg!(feature = "tls") {
                let parsed = Address::parse(address).unwrap();
                assert!(parsed.tls.is_used);
                assert_eq!(parsed.display, display);
            } else {
                assert!(Address::parse(address).unwrap_err().to_string().contains("feature tls"));
            }
        }
    }

    #[test]
    fn who_logs_in_is_read() {
        let of = |info: &ConnectionInfo| {
            let redis = info.redis_settings().clone();
            (redis.db(), redis.username().map(str::to_owned), redis.password().map(str::to_owned))
        };
        let some = |text: &str| Some(text.to_owned());
        let parsed = Address::parse("unix:/s?db=2&user=me&pass=s3%26%25cret").unwrap();
        assert_eq!(of(&parsed.info), (2, some("me"), some("s3&%cret")));
        let parsed = Address::parse("redis-cluster://me:s3%40cret@a,b").unwrap();
        let node = Node { host: some("c"), port: 7 };
        assert_eq!(of(&parsed.info_of(&node)), (0, some("me"), some("s3@cret")));
        let parsed =
            Address::parse("redis-sentinel://:s3cret@a/main/3?sentinel-user=he&sentinel-pass=h1s").unwrap();
        assert_eq!(of(&parsed.info_of(&node)), (3, None, some("s3cret")));
        let Topology::Sentinel { sentinels, service } = &parsed.topology else { panic!("{parsed:?}") };
        assert_eq!(service, "main");
        assert_eq!(of(&sentinels[0]), (0, some("he"), some("h1s")));
    }

    #[test]
    fn address_settings_override_options() {
        let options =
            |address: &str| Address::parse(address).unwrap().overrides.apply_to(RedisOptions::default());
        let (default, set) = (options("redis://a"), options("redis://a?timeout=0.5&connect-timeout=2"));
        assert_eq!(default.command_timeout, RedisOptions::default().command_timeout);
        assert_eq!(
            (set.command_timeout, set.connect_timeout),
            (Duration::from_millis(500), Duration::from_secs(2))
        );
        assert_eq!((default.reply_limit, options("unix:/s?reply-limit=3").reply_limit), (1 << 30, 3 << 20));
        assert!(!set.allow_evicting && options("unix:/s?evicting=allow").allow_evicting);
        for wrong in [
            "timeout=",
            "timeout=0",
            "connect-timeout=-1",
            "timeout=NaN",
            "timeout=1e9",
            "evicting=yes",
            "reply-limit=0",
            "reply-limit=1GiB",
            "reply-limit=18446744073709551615",
        ] {
            let error = Address::parse(&format!("redis-cluster://a?{wrong}")).unwrap_err();
            assert!(error.is_invalid_input() && error.to_string().contains("expected"), "{error}");
        }
    }

    #[test]
    fn sibling_address_has_another_prefix() {
        for (address, sibling) in [
            ("redis://me:s3cret@localhost", "redis://localhost:6379/0?prefix=new"),
            ("redis://localhost/2?prefix=a:b", "redis://localhost:6379/2?prefix=a:b-new"),
            ("redis-cluster://a,b", "redis-cluster://a:6379,b:6379?prefix=new"),
            ("redis://a?prefix=x&all=A", "redis://a:6379/0?all=A&prefix=x-new"),
            ("unix:/s?db=2&pass=s3cret", "unix:/s?db=2&prefix=new"),
            ("unix:/s?prefix=x&db=2", "unix:/s?db=2&prefix=x-new"),
        ] {
            let other = Address::parse(address).unwrap().sibling();
            assert_eq!(other, sibling);
            Address::parse(&other).unwrap();
        }
    }

    #[test]
    fn invalid_address_is_refused_without_secrets() {
        for address in [
            "localhost:6379",
            "redis://me:s3cret@localhost:99999",
            "redis://me:s3cret@localhost/three",
            "redis://me:s3cret@localhost?db=3",
            "redis://me:s3cret@localhost?prefix={x}",
            "redis://me:s3cret@localhost,other",
            "redis:localhost",
            "redis://me:s3cret@localhost?ca=/x",
            "redis-cluster://me:s3cret@localhost/1",
            "redis-cluster://me:s3cret@localhost,,other",
            "redis-sentinel://me:s3cret@localhost",
            "redis-cluster://localhost?sentinel-pass=s3cret",
            "rediss://localhost?cert=/s3cret",
            "unix:",
            "unix:/s?db=x&pass=s3cret",
            "unix:/s?password=s3cret",
            "sqlite:counts.db",
            "",
        ] {
            let error = Address::parse(address).expect_err(address);
            assert!(error.is_invalid_input(), "{error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
