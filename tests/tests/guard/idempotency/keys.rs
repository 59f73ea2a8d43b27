//! Keys: which are taken, whose they are, and where they do not go.

use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Alphabet, Audience, Channel, CreateRequest, ErrorKind, Failover, InMemory, Operation, OtpProvider,
    PurposeSupport, Recipient, RecipientKind,
};
use otp_tests::LOST;

use super::keyed;
use crate::fixtures::{
    Failing, PHONE, guard, inner, inner_with, kind, purpose, request, settings, unlimited,
};
use crate::stores::Listening;

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let all = inner_with(RecipientKind::Phone, |able| {
        able.channels = vec![Channel::Sms, Channel::Push];
        able.ttl = Some(Duration::from_secs(60)..=Duration::from_secs(600));
        (able.max_attempts, able.code_length) = (Some(1..=9), Some(4..=9));
        able.alphabets = vec![Alphabet::Digits, Alphabet::Letters];
        (able.sender, able.template, able.callback_url, able.tracking_id) = (true, true, true, true);
        (able.languages, able.purposes) = (vec!["de"], PurposeSupport::Any);
    });
    let mut others = vec![
        request(PHONE).with_channel(Channel::Push),
        request(PHONE).with_ttl(Duration::from_secs(60)),
        request(PHONE).with_max_attempts(3),
        request(PHONE).with_code_length(4),
        request(PHONE).with_alphabet(Alphabet::Letters),
        request(PHONE).with_sender("sender"),
        request(PHONE).with_template("text"),
        request(PHONE).with_template("sender"),
        request(PHONE).with_language("de"),
        request(PHONE).with_callback_url("https://example.com"),
        request(PHONE).with_tracking_id("text"),
        request(PHONE).with_purpose(purpose("login")),
    ];
    for recipient in
        [Recipient::phone(PHONE).with_user_id("text"), Recipient::phone(PHONE).with_country("DE")]
    {
        others.push(CreateRequest::new(recipient));
    }
    let with_key = |request: &CreateRequest| request.clone().with_idempotency_key("form-1");
    for (index, first) in others.iter().enumerate() {
        let guard = guard(&all, MemoryStore::new(), settings());
        let before = all.count_of(Operation::Create);
        guard.create(&with_key(first)).await.unwrap();
        assert!(guard.create(&with_key(first)).await.unwrap().replayed, "{first:?}");
        for (other_index, other) in others.iter().enumerate() {
            if other_index == index {
                continue;
            }
            let error = guard.create(&with_key(other)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{first:?} {other:?}");
            assert_eq!(error.field(), Some("idempotency_key"));
            assert_eq!((error.is_never_sent(), error.audience()), (true, Audience::Developer));
        }
        assert_eq!(kind(&guard.create(&keyed("form-1")).await), ErrorKind::InvalidRequest);
        assert_eq!(all.count_of(Operation::Create), before + 1);
    }
}

#[tokio::test]
async fn another_request_is_refused_also_after_an_uncertain_create() {
    let fake = inner(RecipientKind::Phone).then([LOST]);
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    guard.create(&keyed("form-1")).await.unwrap_err();
    let other = guard.create(&keyed("form-1").with_purpose(purpose("login"))).await;
    assert_eq!(kind(&other), ErrorKind::InvalidRequest);
    assert_eq!(fake.count_of(Operation::Create), 1);
}

#[tokio::test]
async fn guard_recipient_and_subject_have_keys_of_their_own() {
    let (fake, store) = (inner(RecipientKind::Phone), MemoryStore::new());
    let front = guard(&fake, store.clone(), unlimited());
    let back = guard(&fake, store, unlimited()).with_name("back").unwrap();
    let to = |phone: &str| request(phone).with_idempotency_key("1");
    let creates = [
        (&front, to(PHONE)),
        (&front, to("+33612345678")),
        (&front, to(PHONE).with_subject("account-7")),
        (&front, to(PHONE).with_subject("account-8")),
        (&front, request(PHONE).with_idempotency_key("2")),
        (&back, to(PHONE)),
    ];
    let mut ids = std::collections::HashSet::new();
    for replayed in [false, true] {
        for (guard, request) in &creates {
            let challenge = guard.create(request).await.unwrap();
            assert_eq!(challenge.replayed, replayed, "{request:?}");
            ids.insert(challenge.id);
        }
    }
    assert_eq!((ids.len(), fake.count_of(Operation::Create)), (creates.len(), creates.len()));
}

