//! Builds a whole stack from a configuration: providers, layers, guard and store, from TOML, JSON or the environment.
//!
//! ```
//! use otp_facade::config::StackConfig;
//!
//! let config = StackConfig::from_toml(r#"
//!     timeout_seconds = 15
//!
//!     [[providers]]
//!     provider = "memory"
//!     name = "first"
//!
//!     [[providers]]
//!     provider = "memory"
//!     name = "second"
//!
//!     [retry]
//!     max_attempts = 2
//! "#)?;
//! let provider = config.build()?;
//! assert_eq!(provider.name(), "first");
//! # Ok::<(), otp_facade::config::StackError>(())
//! ```
//!
//! `examples/stack.toml` has every key that is not of one provider only, `examples/providers/` those of each provider.
//! `schema/stack.schema.json` is the JSON Schema, for editors and for other languages. A key that is not known is an error, and so is a value that is out of its range; the error names the path
//! of the key, such as `providers[1].api_key`.
//!
//! # The stack
//!
//! From outside to inside, each but the first only if its key is there:
//!
//! | layer | key |
//! |---|---|
//! | [`Detached`](crate::Detached) | always, unless `detached.enabled = false` |
//! | `Traced` (feature `tracing`) | `trace = true` |
//! | `Guard` (feature `guard`) | `[guard]`, with its store in `[guard.store.memory]` or `[guard.store.redis]` |
//! | [`Timeout`](crate::Timeout) of the whole operation | `timeout_seconds` |
//! | [`Failover`] in the order of the providers | two `[[providers]]` or more; its settings in `[failover]` |
//! | [`Retry`](crate::Retry) of each provider | `[retry]`, which may be empty |
//! | [`Defaults`](crate::Defaults) of a provider | `defaults` in `[[providers]]` |
//! | the provider, with the deadline of one attempt | `[[providers]]`, `[transport]` |
//!
//! It is the order that [`layers`](crate::layers) has the reasons for.
//!
//! # Secrets
//!
//! Credentials, the guard's key and the URL of Redis are not in the configuration: it says [where](SecretSource) they
//! are, in an environment variable or in a file. They are read when the stack is built, and never shown.
//!
//! # The environment
//!
//! [`load`](StackConfig::load) puts variables on top of the file. `OTP__` and the path of the key, with `__` for each
//! dot, is the variable's name: `OTP__TIMEOUT_SECONDS=20`. A provider is named by its name, in which `-` and `.` become `_`, or
//! by its index, counted from 0: `OTP__PROVIDERS__SMSCX_EU__BASE_URL=https://…` is the same as
//! `OTP__PROVIDERS__0__BASE_URL=https://…` if the first provider is named `smscx-eu`. The name goes on meaning the same provider when
//! the order changes. A provider that the file does not have is added by an index.
//!
//! A value is JSON if it can be read as such, and text if not: `OTP__GUARD__CALLING_CODES=["+49"]`, `OTP__RETRY=null`, and
//! `"42"` with the quotes for a text of digits. Tables are merged, lists replaced. Where a secret is, is replaced, too:
//! `OTP__GUARD__KEY__FILE=/run/secrets/guard` takes the place of `key = { env = "…" }`. A variable for a key is on top of one for
//! its table, and one by name on top of one by index. Secrets keep away from names that begin with `OTP__`.
//!
//! # In an application's own file
//!
//! [`StackLoader`] reads one table of an application's file, with variables that have the application's prefix:
//!
//! ```no_run
//! use otp_facade::config::StackLoader;
//!
//! // [login.otp] in application.toml, and MYAPP__LOGIN__OTP__PROVIDERS__SMSCX_EU__BASE_URL on top
//! let config = StackLoader::new("application.toml").with_section("login.otp").with_env_prefix("MYAPP").load()?;
//! # Ok::<(), otp_facade::config::StackError>(())
//! ```
//!
//! Errors name the whole path, such as `login.otp.providers[1].api_key`, also those of [`build`](StackConfig::build). An application
//! that reads its configuration by itself has a field of type [`StackConfig`], which implements `Deserialize`. Errors then name the path
//! within the stack, and [`with_section`](StackConfig::with_section) names the rest of it.
//!
//! # In tests
//!
//! [`for_tests`](StackConfig::for_tests) takes the file of production into an application's tests: with the addresses of a sandbox on this
//! machine, without production's secrets and store, and with a clock that tests move.

