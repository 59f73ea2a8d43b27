//! Equinix Metal in a configuration.

use crate::config::{ClientConfig, SecretSource, Site, StackError, client_config};
use crate::providers::{EquinixMetal, ProviderBuilder};

client_config! {
    /// Equinix Metal.
    EquinixMetalConfig {
        /// Source of the API key.
        pub auth_token: SecretSource,
    }
    secrets: auth_token
    credential: "auth_token"
}

impl ClientConfig for EquinixMetalConfig {
    type Provider = EquinixMetal;

    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<EquinixMetal>, &'static str), StackError> {
        let builder = EquinixMetal::builder().auth_token(site.secret("auth_token", &self.auth_token)?);
        Ok((builder, "auth_token"))
    }
}
