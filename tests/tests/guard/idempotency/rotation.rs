//! Rotation of the guard's key: a create is known by the former key, also while machines have different ones.

use otp_facade::stores::{ChallengeStore, MemoryStore};
use otp_facade::{ErrorKind, Guard, Operation, OtpProvider, RecipientKind};
use otp_tests::{DOWN, FakeProvider, LOST};
use tokio::task::JoinSet;

use super::{SLOW, keyed};
use crate::fixtures::{Failing, When, guard, inner, kind, purpose, request, settings};

/// A machine with this key, and these former ones.
fn machine<S: ChallengeStore>(
    fake: &FakeProvider,
    store: S,
    turn: usize,
    previous: &[usize],
) -> Guard<FakeProvider, S> {
    let key = |turn: usize| format!("{turn}: a key of at least 32 characters, kept like a password");
    let mut settings = settings().with_previous_keys(previous.iter().map(|turn| key(*turn)));
    settings.key = key(turn).into();
    guard(fake, store, settings)
}

#[tokio::test]
async fn a_create_is_known_after_the_key_was_rotated() {
    for lost in [false, true] {
        let (fake, store) = (inner(RecipientKind::Phone), MemoryStore::new());
        let fake = fake.then(lost.then_some(LOST));
        let first = machine(&fake, store.clone(), 1, &[]).create(&keyed("form-1")).await;
        let rotated = machine(&fake, store.clone(), 2, &[0, 1]);
        let entries = store.len();
        let again = rotated.create(&keyed("form-1")).await;
        match first {
            Ok(first) => assert_eq!(again.unwrap().id, first.id),
            Err(_) => assert_eq!(kind(&again), ErrorKind::TimedOut),
        }
        let other = rotated.create(&keyed("form-1").with_purpose(purpose("login"))).await;
        assert_eq!(kind(&other), ErrorKind::InvalidRequest);
        assert_eq!(fake.count_of(Operation::Create), 1);
        // What was reserved by the new key is given back.
        assert_eq!(store.len(), entries);
        rotated.create(&request(crate::fixtures::PHONE)).await.unwrap();
        // Over a limit by the new key, it is known all the same.
        assert_eq!(kind(&rotated.create(&keyed("form-2")).await), ErrorKind::RateLimited);
        let again = rotated.create(&keyed("form-1")).await;
        assert_eq!(again.err().map(|error| error.kind()), lost.then_some(ErrorKind::TimedOut));
        assert_eq!(fake.count_of(Operation::Create), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn machines_with_different_keys_send_one_message() {
    for failure in [None, Some(DOWN)] {
        let (fake, store) = (inner(RecipientKind::Phone), MemoryStore::new());
        let fake = fake.then(failure.into_iter().chain([SLOW]));
        let mut creates = JoinSet::new();
        for number in 0..20 {
            let (turn, previous) = if number % 2 == 0 { (1, 2) } else { (2, 1) };
            let machine = machine(&fake, store.clone(), turn, &[previous]);
            creates.spawn(async move { machine.create(&keyed("form-1")).await });
        }
        let outcomes = creates.join_all().await;
        let mut ids: Vec<_> = outcomes.iter().flatten().map(|challenge| challenge.id.clone()).collect();
        let failed = usize::from(failure.is_some());
        assert_eq!(ids.len(), 20 - failed);
        ids.dedup();
        assert_eq!((ids.len(), fake.count_of(Operation::Create)), (1, 1 + failed));
    }
}

#[tokio::test]
async fn a_store_that_fails_while_it_is_asked_by_the_former_key_sends_nothing() {
    let (fake, store) = (inner(RecipientKind::Phone), Failing::new(MemoryStore::new()));
    let rotated = machine(&fake, store.clone(), 2, &[1]);
    store.fail("find_create", When::Before);
    assert_eq!(kind(&rotated.create(&keyed("form-1")).await), ErrorKind::StoreUnavailable);
    assert_eq!(fake.count(), 0);
    store.recover();
    rotated.create(&keyed("form-1")).await.unwrap();
}
