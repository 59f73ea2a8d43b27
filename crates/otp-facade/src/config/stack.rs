//! A stack that was built, with readiness and shutdown.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::layers::Detached;
use crate::provider::{OtpProvider, Pending, forward_methods, forward_operation};
use crate::request::{CreateRequest, VerifyRequest};

/// Detached operations, by the rules of `Detached`: each runs to its end, although its caller is gone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct DetachedConfig {
    /// Whether operations run to their ends. True by default. If it is false, an operation ends when its caller is gone.
    pub enabled: bool,
    /// Maximum number of operations in flight. Above it, an operation ends when its caller is gone. 1024 by default.
    pub max_in_flight: Option<NonZeroU32>,
}

impl Default for DetachedConfig {
    fn default() -> Self {
        Self { enabled: true, max_in_flight: None }
    }
}

impl DetachedConfig {
    pub(super) fn build(&self, provider: Box<dyn OtpProvider>) -> Stack {
        if !self.enabled {
            return Stack { provider: provider.into(), detached: None };
        }
        let detached = Detached::new(provider);
        let detached = match self.max_in_flight {
            Some(max) => detached.with_max_in_flight(max.get() as usize),
            None => detached,
        };
        Stack { provider: Arc::new(detached.clone()), detached: Some(detached) }
    }
}

/// A stack that was built from a configuration. It is a provider, and cheap to clone.
///
/// [`ready`](OtpProvider::ready) is for a readiness probe, [`drain`](Self::drain) for the shutdown.
///
/// ```
/// use std::time::Duration;
/// use otp_facade::config::StackConfig;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let stack = StackConfig::from_toml("[[providers]]\nprovider = \"memory\"")?.build()?;
/// let state = stack.clone(); // for the handlers
/// # drop(state);
/// assert!(stack.ready().await.is_ok()); // GET /ready
///
/// // After the server has stopped:
/// let left = stack.drain(Duration::from_secs(10)).await;
/// assert_eq!(left, 0);
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Clone)]
pub struct Stack {
    provider: Arc<dyn OtpProvider>,
    /// The provider, if it is a detached one.
    detached: Option<Detached<Box<dyn OtpProvider>>>,
}

impl Stack {
    /// Waits until no operation is in flight, at most for `deadline`, and returns how many are left. See
    /// [`Detached::drain`].
    ///
    /// Without `[detached]`, operations run in their callers' tasks. It then returns 0 at once.
    pub async fn drain(&self, deadline: Duration) -> usize {
        match &self.detached {
            Some(detached) => detached.drain(deadline).await,
            None => 0,
        }
    }
}

impl Deref for Stack {
    type Target = dyn OtpProvider;

    fn deref(&self) -> &Self::Target {
        &*self.provider
    }
}

impl OtpProvider for Stack {
    forward_methods!();
}

impl fmt::Debug for Stack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.provider.fmt(formatter)
    }
}
