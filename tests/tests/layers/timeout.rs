//! Timeout: the deadline of an operation.

use std::time::Duration;

use otp_facade::layers::RetryPolicy;
use otp_facade::{ErrorKind, Operation, OtpProviderExt};
use otp_tests::{DOWN, FakeProvider, Step};
use tokio::time::Instant;

use crate::calls::call;

const LIMIT: Duration = Duration::from_secs(15);

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_too_long_fails_at_the_deadline_and_may_have_acted() {
    for operation in Operation::ALL {
        let fake = FakeProvider::new("one").then([Step::Hang(LIMIT * 2)]);
        let began = Instant::now();
        let error = call(&fake.clone().with_timeout(LIMIT), operation, &fake.id()).await.unwrap_err();
        assert_eq!(began.elapsed(), LIMIT);
        let text = error.to_string();
        assert!(text.starts_with(&format!("one: {operation}: timed_out: no response within 15s")), "{text}");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.may_have_acted() && error.is_transient());
        let is_harmless = matches!(operation, Operation::Cancel | Operation::Status);
        assert_eq!(error.is_safe_to_repeat(), is_harmless, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_in_time_is_let_through() {
    for operation in Operation::ALL {
        let fake = FakeProvider::new("one").then([Step::Hang(LIMIT - Duration::from_millis(1))]);
        call(&fake.clone().with_timeout(LIMIT), operation, &fake.id()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_for_attempts_and_pauses_together() {
    let policy = RetryPolicy::default().with_max_attempts(1000);
    let fake = FakeProvider::new("one").then([DOWN; 1000]);
    let began = Instant::now();
    let error =
        call(&fake.clone().with_retry(policy).with_timeout(LIMIT), Operation::Create, &fake.id()).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(began.elapsed(), LIMIT);
    assert!(fake.count() > 2);
}
