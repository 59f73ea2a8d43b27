//! Detached: operations that run to their ends although their callers are gone.

use std::time::Duration;

use futures_util::FutureExt;
use otp_facade::layers::RetryPolicy;
use otp_facade::{ChallengeId, ErrorKind, InMemory, Operation, OtpProvider, OtpProviderExt};
use otp_tests::{DOWN, FakeProvider, Step};
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use crate::calls::{call, request};
use crate::capture::Capture;
use crate::slow::{RESPONSE, Slow};

/// Calls an operation and goes away before its response.
async fn drop_a_call(provider: &dyn OtpProvider, operation: Operation) {
    let id = FakeProvider::new("one").id();
    timeout(RESPONSE / 8, call(provider, operation, &id)).await.expect_err("there is no response yet");
}

#[tokio::test(start_paused = true)]
async fn an_operation_runs_to_its_end_though_its_caller_is_gone() {
    for operation in Operation::ALL {
        let slow = Slow::new(FakeProvider::new("one"));
        drop_a_call(&slow, operation).await;
        sleep(RESPONSE).await;
        assert_eq!(slow.ended(), [], "without the layer it ends with its caller");
        drop_a_call(&slow.clone().with_detached(), operation).await;
        sleep(RESPONSE).await;
        assert_eq!(slow.ended(), [operation]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_runs_to_its_end_though_the_task_of_its_caller_is_aborted() {
    for operation in Operation::ALL {
        let slow = Slow::new(FakeProvider::new("one"));
        let provider = slow.clone().with_detached();
        let id = FakeProvider::new("one").id();
        let task = tokio::spawn(async move { call(&provider, operation, &id).await });
        sleep(RESPONSE / 8).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        sleep(RESPONSE).await;
        assert_eq!(slow.ended(), [operation]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_stays_gets_the_outcome_and_the_error() {
    for operation in Operation::ALL {
        let fake = FakeProvider::new("one").then([Step::Succeed, DOWN]);
        let provider = fake.clone().with_detached();
        call(&provider, operation, &fake.id()).await.unwrap();
        let error = call(&provider, operation, &fake.id()).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, Some(operation)));
        assert_eq!(fake.count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_inside_ends_what_nobody_waits_for() {
    let fake = FakeProvider::new("one").then([Step::Hang(RESPONSE * 100)]);
    let provider = fake.with_timeout(RESPONSE * 2).with_detached();
    drop_a_call(&provider, Operation::Create).await;
    let began = Instant::now();
    assert_eq!(provider.drain(RESPONSE * 50).await, 0);
    assert!(began.elapsed() <= RESPONSE * 2);
}

#[tokio::test(start_paused = true)]
async fn a_panic_inside_is_resumed_in_the_caller() {
    for operation in Operation::ALL {
        let fake = FakeProvider::new("one");
        let provider = Slow::new(fake.clone()).panicking().with_detached();
        let id = fake.id();
        let task = tokio::spawn({
            let provider = provider.clone();
            async move { call(&provider, operation, &id).await }
        });
        let panic = task.await.unwrap_err().into_panic();
        let message = panic.downcast_ref::<String>().expect("the panic of the provider");
        assert_eq!(*message, format!("the provider of {operation} panics"));
        assert_eq!(provider.drain(Duration::ZERO).await, 0, "it is no longer in flight");
    }
}

#[tokio::test(start_paused = true)]
async fn above_the_maximum_in_flight_an_operation_ends_with_its_caller() {
    for operation in Operation::ALL {
        for max in 0..3 {
            let slow = Slow::new(FakeProvider::new("one"));
            let provider = slow.clone().with_detached().with_max_in_flight(max);
            let id = |number: &str| ChallengeId::new("one", &[number]);
            let drop_a_call = async |number| {
                let id = id(number);
                let dropped = timeout(RESPONSE / 8, call(&provider, operation, &id)).await;
                dropped.expect_err("there is no response yet");
            };
            for number in ["1", "2", "3"] {
                drop_a_call(number).await;
            }
            // It is served all the same.
            call(&provider, operation, &id("4")).await.unwrap();
            sleep(RESPONSE).await;
            assert_eq!(slow.ended().len(), max + 1, "{operation}, at most {max}");
            // There is room again.
            drop_a_call("5").await;
            sleep(RESPONSE).await;
            assert_eq!(slow.ended().len(), max + 1 + max.min(1), "{operation}, at most {max}");
        }
    }
}

#[test]
fn without_a_runtime_an_operation_runs_in_the_callers_task() {
    let memory = InMemory::new();
    let provider = memory.clone().with_detached();
    let id = provider.create(&request()).now_or_never().expect("at once").unwrap().id;
    assert_eq!(memory.inbox().len(), 1);
    let verify = otp_facade::VerifyRequest::new(id, memory.last_message().unwrap().code);
    provider.verify(&verify).now_or_never().expect("at once").unwrap();
}

#[tokio::test(start_paused = true)]
async fn drain_waits_for_what_is_in_flight_and_returns_what_is_left() {
    let provider = Slow::new(FakeProvider::new("one")).with_detached();
    assert_eq!(provider.drain(Duration::MAX).await, 0, "there is nothing to wait for");
    for operation in Operation::ALL {
        drop_a_call(&provider, operation).await;
    }
    let began = Instant::now();
    // Of the four, the first has ended by then. Two who wait see the same.
    let (clone, deadline) = (provider.clone(), RESPONSE * 9 / 16);
    let left = tokio::join!(provider.drain(deadline), clone.drain(deadline));
    assert_eq!(left, (3, 3));
    assert_eq!(provider.drain(Duration::MAX).await, 0);
    assert_eq!(began.elapsed(), RESPONSE * 7 / 8, "it returns when the last has ended");
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_keep_operations_from_starting_and_waits_for_them_too() {
    let slow = Slow::new(FakeProvider::new("one"));
    let provider = slow.clone().with_detached();
    drop_a_call(&provider, Operation::Create).await;
    let (left, ()) = tokio::join!(provider.drain(Duration::MAX), async {
        drop_a_call(&provider, Operation::Cancel).await
    });
    assert_eq!(left, 0);
    assert_eq!(slow.ended(), [Operation::Create, Operation::Cancel]);
}

#[tokio::test(start_paused = true)]
async fn the_span_of_the_caller_is_the_parent_of_the_spans_inside() {
    let capture = Capture::start();
    let provider = Slow::new(FakeProvider::new("one")).with_tracing().with_detached();
    let handler = tracing::info_span!("handler");
    drop_a_call(&provider, Operation::Create).instrument(handler).await;
    assert_eq!(provider.drain(RESPONSE).await, 0);
    let text = capture.text();
    let ended = text.lines().find(|line| line.contains("close") && line.contains("otp.client.operation{"));
    let ended = ended.unwrap_or_else(|| panic!("the span has ended: {text}"));
    assert!(ended.contains("handler:otp.client.operation{"), "{ended}");
    assert!(!ended.contains("error.type"), "the outcome is recorded, not that the caller was gone: {ended}");
}

#[tokio::test(start_paused = true)]
async fn what_inner_layers_report_reaches_a_tracing_layer_outside() {
    let capture = Capture::start();
    let fake = FakeProvider::new("one").then([DOWN, DOWN, Step::Succeed]);
    let provider = fake.clone().with_retry(RetryPolicy::default()).with_detached().with_tracing();
    provider.verify(&otp_facade::VerifyRequest::new(fake.id(), "123456")).await.unwrap();
    assert!(capture.text().contains("http.request.resend_count=2"), "{}", capture.text());
}

#[test]
fn debug_shows_the_stack_inside() {
    let provider = FakeProvider::new("one").with_timeout(Duration::from_secs(1)).with_detached();
    assert_eq!(format!("{provider:?}"), "Detached(Timeout(1s, one))");
}
