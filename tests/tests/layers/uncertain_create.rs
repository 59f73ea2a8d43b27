//! Failover after an uncertain create: delivery is preferred to economy, by choice.

use std::time::Duration;

use otp_facade::layers::{Failover, RetryPolicy};
use otp_facade::stores::MemoryStore;
use otp_facade::{ErrorKind, GuardSettings, Operation, OtpProvider, OtpProviderExt, Rejection};
use otp_tests::{DOWN, Failure, FakeProvider, LOST, Step};

use crate::calls::{call, request};

fn stack(first: &FakeProvider, second: &FakeProvider) -> Failover {
    first.clone().with_failover(second.clone()).expect("different names").after_uncertain_create()
}

#[tokio::test]
async fn a_create_fails_over_after_each_uncertain_outcome_and_says_so() {
    use ErrorKind::{ProviderDeclined, RateLimited, TimedOut, Unauthorized, Unavailable, UnexpectedResponse};
    for kind in [Unavailable, TimedOut, RateLimited, ProviderDeclined, Unauthorized, UnexpectedResponse] {
        for may_have_acted in [false, true] {
            let one = FakeProvider::new("one").then([Step::Fail(Failure::new(kind, may_have_acted))]);
            let two = FakeProvider::new("two");
            let challenge = stack(&one, &two).create(&request()).await.unwrap();
            assert_eq!(challenge.id.issuer(), "two");
            assert_eq!(challenge.earlier_message_possible, may_have_acted, "{kind:?}");
            assert_eq!((one.count(), two.count()), (1, 1));
        }
    }
}

#[tokio::test]
async fn without_the_setting_an_uncertain_create_is_the_callers_error() {
    let (one, two) = (FakeProvider::new("one").then([LOST]), FakeProvider::new("two"));
    let error = one.clone().with_failover(two.clone()).unwrap().create(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::TimedOut, true));
    assert_eq!((one.count(), two.count()), (1, 0));
}

#[tokio::test]
async fn an_error_of_the_request_moves_nowhere() {
    use ErrorKind::{InvalidRequest, NotFound, Rejected, StoreUnavailable, Unsupported};
    for kind in [InvalidRequest, NotFound, Rejected(Rejection::LockedOut), StoreUnavailable, Unsupported] {
        let one = FakeProvider::new("one").then([Step::Fail(Failure::new(kind, true))]);
        let two = FakeProvider::new("two");
        assert_eq!(stack(&one, &two).create(&request()).await.unwrap_err().kind(), kind);
        assert_eq!(two.count(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn if_nobody_works_the_error_says_that_a_message_may_have_been_sent() {
    for (first, second, may_have_acted) in [(LOST, DOWN, true), (DOWN, LOST, true), (DOWN, DOWN, false)] {
        let (one, two) = (FakeProvider::new("one").then([first]), FakeProvider::new("two").then([second]));
        let error = stack(&one, &two).create(&request()).await.unwrap_err();
        assert_eq!((error.provider(), error.may_have_acted()), (Some("two"), may_have_acted));
        assert_eq!(error.is_safe_to_repeat(), !may_have_acted);
    }
}

#[tokio::test(start_paused = true)]
async fn no_outer_retry_repeats_what_may_have_been_sent() {
    let (one, two) = (FakeProvider::new("one").then([LOST]), FakeProvider::new("two").then([DOWN]));
    let provider = stack(&one, &two).with_retry(RetryPolicy::default());
    assert!(provider.create(&request()).await.unwrap_err().may_have_acted());
    assert_eq!((one.count(), two.count()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn retry_and_verify_never_repeat_what_is_uncertain() {
    for operation in [Operation::Create, Operation::Verify] {
        let (one, two) = (FakeProvider::new("one").then([LOST; 9]), FakeProvider::new("two"));
        let policy = RetryPolicy::default();
        let retried = one.clone().with_retry(policy).with_failover(two.clone()).unwrap();
        let outcome = call(&retried.after_uncertain_create(), operation, &one.id()).await;
        let creates = operation == Operation::Create;
        assert_eq!(outcome.is_ok(), creates);
        assert_eq!((one.count(), two.count()), (1, usize::from(creates)), "{operation}");
    }
}

#[tokio::test]
async fn later_operations_go_to_the_last_provider_alone() {
    for operation in [Operation::Verify, Operation::Cancel, Operation::Status] {
        let (one, two) = (FakeProvider::new("one").then([LOST]), FakeProvider::new("two"));
        let provider = stack(&one, &two);
        let id = provider.create(&request()).await.unwrap().id;
        call(&provider, operation, &id).await.unwrap();
        assert_eq!((one.calls(), two.calls()), (vec![Operation::Create], vec![Operation::Create, operation]));
    }
}

#[tokio::test]
async fn an_earlier_message_is_reported_through_every_layer() {
    let (one, two) = (FakeProvider::new("one").then([LOST]), FakeProvider::new("two").then([DOWN]));
    let settings = GuardSettings::new("a key of at least 32 characters, for tests");
    // The inner failover is certain of its own part.
    let inner = two.with_failover(FakeProvider::new("three")).unwrap();
    let provider = one.with_failover(inner).unwrap().after_uncertain_create();
    let provider = provider.with_timeout(Duration::from_secs(15)).with_guard(MemoryStore::new(), settings);
    let challenge = provider.unwrap().with_tracing().create(&request()).await.unwrap();
    assert!(challenge.earlier_message_possible);
}

#[tokio::test]
async fn an_inner_failovers_earlier_message_is_not_forgotten() {
    let (one, two) = (FakeProvider::new("one").then([LOST]), FakeProvider::new("two"));
    let provider = FakeProvider::new("zero").then([DOWN]).with_failover(stack(&one, &two)).unwrap();
    assert!(provider.create(&request()).await.unwrap().earlier_message_possible);
}

#[test]
fn debug_shows_the_setting() {
    let provider = stack(&FakeProvider::new("one"), &FakeProvider::new("two"));
    assert_eq!(format!("{provider:?}"), "Failover(after uncertain create)[one, two]");
}
