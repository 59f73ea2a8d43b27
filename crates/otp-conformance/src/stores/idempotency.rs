//! Idempotency keys: of all creates with one key, one is reserved, and the others learn what became of it.

use std::time::Duration;

use otp_facade::Status;
use otp_facade::stores::{
    CreateOutcome, Forget, Idempotency, Key, RETENTION, Receipt, Replay, Reservation, ReserveResult,
};

use super::fixture::{
    ATTEMPTS, Fixture, HOUR, LIFETIME, allowed, expect, key_in, lockout, provider_id, quota, reservation,
    unique,
};
use crate::{CaseResult, ensure};

const LEASE: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// A reservation with a fresh idempotency key.
fn with_key() -> Reservation {
    let idempotency = Idempotency {
        recipient: unique("recipient"),
        name: unique("key"),
        request: unique("request"),
        lease: LEASE,
    };
    Reservation { idempotency: Some(idempotency), ..reservation() }
}

/// The next create with the same key, for a record of its own.
fn again(first: &Reservation) -> Reservation {
    Reservation { key: key_in(first.key.bucket, "record"), ..first.clone() }
}

/// The next create of the same recipient, with a change of its key.
fn changed(first: &Reservation, change: impl FnOnce(&mut Idempotency)) -> Reservation {
    let mut next = again(first);
    next.idempotency.as_mut().map(change);
    next
}

fn started() -> CreateOutcome {
    CreateOutcome::Started {
        provider_id: provider_id(),
        lifetime: LIFETIME,
        max_attempts: ATTEMPTS,
        challenge: Some("the-challenge".to_owned()),
    }
}

fn uncertain() -> CreateOutcome {
    CreateOutcome::Uncertain { error: "the-error".to_owned() }
}

impl Fixture<'_> {
    /// What is known of the create with this key, by both ways to ask. Reserving must change nothing.
    async fn replay(&self, first: &Reservation) -> Result<Replay, String> {
        let found = self.find(first).await?.ok_or("find_create found nothing")?;
        match self.store.reserve_create(&again(first)).await {
            Ok(ReserveResult::Replay(replay)) => {
                let same = std::mem::discriminant(&replay) == std::mem::discriminant(&found);
                ensure!(same, "reserve_create returned {replay:?}, find_create {found:?}");
                Ok(replay)
            }
            other => Err(format!("reserve_create is {other:?}, not a replay")),
        }
    }

    async fn find(&self, first: &Reservation) -> Result<Option<Replay>, String> {
        let idempotency = first.idempotency.as_ref().ok_or("a key is given")?;
        let found = self.store.find_create(first.key.bucket, idempotency).await;
        found.map_err(|error| format!("find_create failed: {error}"))
    }

    async fn expect_in_flight(&self, first: &Reservation, most: Duration) -> CaseResult {
        match self.replay(first).await? {
            Replay::InFlight { lease_left } if !lease_left.is_zero() && lease_left <= most => Ok(()),
            other => Err(format!("it is {other:?}, not in flight for at most {most:?}")),
        }
    }

    async fn expect_started(&self, first: &Reservation, least_age: Duration) -> CaseResult {
        match self.replay(first).await? {
            Replay::Started { challenge, age }
                if challenge == "the-challenge" && is_about(age, least_age) =>
            {
                Ok(())
            }
            other => Err(format!("it is {other:?}, not started {least_age:?} ago")),
        }
    }

    async fn expect_uncertain(
        &self,
        first: &Reservation,
        wanted: Option<&str>,
        least_age: Duration,
    ) -> CaseResult {
        match self.replay(first).await? {
            Replay::Uncertain { error, age } if error.as_deref() == wanted && is_about(age, least_age) => {
                Ok(())
            }
            other => Err(format!("it is {other:?}, not uncertain with {wanted:?} for {least_age:?}")),
        }
    }

    /// The key is free: the next create takes it.
    async fn expect_free(&self, first: &Reservation) -> CaseResult {
        ensure!(self.find(first).await?.is_none(), "find_create finds a create");
        let next = again(first);
        let (receipt, _) = self.reserve(&next).await?;
        self.settle(&next, &receipt, &CreateOutcome::NotSent).await
    }
}

/// A store on a slow machine takes some time for the case itself.
fn is_about(age: Duration, least: Duration) -> bool {
    age >= least && age < least + LEASE
}

pub(super) async fn others_wait_for_a_create_under_way_until_its_lease_ends(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.expect_in_flight(&first, LEASE).await?;
    if !(fixture.advance)(LEASE - SECOND * 5) {
        return Ok(());
    }
    fixture.expect_in_flight(&first, SECOND * 5).await?;
    (fixture.advance)(SECOND * 5);
    fixture.expect_uncertain(&first, None, LEASE).await?;
    // Its outcome counts all the same.
    fixture.settle(&first, &receipt, &started()).await?;
    fixture.expect_started(&first, Duration::ZERO).await
}

