//! Nothing of what attackers do gets further over Redis, or over a cluster, than the settings promise.

use std::sync::Arc;

use otp_facade::OtpProvider;
use otp_facade::stores::RedisStore;
use otp_sandbox::Provider;
use otp_tests::adversary::{Counted, Measured, Store, World, measure, memory_store, table};
use otp_tests::redis::{Cluster, Worker};

use crate::server::{prefix, url};

/// A store with a prefix of its own, and its clock.
fn store(store: RedisStore) -> Store {
    let store = Arc::new(store.with_prefix(&prefix()).expect("a prefix"));
    let clock = store.clone();
    (Box::new(store), Box::new(move |by| clock.advance(by)))
}

async fn assert_like_in_memory(provider: Provider, spans: usize, connect: impl Fn() -> RedisStore) {
    let measured = measure(spans, async || World::in_memory(provider, store(connect()))).await;
    let in_memory = measure(spans, async || World::in_memory(provider, memory_store())).await;
    assert!(!measured.iter().any(Measured::exceeds), "{provider}\n{}", table(&measured));
    // Nor less: guesses depend on when the server's own clock passes the edge of a window, messages do not.
    for (measured, in_memory) in measured.iter().zip(&in_memory) {
        if measured.strategy.counted == Counted::Messages {
            assert_eq!(measured.counted, in_memory.counted, "{provider}: {}", measured.strategy.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: REDIS_URL"]
async fn in_a_week_nothing_gets_further_than_promised() {
    for provider in Provider::ALL {
        assert_like_in_memory(provider, 2, || RedisStore::new(url()).expect("a URL")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn over_a_cluster_nothing_gets_further_than_promised() {
    let cluster = Cluster::start().await;
    for provider in Provider::ALL {
        let connect = || RedisStore::cluster([cluster.url(0)]).expect("a URL");
        assert_like_in_memory(provider, 1, connect).await;
    }
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn keys_of_many_recipients_are_spread_evenly_over_the_masters() {
    let cluster = Cluster::start().await;
    let guard = Worker { urls: cluster.urls(), ..Worker::default() }.guard();
    let before = dataset_bytes(&cluster).await;
    for number in 0..10_000 {
        guard.create(&crate::provider::request(number)).await.expect("a challenge");
    }
    let bytes = (dataset_bytes(&cluster).await - before) / 10_000;
    println!("{bytes} bytes a challenge");
    let mut counts = Vec::new();
    for master in 0..3 {
        let count: u64 = cluster.nodes()[master].query(&["DBSIZE"]).await.expect("a number");
        counts.push(count as f64);
    }
    let third = counts.iter().sum::<f64>() / 3.0;
    assert!(counts.iter().all(|count| (count / third - 1.0).abs() < 0.2), "{counts:?}");
}

/// What the masters store.
async fn dataset_bytes(cluster: &Cluster) -> u64 {
    let mut bytes = 0;
    for master in &cluster.nodes()[..3] {
        let memory = master.text(&["INFO", "memory"]).await;
        let line = memory.lines().find_map(|line| line.strip_prefix("used_memory_dataset:"));
        bytes += line.expect("it is there").trim().parse::<u64>().expect("a number");
    }
    bytes
}
