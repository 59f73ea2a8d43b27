//! Verify, cancel and status: what the guard decides before and after it calls the provider.

use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    ChallengeId, Error, ErrorKind, Operation, OtpProvider, OtpProviderExt, Purpose, PurposeSupport,
    RecipientKind, Rejection, RetryPolicy, Status, VerifyRequest,
};
use otp_tests::{FakeProvider, RIGHT, WRONG};

use crate::fixtures::{
    Clock, Failing, PHONE, When, guard, inner, inner_with, kind, purpose, rejection, request, settings,
    unlimited,
};

fn verification(id: &ChallengeId, code: &str) -> VerifyRequest {
    VerifyRequest::new(id.clone(), code)
}

#[tokio::test]
async fn a_code_is_accepted_once_even_if_the_provider_would_take_it_again() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings());
    let id = guard.create(&request(PHONE)).await.unwrap().id;
    let verified = guard.verify(&verification(&id, RIGHT)).await.unwrap();
    assert_eq!(verified.id, id);
    assert_eq!(verified.proof.expect("the provider's proof").expose(), "proof");
    assert_eq!(rejection(&guard.verify(&verification(&id, RIGHT)).await), Rejection::AlreadyUsed);
    assert_eq!(guard.status(&id).await.unwrap(), Status::Verified);
    assert_eq!(fake.count_of(Operation::Verify), 1);
}

#[tokio::test]
async fn wrong_codes_run_out_of_attempts_and_report_how_many_are_left() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings());
    let id = guard.create(&request(PHONE)).await.unwrap().id;
    for left in (0..5).rev() {
        let error = guard.verify(&verification(&id, WRONG)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::WrongCode));
        assert_eq!(error.attempts_left(), Some(left));
    }
    let error = guard.verify(&verification(&id, RIGHT)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts_left()),
        (ErrorKind::Rejected(Rejection::TooManyAttempts), Some(0))
    );
    assert!(!error.may_have_acted());
    assert_eq!(
        (fake.count_of(Operation::Verify), guard.status(&id).await.unwrap()),
        (5, Status::TooManyAttempts)
    );
}

#[tokio::test]
async fn an_attempt_is_given_back_only_if_the_code_certainly_was_not_looked_at() {
    let cases = [
        (Error::new(ErrorKind::Unavailable).with_never_sent(), 5),
        (Error::invalid("code", "must be digits"), 5),
        (Error::new(ErrorKind::RateLimited), 5),
        // As a gateway says it, or the vendor of something else: not certain enough to make guesses free.
        (Error::new(ErrorKind::RateLimited).with_may_have_acted(true), 4),
        (Error::new(ErrorKind::Unavailable).with_may_have_acted(false), 4),
        (Error::new(ErrorKind::NotFound), 4),
        (Error::new(ErrorKind::Unauthorized), 4),
        (Error::new(ErrorKind::InvalidRequest), 4),
        (Error::new(ErrorKind::ProviderDeclined), 4),
        (Error::new(ErrorKind::Unavailable), 4),
        (Error::new(ErrorKind::TimedOut), 4),
        (Error::new(ErrorKind::UnexpectedResponse), 4),
        (Error::new(ErrorKind::Rejected(Rejection::Unspecified)), 4),
        // No attempt at the provider, but a response about the code all the same.
        (Error::new(ErrorKind::Rejected(Rejection::Expired)), 4),
        (Error::new(ErrorKind::Rejected(Rejection::WrongCode)).with_attempts_left(1), 1),
        (Error::new(ErrorKind::Rejected(Rejection::TooManyAttempts)), 0),
    ];
    for (failure, left) in cases {
        let fake = inner(RecipientKind::Phone);
        let guard = guard(&fake, MemoryStore::new(), settings());
        let id = guard.create(&request(PHONE)).await.unwrap().id;
        let text = failure.to_string();
        fake.fail(failure);
        let error = guard.verify(&verification(&id, RIGHT)).await.unwrap_err();
        assert_eq!(error.attempts_left(), Some(left), "{text}");
        let next = guard.verify(&verification(&id, WRONG)).await.unwrap_err().attempts_left();
        assert_eq!(next, Some(if left == 5 { 4 } else { 3 }), "{text}");
    }
}

