//! The certificates that an address names.

use std::path::PathBuf;

/// Where certificates are, if not where the system keeps them. They are read for every connection, so that they can be
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
