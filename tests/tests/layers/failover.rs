//! Failover: which member is called, and which one issued a challenge.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::layers::RetryPolicy;
use otp_facade::stores::MemoryStore;
use otp_facade::{
    Channel, ErrorKind, Failover, GuardSettings, InMemory, Operation, OtpProvider, OtpProviderExt, Purpose,
    PurposeSupport, Recipient, RecipientKind, VerifyRequest,
};
use otp_tests::{DOWN, Failure, FakeProvider, Step};

use crate::calls::{call, request};

#[tokio::test]
async fn the_first_one_is_asked_and_nobody_else() {
    let (one, two) = (FakeProvider::new("one"), FakeProvider::new("two"));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    let challenge = provider.create(&request()).await.unwrap();
    assert_eq!(challenge.id.issuer(), "one");
    assert_eq!((one.count(), two.count()), (1, 0));
    assert_eq!(provider.name(), "one");
}

#[tokio::test]
async fn when_the_first_ones_are_down_the_next_one_starts_the_challenge() {
    let [one, two, three] = ["one", "two", "three"].map(FakeProvider::new);
    let provider = one
        .clone()
        .then([DOWN])
        .with_failover(two.clone().then([DOWN]))
        .unwrap()
        .with_failover(three.clone())
        .unwrap();
    let challenge = provider.create(&request()).await.unwrap();
    assert_eq!(challenge.id.issuer(), "three");
    assert_eq!((one.count(), two.count(), three.count()), (1, 1, 1));
}

#[tokio::test]
async fn when_all_fail_the_last_error_is_returned() {
    let refused = Step::Fail(Failure::new(ErrorKind::ProviderDeclined, false));
    let provider = FakeProvider::new("one")
        .then([DOWN])
        .with_failover(FakeProvider::new("two").then([refused]))
        .unwrap();
    let error = provider.create(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.provider()), (ErrorKind::ProviderDeclined, Some("two")));
}

#[tokio::test]
async fn later_operations_go_to_the_issuer_even_if_it_is_down_and_to_nobody_else() {
    for operation in [Operation::Verify, Operation::Cancel, Operation::Status] {
        let (one, two) = (FakeProvider::new("one"), FakeProvider::new("two").then([Step::Succeed, DOWN]));
        let provider = one.clone().with_failover(two.clone()).unwrap();
        call(&provider, operation, &two.id()).await.unwrap();
        let error = call(&provider, operation, &two.id()).await.unwrap_err();
        assert_eq!((error.kind(), error.provider()), (ErrorKind::Unavailable, Some("two")));
        assert_eq!((one.count(), two.count()), (0, 2));
    }
}

#[tokio::test]
async fn a_challenge_that_no_member_issued_is_refused_and_nobody_is_asked() {
    for operation in [Operation::Verify, Operation::Cancel, Operation::Status] {
        let (one, two) = (FakeProvider::new("one"), FakeProvider::new("two"));
        let provider = one.clone().with_failover(two.clone()).unwrap();
        let foreign = FakeProvider::new("three").id();
        assert!(one.id().is_issued_by(&provider) && two.id().is_issued_by(&provider));
        assert!(!foreign.is_issued_by(&provider));
        let error = call(&provider, operation, &foreign).await.unwrap_err();
        let rule = "id must be of a challenge that one or two issued, not three";
        assert_eq!(error.to_string(), format!("one: {operation}: invalid_request: {rule}"));
        assert_eq!((one.count(), two.count()), (0, 0));
    }
}

#[test]
fn two_members_of_one_name_are_refused() {
    let memory = InMemory::new;
    let inside = memory().with_failover(memory().with_name("other")).unwrap();
    for outcome in [
        memory().with_failover(memory()),
        memory()
            .with_failover(memory().with_name("other"))
            .unwrap()
            .with_failover(memory().with_name("other")),
        inside.with_failover(memory().with_name("third")).unwrap().with_failover(memory()),
        // A failover inside issues ids of both names.
        Arc::new(memory().with_failover(memory().with_name("other")).unwrap())
            .with_failover(memory().with_name("other")),
        memory()
            .with_name("other")
            .with_failover(Arc::new(memory().with_failover(memory().with_name("other")).unwrap())),
    ] {
        let error = outcome.unwrap_err().to_string();
        assert!(error.starts_with("name must be different: there are two members named "), "{error}");
    }
    // Also where a provider recognizes its ids by more than the name.
    let error = FakeProvider::new("one").with_failover(FakeProvider::new("one")).unwrap_err().to_string();
    assert_eq!(error, "name must be different: there are two members named one");
}

