//! Configuration of a provider, by its slug.

use std::collections::HashMap;

use otp_transport::Transport;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[cfg(feature = "_client")]
use super::client_config::{ClientConfig as _, Site};
use super::defaults::DefaultsConfig;
use super::deserialize::deserialize_with_path;
use super::error::StackError;
use super::secret::SecretSource;
use crate::provider::OtpProvider;
use crate::providers::*;

macro_rules! configurations {
    ($($(#[$documentation:meta])* $slug:literal: $module:ident::$provider:ident, $config:ident;)+) => {
        $(
            #[cfg(feature = $slug)]
            pub use crate::providers::$config;
        )+

        /// A provider. The key `provider` says which; the others are those of the variant's table.
        ///
        /// Each variant needs the feature of its name, `memory` none.
        #[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
        #[schemars(tag = "provider", rename_all = "kebab-case")]
        #[allow(clippy::large_enum_variant, reason = "there are a few, which are read once")]
        #[non_exhaustive]
        pub enum ProviderConfig {
            $(
                $(#[$documentation])*
                #[cfg(feature = $slug)]
                $provider($config),
            )+
            /// Messages that stay in this process, for trying out.
            Memory(MemoryConfig),
        }

        /// What the key `provider` may be in this build.
        const SLUGS: &[&str] = &[
            "memory",
            $(
                #[cfg(feature = $slug)]
                $slug,
            )+
        ];

        impl ProviderConfig {
            /// Reads the tag and then the rest by itself, because a derived one forgets the path of the key.
            pub(super) fn read(entry: Value) -> Result<Self, StackError> {
                let Value::Object(mut fields) = entry else {
                    return Err(StackError::new("", "must be a table"));
                };
                let provider = fields.remove("provider");
                let fields = Value::Object(fields);
                match provider.as_ref().and_then(Value::as_str) {
                    $(
                        #[cfg(feature = $slug)]
                        Some($slug) => deserialize_with_path(fields).map(Self::$provider),
                    )+
                    Some("memory") => deserialize_with_path(fields).map(Self::Memory),
                    _ => {
                        let mut slugs = SLUGS.to_vec();
                        slugs.sort_unstable();
                        Err(StackError::new("provider", format!("must be one of {}", slugs.join(", "))))
                    }
                }
            }

            /// Its defaults, and whether it is optional.
            fn options(&self) -> (&DefaultsConfig, bool) {
                match self {
                    $(
                        #[cfg(feature = $slug)]
                        Self::$provider(config) => (&config.defaults, config.optional),
                    )+
                    Self::Memory(config) => (&config.defaults, config.optional),
                }
            }

            fn build_provider(
                self,
                key: &str,
                transport: &Transport,
                environment: &HashMap<String, String>,
            ) -> Result<Box<dyn OtpProvider>, StackError> {
                #[cfg(not(feature = "_client"))]
                let _ = (key, transport, environment);
                #[cfg(feature = "_client")]
                let site = Site { key, transport, environment };
                Ok(match self {
                    $(
                        #[cfg(feature = $slug)]
                        Self::$provider(config) => {
                            let (builder, credential) = config.builder(&site)?;
                            site.finish(builder, credential, config.name, config.base_url, config.allow_http)?
                        }
                    )+
                    Self::Memory(config) => match config.name {
                        Some(name) => Box::new(InMemory::new().with_name(name)),
                        None => Box::new(InMemory::new()),
                    },
                })
            }

            /// What tests replace: its name, its base URL if it has one, and its secrets.
            pub(super) fn replaced_in_tests(&mut self) -> Replaced<'_> {
                match self {
                    $(
                        #[cfg(feature = $slug)]
                        Self::$provider(config) => {
                            let name = config.name.as_deref().unwrap_or($slug).to_owned();
                            config.prepare_for_tests();
                            let (base_url, secrets) = config.replaced_in_tests();
                            Replaced { name, base_url: Some(base_url), secrets }
                        }
                    )+
                    Self::Memory(config) => {
                        let name = config.name.as_deref().unwrap_or("memory").to_owned();
                        Replaced { name, base_url: None, secrets: Vec::new() }
                    }
                }
            }
        }
    };
}

client_providers!(configurations);

/// What tests replace of a provider.
pub(super) struct Replaced<'a> {
    pub(super) name: String,
    /// None if the provider has no address.
    pub(super) base_url: Option<&'a mut Option<String>>,
    pub(super) secrets: Vec<&'a mut SecretSource>,
}

/// Messages that stay in this process.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct MemoryConfig {
    /// Name of this instance. `memory` by default.
    pub name: Option<String>,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

impl ProviderConfig {
    /// Whether it is passed over for a recipient that lacks what it needs.
    pub fn is_optional(&self) -> bool {
        self.options().1
    }

    /// Builds the provider with its defaults. `key` is where its table is.
    pub(super) fn build(
        self,
        key: &str,
        transport: &Transport,
        environment: &HashMap<String, String>,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        let defaults = self.options().0.clone();
        let provider = self.build_provider(key, transport, environment)?;
        defaults.build(&format!("{key}.defaults"), provider, environment)
    }
}

impl<'de> Deserialize<'de> for ProviderConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
