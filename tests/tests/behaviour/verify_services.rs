//! What is special about Twilio and Vonage, over the sandbox: PSD2, e-mail, resends, and one challenge at a time.

use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Channel, CreateRequest, ErrorKind, Guard, GuardSettings, OtpProvider, OtpProviderExt, PurposeSupport,
    Recipient, Rejection, Smscx, Status, Transaction, Twilio, VerifyRequest, Vonage,
};
use otp_sandbox::{Fault, Provider, Sandbox};
use otp_tests::{TestHarness, assert_conforms, providers};
use serde_json::{Value, json};

const SERVICE: &str = "VA0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+4915112345678";

fn twilio(base_url: &str) -> otp_facade::ProviderBuilder<Twilio> {
    Twilio::builder().service_sid(SERVICE).api_key("SK1", "secret").base_url(base_url)
}

async fn with_psd2<P: OtpProvider>(build: impl Fn(Twilio) -> P) {
    let harness = async || {
        let sandbox = Sandbox::builder().twilio_psd2(true).start().await.expect("it starts");
        TestHarness::in_sandbox(sandbox, Provider::Twilio, |url| {
            build(twilio(url).psd2().build().expect("valid settings"))
        })
    };
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn twilio_with_psd2_behaves() {
    with_psd2(|provider| provider).await;
}

#[tokio::test]
async fn with_psd2_each_challenge_is_for_a_transaction_that_verify_presents_again() {
    let sandbox = Sandbox::builder().twilio_psd2(true).start().await.unwrap();
    let provider = twilio(&sandbox.base_url(Provider::Twilio)).psd2().build().unwrap();
    let able = provider.capabilities();
    assert_eq!(able.purposes, PurposeSupport::Required(&["transaction"]));
    assert!(!able.channels.contains(&Channel::Call), "a service with PSD2 makes no calls");
    let payment = Transaction::new("€39.99", "Acme Inc.");
    let request = CreateRequest::new(Recipient::phone(NUMBER)).with_purpose(payment.clone());
    let challenge = provider.create(&request).await.unwrap();
    let message = sandbox.last_message(Provider::Twilio).unwrap();
    let verify = VerifyRequest::new(challenge.id, message.code);
    let seen = sandbox.journal().len();
    for (request, kind) in [
        (verify.clone(), ErrorKind::InvalidRequest),
        (verify.clone().with_purpose(otp_facade::Purpose::Other("login".into())), ErrorKind::InvalidRequest),
    ] {
        assert_eq!(provider.verify(&request).await.unwrap_err().kind(), kind);
    }
    assert_eq!(sandbox.journal().len(), seen, "nothing was sent");
    let other = verify.clone().with_purpose(Transaction::new("€3999", "Acme Inc."));
    let wrong = ErrorKind::Rejected(Rejection::WrongCode);
    assert_eq!(provider.verify(&other).await.unwrap_err().kind(), wrong);
    provider.verify(&verify.with_purpose(payment)).await.unwrap();
}

/// The form or body of the last request.
fn last_body(sandbox: &Sandbox) -> Value {
    sandbox.journal().last().and_then(|request| request.body.clone()).unwrap_or_default()
}

#[tokio::test]
async fn a_recipient_without_a_number_gets_an_email_and_the_hint_hides_most_of_the_address() {
    for vendor in [Provider::Twilio, Provider::Vonage] {
        let sandbox = Sandbox::start().await.unwrap();
        let provider = providers::build(vendor, &sandbox.base_url(vendor), "credential");
        let only = CreateRequest::new(Recipient::email("ann.miller@example.com"));
        let challenge = provider.create(&only).await.unwrap();
        assert_eq!(
            (challenge.channel, challenge.hint.as_deref()),
            (Channel::Email, Some("a***@example.com"))
        );
        let message = sandbox.last_message(vendor).unwrap();
        assert_eq!((message.channel, message.to.as_str()), ("email", "ann.miller@example.com"));
        provider.verify(&VerifyRequest::new(challenge.id, message.code)).await.unwrap();
        // With both, the first channel is the default; and a channel needs its own part.
        let both = CreateRequest::new(Recipient::phone(NUMBER).with_email("ann@example.com"));
        assert_eq!(provider.create(&both).await.unwrap().channel, Channel::Sms);
        let error = provider.create(&only.clone().with_channel(Channel::Call)).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidRequest, Some("recipient.phone")));
        let no_address = CreateRequest::new(Recipient::phone(NUMBER)).with_channel(Channel::Email);
        let error = provider.create(&no_address).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidRequest, Some("recipient.email")));
    }
}

