//! Rate limits, allow-list, resend and lifetime.

use std::time::{Duration, SystemTime};

use otp_facade::stores::MemoryStore;
use otp_facade::{
    CreateRequest, Error, ErrorKind, Guard, GuardSettings, Operation, OtpProvider, OtpProviderExt, Purpose,
    PurposeSupport, Recipient, RecipientKind, Rejection, Status, VerifyRequest,
};
use otp_tests::RIGHT;

use crate::fixtures::{
    Clock, PHONE, guard, inner, inner_with, kind, purpose, rejection, request, settings, unlimited,
};

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_limit_refuses_with_the_time_to_wait_and_nothing_is_sent() {
    let other = "+33612345678";
    let per_hour = unlimited().with_per_hour(2);
    let per_day = unlimited().with_per_day(2);
    let global = unlimited().with_global_per_hour(2);
    let interval = unlimited().with_min_interval(MINUTE);
    // Settings, how many creates pass, how long the next waits, whether another recipient waits too. The challenges of all
    // recipients are counted by the minute, and leave the window with its end.
    let cases = [
        (interval, 1, MINUTE, false),
        (per_hour, 2, HOUR, false),
        (per_day, 2, HOUR * 24, false),
        (global, 2, HOUR, true),
    ];
    for (settings, passes, window, is_global) in cases {
        let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
        let guard = guard(&fake, clock.store(), settings.clone());
        for _ in 0..passes {
            guard.create(&request(PHONE)).await.unwrap();
        }
        clock.advance(Duration::from_secs(10));
        let error = guard.create(&request(PHONE)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{settings:?}");
        let (wait, exact) = (error.retry_after().expect("a wait"), window - Duration::from_secs(10));
        let most = if is_global { exact + MINUTE } else { exact };
        assert!((exact..=most).contains(&wait), "{wait:?} {settings:?}");
        assert!(!error.may_have_acted() && error.is_safe_to_repeat() && error.is_transient());
        assert_eq!(error.provider(), Some("fake"));
        assert_eq!(fake.count_of(Operation::Create), passes);
        assert_eq!(guard.create(&request(other)).await.is_err(), is_global, "{settings:?}");
        clock.advance(wait - Duration::from_secs(1));
        assert!(guard.create(&request(PHONE)).await.is_err(), "{settings:?}");
        clock.advance(Duration::from_secs(1));
        guard.create(&request(PHONE)).await.unwrap();
    }
}

#[tokio::test]
async fn the_default_limits_are_30_seconds_5_an_hour_and_10_a_day() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    let mut sent_after = Vec::new();
    for second in 0..24 * 60 * 6 {
        if guard.create(&request(PHONE)).await.is_ok() {
            sent_after.push(second * 10);
        }
        clock.advance(Duration::from_secs(10));
    }
    assert_eq!(sent_after, [0, 30, 60, 90, 120, 3600, 3630, 3660, 3690, 3720]);
}

#[tokio::test]
async fn a_subject_has_10_challenges_and_3_recipients_a_day() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    let number = |index: u32| format!("+49151123456{index:02}");
    let mut sent = vec![];
    for _ in 0..4 {
        for index in 0..20 {
            if guard.create(&request(&number(index)).with_subject("account-7")).await.is_ok() {
                sent.push(index);
            }
        }
        clock.advance(HOUR);
    }
    assert_eq!(sent, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    // Others are not affected, nor are those recipients.
    guard.create(&request(&number(9)).with_subject("account-8")).await.unwrap();
    guard.create(&request(&number(2)).with_subject("account-8")).await.unwrap();
    guard.create(&request(&number(10))).await.unwrap();
}

