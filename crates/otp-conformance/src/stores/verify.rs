//! Attempts: how they are counted, and what settles them.

use std::time::Duration;

use otp_facade::stores::{
    Attempt, AttemptOutcome, AttemptResult, Binding, CreateOutcome, Receipt, Reservation, SettleResult,
};
use otp_facade::{Rejection, Status};

use super::fixture::{ATTEMPTS, Fixture, HOUR, LIFETIME, allowed, attempt, provider_id, reservation};
use crate::CaseResult;

pub(super) async fn attempts_are_counted_and_run_out(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    for left in (0..ATTEMPTS).rev() {
        fixture.expect_status(&reservation, Status::Pending).await?;
        fixture.expect_attempt(&reservation, allowed(left)).await?;
    }
    fixture.expect_rejection(&reservation, Rejection::TooManyAttempts).await
}

pub(super) async fn an_attempt_that_was_not_sent_is_given_back(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let mut last = Receipt::default();
    for _ in 0..ATTEMPTS * 2 {
        last = fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
        fixture.expect_settled(&reservation, &last, AttemptOutcome::NotSent, SettleResult::Done).await?;
    }
    // More is never given back than was taken.
    fixture.expect_settled(&reservation, &last, AttemptOutcome::NotSent, SettleResult::Done).await?;
    fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await.map(|_| ())
}

pub(super) async fn the_started_challenge_says_how_many_attempts_there_are(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let reservation = reservation();
    let (receipt, _) = fixture.reserve(&reservation).await?;
    let started = CreateOutcome::Started {
        provider_id: provider_id(),
        lifetime: LIFETIME,
        max_attempts: 1,
        challenge: None,
    };
    fixture.settle(&reservation, &receipt, &started).await?;
    fixture.expect_attempt(&reservation, allowed(0)).await?;
    fixture.expect_rejection(&reservation, Rejection::TooManyAttempts).await
}

fn binding(subject: &str, purpose: &str) -> Binding {
    let non_empty = |part: &str| (!part.is_empty()).then(|| part.into());
    Binding { subject: non_empty(subject), purpose: non_empty(purpose), purpose_optional: false }
}

pub(super) async fn another_subject_or_purpose_is_a_mismatch_and_uses_no_attempt(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let bindings =
        [binding("", ""), binding("a", ""), binding("", "b"), binding("a", "b"), binding("b", "a")];
    for made_for in &bindings {
        let reservation =
            fixture.start_with(Reservation { binding: made_for.clone(), ..reservation() }).await?;
        for presented in bindings.iter().filter(|presented| *presented != made_for) {
            let presented = Attempt { presented: presented.clone(), ..attempt(&reservation) };
            let mismatch = AttemptResult::Rejected(Rejection::Mismatch);
            fixture.expect_attempt_with(&presented, mismatch).await?;
        }
        fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    }
    Ok(())
}

pub(super) async fn a_purpose_may_be_left_out_where_it_is_optional(fixture: &Fixture<'_>) -> CaseResult {
    let made_for = Binding { purpose_optional: true, ..binding("a", "b") };
    let reservation = fixture.start_with(Reservation { binding: made_for, ..reservation() }).await?;
    let presenting = |presented| Attempt { presented, ..attempt(&reservation) };
    fixture.expect_attempt_with(&presenting(binding("a", "")), allowed(ATTEMPTS - 1)).await?;
    fixture.expect_attempt_with(&presenting(binding("a", "b")), allowed(ATTEMPTS - 2)).await?;
    for presented in [binding("a", "c"), binding("", ""), binding("", "b")] {
        let mismatch = AttemptResult::Rejected(Rejection::Mismatch);
        fixture.expect_attempt_with(&presenting(presented), mismatch).await?;
    }
    Ok(())
}

pub(super) async fn an_expired_challenge_takes_no_attempt(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    if !(fixture.advance)(LIFETIME - Duration::from_secs(60)) {
        return Ok(());
    }
    fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    (fixture.advance)(Duration::from_secs(60));
    fixture.expect_rejection(&reservation, Rejection::Expired).await?;
    fixture.expect_status(&reservation, Status::Expired).await
}

