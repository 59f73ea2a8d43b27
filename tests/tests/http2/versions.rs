//! The version of HTTP is what the server offers in the TLS handshake (ALPN).

use std::sync::{Arc, Mutex};

use otp_facade::{Transport, TransportBuilder};
use otp_tests::frame;
use otp_transport::reqwest::{Certificate, ClientBuilder};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::{ACCEPTED, provider, verify};

/// A server over TLS that offers these protocols, and what was agreed on for each connection.
struct Server {
    base_url: String,
    certificate: Certificate,
    agreed: Arc<Mutex<Vec<Option<String>>>>,
}

impl Server {
    async fn offering(protocols: &[&str]) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = signing_key.serialize_der().try_into().unwrap();
        let mut config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let agreed = Arc::<Mutex<Vec<Option<String>>>>::default();
        let journal = agreed.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let protocol = stream.get_ref().1.alpn_protocol();
                let protocol = protocol.map(|name| String::from_utf8_lossy(name).into_owned());
                let is_http2 = protocol.as_deref() == Some("h2");
                journal.lock().unwrap().push(protocol);
                tokio::spawn(serve(stream, is_http2));
            }
        });
        Self { base_url, certificate: Certificate::from_der(cert.der()).unwrap(), agreed }
    }

    fn transport(&self) -> TransportBuilder {
        let certificate = self.certificate.clone();
        Transport::builder()
            .client_builder(move || ClientBuilder::new().add_root_certificate(certificate.clone()))
    }
}

/// Accepts the code of each request, as it comes: the test makes one after the other.
async fn serve(mut stream: TlsStream<TcpStream>, is_http2: bool) -> Option<()> {
    let mut received = Vec::new();
    let (mut answered, settings) = (0, frame::settings());
    if is_http2 {
        stream.write_all(&settings).await.ok()?;
    }
    loop {
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
        // The body is not compressed in either version.
        let requests = received.windows(PIN.len()).filter(|window| *window == PIN).count();
        while answered < requests {
            let response = match is_http2 {
                true => frame::response(1 + 2 * answered as u32, 200, ACCEPTED),
                false => format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{ACCEPTED}",
                    ACCEPTED.len()
                )
                .into_bytes(),
            };
            stream.write_all(&response).await.ok()?;
            answered += 1;
        }
    }
}

const PIN: &[u8] = b"012345";

#[tokio::test]
async fn http2_is_used_where_the_server_offers_it_and_it_is_not_switched_off() {
    let cases: [(&[&str], bool, Option<&str>); 5] = [
        (&["h2", "http/1.1"], false, Some("h2")),
        (&["http/1.1", "h2"], true, Some("http/1.1")),
        (&["h2", "http/1.1"], true, Some("http/1.1")),
        (&["http/1.1"], false, Some("http/1.1")),
        (&[], false, None),
    ];
    for (offered, http1_only, expected) in cases {
        let server = Server::offering(offered).await;
        let provider = provider(&server.base_url, server.transport().http1_only(http1_only));
        for _ in 0..3 {
            verify(&provider).await.unwrap();
        }
        let agreed = server.agreed.lock().unwrap().clone();
        assert_eq!(agreed, [expected.map(str::to_owned)], "{offered:?}, http1_only: {http1_only}");
    }
}

#[tokio::test]
async fn each_verify_over_http1_has_a_connection_of_its_own_and_over_http2_they_share_one() {
    for (offered, connections) in [(["h2", "http/1.1"].as_slice(), 1), (&["http/1.1"], 3), (&[], 3)] {
        let server = Server::offering(offered).await;
        let provider = provider(&server.base_url, server.transport().http1_connection_per_verify(true));
        for _ in 0..3 {
            verify(&provider).await.unwrap();
        }
        assert_eq!(server.agreed.lock().unwrap().len(), connections, "{offered:?}");
    }
}
