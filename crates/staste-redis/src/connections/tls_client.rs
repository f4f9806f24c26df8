//! The client side of a connection by TLS.

use std::path::Path;
use std::sync::Arc;

use redis::ConnectionAddr;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use staste_core::Error;

use super::failure::Outcome;
use crate::address::topology::Tls;

/// Returns the client side of a connection to a server; none for a plain connection.
pub(crate) fn connect(tls: &Tls, address: &ConnectionAddr) -> Outcome<Option<ClientConnection>> {
    let (true, ConnectionAddr::Tcp(host, _)) = (tls.is_used, address) else { return Ok(None) };
    // This fails when the program has installed a provider already, which works as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = ClientConfig::builder().with_root_certificates(trusted(tls)?);
    let config = match &tls.client_certificate {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates(certificate)?;
            let key_der = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|cause| invalid(key, cause))?;
            config.with_client_auth_cert(chain, key_der).map_err(|cause| invalid(certificate, cause))?
        }
    };
    let name = ServerName::try_from(host.as_str()).map_err(|cause| {
        Error::unavailable(format!("{host:?} is not a name that a certificate can have")).because(cause)
    })?;
    let client = ClientConnection::new(Arc::new(config), name.to_owned());
    let failed = |cause| Error::unavailable("a connection by TLS cannot be made").because(cause);
    Ok(Some(client.map_err(failed)?))
}

fn trusted(tls: &Tls) -> Outcome<RootCertStore> {
    let mut trusted = RootCertStore::empty();
    if let Some(path) = &tls.authority {
        for certificate in certificates(path)? {
            trusted.add(certificate).map_err(|cause| invalid(path, cause))?;
        }
        return Ok(trusted);
    }
    let found = rustls_native_certs::load_native_certs();
    if let Some(error) = found.errors.into_iter().next() {
        let message = format!(
            "the certificates that the system trusts cannot be read ({error}); name one with ca=PATH"
        );
        return Err(Error::unavailable(message).because(error).into());
    }
    // Some certificates of a system may be unusable.
    trusted.add_parsable_certificates(found.certs);
    Ok(trusted)
}

fn certificates(path: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    let bytes = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    Ok(found.map_err(|cause| invalid(path, cause))?)
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    let failed =
        |error| Error::unavailable(format!("{} cannot be read: {error}", path.display())).because(error);
    Ok(std::fs::read(path).map_err(failed)?)
}

fn invalid(path: &Path, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable(format!("{} is not a valid file for TLS: {cause}", path.display())).because(cause)
}
