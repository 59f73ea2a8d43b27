//! HTTPS service that accepts every code, over HTTP/1.1 and HTTP/2.

use std::convert::Infallible;
use std::env::current_exe;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener as StdListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

pub(crate) const ID: &str = "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";

static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn serve() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = signing_key.serialize_der().try_into().unwrap();
    let mut config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    // How many connections there were, in plain text.
    let counter = StdListener::bind("127.0.0.1:0").unwrap();
    let count = counter.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in counter.incoming() {
            write!(stream.unwrap(), "{}", CONNECTIONS.load(Ordering::SeqCst)).unwrap();
        }
    });
    Runtime::new().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        println!("https://localhost:{port} {count} {}", STANDARD.encode(cert.der()));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            CONNECTIONS.fetch_add(1, Ordering::SeqCst);
            stream.set_nodelay(true).unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let connection = Builder::new(TokioExecutor::new());
                // The client closes connections as it likes.
                let _ = connection.serve_connection(TokioIo::new(stream), service_fn(verify)).await;
            });
        }
    });
}

async fn verify(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let _ = request.into_body().collect().await;
    let body = Full::from(Bytes::from_static(br#"{"status":"VERIFIED"}"#));
    Ok(Response::builder().header(CONTENT_TYPE, "application/json").body(body).unwrap())
}

/// The service in a process of its own, for as long as this lives.
pub(crate) struct Service {
    child: Child,
    base_url: String,
    count: String,
    certificate: Vec<u8>,
}

impl Service {
    pub(crate) fn start() -> Self {
        let program = current_exe().unwrap();
        let mut child = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut parts = line.split_whitespace().map(str::to_owned);
        let mut next = || parts.next().unwrap();
        let (base_url, count, certificate) = (next(), next(), STANDARD.decode(next()).unwrap());
        Self { child, base_url, count, certificate }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        let mut text = String::new();
        TcpStream::connect(&self.count).unwrap().read_to_string(&mut text).unwrap();
        text.parse().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