#[tokio::test]
async fn a_difference_of_subject_or_purpose_is_a_mismatch_and_uses_no_attempt() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    let bound = request(PHONE).with_subject("account-7").with_purpose(purpose("login"));
    let id = guard.create(&bound).await.unwrap().id;
    let right = verification(&id, RIGHT).with_subject("account-7").with_purpose(purpose("login"));
    let wrong = [
        verification(&id, RIGHT),
        verification(&id, RIGHT).with_subject("account-7"),
        verification(&id, RIGHT).with_purpose(purpose("login")),
        right.clone().with_subject("account-8"),
        right.clone().with_purpose(purpose("payment")),
        right.clone().with_purpose(Purpose::LegitimationData),
    ];
    for request in &wrong {
        let error = guard.verify(request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::Mismatch), "{request:?}");
        assert!(!error.may_have_acted());
    }
    assert_eq!(fake.count_of(Operation::Verify), 0);
    guard.verify(&right).await.unwrap();

    let free = guard.create(&request(PHONE)).await.unwrap().id;
    for request in [
        verification(&free, RIGHT).with_subject("account-7"),
        verification(&free, RIGHT).with_purpose(purpose("login")),
    ] {
        assert_eq!(rejection(&guard.verify(&request).await), Rejection::Mismatch);
    }
    guard.verify(&verification(&free, RIGHT)).await.unwrap();
}

#[tokio::test]
async fn a_purpose_that_the_provider_itself_holds_on_to_need_not_be_presented() {
    let fake = inner_with(RecipientKind::Owner, |able| {
        able.purposes = PurposeSupport::Required(&["legitimation_data"]);
    });
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    let request = request(PHONE).with_purpose(Purpose::LegitimationData);
    let id = guard.create(&request).await.unwrap().id;
    let other = verification(&id, RIGHT).with_purpose(purpose("login"));
    assert_eq!(rejection(&guard.verify(&other).await), Rejection::Mismatch);
    guard.verify(&verification(&id, RIGHT)).await.unwrap();
}

#[tokio::test]
async fn cancel_and_status_work_by_the_record_and_by_the_provider_where_it_can() {
    for has_operations in [false, true] {
        let fake = inner_with(RecipientKind::Phone, |able| {
            (able.cancel, able.status) = (has_operations, has_operations);
        });
        let guard = guard(&fake, MemoryStore::new(), settings());
        let capabilities = guard.capabilities();
        assert!(capabilities.cancel && capabilities.status && capabilities.binding);
        assert_eq!(capabilities.purposes, PurposeSupport::Any);
        let id = guard.create(&request(PHONE)).await.unwrap().id;
        let open = if has_operations { Status::Declined } else { Status::Pending };
        assert_eq!(guard.status(&id).await.unwrap(), open);
        // What the provider says to it does not matter.
        fake.fail(Error::new(ErrorKind::Unavailable));
        guard.cancel(&id).await.unwrap();
        assert_eq!(guard.status(&id).await.unwrap(), Status::Cancelled);
        assert_eq!(rejection(&guard.verify(&verification(&id, RIGHT)).await), Rejection::Cancelled);
        assert_eq!(
            fake.count_of(Operation::Cancel) + fake.count_of(Operation::Status),
            if has_operations { 2 } else { 0 }
        );
    }
}

#[tokio::test]
async fn a_challenge_that_is_over_is_not_cancelled() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), unlimited());
    let used = guard.create(&request(PHONE)).await.unwrap().id;
    guard.verify(&verification(&used, RIGHT)).await.unwrap();
    let expired = guard.create(&request(PHONE)).await.unwrap().id;
    clock.advance(Duration::from_secs(600));
    for id in [&used, &expired] {
        assert_eq!(kind(&guard.cancel(id).await), ErrorKind::ProviderDeclined);
    }
    clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(kind(&guard.cancel(&expired).await), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_store_that_fails_before_the_provider_is_asked_lets_nothing_through() {
    for when in [When::Before, When::After] {
        let fake = inner(RecipientKind::Phone);
        let store = Failing::new(MemoryStore::new());
        let guard = guard(&fake, store.clone(), unlimited());
        let id = guard.create(&request(PHONE)).await.unwrap().id;
        store.fail("reserve_create", when);
        let create = guard.create(&request(PHONE)).await.map(|_| ()).unwrap_err();
        store.fail("begin_attempt", when);
        let verify = guard.verify(&verification(&id, RIGHT)).await.map(|_| ()).unwrap_err();
        store.fail("read", when);
        let status = guard.status(&id).await.map(|_| ()).unwrap_err();
        store.fail("cancel", when);
        let cancel = guard.cancel(&id).await.unwrap_err();
        // Whether the attempt is counted is not known. Nothing else has been done.
        for (error, acted) in [(create, false), (verify, true), (status, false), (cancel, false)] {
            assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
            assert_eq!((error.may_have_acted(), error.is_transient()), (acted, true));
        }
        assert_eq!(
            (
                fake.count_of(Operation::Create),
                fake.count_of(Operation::Verify),
                fake.count_of(Operation::Cancel)
            ),
            (1, 0, 0)
        );
    }
}

#[tokio::test]
async fn a_challenge_that_cannot_be_recorded_is_not_handed_out() {
    for when in [When::Before, When::After] {
        let fake = inner_with(RecipientKind::Phone, |able| able.cancel = true);
        let store = Failing::new(MemoryStore::new());
        let guard = guard(&fake, store.clone(), settings());
        store.fail("settle_create", when);
        let error = guard.create(&request(PHONE)).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, true));
        assert!(!error.is_safe_to_repeat());
        assert_eq!(fake.count_of(Operation::Cancel), 1);
        store.recover();
        assert_eq!(kind(&guard.create(&request(PHONE)).await), ErrorKind::RateLimited, "it stays counted");
    }
}

