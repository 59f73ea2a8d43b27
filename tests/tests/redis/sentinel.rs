//! A master that sentinels watch, and its failover.

use std::time::Duration;

use otp_facade::OtpProvider;
use otp_tests::redis::{Sentinels, Worker};

fn worker(sentinels: &Sentinels) -> Worker {
    let urls = vec!["redis://mymaster/0".to_owned()];
    Worker { urls, sentinels: sentinels.urls(), connections: 4, ..Worker::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn calls_follow_the_master_after_a_planned_failover_and_after_its_death() {
    for planned in [true, false] {
        let mut sentinels = Sentinels::start(&[]).await;
        let worker = worker(&sentinels);
        let guard = worker.guard();
        guard.create(&worker.recipient(0)).await.unwrap();
        if planned {
            sentinels.fail_over().await;
        } else {
            sentinels.servers()[0].kill();
        }
        sentinels.promoted().await;
        let recovered = async {
            let mut number = 1;
            while guard.create(&worker.recipient(number)).await.is_err() {
                number += 1;
            }
        };
        let limit = Duration::from_secs(2);
        assert!(tokio::time::timeout(limit, recovered).await.is_ok(), "planned: {planned}");
        let [_, replica] = sentinels.servers();
        assert!(!replica.keys("otp").await.is_empty(), "the new master has the records");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn an_unknown_master_is_named_as_the_reason() {
    let sentinels = Sentinels::start(&[]).await;
    let worker = Worker { urls: vec!["redis://other/".to_owned()], ..worker(&sentinels) };
    let error = worker.guard().create(&worker.recipient(0)).await.unwrap_err();
    assert!(error.to_string().contains("know no master of this name"), "{error}");
}
