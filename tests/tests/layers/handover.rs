//! Detached: whom the outcome of a verify belongs to whose caller is gone.

use std::time::Duration;

use futures_util::future::join_all;
use otp_facade::layers::Detached;
use otp_facade::stores::MemoryStore;
use otp_facade::{
    CreateRequest, ErrorKind, GuardSettings, InMemory, Operation, OtpProvider, OtpProviderExt, Purpose,
    Recipient, Rejection, Result, Verified, VerifyRequest,
};
use otp_tests::{FakeProvider, LOST, RIGHT, Step, WRONG};
use tokio::time::{advance, sleep, timeout};

use crate::capture::Capture;
use crate::slow::{RESPONSE, Slow};

const KEPT: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// A stack with an open challenge, and the request that it accepts.
struct Login {
    provider: Detached<Box<dyn OtpProvider>>,
    request: VerifyRequest,
    slow: Slow<InMemory>,
}

impl Login {
    async fn new(guarded: bool) -> Self {
        let memory = InMemory::new();
        let slow = Slow::new(memory.clone());
        let stack: Box<dyn OtpProvider> = match guarded {
            false => Box::new(slow.clone()),
            true => {
                let settings = GuardSettings::new("a key of at least 32 characters, for tests");
                Box::new(slow.clone().with_guard(MemoryStore::new(), settings).expect("valid settings"))
            }
        };
        let provider = stack.with_detached();
        let create = CreateRequest::new(Recipient::phone("+4915112345678")).with_subject("account-7");
        let id = provider.create(&create.with_purpose(purpose("login"))).await.expect("a challenge").id;
        let code = memory.last_message().expect("a message").code;
        let request = VerifyRequest::new(id, code).with_subject("account-7").with_purpose(purpose("login"));
        Self { provider, request, slow }
    }

    /// How many verifies the provider has seen to their ends.
    fn verifies(&self) -> usize {
        self.slow.ended().into_iter().filter(|operation| *operation == Operation::Verify).count()
    }
}

fn purpose(words: &str) -> Purpose {
    Purpose::Other(words.to_owned())
}

fn with_code(request: &VerifyRequest, code: &str) -> VerifyRequest {
    let mut other = request.clone();
    other.code = code.into();
    other
}

/// Calls verify and goes away before the response.
async fn drop_a_verify(provider: &dyn OtpProvider, request: &VerifyRequest) {
    timeout(RESPONSE / 8, provider.verify(request)).await.expect_err("there is no response yet");
}

#[track_caller]
fn assert_rejected(outcome: Result<Verified>, rejection: Rejection) {
    assert_eq!(outcome.expect_err("no acceptance").kind(), ErrorKind::Rejected(rejection));
}

