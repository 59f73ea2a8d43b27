//! Layers: a deadline, retries, a second provider, traces, around any provider.
//!
//! A layer is a provider that has another one inside. It takes any [`OtpProvider`](crate::OtpProvider), also a
//! `Box` or an `Arc` of one, so that layers stack in any order; [`OtpProviderExt`](crate::OtpProviderExt) writes the
//! stack as a chain, which reads inside out, and `Debug` shows it.
//!
//! # The right order
//!
//! ```
//! use std::time::Duration;
//! use otp_facade::layers::RetryPolicy;
//! use otp_facade::{Memory, OtpProvider, OtpProviderExt};
//!
//! # fn main() -> Result<(), otp_facade::ConfigError> {
//! let europe = Memory::new().with_name("sms-eu"); // or Smscx::builder().name("sms-eu")…
//! let asia = Memory::new().with_name("sms-asia");
//!
//! let provider = europe
//!     .with_timeout(Duration::from_secs(5)) // one attempt; the providers' transport has such a deadline already
//!     .with_retry(RetryPolicy::default())
//!     .or(asia.with_timeout(Duration::from_secs(5)).with_retry(RetryPolicy::default()))?
//!     .with_timeout(Duration::from_secs(15)); // the whole verb
//! # #[cfg(feature = "tracing")]
//! let provider = provider.traced();
//!
//! # #[cfg(feature = "tracing")]
//! assert_eq!(
//!     format!("{provider:?}"),
//!     "Traced(Timeout(15s, Failover[\
//!         Retry(3, Timeout(5s, Memory { name: \"sms-eu\", .. })), \
//!         Retry(3, Timeout(5s, Memory { name: \"sms-asia\", .. }))]))",
//! );
//! let provider: Box<dyn OtpProvider> = Box::new(provider);
//! # Ok(())
//! # }
//! ```
//!
//! | from inside to outside | because |
//! |---|---|
//! | a short time-out, or the transport's | only a provider's own deadline tells that a connection was never made, and the breaker learns who is slow |
//! | [`Retry`] | a hiccup is over before another provider is bothered |
//! | [`Failover`] | it sees a member's last word, after its retries |
//! | [`Timeout`] of the whole verb | the user waits for all of it: attempts, pauses, and the second provider |
//! | a guard, if there is one | it counts what users ask for, not what layers repeat; its ids stay good whoever sent the code |
//! | `Traced` | it measures what the user waited for, and how often was repeated inside |
//!
//! # The wrong order
//!
//! Nothing of this sends a second message: the layers cannot be stacked into breaking the rule of
//! [`Error::may_have_acted`](crate::Error::may_have_acted). But it does not do what it looks like:
//!
//! ```
//! # use std::time::Duration;
//! # use otp_facade::layers::RetryPolicy;
//! # use otp_facade::{ConfigError, Memory, OtpProviderExt};
//! # fn main() -> Result<(), ConfigError> {
//! # let (europe, asia) = (Memory::new().with_name("eu"), Memory::new().with_name("asia"));
//! // Wrong: this is no deadline of the verb, which lasts up to 3 × 5 s and the pauses.
//! let provider = europe.clone().with_timeout(Duration::from_secs(5)).with_retry(RetryPolicy::default());
//!
//! // Wrong: both members are tried again each time, the dead one too, and while the second pauses because it limits
//! // calls the first is asked once more.
//! let provider = europe.or(asia)?.with_retry(RetryPolicy::default());
//! # Ok(())
//! # }
//! ```
//!
//! A guard inside `Retry` or `Failover` counts every repetition as a request of the user's, so that a hiccup of the
//! provider spends the user's limits; and a challenge that one guard issued is unknown to the other.

mod breaker;
mod failover;
mod retry;
mod timeout;
#[cfg(feature = "tracing")]
mod traced;

use std::cell::Cell;

pub use failover::Failover;
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

tokio::task_local! {
    /// How often the verb that is under way was sent again, for whoever counts outside.
    static RESENDS: Cell<u32>;
}

/// Tells whoever counts outside that the verb is sent so many times more.
fn count_resends(times: u32) {
    // Nobody counts outside of a traced call.
    let _ = RESENDS.try_with(|resends| resends.set(resends.get().saturating_add(times)));
}
