//! SMSCX in a configuration.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{ClientConfig, DefaultsConfig, SecretSource, Site, StackError};
use crate::providers::{ProviderBuilder, Smscx};

/// SMSCX, with one of three credentials: `api_key`, `bearer`, or `client_id` and `client_secret`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct SmscxConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// Source of the account's API key.
    pub api_key: Option<SecretSource>,
    /// Source of the bearer token.
    pub bearer: Option<SecretSource>,
    /// An application's id.
    pub client_id: Option<String>,
    /// Source of the application's secret.
    pub client_secret: Option<SecretSource>,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

impl ClientConfig for SmscxConfig {
    type Provider = Smscx;

    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Smscx>, &'static str), StackError> {
        let builder = Smscx::builder();
        match (&self.api_key, &self.bearer, &self.client_id, &self.client_secret) {
            (Some(key), None, None, None) => Ok((builder.api_key(site.secret("api_key", key)?), "api_key")),
            (None, Some(token), None, None) => Ok((builder.bearer(site.secret("bearer", token)?), "bearer")),
            (None, None, Some(id), Some(secret)) => {
                let secret = site.secret("client_secret", secret)?;
                Ok((builder.client_credentials(id, secret), "client_secret"))
            }
            _ => Err(site.error("must have one credential: api_key, bearer, or client_id and client_secret")),
        }
    }

    fn replaced_in_tests(&mut self) -> (&mut Option<String>, Vec<&mut SecretSource>) {
        let secrets = [&mut self.api_key, &mut self.bearer, &mut self.client_secret];
        (&mut self.base_url, secrets.into_iter().flatten().collect())
    }
}
