//! The connection pool: how many connections it makes, and which it leaves.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::{ErrorKind, OtpProvider, Status};
use otp_tests::redis::{DelayingProxy, FakeServer, Server, Worker};
use tokio::task::JoinSet;

fn worker(url: String) -> Worker {
    Worker { urls: vec![url], connections: 4, ..Worker::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn many_callers_at_once_open_no_more_connections_than_the_pool_has() {
    let server = Server::start().await;
    let proxy = DelayingProxy::start(server.address(), Duration::from_millis(5)).await;
    let creator = worker(server.url());
    let id = creator.guard().create(&creator.recipient(1)).await.unwrap().id;
    let guard = Arc::new(Worker { deadline: Some(60_000), ..worker(proxy.url()) }.guard());
    let mut calls = JoinSet::new();
    for _ in 0..16_384 {
        let (guard, id) = (guard.clone(), id.clone());
        calls.spawn(async move { guard.status(&id).await.unwrap() });
    }
    assert!(calls.join_all().await.iter().all(|status| *status == Status::Pending));
    assert!((1..=4).contains(&proxy.connections()), "{}", proxy.connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_call_that_is_dropped_does_not_give_its_response_to_another() {
    let server = Server::start().await;
    let proxy = DelayingProxy::start(server.address(), Duration::from_millis(2)).await;
    let worker = Worker { connections: 1, deadline: Some(30_000), ..worker(proxy.url()) };
    let guard = Arc::new(worker.guard());
    let pending = guard.create(&worker.recipient(1)).await.unwrap().id;
    let cancelled = guard.create(&worker.recipient(2)).await.unwrap().id;
    guard.cancel(&cancelled).await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..4_000_u64 {
        let (guard, is_pending) = (guard.clone(), number % 2 == 0);
        let id = if is_pending { pending.clone() } else { cancelled.clone() };
        calls.spawn(async move {
            let patience = Duration::from_micros(number % 7 * 1_000);
            let response = tokio::time::timeout(patience, guard.status(&id)).await;
            let expected = if is_pending { Status::Pending } else { Status::Cancelled };
            if let Ok(status) = response {
                assert_eq!(status.unwrap(), expected);
            }
        });
    }
    calls.join_all().await;
    assert_eq!(guard.status(&pending).await.unwrap(), Status::Pending);
    assert_eq!(proxy.connections(), 1, "the connection is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_demoted_master_is_left_for_the_server_to_which_its_address_leads() {
    let replica = Server::start().await;
    replica.command("REPLICAOF 127.0.0.1 1").await.unwrap();
    let moved = FakeServer::start("MOVED 1234 127.0.0.1:1").await;
    for demoted in [replica.address(), moved.address()] {
        let server = Server::start().await;
        let proxy = DelayingProxy::start(demoted, Duration::ZERO).await;
        let worker = worker(proxy.url());
        let guard = worker.guard();
        let error = guard.create(&worker.recipient(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
        proxy.lead_to(server.address());
        guard.create(&worker.recipient(2)).await.unwrap();
    }
}
