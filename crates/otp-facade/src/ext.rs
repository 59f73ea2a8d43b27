//! Extension trait: layers and waiting as methods of every provider.

use std::time::Duration;

use otp_transport::ConfigError;

use crate::challenge::{ChallengeId, Status};
use crate::error::Result;
#[cfg(feature = "tracing")]
use crate::layers::Traced;
use crate::layers::{Defaults, Detached, Failover, RequestDefaults, Retry, RetryPolicy, Timeout};
#[cfg(feature = "guard")]
use crate::layers::{Guard, GuardSettings};
use crate::provider::OtpProvider;
#[cfg(feature = "guard")]
use crate::stores::ChallengeStore;

/// Extension trait that wraps a provider in layers and waits for challenges. Every provider implements it.
///
/// The last call of a chain is the outermost layer. [`layers`](crate::layers) shows the right order.
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
    /// Sets options of this provider for requests that do not set them. See [`Defaults`].
    ///
    /// # Errors
    ///
    /// If the provider does not support a default.
    fn with_defaults(self, defaults: RequestDefaults) -> std::result::Result<Defaults<Self>, ConfigError> {
        Defaults::new(self, defaults)
    }

    /// Retries with exponential backoff where a repetition is safe. See [`Retry`].
    fn with_retry(self, policy: RetryPolicy) -> Retry<Self> {
        Retry::new(self, policy)
    }

    /// Fails over to another provider when this one is down. See [`Failover`]. Chain calls for more than two.
    ///
    /// # Errors
    ///
    /// If both, or members inside them, have the same name: a challenge could not be attributed to one of them.
    fn with_failover(self, other: impl OtpProvider) -> std::result::Result<Failover, ConfigError> {
        Failover::new(self, other)
    }

    /// Applies a deadline to each operation. See [`Timeout`].
    fn with_timeout(self, limit: Duration) -> Timeout<Self> {
        Timeout::new(self, limit)
    }

    /// Adds rate limits and the whole life cycle, with records in `store`. See [`Guard`].
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

    /// Emits spans and metrics for each operation. See [`Traced`].
    #[cfg(feature = "tracing")]
    fn with_tracing(self) -> Traced<Self> {
        Traced::new(self)
    }

    /// Runs each operation to its end, although its caller is gone. The outermost layer. See [`Detached`].
    fn with_detached(self) -> Detached<Self> {
        Detached::new(self)
    }

    /// Waits until the challenge ends, for example by an answer on another device. See
    /// [`wait_until_final`](crate::wait_until_final()).
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
