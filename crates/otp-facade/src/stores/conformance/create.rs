//! Reserving and opening.

use std::time::Duration;

use super::*;

pub(super) async fn a_reserved_challenge_is_unknown_until_it_is_opened(room: &Room<'_>) -> Finding {
    let reservation = reservation();
    is("reserve_create", room.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
    room.begins(&reservation, AttemptResult::NotFound).await?;
    is("read", room.store.read(&reservation.key).await, None)?;
    is("cancel", room.store.cancel(&reservation.key).await, None)?;
    is("settle_create", room.store.settle_create(&reservation, &opened()).await, ())?;
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await
}

pub(super) async fn an_opened_challenge_is_pending_under_the_name_that_the_provider_gave_it(
    room: &Room<'_>,
) -> Finding {
    let reservation = room.open().await?;
    room.stands(&reservation, Status::Pending).await
}

pub(super) async fn a_challenge_without_a_reservation_is_not_opened(room: &Room<'_>) -> Finding {
    let reservation = reservation();
    let settled = room.store.settle_create(&reservation, &opened()).await;
    settled.err().map(|_| ()).ok_or("it was opened")?;
    is("read", room.store.read(&reservation.key).await, None)
}

pub(super) async fn a_challenge_is_opened_once(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    room.is_cancelled_to(&reservation, Status::Cancelled).await?;
    let settled = room.store.settle_create(&reservation, &opened()).await;
    settled.err().map(|_| ()).ok_or("it was opened again")?;
    room.stands(&reservation, Status::Cancelled).await
}

pub(super) async fn a_challenge_without_time_left_is_expired_at_once(room: &Room<'_>) -> Finding {
    let former = room.open().await?;
    let next = Reservation { slot: former.slot.clone(), ..reservation() };
    is("reserve_create", room.store.reserve_create(&next).await, ReserveResult::Granted)?;
    let over = CreateOutcome::Started {
        provider_id: provider_id(),
        lifetime: Duration::ZERO,
        max_attempts: ATTEMPTS,
    };
    is("settle_create", room.store.settle_create(&next, &over).await, ())?;
    room.refuses(&next, Rejection::Expired).await?;
    room.stands(&former, Status::Cancelled).await
}

pub(super) async fn a_limit_holds_and_tells_how_long_to_wait(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(2, HOUR)])];
    for _ in 0..2 {
        room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    }
    let third = Reservation { quotas, ..reservation() };
    let wait = room.waits(&third, 0).await?;
    let fits = wait <= HOUR && wait + Duration::from_secs(60) > HOUR;
    fits.then_some(()).ok_or(format!("the wait is {wait:?}, the window {HOUR:?}"))?;
    room.begins(&third, AttemptResult::NotFound).await
}

pub(super) async fn the_longest_wait_is_told(room: &Room<'_>) -> Finding {
    let (one, other) = (quota(&[(1, HOUR), (5, HOUR * 48)]), quota(&[(1, HOUR * 24), (1, HOUR * 2)]));
    let quotas = vec![one, other];
    room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    let wait = room.waits(&Reservation { quotas, ..reservation() }, 2).await?;
    (wait > HOUR * 2).then_some(()).ok_or(format!("the wait is {wait:?}"))
}

pub(super) async fn limits_with_one_window_count_once(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(9, HOUR), (3, HOUR)])];
    for _ in 0..3 {
        room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    }
    room.waits(&Reservation { quotas, ..reservation() }, 1).await.map(|_| ())
}

pub(super) async fn what_one_limit_refuses_counts_against_none(room: &Room<'_>) -> Finding {
    let (narrow, wide) = (quota(&[(1, HOUR), (2, HOUR * 2)]), quota(&[(2, HOUR)]));
    let only_wide = Quota { limits: narrow.limits[1..].to_vec(), ..narrow.clone() };
    let both = vec![wide.clone(), narrow];
    room.open_with(Reservation { quotas: both.clone(), ..reservation() }).await?;
    room.waits(&Reservation { quotas: both, ..reservation() }, 1).await?;
    room.open_with(Reservation { quotas: vec![wide, only_wide], ..reservation() }).await.map(|_| ())
}