#[tokio::test]
async fn a_key_has_at_most_255_bytes_and_no_characters_that_nobody_sees() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), unlimited());
    let long = "k".repeat(255);
    for key in ["k", &long, "ü", "6f9619ff-8b86-4011-b42d-00c04fc964ff", "a:b/c d%20"] {
        guard.create(&keyed(key)).await.unwrap();
    }
    let taken = fake.count();
    for key in ["", &format!("{long}k"), &"ü".repeat(128), " k", "k\u{A0}", "k\n", "k\u{200B}k", "k\0"] {
        let error = guard.create(&keyed(key)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (ErrorKind::InvalidRequest, Some("idempotency_key")),
            "{key:?}"
        );
        assert!(!error.to_string().contains(&long), "{error}");
    }
    assert_eq!(fake.count(), taken);
}

#[tokio::test]
async fn without_a_guard_a_key_is_refused_and_nothing_is_sent() {
    let fake = inner(RecipientKind::Phone);
    let store = MemoryStore::new();
    let [one, two] = ["one", "two"].map(|name| guard(&fake, store.clone(), unlimited()).with_name(name));
    // Each member knows its own keys only.
    let failover = Failover::new(one.unwrap(), two.unwrap()).unwrap();
    let memory = InMemory::new();
    let providers: [&dyn OtpProvider; 3] = [&fake, &memory, &failover];
    for provider in providers {
        assert!(!provider.capabilities().idempotency_keys);
        let error = provider.create(&keyed("form-1")).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Unsupported, Some("idempotency_key")));
        assert!(error.is_never_sent());
    }
    assert_eq!(fake.count(), 0);
    assert!(memory.last_message().is_none());
    assert!(guard(&fake, store, unlimited()).capabilities().idempotency_keys);
}

#[tokio::test]
async fn channels_that_return_something_to_the_caller_are_refused_with_a_key() {
    for returned in [Channel::ReturnedToCaller, Channel::PhotoTan] {
        for (channels, default_is_refused) in
            [(vec![Channel::Sms, returned], false), (vec![returned, Channel::Sms], true)]
        {
            let fake = inner_with(RecipientKind::Phone, |able| able.channels = channels.clone());
            let guard = guard(&fake, MemoryStore::new(), unlimited());
            let explicit = guard.create(&keyed("form-1").with_channel(returned)).await.unwrap_err();
            assert_eq!(
                (explicit.kind(), explicit.field()),
                (ErrorKind::Unsupported, Some("idempotency_key"))
            );
            let default = guard.create(&keyed("form-2")).await;
            assert_eq!(default.is_err(), default_is_refused, "{channels:?}");
            guard.create(&keyed("form-3").with_channel(Channel::Sms)).await.unwrap();
            assert_eq!(fake.count(), 2 - usize::from(default_is_refused));
            // Without a key they are as they were.
            guard.create(&request(PHONE).with_channel(returned)).await.unwrap();
        }
        let only = inner_with(RecipientKind::Phone, |able| able.channels = vec![returned]);
        assert!(!guard(&only, MemoryStore::new(), unlimited()).capabilities().idempotency_keys);
    }
}

#[tokio::test]
async fn keys_are_forgotten_with_the_person() {
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, MemoryStore::new(), settings());
    let keyed = keyed("form-1").with_subject("account-7");
    let first = guard.create(&keyed).await.unwrap().id;
    guard.forget(Some(&Recipient::phone("+33612345678")), Some("account-8")).await.unwrap();
    guard.reset_failures(Some(&Recipient::phone(PHONE)), Some("account-7")).await.unwrap();
    assert_eq!(guard.create(&keyed).await.unwrap().id, first);
    guard.forget(Some(&Recipient::phone(PHONE)), Some("account-7")).await.unwrap();
    assert_ne!(guard.create(&keyed).await.unwrap().id, first);
    assert_eq!(fake.count_of(Operation::Create), 2);
}

#[tokio::test]
async fn neither_the_store_nor_debug_shows_a_key_or_what_is_kept_under_it() {
    let marker = "marker-of-the-key";
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, Listening::new(Failing::new(MemoryStore::new())), settings());
    let request = keyed(marker);
    assert_eq!(request.idempotency_key.as_deref(), Some(marker));
    let id = guard.create(&request).await.unwrap().id;
    let replayed = guard.create(&request).await.unwrap();
    let other = guard.create(&keyed(marker).with_purpose(purpose("login"))).await.unwrap_err();
    assert_eq!(replayed.id, id);
    let heard = format!("{guard:?}");
    assert!(heard.contains("Idempotency {") && heard.contains("challenge: Some("), "it listens: {heard}");
    let random = id.as_str().rsplit('.').next().expect("the random part").to_owned();
    for shown in [&heard, &format!("{request:?}"), &format!("{other} {other:?}")] {
        assert!(!shown.contains(marker), "{shown}");
        assert!(!shown.contains(id.as_str()), "{shown}");
    }
    assert!(format!("{request:?}").contains("idempotency_key: Some(…)"), "{request:?}");
    assert!(heard.contains(&random), "the record has it");
}
