//! Retry: repeats failed calls with exponential backoff.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};

use super::{is_safe_to_repeat, metrics, report};
use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Operation, Result};
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};

/// Number of attempts and backoff of [`Retry`]. Which errors are retried is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    min_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// 3 attempts, with pauses from 0.2 s that double up to 5 s. A provider that asks for a pause over 30 s is not retried.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            min_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(5),
            max_retry_after: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Sets the maximum number of attempts, the first included. The default is 3. Both 0 and 1 mean no retry.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Sets the first and the maximum pause. Each pause is twice as long as the one before. A random time of up to the same
    /// length is added (jitter), so that callers do not come back all at once.
    #[must_use]
    pub fn with_delay(mut self, first: Duration, max: Duration) -> Self {
        (self.min_delay, self.max_delay) = (first, max);
        self
    }

    /// Sets the maximum pause that the provider may ask for (`Retry-After`), 30 s by default. If it asks for more, its
    /// error is returned at once.
    #[must_use]
    pub fn with_max_retry_after(mut self, max_retry_after: Duration) -> Self {
        self.max_retry_after = max_retry_after;
        self
    }

    fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let repetitions = self.max_attempts.saturating_sub(1) as usize;
        let delays = ExponentialBuilder::new().with_min_delay(self.min_delay).with_max_delay(self.max_delay);
        delays.with_max_times(repetitions).with_jitter().build()
    }
}

/// Retries with exponential backoff after transient errors: the provider is down, slow, or limits calls.
///
/// Create and verify are repeated only if the provider certainly did not act. No setting changes that, so no second
/// message is sent and no second attempt is used. Between attempts it waits as long as the provider asks for, plus the
/// backoff.
#[derive(Clone)]
pub struct Retry<P> {
    inner: P,
    policy: RetryPolicy,
}

impl<P: OtpProvider> Retry<P> {
    /// Retries calls of `inner` by this policy.
    pub fn new(inner: P, policy: RetryPolicy) -> Self {
        metrics::describe();
        Self { inner, policy }
    }

    async fn run<T, F>(&self, operation: Operation, call: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut delays = None;
        loop {
            let error = match call().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !error.is_transient() || !is_safe_to_repeat(operation, &error) {
                return Err(error);
            }
            // The backoff is added to what the provider asks for: its time is the earliest at which a call may succeed, and all
            // callers got the same one.
            let asked_for = error.retry_after().unwrap_or_default();
            let Some(delay) = delays
                .get_or_insert_with(|| self.policy.delays())
                .next()
                .filter(|_| asked_for <= self.policy.max_retry_after)
            else {
                return Err(error);
            };
            report::attempt_failed("retry", operation, self.name(), &error);
            tokio::time::sleep(asked_for.saturating_add(delay)).await;
            report::resent(operation, self.name(), &error);
        }
    }
}

#[async_trait]
impl<P: OtpProvider> OtpProvider for Retry<P> {
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
        self.run(Operation::Create, || self.inner.create(request)).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.run(Operation::Verify, || self.inner.verify(request)).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.run(Operation::Cancel, || self.inner.cancel(id)).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.run(Operation::Status, || self.inner.status(id)).await
    }

    async fn ready(&self) -> Result<()> {
        self.inner.ready().await
    }
}

impl<P: fmt::Debug> fmt::Debug for Retry<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Retry").field(&self.policy.max_attempts).field(&self.inner).finish()
    }
}
