//! Concurrent calls: limits hold and a code is accepted once.

use std::sync::Arc;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Error, ErrorKind, Operation, OtpProvider, RecipientKind, Rejection, Verified, VerifyRequest,
};
use otp_tests::{FakeProvider, RIGHT, WRONG};
use tokio::task::JoinSet;

use crate::fixtures::{PHONE, guard, inner, request, settings, unlimited};

const RACERS: usize = 1_000;

/// What a code comes to that is presented by many at once, over guards that share a store, as processes would.
async fn race(
    fake: &FakeProvider,
    attempts: u32,
    failures: usize,
    code: &str,
) -> Vec<Result<Verified, Error>> {
    let store = Arc::new(MemoryStore::new());
    // An attempt counts as a failure until it is settled. The races are about attempts, with more of them than failures in a row
    // are allowed.
    let settings = settings().with_max_attempts(attempts).with_max_failures(None);
    let guards: Vec<_> = (0..8).map(|_| Arc::new(guard(fake, store.clone(), settings.clone()))).collect();
    let id = guards[0].create(&request(PHONE)).await.expect("a challenge").id;
    for _ in 0..failures {
        fake.fail(Error::new(ErrorKind::RateLimited));
    }
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let (guard, request) = (guards[racer % 8].clone(), VerifyRequest::new(id.clone(), code));
        racers.spawn(async move { guard.verify(&request).await });
    }
    racers.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_right_code_is_accepted_exactly_once() {
    for attempts in [5, 10_000] {
        let fake = inner(RecipientKind::Phone);
        let outcomes = race(&fake, attempts, 0, RIGHT).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(fake.count_of(Operation::Verify) <= attempts as usize);
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            let fair = [Rejection::AlreadyUsed, Rejection::TooManyAttempts].map(ErrorKind::Rejected);
            assert!(fair.contains(&error.kind()), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn never_more_wrong_codes_than_the_limit_reach_the_provider() {
    let fake = inner(RecipientKind::Phone);
    let outcomes = race(&fake, 5, 0, WRONG).await;
    assert!(outcomes.iter().all(Result::is_err));
    assert_eq!(fake.count_of(Operation::Verify), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_that_are_given_back_do_not_let_more_wrong_codes_through() {
    let fake = inner(RecipientKind::Phone);
    let outcomes = race(&fake, 5, 100, WRONG).await;
    let wrong = |outcome: &&Result<Verified, Error>| {
        outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Rejected(Rejection::WrongCode))
    };
    assert!(outcomes.iter().filter(wrong).count() <= 5);
}

#[tokio::test]
async fn a_success_beats_a_limit_that_is_reached_meanwhile() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings().with_max_attempts(2));
    let id = guard.create(&request(PHONE)).await.unwrap().id;
    let (right, wrong) = (VerifyRequest::new(id.clone(), RIGHT), VerifyRequest::new(id.clone(), WRONG));
    let (accepted, refused, late) =
        tokio::join!(guard.verify(&right), guard.verify(&wrong), guard.verify(&wrong));
    accepted.unwrap();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Rejected(Rejection::WrongCode));
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Rejected(Rejection::TooManyAttempts));
}

#[tokio::test]
async fn an_acceptance_that_nobody_waited_for_is_not_repeated() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings().with_max_attempts(1));
    let id = guard.create(&request(PHONE)).await.unwrap().id;
    let request = VerifyRequest::new(id, RIGHT);
    {
        let mut dropped = Box::pin(guard.verify(&request));
        // The provider has been asked, and has not answered yet.
        assert!(
            std::future::poll_fn(|context| {
                std::task::Poll::Ready(dropped.as_mut().poll(context).is_pending())
            })
            .await
        );
    }
    let error = guard.verify(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::TooManyAttempts));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_creates_never_pass_a_limit_and_leave_one_challenge_open() {
    let fake = inner(RecipientKind::Phone);
    let guard = Arc::new(guard(&fake, MemoryStore::new(), unlimited().with_per_hour(20)));
    let mut racers = JoinSet::new();
    for _ in 0..RACERS {
        let guard = guard.clone();
        racers.spawn(async move { guard.create(&request(PHONE)).await });
    }
    let sent: Vec<_> = racers.join_all().await.into_iter().flatten().collect();
    assert_eq!((sent.len(), fake.count_of(Operation::Create)), (20, 20));
    let mut accepted = 0;
    for challenge in sent {
        accepted += usize::from(guard.verify(&VerifyRequest::new(challenge.id, RIGHT)).await.is_ok());
    }
    assert_eq!(accepted, 1);
}
