//! A request that one provider refuses is refused before any provider is called.

use async_trait::async_trait;
use otp_facade::stores::MemoryStore;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, CreateRequest, Error, ErrorKind, GuardSettings, Operation,
    OtpProvider, OtpProviderExt, RequestDefaults, Result, Status, Verified, VerifyRequest,
};
use otp_sandbox::Provider;
use otp_tests::{FakeProvider, MockServer, Response, providers};

use crate::calls::request;
use crate::every_layer::{Layer, layers};

/// A provider with a rule that its capabilities do not have: it takes German alone.
#[derive(Debug)]
struct Picky(FakeProvider);

impl Picky {
    fn new(name: &'static str) -> Self {
        Self(FakeProvider::new(name).able(|able| able.languages = vec!["de", "en"]))
    }
}

#[async_trait]
impl OtpProvider for Picky {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.0.issuers()
    }

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        match request.language.as_deref() {
            Some("de") => Ok(()),
            _ => {
                let error = Error::new(ErrorKind::InvalidRequest).with_message("must be German");
                Err(error.with_origin(self.name(), Operation::Create))
            }
        }
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.0.create(request).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.0.verify(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.0.cancel(id).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.0.status(id).await
    }
}

fn speaker(name: &'static str) -> FakeProvider {
    FakeProvider::new(name).able(|able| able.languages = vec!["de", "en"])
}

#[test]
fn every_layer_checks_what_the_provider_inside_checks() {
    let members: [(&str, Layer); 2] = [
        ("first member", Box::new(|inner| Box::new(inner.with_failover(speaker("other")).unwrap()))),
        ("second member", Box::new(|inner| Box::new(speaker("other").with_failover(inner).unwrap()))),
    ];
    for (name, layer) in layers().into_iter().chain(members) {
        let picky = Picky::new("one");
        let fake = picky.0.clone();
        let provider = layer(Box::new(picky));
        let (german, english) = (request().with_language("de"), request().with_language("en"));
        provider.check_create(&german).unwrap_or_else(|error| panic!("{name}: {error}"));
        let error = provider.check_create(&english).expect_err(name);
        assert!(error.to_string().ends_with("create: invalid_request: must be German"), "{name}: {error}");
        // What the capabilities do not have is refused too.
        provider.check_create(&request().with_language("fr")).expect_err(name);
        assert_eq!(fake.count(), 0, "{name} sends nothing");
    }
}

#[test]
fn a_layer_checks_the_request_that_it_would_send() {
    let settings = || GuardSettings::new("a key of at least 32 characters, for tests");
    let german = Picky::new("one").with_defaults(RequestDefaults::new().with_language("de")).unwrap();
    german.check_create(&request()).unwrap();
    let guarded = german.with_guard(MemoryStore::new(), settings()).unwrap();
    guarded.check_create(&request().with_subject("session-1")).unwrap();
}

#[tokio::test]
async fn what_one_member_refuses_is_refused_in_its_name_and_nobody_is_asked() {
    let (one, picky, three) = (speaker("one"), Picky::new("two"), speaker("three"));
    let two = picky.0.clone();
    let provider = one.clone().with_failover(picky).unwrap().with_failover(three.clone()).unwrap();
    let error = provider.create(&request().with_language("en")).await.unwrap_err();
    assert_eq!(error.to_string(), "two: create: invalid_request: must be German");
    assert!(!error.may_have_acted());
    assert_eq!((one.count(), two.count(), three.count()), (0, 0, 0));
    provider.create(&request().with_language("de")).await.unwrap();
    assert_eq!((one.count(), two.count(), three.count()), (1, 0, 0));
}

#[tokio::test]
async fn what_the_second_vendor_refuses_is_not_sent_to_the_first() {
    use Provider::{Smscx, Twilio, Vonage};
    let rows = [
        (Twilio, Smscx, request().with_tracking_id("order-17"), "tracking_id must be a UUID"),
        (
            Twilio,
            Vonage,
            request().with_tracking_id("order-17"),
            "tracking_id must have 1 to 40 letters and digits",
        ),
        (
            Smscx,
            Vonage,
            request().with_sender("Example Company"),
            "sender must have at most 11 letters and digits",
        ),
    ];
    for (first, second, request, rule) in rows {
        let down = MockServer::start(&Response::empty(503)).await;
        let build = |provider| providers::build(provider, &down.base_url(), "credential");
        let provider = build(first).with_failover(build(second)).unwrap();
        let error = provider.create(&request).await.unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("{}: create: invalid_request: {rule}", second.slug())),
            "{error}"
        );
        assert!(down.received().is_empty(), "{first} and {second}: {:?}", down.received());
    }
}
