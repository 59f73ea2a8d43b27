//! No code, proof, recipient, id or URL in spans and metrics.

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use metrics_util::debugging::DebuggingRecorder;
use otp_facade::layers::RetryPolicy;
use otp_facade::stores::MemoryStore;
use otp_facade::{
    Alphabet, Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Error, ErrorKind, GuardSettings,
    Operation, OtpProvider, OtpProviderExt, Purpose, PurposeSupport, Recipient, RecipientKind, Rejection,
    RequestDefaults, Result, Smscx, Status, Verified, VerifyRequest,
};
use otp_sandbox::{Fault, Provider, Sandbox};
use otp_tests::FakeProvider;

use crate::capture::Capture;

const MARKER: &str = "marker";
const NUMBER: &str = "+4915112345678";

/// Puts the marker wherever there is room for it, and succeeds or fails.
#[derive(Debug)]
struct Indiscreet {
    fails: bool,
}

impl Indiscreet {
    fn outcome<T>(&self, operation: Operation, value: T) -> Result<T> {
        if !self.fails {
            return Ok(value);
        }
        let error = Error::new(ErrorKind::Rejected(Rejection::WrongCode)).with_vendor_code("2029");
        let error = error.with_message(MARKER).with_request_id(MARKER);
        Err(error.with_source(io::Error::other(MARKER)).with_origin("indiscreet", operation))
    }
}

#[async_trait]
impl OtpProvider for Indiscreet {
    fn name(&self) -> &str {
        "indiscreet"
    }

    fn capabilities(&self) -> &Capabilities {
        static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| {
            let mut capabilities = Capabilities::new(RecipientKind::Phone, [Channel::Sms]);
            capabilities.alphabets = vec![Alphabet::Digits];
            (capabilities.purposes, capabilities.binding) = (PurposeSupport::Any, true);
            capabilities
        });
        &CAPABILITIES
    }

    fn issuers(&self) -> Vec<&str> {
        vec![self.name()]
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        assert!(format!("{request:?}").contains(MARKER), "the marker was in the request");
        let challenge = Challenge::new(id(), Channel::ReturnedToCaller).with_hint(MARKER).with_code(MARKER);
        self.outcome(Operation::Create, challenge.with_image(MARKER.into()))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        assert_eq!(request.code.expose(), MARKER);
        self.outcome(Operation::Verify, Verified::new(id()).with_proof(MARKER))
    }

    async fn cancel(&self, _: &ChallengeId) -> Result<()> {
        self.outcome(Operation::Cancel, ())
    }

    async fn status(&self, _: &ChallengeId) -> Result<Status> {
        self.outcome(Operation::Status, Status::Unknown(MARKER.into()))
    }
}

fn id() -> ChallengeId {
    ChallengeId::new("indiscreet", &[MARKER])
}

