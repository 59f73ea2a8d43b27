//! Tries.

use std::time::Duration;

use super::*;

pub(super) async fn tries_are_counted_and_run_out(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    for left in (0..ATTEMPTS).rev() {
        room.stands(&reservation, Status::Pending).await?;
        room.begins(&reservation, admitted(left)).await?;
    }
    room.refuses(&reservation, Rejection::TooManyAttempts).await
}

pub(super) async fn a_try_that_was_not_sent_is_given_back(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    for _ in 0..ATTEMPTS * 2 {
        room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
        room.settles(&reservation, AttemptOutcome::NotSent, SettleResult::Done).await?;
    }
    // More is never given back than was taken.
    room.settles(&reservation, AttemptOutcome::NotSent, SettleResult::Done).await?;
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await
}

pub(super) async fn what_opened_it_says_how_many_tries_there_are(room: &Room<'_>) -> Finding {
    let reservation = reservation();
    is("reserve_create", room.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
    let opened = CreateOutcome::Started { provider_id: provider_id(), lifetime: LIFETIME, max_attempts: 1 };
    is("settle_create", room.store.settle_create(&reservation, &opened).await, ())?;
    room.begins(&reservation, admitted(0)).await?;
    room.refuses(&reservation, Rejection::TooManyAttempts).await
}

fn binding(subject: &str, purpose: &str) -> Binding {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Binding { subject: text(subject), purpose: text(purpose), purpose_optional: false }
}

pub(super) async fn another_subject_or_purpose_is_a_mismatch_and_spends_no_try(room: &Room<'_>) -> Finding {
    let bindings =
        [binding("", ""), binding("a", ""), binding("", "b"), binding("a", "b"), binding("b", "a")];
    for made_for in &bindings {
        let reservation = room.open_with(Reservation { binding: made_for.clone(), ..reservation() }).await?;
        for presented in bindings.iter().filter(|presented| *presented != made_for) {
            room.begins_with(&reservation, presented, AttemptResult::Rejected(Rejection::Mismatch)).await?;
        }
        room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    }
    Ok(())
}

pub(super) async fn a_purpose_may_be_left_out_where_it_is_optional(room: &Room<'_>) -> Finding {
    let made_for = Binding { purpose_optional: true, ..binding("a", "b") };
    let reservation = room.open_with(Reservation { binding: made_for, ..reservation() }).await?;
    room.begins_with(&reservation, &binding("a", ""), admitted(ATTEMPTS - 1)).await?;
    room.begins_with(&reservation, &binding("a", "b"), admitted(ATTEMPTS - 2)).await?;
    for presented in [binding("a", "c"), binding("", ""), binding("", "b")] {
        room.begins_with(&reservation, &presented, AttemptResult::Rejected(Rejection::Mismatch)).await?;
    }
    Ok(())
}

pub(super) async fn an_expired_challenge_takes_no_try(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    if !(room.advance)(LIFETIME - Duration::from_secs(60)) {
        return Ok(());
    }
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    (room.advance)(Duration::from_secs(60));
    room.refuses(&reservation, Rejection::Expired).await?;
    room.stands(&reservation, Status::Expired).await
}

pub(super) async fn a_cancelled_challenge_takes_no_try(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    room.is_cancelled_to(&reservation, Status::Cancelled).await?;
    room.refuses(&reservation, Rejection::Cancelled).await
}

pub(super) async fn only_the_first_acceptance_counts(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    for left in [2, 1] {
        room.begins(&reservation, admitted(left)).await?;
    }
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Done).await?;
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Rejected(Rejection::AlreadyUsed))
        .await?;
    room.refuses(&reservation, Rejection::AlreadyUsed).await
}

pub(super) async fn an_acceptance_beats_tries_that_ran_out_meanwhile(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    for left in (0..ATTEMPTS).rev() {
        room.begins(&reservation, admitted(left)).await?;
    }
    room.refuses(&reservation, Rejection::TooManyAttempts).await?;
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Done).await?;
    room.stands(&reservation, Status::Verified).await
}

pub(super) async fn an_acceptance_beats_time_that_ran_out_meanwhile(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    (room.advance)(LIFETIME);
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Done).await?;
    room.stands(&reservation, Status::Verified).await
}

pub(super) async fn a_cancel_beats_an_acceptance_that_comes_later(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    room.is_cancelled_to(&reservation, Status::Cancelled).await?;
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Rejected(Rejection::Cancelled))
        .await?;
    room.stands(&reservation, Status::Cancelled).await
}

pub(super) async fn parallel_tries_never_pass_the_limit(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    let answers = room.together(32, |store| {
        let key = reservation.key.clone();
        async move { store.begin_attempt(&key, &Binding::default()).await }
    });
    let mut left: Vec<u32> = Vec::new();
    for answer in answers.await? {
        match answer {
            AttemptResult::Allowed { attempts_left, .. } => left.push(attempts_left),
            AttemptResult::Rejected(Rejection::TooManyAttempts) => {}
            other => return Err(format!("a try is {other:?}")),
        }
    }
    left.sort_unstable();
    (left == [0, 1, 2]).then_some(()).ok_or(format!("what was told to be left is {left:?}"))
}

pub(super) async fn parallel_acceptances_count_once(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    let answers = room.together(32, |store| {
        let key = reservation.key.clone();
        async move { store.settle_attempt(&key, AttemptOutcome::Accepted).await }
    });
    let done = answers.await?.into_iter().filter(|settled| *settled == SettleResult::Done).count();
    (done == 1).then_some(()).ok_or(format!("{done} counted"))
}

pub(super) async fn a_clock_that_goes_back_prolongs_no_challenge(room: &Room<'_>) -> Finding {
    let (read, begun) = (room.open().await?, room.open().await?);
    if !(room.turn_back)(HOUR) {
        return Ok(());
    }
    room.stands(&read, Status::Pending).await?;
    room.begins(&begun, admitted(ATTEMPTS - 1)).await?;
    if !(room.advance)(LIFETIME) {
        return Ok(());
    }
    for reservation in [&read, &begun] {
        room.is_cancelled_to(reservation, Status::Expired).await?;
        room.refuses(reservation, Rejection::Expired).await?;
    }
    Ok(())
}

pub(super) async fn a_clock_that_goes_back_ends_no_challenge(room: &Room<'_>) -> Finding {
    let reservation = room.open().await?;
    if !(room.turn_back)(HOUR) {
        return Ok(());
    }
    room.begins(&reservation, admitted(ATTEMPTS - 1)).await?;
    (room.advance)(LIFETIME - Duration::from_secs(60));
    room.begins(&reservation, admitted(ATTEMPTS - 2)).await?;
    room.settles(&reservation, AttemptOutcome::Accepted, SettleResult::Done).await
}
