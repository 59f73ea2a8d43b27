//! Polling until a challenge is final.

use std::error::Error as _;
use std::time::Duration;

use otp_facade::{ErrorKind, InMemory, Operation, OtpProvider, OtpProviderExt, Status, wait_until_final};
use otp_tests::{DOWN, Failure, FakeProvider, LOST, Step};
use tokio::time::Instant;

use crate::calls::request;

const LIMIT: Duration = Duration::from_secs(60);
const PENDING: Step = Step::Be("pending");

#[tokio::test(start_paused = true)]
async fn it_returns_the_final_state_whichever_it_is() {
    for state in ["verified", "declined", "expired", "cancelled", "too_many_attempts", "failed"] {
        let fake =
            FakeProvider::new("one").then([PENDING, Step::Be("unknown:thinking"), PENDING, Step::Be(state)]);
        let status = fake.wait_until_final(&fake.id(), LIMIT).await.unwrap();
        assert_eq!((status.as_str(), fake.count()), (state, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn it_asks_less_and_less_often() {
    let fake = FakeProvider::new("one").then([PENDING; 1000]);
    fake.wait_until_final(&fake.id(), Duration::from_secs(600)).await.unwrap_err();
    assert!((100..150).contains(&fake.count()), "{}", fake.count());
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_it_is_timed_out_and_nothing_has_happened() {
    let fake = FakeProvider::new("one").then([PENDING; 1000]);
    let began = Instant::now();
    let error = wait_until_final(&fake, &fake.id(), LIMIT).await.unwrap_err();
    assert_eq!(began.elapsed(), LIMIT);
    assert_eq!(error.to_string(), "one: status: timed_out: the challenge has not ended within 60s");
    assert!(!error.may_have_acted() && error.source().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_status_that_hangs_does_not_hold_it_up() {
    let fake = FakeProvider::new("one").then([Step::Hang(LIMIT * 10)]);
    let began = Instant::now();
    assert_eq!(fake.wait_until_final(&fake.id(), LIMIT).await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(began.elapsed(), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_over_soon_is_waited_out() {
    let limited = Step::Fail(Failure::new(ErrorKind::RateLimited, false).after(40));
    let fake = FakeProvider::new("one").then([DOWN, LOST, limited, PENDING]);
    let began = Instant::now();
    assert_eq!(fake.wait_until_final(&fake.id(), LIMIT).await.unwrap(), Status::Verified);
    assert_eq!(fake.count(), 5);
    assert!(began.elapsed() >= Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn what_failed_last_is_the_source_of_the_time_out() {
    let fake = FakeProvider::new("one").then([DOWN; 1000]);
    let error = fake.wait_until_final(&fake.id(), LIMIT).await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "one: status: unavailable");
}

#[tokio::test(start_paused = true)]
async fn any_other_error_is_returned_at_once() {
    for kind in
        [ErrorKind::NotFound, ErrorKind::Unauthorized, ErrorKind::UnexpectedResponse, ErrorKind::Unsupported]
    {
        let fake = FakeProvider::new("one").then([Step::Fail(Failure::new(kind, false))]);
        assert_eq!(fake.wait_until_final(&fake.id(), LIMIT).await.unwrap_err().kind(), kind);
        assert_eq!(fake.calls(), [Operation::Status]);
    }
}

#[tokio::test(start_paused = true)]
async fn it_can_be_dropped_and_called_again() {
    let memory = InMemory::new();
    let provider: Box<dyn OtpProvider> = Box::new(memory.clone());
    let id = provider.create(&request()).await.unwrap().id;
    for _ in 0..3 {
        tokio::time::timeout(Duration::from_secs(7), wait_until_final(&*provider, &id, LIMIT))
            .await
            .unwrap_err();
    }
    memory.cancel(&id).await.unwrap();
    assert_eq!(provider.wait_until_final(&id, LIMIT).await.unwrap(), Status::Cancelled);
    assert_eq!(wait_until_final(&*provider, &id, Duration::ZERO).await.unwrap(), Status::Cancelled);
}
