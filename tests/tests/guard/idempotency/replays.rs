//! Replays: what the others get of a challenge that was started.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Challenge, CreateRequest, ErrorKind, Guard, Operation, OtpProvider, Recipient, RecipientKind, Status,
    VerifyRequest,
};
use otp_tests::{RIGHT, WRONG};

use super::{HOUR, LIFETIME, keyed};
use crate::fixtures::{Clock, Failing, PHONE, guard, inner, kind, purpose, request, settings, unlimited};
use crate::stores::Listening;

/// What does not depend on the time.
fn lasting(challenge: &Challenge) -> impl PartialEq + std::fmt::Debug {
    let Challenge { id, channel, hint, max_attempts, resends_left, earlier_message_possible, .. } =
        challenge.clone();
    (id, channel, hint, max_attempts, resends_left, earlier_message_possible)
}

#[tokio::test]
async fn a_reload_gets_the_same_challenge_and_counts_nothing() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    let first = guard.create(&keyed("form-1").with_subject("account-7")).await.unwrap();
    assert_eq!((first.replayed, &first.status), (false, &Status::Pending));
    clock.advance(Duration::from_secs(10));
    // More often than any limit allows.
    for _ in 0..50 {
        let before = SystemTime::now();
        let again = guard.create(&keyed("form-1").with_subject("account-7")).await.unwrap();
        assert_eq!(lasting(&again), lasting(&first));
        assert_eq!((again.replayed, again.status), (true, Status::Pending));
        let (expires_in, resend_after) = (LIFETIME - Duration::from_secs(10), Duration::from_secs(20));
        assert_eq!((again.expires_in, again.resend_after), (Some(expires_in), Some(resend_after)));
        assert!(again.expires_at.expect("an end") >= before + expires_in);
    }
    assert_eq!(fake.count_of(Operation::Create), 1);
    assert_eq!(fake.last_request().idempotency_key, None, "the provider does not need it");
    clock.advance(Duration::from_secs(20));
    // The limits have counted one challenge: four more are possible in this hour.
    for number in 2..=5 {
        let next = guard.create(&keyed(&format!("form-{number}")).with_subject("account-7")).await.unwrap();
        assert_eq!(next.resends_left, Some(5 - number));
        clock.advance(Duration::from_secs(30));
    }
    assert_eq!(kind(&guard.create(&keyed("form-6")).await), ErrorKind::RateLimited);
    // A replay needs no room.
    assert!(guard.create(&keyed("form-1").with_subject("account-7")).await.unwrap().replayed);
}

#[tokio::test]
async fn a_replay_says_where_the_challenge_stands() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), unlimited().with_max_attempts(1));
    // Of one purpose, the next challenge replaces the former.
    let of = |key: &str| keyed(key).with_purpose(purpose(if key == "replaced" { "last" } else { key }));
    let start = async |key: &str| guard.create(&of(key)).await.unwrap().id;
    let verify = |id, key: &str, code| VerifyRequest::new(id, code).with_purpose(purpose(key));
    let verified = start("verified").await;
    guard.verify(&verify(verified, "verified", RIGHT)).await.unwrap();
    let too_many = start("too many").await;
    guard.verify(&verify(too_many, "too many", WRONG)).await.unwrap_err();
    let cancelled = start("cancelled").await;
    guard.cancel(&cancelled).await.unwrap();
    start("replaced").await;
    let last = start("last").await;
    let rows = [
        ("verified", Status::Verified),
        ("too many", Status::TooManyAttempts),
        ("cancelled", Status::Cancelled),
        ("replaced", Status::Cancelled),
        ("last", Status::Pending),
    ];
    let expect_all = async |rows: &[(&str, Status)]| {
        for (key, status) in rows {
            let replayed = guard.create(&of(key)).await.unwrap();
            assert_eq!((replayed.replayed, &replayed.status), (true, status), "{key}");
        }
    };
    expect_all(&rows).await;
    assert_eq!(fake.count_of(Operation::Create), rows.len());
    assert_eq!(guard.status(&last).await.unwrap(), Status::Pending, "a replay cancels nothing");
    clock.advance(LIFETIME);
    expect_all(&rows[..1]).await;
    expect_all(&[("last", Status::Expired)]).await;
    assert_eq!(guard.create(&of("last")).await.unwrap().expires_in, Some(Duration::ZERO));
    assert_eq!(fake.count_of(Operation::Create), rows.len());
}

#[tokio::test]
async fn a_key_is_remembered_for_the_lifetime_and_an_hour() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), unlimited());
    let first = guard.create(&keyed("form-1")).await.unwrap().id;
    clock.advance(LIFETIME + HOUR - Duration::from_secs(1));
    let replayed = guard.create(&keyed("form-1")).await.unwrap();
    assert_eq!((replayed.id, replayed.status), (first.clone(), Status::Expired));
    clock.advance(Duration::from_secs(1));
    let next = guard.create(&keyed("form-1")).await.unwrap();
    assert!(!next.replayed && next.id != first);
    assert_eq!(fake.count_of(Operation::Create), 2);
}

#[tokio::test]
async fn a_key_costs_no_call_of_the_store_and_a_replay_one_to_reserve_and_one_to_read() {
    let fake = inner(RecipientKind::Phone);
    let store = Arc::new(Listening::new(Failing::new(MemoryStore::new())));
    let guard = Guard::new(fake, store.clone(), unlimited()).unwrap();
    let mut calls = 0;
    for (request, wanted) in [(request(PHONE), 2), (keyed("form-1"), 2), (keyed("form-1"), 2)] {
        guard.create(&request).await.unwrap();
        let before = std::mem::replace(&mut calls, format!("{store:?}").lines().count());
        assert_eq!(calls - before, wanted, "{request:?}");
    }
}

#[tokio::test]
async fn a_person_who_is_locked_out_sees_the_challenge_again_and_gets_no_message() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings().with_max_failures(2));
    let id = guard.create(&keyed("form-1")).await.unwrap().id;
    for _ in 0..2 {
        guard.verify(&VerifyRequest::new(id.clone(), WRONG)).await.unwrap_err();
    }
    clock.advance(HOUR / 10);
    assert!(matches!(kind(&guard.create(&keyed("form-2")).await), ErrorKind::Rejected(_)));
    assert_eq!(guard.create(&keyed("form-1")).await.unwrap().id, id);
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test]
async fn every_spelling_of_a_number_is_one_recipient_with_one_key() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings());
    let to = |phone: &str| request(phone).with_idempotency_key("form-1");
    let first = guard.create(&to("+33612345678")).await.unwrap().id;
    assert_eq!(guard.create(&to("+330612345678")).await.unwrap().id, first);
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test]
async fn keys_work_for_every_kind_of_recipient() {
    let anybody = Recipient::phone(PHONE).with_user_id("user-1");
    let request = CreateRequest::new(anybody).with_idempotency_key("form-1");
    for recipient in [
        RecipientKind::Owner,
        RecipientKind::Any,
        RecipientKind::Phone,
        RecipientKind::User,
        RecipientKind::PhoneAndUser,
    ] {
        let fake = inner(recipient);
        let guard = guard(&fake, MemoryStore::new(), settings());
        let first = guard.create(&request).await.unwrap().id;
        assert_eq!(guard.create(&request).await.unwrap().id, first, "{recipient:?}");
        assert_eq!(fake.count_of(Operation::Create), 1, "{recipient:?}");
    }
}