/// A failover whose name is not that of its second member.
fn with_second(first: &'static str, second: &'static str) -> Failover {
    FakeProvider::new(first).with_failover(FakeProvider::new(second)).expect("different names")
}

#[test]
fn two_members_of_one_name_are_refused_however_deep_they_are() {
    let limit = Duration::from_secs(1);
    let one = || with_second("one", "shared").with_retry(RetryPolicy::default());
    let two = || with_second("two", "shared");
    let boxed: Box<dyn OtpProvider> = Box::new(two().with_timeout(limit).with_tracing());
    for outcome in [
        one().with_failover(two()),
        one().with_failover(boxed),
        one().with_failover(Arc::new(two())),
        one().with_failover(FakeProvider::new("shared")),
        FakeProvider::new("shared").with_failover(one()),
        // Another's provider may have two names as well.
        FakeProvider::new("three").also("shared").with_failover(one()),
        one().with_failover(FakeProvider::new("three").also("shared").with_timeout(limit)),
        FakeProvider::new("three").with_failover(one()).unwrap().with_failover(two()),
        FakeProvider::new("three")
            .with_failover(one())
            .unwrap()
            .with_timeout(limit)
            .with_failover(two().with_tracing()),
        one()
            .with_failover(FakeProvider::new("three"))
            .unwrap()
            .with_tracing()
            .with_failover(FakeProvider::new("four").with_failover(two()).unwrap()),
    ] {
        let error = outcome.unwrap_err().to_string();
        assert_eq!(error, "name must be different: there are two members named shared");
    }
}

#[tokio::test]
async fn members_of_different_names_are_taken_however_deep_they_are() {
    let names = ["one", "two", "three", "four", "five", "six"];
    let fakes = names.map(FakeProvider::new);
    let [one, two, three, four, five, six] = fakes.clone();
    let limit = Duration::from_secs(1);
    let inside: Box<dyn OtpProvider> = Box::new(three.with_failover(Arc::new(four)).unwrap().with_tracing());
    let first = one
        .with_failover(two)
        .unwrap()
        .with_timeout(limit)
        .with_failover(inside)
        .unwrap()
        .with_retry(RetryPolicy::default());
    let provider = first.with_failover(five.with_failover(six).unwrap().with_timeout(limit)).unwrap();
    for fake in &fakes {
        call(&provider, Operation::Verify, &fake.id()).await.unwrap();
        assert_eq!(fake.count(), 1, "{fake:?}");
    }
    assert_eq!(fakes.iter().map(FakeProvider::count).sum::<usize>(), names.len());
}

#[tokio::test]
async fn a_name_inside_a_guard_is_nobody_elses_business() {
    let settings = GuardSettings::new("a key of at least 32 characters, for tests");
    let guarded = with_second("one", "shared")
        .with_guard(MemoryStore::new(), settings)
        .unwrap()
        .with_name("login")
        .unwrap();
    let outside = FakeProvider::new("shared");
    let provider = guarded.with_failover(
        FakeProvider::new("two").with_failover(outside.clone()).unwrap().with_retry(RetryPolicy::default()),
    );
    call(&provider.unwrap(), Operation::Verify, &outside.id()).await.unwrap();
    assert_eq!(outside.count(), 1);
}

