//! Connections by TLS, and the certificates they need.

use std::path::PathBuf;

use redis::{Client, ConnectionInfo};

use crate::failure::{Failure, Outcome};

/// Where certificates are other than where the system keeps them; read anew with every connection, so that
/// they may be renewed.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    not(feature = "tls"),
    expect(dead_code, reason = "addresses by TLS are refused without the feature")
)]
pub(crate) struct Tls {
    pub(crate) is_used: bool,
    /// Whose signature is trusted, instead of those the system trusts.
    pub(crate) authority: Option<PathBuf>,
    /// The client's own certificate and its key.
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

impl Tls {
    /// What connects to a server.
    pub(crate) fn client(&self, info: &ConnectionInfo) -> Outcome<Client> {
        if self.is_used { self.secured(info) } else { Client::open(info.clone()).map_err(Failure::Unsent) }
    }

    #[cfg(feature = "tls")]
    fn secured(&self, info: &ConnectionInfo) -> Outcome<Client> {
        use redis::{ClientTlsConfig, TlsCertificates};
        use staste_core::Error;
        // Fails where the program has chosen its provider already, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| {
                Error::unavailable(format!("{} cannot be read: {error}", path.display())).because(error)
            })
        };
        let client_tls = match &self.own {
            Some((certificate, key)) => {
                Some(ClientTlsConfig { client_cert: read(certificate)?, client_key: read(key)? })
            }
            None => None,
        };
        let root_cert = self.authority.as_ref().map(read).transpose()?;
        let certificates = TlsCertificates { client_tls, root_cert };
        Client::build_with_tls(info.clone(), certificates).map_err(Failure::Unsent)
    }

    /// The library refuses: an address by TLS was refused before.
    #[cfg(not(feature = "tls"))]
    fn secured(&self, info: &ConnectionInfo) -> Outcome<Client> {
        Client::open(info.clone()).map_err(Failure::Unsent)
    }
}
