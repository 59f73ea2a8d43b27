//! The transport and the layers.

use std::num::NonZeroU32;
use std::time::Duration;

use otp_transport::Transport;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::StackError;
use crate::layers::RetryPolicy;

/// The network, for all providers together. What is not set is as usual in `TransportBuilder`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct TransportConfig {
    /// How many seconds a connection may take to be made; fewer than `timeout_seconds`. 3 by default.
    pub connect_timeout_seconds: Option<NonZeroU32>,
    /// How many seconds one attempt may take in all. 15 by default.
    pub timeout_seconds: Option<NonZeroU32>,
    /// After how many seconds an unused connection is closed. 20 by default.
    pub idle_timeout_seconds: Option<NonZeroU32>,
    /// How many bytes an answer may have. 1 MiB by default.
    pub max_response_bytes: Option<NonZeroU32>,
}

/// Another attempt, by the rules of `Retry`. What is not set is as usual in `RetryPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct RetryConfig {
    /// How often a provider is asked in all. 3 by default.
    pub max_attempts: Option<NonZeroU32>,
    /// The first pause, in milliseconds. 200 by default. Each is twice as long as the one before.
    pub first_delay_milliseconds: Option<NonZeroU32>,
    /// The longest pause, in milliseconds; no shorter than the first. 5000 by default.
    pub max_delay_milliseconds: Option<NonZeroU32>,
    /// How many seconds a pause may have that the provider asks for. 30 by default; may be zero.
    pub max_retry_after_seconds: Option<u32>,
}

/// When a provider is left out for a while, by the rules of `Failover`. It needs two providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct FailoverConfig {
    /// After how many failures in a row. 3 by default.
    pub failures: Option<NonZeroU32>,
    /// For how many seconds. 30 by default.
    pub cool_down_seconds: Option<NonZeroU32>,
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
        if let Some(max_answer) = self.max_response_bytes {
            builder = builder.max_answer(max_answer.get() as usize);
        }
        builder
            .build()
            .map_err(|error| StackError::of_setting("transport", &error, &[("timeout", "timeout_seconds")]))
    }
}

impl RetryConfig {
    pub(super) fn policy(&self) -> Result<RetryPolicy, StackError> {
        let milliseconds = |number: Option<NonZeroU32>, usual| number.map_or(usual, NonZeroU32::get);
        let first = milliseconds(self.first_delay_milliseconds, 200);
        let longest = milliseconds(self.max_delay_milliseconds, 5000);
        if longest < first {
            let rule = "must be no shorter than first_delay_milliseconds";
            return Err(StackError::new("retry.max_delay_milliseconds", rule));
        }
        let delay = |number: u32| Duration::from_millis(number.into());
        let mut policy = RetryPolicy::default().with_delay(delay(first), delay(longest));
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
    /// Failures and cool-down.
    pub(super) fn breaker(&self) -> (u32, Duration) {
        let failures = self.failures.map_or(3, NonZeroU32::get);
        (failures, self.cool_down_seconds.map_or(Duration::from_secs(30), seconds))
    }
}

pub(super) fn seconds(number: NonZeroU32) -> Duration {
    Duration::from_secs(number.get().into())
}
