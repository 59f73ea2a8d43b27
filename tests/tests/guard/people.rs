//! Whom the guard counts, and who can do what to whom: subjects, strangers, failures in a row, owners.

use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    ChallengeId, Channel, CreateRequest, ErrorKind, Operation, OtpProvider, PurposeSupport, Recipient,
    RecipientKind, Rejection, Status, VerifyRequest,
};
use otp_tests::{RIGHT, WRONG};

use crate::fixtures::{
    Clock, PHONE, guard, inner, inner_with, kind, purpose, rejection, request, settings, unlimited,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn verification(id: &ChallengeId, code: &str, subject: Option<&str>) -> VerifyRequest {
    let request = VerifyRequest::new(id.clone(), code);
    match subject {
        Some(subject) => request.with_subject(subject),
        None => request,
    }
}

fn of(phone: &str, subject: Option<&str>) -> CreateRequest {
    match subject {
        Some(subject) => request(phone).with_subject(subject),
        None => request(phone),
    }
}

#[tokio::test]
async fn a_stranger_does_not_cancel_the_open_challenge_of_an_owner() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    let owners = guard.create(&of(PHONE, Some("owner"))).await.unwrap().id;
    for stranger in [Some("stranger"), None] {
        guard.create(&of(PHONE, stranger)).await.unwrap();
        assert_eq!(guard.status(&owners).await.unwrap(), Status::Pending, "{stranger:?}");
    }
    let again = guard.create(&of(PHONE, Some("owner"))).await.unwrap().id;
    assert_eq!(guard.status(&owners).await.unwrap(), Status::Cancelled);
    guard.verify(&verification(&again, RIGHT, Some("owner"))).await.unwrap();
}

#[tokio::test]
async fn the_limits_of_a_recipient_hold_over_all_subjects() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    let mut sent = 0;
    for turn in 0..100 {
        sent += usize::from(guard.create(&of(PHONE, Some(&format!("subject-{turn}")))).await.is_ok());
        clock.advance(Duration::from_secs(60));
    }
    assert_eq!(sent, 10);
}

#[tokio::test]
async fn where_a_message_goes_to_the_number_or_to_the_user_both_are_counted() {
    use RecipientKind::{Any, Owner, Phone, PhoneAndUser, User};
    // What the members of a failover need, and the optional ones; whether a create with the same number, or with the same
    // user, passes.
    let rows = [
        (PhoneAndUser, Any, [false, false]),
        (Phone, User, [false, false]),
        (User, Phone, [false, false]),
        (Phone, Any, [false, true]),
        (User, Any, [true, false]),
        (Owner, Any, [false, false]),
    ];
    for (needed, optional, passes) in rows {
        for (index, passes) in passes.into_iter().enumerate() {
            let fake = inner_with(needed, |able| able.optional_recipient = optional);
            let guard = guard(&fake, MemoryStore::new(), settings());
            let of = |phone: &str, user: &str| CreateRequest::new(Recipient::phone(phone).with_user_id(user));
            guard.create(&of(PHONE, "user-1")).await.unwrap();
            let second = [of("+4915112345678", "user-2"), of("+4915112345679", "user-1")];
            let outcome = guard.create(&second[index]).await;
            assert_eq!(outcome.is_ok(), passes, "{needed:?}, {optional:?}, {index}: {outcome:?}");
            // What is forgotten no longer counts.
            guard.forget(Some(&of(PHONE, "user-1").recipient), None).await.unwrap();
            assert!(guard.create(&of(PHONE, "user-1")).await.is_ok() || passes, "{needed:?}, {optional:?}");
        }
    }
}

/// Fails with wrong codes until the limit of failures, with challenges as they are needed. Returns how many passed.
async fn guess(
    guard: &impl OtpProvider,
    clock: &Clock,
    phone: &str,
    subject: Option<&str>,
) -> (usize, ErrorKind) {
    let mut guesses = 0;
    loop {
        let id = match guard.create(&of(phone, subject)).await {
            Ok(challenge) => challenge.id,
            Err(error) => return (guesses, error.kind()),
        };
        for _ in 0..5 {
            let error = guard.verify(&verification(&id, WRONG, subject)).await.expect_err("a wrong code");
            match error.kind() {
                ErrorKind::Rejected(Rejection::LockedOut) => {
                    assert!(!error.may_have_acted());
                    return (guesses, error.kind());
                }
                _ => guesses += 1,
            }
        }
        clock.advance(DAY);
    }
}