#[tokio::test]
async fn an_acceptance_that_cannot_be_recorded_is_none_and_there_is_no_second_one() {
    for when in [When::Before, When::After] {
        let fake = inner(RecipientKind::Phone);
        let store = Failing::new(MemoryStore::new());
        let guard = guard(&fake, store.clone(), settings());
        let id = guard.create(&request(PHONE)).await.unwrap().id;
        store.fail("settle_attempt", when);
        let error = guard.verify(&verification(&id, RIGHT)).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::StoreUnavailable, true));
        store.recover();
        assert_eq!(rejection(&guard.verify(&verification(&id, RIGHT)).await), Rejection::AlreadyUsed);
        // The status says the same, though the store does not know it.
        assert_eq!(guard.status(&id).await.unwrap(), Status::Verified);
        assert_eq!(fake.count_of(Operation::Verify), 1);
    }
}

#[tokio::test]
async fn an_attempt_whose_return_fails_stays_counted() {
    let fake = inner(RecipientKind::Phone);
    let store = Failing::new(MemoryStore::new());
    let guard = guard(&fake, store.clone(), settings());
    let id = guard.create(&request(PHONE)).await.unwrap().id;
    store.fail("settle_attempt", When::Before);
    fake.fail(Error::new(ErrorKind::RateLimited));
    let error = guard.verify(&verification(&id, RIGHT)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts_left()), (ErrorKind::RateLimited, Some(4)));
}

#[tokio::test(start_paused = true)]
async fn a_retry_around_repeats_no_verify_whose_attempt_may_be_counted() {
    for (transition, when) in [("begin_attempt", When::After), ("settle_attempt", When::Before)] {
        let fake = inner(RecipientKind::Phone);
        let store = Failing::new(MemoryStore::new());
        let provider = guard(&fake, store.clone(), settings()).with_retry(RetryPolicy::default());
        let id = provider.create(&request(PHONE)).await.unwrap().id;
        store.fail(transition, when);
        fake.fail(Error::new(ErrorKind::Unavailable).with_may_have_acted(false));
        let error = provider.verify(&verification(&id, RIGHT)).await.unwrap_err();
        assert!(error.may_have_acted(), "{transition}: {error}");
        store.recover();
        let next = provider.verify(&verification(&id, WRONG)).await.unwrap_err();
        assert_eq!(next.attempts_left(), Some(3), "{transition}: one attempt and this one");
    }
}

#[tokio::test]
async fn the_store_receives_no_code_no_number_no_subject_and_no_purpose() {
    let store = Failing::new(MemoryStore::new());
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, crate::stores::Listening::new(store), settings());
    let bound = request(PHONE).with_subject("account-7").with_purpose(purpose("login-purpose"));
    let id = guard.create(&bound).await.unwrap().id;
    let right = verification(&id, "right").with_subject("account-7").with_purpose(purpose("login-purpose"));
    guard.verify(&right).await.unwrap();
    let heard = guard_store(&guard);
    let record = format!("fake:{}", id.as_str().rsplit('.').next().expect("the random part"));
    assert!(heard.contains(&record), "it listens");
    let at_provider = fake.id();
    for secret in [PHONE, &PHONE[1..], "account-7", "login-purpose", "proof", "right\"", at_provider.as_str()]
    {
        assert!(!heard.contains(secret), "{secret} in {heard}");
    }
}

fn guard_store(guard: &otp_facade::Guard<FakeProvider, crate::stores::Listening>) -> String {
    format!("{guard:?}")
}
