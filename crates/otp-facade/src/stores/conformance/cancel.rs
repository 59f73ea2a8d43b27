//! Where challenges stand, and how they end.

use std::time::Duration;

use super::*;
use crate::stores::RETENTION;

pub(super) async fn a_cancelled_challenge_stays_cancelled(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    for _ in 0..2 {
        room.is_cancelled_to(&reservation, Status::Cancelled).await?;
    }
    (room.advance)(LIFETIME);
    room.stands(&reservation, Status::Cancelled).await
}

pub(super) async fn a_verified_challenge_stays_verified(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Done).await?;
    room.is_cancelled_to(&reservation, Status::Verified).await?;
    (room.advance)(LIFETIME);
    room.stands(&reservation, Status::Verified).await
}

pub(super) async fn an_expired_challenge_is_not_cancelled(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    if !(room.advance)(LIFETIME) {
        return Ok(());
    }
    room.is_cancelled_to(&reservation, Status::Expired).await?;
    room.stands(&reservation, Status::Expired).await
}

pub(super) async fn a_challenge_without_tries_left_is_exhausted(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    for left in (0..ATTEMPTS).rev() {
        room.begins(&reservation, admitted(left)).await?;
    }
    room.stands(&reservation, Status::TooManyAttempts).await?;
    room.is_cancelled_to(&reservation, Status::Cancelled).await
}

pub(super) async fn an_unknown_challenge_is_unknown_to_all(room: &Room<'_>) -> Finding {
    let nobodys = reservation();
    room.begins(&nobodys, AttemptResult::NotFound).await?;
    room.settles(&nobodys, AttemptOutcome::Accepted, SettleResult::NotFound).await?;
    room.settles(&nobodys, AttemptOutcome::NotSent, SettleResult::NotFound).await?;
    is("cancel", room.store.cancel(&nobodys.key).await, None)?;
    is("read", room.store.read(&nobodys.key).await, None)?;
    is("settle_create", room.store.settle_create(&nobodys, &CreateOutcome::NotSent).await, ())?;
    room.begins(&nobodys, AttemptResult::NotFound).await
}

pub(super) async fn a_record_leaves_when_it_is_no_longer_needed(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    if !(room.advance)(LIFETIME + RETENTION - Duration::from_secs(60)) {
        return Ok(());
    }
    room.stands(&reservation, Status::Expired).await?;
    (room.advance)(Duration::from_secs(60));
    // A store that leaves it to its server's clock may still have it.
    match room.store.read(&reservation.key).await {
        Ok(None) => Ok(()),
        Ok(Some(standing)) if standing.status == Status::Expired => Ok(()),
        other => Err(format!("read is {other:?}")),
    }
}
