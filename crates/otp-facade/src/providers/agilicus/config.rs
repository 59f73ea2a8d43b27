//! Agilicus in a configuration.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{ClientConfig, DefaultsConfig, SecretSource, Site, StackError};
use crate::providers::{Agilicus, ProviderBuilder};

/// Agilicus.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct AgilicusConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// Source of the bearer token.
    pub bearer: SecretSource,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

impl ClientConfig for AgilicusConfig {
    type Provider = Agilicus;

    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Agilicus>, &'static str), StackError> {
        let builder = Agilicus::builder().bearer(site.secret("bearer", &self.bearer)?);
        Ok((builder, "bearer"))
    }

    fn replaced_in_tests(&mut self) -> (&mut Option<String>, Vec<&mut SecretSource>) {
        (&mut self.base_url, vec![&mut self.bearer])
    }
}
