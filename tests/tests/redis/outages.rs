//! Outages: a server that dies, falls silent or closes connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use otp_facade::{ChallengeId, ErrorKind, Operation, OtpProvider, Rejection, Status, VerifyRequest};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::provider::{Guarded, fake, guard, request};
use crate::server::Server;
use crate::tcp_proxy::TcpProxy;
use otp_tests::RIGHT;

const CHALLENGES: usize = 400;

fn right(id: &ChallengeId) -> VerifyRequest {
    VerifyRequest::new(id.clone(), RIGHT)
}

/// What became of many verifications.
#[derive(Default)]
struct WindowCounters {
    /// How often each challenge was accepted.
    accepted: Vec<AtomicUsize>,
    /// How many failed for the store.
    away: AtomicUsize,
}

impl WindowCounters {
    fn new() -> Arc<Self> {
        let accepted = (0..CHALLENGES).map(|_| AtomicUsize::new(0)).collect();
        Arc::new(Self { accepted, ..Self::default() })
    }

    fn all(&self) -> usize {
        self.accepted.iter().map(|times| times.load(Ordering::SeqCst)).sum()
    }

    fn none_twice(&self) -> bool {
        self.accepted.iter().all(|times| times.load(Ordering::SeqCst) <= 1)
    }

    /// Each guard verifies each challenge, a number of times; many at once, but not all.
    async fn verify_all(self: &Arc<Self>, guards: &[Guarded], ids: &[ChallengeId], rounds: usize) {
        let places = Arc::new(Semaphore::new(64));
        let mut verifies = JoinSet::new();
        for (number, id) in ids.iter().enumerate() {
            for guard in guards.iter().cycle().take(guards.len() * rounds) {
                let (counters, places) = (self.clone(), places.clone());
                let (guard, request) = (guard.clone(), right(id));
                verifies.spawn(async move {
                    let _place = places.acquire().await;
                    match guard.verify(&request).await {
                        Ok(_) => counters.accepted[number].fetch_add(1, Ordering::SeqCst),
                        Err(error) if error.kind() == ErrorKind::StoreUnavailable => {
                            counters.away.fetch_add(1, Ordering::SeqCst)
                        }
                        Err(error) => {
                            assert!(matches!(error.kind(), ErrorKind::Rejected(_)), "{error}");
                            0
                        }
                    }
                });
            }
        }
        verifies.join_all().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_server_that_is_killed_in_the_middle_leads_to_no_second_acceptance_and_loses_no_record() {
    let mut server = Server::start().await;
    let (provider, url) = (fake(), server.url());
    let new = || guard(&provider, &url, "otp", Duration::from_secs(5), 1_000);
    let guards = [new(), new()];
    let mut ids = Vec::new();
    for number in 0..CHALLENGES {
        ids.push(guards[0].create(&request(number)).await.unwrap().id);
    }
    let untouched = guards[0].create(&request(CHALLENGES)).await.unwrap().id;
    let cancelled = guards[0].create(&request(CHALLENGES + 1)).await.unwrap().id;
    guards[0].cancel(&cancelled).await.unwrap();

    let counters = WindowCounters::new();
    tokio::join!(counters.verify_all(&guards, &ids, 10), async {
        while counters.all() < CHALLENGES / 4 {
            tokio::task::yield_now().await;
        }
        tokio::task::block_in_place(|| server.kill());
    });
    let before = counters.all();
    assert!(counters.none_twice(), "{:?}", counters.accepted);
    assert!(before < CHALLENGES && counters.away.load(Ordering::SeqCst) > 0, "it was killed too late");
    let verified: Vec<_> =
        (0..CHALLENGES).filter(|n| counters.accepted[*n].load(Ordering::SeqCst) == 1).collect();

    let asked = provider.count_of(Operation::Verify);
    let created = provider.count_of(Operation::Create);
    // No connection is made, so that certainly no attempt is counted.
    for error in [
        guards[0].verify(&right(&untouched)).await.map(|_| ()).unwrap_err(),
        guards[0].create(&request(CHALLENGES + 2)).await.map(|_| ()).unwrap_err(),
        guards[0].status(&untouched).await.map(|_| ()).unwrap_err(),
        guards[0].cancel(&untouched).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, false));
    }
    assert_eq!(provider.count_of(Operation::Verify), asked, "nothing is asked");
    assert_eq!(provider.count_of(Operation::Create), created, "nothing is sent");