#[tokio::test(start_paused = true)]
async fn the_outcome_of_a_dropped_verify_is_the_next_ones_once() {
    for guarded in [false, true] {
        // In flight, just ended, and shortly before the time is over.
        for wait in [Duration::ZERO, RESPONSE, KEPT + RESPONSE / 2] {
            let Login { provider, request, slow } = Login::new(guarded).await;
            drop_a_verify(&provider, &request).await;
            sleep(wait).await;
            let verified = provider.verify(&request).await.expect("the acceptance of the first");
            assert_eq!(verified.id, request.id);
            assert_eq!(slow.ended(), [Operation::Create, Operation::Verify], "the provider is called once");
            assert_rejected(provider.verify(&request).await, Rejection::AlreadyUsed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_layer_the_acceptance_of_a_dropped_verify_is_lost() {
    let memory = InMemory::new();
    let slow = Slow::new(memory.clone());
    let id = slow.create(&crate::calls::request()).await.unwrap().id;
    let request = VerifyRequest::new(id, memory.last_message().unwrap().code);
    drop_a_verify(&slow, &request).await;
    assert_rejected(slow.verify(&request).await, Rejection::AlreadyUsed);
}

#[tokio::test(start_paused = true)]
async fn the_outcome_is_kept_for_thirty_seconds_after_it_came() {
    for guarded in [false, true] {
        let Login { provider, request, .. } = Login::new(guarded).await;
        drop_a_verify(&provider, &request).await;
        sleep(RESPONSE + KEPT).await;
        assert_rejected(provider.verify(&request).await, Rejection::AlreadyUsed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_with_another_request_gets_no_outcome() {
    for guarded in [false, true] {
        for wait in [Duration::ZERO, RESPONSE] {
            let login = Login::new(guarded).await;
            let Login { provider, request, .. } = &login;
            let plain = VerifyRequest::new(request.id.clone(), request.code.clone());
            let longer = format!("{}0", request.code.expose());
            let others = [
                with_code(request, "999999"),
                with_code(request, &longer),
                with_code(request, &longer[..5]),
                request.clone().with_subject("account-8"),
                request.clone().with_purpose(purpose("payment")),
                plain.clone().with_subject("account-7"),
                plain.clone().with_purpose(purpose("login")),
                plain,
            ];
            drop_a_verify(provider, request).await;
            sleep(wait).await;
            for other in others {
                assert_rejected(provider.verify(&other).await, Rejection::AlreadyUsed);
            }
            // It is still there for the one whom it belongs to.
            provider.verify(request).await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_with_another_id_gets_no_outcome() {
    let (fake, other) = (FakeProvider::new("one").accepting_only_the_right_code(), "2");
    let slow = Slow::new(fake.clone());
    let provider = slow.clone().with_detached();
    drop_a_verify(&provider, &VerifyRequest::new(fake.id(), RIGHT)).await;
    sleep(RESPONSE).await;
    let other = otp_facade::ChallengeId::new("one", &[other]);
    provider.verify(&VerifyRequest::new(other, RIGHT)).await.unwrap();
    assert_eq!(slow.ended().len(), 2, "the provider is called for the other challenge");
}

#[tokio::test(start_paused = true)]
async fn of_many_live_callers_one_is_accepted() {
    for guarded in [false, true] {
        let login = Login::new(guarded).await;
        let outcomes = join_all((0..64).map(|_| login.provider.verify(&login.request))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_rejected(outcome, Rejection::AlreadyUsed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_callers_that_wait_for_a_dropped_one_one_is_accepted() {
    for guarded in [false, true] {
        let login = Login::new(guarded).await;
        drop_a_verify(&login.provider, &login.request).await;
        let outcomes = join_all((0..64).map(|_| login.provider.verify(&login.request))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_rejected(login.provider.verify(&login.request).await, Rejection::AlreadyUsed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_is_dropped_while_it_waits_takes_nothing_away() {
    let login = Login::new(true).await;
    for _ in 0..3 {
        drop_a_verify(&login.provider, &login.request).await;
    }
    login.provider.verify(&login.request).await.unwrap();
    assert_eq!(login.verifies(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_is_dropped_before_it_looks_at_the_outcome_leaves_it_to_the_next() {
    // The time is counted from the outcome, however late the caller goes.
    for (wait, is_kept) in [(SECOND, true), (KEPT - SECOND, true), (KEPT + SECOND, false)] {
        let Login { provider, request, .. } = Login::new(true).await;
        let mut verify = Box::pin(provider.verify(&request));
        timeout(RESPONSE / 8, &mut verify).await.expect_err("there is no response yet");
        sleep(RESPONSE * 7 / 8 + wait).await;
        drop(verify);
        match is_kept {
            true => drop(provider.verify(&request).await.unwrap()),
            false => assert_rejected(provider.verify(&request).await, Rejection::AlreadyUsed),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_code_of_a_dropped_verify_uses_one_attempt() {
    let login = Login::new(true).await;
    let wrong = with_code(&login.request, "000000000");
    drop_a_verify(&login.provider, &wrong).await;
    for attempts_left in [2, 1] {
        let error = login.provider.verify(&wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::WrongCode));
        assert_eq!(error.attempts_left(), Some(attempts_left));
    }
    assert_eq!(login.verifies(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_the_next_ones_and_what_was_not_sent_is_sent() {
    let limited = Step::Fail(otp_tests::Failure::new(ErrorKind::RateLimited, false));
    for (step, is_handed_over) in [(LOST, true), (otp_tests::DOWN, false), (limited, false)] {
        let fake = FakeProvider::new("one").then([step]);
        let provider = Slow::new(fake.clone()).with_detached();
        let request = VerifyRequest::new(fake.id(), RIGHT);
        drop_a_verify(&provider, &request).await;
        let outcome = provider.verify(&request).await;
        assert_eq!(outcome.is_err(), is_handed_over, "{outcome:?}");
        assert_eq!(fake.count(), if is_handed_over { 1 } else { 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_verify_that_panics_leaves_nothing_and_keeps_nobody_waiting() {
    let fake = FakeProvider::new("one").accepting_only_the_right_code();
    let provider = Slow::new(fake.clone()).panicking().with_detached();
    let request = VerifyRequest::new(fake.id(), WRONG);
    drop_a_verify(&provider, &request).await;
    let next = tokio::spawn(async move { provider.verify(&request).await });
    let outcome = timeout(RESPONSE * 3, next).await.expect("nobody waits for ever");
    assert!(outcome.unwrap_err().is_panic(), "its own call panics, too");
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_more_outcomes_are_kept_than_there_may_be_operations_in_flight() {
    let fake = FakeProvider::new("one");
    let provider = Slow::new(fake.clone()).with_detached().with_max_in_flight(2);
    let requests = ["1", "2", "3"]
        .map(|number| VerifyRequest::new(otp_facade::ChallengeId::new("one", &[number]), RIGHT));
    for request in &requests {
        drop_a_verify(&provider, request).await;
        sleep(RESPONSE).await;
    }
    for request in &requests {
        provider.verify(request).await.unwrap();
    }
    assert_eq!(fake.count(), 4, "two were kept, the third is called again");
    // Whoever took an outcome made room.
    drop_a_verify(&provider, &requests[0]).await;
    sleep(RESPONSE).await;
    provider.verify(&requests[0]).await.unwrap();
    assert_eq!(fake.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_challenge_of_a_dropped_create_is_not_another_creates() {
    let memory = InMemory::new();
    let provider = Slow::new(memory.clone()).with_detached();
    let request = crate::calls::request();
    timeout(RESPONSE / 8, provider.create(&request)).await.unwrap_err();
    let next = provider.create(&request).await.unwrap();
    let ids: Vec<_> = memory.inbox().into_iter().map(|message| message.id).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[1], next.id);
}

#[tokio::test(start_paused = true)]
async fn a_handover_is_reported_and_nothing_shows_the_code() {
    let capture = Capture::start();
    let Login { provider, request, .. } = Login::new(true).await;
    drop_a_verify(&provider, &request).await;
    advance(RESPONSE).await;
    let shown = format!("{provider:?}");
    provider.verify(&request).await.unwrap();
    let text = capture.text();
    assert_eq!(text.matches("event=\"otp.outcome_handed_over\"").count(), 1, "{text}");
    for secret in [request.code.expose(), "account-7"] {
        assert!(!shown.contains(secret) && !text.contains(secret), "{secret} is in {shown} or {text}");
    }
}
