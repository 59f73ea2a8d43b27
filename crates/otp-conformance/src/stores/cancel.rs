//! Cancelling a challenge, and reading its status.

use std::time::Duration;

use otp_facade::Status;
use otp_facade::stores::{
    AttemptOutcome, AttemptResult, Bucket, CreateOutcome, Key, RETENTION, Receipt, SettleResult,
};

use super::fixture::{ATTEMPTS, Fixture, LIFETIME, allowed, expect, reservation};
use crate::CaseResult;

pub(super) async fn a_cancelled_challenge_stays_cancelled(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    for _ in 0..2 {
        fixture.expect_cancel(&reservation, Status::Cancelled).await?;
    }
    (fixture.advance)(LIFETIME);
    fixture.expect_status(&reservation, Status::Cancelled).await
}

pub(super) async fn a_verified_challenge_stays_verified(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    let receipt = fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_settled(&reservation, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.expect_cancel(&reservation, Status::Verified).await?;
    (fixture.advance)(LIFETIME);
    fixture.expect_status(&reservation, Status::Verified).await
}

pub(super) async fn an_expired_challenge_is_not_cancelled(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    if !(fixture.advance)(LIFETIME) {
        return Ok(());
    }
    fixture.expect_cancel(&reservation, Status::Expired).await?;
    fixture.expect_status(&reservation, Status::Expired).await
}

pub(super) async fn a_challenge_without_attempts_left_has_too_many_attempts(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let reservation = fixture.start().await?;
    for left in (0..ATTEMPTS).rev() {
        fixture.expect_attempt(&reservation, allowed(left)).await?;
    }
    fixture.expect_status(&reservation, Status::TooManyAttempts).await?;
    fixture.expect_cancel(&reservation, Status::Cancelled).await
}

pub(super) async fn an_unknown_challenge_is_unknown_to_all(fixture: &Fixture<'_>) -> CaseResult {
    let (nobodys, receipt) = (reservation(), Receipt::default());
    fixture.expect_attempt(&nobodys, AttemptResult::NotFound).await?;
    fixture.expect_settled(&nobodys, &receipt, AttemptOutcome::Accepted, SettleResult::NotFound).await?;
    fixture.expect_settled(&nobodys, &receipt, AttemptOutcome::NotSent, SettleResult::NotFound).await?;
    expect("cancel", fixture.store.cancel(&nobodys.key).await, None)?;
    expect("read", fixture.store.read(&nobodys.key).await, None)?;
    fixture.settle(&nobodys, &receipt, &CreateOutcome::NotSent).await?;
    fixture.expect_attempt(&nobodys, AttemptResult::NotFound).await?;
    // The same name in another bucket is another key.
    let known = fixture.start().await?;
    let elsewhere = Bucket::new(known.key.bucket.number() ^ 1);
    let elsewhere = Key { bucket: elsewhere, ..known.key };
    expect("read", fixture.store.read(&elsewhere).await, None)
}

pub(super) async fn a_record_leaves_when_it_is_no_longer_needed(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    if !(fixture.advance)(LIFETIME + RETENTION - Duration::from_secs(60)) {
        return Ok(());
    }
    fixture.expect_status(&reservation, Status::Expired).await?;
    (fixture.advance)(Duration::from_secs(60));
    // A store that leaves it to its server's clock may still have it.
    match fixture.store.read(&reservation.key).await {
        Ok(None) => Ok(()),
        Ok(Some(standing)) if standing.status == Status::Expired => Ok(()),
        other => Err(format!("read is {other:?}")),
    }
}

pub(super) async fn a_store_that_can_be_reached_is_ready(fixture: &Fixture<'_>) -> CaseResult {
    fixture.store.ready().await.map_err(|error| format!("it is not ready: {error}"))
}