#[cfg(feature = "_client")]
mod client_config;
mod defaults;
mod describe;
mod deserialize;
mod environment;
mod error;
mod for_tests;
#[cfg(feature = "guard")]
mod guard;
mod layers;
#[cfg(feature = "guard")]
mod limit;
mod loader;
mod provider;
mod read;
mod secret;
mod stack;

use std::collections::HashMap;
use std::path::Path;

use ::config::FileFormat;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[cfg(feature = "_client")]
pub(crate) use client_config::{ClientConfig, Site, client_config};
pub use defaults::DefaultsConfig;
pub use error::StackError;
use for_tests::TestSetup;
pub use for_tests::{TestClock, TestSettings};
#[cfg(feature = "guard")]
pub use guard::*;
pub use layers::{FailoverConfig, RetryConfig, TransportConfig};
#[cfg(feature = "guard")]
pub use limit::LimitConfig;
use loader::PREFIX;
pub use loader::StackLoader;
pub use provider::*;
pub use secret::SecretSource;
pub use stack::{DetachedConfig, Stack};

use crate::ext::OtpProviderExt;
use crate::layers::Failover;
use crate::provider::OtpProvider;

/// A whole stack. [The module](self) says what is built from it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
// By `remote`, the derived function is not the trait's, which is below.
#[serde(remote = "Self", deny_unknown_fields, expecting = "a table")]
#[schemars(description = "A stack of one-time password providers, as otp_facade::config builds it.")]
#[non_exhaustive]
pub struct StackConfig {
    /// The providers, at least one. The first that works starts a challenge.
    #[schemars(length(min = 1))]
    pub providers: Vec<ProviderConfig>,
    /// HTTP transport of all providers.
    #[serde(default)]
    pub transport: TransportConfig,
    /// Retries. None if it is left out.
    pub retry: Option<RetryConfig>,
    /// Failover and the circuit breaker of each provider. It needs two providers.
    pub failover: Option<FailoverConfig>,
    /// Timeout of an operation with all its attempts, in seconds. No limit if it is left out.
    pub timeout_seconds: Option<std::num::NonZeroU32>,
    /// Operations run to their ends, although their callers are gone.
    #[serde(default)]
    pub detached: DetachedConfig,
    /// Rate limits, and the whole life cycle for every provider.
    #[cfg(feature = "guard")]
    pub guard: Option<GuardConfig>,
    /// Spans of the operations, and metrics with the feature `metrics`.
    #[cfg(feature = "tracing")]
    #[serde(default)]
    pub trace: bool,
    /// Path of the table in an application's file, for errors.
    #[serde(skip)]
    section: String,
    #[serde(skip)]
    test: Option<TestSetup>,
}

impl StackConfig {
    /// Reads TOML, and nothing from the environment.
    ///
    /// # Errors
    ///
    /// If it is no TOML, or a key or value is not one of a stack.
    pub fn from_toml(text: &str) -> Result<Self, StackError> {
        Self::from_value(read::read(Some((text, FileFormat::Toml)), "", PREFIX, &HashMap::new())?)
    }

    /// Reads JSON, and nothing from the environment.
    ///
    /// # Errors
    ///
    /// If it is no JSON, or a key or value is not one of a stack.
    pub fn from_json(text: &str) -> Result<Self, StackError> {
        Self::from_value(read::read(Some((text, FileFormat::Json)), "", PREFIX, &HashMap::new())?)
    }

    /// Reads variables alone, such as those of [`std::env::vars`]. Those that do not begin with `OTP__` are passed over.
    ///
    /// # Errors
    ///
    /// If a key or value is not one of a stack.
    pub fn from_environment(environment: &HashMap<String, String>) -> Result<Self, StackError> {
        Self::from_value(read::read(None, "", PREFIX, environment)?)
    }

