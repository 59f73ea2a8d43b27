//! The production configuration in an application's tests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
#[cfg(feature = "guard")]
use std::time::{Instant, SystemTime};

use otp_transport::is_loopback_url;

use super::StackConfig;
use super::error::StackError;
#[cfg(feature = "guard")]
use super::guard::GuardConfig;
#[cfg(feature = "redis")]
use super::guard::StoreConfig;
use super::secret::SecretSource;
#[cfg(feature = "guard")]
use crate::stores::MemoryStore;

/// What a test puts in the place of what production has. See [`StackConfig::for_tests`].
#[derive(Debug, Default)]
pub struct TestSettings {
    addresses: BTreeMap<String, String>,
    clock: TestClock,
}

impl TestSettings {
    /// Sets the base URL of the provider with this name: that of a sandbox on this machine.
    #[must_use]
    pub fn base_url(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.addresses.insert(name.into(), url.into());
        self
    }

    /// Sets the clock, which the test moves.
    #[must_use]
    pub fn clock(mut self, clock: &TestClock) -> Self {
        self.clock = clock.clone();
        self
    }
}

/// A clock that runs like any other, and that a test moves forward. Clones are the same clock.
///
/// The guard's records and limits and the circuit breakers go by it. Timeouts and pauses between attempts take real time, because
/// they wait for real connections.
#[derive(Clone, Debug, Default)]
pub struct TestClock(Arc<Mutex<Duration>>);

impl TestClock {
    /// A clock that has not been moved.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut ahead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }

    pub(super) fn ahead(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A store that goes by this clock.
    #[cfg(feature = "guard")]
    pub(super) fn store(&self) -> MemoryStore {
        let (date, start, clock) = (SystemTime::now(), Instant::now(), self.clone());
        MemoryStore::new().with_clock(move || date + start.elapsed() + clock.ahead())
    }
}

impl PartialEq for TestClock {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for TestClock {}

/// What a configuration for tests has beside its keys.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TestSetup {
    pub(super) clock: TestClock,
    /// Variables in the place of secrets.
    pub(super) secrets: HashMap<String, String>,
}

impl std::fmt::Debug for TestSetup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TestSetup").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl StackConfig {
    /// Prepares the configuration of production for an application's tests, which then build the same stack.
    ///
    /// - **Addresses** are replaced by the providers' names. Each has to be on this machine. A provider that is left with the
    ///   address of a vendor is an error, so that no test sends a message.
    /// - **Secrets** are replaced by made-up ones. Neither the environment nor files are read for them, so that no credential of
    ///   production is needed in tests, or used.
    /// - **The guard's store** is in memory, and goes by the test's [clock](TestClock), as the circuit breakers do.
    ///
    /// Everything else is as in production: layers, limits, timeouts, calling codes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use otp_facade::config::{StackConfig, TestClock};
    /// # let toml = "[[providers]]\nprovider = \"smscx\"\nname = \"smscx-eu\"\napi_key = { env = \"SMSCX_API_KEY\" }";
    /// # let url = "http://127.0.0.1:8080/smscx";
    ///
    /// let config = StackConfig::from_toml(toml)?; // or StackConfig::load("stack.toml")?
    /// let clock = TestClock::new();
    /// let config = config.for_tests(|test| test.base_url("smscx-eu", url).clock(&clock))?;
    /// let provider = config.build()?;
    ///
    /// clock.advance(Duration::from_secs(600)); // challenges expire, and limits are over
    /// # Ok::<(), otp_facade::config::StackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a provider's address is not on this machine, or there is no provider of a name, or it has no address.
    pub fn for_tests(
        mut self,
        configure: impl FnOnce(TestSettings) -> TestSettings,
    ) -> Result<Self, StackError> {
        let TestSettings { mut addresses, clock } = configure(TestSettings::default());
        let mut secrets = MadeUpSecrets::default();
        let section = self.section.clone();
        for (index, provider) in self.providers.iter_mut().enumerate() {
            let key = format!("providers[{index}].base_url");
            let replaced = provider.replaced_in_tests();
            let address = addresses.remove(&replaced.name);
            match (replaced.base_url, address) {
                (Some(base_url), address) => {
                    *base_url = address.or_else(|| base_url.take());
                    if !base_url.as_deref().is_some_and(is_loopback_url) {
                        let rule = format!("must be on this machine in tests: set that of {}", replaced.name);
                        return Err(StackError::new(key, rule).under(&section));
                    }
                }
                (None, Some(_)) => return Err(StackError::new(key, "has no meaning here").under(&section)),
                (None, None) => {}
            }
            replaced.secrets.into_iter().for_each(|secret| secrets.replace(secret));
        }
        if let Some(name) = addresses.keys().next() {
            let rule = format!("must have one named {name}, whose address the test sets");
            return Err(StackError::new("providers", rule).under(&section));
        }
        #[cfg(feature = "guard")]
        if let Some(guard) = &mut self.guard {
            guard.prepare_for_tests(&mut secrets);
        }
        self.test = Some(TestSetup { clock, secrets: secrets.variables });
        Ok(self)
    }
}

/// Secrets that are long enough for every use, each another.
#[derive(Default)]
pub(super) struct MadeUpSecrets {
    variables: HashMap<String, String>,
}

impl MadeUpSecrets {
    fn replace(&mut self, source: &mut SecretSource) {
        let number = self.variables.len();
        let variable = format!("OTP_MADE_UP_SECRET_{number}");
        self.variables.insert(variable.clone(), format!("made-up-secret-for-tests-only-number-{number}"));
        *source = SecretSource::Env(variable);
    }
}

#[cfg(feature = "guard")]
impl GuardConfig {
    fn prepare_for_tests(&mut self, secrets: &mut MadeUpSecrets) {
        secrets.replace(&mut self.key);
        self.previous_keys.iter_mut().for_each(|key| secrets.replace(key));
        #[cfg(feature = "redis")]
        if let StoreConfig::Redis(_) = self.store {
            self.store = StoreConfig::default();
        }
    }
}
