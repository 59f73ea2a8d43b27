//! Connection errors of Redis report their reason.

use std::sync::Arc;

use otp_facade::stores::{Bucket, ChallengeStore, Key, MemoryStore, RedisStore, StoreErrorKind};
use otp_facade::{
    CreateRequest, ErrorKind, GuardSettings, InMemory, OtpProvider, OtpProviderExt, Recipient, TextKey,
    VerifyRequest,
};
use otp_transport::ConnectionFailure;
use rcgen::{CertificateParams, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

/// A server of TLS whose certificate nobody issued but itself.
fn self_signed() -> TlsAcceptor {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let key = key.serialize_der().try_into().expect("a key");
    let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("they fit");
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn an_error_of_redis_reports_why_there_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let self_signed_port = listener.local_addr().expect("bound").port();
    let acceptor = self_signed();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let plain_port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"-ERR unknown command\r\n").await;
        }
    });
    // Held, and nobody listens.
    let held = TcpSocket::new_v4().expect("a socket");
    held.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let held_port = held.local_addr().expect("bound").port();

    for (url, failure) in [
        (format!("rediss://localhost:{self_signed_port}"), ConnectionFailure::CertificateUnknownIssuer),
        (format!("rediss://localhost:{plain_port}"), ConnectionFailure::TlsProtocol),
        (format!("redis://127.0.0.1:{held_port}"), ConnectionFailure::Refused),
    ] {
        let store = RedisStore::new(url.as_str()).expect("a valid URL");
        let error = store.read(&Key::new(Bucket::default(), "key")).await.expect_err("there is no Redis");
        let kind = StoreErrorKind::Connection(failure);
        assert_eq!((error.kind(), error.may_have_acted()), (kind, false), "{url}");
        assert_eq!(error.to_string(), format!("Redis: {kind}"));
    }
}

#[tokio::test]
async fn a_code_that_was_certainly_not_checked_may_be_tried_again() {
    let held = TcpSocket::new_v4().expect("a socket");
    held.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let url = format!("redis://{}", held.local_addr().expect("bound"));
    let store = RedisStore::new(url).expect("a valid URL");
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    let guard = InMemory::new().with_guard(store, settings).expect("a guard");
    // An id of this guard, whoever keeps its records.
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    let other = InMemory::new().with_guard(MemoryStore::new(), settings).expect("a guard");
    let id = other.create(&CreateRequest::new(Recipient::phone("+4915112345678"))).await.expect("started").id;
    let error = guard.verify(&VerifyRequest::new(id, "123456")).await.expect_err("there is no Redis");
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, false), "{error}");
    assert_eq!(error.text_key(), TextKey::CannotCheck);
}
