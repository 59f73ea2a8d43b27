//! A private CA, for servers that speak TLS.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// A certificate authority that nobody trusts unless told to.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Creates an authority.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("private CA {}", rand::random::<u64>()));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = pem("CERTIFICATE", params.self_signed(&key).expect("a certificate").der());
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Returns the root certificate, in PEM.
    pub fn pem(&self) -> &str {
        &self.certificate
    }

    /// Writes `server.crt` and `server.key`, for a host name or an address, and `ca.crt`.
    pub fn issue(&self, name: &str, directory: &Path) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        for (file, text) in [
            ("server.crt", pem("CERTIFICATE", certificate.der())),
            ("server.key", pem("PRIVATE KEY", &key.serialize_der())),
            ("ca.crt", self.certificate.clone()),
        ] {
            std::fs::write(directory.join(file), text).expect("a writable directory");
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}
