//! Rate limits: what counts, for how long, and what is given back.

use std::time::Duration;

use otp_facade::stores::{AttemptResult, Bucket, CreateOutcome, Limit, Quota, Reservation, ReserveResult};

use super::fixture::{Fixture, HOUR, LIFETIME, expect, key_in, quota, reservation};
use crate::CaseResult;

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
    fixture.expect_attempt(&third, AttemptResult::NotFound).await.map(|_| ())
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
    let only_wide = Quota { limits: narrow.limits[1..].into(), ..narrow.clone() };
    let both = vec![wide.clone(), narrow];
    fixture.start_with(Reservation { quotas: both.clone(), ..reservation() }).await?;
    fixture.expect_limited(&Reservation { quotas: both, ..reservation() }, 1).await?;
    fixture.start_with(Reservation { quotas: vec![wide, only_wide], ..reservation() }).await.map(|_| ())
}

pub(super) async fn what_is_counted_outlives_a_shorter_window(fixture: &Fixture<'_>) -> CaseResult {
    let long = quota(&[(3, HOUR)]);
    let short = Quota { limits: [Limit { max: 9, window: LIFETIME }].into(), ..long.clone() };
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
        let (receipt, _) = fixture.reserve(&reservation).await?;
        // Twice does not give back twice.
        for _ in 0..2 {
            fixture.settle(&reservation, &receipt, &CreateOutcome::NotSent).await?;
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
    let (receipt, _) = fixture.reserve(&slow).await?;
    if !(fixture.advance)(Duration::from_secs(61)) {
        return Ok(());
    }
    fixture.start_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    fixture.settle(&slow, &receipt, &CreateOutcome::NotSent).await?;
    fixture.expect_limited(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn parallel_reservations_never_pass_a_limit(fixture: &Fixture<'_>) -> CaseResult {
    // The narrower limit decides, wherever it stands in the list. Those of one bucket are counted in one step.
    let bucket = Bucket::default();
    let quotas = [3, 5].map(|max| Quota { key: key_in(bucket, "quota"), ..quota(&[(max, HOUR)]) }).to_vec();
    let responses = fixture.run_concurrently(32, |store| {
        let key = key_in(bucket, "record");
        let reservation = Reservation { key, quotas: quotas.clone(), ..reservation() };
        async move { store.reserve_create(&reservation).await }
    });
    let done = responses
        .await?
        .into_iter()
        .filter(|reserved| matches!(reserved, ReserveResult::Granted { .. }))
        .count();
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
    let (receipt, _) = fixture.reserve(&slow).await?;
    if !(fixture.turn_back)(HOUR) {
        return Ok(());
    }
    fixture.expect_limited(&next(), 0).await?;
    fixture.settle(&slow, &receipt, &CreateOutcome::NotSent).await?;
    fixture.start_with(next()).await.map(|_| ())
}

pub(super) async fn parallel_reservations_never_pass_a_limit_of_another_bucket(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let quotas = vec![quota(&[(3, HOUR)]), quota(&[(5, HOUR)])];
    let responses = fixture.run_concurrently(32, |store| {
        let reservation = Reservation { quotas: quotas.clone(), ..reservation() };
        async move { store.reserve_create(&reservation).await }
    });
    let mut done =
        responses.await?.iter().filter(|reserved| matches!(reserved, ReserveResult::Granted { .. })).count();
    // Steps that were taken back left the room that they had taken, and no more.
    while let Ok(ReserveResult::Granted { .. }) =
        fixture.store.reserve_create(&Reservation { quotas: quotas.clone(), ..reservation() }).await
    {
        done += 1;
    }
    (done == 3).then_some(()).ok_or(format!("{done} passed a limit of 3"))
}

pub(super) async fn a_limit_holds_in_any_window_and_not_only_in_full_hours(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let quotas = vec![quota(&[(5, HOUR)])];
    let next = || Reservation { quotas: quotas.clone(), ..reservation() };
    fixture.start_with(next()).await?;
    if !(fixture.advance)(HOUR - Duration::from_secs(120)) {
        return Ok(());
    }
    for _ in 0..4 {
        fixture.start_with(next()).await?;
    }
    (fixture.advance)(Duration::from_secs(150));
    // Only the first has left the window.
    fixture.start_with(next()).await?;
    let wait = fixture.expect_limited(&next(), 0).await?;
    let (least, most) = (HOUR - Duration::from_secs(180), HOUR - Duration::from_secs(120));
    (least..=most).contains(&wait).then_some(()).ok_or(format!("the wait is {wait:?}"))
}

pub(super) async fn steps_make_a_limit_stricter_by_at_most_a_step(fixture: &Fixture<'_>) -> CaseResult {
    let step = Duration::from_secs(60);
    let quotas = vec![Quota { step, ..quota(&[(2, HOUR)]) }];
    let next = || Reservation { quotas: quotas.clone(), ..reservation() };
    for _ in 0..2 {
        fixture.start_with(next()).await?;
    }
    let wait = fixture.expect_limited(&next(), 0).await?;
    let fits = wait + step > HOUR && wait <= HOUR + step;
    fits.then_some(()).ok_or(format!("the wait is {wait:?}"))?;
    if !(fixture.advance)(HOUR + step) {
        return Ok(());
    }
    fixture.start_with(next()).await.map(|_| ())
}

pub(super) async fn with_labels_only_different_ones_count(fixture: &Fixture<'_>) -> CaseResult {
    let labels = quota(&[(2, HOUR)]);
    let next = |label: &str| {
        let quota = Quota { label: Some(label.into()), ..labels.clone() };
        Reservation { quotas: vec![quota], ..reservation() }
    };
    for label in ["a", "b", "a", "b", "a"] {
        fixture.start_with(next(label)).await?;
    }
    fixture.expect_limited(&next("c"), 0).await?;
    if !(fixture.advance)(HOUR - Duration::from_secs(60)) {
        return Ok(());
    }
    fixture.start_with(next("a")).await?;
    (fixture.advance)(Duration::from_secs(120));
    // Only a was seen within the hour. What is not sent gives its label back.
    let other = next("c");
    let (receipt, _) = fixture.reserve(&other).await?;
    fixture.expect_limited(&next("d"), 0).await?;
    fixture.settle(&other, &receipt, &CreateOutcome::NotSent).await?;
    fixture.start_with(next("d")).await?;
    fixture.expect_limited(&next("c"), 0).await.map(|_| ())
}

pub(super) async fn a_reservation_reports_how_much_room_is_left(fixture: &Fixture<'_>) -> CaseResult {
    let quotas = vec![quota(&[(1, LIFETIME), (5, HOUR)]), quota(&[(3, HOUR * 2)])];
    let (_, room) = fixture.reserve(&Reservation { quotas, ..reservation() }).await?;
    let left: Vec<u32> = room.iter().map(|room| room.left).collect();
    let waits: Vec<bool> = room.iter().map(|room| !room.retry_after.is_zero()).collect();
    (left == [0, 4, 2] && waits == [true, false, false] && room[0].retry_after <= LIFETIME)
        .then_some(())
        .ok_or(format!("the room is {room:?}"))
}