#[tokio::test]
async fn a_challenge_reports_when_a_resend_is_possible_and_how_many_are_left() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    for (left, wait) in [(4, 30), (3, 30), (2, 30), (1, 30), (0, 3600 - 4 * 30)] {
        let before = std::time::SystemTime::now();
        let challenge = guard.create(&request(PHONE)).await.unwrap();
        let wait = Duration::from_secs(wait);
        assert_eq!((challenge.resends_left, challenge.resend_after), (Some(left), Some(wait)));
        assert!(challenge.resend_at.expect("a time") >= before + wait);
        clock.advance(wait);
    }
    let free = crate::fixtures::guard(&fake, MemoryStore::new(), unlimited());
    let challenge = free.create(&request(PHONE)).await.unwrap();
    assert_eq!((challenge.resends_left, challenge.resend_after), (None, Some(Duration::ZERO)));
}

#[tokio::test]
async fn a_create_that_was_lost_reports_when_the_next_is_possible() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings());
    fake.fail(Error::new(ErrorKind::TimedOut));
    let error = guard.create(&request(PHONE)).await.unwrap_err();
    assert!(error.may_have_acted());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn what_is_counted_is_whom_the_provider_sends_to() {
    let anybody = |phone: &str, user: &str| Recipient::phone(phone).with_user_id(user);
    let one = CreateRequest::new(anybody(PHONE, "user-1")).with_subject("account-1");
    let (mut another_phone, mut another_user) = (one.clone(), one.clone());
    another_phone.recipient = anybody("+33612345678", "user-1");
    another_user.recipient = anybody(PHONE, "user-2");
    let another_subject = one.clone().with_subject("account-2");
    let cases = [
        (RecipientKind::Phone, [true, false, false]),
        (RecipientKind::User, [false, true, false]),
        // Every message goes to the owner, whoever is named and whoever asks.
        (RecipientKind::Owner, [false, false, false]),
    ];
    for (need, passes) in cases {
        for (other, passes) in [&another_phone, &another_user, &another_subject].into_iter().zip(passes) {
            let guard = guard(&inner(need), MemoryStore::new(), settings());
            guard.create(&one).await.unwrap();
            assert_eq!(guard.create(other).await.is_ok(), passes, "{need:?} {other:?}");
        }
    }
    let guard = guard(&inner(RecipientKind::Owner), MemoryStore::new(), settings());
    guard.create(&CreateRequest::new(Recipient::owner())).await.unwrap();
    assert_eq!(kind(&guard.create(&CreateRequest::new(Recipient::owner())).await), ErrorKind::RateLimited);
}

#[tokio::test]
async fn owners_have_limits_of_their_own_if_they_are_named_or_their_credential_never_changes() {
    let owner = || CreateRequest::new(Recipient::owner());
    let store = MemoryStore::new();
    let of = |credential: Option<&str>, name: Option<&str>| {
        let fake = inner_with(RecipientKind::Owner, |able| able.owner = credential.map(str::to_owned));
        let guard = guard(&fake, store.clone(), settings());
        match name {
            Some(name) => guard.with_owner(name),
            None => guard,
        }
    };
    let cases = [
        (of(None, None), true),
        (of(None, None), false),
        (of(Some("key-1"), None), true),
        (of(Some("key-1"), None), false),
        (of(Some("key-2"), None), true),
        (of(None, Some("customer-1")), true),
        (of(Some("key-3"), Some("customer-1")), false),
        (of(None, Some("customer-2")), true),
    ];
    for (turn, (guard, passes)) in cases.into_iter().enumerate() {
        assert_eq!(guard.create(&owner()).await.is_ok(), passes, "case {turn}");
    }
}

#[tokio::test]
async fn what_certainly_was_not_sent_is_not_counted() {
    let failures = [
        (Error::new(ErrorKind::Unavailable).with_may_have_acted(false), true),
        (Error::new(ErrorKind::RateLimited), true),
        (Error::new(ErrorKind::Unavailable), false),
        (Error::new(ErrorKind::TimedOut), false),
    ];
    for (failure, passes) in failures {
        let (text, wanted) = (failure.to_string(), failure.kind());
        let fake = inner(RecipientKind::Phone);
        let guard = guard(&fake, MemoryStore::new(), settings());
        fake.fail(failure);
        assert_eq!(kind(&guard.create(&request(PHONE)).await), wanted);
        assert_eq!(guard.create(&request(PHONE)).await.is_ok(), passes, "{text}");
    }
}