#[tokio::test]
async fn failures_in_a_row_lock_out_before_anything_is_sent_or_paid() {
    for subject in [None, Some("account-7")] {
        let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
        let guard = guard(&fake, clock.store(), settings().with_max_failures(23));
        let locked_out = ErrorKind::Rejected(Rejection::LockedOut);
        assert_eq!(guess(&guard, &clock, PHONE, subject).await, (23, locked_out));
        let messages = fake.count_of(Operation::Create);
        for _ in 0..89 {
            clock.advance(DAY);
            assert_eq!(kind(&guard.create(&of(PHONE, subject)).await), locked_out);
        }
        assert_eq!((fake.count_of(Operation::Create), fake.count_of(Operation::Verify)), (messages, 23));
        clock.advance(DAY);
        guard.create(&of(PHONE, subject)).await.unwrap();
    }
}

#[tokio::test]
async fn the_default_is_100_failures_in_a_row() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    assert_eq!(guess(&guard, &clock, PHONE, Some("account-7")).await.0, 100);
}

#[tokio::test]
async fn a_stranger_does_not_lock_an_owner_out() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings().with_max_failures(10));
    guess(&guard, &clock, PHONE, Some("stranger")).await;
    clock.advance(DAY);
    let id = guard.create(&of(PHONE, Some("owner"))).await.unwrap().id;
    guard.verify(&verification(&id, RIGHT, Some("owner"))).await.unwrap();
}

#[tokio::test]
async fn a_success_with_another_recipient_does_not_reset_the_failures_with_this_one() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings().with_max_failures(10));
    let (own, victims) = ("+4915112345679", PHONE);
    let mut guesses = 0;
    for _ in 0..20 {
        let Ok(challenge) = guard.create(&of(victims, Some("attacker"))).await else { break };
        for _ in 0..4 {
            let error = guard
                .verify(&verification(&challenge.id, WRONG, Some("attacker")))
                .await
                .expect_err("a wrong code");
            guesses += usize::from(error.kind() == ErrorKind::Rejected(Rejection::WrongCode));
        }
        // A success with a number of his own, to begin anew.
        if let Ok(challenge) = guard.create(&of(own, Some("attacker"))).await {
            let _ = guard.verify(&verification(&challenge.id, RIGHT, Some("attacker"))).await;
        }
        clock.advance(DAY);
    }
    assert_eq!(guesses, 10);
}

#[tokio::test]
async fn the_application_resets_failures_and_forgets_a_person() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings().with_max_failures(5).with_per_day(1));
    let recipient = Recipient::phone("+49 0151 12345678".replace(' ', ""));
    for subject in [None, Some("account-7")] {
        clock.advance(DAY);
        let (_, locked_out) = guess(&guard, &clock, PHONE, subject).await;
        assert_eq!(locked_out, ErrorKind::Rejected(Rejection::LockedOut));
        guard.reset_failures(Some(&recipient), subject).await.unwrap();
        guard.create(&of(PHONE, subject)).await.unwrap();
        assert_eq!(kind(&guard.create(&of(PHONE, subject)).await), ErrorKind::RateLimited);
        // Somebody else being forgotten changes nothing.
        guard.forget(Some(&Recipient::phone("+33612345678")), Some("account-8")).await.unwrap();
        assert_eq!(kind(&guard.create(&of(PHONE, subject)).await), ErrorKind::RateLimited);
        guard.forget(Some(&recipient), subject).await.unwrap();
        guard.create(&of(PHONE, subject)).await.unwrap();
    }
}

#[tokio::test]
async fn a_reset_reaches_the_failures_of_every_address_of_a_recipient() {
    let fake =
        inner_with(RecipientKind::PhoneOrEmail, |able| able.channels = vec![Channel::Sms, Channel::Email]);
    let guard = guard(&fake, MemoryStore::new(), unlimited().with_max_failures(1));
    let recipient = Recipient::phone(PHONE).with_email("ann@example.com");
    for channel in [Channel::Sms, Channel::Email] {
        let request = CreateRequest::new(recipient.clone()).with_channel(channel);
        let challenge = guard.create(&request).await.unwrap();
        guard.verify(&verification(&challenge.id, WRONG, None)).await.unwrap_err();
        let locked_out = ErrorKind::Rejected(Rejection::LockedOut);
        assert_eq!(kind(&guard.create(&request).await), locked_out, "{channel:?}");
        guard.reset_failures(Some(&recipient), None).await.unwrap();
        guard.create(&request).await.unwrap();
    }
}

