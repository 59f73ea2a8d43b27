//! Layers and waiting, as methods.

use std::time::Duration;

use otp_transport::ConfigError;

use crate::challenge::{ChallengeId, Status};
use crate::error::Result;
#[cfg(feature = "tracing")]
use crate::layers::Traced;
use crate::layers::{Failover, Retry, RetryPolicy, Timeout};
#[cfg(feature = "guard")]
use crate::layers::{Guard, GuardSettings};
use crate::provider::OtpProvider;
#[cfg(feature = "guard")]
use crate::stores::ChallengeStore;

/// What every provider can do besides: put layers around itself, and wait.
///
/// The chain reads inside out: what comes last is outermost. [`layers`](crate::layers) says which order is right.
///
/// ```
/// use std::time::Duration;
/// use otp_facade::{InMemory, OtpProviderExt, RetryPolicy};
///
/// let first = InMemory::new().with_name("first").with_retry(RetryPolicy::default());
/// let provider = first.with_failover(InMemory::new().with_name("second"))?.with_timeout(Duration::from_secs(15));
/// # Ok::<(), otp_facade::ConfigError>(())
/// ```
pub trait OtpProviderExt: OtpProvider + Sized {
    /// Asks again, where it does no harm, after what may be over soon: see [`Retry`].
    fn with_retry(self, policy: RetryPolicy) -> Retry<Self> {
        Retry::new(self, policy)
    }

    /// Lets another provider start the challenge when this one is down: see [`Failover`]. More than two are chained.
    ///
    /// # Errors
    ///
    /// If both have the same name, or members inside them: it would not be known whose a challenge is.
    fn with_failover(self, other: impl OtpProvider) -> std::result::Result<Failover, ConfigError> {
        Failover::new(self, other)
    }

    /// Gives each verb a deadline: see [`Timeout`].
    fn with_timeout(self, limit: Duration) -> Timeout<Self> {
        Timeout::new(self, limit)
    }

    /// Puts limits and the whole life cycle around it, with records in `store`: see [`Guard`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use otp_facade::stores::MemoryStore; // on many machines: RedisStore, feature `redis`
    /// use otp_facade::{GuardSettings, InMemory, OtpProviderExt, RetryPolicy};
    ///
    /// let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    /// let provider = InMemory::new()
    ///     .with_retry(RetryPolicy::default())
    ///     .with_timeout(Duration::from_secs(15))
    ///     .with_guard(MemoryStore::new(), settings)?
    ///     .with_name("login")?;
    /// # Ok::<(), otp_facade::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a setting is out of its range.
    #[cfg(feature = "guard")]
    fn with_guard<S: ChallengeStore>(
        self,
        store: S,
        settings: GuardSettings,
    ) -> std::result::Result<Guard<Self, S>, ConfigError> {
        Guard::new(self, store, settings)
    }

    /// Makes spans and metrics of the verbs: see [`Traced`].
    #[cfg(feature = "tracing")]
    fn with_tracing(self) -> Traced<Self> {
        Traced::new(self)
    }

    /// Waits until the challenge ends, by an answer on another device for one: see [`wait_until_final`](crate::wait_until_final()).
    ///
    /// # Errors
    ///
    /// Those of [`wait_until_final`](crate::wait_until_final()).
    fn wait_until_final(
        &self,
        id: &ChallengeId,
        limit: Duration,
    ) -> impl Future<Output = Result<Status>> + Send {
        crate::wait_until_final::wait_until_final(self, id, limit)
    }
}

impl<P: OtpProvider> OtpProviderExt for P {}