#[tokio::test]
async fn options_go_out_in_the_words_of_the_vendor() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Twilio);
    let provider = twilio(&url).brand("Acme").build().unwrap();
    let request = CreateRequest::new(Recipient::phone(NUMBER))
        .with_channel(Channel::Call)
        .with_language("pt-BR")
        .with_template("HJ0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f")
        .with_tracking_id("order-7")
        .with_rate_limit_key("end_user_ip", "203.0.113.7");
    provider.create(&request).await.unwrap();
    let form = last_body(&sandbox);
    for (name, value) in [
        ("To", json!(NUMBER)),
        ("Channel", json!("call")),
        ("Locale", json!("pt-BR")),
        ("TemplateSid", json!("HJ0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f")),
        ("Tags", json!(r#"{"tracking_id":"order-7"}"#)),
        ("RateLimits", json!(r#"{"end_user_ip":"203.0.113.7"}"#)),
        ("CustomFriendlyName", json!("Acme")),
    ] {
        assert_eq!(form[name], value, "{name} in {form}");
    }
    let error = provider.create(&request.with_channel(Channel::WhatsApp)).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Unsupported, Some("template")));

    let provider = Vonage::builder().brand("Acme").api_key("key", "secret");
    let provider = provider.base_url(sandbox.base_url(Provider::Vonage)).build().unwrap();
    let request = CreateRequest::new(Recipient::phone(NUMBER))
        .with_language("de")
        .with_ttl(Duration::from_secs(60))
        .with_code_length(6)
        .with_sender("Acme2Go")
        .with_template("t-1")
        .with_tracking_id("c41f9d06-7b2e-4f58-a3c9-60d8e1f2b745");
    let challenge = provider.create(&request).await.unwrap();
    assert_eq!((challenge.expires_in, challenge.max_attempts), (Some(Duration::from_secs(60)), Some(3)));
    assert_eq!(
        last_body(&sandbox),
        json!({
            "brand": "Acme", "locale": "de-de", "channel_timeout": 60, "code_length": 6, "template_id": "t-1",
            "client_ref": "c41f9d067b2e4f58a3c960d8e1f2b745",
            "workflow": [{ "channel": "sms", "to": "4915112345678", "from": "Acme2Go" }],
        })
    );
    for (request, field) in [
        (request.clone().with_sender("twelveletters"), "sender"),
        (request.clone().with_tracking_id("order-7"), "tracking_id"),
        (request.clone().with_channel(Channel::Call), "sender"),
    ] {
        assert_eq!(provider.create(&request).await.unwrap_err().field(), Some(field));
    }
}

/// The verification of the first create, with the rest of its life.
#[tokio::test]
async fn a_resend_at_twilio_has_the_id_the_code_and_the_end_of_the_first() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = twilio(&sandbox.base_url(Provider::Twilio)).build().unwrap();
    let request = CreateRequest::new(Recipient::phone(NUMBER));
    let first = provider.create(&request).await.unwrap();
    let code = sandbox.last_message(Provider::Twilio).unwrap().code;
    assert_eq!(first.expires_in, Some(Duration::from_secs(600)));
    sandbox.advance(Duration::from_secs(100));
    let second = provider.create(&request.clone().with_channel(Channel::Call)).await.unwrap();
    assert_eq!((&second.id, second.channel), (&first.id, Channel::Call));
    assert_eq!(sandbox.last_message(Provider::Twilio).unwrap().code, code);
    assert!(second.expires_in.unwrap().abs_diff(Duration::from_secs(500)) < Duration::from_secs(5));
    // Five messages, and then a limit that no repetition mends.
    for _ in 0..3 {
        provider.create(&request).await.unwrap();
    }
    let error = provider.create(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::RateLimited, Some("60203")));
    assert!(error.is_recipient_limit() && !error.is_transient() && !error.may_have_acted());
}

fn guarded<P: OtpProvider>(provider: P) -> Guard<P, MemoryStore> {
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    // The limits of an hour stay: a refused create must not use them up.
    let settings = settings.with_min_interval(Duration::ZERO);
    Guard::new(provider, MemoryStore::new(), settings).expect("valid settings")
}

