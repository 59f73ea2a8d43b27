//! Configuration of the transport and the layers.

use std::num::NonZeroU32;
use std::time::Duration;

use otp_transport::Transport;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::StackError;
use crate::layers::{Failover, RetryPolicy};

/// HTTP transport of all providers. A key that is left out has its default in `TransportBuilder`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct TransportConfig {
    /// Timeout for making a connection, in seconds; less than `timeout_seconds`. 3 by default.
    pub connect_timeout_seconds: Option<NonZeroU32>,
    /// Timeout of one attempt, in seconds. 15 by default.
    pub timeout_seconds: Option<NonZeroU32>,
    /// Time after which an idle connection is closed, in seconds. 20 by default.
    pub idle_timeout_seconds: Option<NonZeroU32>,
    /// Maximum size of a response, in bytes. 1 MiB by default.
    pub max_response_bytes: Option<NonZeroU32>,
    /// Whether servers that offer HTTP/2 are called over HTTP/1.1 all the same. False by default.
    pub http1_only: bool,
    /// Whether each verify over HTTP/1.1 opens a connection of its own, so that no stray response on an idle connection is
    /// taken for its own. It costs a TLS handshake for each. False by default.
    pub http1_connection_per_verify: bool,
}

/// Retries, by the rules of `Retry`. A key that is left out has its default in `RetryPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct RetryConfig {
    /// Maximum number of attempts, the first included. 3 by default.
    pub max_attempts: Option<NonZeroU32>,
    /// The first pause, in milliseconds. 200 by default. Each is twice as long as the one before.
    pub first_delay_milliseconds: Option<NonZeroU32>,
    /// The maximum pause, in milliseconds; no shorter than the first. 5000 by default.
    pub max_delay_milliseconds: Option<NonZeroU32>,
    /// Maximum pause that the provider may ask for, in seconds. 30 by default; may be zero.
    pub max_retry_after_seconds: Option<u32>,
}

/// Failover and the circuit breaker of each provider, by the rules of `Failover`. It needs two providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct FailoverConfig {
    /// Number of failures in a row that opens the breaker. 3 by default.
    pub failures: Option<NonZeroU32>,
    /// How long the breaker stays open, in seconds. 30 by default.
    pub cool_down_seconds: Option<NonZeroU32>,
    /// Whether create calls the next provider also if the message of this one may have been sent: after a timeout, or the 502 of
    /// a gateway. A person may then get two messages, and you pay for both; only the code of the last one is accepted. False
    /// by default.
    pub after_uncertain_create: bool,
}

impl TransportConfig {
    pub(super) fn build(&self) -> Result<Transport, StackError> {
        let mut builder = Transport::builder();
        if let Some(connect_timeout) = self.connect_timeout_seconds {
            builder = builder.connect_timeout(seconds(connect_timeout));
        }
        if let Some(timeout) = self.timeout_seconds {
            builder = builder.timeout(seconds(timeout));
        }
        if let Some(idle_timeout) = self.idle_timeout_seconds {
            builder = builder.idle_timeout(seconds(idle_timeout));
        }
        if let Some(max_response_bytes) = self.max_response_bytes {
            builder = builder.max_response_bytes(max_response_bytes.get() as usize);
        }
        builder
            .http1_only(self.http1_only)
            .http1_connection_per_verify(self.http1_connection_per_verify)
            .build()
            .map_err(|error| StackError::of_setting("transport", &error, &[("timeout", "timeout_seconds")]))
    }
}

impl RetryConfig {
    pub(super) fn policy(&self) -> Result<RetryPolicy, StackError> {
        let milliseconds = |number: Option<NonZeroU32>, default| number.map_or(default, NonZeroU32::get);
        let first = milliseconds(self.first_delay_milliseconds, 200);
        let max = milliseconds(self.max_delay_milliseconds, 5000);
        if max < first {
            let rule = "must be no shorter than first_delay_milliseconds";
            return Err(StackError::new("retry.max_delay_milliseconds", rule));
        }
        let delay = |number: u32| Duration::from_millis(number.into());
        let mut policy = RetryPolicy::default().with_delay(delay(first), delay(max));
        if let Some(max_attempts) = self.max_attempts {
            policy = policy.with_max_attempts(max_attempts.get());
        }
        if let Some(max_retry_after) = self.max_retry_after_seconds {
            policy = policy.with_max_retry_after(Duration::from_secs(max_retry_after.into()));
        }
        Ok(policy)
    }
}

impl FailoverConfig {
    /// The failover with these settings.
    pub(super) fn apply(&self, failover: Failover) -> Failover {
        let failures = self.failures.map_or(3, NonZeroU32::get);
        let cool_down = self.cool_down_seconds.map_or(Duration::from_secs(30), seconds);
        let failover = failover.with_breaker(failures, cool_down);
        match self.after_uncertain_create {
            true => failover.after_uncertain_create(),
            false => failover,
        }
    }
}

pub(super) fn seconds(number: NonZeroU32) -> Duration {
    Duration::from_secs(number.get().into())
}
