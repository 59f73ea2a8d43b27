//! SMSCX in a configuration.

use crate::config::{ClientConfig, SecretSource, Site, StackError, client_config};
use crate::providers::{ProviderBuilder, Smscx};

client_config! {
    /// SMSCX, with one of three credentials: `api_key`, `bearer`, or `client_id` and `client_secret`.
    SmscxConfig {
        /// Source of the account's API key.
        pub api_key: Option<SecretSource>,
        /// Source of the bearer token.
        pub bearer: Option<SecretSource>,
        /// An application's id.
        pub client_id: Option<String>,
        /// Source of the application's secret.
        pub client_secret: Option<SecretSource>,
    }
    secrets: api_key, bearer, client_secret
    credential: "api_key, bearer, or client_id and client_secret"
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
            _ => Err(Self::credential_error(site)),
        }
    }
}
