//! What class of failure an error names, against real servers where they can be made to fail.

use std::error::Error as _;

use otp_facade::stores::{StoreError, StoreErrorKind};
use otp_facade::{ErrorKind, OtpProvider};
use otp_tests::redis::{Authority, FakeServer, Server, Worker, free_port};
use otp_transport::ConnectionFailure;
use tempfile::TempDir;

/// Strings that no error may show.
const SECRETS: [&str; 6] = ["hunter2", "somebody", "127.0.0.1", "localhost", ".invalid", "}:"];

/// A failure, and whether the script can have run all the same.
type Expected = (StoreErrorKind, bool);

fn refused(kind: StoreErrorKind) -> Expected {
    (kind, false)
}

fn connection(failure: ConnectionFailure) -> Expected {
    refused(StoreErrorKind::Connection(failure))
}

async fn assert_fails(name: &str, url: String, root: Option<&Authority>, expected: Expected) {
    let root = root.map(|authority| authority.pem().to_owned());
    let deadline = Some(3_000);
    let worker = Worker { urls: vec![url], root, connections: 2, deadline, ..Worker::default() };
    assert_guard_fails(name, &worker, &worker.guard(), expected).await;
}

async fn assert_guard_fails(
    name: &str,
    worker: &Worker,
    guard: &impl OtpProvider,
    (kind, may_have_acted): Expected,
) {
    let url = &worker.urls[0];
    let port = url.rsplit([':', '/']).find(|part| part.parse::<u16>().is_ok_and(|port| port > 100));
    let error = guard.create(&worker.recipient(1)).await.map(|_| ()).expect_err(name);
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable, "{name}");
    let source = error.source().and_then(|source| source.downcast_ref::<StoreError>()).expect("a StoreError");
    assert_eq!((source.kind(), source.may_have_acted()), (kind, may_have_acted), "{name}: {source}");
    let shown = format!("{error} {error:?} {source} {guard:?}");
    assert!(shown.contains("Redis: "), "{name}: {shown}");
    // What failed; what to do.
    assert!(kind == StoreErrorKind::Other || source.to_string().contains("; "), "{name}: {source}");
    for secret in SECRETS.into_iter().chain(port) {
        assert!(!shown.contains(secret), "{name}: {secret} is in {shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_connection_that_is_not_made_is_named_by_its_class() {
    let missing = "redis://somebody:hunter2@no-such-host.invalid/".to_owned();
    assert_fails("unknown name", missing, None, connection(ConnectionFailure::NameNotFound)).await;
    let closed = format!("redis://somebody:hunter2@127.0.0.1:{}/", free_port());
    assert_fails("closed port", closed, None, connection(ConnectionFailure::Refused)).await;
    assert_fails(
        "missing socket",
        "unix:///nowhere/redis.sock".into(),
        None,
        connection(ConnectionFailure::Refused),
    )
    .await;

    let (authority, other) = (Authority::new(), Authority::new());
    for (name, host, trusted, failure) in [
        ("another CA", "127.0.0.1", &other, ConnectionFailure::CertificateUnknownIssuer),
        ("another name", "redis.example", &authority, ConnectionFailure::CertificateWrongName),
    ] {
        let (_server, url) = tls_server(&authority, host).await;
        assert_fails(name, url, Some(trusted), connection(failure)).await;
    }
    let (_server, url) = tls_server(&authority, "127.0.0.1").await;
    let plain = url.replace("rediss", "redis");
    assert_fails("a port that expects TLS", plain, None, connection(ConnectionFailure::Closed)).await;
}

async fn tls_server(authority: &Authority, name: &str) -> (Server, String) {
    let directory = TempDir::new().expect("a directory");
    authority.issue(name, directory.path());
    let port = free_port();
    (Server::start_with_tls(directory, port).await, format!("rediss://somebody:hunter2@127.0.0.1:{port}/"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_user_that_may_not_is_named() {
    let server = Server::start().await;
    for (rights, expected) in [
        (">other ~* +@all", StoreErrorKind::Authentication),
        (">hunter2 ~* +@read", StoreErrorKind::NoPermission),
        (">hunter2 ~mine* +@all", StoreErrorKind::NoPermission),
    ] {
        server.command(&format!("ACL SETUSER somebody reset on {rights}")).await.unwrap();
        let url = format!("redis://somebody:hunter2@{}/", server.address());
        assert_fails(rights, url, None, refused(expected)).await;
    }
    let server = Server::start_with(&["--requirepass", "hunter2"]).await;
    for (name, url) in [
        ("no password", server.url()),
        ("another password", format!("redis://:hunter3@{}/", server.address())),
    ] {
        assert_fails(name, url, None, refused(StoreErrorKind::Authentication)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_server_that_takes_no_writes_is_named_by_its_reason() {
    let nobody = format!("REPLICAOF 127.0.0.1 {}", free_port());
    for (commands, expected) in [
        (vec!["CONFIG SET maxmemory 1"], StoreErrorKind::OutOfMemory),
        (vec!["CONFIG SET min-replicas-to-write 1"], StoreErrorKind::TooFewReplicas),
        (vec![nobody.as_str()], StoreErrorKind::ReadOnly),
        (vec!["CONFIG SET replica-serve-stale-data no", nobody.as_str()], StoreErrorKind::ReadOnly),
    ] {
        let server = Server::start().await;
        for command in &commands {
            assert_eq!(server.command(command).await.unwrap(), "+OK", "{command}");
        }
        assert_fails(&commands.join("; "), server.url(), None, refused(expected)).await;
    }
    let node = Server::start_with(&["--cluster-enabled", "yes"]).await;
    assert_fails("a node without slots", node.url(), None, refused(StoreErrorKind::ClusterDown)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_server_that_is_not_ready_is_named_by_its_reason() {
    let busy = Server::start_with(&["--busy-reply-threshold", "10"]).await;
    let endless = busy.query::<()>(&["EVAL", "while true do end", "0"]);
    tokio::select! {
        _ = endless => panic!("it has no end"),
        () = assert_fails("a script", busy.url(), None, refused(StoreErrorKind::Busy)) => {}
    }
    let silent = Server::start().await;
    let worker = Worker { urls: vec![silent.url()], connections: 2, ..Worker::default() };
    let connected = worker.guard();
    connected.create(&worker.recipient(0)).await.unwrap();
    silent.suspend();
    assert_guard_fails("silent", &worker, &connected, (StoreErrorKind::TimedOut, true)).await;
    let timed_out = connection(ConnectionFailure::TimedOut);
    assert_guard_fails("silent before", &worker, &worker.guard(), timed_out).await;
    silent.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "belongs to the tests with a Redis server"]
async fn an_error_code_is_named_whatever_its_message() {
    for (line, expected) in [
        ("LOADING Redis is loading the dataset in memory", refused(StoreErrorKind::Loading)),
        ("MISCONF Redis is configured to save RDB snapshots", refused(StoreErrorKind::NotPersisted)),
        ("MOVED 1234 127.0.0.1:1", refused(StoreErrorKind::Moved)),
        ("ASK 1234 127.0.0.1:1", refused(StoreErrorKind::Moved)),
        ("CLUSTERDOWN The cluster is down", refused(StoreErrorKind::ClusterDown)),
        ("TRYAGAIN Multiple keys request during rehashing of slot", refused(StoreErrorKind::SlotMoving)),
        ("NOPERM no permission for hunter2", refused(StoreErrorKind::NoPermission)),
        ("NOPERM no permission script: abc, on @user_script:7.", (StoreErrorKind::NoPermission, true)),
        ("ERR something about hunter2 at 127.0.0.1", (StoreErrorKind::Other, true)),
        ("NEWCODE hunter2", (StoreErrorKind::Other, true)),
    ] {
        assert_fails(line, FakeServer::start(line).await.url(), None, expected).await;
    }
}