#[tokio::test]
async fn only_allowed_calling_codes_are_sent_to() {
    let fake = inner(RecipientKind::Phone);
    let settings =
        unlimited().with_calling_codes(["+49", "+1"]).with_blocked_calling_codes(["+1876", "+49900"]);
    let guard = guard(&fake, MemoryStore::new(), settings);
    for number in [PHONE, "+12125550123"] {
        guard.create(&request(number)).await.unwrap();
    }
    for number in ["+18765550123", "+4990012345", "+33612345678", "+4412345678"] {
        let error = guard.create(&request(number)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CountryNotAllowed, "{number}");
        assert_eq!((error.response_status(), error.text_key().as_str()), (422, "country_not_allowed"));
        assert!(error.is_never_sent() && !error.to_string().contains(number));
    }
    assert_eq!(fake.count_of(Operation::Create), 2);
}

#[tokio::test]
async fn a_resend_cancels_what_the_recipient_has_open_for_the_same_purpose() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    let login = || request(PHONE).with_purpose(purpose("login"));
    let old = guard.create(&login()).await.unwrap().id;
    let other_purpose = guard.create(&request(PHONE)).await.unwrap().id;
    let elsewhere = request("+33612345678").with_purpose(purpose("login"));
    let other_recipient = guard.create(&elsewhere).await.unwrap().id;

    fake.fail(Error::new(ErrorKind::Unavailable).with_may_have_acted(false));
    guard.create(&login()).await.unwrap_err();
    assert_eq!(guard.status(&old).await.unwrap(), Status::Pending, "nothing came in its place");

    let new = guard.create(&login()).await.unwrap().id;
    let verification = VerifyRequest::new(old.clone(), RIGHT).with_purpose(purpose("login"));
    assert_eq!(rejection(&guard.verify(&verification).await), Rejection::Cancelled);
    assert_eq!(guard.status(&old).await.unwrap(), Status::Cancelled);
    assert_eq!(fake.count_of(Operation::Verify), 0);
    for id in [&new, &other_purpose, &other_recipient] {
        assert_eq!(guard.status(id).await.unwrap(), Status::Pending);
    }
    guard.verify(&VerifyRequest::new(new, RIGHT).with_purpose(purpose("login"))).await.unwrap();
}

