//! The conformance suites over Redis, and the keys that the store writes.

use std::sync::Arc;
use std::time::Duration;

use otp_conformance::stores::{self, StoreHarness};
use otp_facade::stores::{
    Binding, Bucket, ChallengeStore, Key, Limit, Quota, RedisStore, Reservation, ReserveResult,
};
use otp_facade::{Guard, GuardSettings, InMemory, OtpProvider};
use otp_tests::TestHarness;

use crate::server::{Server, prefix, url};

pub(crate) struct InRedis(pub(crate) Arc<RedisStore>);

fn store() -> Arc<RedisStore> {
    Arc::new(RedisStore::new(url()).expect("a URL").with_prefix(&prefix()).expect("a prefix"))
}

impl StoreHarness for InRedis {
    fn store(&self) -> Arc<dyn ChallengeStore> {
        self.0.clone()
    }

    fn advance(&self, by: Duration) -> bool {
        self.0.advance(by);
        true
    }

    fn turn_back(&self, by: Duration) -> bool {
        self.0.turn_back(by);
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: REDIS_URL"]
async fn the_redis_store_conforms() {
    let report = stores::run(async || InRedis(store())).await;
    println!("{report}");
    assert!(report.results().len() >= 30, "the suite has lost cases");
    assert!(report.failures().is_empty() && report.skipped().is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn the_redis_store_conforms_on_a_node_of_a_cluster() {
    let node = Server::start_node().await;
    let report = stores::run(async || {
        let store = RedisStore::new(node.url()).expect("a URL").with_prefix(&prefix()).expect("a prefix");
        InRedis(Arc::new(store))
    })
    .await;
    assert!(report.failures().is_empty() && report.skipped().is_empty(), "{report}");
}

#[tokio::test]
#[ignore = "needs a Redis server: REDIS_URL"]
async fn a_guarded_provider_behaves() {
    let report = otp_conformance::run(async || {
        let (memory, store) = (InMemory::new(), store());
        let settings = GuardSettings::new("a key of at least 32 characters, kept like a password")
            .with_min_interval(Duration::ZERO)
            .with_per_hour(None)
            .with_per_day(None)
            .with_max_attempts(3);
        let guard = Guard::new(memory.clone(), store.clone(), settings).expect("valid settings");
        TestHarness::in_memory(&memory, guard).guarded(move |by| store.advance(by))
    })
    .await;
    println!("{report}");
    assert!(report.failures().is_empty() && report.skipped().is_empty(), "{report}");
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn every_key_has_the_prefix_as_its_hash_tag_and_an_end() {
    let server = Server::start().await;
    let provider = crate::provider::fake();
    let guard = crate::provider::guard(&provider, &server.url(), "front-door", Duration::from_secs(1), 5);
    guard.create(&crate::provider::request(1)).await.unwrap();
    let script = "local keys = redis.call('KEYS', '*') \
        for _, key in ipairs(keys) do \
            if string.sub(key, 1, 14) ~= '{front-door:1:' or redis.call('PTTL', key) <= 0 then return key end \
        end \
        return #keys";
    // A record, a slot, and what is counted for the recipient.
    assert_eq!(server.command(&format!("EVAL \"{script}\" 0")).await.unwrap(), ":3");
    guard.create(&crate::provider::request(2).with_idempotency_key("form-1")).await.unwrap();
    // The same, and what is kept under the key.
    assert_eq!(server.command(&format!("EVAL \"{script}\" 0")).await.unwrap(), ":7");
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_shorter_window_does_not_shorten_for_how_long_a_count_is_kept() {
    let server = Server::start().await;
    let store = RedisStore::new(server.url()).expect("a valid URL");
    let quota = Key::new(Bucket::new(7), "somebody");
    for (number, seconds) in [1, 3600, 1].into_iter().enumerate() {
        let limits = vec![Limit { max: 9, window: Duration::from_secs(seconds) }];
        let reservation = Reservation {
            key: Key::new(quota.bucket, number.to_string()),
            slot: "slot".into(),
            quotas: vec![Quota {
                key: quota.clone(),
                limits: limits.into(),
                step: Duration::ZERO,
                label: None,
            }],
            lockout: None,
            failures: None,
            shared: None,
            lifetime: Duration::from_secs(600),
            max_attempts: 5,
            binding: Binding::default(),
            idempotency: None,
        };
        let reserved = store.reserve_create(&reservation).await.unwrap();
        assert!(matches!(reserved, ReserveResult::Granted { .. }));
    }
    let kept = server.command("PTTL {otp:1:0007}:quota:somebody").await.unwrap();
    let kept: u64 = kept.trim_start_matches(':').parse().unwrap();
    assert!((3_000_000..=3_600_000).contains(&kept), "{kept} ms");
}