#[tokio::test]
async fn spans_and_metrics_show_provider_and_kind_and_nothing_of_the_request_or_the_response() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let recipient = Recipient::phone(NUMBER).with_user_id(MARKER).with_country(MARKER);
    let create = CreateRequest::new(recipient).with_callback_url("https://example.com/marker");
    let create =
        create.with_sender(MARKER).with_template(MARKER).with_tracking_id(MARKER).with_language(MARKER);
    let create = create.with_subject(MARKER).with_purpose(Purpose::Other(MARKER.into()));
    let create = create.with_idempotency_key(MARKER);
    let verify = VerifyRequest::new(id(), MARKER).with_subject(MARKER);
    for fails in [false, true] {
        let provider = Indiscreet { fails }.with_retry(RetryPolicy::default());
        let provider = provider.with_timeout(Duration::from_secs(15)).with_tracing();
        assert_eq!(provider.create(&create).await.is_err(), fails);
        assert_eq!(provider.verify(&verify).await.is_err(), fails);
        assert_eq!(provider.cancel(&id()).await.is_err(), fails);
        assert_eq!(provider.status(&id()).await.is_err(), fails);
    }
    let snapshot = format!("{:?}", recorder.snapshotter().snapshot().into_vec());
    for shown in [capture.text(), snapshot] {
        for secret in [MARKER, NUMBER, "https:"] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
        for part in ["indiscreet", "wrong_code", "create", "verify", "cancel", "status"] {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_a_layer_swallows_is_reported_without_anything_of_the_request_or_the_response() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let failure = |kind| {
        let error =
            Error::new(kind).with_may_have_acted(false).with_vendor_code("2029").with_vendor_status(402);
        let error = error.with_message(MARKER).with_request_id(MARKER).with_vendor_message(MARKER);
        error.with_source(io::Error::other(MARKER))
    };
    let one = FakeProvider::new("one").able(|able| {
        (able.sender, able.template, able.callback_url) = (true, true, true);
    });
    for kind in [ErrorKind::Unavailable, ErrorKind::RateLimited, ErrorKind::ProviderDeclined] {
        one.fail(failure(kind));
    }
    let defaults = RequestDefaults::new().with_sender(MARKER).with_template(MARKER);
    let defaults = defaults.with_callback_url("https://example.com/marker");
    let two = FakeProvider::new("two").able(|able| able.recipient = RecipientKind::User);
    let provider = one.clone().with_defaults(defaults).unwrap().with_retry(RetryPolicy::default());
    let provider = provider.with_failover(two.clone()).unwrap();
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    let guard = provider.with_guard(MemoryStore::new(), settings).unwrap().with_tracing();
    let recipient = Recipient::phone(NUMBER).with_user_id(MARKER);
    let request = CreateRequest::new(recipient).with_subject(MARKER).with_idempotency_key(MARKER);
    let id = guard.create(&request).await.unwrap().id;
    assert_eq!(guard.create(&request).await.unwrap().id, id, "a replay");
    assert!(format!("{:?}", one.last_request()).contains(MARKER), "the marker was in the request");
    two.fail(failure(ErrorKind::Unavailable));
    guard.cancel(&id).await.unwrap();
    let snapshot = format!("{:?}", recorder.snapshotter().snapshot().into_vec());
    let text = capture.text();
    for layer in ["retry", "failover", "guard"] {
        assert!(text.contains(&format!("otp.layer=\"{layer}\"")), "{layer} is not in {text}");
    }
    assert!(text.contains("otp.create_replayed"), "{text}");
    assert!(snapshot.contains("otp.client.resends"), "{snapshot}");
    for shown in [text, snapshot] {
        for secret in [MARKER, NUMBER, "15112345678", "https:", id.as_str()] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
}

#[tokio::test]
async fn nothing_that_a_provider_traces_on_the_way_shows_a_secret_either() {
    let capture = Capture::start();
    let sandbox = Sandbox::start().await.unwrap();
    let base_url = sandbox.base_url(Provider::Smscx);
    let provider = Smscx::builder().api_key("secret-key").base_url(&base_url).build().unwrap().with_tracing();
    let challenge = provider.create(&CreateRequest::new(Recipient::phone(NUMBER))).await.unwrap();
    let message = sandbox.last_message(Provider::Smscx).unwrap();
    let wrong = VerifyRequest::new(challenge.id.clone(), "WrongMark1");
    provider.verify(&wrong).await.unwrap_err();
    sandbox.inject(Provider::Smscx, Fault::ActThenDrop);
    let right = VerifyRequest::new(challenge.id.clone(), message.code.clone());
    provider.verify(&right).await.unwrap_err();
    let journal = format!("{:?}", sandbox.journal());
    let number = NUMBER.trim_start_matches('+');
    let id = challenge.id.parts()[0].clone();
    assert!(journal.contains(&id), "the id was on the wire: {journal}");
    let text = capture.text();
    assert!(
        text.contains(r#"otp.provider="smscx""#) && text.contains(r#"error.type="wrong_code""#),
        "{text}"
    );
    for secret in ["secret-key", number, "WrongMark1", &id, &base_url] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
