//! Reserving and opening.

use std::time::Duration;

use super::*;

pub(super) async fn a_reserved_challenge_is_unknown_until_it_is_opened(room: &Room<'_>) -> Finding {
    let reservation = reservation();
    is("reserve_create", room.store.reserve_create(&reservation).await, Reserved::Done)?;
    room.begins(&reservation, Try::Unknown).await?;
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

pub(super) async fn a_limit_holds_and_tells_how_long_to_wait(room: &Room<'_>) -> Finding {
    let limits = vec![limit(2, HOUR)];
    for _ in 0..2 {
        room.open_with(Reservation { limits: limits.clone(), ..reservation() }).await?;
    }
    let third = Reservation { limits, ..reservation() };
    let wait = room.waits(&third, 0).await?;
    let fits = wait <= HOUR && wait + Duration::from_secs(60) > HOUR;
    fits.then_some(()).ok_or(format!("the wait is {wait:?}, the window {HOUR:?}"))?;
    room.begins(&third, Try::Unknown).await
}

pub(super) async fn the_longest_wait_is_told(room: &Room<'_>) -> Finding {
    let limits = vec![limit(1, HOUR), limit(1, HOUR * 24), limit(5, HOUR * 48)];
    room.open_with(Reservation { limits: limits.clone(), ..reservation() }).await?;
    let wait = room.waits(&Reservation { limits, ..reservation() }, 1).await?;
    (wait > HOUR).then_some(()).ok_or(format!("the wait is {wait:?}"))
}

pub(super) async fn what_one_limit_refuses_counts_against_none(room: &Room<'_>) -> Finding {
    let (narrow, wide) = (limit(1, HOUR), limit(2, HOUR));
    let both = vec![wide.clone(), narrow];
    room.open_with(Reservation { limits: both.clone(), ..reservation() }).await?;
    room.waits(&Reservation { limits: both, ..reservation() }, 1).await?;
    room.open_with(Reservation { limits: vec![wide], ..reservation() }).await.map(|_| ())
}

pub(super) async fn a_window_that_is_over_begins_anew(room: &Room<'_>) -> Finding {
    let limits = vec![limit(1, LIFETIME)];
    room.open_with(Reservation { limits: limits.clone(), ..reservation() }).await?;
    if !(room.advance)(LIFETIME) {
        return Ok(());
    }
    room.open_with(Reservation { limits: limits.clone(), ..reservation() }).await?;
    room.waits(&Reservation { limits, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_given_back(room: &Room<'_>) -> Finding {
    let limits = vec![limit(1, HOUR), limit(2, HOUR)];
    for _ in 0..4 {
        let reservation = Reservation { limits: limits.clone(), ..reservation() };
        is("reserve_create", room.store.reserve_create(&reservation).await, Reserved::Done)?;
        // Twice does not give back twice.
        for _ in 0..2 {
            is("settle_create", room.store.settle_create(&reservation, &Creation::NotSent).await, ())?;
        }
        is("read", room.store.read(&reservation.key).await, None)?;
    }
    room.open_with(Reservation { limits: limits.clone(), ..reservation() }).await?;
    room.waits(&Reservation { limits, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn what_was_not_sent_is_not_given_back_to_a_later_window(room: &Room<'_>) -> Finding {
    let limits = vec![limit(1, Duration::from_secs(60))];
    let slow = Reservation { limits: limits.clone(), ..reservation() };
    is("reserve_create", room.store.reserve_create(&slow).await, Reserved::Done)?;
    if !(room.advance)(Duration::from_secs(61)) {
        return Ok(());
    }
    room.open_with(Reservation { limits: limits.clone(), ..reservation() }).await?;
    is("settle_create", room.store.settle_create(&slow, &Creation::NotSent).await, ())?;
    room.waits(&Reservation { limits, ..reservation() }, 0).await.map(|_| ())
}

pub(super) async fn the_next_challenge_in_a_slot_cancels_the_former(room: &Room<'_>) -> Finding {
    let (former, elsewhere) = (room.open().await?, room.open().await?);
    let next = Reservation { slot: former.slot.clone(), ..reservation() };
    is("reserve_create", room.store.reserve_create(&next).await, Reserved::Done)?;
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
    room.settles(&former, Outcome::Accepted, Settled::Done).await?;
    room.open_with(Reservation { slot: former.slot.clone(), ..reservation() }).await?;
    room.stands(&former, Status::Verified).await
}

pub(super) async fn parallel_reservations_never_pass_a_limit(room: &Room<'_>) -> Finding {
    let limits = vec![limit(3, HOUR), limit(5, HOUR)];
    let answers = room.together(32, |store| {
        let reservation = Reservation { limits: limits.clone(), ..reservation() };
        async move { store.reserve_create(&reservation).await }
    });
    let done = answers.await?.into_iter().filter(|reserved| *reserved == Reserved::Done).count();
    (done == 3).then_some(()).ok_or(format!("{done} passed a limit of 3"))
}
