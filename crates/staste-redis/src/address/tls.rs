//! Certificates for connections by TLS.

use std::path::PathBuf;

use redis::TlsCertificates;

use crate::failure::Outcome;

/// Where certificates are other than where the system keeps them; read anew with every connection, so that
/// they may be renewed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    pub(crate) is_used: bool,
    /// Whose signature is trusted, instead of those the system trusts.
    pub(crate) authority: Option<PathBuf>,
    /// The client's own certificate and its key.
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

impl Tls {
    /// The certificates; none without TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn certificates(&self) -> Outcome<Option<TlsCertificates>> {
        use staste_core::Error;
        if !self.is_used {
            return Ok(None);
        }
        // Fails where the program has chosen its provider already, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| {
                Error::unavailable(format!("{} cannot be read: {error}", path.display())).because(error)
            })
        };
        let client_tls = match &self.own {
            Some((certificate, key)) => {
                Some(redis::ClientTlsConfig { client_cert: read(certificate)?, client_key: read(key)? })
            }
            None => None,
        };
        let root_cert = self.authority.as_ref().map(read).transpose()?;
        Ok(Some(TlsCertificates { client_tls, root_cert }))
    }

    /// None: such an address is refused before.
    #[cfg(not(feature = "tls"))]
    pub(crate) fn certificates(&self) -> Outcome<Option<TlsCertificates>> {
        Ok(None)
    }
}
