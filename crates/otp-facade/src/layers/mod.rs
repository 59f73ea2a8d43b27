//! Layers (middleware): timeout, retry, failover, guard, tracing and detached tasks around any provider.
//!
//! A layer is a provider that wraps another one. It takes any [`OtpProvider`](crate::OtpProvider), also a
//! `Box` or an `Arc` of one, so layers stack in any order. [`OtpProviderExt`](crate::OtpProviderExt) builds the
//! stack as a chain of calls, from inside to outside. `Debug` shows the stack.
//!
//! # The right order
//!
//! ```
//! use std::time::Duration;
//! # #[cfg(feature = "guard")]
//! use otp_facade::{GuardSettings, stores::MemoryStore};
//! use otp_facade::{InMemory, OtpProvider, OtpProviderExt, RetryPolicy};
//!
//! # fn main() -> Result<(), otp_facade::ConfigError> {
//! let europe = InMemory::new().with_name("sms-eu"); // or Smscx::builder().name("sms-eu")…
//! let asia = InMemory::new().with_name("sms-asia");
//!
//! let provider = europe
//!     .with_timeout(Duration::from_secs(5)) // one attempt; the provider's transport has such a deadline already
//!     .with_retry(RetryPolicy::default())
//!     .with_failover(asia.with_timeout(Duration::from_secs(5)).with_retry(RetryPolicy::default()))?
//!     .with_timeout(Duration::from_secs(15)); // the whole operation
//! # #[cfg(feature = "guard")]
//! let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
//! # #[cfg(feature = "guard")]
//! let provider = provider.with_guard(MemoryStore::new(), settings)?;
//! # #[cfg(feature = "tracing")]
//! let provider = provider.with_tracing();
//!
//! # #[cfg(all(feature = "guard", feature = "tracing"))]
//! assert_eq!(
//!     format!("{provider:?}"),
//!     "Traced(Guard(MemoryStore { capacity: 1000000, .. }, Timeout(15s, Failover[\
//!         Retry(3, Timeout(5s, InMemory { name: \"sms-eu\", .. })), \
//!         Retry(3, Timeout(5s, InMemory { name: \"sms-asia\", .. }))])))",
//! );
//! let provider: Box<dyn OtpProvider> = Box::new(provider);
//! # Ok(())
//! # }
//! ```
//!
//! | from inside to outside | because |
//! |---|---|
//! | [`Defaults`] of each provider | they are what only this provider can do |
//! | a short timeout, or the transport's | the circuit breaker learns which provider is slow; only the transport's timeout can tell that no connection was made |
//! | [`Retry`] | a short failure is over before another provider is called |
//! | [`Failover`] | it sees a member's final error, after its retries |
//! | [`Timeout`] of the whole operation | the user waits for all of it: attempts, pauses, and the second provider |
//! | `Guard`, if there is one | it counts the user's requests, not their repetitions, and can settle its record after a timeout |
//! | `Traced` | it measures how long the user waited, and how often the inner layers sent the call again |
//! | [`Detached`], for web handlers | what is inside runs to its end, although the caller is gone |
//!
//! # The wrong order
//!
//! No order of the layers breaks the rule of [`Error::may_have_acted`](crate::Error::may_have_acted), so none sends a
//! second message. But these stacks do not do what they seem to:
//!
//! ```
//! # use std::time::Duration;
//! # use otp_facade::{ConfigError, InMemory, OtpProviderExt, RetryPolicy};
//! # fn main() -> Result<(), ConfigError> {
//! # let (europe, asia) = (InMemory::new().with_name("eu"), InMemory::new().with_name("asia"));
//! // Wrong as the only timeout: the operation lasts up to 3 × 5 s plus the pauses, and a create that is cut off after
//! // 5 s is not repeated anyway.
//! let provider = europe.clone().with_timeout(Duration::from_secs(5)).with_retry(RetryPolicy::default());
//!
//! // Wrong: a short failure of the first goes to the second at once, and each attempt calls both.
//! let provider = europe.with_failover(asia)?.with_retry(RetryPolicy::default());
//! # Ok(())
//! # }
//! ```
//!
//! A guard belongs outside of both. Inside `Failover`, a request over the guard's limits goes to the other provider, which
//! sends it, and idempotency keys are refused, because each guard knows its own only. Inside `Retry`, each attempt counts against the guard's limits, and the limits are waited out.

#[cfg(feature = "tracing")]
mod call_context;
mod circuit_breaker;
mod defaults;
mod detached;
mod failover;
#[cfg(feature = "guard")]
mod guard;
#[cfg(feature = "guard")]
#[doc = include_str!("../../docs/limits.md")]
pub mod limits_guide {}
mod language;
#[cfg(feature = "metrics")]
mod metrics;
#[doc = include_str!("../../docs/observability.md")]
pub mod observability {}
mod report;
mod retry;
mod timeout;
#[cfg(feature = "tracing")]
mod traced;

/// Without `Traced` there is no call context, so the hooks do nothing.
#[cfg(not(feature = "tracing"))]
mod call_context {
    pub(super) fn record_resends(_: u32) {}

    pub(super) fn with_current_context<F: Future>(call: F) -> F {
        call
    }

    #[cfg(feature = "guard")]
    pub(super) fn record_provider(_: &str) {}
}

/// Without a recorder there is nothing to measure.
#[cfg(not(feature = "metrics"))]
mod metrics {
    pub(super) fn describe() {}

    pub(super) fn resent(_: crate::Operation, _: &str, _: &'static str) {}

    pub(super) fn breaker_changed(_: &str, _: super::circuit_breaker::Reported) {}
}

pub use defaults::{Defaults, RequestDefaults};
pub use detached::Detached;
pub use failover::Failover;
#[cfg(feature = "guard")]
pub use guard::{Guard, GuardSettings};
pub use retry::{Retry, RetryPolicy};
pub use timeout::Timeout;
#[cfg(feature = "tracing")]
pub use traced::Traced;

use crate::error::{Error, Operation};

/// Whether an operation may be repeated after this error.
///
/// `operation` is the one that the caller of the layer asked for. The error may name another one, because a provider's
/// create may fail in a status call that it makes itself.
fn is_safe_to_repeat(operation: Operation, error: &Error) -> bool {
    match operation {
        Operation::Create | Operation::Verify => !error.may_have_acted(),
        Operation::Cancel | Operation::Status => true,
    }
}
