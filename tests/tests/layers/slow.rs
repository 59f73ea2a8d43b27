//! A provider whose response takes a while after it has acted, and that records which operations ended.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, CreateRequest, Operation, OtpProvider, Result, Status, Verified,
    VerifyRequest,
};
use tokio::time::sleep;

/// How long a response takes.
pub(crate) const RESPONSE: Duration = Duration::from_millis(800);

/// Clones share the record.
#[derive(Clone, Debug)]
pub(crate) struct Slow<P> {
    inner: P,
    ended: Arc<Mutex<Vec<Operation>>>,
    panics: bool,
}

impl<P: OtpProvider> Slow<P> {
    pub(crate) fn new(inner: P) -> Self {
        Self { inner, ended: Arc::default(), panics: false }
    }

    /// Panics in place of a response.
    pub(crate) fn panicking(self) -> Self {
        Self { panics: true, ..self }
    }

    /// The operations that ran to their ends.
    pub(crate) fn ended(&self) -> Vec<Operation> {
        self.ended.lock().expect("not poisoned").clone()
    }

    async fn respond<T>(&self, operation: Operation, outcome: T) -> T {
        sleep(RESPONSE).await;
        self.ended.lock().expect("not poisoned").push(operation);
        assert!(!self.panics, "the provider of {operation} panics");
        outcome
    }
}

#[async_trait]
impl<P: OtpProvider> OtpProvider for Slow<P> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.inner.issuers()
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.respond(Operation::Create, self.inner.create(request).await).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.respond(Operation::Verify, self.inner.verify(request).await).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.respond(Operation::Cancel, self.inner.cancel(id).await).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.respond(Operation::Status, self.inner.status(id).await).await
    }
}
