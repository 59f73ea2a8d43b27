//! Each layer × each operation × each outcome: how often the provider is called, and what the caller gets.

use otp_facade::layers::RetryPolicy;
use otp_facade::{ErrorKind, Operation, OtpProvider, OtpProviderExt, Rejection};
use otp_tests::{Failure, FakeProvider, Step};
use std::time::Duration;

use crate::calls::call;

/// What the first call meets; the second one succeeds.
struct LayerCase {
    name: &'static str,
    failure: Option<Failure>,
    /// Calls that `Retry` makes of create and verify, and of cancel and status.
    retried: (usize, usize),
    /// Whether `Failover` asks the second provider for a create.
    should_fail_over: bool,
}

const fn row(
    name: &'static str,
    failure: Option<Failure>,
    retried: (usize, usize),
    should_fail_over: bool,
) -> LayerCase {
    LayerCase { name, failure, retried, should_fail_over }
}

fn rows() -> Vec<LayerCase> {
    let no = |kind| Some(Failure::new(kind, false));
    let acted = |kind| Some(Failure::new(kind, true));
    let limited = Failure::new(ErrorKind::RateLimited, false);
    let lies = Failure { operation: Some(Operation::Status), ..Failure::new(ErrorKind::TimedOut, true) };
    vec![
        row("ok", None, (1, 1), false),
        row("down, not acted", no(ErrorKind::Unavailable), (2, 2), true),
        row("timed out, not acted", no(ErrorKind::TimedOut), (2, 2), true),
        row("down, may have acted", acted(ErrorKind::Unavailable), (1, 2), false),
        row("timed out, may have acted", acted(ErrorKind::TimedOut), (1, 2), false),
        row("may have acted, named after a harmless operation", Some(lies), (1, 2), false),
        row("rate limited", Some(limited), (2, 2), true),
        row("rate limited, may have acted", acted(ErrorKind::RateLimited), (1, 2), false),
        row("rate limited for a while", Some(limited.after(30)), (2, 2), true),
        row("rate limited for too long", Some(limited.after(31)), (1, 1), true),
        row("no credit", no(ErrorKind::ProviderDeclined), (1, 1), true),
        row("refused, may have acted", acted(ErrorKind::ProviderDeclined), (1, 1), false),
        row("store down", no(ErrorKind::StoreUnavailable), (2, 2), false),
        row("denied", no(ErrorKind::Unauthorized), (1, 1), true),
        row("denied by a gateway", acted(ErrorKind::Unauthorized), (1, 1), false),
        row("unsupported", no(ErrorKind::Unsupported), (1, 1), false),
        row("invalid", no(ErrorKind::InvalidRequest), (1, 1), false),
        row("not found", no(ErrorKind::NotFound), (1, 1), false),
        row("outside the contract, not acted", no(ErrorKind::UnexpectedResponse), (1, 1), true),
        row("outside the contract", acted(ErrorKind::UnexpectedResponse), (1, 1), false),
        row("wrong code", acted(ErrorKind::Rejected(Rejection::WrongCode)), (1, 1), false),
        row("expired", no(ErrorKind::Rejected(Rejection::Expired)), (1, 1), false),
    ]
}

/// Asks once through a layer and says how often the provider inside was asked.
async fn ask(
    row: &LayerCase,
    operation: Operation,
    layer: impl FnOnce(FakeProvider) -> Box<dyn OtpProvider>,
    rescued: bool,
) -> usize {
    let at = format!("{}, {operation}", row.name);
    let fake = FakeProvider::new("one").then(row.failure.map(Step::Fail));
    let outcome = call(&*layer(fake.clone()), operation, &fake.id()).await;
    assert!(fake.calls().iter().all(|made| *made == operation), "{at}: {:?}", fake.calls());
    match (outcome, row.failure) {
        (Ok(()), failure) => assert!(failure.is_none() || rescued, "{at}: it succeeded"),
        (Err(error), Some(failure)) => {
            assert!(!rescued, "{at}: {error}");
            assert_eq!(error.kind(), failure.kind, "{at}");
            assert_eq!(error.may_have_acted(), failure.may_have_acted, "{at}");
            assert_eq!(error.retry_after(), failure.retry_after, "{at}");
            assert_eq!(error.provider(), Some("one"), "{at}");
        }
        (Err(error), None) => panic!("{at}: {error}"),
    }
    fake.count()
}

#[tokio::test(start_paused = true)]
async fn timeout_passes_everything_on_once() {
    for row in rows() {
        for operation in Operation::ALL {
            let limit = Duration::from_secs(15);
            assert_eq!(ask(&row, operation, |fake| Box::new(fake.with_timeout(limit)), false).await, 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn traced_passes_everything_on_once() {
    for row in rows() {
        for operation in Operation::ALL {
            assert_eq!(ask(&row, operation, |fake| Box::new(fake.with_tracing()), false).await, 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retry_repeats_only_what_is_transient_and_safe_to_repeat() {
    for row in rows() {
        for operation in Operation::ALL {
            let expected = match operation {
                Operation::Create | Operation::Verify => row.retried.0,
                Operation::Cancel | Operation::Status => row.retried.1,
            };
            let layer = |fake: FakeProvider| -> Box<dyn OtpProvider> {
                Box::new(fake.with_retry(RetryPolicy::default()))
            };
            let calls = ask(&row, operation, layer, expected > 1).await;
            assert_eq!(calls, expected, "{}, {operation}", row.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failover_fails_over_only_with_a_create_that_another_provider_may_do_and_this_one_did_not() {
    for row in rows() {
        for operation in Operation::ALL {
            let spare = FakeProvider::new("two");
            let should_fail_over = row.should_fail_over && operation == Operation::Create;
            let layer = |fake: FakeProvider| -> Box<dyn OtpProvider> {
                Box::new(fake.with_failover(spare.clone()).unwrap())
            };
            assert_eq!(ask(&row, operation, layer, should_fail_over).await, 1, "{}, {operation}", row.name);
            assert_eq!(spare.count(), usize::from(should_fail_over), "{}, {operation}", row.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_stack_sends_a_create_or_verify_again_that_may_have_acted() {
    for row in rows().iter().filter(|row| row.failure.is_some_and(|failure| failure.may_have_acted)) {
        for operation in [Operation::Create, Operation::Verify] {
            let spare = FakeProvider::new("two");
            let policy = RetryPolicy::default();
            let layer = |fake: FakeProvider| -> Box<dyn OtpProvider> {
                let inner = fake.with_timeout(Duration::from_secs(5)).with_retry(policy);
                let outer = inner.with_failover(spare.clone()).unwrap().with_retry(policy);
                Box::new(outer.with_timeout(Duration::from_secs(15)).with_retry(policy).with_tracing())
            };
            assert_eq!(ask(row, operation, layer, false).await, 1, "{}, {operation}", row.name);
            assert_eq!(spare.count(), 0, "{}, {operation}", row.name);
        }
    }
}
