//! Failures in a row, across challenges.

use std::time::Duration;

use otp_facade::Rejection;
use otp_facade::stores::{
    AttemptOutcome, AttemptResult, Forget, Key, Reservation, ReserveResult, SettleResult,
};

use super::fixture::{ATTEMPTS, Fixture, HOUR, allowed, expect, key_in, lockout, reservation, unique};
use crate::CaseResult;

/// The next challenge of the same recipient and subject.
fn next(former: &Reservation) -> Reservation {
    Reservation { key: key_in(former.key.bucket, "record"), slot: unique("slot"), ..former.clone() }
}

fn first(max: u32) -> Reservation {
    Reservation { lockout: Some(lockout(max)), failures: Some(unique("recipient")), ..reservation() }
}

async fn expect_locked_out(fixture: &Fixture<'_>, open: &Reservation) -> CaseResult {
    fixture.expect_rejection(open, Rejection::LockedOut).await?;
    expect("reserve_create", fixture.store.reserve_create(&next(open)).await, ReserveResult::LockedOut)
}

pub(super) async fn failures_in_a_row_lock_out_across_challenges(fixture: &Fixture<'_>) -> CaseResult {
    let mut open = fixture.start_with(first(4)).await?;
    for _ in 0..2 {
        fixture.fail(&open).await?;
        fixture.fail(&open).await?;
        open = match fixture.store.reserve_create(&next(&open)).await {
            Ok(ReserveResult::LockedOut) => break,
            _ => fixture.start_with(next(&open)).await?,
        };
    }
    // The last challenge was opened before the limit was reached.
    expect_locked_out(fixture, &open).await
}

pub(super) async fn recipient_and_subject_lock_out_each_for_itself(fixture: &Fixture<'_>) -> CaseResult {
    let open = fixture.start_with(first(2)).await?;
    let other_subject = fixture.start_with(Reservation { lockout: Some(lockout(2)), ..next(&open) }).await?;
    let other_recipient =
        fixture.start_with(Reservation { failures: Some(unique("recipient")), ..next(&open) }).await?;
    let other_person = fixture.start_with(Reservation { lockout: Some(lockout(2)), ..first(2) }).await?;
    for _ in 0..2 {
        fixture.fail(&open).await?;
    }
    for locked in [&open, &other_subject, &other_recipient] {
        expect_locked_out(fixture, locked).await?;
    }
    fixture.fail(&other_person).await
}