#[tokio::test]
async fn a_request_that_one_member_cannot_take_is_refused_before_anybody_is_asked() {
    let able = FakeProvider::new("one").able(|able| {
        (able.sender, able.binding, able.purposes) = (true, true, PurposeSupport::Any);
        able.channels.push(Channel::Totp);
    });
    let plain = FakeProvider::new("two").able(|able| able.recipient = RecipientKind::User);
    let provider = able.clone().with_failover(plain.clone()).unwrap();
    let requests = [
        (request().with_sender("Example"), ErrorKind::Unsupported),
        (request().with_channel(Channel::Totp), ErrorKind::Unsupported),
        (request().with_purpose(Purpose::LegitimationData), ErrorKind::Unsupported),
        (request().with_subject("session-1"), ErrorKind::Unsupported),
        (otp_facade::CreateRequest::new(Recipient::phone("+4915112345678")), ErrorKind::InvalidRequest),
    ];
    for (request, kind) in requests {
        assert_eq!(provider.create(&request).await.unwrap_err().kind(), kind);
    }
    let bound = VerifyRequest::new(able.id(), "123456").with_subject("session-1");
    assert_eq!(provider.verify(&bound).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!((able.count(), plain.count()), (0, 0));
}

#[tokio::test]
async fn members_that_need_different_things_of_the_recipient_need_both() {
    let phone = FakeProvider::new("one").able(|able| able.recipient = RecipientKind::Phone);
    let user = FakeProvider::new("two").able(|able| able.recipient = RecipientKind::User);
    let provider = phone.clone().with_failover(user.clone()).unwrap();
    for recipient in [Recipient::phone("+4915112345678"), Recipient::user("user-1")] {
        let error = provider.create(&otp_facade::CreateRequest::new(recipient)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    provider.create(&request()).await.unwrap();
    assert_eq!((phone.count(), user.count()), (1, 0));
}

#[tokio::test]
async fn a_refusal_names_the_member_that_lacks_what_is_asked_for() {
    let able = |name| {
        FakeProvider::new(name).able(|able| {
            (able.sender, able.binding, able.code_length) = (true, true, Some(4..=10));
        })
    };
    let rows = [
        (
            able("two"),
            request().with_sender("Example"),
            "three: create: unsupported: sender is not supported",
        ),
        // The bounds are those of all, and the name is that of the first that refuses.
        (
            able("two").able(|able| able.code_length = Some(6..=12)),
            request().with_code_length(5),
            "two: create: invalid_request: code_length must be from 6 to 8",
        ),
        // No length is within the bounds of all.
        (
            able("two").able(|able| able.code_length = Some(9..=12)),
            request().with_code_length(7),
            "two: create: unsupported: code_length is not supported",
        ),
    ];
    for (two, request, text) in rows {
        let three = able("three").able(|able| (able.sender, able.code_length) = (false, Some(4..=8)));
        let provider = able("one").with_failover(two).unwrap().with_failover(three).unwrap();
        assert_eq!(provider.create(&request).await.unwrap_err().to_string(), text);
    }
    let provider = able("one").with_failover(FakeProvider::new("two")).unwrap();
    let bound = VerifyRequest::new(FakeProvider::new("one").id(), "123456").with_subject("account-1");
    let error = provider.verify(&bound).await.unwrap_err();
    assert_eq!(error.to_string(), "two: verify: unsupported: subject is not supported");
}

fn needing(name: &'static str, recipient: RecipientKind) -> FakeProvider {
    FakeProvider::new(name).able(|able| able.recipient = recipient).validating()
}

#[tokio::test]
async fn an_optional_member_is_passed_over_for_a_recipient_without_what_it_needs() {
    let phone = || otp_facade::CreateRequest::new(Recipient::phone("+4915112345678"));
    // The optional one, the request, and who is asked, of one and two.
    let rows = [
        ("two", phone(), "", (1, 0)),
        ("two", phone(), "one", (1, 0)),
        ("two", request(), "one", (1, 1)),
        ("one", otp_facade::CreateRequest::new(Recipient::user("user-1")), "", (0, 1)),
        ("one", request(), "", (1, 0)),
        ("one", request(), "one", (1, 1)),
    ];
    for (optional, request, down, asked) in rows {
        let (one, two) = (needing("one", RecipientKind::Phone), needing("two", RecipientKind::User));
        let one = if down == "one" { one.then([DOWN]) } else { one };
        let provider = one.clone().with_failover(two.clone()).unwrap().with_optional(optional).unwrap();
        let needed = if optional == "two" { RecipientKind::Phone } else { RecipientKind::User };
        let of_optional = if optional == "two" { RecipientKind::User } else { RecipientKind::Phone };
        let able = provider.capabilities();
        assert_eq!((able.recipient, able.optional_recipient), (needed, of_optional));
        let outcome = provider.create(&request).await;
        let at = format!("{optional} is optional, {request:?}");
        assert_eq!((one.count(), two.count()), asked, "{at}");
        assert_eq!(outcome.is_ok(), down.is_empty() || asked.1 == 1, "{at}");
    }
}

#[tokio::test]
async fn a_request_without_what_a_member_needs_that_is_not_optional_is_refused() {
    let (one, two) = (needing("one", RecipientKind::Phone), needing("two", RecipientKind::User));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    assert_eq!(provider.capabilities().recipient, RecipientKind::PhoneAndUser);
    let only_phone = otp_facade::CreateRequest::new(Recipient::phone("+4915112345678"));
    let error = provider.create(&only_phone).await.unwrap_err();
    let text = "two: create: invalid_request: recipient.user_id is missing: this provider sends to a user that it knows";
    assert_eq!(error.to_string(), text);
    let provider = one.clone().with_failover(two.clone()).unwrap().with_optional("two").unwrap();
    let only_user = otp_facade::CreateRequest::new(Recipient::user("user-1"));
    let error = provider.create(&only_user).await.unwrap_err();
    assert_eq!(error.provider(), Some("one"));
    // What was asked for is refused by all, also in the name of an optional one that is called.
    let error = provider.create(&request().with_sender("Example")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!((one.count(), two.count()), (0, 0));
}

#[test]
fn only_a_member_can_be_optional_and_never_all_of_them() {
    let provider = || FakeProvider::new("one").with_failover(FakeProvider::new("two")).unwrap();
    let error = provider().with_optional("three").unwrap_err().to_string();
    assert_eq!(error, "optional must be the name of a member");
    let error = provider().with_optional("one").unwrap().with_optional("two").unwrap_err().to_string();
    assert_eq!(error, "optional must leave one member that takes every request");
    let provider =
        provider().with_optional("two").unwrap().with_failover(FakeProvider::new("three")).unwrap();
    assert_eq!(format!("{provider:?}"), "Failover[one, Optional(two), three]");
}

#[tokio::test]
async fn a_revoked_key_of_the_first_is_no_outage() {
    let revoked = Step::Fail(Failure::new(ErrorKind::Unauthorized, false));
    let (one, two) = (FakeProvider::new("one").then([revoked; 2]), FakeProvider::new("two"));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    let challenge = provider.create(&request()).await.unwrap();
    assert_eq!((challenge.id.issuer().as_ref(), challenge.earlier_message_possible), ("two", false));
}

#[tokio::test]
async fn an_operation_that_one_member_lacks_is_refused_for_all() {
    let (one, two) = (FakeProvider::new("one"), FakeProvider::new("two"));
    let two = two.able(|able| (able.cancel, able.status) = (false, false));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    for operation in [Operation::Cancel, Operation::Status] {
        let error = call(&provider, operation, &one.id()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("two: {operation}: unsupported: {operation} is not supported"));
    }
    assert_eq!((one.count(), two.count()), (0, 0));
}

#[tokio::test]
async fn the_default_channel_is_the_same_whoever_starts_the_challenge() {
    let one = FakeProvider::new("one").able(|able| able.channels = vec![Channel::Push, Channel::Sms]);
    let two = FakeProvider::new("two").able(|able| able.channels = vec![Channel::Sms, Channel::Totp]);
    let provider = one.clone().with_failover(two.clone()).unwrap();
    assert_eq!(provider.capabilities().channels, [Channel::Sms]);
    assert_eq!(provider.create(&request()).await.unwrap().channel, Channel::Sms);
    assert_eq!(one.requests()[0].channel, Some(Channel::Sms));
}
