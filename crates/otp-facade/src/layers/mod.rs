//! Layers: a deadline, retries, a second provider, a guard, traces, around any provider.
//!
//! A layer is a provider that has another one inside. It takes any [`OtpProvider`](crate::OtpProvider), also a
//! `Box` or an `Arc` of one, so that layers stack in any order; [`OtpProviderExt`](crate::OtpProviderExt) writes the
//! stack as a chain, which reads inside out, and `Debug` shows it.
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
//!     .with_timeout(Duration::from_secs(5)) // one attempt; the providers' transport has such a deadline already
//!     .with_retry(RetryPolicy::default())
//!     .with_failover(asia.with_timeout(Duration::from_secs(5)).with_retry(RetryPolicy::default()))?
//!     .with_timeout(Duration::from_secs(15)); // the whole verb
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
//!     "Traced(Guard(MemoryStore { capacity: 500000, .. }, Timeout(15s, Failover[\
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
//! | a short time-out, or the transport's | the breaker learns who is slow; only the transport's can tell that a connection was never made |
//! | [`Retry`] | a hiccup is over before another provider is bothered |
//! | [`Failover`] | it sees a member's last word, after its retries |
//! | [`Timeout`] of the whole verb | the user waits for all of it: attempts, pauses, and the second provider |
//! | `Guard`, if there is one | it counts what users ask for, not what layers repeat, and can settle its record after a time-out |
//! | `Traced` | it measures what the user waited for, and how often was repeated inside |
//!
//! # The wrong order
//!
//! Nothing of this sends a second message: the layers cannot be stacked into breaking the rule of
//! [`Error::may_have_acted`](crate::Error::may_have_acted). But it does not do what it looks like:
//!
//! ```
//! # use std::time::Duration;
//! # use otp_facade::{ConfigError, InMemory, OtpProviderExt, RetryPolicy};
//! # fn main() -> Result<(), ConfigError> {
//! # let (europe, asia) = (InMemory::new().with_name("eu"), InMemory::new().with_name("asia"));
//! // Wrong, if there is no other: the verb lasts up to 3 × 5 s and the pauses, and a create that is cut off after 5 s
//! // is not repeated anyway.
//! let provider = europe.clone().with_timeout(Duration::from_secs(5)).with_retry(RetryPolicy::default());
//!
//! // Wrong: a hiccup of the first goes to the second at once, and each attempt asks both.
//! let provider = europe.with_failover(asia)?.with_retry(RetryPolicy::default());
//! # Ok(())
//! # }
//! ```
//!
//! A guard belongs outside of both. Inside `Failover`, what its limits refuse is asked of the other provider, and sent
//! there. Inside `Retry`, its limits are waited out, and each attempt counts as a request of the user's.

#[cfg(feature = "tracing")]
mod call_context;
mod circuit_breaker;
mod failover;
#[cfg(feature = "guard")]
mod guard;
#[cfg(feature = "metrics")]
mod metrics;
mod retry;
mod timeout;
#[cfg(feature = "tracing")]
mod traced;

/// Nobody watches.
#[cfg(not(feature = "tracing"))]
mod call_context {
    pub(super) fn record_resends(_: u32) {}

    #[cfg(feature = "guard")]
    pub(super) fn record_provider(_: &str) {}
}

pub use failover::Failover;
#[cfg(feature = "guard")]
pub use guard::{Guard, GuardSettings};
pub use retry::{Retry, RetryPolicy};
pub use timeout::Timeout;
#[cfg(feature = "tracing")]
pub use traced::Traced;

use crate::error::{Error, Operation};

/// The one rule, by the verb that a layer was asked for. An error may name another one: a provider's create may have
/// failed in a status call of its own.
fn is_safe_to_repeat(operation: Operation, error: &Error) -> bool {
    match operation {
        Operation::Create | Operation::Verify => !error.may_have_acted(),
        Operation::Cancel | Operation::Status => true,
    }
}
