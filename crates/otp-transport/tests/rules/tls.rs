//! Connections that TLS refuses: the error says which rule was broken.

use std::sync::Arc;

use otp_transport::reqwest::{Certificate, ClientBuilder};
use otp_transport::{ConnectionFailure, Credential, ErrorKind, Sent, Transport};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::client::Client;

/// An authority, and the years in which the certificates that it issues are valid.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Serves TLS with a certificate for a name. The answer to every request is a success.
    async fn serve(&self, name: &str, (from, to): (i32, i32)) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = key.serialize_der().try_into().unwrap();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let head =
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        format!("https://localhost:{port}")
    }
}

/// Answers whatever comes with these bytes, and closes.
async fn plain(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(bytes).await;
        }
    });
    format!("https://localhost:{port}")
}

fn client(url: &str, trusted: Certificate) -> Client {
    let start = move || ClientBuilder::new().add_root_certificate(trusted.clone());
    let transport = Transport::builder().client_builder(start).build().unwrap();
    Client::builder()
        .credential(Credential::bearer("token"))
        .base_url(url)
        .transport(transport)
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_error_says_which_rule_of_tls_was_broken() {
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    let valid = (2000, 2100);
    let cases = [
        (authority.serve("localhost", (2000, 2001)).await, ConnectionFailure::CertificateExpired),
        (authority.serve("localhost", (2099, 2100)).await, ConnectionFailure::CertificateNotYetValid),
        (authority.serve("otp.example", valid).await, ConnectionFailure::CertificateWrongName),
        (stranger.serve("localhost", valid).await, ConnectionFailure::CertificateUnknownIssuer),
        (plain(b"HTTP/1.1 400 Bad Request\r\n\r\n").await, ConnectionFailure::TlsProtocol),
        (plain(b"").await, ConnectionFailure::Closed),
    ];
    for (url, class) in cases {
        let error = client(&url, authority.certificate.clone()).call().await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Connect, Sent::No), "{class:?}");
        assert_eq!(error.connection_failure(), Some(class), "{error:?}");
        assert_eq!(error.to_string(), format!("closed: no connection: {class}"));
    }
    let url = authority.serve("localhost", valid).await;
    client(&url, authority.certificate.clone()).call().await.unwrap();
}
