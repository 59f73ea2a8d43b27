//! Idempotency keys over Redis: one message, however many machines share the servers.

use std::time::Duration;

use otp_facade::stores::RedisStore;
use otp_facade::{
    ErrorKind, Guard, GuardSettings, Operation, OtpProvider, Purpose, Recipient, Status, VerifyRequest,
};
use otp_tests::redis::{Cluster, Server};
use otp_tests::{FakeProvider, LOST, RIGHT};
use tokio::task::JoinSet;

use crate::provider::{fake, request};
use crate::server::prefix;

/// Every default limit is on, so that a reservation takes steps in several buckets.
fn machine(provider: &FakeProvider, store: RedisStore, prefix: &str) -> Guard<FakeProvider, RedisStore> {
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    let store = store.with_prefix(prefix).expect("a prefix");
    Guard::new(provider.clone(), store, settings.with_global_per_hour(1_000)).expect("valid settings")
}

async fn assert_one_message(new: impl Fn() -> RedisStore) {
    let (provider, prefix) = (fake(), prefix());
    let keyed = request(1).with_subject("account-7").with_idempotency_key("form-1");
    let mut creates = JoinSet::new();
    for _ in 0..16 {
        let (machine, keyed) = (machine(&provider, new(), &prefix), keyed.clone());
        creates.spawn(async move { machine.create(&keyed).await.expect("it succeeds") });
    }
    let challenges = creates.join_all().await;
    assert!(challenges.iter().all(|challenge| challenge.id == challenges[0].id));
    assert_eq!(challenges.iter().filter(|challenge| !challenge.replayed).count(), 1);
    let guard = machine(&provider, new(), &prefix);
    let verify = VerifyRequest::new(challenges[0].id.clone(), RIGHT).with_subject("account-7");
    guard.verify(&verify).await.expect("it succeeds");
    assert_eq!(guard.create(&keyed).await.expect("it succeeds").status, Status::Verified);
    let other = guard
        .create(&keyed.clone().with_purpose(Purpose::Other("login".into())))
        .await
        .expect_err("it fails");
    assert_eq!((other.kind(), other.field()), (ErrorKind::InvalidRequest, Some("idempotency_key")));
    assert_eq!(provider.count_of(Operation::Create), 1);
    // The limits have counted one.
    let plain = request(1).with_subject("account-7");
    let refused = guard.create(&plain).await.expect_err("it fails");
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    guard.forget(Some(&plain.recipient), Some("account-7")).await.expect("it succeeds");
    assert_ne!(guard.create(&keyed).await.expect("it succeeds").id, challenges[0].id);
    assert_eq!(provider.count_of(Operation::Create), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn of_all_creates_with_one_key_one_sends_a_message() {
    let server = Server::start().await;
    assert_one_message(|| RedisStore::new(server.url()).expect("a URL")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn of_all_creates_with_one_key_one_sends_a_message_on_a_cluster() {
    let cluster = Cluster::start().await;
    assert_one_message(|| RedisStore::cluster([cluster.url(0).as_str()]).expect("a URL")).await;
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn the_server_keeps_no_key_no_id_and_no_number_in_clear_and_all_of_it_has_an_end() {
    let server = Server::start().await;
    let provider = fake().then([otp_tests::Step::Succeed, LOST]);
    let guard = machine(&provider, RedisStore::new(server.url()).expect("a URL"), "front-door");
    let id = guard.create(&request(1).with_idempotency_key("marker-1")).await.unwrap().id;
    guard.create(&request(2).with_idempotency_key("marker-2")).await.unwrap_err();
    let keys: Vec<String> = server.query(&["KEYS", "*:creates:*"]).await.unwrap();
    assert_eq!(keys.len(), 2, "one for each recipient");
    for key in keys {
        assert!(key.starts_with("{front-door:1:"), "{key}");
        let expires_in: i64 = server.query(&["PTTL", &key]).await.unwrap();
        assert!(
            Duration::from_millis(expires_in.unsigned_abs()) <= Duration::from_secs(70 * 60),
            "{expires_in}"
        );
        assert!(expires_in > 0, "{expires_in}");
        let kept: Vec<String> = server.query(&["HGETALL", &key]).await.unwrap();
        assert!(kept[1].contains(" started ") || kept[1].contains(" uncertain "), "{kept:?}");
        for secret in ["marker", "4915112", id.as_str(), "timed_out", "hint"] {
            assert!(!format!("{key}{kept:?}").contains(secret), "{secret} in {key} {kept:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn the_lease_ends_by_the_clock_of_the_server_and_a_forgotten_person_begins_anew() {
    let server = Server::start().await;
    let store = std::sync::Arc::new(RedisStore::new(server.url()).expect("a URL"));
    let provider = fake().then([otp_tests::Step::Hang(Duration::from_secs(3600))]);
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    let guard = Guard::new(provider.clone(), store.clone(), settings).expect("valid settings");
    let keyed = request(1).with_idempotency_key("form-1");
    // Dropped, as by the end of a process.
    tokio::time::timeout(Duration::from_millis(200), guard.create(&keyed)).await.expect_err("it hangs");
    let keys: Vec<String> = server.query(&["KEYS", "*:creates:*"]).await.unwrap();
    let expires_in: i64 = server.query(&["PTTL", &keys[0]]).await.unwrap();
    assert!(expires_in > 0, "what nobody settles has an end, too: {expires_in}");
    store.advance(Duration::from_secs(30));
    let error = guard.create(&keyed).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::TimedOut, true));
    assert_eq!(provider.count_of(Operation::Create), 1);
    guard.forget(Some(&Recipient::phone("+4915112000001")), None).await.unwrap();
    assert!(!guard.create(&keyed).await.unwrap().replayed);
}
