//! Reserving, starting, and the limits.

use std::time::Duration;

use otp_facade::stores::{
    AttemptOutcome, AttemptResult, CreateOutcome, Limit, Quota, Reservation, ReserveResult, SettleResult,
};
use otp_facade::{Rejection, Status};

use super::fixture::{
    ATTEMPTS, Fixture, HOUR, LIFETIME, allowed, expect, provider_id, quota, reservation, started,
};
use crate::CaseResult;

pub(super) async fn a_reserved_challenge_is_unknown_until_it_is_started(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = reservation();
    expect("reserve_create", fixture.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
    fixture.expect_attempt(&reservation, AttemptResult::NotFound).await?;
    expect("read", fixture.store.read(&reservation.key).await, None)?;
    expect("cancel", fixture.store.cancel(&reservation.key).await, None)?;
    expect("settle_create", fixture.store.settle_create(&reservation, &started()).await, ())?;
    fixture.expect_attempt(&reservation, allowed(ATTEMPTS - 1)).await
}

pub(super) async fn a_started_challenge_is_pending_under_the_id_that_the_provider_gave_it(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let reservation = fixture.start().await?;
    fixture.expect_status(&reservation, Status::Pending).await
}

pub(super) async fn a_challenge_without_a_reservation_is_not_started(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = reservation();
    let settled = fixture.store.settle_create(&reservation, &started()).await;
    settled.err().map(|_| ()).ok_or("it was started")?;
    expect("read", fixture.store.read(&reservation.key).await, None)
}

pub(super) async fn a_challenge_is_started_once(fixture: &Fixture<'_>) -> CaseResult {
    let reservation = fixture.start().await?;
    fixture.expect_cancel(&reservation, Status::Cancelled).await?;
    let settled = fixture.store.settle_create(&reservation, &started()).await;
    settled.err().map(|_| ()).ok_or("it was started again")?;
    fixture.expect_status(&reservation, Status::Cancelled).await
}

pub(super) async fn a_challenge_without_time_left_is_expired_at_once(fixture: &Fixture<'_>) -> CaseResult {
    let former = fixture.start().await?;
    let next = Reservation { slot: former.slot.clone(), ..reservation() };
    expect("reserve_create", fixture.store.reserve_create(&next).await, ReserveResult::Granted)?;
    let over = CreateOutcome::Started {
        provider_id: provider_id(),
        lifetime: Duration::ZERO,
        max_attempts: ATTEMPTS,
    };
    expect("settle_create", fixture.store.settle_create(&next, &over).await, ())?;
    fixture.expect_rejection(&next, Rejection::Expired).await?;
    fixture.expect_status(&former, Status::Cancelled).await
}

pub(super) async fn a_limit_holds_and_reports_how_long_to_wait(fixture: &Fixture<'_>) -> CaseResult {
    let quotas = vec![quota(&[(2, HOUR)])];
    for _ in 0..2 {
        fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    }
    let third = Reservation { quotas, ..reservation() };
    let wait = fixture.expect_limited(&third, 0).await?;
    // A minute of tolerance: some stores go by a clock that runs while the case does.
    let fits = wait <= HOUR && wait + Duration::from_secs(60) > HOUR;
    fits.then_some(()).ok_or(format!("the wait is {wait:?}, the window {HOUR:?}"))?;
    fixture.expect_attempt(&third, AttemptResult::NotFound).await
}

pub(super) async fn the_longest_wait_is_reported(fixture: &Fixture<'_>) -> CaseResult {
    let (one, other) = (quota(&[(1, HOUR), (5, HOUR * 48)]), quota(&[(1, HOUR * 24), (1, HOUR * 2)]));
    let quotas = vec![one, other];
    fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    let wait = fixture.expect_limited(&Reservation { quotas, ..reservation() }, 2).await?;
    (wait > HOUR * 2).then_some(()).ok_or(format!("the wait is {wait:?}"))
}

pub(super) async fn limits_with_one_window_count_once(fixture: &Fixture<'_>) -> CaseResult {
    let quotas = vec![quota(&[(9, HOUR), (3, HOUR)])];
    for _ in 0..3 {
        fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    }
    fixture.expect_limited(&Reservation { quotas, ..reservation() }, 1).await.map(|_| ())
}

pub(super) async fn what_one_limit_refuses_counts_against_none(fixture: &Fixture<'_>) -> CaseResult {
    let (narrow, wide) = (quota(&[(1, HOUR), (2, HOUR * 2)]), quota(&[(2, HOUR)]));
    let only_wide = Quota { limits: narrow.limits[1..].to_vec(), ..narrow.clone() };
    let both = vec![wide.clone(), narrow];
    fixture.start_with(Reservation { quotas: both.clone(), ..reservation() }).await?;
    fixture.expect_limited(&Reservation { quotas: both, ..reservation() }, 1).await?;
    fixture.start_with(Reservation { quotas: vec![wide, only_wide], ..reservation() }).await.map(|_| ())
}

pub(super) async fn what_is_counted_outlives_a_shorter_window(fixture: &Fixture<'_>) -> CaseResult {
    let long = quota(&[(2, HOUR)]);
    let short = Quota { limits: vec![Limit { max: 9, window: LIFETIME }], ..long.clone() };
    for quota in [&long, &short, &long] {
        fixture.start_with(Reservation { quotas: vec![quota.clone()], ..reservation() }).await?;
    }
    if (fixture.advance)(LIFETIME) {
        fixture.start_with(Reservation { quotas: vec![short], ..reservation() }).await?;
    }
    fixture.expect_limited(&Reservation { quotas: vec![long], ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn a_window_that_has_ended_begins_anew(fixture: &Fixture<'_>) -> CaseResult {
    let quotas = vec![quota(&[(1, LIFETIME)])];
    fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    if !(fixture.advance)(LIFETIME) {
        return Ok(());
    }
    fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    fixture.expect_limited(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_given_back(fixture: &Fixture<'_>) -> CaseResult {
    let quotas = vec![quota(&[(1, HOUR), (2, HOUR * 2)]), quota(&[(2, HOUR)])];
    for _ in 0..4 {
        let reservation = Reservation { quotas: quotas.clone(), ..reservation() };
        expect("reserve_create", fixture.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
        // Twice does not give back twice.
        for _ in 0..2 {
            expect(
                "settle_create",
                fixture.store.settle_create(&reservation, &CreateOutcome::NotSent).await,
                (),
            )?;
        }
        expect("read", fixture.store.read(&reservation.key).await, None)?;
    }
    fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    fixture.expect_limited(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_not_given_back_to_a_later_window(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let quotas = vec![quota(&[(1, Duration::from_secs(60))])];
    let slow = Reservation { quotas: quotas.clone(), ..reservation() };
    expect("reserve_create", fixture.store.reserve_create(&slow).await, ReserveResult::Granted)?;
    if !(fixture.advance)(Duration::from_secs(61)) {
        return Ok(());
    }
    fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    expect("settle_create", fixture.store.settle_create(&slow, &CreateOutcome::NotSent).await, ())?;
    fixture.expect_limited(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn the_next_challenge_in_a_slot_cancels_the_former(fixture: &Fixture<'_>) -> CaseResult {
    let (former, elsewhere) = (fixture.start().await?, fixture.start().await?);
    let next = Reservation { slot: former.slot.clone(), ..reservation() };
    expect("reserve_create", fixture.store.reserve_create(&next).await, ReserveResult::Granted)?;
    fixture.expect_status(&former, Status::Pending).await?;
    expect("settle_create", fixture.store.settle_create(&next, &started()).await, ())?;
    fixture.expect_rejection(&former, Rejection::Cancelled).await?;
    fixture.expect_status(&elsewhere, Status::Pending).await?;
    fixture.expect_attempt(&next, allowed(ATTEMPTS - 1)).await?;
    let last = fixture.start_with(Reservation { slot: former.slot, ..reservation() }).await?;
    fixture.expect_rejection(&next, Rejection::Cancelled).await?;
    fixture.expect_status(&last, Status::Pending).await
}

pub(super) async fn a_verified_challenge_is_not_cancelled_by_the_next_one(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let former = fixture.start().await?;
    fixture.expect_attempt(&former, allowed(ATTEMPTS - 1)).await?;
    fixture.expect_settled(&former, AttemptOutcome::Accepted, SettleResult::Done).await?;
    fixture.start_with(Reservation { slot: former.slot.clone(), ..reservation() }).await?;
    fixture.expect_status(&former, Status::Verified).await
}

pub(super) async fn parallel_reservations_never_pass_a_limit(fixture: &Fixture<'_>) -> CaseResult {
    // The narrower limit decides, wherever it stands in the list.
    let quotas = vec![quota(&[(3, HOUR)]), quota(&[(5, HOUR)])];
    let responses = fixture.run_concurrently(32, |store| {
        let reservation = Reservation { quotas: quotas.clone(), ..reservation() };
        async move { store.reserve_create(&reservation).await }
    });
    let done = responses.await?.into_iter().filter(|reserved| *reserved == ReserveResult::Granted).count();
    (done == 3).then_some(()).ok_or(format!("{done} passed a limit of 3"))
}

pub(super) async fn a_clock_that_goes_back_makes_no_wait_longer_than_its_window(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let interval = Duration::from_secs(30);
    let quotas = vec![quota(&[(1, interval), (2, HOUR)]), quota(&[(2, HOUR * 24)])];
    let next = || Reservation { quotas: quotas.clone(), ..reservation() };
    fixture.start_with(next()).await?;
    if !(fixture.turn_back)(HOUR * 48) {
        return Ok(());
    }
    let wait = fixture.expect_limited(&next(), 0).await?;
    (wait <= interval).then_some(()).ok_or(format!("the wait is {wait:?}, the window {interval:?}"))?;
    if !(fixture.advance)(wait) {
        return Ok(());
    }
    fixture.start_with(next()).await?;
    // Back again: now the longest window is full.
    (fixture.turn_back)(HOUR * 48);
    let (wait, window) = (fixture.expect_limited(&next(), 2).await?, HOUR * 24);
    (wait <= window).then_some(()).ok_or(format!("the wait is {wait:?}, the window {window:?}"))?;
    (fixture.advance)(wait);
    fixture.start_with(next()).await.map(|_| ())
}

pub(super) async fn a_clock_that_goes_back_opens_no_new_window(fixture: &Fixture<'_>) -> CaseResult {
    let quotas = vec![quota(&[(2, HOUR)])];
    for _ in 0..2 {
        fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
        if !(fixture.turn_back)(Duration::from_secs(1)) {
            return Ok(());
        }
    }
    fixture.expect_limited(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_given_back_though_the_clock_went_back(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let quotas = vec![quota(&[(1, HOUR)])];
    let next = || Reservation { quotas: quotas.clone(), ..reservation() };
    let slow = next();
    expect("reserve_create", fixture.store.reserve_create(&slow).await, ReserveResult::Granted)?;
    if !(fixture.turn_back)(HOUR) {
        return Ok(());
    }
    fixture.expect_limited(&next(), 0).await?;
    expect("settle_create", fixture.store.settle_create(&slow, &CreateOutcome::NotSent).await, ())?;
    fixture.start_with(next()).await.map(|_| ())
}
