//! Normalization: one person, however the number, the id or the code is spelled.

use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    CreateRequest, ErrorKind, Operation, OtpProvider, Purpose, Recipient, RecipientKind, Rejection,
    VerifyRequest,
};
use otp_tests::{RIGHT, WRONG};

use crate::fixtures::{PHONE, guard, inner, kind, rejection, request, unlimited};

#[tokio::test]
async fn a_limit_holds_for_the_person_however_the_number_is_spelled_and_sends_to_what_was_given() {
    let persons = [
        ["+33612345678", "+330612345678"],
        ["+4915112345678", "+49015112345678"],
        ["+5215512345678", "+525512345678"],
        ["+5491123456789", "+541123456789"],
        ["+36201234567", "+3606201234567"],
        ["+77012345678", "+787012345678"],
        ["+12025550123", "+112025550123"],
    ];
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited().with_min_interval(Duration::from_secs(60)));
    for [number, other] in persons {
        guard.create(&request(number)).await.expect(number);
        assert_eq!(kind(&guard.create(&request(other)).await), ErrorKind::RateLimited, "{other}");
    }
    // In Italy, the zero is part of the number.
    for number in ["+390612345678", "+39612345678", "+330612345679"] {
        guard.create(&request(number)).await.expect(number);
    }
    let sent = fake.last_request().recipient.phone.expect("a number");
    assert_eq!(sent.expose(), "+330612345679");
}

#[tokio::test]
async fn a_resend_to_another_spelling_cancels_the_open_challenge() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    let first = guard.create(&request("+33612345678")).await.expect("it is created").id;
    guard.create(&request("+330612345678")).await.expect("it is created");
    let verified = guard.verify(&VerifyRequest::new(first, RIGHT)).await;
    assert_eq!(rejection(&verified), Rejection::Cancelled);
}

#[tokio::test]
async fn no_spelling_of_a_blocked_number_gets_through() {
    let codes = ["+1", "+33", "+52", "+549"];
    let blocked = ["+1876", "+3389", "+5255", "+54911"];
    let settings = unlimited().with_calling_codes(codes).with_blocked_calling_codes(blocked);
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings);
    let refused = [
        "+18765550123",
        "+118765550123",
        "+33891234567",
        "+330891234567",
        "+525512345678",
        "+5215512345678",
        "+5491123456789",
        "+541123456789",
    ];
    for number in refused {
        let error = guard.create(&request(number)).await.expect_err(number);
        assert_eq!(error.kind(), ErrorKind::CountryNotAllowed, "{number}");
    }
    assert_eq!(fake.count_of(Operation::Create), 0);
    for number in ["+12025550123", "+330612345678", "+5218112345678", "+5493411234567"] {
        guard.create(&request(number)).await.expect(number);
    }
}

#[tokio::test]
async fn a_code_as_people_type_it_is_accepted_and_what_is_none_costs_no_attempt() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited().with_max_attempts(1));
    let id = guard.create(&request(PHONE)).await.expect("it is created").id;
    for typed in ["", "\u{200B}", "😀", "12\u{7}34", "The code that I got is 123456.", &"1".repeat(65)] {
        let error = guard.verify(&VerifyRequest::new(id.clone(), typed)).await.expect_err(typed);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{typed:?}");
        assert!(!error.may_have_acted() && error.to_string().contains("code must"), "{error}");
    }
    assert_eq!(fake.count_of(Operation::Verify), 0);
    let (first, second) = RIGHT.split_at(3);
    let typed = format!("\u{202A}{first}\u{200B}{second}\u{202C}\u{FEFF}\u{A0}");
    guard.verify(&VerifyRequest::new(id, typed)).await.expect("the only attempt is left");
}

/// The provider underneath may know better what a code looks like than the guard.
#[tokio::test]
async fn what_only_the_provider_knows_to_be_no_code_costs_no_attempt_either() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited().with_max_attempts(1));
    let id = guard.create(&request(PHONE)).await.expect("it is created").id;
    fake.fail(otp_facade::Error::invalid("code", "must consist of 6 to 8 digits"));
    let error = guard.verify(&VerifyRequest::new(id.clone(), WRONG)).await.expect_err("it is no code");
    assert_eq!((error.kind(), error.attempts_left()), (ErrorKind::InvalidRequest, Some(1)));
    guard.verify(&VerifyRequest::new(id, RIGHT)).await.expect("the only attempt is left");
}

#[tokio::test]
async fn an_id_with_characters_that_nobody_sees_is_refused_and_costs_nothing() {
    let fake = inner(RecipientKind::User);
    let guard = guard(&fake, MemoryStore::new(), unlimited().with_max_attempts(1));
    let user = |id: &str| CreateRequest::new(Recipient::user(id));
    for id in [
        " user-7",
        "user-7 ",
        "user-7\u{A0}",
        "\u{3000}user-7",
        "user\u{200B}-7",
        "user-7\u{FEFF}",
        "user-7\n",
        "\u{2800}user-7",
    ] {
        let requests = [
            user(id),
            user("user-7").with_subject(id),
            user("user-7").with_purpose(Purpose::Other(id.to_owned())),
        ];
        for (request, field) in requests.into_iter().zip(["recipient.user_id", "subject", "purpose"]) {
            let error = guard.create(&request).await.expect_err(id);
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{id:?}");
            assert!(text.contains(&format!("{field} must")) && !text.contains(id), "{text}");
        }
    }
    assert_eq!(fake.count_of(Operation::Create), 0);
    let challenge =
        guard.create(&user("Zoë Ω 7").with_subject("account 7")).await.expect("blanks within are seen");
    let verify = VerifyRequest::new(challenge.id, RIGHT);
    for subject in ["account 7 ", "account\u{200B} 7"] {
        let error = guard.verify(&verify.clone().with_subject(subject)).await.expect_err(subject);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    guard.verify(&verify.with_subject("account 7")).await.expect("the only attempt is left");
}