    server.restart().await;
    // The guards of before, which reconnect, and others, which remember nothing.
    for number in verified {
        assert_eq!(new().status(&ids[number]).await.unwrap(), Status::Verified, "it survives");
    }
    let away = counters.away.load(Ordering::SeqCst);
    counters.verify_all(&[guards[0].clone(), new(), new()], &ids, 2).await;
    assert!(counters.none_twice(), "{:?}", counters.accepted);
    assert_eq!(counters.away.load(Ordering::SeqCst), away, "it is there again");
    let fresh = new();
    assert_eq!(fresh.status(&untouched).await.unwrap(), Status::Pending);
    assert_eq!(fresh.status(&cancelled).await.unwrap(), Status::Cancelled);
    let again = fresh.create(&request(CHALLENGES)).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::RateLimited, "limits survive");
    fresh.verify(&right(&untouched)).await.unwrap();
    let used = fresh.verify(&right(&untouched)).await.unwrap_err();
    assert_eq!(used.kind(), ErrorKind::Rejected(Rejection::AlreadyUsed));
    println!(
        "{CHALLENGES} challenges: {before} accepted before the kill, {away} verifications refused for the store, {} \
         accepted after the restart, none twice",
        counters.all() - before,
    );
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_silent_server_does_not_keep_an_operation_beyond_the_deadline() {
    let server = Server::start().await;
    let (provider, deadline) = (fake(), Duration::from_millis(200));
    let guard = guard(&provider, &server.url(), "otp", deadline, 5);
    let id = guard.create(&request(1)).await.unwrap().id;
    server.command("CLIENT PAUSE 2000 ALL").await.unwrap();
    let start = Instant::now();
    let error = guard.verify(&right(&id)).await.unwrap_err();
    let took = start.elapsed();
    println!("a deadline of {deadline:?} was kept in {took:?}");
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(took >= deadline && took < deadline * 3, "{took:?}");
    assert_eq!(provider.count_of(Operation::Verify), 0);
    server.command("CLIENT UNPAUSE").await.unwrap();
    guard.verify(&right(&id)).await.unwrap();
}

#[tokio::test]
#[ignore = "belongs to the tests with a Redis server"]
async fn an_address_that_never_responds_does_not_keep_an_operation_beyond_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://:hunter2@{}/", listener.local_addr().unwrap());
    let (provider, deadline) = (fake(), Duration::from_millis(200));
    let guard = guard(&provider, &url, "otp", deadline, 5);
    let start = Instant::now();
    let error = guard.create(&request(1)).await.unwrap_err();
    assert!(start.elapsed() < deadline * 3, "{:?}", start.elapsed());
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, false));
    let shown = format!("{error} {error:?} {guard:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("127.0.0.1"), "{shown}");
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn connections_that_the_server_closed_are_made_anew_before_they_are_used() {
    let server = Server::start().await;
    let guard = guard(&fake(), &server.url(), "otp", Duration::from_secs(1), 5);
    let id = guard.create(&request(1)).await.unwrap().id;
    for _ in 0..8 {
        guard.status(&id).await.unwrap();
    }
    server.command("CLIENT KILL TYPE normal").await.unwrap();
    server.command("SCRIPT FLUSH").await.unwrap();
    for _ in 0..8 {
        guard.status(&id).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_server_that_takes_no_more_writes_is_left() {
    let server = Server::start().await;
    let guard = guard(&fake(), &server.url(), "otp", Duration::from_secs(1), 5);
    for number in 0..8 {
        guard.create(&request(number)).await.unwrap();
    }
    let made = async || {
        let script =
            "return tonumber(string.match(redis.call('INFO', 'stats'), 'connections_received:(%d+)'))";
        let made = server.command(&format!("EVAL \"{script}\" 0")).await.unwrap();
        made.trim_start_matches(':').parse::<usize>().unwrap()
    };
    server.command("REPLICAOF 127.0.0.1 1").await.unwrap();
    let before = made().await;
    for number in 0..8 {
        let error = guard.create(&request(100 + number)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    }
    // The address may lead elsewhere by now. This count is a connection, too.
    assert!(made().await - before > 4, "{} and then {}", before, made().await);
    server.command("REPLICAOF NO ONE").await.unwrap();
    guard.create(&request(200)).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_connection_that_falls_silent_is_left_though_callers_do_not_wait_for_the_deadline() {
    let server = Server::start().await;
    let proxy = TcpProxy::new(server.address()).await;
    let guard = guard(&fake(), &proxy.url, "otp", Duration::from_secs(1), 5);
    let id = guard.create(&request(1)).await.unwrap().id;
    for _ in 0..8 {
        guard.status(&id).await.unwrap();
    }
    proxy.silent.store(4, Ordering::SeqCst);
    let patience = Duration::from_millis(300);
    let mut answered = 0;
    for _ in 0..12 {
        answered += usize::from(
            tokio::time::timeout(patience, guard.status(&id)).await.is_ok_and(|status| status.is_ok()),
        );
    }
    assert_eq!(answered, 8, "each of four connections is found out once");
}