#[tokio::test]
async fn a_challenge_lasts_no_longer_than_the_guard_the_request_and_the_provider_say() {
    let seconds = Duration::from_secs;
    let with_ttl =
        |least| inner_with(RecipientKind::Phone, |able| able.ttl = Some(seconds(least)..=seconds(1800)));
    let (plain, settable, only_long) = (inner(RecipientKind::Phone), with_ttl(60), with_ttl(900));
    let long = unlimited().with_lifetime(seconds(1200));
    let cases = [
        (&plain, unlimited(), None, 600),
        (&plain, long.clone(), None, 1200),
        (&settable, unlimited(), Some(120), 120),
        (&settable, long.clone(), Some(1200), 1200),
    ];
    for (fake, settings, ttl, lasts) in cases {
        let clock = Clock::new();
        let guard = guard(fake, clock.store(), settings);
        let mut request = request(PHONE);
        request.ttl = ttl.map(seconds);
        let before = SystemTime::now();
        let challenge = guard.create(&request).await.unwrap();
        let reported = challenge.expires_at.expect("an end").duration_since(before).unwrap().as_secs();
        assert!((lasts..lasts + 60).contains(&reported), "{reported} instead of {lasts}");
        clock.advance(seconds(lasts) - Duration::from_millis(1));
        assert_eq!(guard.status(&challenge.id).await.unwrap(), Status::Pending);
        clock.advance(Duration::from_millis(1));
        assert_eq!(guard.status(&challenge.id).await.unwrap(), Status::Expired);
        let late = guard.verify(&VerifyRequest::new(challenge.id, RIGHT)).await;
        assert_eq!(rejection(&late), Rejection::Expired);
        assert_eq!(fake.count_of(Operation::Verify), 0);
    }
    let guards = |fake| guard(fake, MemoryStore::new(), unlimited());
    assert_eq!(guards(&settable).capabilities().ttl, Some(seconds(60)..=seconds(600)));
    assert_eq!(guards(&only_long).capabilities().ttl, None);
    let too_long = request(PHONE).with_ttl(seconds(601));
    assert_eq!(kind(&guards(&settable).create(&too_long).await), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn the_provider_is_not_bothered_with_what_it_cannot_bind() {
    let required = PurposeSupport::Required(&["legitimation_data"]);
    let cases = [
        (PurposeSupport::None, false),
        (PurposeSupport::Any, false),
        (PurposeSupport::Any, true),
        (required, false),
    ];
    for (purposes, binding) in cases {
        let fake = inner_with(RecipientKind::Phone, |able| {
            (able.purposes, able.binding) = (purposes, binding);
        });
        let guard = guard(&fake, MemoryStore::new(), unlimited());
        let request = request(PHONE).with_subject("account-7").with_purpose(Purpose::LegitimationData);
        let id = guard.create(&request).await.unwrap().id;
        assert_eq!(fake.last_request().subject.is_some(), binding);
        assert_eq!(fake.last_request().purpose.is_some(), purposes != PurposeSupport::None);
        let verification =
            VerifyRequest::new(id, RIGHT).with_subject("account-7").with_purpose(Purpose::LegitimationData);
        guard.verify(&verification).await.unwrap();
    }
}

#[tokio::test]
async fn ids_are_the_guards_own_and_random() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited()).with_name("front-door").unwrap();
    let mut ids = std::collections::HashSet::new();
    for _ in 0..100 {
        let id = guard.create(&request(PHONE)).await.unwrap().id;
        assert_eq!((&*id.issuer(), id.parts().len()), ("front-door", 1));
        let parts = id.parts()[0].clone();
        let parts: Vec<&str> = parts.split('.').collect();
        // The format, the bucket, the tag of the key, and 128 random bits.
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [1, 4, 4, 22]);
        ids.insert(id);
    }
    assert_eq!(ids.len(), 100);
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let cases: [(GuardSettings, &str); 9] = [
        (GuardSettings::new("short"), "key"),
        (settings().with_lifetime(Duration::ZERO), "lifetime"),
        (settings().with_lifetime(Duration::MAX), "lifetime"),
        (settings().with_max_attempts(0), "max_attempts"),
        (settings().with_per_hour(0), "per_hour"),
        (settings().with_per_day(0), "per_day"),
        (settings().with_global_per_hour(0), "global_per_hour"),
        (settings().with_calling_codes(["49"]), "calling_codes"),
        (settings().with_blocked_calling_codes(["+"]), "blocked_calling_codes"),
    ];
    for (settings, name) in cases {
        let guard = Guard::new(inner(RecipientKind::Phone), MemoryStore::new(), settings.clone());
        assert_eq!(guard.unwrap_err().setting(), name);
        let chained = inner(RecipientKind::Phone).with_guard(MemoryStore::new(), settings);
        assert_eq!(chained.unwrap_err().setting(), name);
    }
}

#[test]
fn a_name_that_ids_would_have_to_escape_is_refused() {
    for name in ["", "front door", "Login", "a%20b", "a:b", &"a".repeat(65)] {
        let guard = guard(&inner(RecipientKind::Phone), MemoryStore::new(), unlimited());
        assert_eq!(guard.with_name(name).unwrap_err().setting(), "name", "{name}");
    }
}
