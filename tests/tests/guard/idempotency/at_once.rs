//! Creates at once: double clicks, on one machine and on several, and callers that go away.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{ErrorKind, Operation, OtpProvider, OtpProviderExt, RecipientKind, Status, VerifyRequest};
use otp_tests::{DOWN, LOST, RIGHT, Step};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{LEASE, SLOW, keyed, machines};
use crate::fixtures::{Clock, Failing, When, guard, inner, kind, settings};

#[tokio::test(start_paused = true)]
async fn a_double_click_sends_one_message_and_gets_the_challenge_twice() {
    let fake = inner(RecipientKind::Phone).then([SLOW]);
    let [one, other] = machines(&fake, &MemoryStore::new());
    let keyed = keyed("form-1");
    let begun = Instant::now();
    for (first, second) in [(&one, &one), (&one, &other)] {
        let (first, second) = tokio::join!(first.create(&keyed), second.create(&keyed));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.id, second.id);
        assert!(second.replayed);
    }
    assert_eq!(fake.count_of(Operation::Create), 1);
    // Those who wait learn of the outcome soon after it.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let id = one.create(&keyed).await.unwrap().id;
    other.verify(&VerifyRequest::new(id, RIGHT)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_many_creates_at_once_on_many_machines_one_sends_a_message() {
    let (fake, store) = (inner(RecipientKind::Phone).then([SLOW]), MemoryStore::new());
    let mut creates = JoinSet::new();
    for _ in 0..50 {
        let machine = guard(&fake, store.clone(), settings());
        creates.spawn(async move { machine.create(&keyed("form-1")).await.unwrap() });
    }
    let challenges = creates.join_all().await;
    assert!(challenges.iter().all(|challenge| challenge.id == challenges[0].id));
    assert_eq!(challenges.iter().filter(|challenge| !challenge.replayed).count(), 1);
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test(start_paused = true)]
async fn the_next_create_gets_the_challenge_of_a_caller_that_is_gone() {
    let fake = inner(RecipientKind::Phone).then([SLOW]);
    let provider = guard(&fake, MemoryStore::new(), settings()).with_detached();
    let keyed = keyed("form-1");
    timeout(Duration::from_millis(100), provider.create(&keyed)).await.expect_err("it is slow");
    let challenge = provider.create(&keyed).await.unwrap();
    assert_eq!((challenge.replayed, challenge.status), (true, Status::Pending));
    assert_eq!(fake.count_of(Operation::Create), 1);
    provider.verify(&VerifyRequest::new(challenge.id, RIGHT)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_create_that_never_ends_is_uncertain_when_its_lease_is_over() {
    for clock_moves in [true, false] {
        let (fake, clock) = (inner(RecipientKind::Phone).then([SLOW]), Clock::new());
        let guard = guard(&fake, clock.store(), settings());
        let keyed = keyed("form-1");
        // Dropped, as by the end of a process.
        timeout(Duration::from_millis(100), guard.create(&keyed)).await.expect_err("it is slow");
        if clock_moves {
            clock.advance(LEASE);
        }
        let begun = Instant::now();
        for _ in 0..2 {
            let error = guard.create(&keyed).await.unwrap_err();
            assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::TimedOut, true));
            assert!(!error.is_safe_to_repeat());
            assert_eq!(error.text_key().as_str(), "message_may_have_been_sent");
            // A store whose clock stands still does not make anybody wait for ever.
            clock.advance(LEASE);
        }
        let waited = begun.elapsed();
        assert_eq!(waited.is_zero(), clock_moves, "{waited:?}");
        assert!(waited <= LEASE, "{waited:?}");
        assert_eq!(fake.count_of(Operation::Create), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_after_the_lease_counts_all_the_same() {
    let fake = inner(RecipientKind::Phone).then([Step::Hang(LEASE * 2)]);
    let guard = Arc::new(guard(&fake, MemoryStore::new(), settings()));
    let slow = guard.clone();
    let first = tokio::spawn(async move { slow.create(&keyed("form-1")).await.unwrap() });
    sleep(Duration::from_millis(1)).await;
    let error = guard.create(&keyed("form-1")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::TimedOut, true));
    let first = first.await.unwrap();
    assert_eq!(guard.create(&keyed("form-1")).await.unwrap().id, first.id);
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_get_the_outcome_of_the_first() {
    for (failure, sends, fails) in [(DOWN, 2, 1), (LOST, 1, 3)] {
        let fake = inner(RecipientKind::Phone);
        let [one, other] = machines(&fake, &MemoryStore::new());
        let fake = fake.then([failure]);
        let keyed = keyed("form-1");
        let (a, b, c) = tokio::join!(one.create(&keyed), other.create(&keyed), other.create(&keyed));
        let failed = [&a, &b, &c].into_iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!((fake.count_of(Operation::Create), failed), (sends, fails), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_waits_may_go_away() {
    let fake = inner(RecipientKind::Phone).then([SLOW]);
    let store = MemoryStore::new();
    let [one, other] = machines(&fake, &store);
    let keyed = keyed("form-1");
    let first = one.create(&keyed);
    let waits = async {
        for _ in 0..3 {
            timeout(Duration::from_millis(70), other.create(&keyed)).await.expect_err("it waits");
        }
        store.len()
    };
    let (first, entries) = tokio::join!(first, waits);
    // A record, a quota, and the key: those who wait leave nothing.
    assert_eq!((first.unwrap().replayed, entries), (false, 3));
    assert!(other.create(&keyed).await.unwrap().replayed);
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_while_others_wait_leaves_them_uncertain() {
    let fake = inner(RecipientKind::Phone).then([SLOW]);
    let store = Failing::new(MemoryStore::new());
    store.fail("find_create", When::Before);
    let [one, other] = machines(&fake, &store);
    let keyed = keyed("form-1");
    let (first, second) = tokio::join!(one.create(&keyed), other.create(&keyed));
    first.unwrap();
    assert_eq!(kind(&second), ErrorKind::StoreUnavailable);
    assert!(second.unwrap_err().may_have_acted());
    assert_eq!(fake.count_of(Operation::Create), 1);
}
