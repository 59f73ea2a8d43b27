//! Retry: attempts and backoff.

use std::time::Duration;

use otp_facade::layers::RetryPolicy;
use otp_facade::{ErrorKind, Operation, OtpProviderExt};
use otp_tests::{DOWN, Failure, FakeProvider, Step};
use tokio::time::Instant;

use crate::calls::call;

#[tokio::test(start_paused = true)]
async fn it_gives_up_after_the_attempts_and_returns_the_last_error() {
    for (max_attempts, expected) in [(0, 1), (1, 1), (2, 2), (3, 3), (7, 7)] {
        let fake = FakeProvider::new("one").then([DOWN; 10]);
        let policy = RetryPolicy::default().with_max_attempts(max_attempts);
        let error = call(&fake.clone().with_retry(policy), Operation::Create, &fake.id()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(fake.count(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn three_attempts_are_made_by_default() {
    let fake = FakeProvider::new("one").then([DOWN; 10]);
    call(&fake.clone().with_retry(RetryPolicy::default()), Operation::Verify, &fake.id()).await.unwrap_err();
    assert_eq!(fake.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_are_not_all_alike() {
    let second = Duration::from_secs(1);
    let policy = RetryPolicy::default().with_max_attempts(4).with_delay(second, 2 * second);
    let mut pauses = Vec::new();
    for _ in 0..20 {
        let fake = FakeProvider::new("one").then([DOWN; 3]);
        let began = Instant::now();
        call(&fake.clone().with_retry(policy), Operation::Create, &fake.id()).await.unwrap();
        pauses.push(began.elapsed());
    }
    // 1, 2 and 2 seconds, and up to as much again.
    assert!(pauses.iter().all(|pause| (5 * second..=10 * second).contains(pause)), "{pauses:?}");
    pauses.sort();
    pauses.dedup();
    assert!(pauses.len() > 10, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn it_waits_at_least_as_long_as_the_provider_asks_for() {
    let limited = Step::Fail(Failure::new(ErrorKind::RateLimited, false).after(20));
    let fake = FakeProvider::new("one").then([limited]);
    let began = Instant::now();
    call(&fake.clone().with_retry(RetryPolicy::default()), Operation::Create, &fake.id()).await.unwrap();
    let pause = began.elapsed();
    assert!((Duration::from_secs(20)..Duration::from_secs(21)).contains(&pause), "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn it_does_not_wait_at_all_where_the_provider_asks_for_too_much() {
    let limited = Step::Fail(Failure::new(ErrorKind::RateLimited, false).after(11));
    let fake = FakeProvider::new("one").then([limited]);
    let policy = RetryPolicy::default().with_max_retry_after(Duration::from_secs(10));
    let began = Instant::now();
    let error = call(&fake.clone().with_retry(policy), Operation::Create, &fake.id()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(11)));
    assert_eq!((fake.count(), began.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn it_stops_as_soon_as_the_provider_may_have_acted() {
    let fake = FakeProvider::new("one").then([DOWN, otp_tests::LOST, Step::Succeed]);
    let error = call(&fake.clone().with_retry(RetryPolicy::default()), Operation::Create, &fake.id()).await;
    assert!(error.unwrap_err().may_have_acted());
    assert_eq!(fake.count(), 2);
}