pub(super) async fn a_success_resets_the_failures(fixture: &Fixture<'_>) -> CaseResult {
    let open = fixture.start_with(first(2)).await?;
    fixture.fail(&open).await?;
    let receipt = fixture.expect_attempt(&open, allowed(ATTEMPTS - 2)).await?;
    fixture.expect_settled(&open, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    let open = fixture.start_with(next(&open)).await?;
    for _ in 0..2 {
        fixture.fail(&open).await?;
    }
    expect_locked_out(fixture, &open).await
}

pub(super) async fn an_attempt_that_was_not_sent_is_no_failure(fixture: &Fixture<'_>) -> CaseResult {
    let open = fixture.start_with(first(1)).await?;
    for _ in 0..3 {
        let receipt = fixture.expect_attempt(&open, allowed(ATTEMPTS - 1)).await?;
        fixture.expect_settled(&open, &receipt, AttemptOutcome::NotSent, SettleResult::Done).await?;
    }
    fixture.fail(&open).await?;
    expect_locked_out(fixture, &open).await
}

pub(super) async fn a_lockout_uses_no_attempt_and_a_rejected_attempt_is_no_failure(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let open = fixture.start_with(first(2)).await?;
    let other = fixture.start_with(next(&open)).await?;
    fixture.expect_cancel(&other, otp_facade::Status::Cancelled).await?;
    for _ in 0..3 {
        fixture.expect_rejection(&other, Rejection::Cancelled).await?;
    }
    for _ in 0..2 {
        fixture.fail(&open).await?;
    }
    fixture.expect_rejection(&open, Rejection::LockedOut).await?;
    forget(fixture, &open, Forget::Failures).await?;
    fixture.expect_attempt(&open, allowed(ATTEMPTS - 3)).await.map(|_| ())
}

async fn forget(fixture: &Fixture<'_>, open: &Reservation, what: Forget) -> CaseResult {
    let recipient = open.failures.clone().map(|name| Key::new(open.key.bucket, name));
    let subject = open.lockout.clone().and_then(|lockout| lockout.subject);
    let keys: Vec<Key> = recipient.into_iter().chain(subject).collect();
    expect("forget", fixture.store.forget(&keys, what).await, ())
}

pub(super) async fn failures_are_forgotten_when_their_time_is_over(fixture: &Fixture<'_>) -> CaseResult {
    let open = fixture.start_with(first(1)).await?;
    fixture.fail(&open).await?;
    if !(fixture.advance)(HOUR * 48 - Duration::from_secs(60)) {
        return Ok(());
    }
    let later = next(&open);
    expect("reserve_create", fixture.store.reserve_create(&later).await, ReserveResult::LockedOut)?;
    (fixture.advance)(Duration::from_secs(60));
    fixture.start_with(later).await.map(|_| ())
}

pub(super) async fn what_is_forgotten_starts_anew(fixture: &Fixture<'_>) -> CaseResult {
    let quota = super::fixture::quota(&[(1, HOUR)]);
    let open = Reservation { quotas: vec![quota.clone()], ..first(1) };
    let open = fixture.start_with(open).await?;
    fixture.fail(&open).await?;
    forget(fixture, &open, Forget::Failures).await?;
    fixture.expect_limited(&next(&open), 0).await?;
    let forgotten = fixture.store.forget(std::slice::from_ref(&quota.key), Forget::Everything).await;
    expect("forget", forgotten, ())?;
    fixture.start_with(next(&open)).await.map(|_| ())
}

pub(super) async fn the_counters_below_a_name_are_forgotten_with_it(fixture: &Fixture<'_>) -> CaseResult {
    let recipient = unique("recipient");
    let of = |name: String| Reservation { failures: Some(name.into()), ..first(1) };
    let open = fixture.start_with(of(format!("{recipient}.subject"))).await?;
    let foreign =
        Reservation { key: key_in(open.key.bucket, "record"), ..of(format!("{recipient}x.subject")) };
    let foreign = fixture.start_with(foreign).await?;
    for open in [&open, &foreign] {
        fixture.fail(open).await?;
    }
    let keys = [Key::new(open.key.bucket, recipient)];
    expect("forget", fixture.store.forget(&keys, Forget::Failures).await, ())?;
    // Without the subject's counter, which stays.
    let alone = |open: &Reservation| {
        let lockout =
            open.lockout.clone().map(|lockout| otp_facade::stores::Lockout { subject: None, ..lockout });
        Reservation { lockout, ..next(open) }
    };
    fixture.start_with(alone(&open)).await?;
    expect("reserve_create", fixture.store.reserve_create(&alone(&foreign)).await, ReserveResult::LockedOut)
}

pub(super) async fn parallel_failures_never_pass_the_limit(fixture: &Fixture<'_>) -> CaseResult {
    let open = fixture.start_with(first(3)).await?;
    let mut others = vec![open.clone()];
    for _ in 0..9 {
        others.push(fixture.start_with(next(&open)).await?);
    }
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let responses = fixture.run_concurrently(30, |store| {
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let attempt = super::fixture::attempt(&others[turn % others.len()]);
        async move { store.begin_attempt(&attempt).await }
    });
    let mut allowed =
        responses.await?.iter().filter(|begun| matches!(begun, AttemptResult::Allowed { .. })).count();
    // What was taken back left its room, and no more.
    for open in &others {
        for _ in 0..ATTEMPTS {
            allowed += usize::from(fixture.fail(open).await.is_ok());
        }
    }
    (allowed == 3).then_some(()).ok_or(format!("{allowed} passed a limit of 3"))
}