pub(super) async fn a_cancelled_challenge_takes_no_attempt(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    fixture.expect_cancel(&reservation, Status::Cancelled).await?;
    fixture.expect_rejection(&reservation, Rejection::Cancelled).await
}

pub(super) async fn only_the_first_acceptance_counts(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let first = fixture.expect_attempt(&reservation, allowed(2)).await?;
    let second = fixture.expect_attempt(&reservation, allowed(1)).await?;
    fixture.expect_settled(&reservation, &second, AttemptOutcome::Accepted, SettleResult::Done).await?;
    let used = SettleResult::Rejected(Rejection::AlreadyUsed);
    fixture.expect_settled(&reservation, &first, AttemptOutcome::Accepted, used).await?;
    fixture.expect_rejection(&reservation, Rejection::AlreadyUsed).await
}

pub(super) async fn an_acceptance_beats_attempts_that_ran_out_meanwhile(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let mut receipt = Receipt::default();
    for left in (0..ATTEMPTS).rev() {
        receipt = fixture.expect_attempt(&reservation, allowed(left)).await?;
    }
    fixture.expect_rejection(&reservation, Rejection::TooManyAttempts).await?;
    fixture.expect_settled(&reservation, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.expect_status(&reservation, Status::Verified).await
}

pub(super) async fn an_acceptance_beats_time_that_ran_out_meanwhile(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let receipt = fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    (fixture.advance)(LIFETIME);
    fixture.expect_settled(&reservation, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.expect_status(&reservation, Status::Verified).await
}

pub(super) async fn a_cancel_beats_an_acceptance_that_comes_later(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let receipt = fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_cancel(&reservation, Status::Cancelled).await?;
    let cancelled = SettleResult::Rejected(Rejection::Cancelled);
    fixture.expect_settled(&reservation, &receipt, AttemptOutcome::Accepted, cancelled).await?;
    fixture.expect_status(&reservation, Status::Cancelled).await
}

pub(super) async fn parallel_attempts_never_pass_the_limit(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let responses = fixture.run_concurrently(32, |store| {
        let attempt = attempt(&reservation);
        async move { store.begin_attempt(&attempt).await }
    });
    let mut left: Vec<u32> = Vec::new();
    for response in responses.await? {
        match response {
            AttemptResult::Allowed { attempts_left, .. } => left.push(attempts_left),
            AttemptResult::Rejected(Rejection::TooManyAttempts) => {}
            other => return Err(format!("an attempt is {other:?}")),
        }
    }
    // Each number once: two attempts that saw the same count would both have been let through.
    left.sort_unstable();
    (left == [0, 1, 2]).then_some(()).ok_or(format!("the reported attempts left are {left:?}"))
}

pub(super) async fn parallel_acceptances_count_once(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let receipt = fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    let responses = fixture.run_concurrently(32, |store| {
        let (attempt, receipt) = (attempt(&reservation), receipt.clone());
        async move { store.settle_attempt(&attempt, &receipt, AttemptOutcome::Accepted).await }
    });
    let done = responses.await?.into_iter().filter(|settled| *settled == SettleResult::Done).count();
    (done == 1).then_some(()).ok_or(format!("{done} counted"))
}

pub(super) async fn a_clock_that_goes_back_prolongs_no_challenge(fixture: &Fixture<'_>) -> CaseResult {
    let (read, begun) = (fixture.start().await?, fixture.start().await?);
    if !(fixture.turn_back)(HOUR) {
        return Ok(());
    }
    fixture.expect_status(&read, Status::Pending).await?;
    fixture.expect_attempt(&begun, allowed(ATTEMPTS - 1)).await?;
    if !(fixture.advance)(LIFETIME) {
        return Ok(());
    }
    for reservation in [&read, &begun] {
        fixture.expect_cancel(reservation, Status::Expired).await?;
        fixture.expect_rejection(reservation, Rejection::Expired).await?;
    }
    Ok(())
}

pub(super) async fn a_clock_that_goes_back_ends_no_challenge(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    if !(fixture.turn_back)(HOUR) {
        return Ok(());
    }
    fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    (fixture.advance)(LIFETIME - Duration::from_secs(60));
    let receipt = fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 2)).await?;
    fixture.expect_settled(&reservation, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await
}
