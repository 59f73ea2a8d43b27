//! What the transport keeps to, whatever it is built from.

use std::future;
use std::time::Duration;

use otp_transport::reqwest::dns::{Name, Resolve, Resolving};
use otp_transport::reqwest::{ClientBuilder, Proxy, redirect};
use otp_transport::{ConnectionFailure, Credential, ErrorKind, Sent, Transport, TransportBuilder};

use crate::client::Client;
use crate::server::{Reply, Server};

fn client(url: &str, transport: TransportBuilder) -> Client {
    let builder = Client::builder().credential(Credential::header("x-api-key", "key")).allow_http();
    builder.base_url(url).transport(transport.build().unwrap()).build().unwrap()
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_credential_reaches_another_host() {
    for status in [301, 302, 303, 307, 308] {
        let other = Server::start(|_| Reply::ok()).await;
        let location = format!("{}/codes", other.url);
        let server = Server::start(move |_| Reply::With(status, "location", location.clone())).await;
        // A builder that would follow is brought along.
        let transport = Transport::builder()
            .client_builder(|| ClientBuilder::new().redirect(redirect::Policy::limited(9)));
        let error = client(&server.url, transport).call().await.unwrap_err();
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Status, status));
        assert_eq!((server.seen().len(), other.seen().len()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy_and_others_through_it() {
    let proxy = Server::start(|_| Reply::ok()).await;
    let server = Server::start(|_| Reply::ok()).await;
    let through = proxy.url.clone();
    let transport = Transport::builder()
        .client_builder(move || ClientBuilder::new().proxy(Proxy::all(through.as_str()).unwrap()));
    client(&server.url, transport.clone()).call().await.unwrap();
    assert_eq!((server.seen().len(), proxy.seen().len()), (1, 0));
    client("http://otp.invalid", transport).call().await.unwrap();
    assert!(proxy.seen()[0].starts_with("POST http://otp.invalid/codes "), "{}", proxy.seen()[0]);
}

#[tokio::test]
async fn a_request_that_gets_no_answer_is_not_sent_again() {
    // The first response leaves a connection in the pool; the second request goes out on it and is read.
    let server = Server::start(|request| match request.contains("x-api-key: key") {
        true if SEEN.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => Reply::ok(),
        _ => Reply::Close,
    })
    .await;
    static SEEN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let client = client(&server.url, Transport::builder());
    client.call().await.unwrap();
    let error = client.call().await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Interrupted, Sent::Maybe));
    assert_eq!((server.seen().len(), server.connections()), (2, 1));
}

/// A name server that never responds.
struct Silent;

impl Resolve for Silent {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_made_in_time_is_known_as_one() {
    let transport =
        Transport::builder().client_builder(|| ClientBuilder::new().no_proxy().dns_resolver(Silent));
    let before = tokio::time::Instant::now();
    let error = client("http://otp.invalid", transport).call().await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Connect, Sent::No));
    assert_eq!(error.connection_failure(), Some(ConnectionFailure::TimedOut));
    assert_eq!(before.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_refused_connection_is_known_as_one() {
    // Held, and nobody listens: a port that is given back is soon somebody's.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let error = client(&format!("http://{address}"), Transport::builder()).call().await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Connect, Sent::No));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("refused") && !source.contains("127.0.0.1"), "{source}");
    assert_eq!(error.connection_failure(), Some(ConnectionFailure::Refused));
    assert_eq!(error.to_string(), "closed: no connection: the connection was refused");
}

/// A name server that knows no name.
struct Empty;

impl Resolve for Empty {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(future::ready(Err("no such name".into())))
    }
}

#[tokio::test]
async fn a_name_that_is_not_found_is_known_as_one() {
    let transport =
        Transport::builder().client_builder(|| ClientBuilder::new().no_proxy().dns_resolver(Empty));
    let error = client("http://otp.invalid", transport).call().await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Connect, Sent::No));
    assert_eq!(error.connection_failure(), Some(ConnectionFailure::NameNotFound));
}

#[tokio::test]
async fn a_request_asks_for_no_compression() {
    let server = Server::start(|_| Reply::ok()).await;
    client(&server.url, Transport::builder()).call().await.unwrap();
    assert!(server.seen()[0].contains("accept-encoding: identity\r\n"), "{:?}", server.seen());
}

#[tokio::test]
async fn the_text_of_an_error_names_the_status_and_no_refusal() {
    for status in [301, 403, 500] {
        let server = Server::start(move |_| Reply::Respond(status, "{}".into())).await;
        let error = client(&server.url, Transport::builder()).call().await.unwrap_err();
        assert_eq!(error.to_string(), format!("closed: error response (status {status})"));
    }
}

#[test]
fn settings_that_break_a_rule_are_refused_by_name() {
    let second = Duration::from_secs(1);
    let cases = [
        (Transport::builder().connect_timeout(Duration::ZERO), "connect_timeout must be longer than zero"),
        (Transport::builder().timeout(second), "timeout must be longer than connect_timeout"),
        (Transport::builder().max_response_bytes(0), "max_response_bytes must be at least one byte"),
    ];
    for (builder, text) in cases {
        assert_eq!(builder.build().unwrap_err().to_string(), text);
    }
    let credentials = [
        (None, "credential is missing"),
        (Some(Credential::bearer("")), "credential must not be empty"),
        (Some(Credential::header("x-api-key", "with space")), "credential must consist of visible ASCII"),
        (Some(Credential::bearer("tab\t")), "credential must consist of visible ASCII"),
        (Some(Credential::bearer("schlüssel")), "credential must consist of visible ASCII"),
    ];
    for (credential, text) in credentials {
        let builder = Client::builder();
        let builder = match credential {
            Some(credential) => builder.credential(credential),
            None => builder,
        };
        let error = builder.build().err().unwrap().to_string();
        assert!(error.starts_with(text), "{error}");
    }
}