#[tokio::test]
async fn where_each_create_is_a_resend_purposes_are_refused_and_an_acceptance_ends_all_records() {
    let fake = inner_with(RecipientKind::Owner, |able| (able.resends, able.cancel) = (true, true));
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    assert_eq!(guard.capabilities().purposes, PurposeSupport::None);
    let owner = |subject: &str| CreateRequest::new(Recipient::owner()).with_subject(subject);
    let refused = guard.create(&owner("a").with_purpose(purpose("login"))).await;
    assert_eq!(kind(&refused), ErrorKind::Unsupported);
    let (one, other) =
        (guard.create(&owner("a")).await.unwrap().id, guard.create(&owner("b")).await.unwrap().id);
    // A cancel of one does not end the challenge of the other at the provider.
    let third = guard.create(&owner("c")).await.unwrap().id;
    guard.cancel(&third).await.unwrap();
    assert_eq!(fake.count_of(Operation::Cancel), 0);
    guard.verify(&verification(&one, RIGHT, Some("a"))).await.unwrap();
    assert_eq!(
        rejection(&guard.verify(&verification(&other, RIGHT, Some("b"))).await),
        Rejection::AlreadyUsed
    );
    assert_eq!(guard.status(&other).await.unwrap(), Status::Verified);
    let next = guard.create(&owner("b")).await.unwrap().id;
    guard.verify(&verification(&next, RIGHT, Some("b"))).await.unwrap();
}

#[tokio::test]
async fn open_challenges_survive_a_rotation_of_the_key() {
    let (fake, store) = (inner(RecipientKind::Phone), MemoryStore::new());
    let key = |turn: usize| format!("{turn}: a key of at least 32 characters, kept like a password");
    let with = |turn: usize, previous: &[usize]| {
        let mut settings = settings().with_previous_keys(previous.iter().map(|turn| key(*turn)));
        settings.key = key(turn).into();
        guard(&fake, store.clone(), settings)
    };
    let created = with(1, &[]).create(&of(PHONE, Some("account-7"))).await.unwrap().id;
    let rotated = with(2, &[1]);
    // Limits start anew.
    let newer = rotated.create(&of(PHONE, Some("account-7"))).await.unwrap().id;
    assert_eq!(rotated.status(&created).await.unwrap(), Status::Pending);
    let mismatch = rotated.verify(&verification(&created, RIGHT, Some("account-8"))).await;
    assert_eq!(rejection(&mismatch), Rejection::Mismatch);
    rotated.verify(&verification(&created, RIGHT, Some("account-7"))).await.unwrap();
    // A machine that has the new key only as a previous one knows its challenges.
    with(1, &[2]).verify(&verification(&newer, RIGHT, Some("account-7"))).await.unwrap();
    let forgotten = with(3, &[2]);
    assert_eq!(kind(&forgotten.status(&created).await), ErrorKind::NotFound);
    assert_eq!(kind(&forgotten.verify(&verification(&created, RIGHT, None)).await), ErrorKind::NotFound);
    assert_eq!(forgotten.status(&newer).await.unwrap(), Status::Verified);
}

#[tokio::test]
async fn an_id_of_another_format_or_another_guard_is_not_found() {
    let (fake, store) = (inner(RecipientKind::Phone), MemoryStore::new());
    let one = guard(&fake, store.clone(), unlimited()).with_name("one").unwrap();
    let other = guard(&fake, store, unlimited()).with_name("other").unwrap();
    let id = one.create(&request(PHONE)).await.unwrap().id;
    let parts = id.parts().remove(0);
    for text in [
        parts.replacen("1.", "2.", 1),
        parts.replace('.', ":"),
        "0123456789abcdef0123456789abcdef".to_owned(),
        String::new(),
    ] {
        let id = ChallengeId::new("one", &[&text]);
        assert_eq!(kind(&one.verify(&verification(&id, RIGHT, None)).await), ErrorKind::NotFound, "{id}");
        assert_eq!(kind(&one.status(&id).await), ErrorKind::NotFound, "{id}");
        assert_eq!(kind(&one.cancel(&id).await), ErrorKind::NotFound, "{id}");
    }
    let foreign = ChallengeId::new("other", &[&parts]);
    assert_eq!(kind(&other.verify(&verification(&foreign, RIGHT, None)).await), ErrorKind::NotFound);
    assert_eq!(fake.count_of(Operation::Verify), 0);
    one.verify(&verification(&id, RIGHT, None)).await.unwrap();
}
