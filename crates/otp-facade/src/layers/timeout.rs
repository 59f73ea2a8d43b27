//! Timeout: a deadline for each operation.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};

/// Applies a deadline to each operation as a whole, with all that the inner layers do, such as retries and their pauses.
///
/// A call that takes longer is dropped and fails with `TimedOut`. The provider may have acted by then, so no layer repeats
/// a create or verify after it.
///
/// Keep the deadline longer than the inner ones. The timeouts of [`Transport`](crate::Transport) know whether a connection
/// was made; this layer does not.
#[derive(Clone)]
pub struct Timeout<P> {
    inner: P,
    limit: Duration,
}

impl<P: OtpProvider> Timeout<P> {
    /// Limits each operation of `inner` to `limit`.
    pub fn new(inner: P, limit: Duration) -> Self {
        Self { inner, limit }
    }

    async fn run<T>(&self, operation: Operation, call: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout(self.limit, call).await.unwrap_or_else(|_| {
            let error = Error::new(ErrorKind::TimedOut).with_may_have_acted(true);
            Err(error
                .with_message(format!("no response within {:?}", self.limit))
                .with_origin(self.name(), operation))
        })
    }
}

#[async_trait]
impl<P: OtpProvider> OtpProvider for Timeout<P> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.inner.issuers()
    }

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        self.inner.check_create(request)
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.run(Operation::Create, self.inner.create(request)).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.run(Operation::Verify, self.inner.verify(request)).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.run(Operation::Cancel, self.inner.cancel(id)).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.run(Operation::Status, self.inner.status(id)).await
    }

    async fn ready(&self) -> Result<()> {
        self.inner.ready().await
    }
}

impl<P: fmt::Debug> fmt::Debug for Timeout<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Timeout").field(&self.limit).field(&self.inner).finish()
    }
}
