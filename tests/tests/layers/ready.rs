//! Readiness: what is known without a request.

use std::time::Duration;

use async_trait::async_trait;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, CreateRequest, Error, ErrorKind, OtpProvider, OtpProviderExt,
    Result, Status, Verified, VerifyRequest,
};
use otp_tests::{DOWN, FakeProvider};
use tokio::time::advance;

use crate::calls::request;
use crate::every_layer::layers;

const COOL_DOWN: Duration = Duration::from_secs(30);

/// A provider that is never ready.
#[derive(Debug)]
struct NotReady(FakeProvider);

#[async_trait]
impl OtpProvider for NotReady {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.0.issuers()
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

    async fn ready(&self) -> Result<()> {
        Err(Error::new(ErrorKind::Unavailable))
    }
}

#[tokio::test]
async fn every_layer_says_what_the_provider_inside_says() {
    for (name, layer) in layers() {
        let fake = FakeProvider::new("one");
        layer(Box::new(fake.clone())).ready().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        layer(Box::new(NotReady(fake.clone()))).ready().await.expect_err(name);
        assert_eq!(fake.count(), 0, "{name} sends nothing");
    }
}

#[tokio::test]
async fn a_failover_is_ready_if_one_of_its_members_is() {
    let not_ready = |name| NotReady(FakeProvider::new(name));
    not_ready("one").with_failover(FakeProvider::new("two")).unwrap().ready().await.unwrap();
    FakeProvider::new("one").with_failover(not_ready("two")).unwrap().ready().await.unwrap();
    not_ready("one").with_failover(not_ready("two")).unwrap().ready().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_failover_is_not_ready_while_all_circuit_breakers_are_open() {
    let (one, two) = (FakeProvider::new("one").then([DOWN; 4]), FakeProvider::new("two").then([DOWN; 3]));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    for _ in 0..3 {
        provider.ready().await.unwrap();
        provider.create(&request()).await.unwrap_err();
        advance(Duration::from_secs(1)).await;
    }
    let error = provider.ready().await.unwrap_err();
    assert_eq!(error.to_string(), "one: unavailable: the circuit breaker is open; retry after 29 s");
    assert_eq!((one.count(), two.count()), (3, 3), "it calls nobody");

    // Ready is asked as often as one likes: it does not take the trial call.
    advance(COOL_DOWN).await;
    for _ in 0..3 {
        provider.ready().await.unwrap();
    }
    // The trial of the first fails, that of the second does not.
    provider.create(&request()).await.unwrap();
    provider.ready().await.unwrap();
}