pub(super) async fn what_is_counted_outlives_a_shorter_window(room: &Room<'_>) -> Finding {
    let long = quota(&[(2, HOUR)]);
    let short = Quota { limits: vec![Limit { max: 9, window: LIFETIME }], ..long.clone() };
    for quota in [&long, &short, &long] {
        room.open_with(Reservation { quotas: vec![quota.clone()], ..reservation() }).await?;
    }
    if (room.advance)(LIFETIME) {
        room.open_with(Reservation { quotas: vec![short], ..reservation() }).await?;
    }
    room.waits(&Reservation { quotas: vec![long], ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn a_window_that_is_over_begins_anew(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(1, LIFETIME)])];
    room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    if !(room.advance)(LIFETIME) {
        return Ok(());
    }
    room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    room.waits(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_given_back(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(1, HOUR), (2, HOUR * 2)]), quota(&[(2, HOUR)])];
    for _ in 0..4 {
        let reservation = Reservation { quotas: quotas.clone(), ..reservation() };
        is("reserve_create", room.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
        // Twice does not give back twice.
        for _ in 0..2 {
            is("settle_create", room.store.settle_create(&reservation, &CreateOutcome::NotSent).await, ())?;
        }
        is("read", room.store.read(&reservation.key).await, None)?;
    }
    room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    room.waits(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_not_given_back_to_a_later_window(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(1, Duration::from_secs(60))])];
    let slow = Reservation { quotas: quotas.clone(), ..reservation() };
    is("reserve_create", room.store.reserve_create(&slow).await, ReserveResult::Granted)?;
    if !(room.advance)(Duration::from_secs(61)) {
        return Ok(());
    }
    room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
    is("settle_create", room.store.settle_create(&slow, &CreateOutcome::NotSent).await, ())?;
    room.waits(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn the_next_challenge_in_a_slot_cancels_the_former(room: &Room<'_>) -> Finding {
    let (former, elsewhere) = (room.open().await?, room.open().await?);
    let next = Reservation { slot: former.slot.clone(), ..reservation() };
    is("reserve_create", room.store.reserve_create(&next).await, ReserveResult::Granted)?;
    room.stands(&former, Status::Pending).await?;
    is("settle_create", room.store.settle_create(&next, &opened()).await, ())?;
    room.refuses(&former, Rejection::Cancelled).await?;
    room.stands(&elsewhere, Status::Pending).await?;
    room.begins(&next, admitted(ATTEMPTS - 1)).await?;
    let last = room.open_with(Reservation { slot: former.slot, ..reservation() }).await?;
    room.refuses(&next, Rejection::Cancelled).await?;
    room.stands(&last, Status::Pending).await
}

pub(super) async fn a_verified_challenge_is_not_cancelled_by_the_next_one(room: &Room<'_>) -> Finding {
    let former = room.open().await?;
    room.begins(&former, admitted(ATTEMPTS - 1)).await?;
    room.settles(&former, AttemptOutcome::Accepted, SettleResult::Done).await?;
    room.open_with(Reservation { slot: former.slot.clone(), ..reservation() }).await?;
    room.stands(&former, Status::Verified).await
}

pub(super) async fn parallel_reservations_never_pass_a_limit(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(3, HOUR)]), quota(&[(5, HOUR)])];
    let answers = room.together(32, |store| {
        let reservation = Reservation { quotas: quotas.clone(), ..reservation() };
        async move { store.reserve_create(&reservation).await }
    });
    let done = answers.await?.into_iter().filter(|reserved| *reserved == ReserveResult::Granted).count();
    (done == 3).then_some(()).ok_or(format!("{done} passed a limit of 3"))
}

pub(super) async fn a_clock_that_goes_back_makes_no_wait_longer_than_its_window(room: &Room<'_>) -> Finding {
    let interval = Duration::from_secs(30);
    let quotas = vec![quota(&[(1, interval), (2, HOUR)]), quota(&[(2, HOUR * 24)])];
    let next = || Reservation { quotas: quotas.clone(), ..reservation() };
    room.open_with(next()).await?;
    if !(room.turn_back)(HOUR * 48) {
        return Ok(());
    }
    let wait = room.waits(&next(), 0).await?;
    (wait <= interval).then_some(()).ok_or(format!("the wait is {wait:?}, the window {interval:?}"))?;
    if !(room.advance)(wait) {
        return Ok(());
    }
    room.open_with(next()).await?;
    // Back again: now the longest window is full.
    (room.turn_back)(HOUR * 48);
    let (wait, window) = (room.waits(&next(), 2).await?, HOUR * 24);
    (wait <= window).then_some(()).ok_or(format!("the wait is {wait:?}, the window {window:?}"))?;
    (room.advance)(wait);
    room.open_with(next()).await.map(|_| ())
}

pub(super) async fn a_clock_that_goes_back_opens_no_window_anew(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(2, HOUR)])];
    for _ in 0..2 {
        room.open_with(Reservation { quotas: quotas.clone(), ..reservation() }).await?;
        if !(room.turn_back)(Duration::from_secs(1)) {
            return Ok(());
        }
    }
    room.waits(&Reservation { quotas, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_given_back_though_the_clock_went_back(room: &Room<'_>) -> Finding {
    let quotas = vec![quota(&[(1, HOUR)])];
    let next = || Reservation { quotas: quotas.clone(), ..reservation() };
    let slow = next();
    is("reserve_create", room.store.reserve_create(&slow).await, ReserveResult::Granted)?;
    if !(room.turn_back)(HOUR) {
        return Ok(());
    }
    room.waits(&next(), 0).await?;
    is("settle_create", room.store.settle_create(&slow, &CreateOutcome::NotSent).await, ())?;
    room.open_with(next()).await.map(|_| ())
}