pub(super) async fn a_started_challenge_is_replayed_as_long_as_its_record_stays(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    fixture.expect_started(&first, Duration::ZERO).await?;
    fixture.expect_status(&first, Status::Pending).await?;
    if !(fixture.advance)(LEASE * 2) {
        return Ok(());
    }
    fixture.expect_started(&first, LEASE * 2).await?;
    (fixture.advance)(LIFETIME + RETENTION - LEASE * 3);
    fixture.expect_started(&first, LIFETIME + RETENTION - LEASE).await?;
    (fixture.advance)(LEASE);
    fixture.expect_free(&first).await
}

pub(super) async fn an_outcome_that_is_not_known_stays_unknown(fixture: &Fixture<'_>) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &uncertain()).await?;
    fixture.expect_uncertain(&first, Some("the-error"), Duration::ZERO).await?;
    fixture.expect_attempt(&first, otp_facade::stores::AttemptResult::NotFound).await?;
    if !(fixture.advance)(LIFETIME) {
        return Ok(());
    }
    fixture.expect_uncertain(&first, Some("the-error"), LIFETIME).await?;
    (fixture.advance)(RETENTION);
    fixture.expect_free(&first).await
}

pub(super) async fn an_outcome_that_is_not_known_is_kept_under_a_key_only(
    fixture: &Fixture<'_>,
) -> CaseResult {
    let first = reservation();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &uncertain()).await
}

pub(super) async fn a_create_that_sent_nothing_frees_its_key(fixture: &Fixture<'_>) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &CreateOutcome::NotSent).await?;
    fixture.expect_free(&first).await?;
    // A challenge that was started is not given back, nor is its key.
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    fixture.settle(&first, &receipt, &CreateOutcome::NotSent).await?;
    fixture.expect_started(&first, Duration::ZERO).await
}

pub(super) async fn another_request_under_a_key_is_told_from_the_same(fixture: &Fixture<'_>) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    let other = || changed(&first, |idempotency| idempotency.request = unique("request"));
    for outcome in [None, Some(started())] {
        if let Some(outcome) = outcome {
            fixture.settle(&first, &receipt, &outcome).await?;
        }
        let wanted = ReserveResult::Replay(Replay::OtherRequest);
        expect("reserve_create", fixture.store.reserve_create(&other()).await, wanted)?;
        ensure!(
            fixture.find(&other()).await? == Some(Replay::OtherRequest),
            "find_create tells no difference"
        );
    }
    fixture.expect_started(&first, Duration::ZERO).await
}

pub(super) async fn other_keys_and_other_recipients_are_others(fixture: &Fixture<'_>) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    let mut elsewhere = again(&first);
    elsewhere.key = super::fixture::key("record");
    for other in [
        changed(&first, |idempotency| idempotency.name = unique("key")),
        changed(&first, |idempotency| idempotency.recipient = unique("recipient")),
        elsewhere,
        Reservation { idempotency: None, ..again(&first) },
    ] {
        fixture.reserve(&other).await?;
    }
    fixture.expect_started(&first, Duration::ZERO).await
}

pub(super) async fn a_replay_counts_nothing_and_needs_no_room(fixture: &Fixture<'_>) -> CaseResult {
    // The second quota is in another bucket, and so is the counter of the subject.
    let (near, far) = (quota(&[(2, HOUR)]), quota(&[(2, HOUR)]));
    let first = with_key();
    let near = otp_facade::stores::Quota { key: key_in(first.key.bucket, "quota"), ..near };
    let first = Reservation {
        quotas: vec![near.clone(), far.clone()],
        lockout: Some(lockout(1)),
        failures: Some(unique("failures")),
        ..first
    };
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    for _ in 0..5 {
        fixture.expect_started(&first, Duration::ZERO).await?;
    }
    // There is room for one more.
    let plain = Reservation { idempotency: None, ..again(&first) };
    let (_, room) = fixture.reserve(&plain).await?;
    ensure!(room.iter().all(|room| room.left == 0), "a replay was given back as if it had counted: {room:?}");
    let full = fixture.store.reserve_create(&Reservation { idempotency: None, ..again(&first) }).await;
    ensure!(matches!(full, Ok(ReserveResult::Limited { .. })), "{full:?}, there is no room");
    fixture.expect_started(&first, Duration::ZERO).await?;
    fixture.fail(&first).await?;
    let locked_out = Reservation { idempotency: None, ..again(&first) };
    expect("reserve_create", fixture.store.reserve_create(&locked_out).await, ReserveResult::LockedOut)?;
    fixture.expect_started(&first, Duration::ZERO).await
}

