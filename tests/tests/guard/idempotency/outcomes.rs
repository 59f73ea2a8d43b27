//! Creates that fail: what certainly sent nothing frees the key, and what is not known stays unknown.

use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{Error, ErrorKind, Operation, OtpProvider, RecipientKind, Rejection, Status, VerifyRequest};
use otp_tests::RIGHT;

use super::{LIFETIME, keyed};
use crate::fixtures::{Clock, Failing, When, guard, inner, inner_with, kind, settings, unlimited};

#[tokio::test]
async fn an_uncertain_create_stays_uncertain_and_nothing_is_sent_again() {
    for unknown in [ErrorKind::Unavailable, ErrorKind::TimedOut, ErrorKind::UnexpectedResponse] {
        let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
        let guard = guard(&fake, clock.store(), settings());
        let failure = Error::new(unknown).with_vendor_status(502).with_vendor_code("2029");
        fake.fail(failure.with_origin("member", Operation::Create));
        let first = guard.create(&keyed("form-1")).await.unwrap_err();
        assert_eq!(first.retry_after(), Some(Duration::from_secs(30)));
        for (seconds, wait) in [(10, Some(20)), (10, Some(10)), (600, None)] {
            clock.advance(Duration::from_secs(seconds));
            let again = guard.create(&keyed("form-1")).await.unwrap_err();
            assert_eq!((again.kind(), again.may_have_acted()), (unknown, true));
            assert_eq!(again.text_key(), first.text_key());
            assert_eq!(again.response_status(), first.response_status());
            assert_eq!(again.retry_after(), wait.map(Duration::from_secs), "{again}");
            assert_eq!((again.provider(), again.operation()), (Some("member"), Some(Operation::Create)));
            assert_eq!((again.vendor_status(), again.vendor_code()), (Some(502), Some("2029")));
            assert_eq!((again.audience(), again.log_level()), (first.audience(), first.log_level()));
        }
        assert_eq!(fake.count_of(Operation::Create), 1);
        // The person asks for a new code.
        guard.create(&keyed("form-2")).await.unwrap();
    }
}

#[tokio::test]
async fn a_create_that_certainly_sent_nothing_frees_its_key() {
    let certain = [
        Error::new(ErrorKind::Unavailable).with_may_have_acted(false),
        Error::new(ErrorKind::RateLimited),
        Error::new(ErrorKind::ProviderDeclined),
        Error::new(ErrorKind::Unauthorized),
        Error::invalid("template", "is not approved"),
    ];
    for failure in certain {
        let fake = inner(RecipientKind::Phone);
        let guard = guard(&fake, MemoryStore::new(), settings());
        let wanted = failure.kind();
        fake.fail(failure);
        assert_eq!(kind(&guard.create(&keyed("form-1")).await), wanted);
        let challenge = guard.create(&keyed("form-1")).await.unwrap();
        assert!(!challenge.replayed);
        assert_eq!(fake.count_of(Operation::Create), 2, "{wanted:?}");
    }
}

#[tokio::test]
async fn what_the_guard_refuses_holds_no_key() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    guard.create(&keyed("form-1")).await.unwrap();
    for _ in 0..2 {
        assert_eq!(kind(&guard.create(&keyed("form-2")).await), ErrorKind::RateLimited);
    }
    clock.advance(Duration::from_secs(30));
    assert!(!guard.create(&keyed("form-2")).await.unwrap().replayed);
}

#[tokio::test]
async fn a_start_whose_record_was_lost_on_the_way_back_is_found_by_the_key() {
    let fake = inner_with(RecipientKind::Phone, |able| able.cancel = true);
    let store = Failing::new(MemoryStore::new());
    let guard = guard(&fake, store.clone(), settings());
    store.fail("settle_create", When::After);
    let error = guard.create(&keyed("form-1")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, true));
    store.recover();
    assert_eq!(fake.count_of(Operation::Cancel), 0, "the code is still good");
    let challenge = guard.create(&keyed("form-1")).await.unwrap();
    assert_eq!((challenge.replayed, challenge.status), (true, Status::Pending));
    guard.verify(&VerifyRequest::new(challenge.id, RIGHT)).await.unwrap();
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_the_store_did_not_record_is_uncertain() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let store = Failing::new(clock.store());
    let guard = guard(&fake, store.clone(), settings());
    store.fail("settle_create", When::Before);
    assert_eq!(kind(&guard.create(&keyed("form-1")).await), ErrorKind::StoreUnavailable);
    store.recover();
    for _ in 0..2 {
        let error = guard.create(&keyed("form-1")).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::TimedOut, true));
    }
    clock.advance(LIFETIME);
    assert!(guard.create(&keyed("form-1")).await.unwrap_err().may_have_acted());
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test]
async fn a_store_that_is_away_sends_nothing() {
    let (fake, store) = (inner(RecipientKind::Phone), Failing::new(MemoryStore::new()));
    let guard = guard(&fake, store.clone(), settings());
    store.fail("reserve_create", When::Before);
    assert_eq!(kind(&guard.create(&keyed("form-1")).await), ErrorKind::StoreUnavailable);
    assert_eq!(fake.count(), 0);
    store.recover();
    guard.create(&keyed("form-1")).await.unwrap();
    // The status of a challenge that is replayed cannot be read.
    store.fail("read", When::Before);
    let error = guard.create(&keyed("form-1")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, true));
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test]
async fn a_reservation_whose_response_was_lost_frees_its_key_and_stays_counted() {
    let (fake, store) = (inner(RecipientKind::Phone), Failing::new(MemoryStore::new()));
    let guard = guard(&fake, store.clone(), unlimited().with_per_hour(2));
    store.fail("reserve_create", When::After);
    let error = guard.create(&keyed("form-1")).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, false));
    store.recover();
    let challenge = guard.create(&keyed("form-1")).await.unwrap();
    assert_eq!((challenge.replayed, challenge.resends_left), (false, Some(0)));
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test]
async fn an_acceptance_that_is_not_recorded_yet_is_known_to_a_replay() {
    let (fake, store) = (inner(RecipientKind::Phone), Failing::new(MemoryStore::new()));
    let guard = guard(&fake, store.clone(), settings());
    let id = guard.create(&keyed("form-1")).await.unwrap().id;
    store.fail("settle_attempt", When::Before);
    guard.verify(&VerifyRequest::new(id.clone(), RIGHT)).await.unwrap_err();
    store.recover();
    assert_eq!(guard.create(&keyed("form-1")).await.unwrap().status, Status::Verified);
    let replay = guard.verify(&VerifyRequest::new(id, RIGHT)).await;
    assert_eq!(kind(&replay), ErrorKind::Rejected(Rejection::AlreadyUsed));
}
