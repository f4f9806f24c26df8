//! The servers that an address names, and the certificates for connections to them.

use std::fmt;
use std::path::PathBuf;

use redis::ConnectionInfo;

/// The servers of an address.
#[derive(Clone)]
pub(crate) enum Topology {
    /// One server.
    Single,
    /// The primary of a service that sentinels watch.
    Sentinel { sentinels: Vec<ConnectionInfo>, service: String },
    /// A cluster, of which these nodes are known.
    Cluster(Vec<Node>),
}

/// One server of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    /// None for the only server of an address.
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
}

impl Node {
    pub(crate) const SINGLE: Node = Node { host: None, port: 0 };
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Some(host) => write!(f, "{host}:{}", self.port),
            None => f.write_str("the server"),
        }
    }
}

/// Paths of certificates, if not those of the system. They are read for every connection, so that they can be
/// renewed.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    not(feature = "tls"),
    expect(dead_code, reason = "addresses by TLS are refused without the feature")
)]
pub(crate) struct Tls {
    pub(crate) is_used: bool,
    /// The certificate authority that is trusted instead of those of the system.
    pub(crate) authority: Option<PathBuf>,
    /// The certificate of the client and its key.
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
}
