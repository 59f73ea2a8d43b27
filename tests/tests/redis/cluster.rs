//! A cluster of three masters and three replicas: its store, a slot that moves, a master that dies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use otp_conformance::stores;
use otp_facade::stores::{Bucket, ChallengeStore, Key, RedisStore, StoreErrorKind};
use otp_facade::{ErrorKind, OtpProvider, Rejection, VerifyRequest};
use otp_tests::RIGHT;
use otp_tests::redis::{Cluster, PROCESSES, Process, Worker, free_port, now};
use tokio::task::JoinSet;

use crate::conformance::InRedis;
use crate::half_attempts::{attempts, has_failed, start};
use crate::hang;
use crate::provider::request;
use crate::server::prefix;

fn store(urls: &[String]) -> RedisStore {
    let urls = urls.iter().map(String::as_str);
    RedisStore::cluster(urls).expect("URLs").with_prefix(&prefix()).expect("a prefix")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn the_store_conforms_from_any_node_also_a_replica_and_beside_one_that_is_gone() {
    let cluster = Cluster::start().await;
    let gone = format!("redis://127.0.0.1:{}/", free_port());
    for seeds in [vec![cluster.url(1)], vec![gone, cluster.url(5)]] {
        let report = stores::run(async || InRedis(Arc::new(store(&seeds)))).await;
        assert!(report.failures().is_empty() && report.skipped().is_empty(), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_slot_moves_under_traffic_and_no_call_fails() {
    let cluster = Cluster::start().await;
    // A script with several keys waits until its slot has moved.
    let worker = Worker { urls: cluster.urls(), connections: 4, deadline: Some(10_000), ..Worker::default() };
    let guard = Arc::new(worker.guard());
    let mut ids = Vec::new();
    for number in 0..200 {
        ids.push(guard.create(&request(number)).await.unwrap().id);
    }
    // The slot of the first challenge: its bucket is in its id, and is the hash tag of its keys.
    let bucket = ids[0].as_str().split('.').nth(1).expect("a bucket");
    let key = format!("{{otp:1:{bucket}}}");
    let slot: u16 = cluster.nodes()[0].query(&["CLUSTER", "KEYSLOT", &key]).await.unwrap();
    let from = cluster.masters_with(&key).await[0];
    let to = (0..3).find(|node| *node != from).unwrap();

    let moved = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for caller in 0..4 {
        let (guard, moved, ids) = (guard.clone(), moved.clone(), ids.clone());
        callers.spawn(async move {
            let (mut accepted, mut created) = (0, 0);
            for id in ids.iter().skip(caller).step_by(4) {
                guard.create(&request(1_000 + caller * 100_000 + created)).await.unwrap();
                created += 1;
                for _ in 0..2 {
                    match guard.verify(&VerifyRequest::new(id.clone(), RIGHT)).await {
                        Ok(_) => accepted += 1,
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::AlreadyUsed), "{error}")
                        }
                    }
                }
            }
            while !moved.load(Ordering::SeqCst) {
                guard.status(&ids[0]).await.unwrap();
                guard.create(&request(1_000 + caller * 100_000 + created)).await.unwrap();
                created += 1;
            }
            // Only now is it certain that the slot is elsewhere: one more call, which is told so.
            guard.status(&ids[0]).await.unwrap();
            accepted
        });
    }
    cluster.migrate(slot, from, to).await;
    moved.store(true, Ordering::SeqCst);
    let accepted: usize = callers.join_all().await.into_iter().sum();
    assert_eq!(accepted, ids.len(), "each is accepted exactly once");
    guard.create(&request(2)).await.map(|_| ()).unwrap_or_else(|error| {
        assert_eq!(error.kind(), ErrorKind::RateLimited, "limits moved with the slot: {error}");
    });
    for code in ["ASK", "MOVED"] {
        assert!(cluster.refused_with(code).await > 0, "{code} did not occur");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_master_dies_under_eight_processes_and_its_replica_takes_over() {
    const SECONDS: f64 = 10.0;
    const CHALLENGES: usize = 400;
    let mut cluster = Cluster::start().await;
    let task = |number, ids: &[String]| Worker {
        urls: cluster.urls(),
        connections: 4,
        arrivals: CHALLENGES as f64 / SECONDS,
        seconds: SECONDS,
        number,
        ids: ids.to_vec(),
        ..Worker::default()
    };
    let creator = task(PROCESSES, &[]);
    let guard = creator.guard();
    let mut ids = Vec::new();
    for number in 0..CHALLENGES {
        ids.push(guard.create(&creator.recipient(number)).await.unwrap().id.to_string());
    }
    let mut processes: Vec<_> =
        (0..PROCESSES).map(|number| Process::start(hang::command(), &task(number, &ids))).collect();
    for process in &mut processes {
        process.ready().await;
    }
    let master = cluster.masters_with("otp").await[0];
    processes.iter_mut().for_each(Process::go);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let killed = now();
    cluster.kill(master).await;
    let promoted = now();

    let (mut accepted, mut last_failure, mut failed) = (BTreeMap::<usize, Vec<u64>>::new(), 0, 0);
    let mut succeeded_at_last = 0;
    for process in &mut processes {
        let report = process.report().await;
        for (interval, succeeded, failures) in report.arrivals {
            let time = interval * 10;
            failed += failures;
            if failures > 0 {
                last_failure = last_failure.max(time);
            }
            if time > promoted + 2_000 {
                succeeded_at_last += succeeded;
            }
        }
        for (id, time) in report.accepted {
            accepted.entry(id).or_default().push(time);
        }
    }
    let recovered = last_failure.saturating_sub(promoted);
    let twice = accepted.values().filter(|times| times.len() > 1).count();
    println!(
        "promoted after {} ms, recovered {recovered} ms later, {failed} failed, {} accepted, {} of them twice",
        promoted - killed,
        accepted.len(),
        twice,
    );
    assert!(failed > 0, "no call noticed");
    assert!(recovered <= 2_000 && succeeded_at_last > 0, "{recovered} ms");
    for times in accepted.values_mut().filter(|times| times.len() > 1) {
        times.sort_unstable();
        // What the master confirmed last may not have reached its replica.
        assert!(times[0] + 200 > killed && times[0] <= promoted, "accepted at {times:?}, killed at {killed}");
    }
    cluster.restart(master).await;
    let error = guard.create(&creator.recipient(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "limits survive: {error}");
}

/// The first bucket whose keys this master has at the start.
async fn bucket_of(cluster: &Cluster, master: usize) -> Bucket {
    for number in 0.. {
        let bucket = Bucket::new(number);
        let key = format!("{{otp:1:{bucket}}}");
        let slot: usize = cluster.nodes()[0].query(&["CLUSTER", "KEYSLOT", &key]).await.expect("a slot");
        if slot * 3 / 16_384 == master {
            return bucket;
        }
    }
    unreachable!("each master has buckets")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn an_attempt_that_a_dead_master_refuses_is_counted_by_no_other() {
    const DEAD: usize = 0;
    const ALIVE: usize = 1;
    let cluster = Cluster::start().await;
    for node in cluster.nodes() {
        node.expect_ok(&["CONFIG", "SET", "cluster-require-full-coverage", "no"]).await;
    }
    let urls = [cluster.url(1), cluster.url(2)];
    let store = || RedisStore::cluster(urls.iter().map(String::as_str)).expect("URLs");
    let dead = Key::new(bucket_of(&cluster, DEAD).await, "dead");
    let alive = Key::new(bucket_of(&cluster, ALIVE).await, "alive");
    let subject_dead = start(&store(), (&alive, None, &dead)).await;
    let record_dead = start(&store(), (&dead, None, &alive)).await;
    // The replica first, so that nobody takes over.
    for node in [DEAD + 3, DEAD] {
        let _ = cluster.nodes()[node].query::<()>(&["SHUTDOWN", "NOSAVE"]).await;
    }
    // A store without connections, so that certainly nothing reaches the dead node.
    let store = store();
    for _ in 0..3 {
        let error = store.begin_attempt(&subject_dead).await.unwrap_err();
        assert!(!error.may_have_acted(), "{error}");
        assert_eq!(attempts(&cluster.nodes()[ALIVE], &alive).await, 0, "counted on the record");
        let error = store.begin_attempt(&record_dead).await.unwrap_err();
        assert!(!error.may_have_acted(), "{error}");
        assert!(!has_failed(&cluster.nodes()[ALIVE], &alive).await, "counted for the subject");
    }
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_server_without_cluster_mode_is_named_as_the_reason() {
    let server = crate::server::Server::start().await;
    let error = store(&[server.url()]).read(&Key::new(Bucket::default(), "x")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotACluster, "{error}");
}
