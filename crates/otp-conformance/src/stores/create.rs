//! Reserving and starting a challenge, and what becomes of the former one.

use std::time::Duration;

use otp_facade::stores::{AttemptOutcome, AttemptResult, CreateOutcome, Receipt, Reservation, SettleResult};
use otp_facade::{Rejection, Status};

use super::fixture::{
    ATTEMPTS, Fixture, allowed, expect, in_slot_of, key_in, provider_id, reservation, started, unique,
};
use crate::CaseResult;

pub(super) async fn a_reserved_challenge_is_unknown_until_it_is_started(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = reservation();
    let (receipt, _) = fixture.reserve(&reservation).await?;
    fixture.expect_attempt(&reservation, AttemptResult::NotFound).await?;
    expect("read", fixture.store.read(&reservation.key).await, None)?;
    expect("cancel", fixture.store.cancel(&reservation.key).await, None)?;
    fixture.settle(&reservation, &receipt, &started()).await?;
    fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await.map(|_| ())
}

pub(super) async fn a_started_challenge_is_pending_under_the_id_that_the_provider_gave_it(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let reservation = fixture.start().await?;
    fixture.expect_status(&reservation, Status::Pending).await
}

pub(super) async fn a_challenge_without_a_reservation_is_not_started(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = reservation();
    let settled = fixture.store.settle_create(&reservation, &Receipt::default(), &started()).await;
    settled.err().map(|_| ()).ok_or("it was started")?;
    expect("read", fixture.store.read(&reservation.key).await, None)
}

pub(super) async fn a_challenge_is_started_once(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    fixture.expect_cancel(&reservation, Status::Cancelled).await?;
    let settled = fixture.store.settle_create(&reservation, &Receipt::default(), &started()).await;
    settled.err().map(|_| ()).ok_or("it was started again")?;
    fixture.expect_status(&reservation, Status::Cancelled).await
}

pub(super) async fn a_challenge_without_time_left_is_expired_at_once(fixture: &Fixture<'_>) -> CaseResult {
    let former = fixture.start().await?;
    let next = in_slot_of(&former);
    let (receipt, _) = fixture.reserve(&next).await?;
    let over = CreateOutcome::Started {
        provider_id: provider_id(),
        lifetime: Duration::ZERO,
        max_attempts: ATTEMPTS,
        challenge: None,
    };
    fixture.settle(&next, &receipt, &over).await?;
    fixture.expect_rejection(&next, Rejection::Expired).await?;
    fixture.expect_status(&former, Status::Cancelled).await
}

pub(super) async fn the_next_challenge_in_a_slot_cancels_the_former(fixture: &Fixture<'_>) -> CaseResult {
    let (former, elsewhere) = (fixture.start().await?, fixture.start().await?);
    let next = in_slot_of(&former);
    let (receipt, _) = fixture.reserve(&next).await?;
    fixture.expect_status(&former, Status::Pending).await?;
    fixture.settle(&next, &receipt, &started()).await?;
    fixture.expect_rejection(&former, Rejection::Cancelled).await?;
    fixture.expect_status(&elsewhere, Status::Pending).await?;
    fixture.expect_attempt(&next, allowed(ATTEMPTS - 1)).await?;
    let last = fixture.start_with(in_slot_of(&former)).await?;
    fixture.expect_rejection(&next, Rejection::Cancelled).await?;
    fixture.expect_status(&last, Status::Pending).await
}

pub(super) async fn a_verified_challenge_is_not_cancelled_by_the_next_one(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let former = fixture.start().await?;
    let receipt = fixture.expect_attempt(&former, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_settled(&former, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.start_with(in_slot_of(&former)).await?;
    fixture.expect_status(&former, Status::Verified).await
}

pub(super) async fn of_two_challenges_started_at_once_in_a_slot_one_stays(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let former = fixture.start().await?;
    let (one, other) = (in_slot_of(&former), in_slot_of(&former));
    let (receipt, _) = fixture.reserve(&one).await?;
    let (late, _) = fixture.reserve(&other).await?;
    // Both found the former in the slot. The second to be settled replaces the first all the same.
    fixture.settle(&one, &receipt, &started()).await?;
    fixture.settle(&other, &late, &started()).await?;
    fixture.expect_status(&former, Status::Cancelled).await?;
    fixture.expect_status(&one, Status::Cancelled).await?;
    fixture.expect_status(&other, Status::Pending).await
}

pub(super) async fn a_slot_is_the_one_of_its_bucket(fixture: &Fixture<'_>) -> CaseResult {
    let former = fixture.start().await?;
    let elsewhere = Reservation { slot: former.slot.clone(), ..reservation() };
    fixture.start_with(elsewhere).await?;
    fixture.expect_status(&former, Status::Pending).await
}

/// A reservation in another slot, which shares the challenge of the former.
fn shared(former: &Reservation) -> Reservation {
    Reservation { key: key_in(former.key.bucket, "record"), shared: former.shared.clone(), ..reservation() }
}

pub(super) async fn an_acceptance_ends_all_records_of_a_shared_challenge(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let first = fixture.start_with(Reservation { shared: Some(unique("shared")), ..reservation() }).await?;
    let second = fixture.start_with(shared(&first)).await?;
    let other = fixture.start_with(Reservation { shared: Some(unique("shared")), ..shared(&first) }).await?;
    // A cancel of one does not end the others.
    let cancelled = fixture.start_with(shared(&first)).await?;
    fixture.expect_cancel(&cancelled, Status::Cancelled).await?;
    fixture.expect_status(&second, Status::Pending).await?;
    let receipt = fixture.expect_attempt(&second, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_settled(&second, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.expect_rejection(&first, Rejection::AlreadyUsed).await?;
    fixture.expect_status(&first, Status::Verified).await?;
    fixture.expect_status(&cancelled, Status::Cancelled).await?;
    fixture.expect_status(&other, Status::Pending).await?;
    // The next one is a challenge of its own.
    let next = fixture.start_with(shared(&first)).await?;
    let receipt = fixture.expect_attempt(&next, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_settled(&next, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.expect_status(&next, Status::Verified).await
}

pub(super) async fn what_ended_with_a_shared_challenge_is_not_cancelled_by_the_next_one(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let first = fixture.start_with(Reservation { shared: Some(unique("shared")), ..reservation() }).await?;
    let second = fixture.start_with(shared(&first)).await?;
    let receipt = fixture.expect_attempt(&second, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_settled(&second, &receipt, AttemptOutcome::Accepted, SettleResult::Done).await?;
    // Nobody has read the first record since the acceptance.
    let next = Reservation { slot: first.slot.clone(), ..shared(&first) };
    let next = fixture.start_with(next).await?;
    fixture.expect_status(&first, Status::Verified).await?;
    fixture.expect_status(&next, Status::Pending).await
}
