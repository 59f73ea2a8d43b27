//! TLS to the server.
//!
//! The client's own TLS reads all root certificates of the system from disk for each connection, within an async function. When
//! many connections are made at once, that keeps every call from running.

use std::io;
use std::sync::{Arc, OnceLock};

use otp_transport::ConfigError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The root certificates that a store trusts. Those of the system are read once, at the first connection.
#[derive(Clone, Default)]
pub(in crate::stores::redis) struct Tls(Arc<OnceLock<Arc<ClientConfig>>>);

impl Tls {
    /// Trusts these certificates and no others.
    pub(super) fn with_root_certificates(pem: &[u8]) -> Result<Self, ConfigError> {
        let unreadable = || ConfigError::new("root_certificates", "must be certificates in PEM");
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| unreadable())?;
            roots.add(certificate).map_err(|_| unreadable())?;
        }
        if roots.is_empty() {
            return Err(unreadable());
        }
        let config = config(roots).map_err(|_| unreadable())?;
        Ok(Self(Arc::new(OnceLock::from(config))))
    }

    pub(super) async fn connect(&self, host: &str, port: u16) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let config = match self.0.get() {
            Some(config) => config.clone(),
            None => {
                let config = tokio::task::spawn_blocking(system_config).await.map_err(io::Error::other)??;
                self.0.get_or_init(|| config).clone()
            }
        };
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(config).connect(name, stream).await
    }
}

fn system_config() -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    // Certificates that cannot be read are left out. Without the right one, the handshake fails with its own class.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    config(roots).map_err(io::Error::other)
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}
