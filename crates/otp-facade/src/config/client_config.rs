//! Table of a provider over a client.

use std::collections::HashMap;

use otp_transport::Transport;

use super::error::StackError;
use super::secret::SecretSource;
use crate::provider::OtpProvider;
use crate::providers::{ClientProvider, ProviderBuilder};

/// Declares the table of a provider: the keys that every such table has, its own, which of these are secrets, and which make a
/// credential. Programs read the last in the JSON Schema.
macro_rules! client_config {
    (
        $(#[$documentation:meta])*
        $config:ident { $($own:tt)* }
        secrets: $($secret:ident),+
        credential: $credential:literal
    ) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, expecting = "a table")]
        #[schemars(extend("x-credential" = $credential))]
        #[non_exhaustive]
        pub struct $config {
            /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
            pub name: Option<String>,
            /// Base URL instead of the vendor's: https, or http to this machine.
            pub base_url: Option<String>,
            /// Allows http to another machine. The network can then read credential and codes.
            #[serde(default)]
            pub allow_http: bool,
            $($own)*
            /// Options of this provider for requests that do not set them.
            #[serde(default)]
            pub defaults: $crate::config::DefaultsConfig,
            /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
            #[serde(default)]
            pub optional: bool,
        }

        impl $config {
            /// The error if the keys are those of no credential, or of several.
            #[allow(dead_code, reason = "a required key is always there")]
            fn credential_error(site: &$crate::config::Site<'_>) -> $crate::config::StackError {
                site.error(concat!("must have one credential: ", $credential))
            }

            /// The keys that hold secrets, with the sources of those that are set.
            pub(crate) fn secrets(&self) -> Vec<(&'static str, &$crate::config::SecretSource)> {
                let mut secrets = Vec::new();
                $(secrets.extend(Option::from(&self.$secret).map(|source| (stringify!($secret), source)));)+
                secrets
            }

            /// The base URL and the secrets that are set, in whose place tests put theirs.
            pub(crate) fn replaced_in_tests(
                &mut self,
            ) -> (&mut Option<String>, Vec<&mut $crate::config::SecretSource>) {
                let mut secrets = Vec::new();
                $(secrets.extend(Option::from(&mut self.$secret));)+
                (&mut self.base_url, secrets)
            }
        }
    };
}

pub(crate) use client_config;

/// How the table of a provider becomes the provider.
pub(crate) trait ClientConfig {
    type Provider: ClientProvider;

    /// A builder with the credential and the settings, and the key of the credential.
    fn builder(&self, site: &Site<'_>)
    -> Result<(ProviderBuilder<Self::Provider>, &'static str), StackError>;

    /// Prepares for secrets that tests make up.
    fn prepare_for_tests(&mut self) {}
}

/// Where a provider is built.
pub(crate) struct Site<'a> {
    pub(super) key: &'a str,
    pub(super) transport: &'a Transport,
    pub(super) environment: &'a HashMap<String, String>,
}

impl Site<'_> {
    pub(crate) fn secret(&self, key: &str, source: &SecretSource) -> Result<crate::Secret, StackError> {
        source.read(&format!("{}.{key}", self.key), self.environment)
    }

    /// An error of the whole table.
    pub(crate) fn error(&self, rule: &str) -> StackError {
        StackError::new(self.key, rule)
    }

    pub(super) fn finish<P: ClientProvider + OtpProvider>(
        &self,
        mut builder: ProviderBuilder<P>,
        credential: &str,
        name: Option<String>,
        base_url: Option<String>,
        allow_http: bool,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        builder = builder.transport(self.transport.clone());
        if let Some(name) = name {
            builder = builder.name(name);
        }
        if let Some(base_url) = base_url {
            builder = builder.base_url(base_url);
        }
        if allow_http {
            builder = builder.allow_http();
        }
        let renamed = [("credential", credential), ("lifetime", "lifetime_seconds")];
        let error = |error| StackError::of_setting(self.key, &error, &renamed);
        Ok(Box::new(builder.build().map_err(error)?))
    }
}
