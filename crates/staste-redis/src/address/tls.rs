//! Connections by TLS, and the certificates they need.

use std::path::PathBuf;

#[cfg(feature = "tls")]
use {
    crate::failure::Outcome,
    redis::ConnectionAddr,
    rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    rustls::{ClientConfig, ClientConnection, RootCertStore},
    staste_core::Error,
    std::path::Path,
    std::sync::Arc,
};

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

#[cfg(feature = "tls")]
impl Tls {
    /// The client's side of a connection to a server; none for a plain one.
    pub(crate) fn client(&self, address: &ConnectionAddr) -> Outcome<Option<ClientConnection>> {
        let (true, ConnectionAddr::Tcp(host, _)) = (self.is_used, address) else { return Ok(None) };
        // Fails where the program has chosen its provider already, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ClientConfig::builder().with_root_certificates(self.trusted()?);
        let config = match &self.own {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate)?;
                let key_der = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|why| odd(key, why))?;
                config.with_client_auth_cert(chain, key_der).map_err(|why| odd(certificate, why))?
            }
        };
        let name = ServerName::try_from(host.as_str()).map_err(|why| {
            Error::unavailable(format!("{host:?} is not a name that a certificate can have")).because(why)
        })?;
        let client = ClientConnection::new(Arc::new(config), name.to_owned());
        let failed = |why| Error::unavailable("a connection by TLS cannot be made").because(why);
        Ok(Some(client.map_err(failed)?))
    }

    fn trusted(&self) -> Outcome<RootCertStore> {
        let mut trusted = RootCertStore::empty();
        if let Some(path) = &self.authority {
            for certificate in certificates(path)? {
                trusted.add(certificate).map_err(|why| odd(path, why))?;
            }
            return Ok(trusted);
        }
        let found = rustls_native_certs::load_native_certs();
        if let Some(error) = found.errors.into_iter().next() {
            let words = format!(
                "the certificates that the system trusts cannot be read ({error}); name one with ca=PATH"
            );
            return Err(Error::unavailable(words).because(error).into());
        }
        // Systems may keep some that nothing can be signed with.
        trusted.add_parsable_certificates(found.certs);
        Ok(trusted)
    }
}

#[cfg(feature = "tls")]
fn certificates(path: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    let bytes = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    Ok(found.map_err(|why| odd(path, why))?)
}

#[cfg(feature = "tls")]
fn read(path: &Path) -> Outcome<Vec<u8>> {
    let failed =
        |error| Error::unavailable(format!("{} cannot be read: {error}", path.display())).because(error);
    Ok(std::fs::read(path).map_err(failed)?)
}

#[cfg(feature = "tls")]
fn odd(path: &Path, why: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable(format!("{} is not what TLS needs there: {why}", path.display())).because(why)
}
