//! The permissions in the guide suffice.

use std::sync::Arc;

use otp_conformance::stores;
use otp_facade::stores::RedisStore;
use otp_tests::redis::{Cluster, Server};

use crate::conformance::InRedis;
use crate::server::prefix;

const GUIDE: &str = include_str!("../../../crates/otp-facade/docs/redis.md");

/// The command of the guide, for the prefixes of the tests and with what a row of its table adds.
fn command(more: &str) -> String {
    let command = GUIDE.lines().find(|line| line.starts_with("ACL SETUSER ")).expect("the guide has it");
    let command = command.replace("PASSWORD", "hunter2").replace("~{otp:*", "~{otp-test-*");
    let row = |line: &&str| line.starts_with("| `+") && line.contains(more);
    let rights = match more {
        "" => "",
        _ => GUIDE.lines().find(row).and_then(|line| line.split('`').nth(1)).expect("the guide has it"),
    };
    format!("{command} {rights}")
}

async fn assert_suffices(new: impl Fn() -> RedisStore) {
    let report = stores::run(async || {
        let store = new().with_prefix(&prefix()).expect("a prefix");
        InRedis(Arc::new(store))
    })
    .await;
    assert!(report.failures().is_empty() && report.skipped().is_empty(), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn the_permissions_in_the_guide_suffice() {
    let server = Server::start().await;
    assert_eq!(server.command(&command("")).await.unwrap(), "+OK");
    let url = format!("redis://otp:hunter2@{}/", server.address());
    assert_suffices(|| RedisStore::new(url.as_str()).expect("a URL")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn the_permissions_in_the_guide_suffice_on_a_cluster() {
    let cluster = Cluster::start().await;
    for node in cluster.nodes() {
        assert_eq!(node.command(&command("a cluster")).await.unwrap(), "+OK");
    }
    let url = cluster.url(0).replace("redis://", "redis://otp:hunter2@");
    assert_suffices(|| RedisStore::cluster([url.as_str()]).expect("a URL")).await;
}