    /// Reads a file, TOML or JSON by its extension, with the environment of the process on top.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, has another extension or another content than it says, or a key or value, in the
    /// file or in the environment, is not one of a stack.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, StackError> {
        StackLoader::new(path).load()
    }

    /// Reads a file as [`load`](Self::load) does, with these variables on top.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load).
    pub fn load_with(
        path: impl AsRef<Path>,
        environment: &HashMap<String, String>,
    ) -> Result<Self, StackError> {
        StackLoader::new(path).load_with(environment)
    }

    /// Names the table that this configuration is in an application's own file, such as `login.otp`. Errors of
    /// [`build`](Self::build) then have the whole path of the key.
    #[must_use]
    pub fn with_section(mut self, section: impl Into<String>) -> Self {
        self.section = section.into();
        self
    }

    fn from_value(value: Value) -> Result<Self, StackError> {
        // Each provider alone first: in a tagged enum, serde loses the path of the key.
        let providers = value.get("providers").and_then(Value::as_array);
        for (index, entry) in providers.into_iter().flatten().enumerate() {
            ProviderConfig::read(entry.clone())
                .map_err(|error| error.under(&format!("providers[{index}]")))?;
        }
        #[derive(Deserialize)]
        struct Derived(#[serde(with = "StackConfig")] StackConfig);
        deserialize::deserialize_with_path(value).map(|Derived(config)| config)
    }

    /// Builds the stack, with secrets from the environment of the process and from files. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If there is no provider or there are two of one name, a secret is missing, or a setting breaks a rule.
    pub fn build(self) -> Result<Stack, StackError> {
        self.build_with(&process_environment())
    }

    /// Builds the stack as [`build`](Self::build) does, with these variables for the environment's: such as are from a
    /// vault.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn build_with(self, environment: &HashMap<String, String>) -> Result<Stack, StackError> {
        let section = self.section.clone();
        let stack = match &self.test {
            Some(test) => {
                let secrets = test.secrets.clone();
                self.layers(&secrets)
            }
            None => self.layers(environment),
        };
        stack.map_err(|error| error.under(&section))
    }

    fn layers(self, environment: &HashMap<String, String>) -> Result<Stack, StackError> {
        let mut stack = self.members(environment)?;
        if let Some(limit) = self.timeout_seconds {
            stack = Box::new(stack.with_timeout(layers::seconds(limit)));
        }
        #[cfg(feature = "guard")]
        if let Some(guard) = self.guard {
            stack = guard.build(stack, environment, self.test.as_ref().map(|test| &test.clock))?;
        }
        #[cfg(feature = "tracing")]
        if self.trace {
            stack = Box::new(stack.with_tracing());
        }
        Ok(self.detached.build(stack))
    }

    /// The JSON Schema of a configuration, as text.
    pub fn json_schema() -> String {
        format!("{:#}\n", schemars::schema_for!(Self).to_value())
    }

    /// The providers with their defaults and retries, and failover if there are several.
    fn members(&self, environment: &HashMap<String, String>) -> Result<Box<dyn OtpProvider>, StackError> {
        let transport = self.transport.build()?;
        let policy = self.retry.as_ref().map(RetryConfig::policy).transpose()?;
        let mut members = Vec::<Box<dyn OtpProvider>>::new();
        let mut optional = Vec::new();
        for (index, config) in self.providers.iter().enumerate() {
            let key = format!("providers[{index}]");
            let provider = config.clone().build(&key, &transport, environment)?;
            // Not left to `Failover`, which knows the names, but not the keys to put into the error.
            if let Some(other) = members.iter().position(|other| other.name() == provider.name()) {
                let rule = format!("must be another than that of providers[{other}]: {}", provider.name());
                return Err(StackError::new(format!("{key}.name"), rule));
            }
            if config.is_optional() {
                optional.push((key, provider.name().to_owned()));
            }
            members.push(match policy {
                Some(policy) => Box::new(provider.with_retry(policy)),
                None => provider,
            });
        }
        let mut members = members.into_iter();
        let first = members.next().ok_or_else(|| StackError::new("providers", "must have at least one"))?;
        let Some(second) = members.next() else {
            let rule = "must be left out where there is one provider";
            return match (&self.failover, optional.first()) {
                (Some(_), _) => Err(StackError::new("failover", rule)),
                (None, Some((key, _))) => Err(StackError::new(format!("{key}.optional"), rule)),
                (None, None) => Ok(first),
            };
        };
        let failover =
            Failover::new(first, second).and_then(|pair| members.try_fold(pair, Failover::with_failover));
        let mut failover = failover.map_err(|error| StackError::of_setting("providers", &error, &[]))?;
        for (key, name) in &optional {
            failover =
                failover.with_optional(name).map_err(|error| StackError::of_setting(key, &error, &[]))?;
        }
        let failover = match &self.failover {
            Some(config) => config.apply(failover),
            None => failover,
        };
        Ok(Box::new(match &self.test {
            Some(TestSetup { clock, .. }) => {
                let clock = clock.clone();
                failover.with_clock_ahead(move || clock.ahead())
            }
            None => failover,
        }))
    }
}

impl<'de> Deserialize<'de> for StackConfig {
    /// As part of an application's own type. By hand, because a derived one forgets the path of the key.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The variables of the process. Those that are not Unicode are as if they were not there.
fn process_environment() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