#[tokio::test]
async fn behind_a_guard_two_subjects_with_one_number_share_a_challenge_at_twilio_and_an_acceptance_ends_both()
{
    let sandbox = Sandbox::start().await.unwrap();
    let guard = guarded(twilio(&sandbox.base_url(Provider::Twilio)).build().unwrap());
    let create = |subject: &str| CreateRequest::new(Recipient::phone(NUMBER)).with_subject(subject);
    let one = guard.create(&create("one")).await.unwrap();
    let other = guard.create(&create("other")).await;
    let Ok(other) = other else { panic!("{other:?}") };
    assert_ne!(one.id, other.id, "the guard has two records");
    let code = sandbox.last_message(Provider::Twilio).unwrap().code;
    let verify = |id: &otp_facade::ChallengeId, subject: &str| {
        VerifyRequest::new(id.clone(), code.clone()).with_subject(subject)
    };
    // The binding to a subject holds although the code is the same.
    let error = guard.verify(&verify(&one.id, "other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::Mismatch));
    guard.verify(&verify(&one.id, "one")).await.unwrap();
    let error = guard.verify(&verify(&other.id, "other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::AlreadyUsed));
    assert_eq!(guard.status(&other.id).await.unwrap(), Status::Verified);
    // A purpose could not be kept apart: it is refused.
    let login = create("one").with_purpose(otp_facade::Purpose::Other("login".into()));
    assert_eq!(guard.create(&login).await.unwrap_err().kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn behind_a_guard_a_create_that_vonage_refuses_counts_nothing_and_leaves_the_open_challenge() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = Vonage::builder().brand("Acme").api_key("key", "secret");
    let guard = guarded(provider.base_url(sandbox.base_url(Provider::Vonage)).build().unwrap());
    let request = CreateRequest::new(Recipient::phone(NUMBER)).with_subject("one");
    let challenge = guard.create(&request).await.unwrap();
    assert_eq!(challenge.resend_after, challenge.expires_in, "another is possible after the end of this one");
    let stranger = CreateRequest::new(Recipient::phone(NUMBER)).with_subject("stranger");
    for _ in 0..9 {
        let error = guard.create(&stranger).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert!(!error.may_have_acted());
    }
    let code = sandbox.last_message(Provider::Vonage).unwrap().code;
    assert_eq!(sandbox.inbox().len(), 1);
    guard.verify(&VerifyRequest::new(challenge.id, code).with_subject("one")).await.unwrap();
}

#[tokio::test]
async fn a_resend_waits_for_the_end_of_a_challenge_only_if_its_provider_takes_one_at_a_time() {
    // A connection that is kept would be cut, after which a message may have been sent.
    let sandbox = Sandbox::builder().keep_alive(false).start().await.unwrap();
    let vonage = Vonage::builder().brand("Acme").api_key("key", "secret");
    let vonage = vonage.base_url(sandbox.base_url(Provider::Vonage)).build().unwrap();
    let smscx = Smscx::builder().api_key("key").base_url(sandbox.base_url(Provider::Smscx)).build().unwrap();
    let guard = guarded(smscx.with_failover(vonage).unwrap());
    assert!(guard.capabilities().one_at_a_time);
    let request = CreateRequest::new(Recipient::phone(NUMBER));
    assert_eq!(guard.create(&request).await.unwrap().resend_after, Some(Duration::ZERO));
    sandbox.inject(Provider::Smscx, Fault::Refuse);
    let by_vonage = guard.create(&request).await.unwrap();
    assert_eq!(sandbox.inbox().last().unwrap().provider, Provider::Vonage);
    assert_eq!((by_vonage.resend_after, by_vonage.resend_after.is_some()), (by_vonage.expires_in, true));
}

#[test]
fn settings_are_checked_when_a_provider_is_built() {
    let url = "http://127.0.0.1:1";
    let twilio = |sid: &str| Twilio::builder().service_sid(sid).api_key("SK1", "secret").base_url(url);
    let vonage = |brand: &str| Vonage::builder().brand(brand).api_key("key", "secret").base_url(url);
    let long = Duration::from_secs(24 * 60 * 60 + 1);
    for (error, rule) in [
        (Twilio::builder().api_key("SK1", "s").build().err(), "service_sid must be VA"),
        (twilio("VA1").build().err(), "service_sid must be VA"),
        (twilio(SERVICE).brand("").build().err(), "brand must not be empty"),
        (twilio(SERVICE).lifetime(long).build().err(), "lifetime must be from 120 to 86400"),
        (Twilio::builder().service_sid(SERVICE).build().err(), "credential is missing"),
        (vonage("").build().err(), "brand must have 1 to 18"),
        (vonage("a/b").build().err(), "brand must have 1 to 18"),
        (vonage("Acme").whatsapp_sender("").build().err(), "whatsapp_sender must have"),
        (vonage("Acme").rcs_sender("sixteen letters.").build().err(), "rcs_sender must have"),
        (vonage("Acme").email_sender("ann").build().err(), "email_sender must be"),
        (
            Vonage::builder().brand("Acme").application("x", "y").build().err(),
            "application_id must be a UUID",
        ),
    ] {
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(rule), "{error}, not {rule}");
    }
}