pub(super) async fn a_reservation_that_is_refused_holds_no_key(fixture: &Fixture<'_>) -> CaseResult {
    for is_near in [true, false] {
        let first = with_key();
        let mut full = quota(&[(1, HOUR)]);
        if is_near {
            full.key = key_in(first.key.bucket, "quota");
        }
        fixture.reserve(&Reservation { quotas: vec![full.clone()], ..reservation() }).await?;
        fixture.expect_limited(&Reservation { quotas: vec![full], ..again(&first) }, 0).await?;
        fixture.expect_free(&first).await?;
    }
    Ok(())
}

pub(super) async fn of_parallel_creates_with_one_key_one_is_reserved(fixture: &Fixture<'_>) -> CaseResult {
    let first = Reservation { quotas: vec![quota(&[(50, HOUR)])], ..with_key() };
    let responses = fixture.run_concurrently(32, |store| {
        let next = again(&first);
        async move { store.reserve_create(&next).await }
    });
    let responses = responses.await?;
    let granted =
        responses.iter().filter(|response| matches!(response, ReserveResult::Granted { .. })).count();
    let waiting = responses
        .iter()
        .filter(|response| matches!(response, ReserveResult::Replay(Replay::InFlight { .. })))
        .count();
    ensure!((granted, waiting) == (1, 31), "{granted} are reserved and {waiting} wait");
    Ok(())
}

fn recipient(first: &Reservation) -> Vec<Key> {
    let names = first.idempotency.iter().map(|idempotency| idempotency.recipient.clone());
    names.map(|name| Key::new(first.key.bucket, name)).collect()
}

pub(super) async fn a_key_is_forgotten_with_its_recipient(fixture: &Fixture<'_>) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    let (keys, store) = (recipient(&first), &fixture.store);
    expect("forget", store.forget(&keys, Forget::Failures).await, ())?;
    let longer = keys.iter().map(|key| Key::new(key.bucket, format!("{}x", key.name)));
    expect("forget", store.forget(&longer.collect::<Vec<_>>(), Forget::Everything).await, ())?;
    fixture.expect_started(&first, Duration::ZERO).await?;
    expect("forget", store.forget(&keys, Forget::Everything).await, ())?;
    fixture.expect_free(&first).await
}

pub(super) async fn a_create_settles_its_own_key_only(fixture: &Fixture<'_>) -> CaseResult {
    for outcome in [CreateOutcome::NotSent, uncertain(), started()] {
        let first = with_key();
        let (receipt, _) = fixture.reserve(&first).await?;
        let forgotten = fixture.store.forget(&recipient(&first), Forget::Everything).await;
        expect("forget", forgotten, ())?;
        let next = again(&first);
        fixture.reserve(&next).await?;
        fixture.settle(&first, &receipt, &outcome).await?;
        fixture.expect_in_flight(&next, LEASE).await?;
        // And what nobody holds stays free.
        let forgotten = fixture.store.forget(&recipient(&first), Forget::Everything).await;
        expect("forget", forgotten, ())?;
        let unheld = with_key();
        let settled = fixture.store.settle_create(&unheld, &Receipt::default(), &outcome).await;
        ensure!(settled.is_ok() || matches!(outcome, CreateOutcome::Started { .. }), "{settled:?}");
        fixture.expect_free(&unheld).await?;
    }
    Ok(())
}

pub(super) async fn a_clock_that_goes_back_prolongs_no_key(fixture: &Fixture<'_>) -> CaseResult {
    let (flying, first) = (with_key(), with_key());
    fixture.reserve(&flying).await?;
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    if !(fixture.turn_back)(HOUR) {
        return Ok(());
    }
    fixture.expect_in_flight(&flying, LEASE).await?;
    fixture.expect_started(&first, Duration::ZERO).await?;
    (fixture.advance)(LEASE);
    fixture.expect_uncertain(&flying, None, LEASE).await?;
    (fixture.advance)(LIFETIME + RETENTION - LEASE);
    fixture.expect_free(&first).await?;
    fixture.expect_free(&flying).await
}

pub(super) async fn a_replayed_challenge_takes_its_code(fixture: &Fixture<'_>) -> CaseResult {
    let first = with_key();
    let (receipt, _) = fixture.reserve(&first).await?;
    fixture.settle(&first, &receipt, &started()).await?;
    // The next challenge in its slot ends it, and a replay does not.
    fixture.expect_started(&first, Duration::ZERO).await?;
    fixture.expect_attempt(&first, allowed(ATTEMPTS - 1)).await?;
    let next = Reservation { idempotency: None, ..again(&first) };
    let (receipt, _) = fixture.reserve(&next).await?;
    fixture.settle(&next, &receipt, &super::fixture::started()).await?;
    fixture.expect_status(&first, Status::Cancelled).await?;
    fixture.expect_started(&first, Duration::ZERO).await?;
    fixture.expect_status(&next, Status::Pending).await
}
