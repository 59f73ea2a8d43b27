//! Deutsche Bank in a configuration.

use crate::config::{ClientConfig, SecretSource, Site, StackError, client_config};
use crate::providers::{DeutscheBank, ProviderBuilder};

client_config! {
    /// Deutsche Bank.
    DeutscheBankConfig {
        /// Source of the bearer token.
        pub bearer: SecretSource,
    }
    secrets: bearer
    credential: "bearer"
}

impl ClientConfig for DeutscheBankConfig {
    type Provider = DeutscheBank;

    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<DeutscheBank>, &'static str), StackError> {
        let builder = DeutscheBank::builder().bearer(site.secret("bearer", &self.bearer)?);
        Ok((builder, "bearer"))
    }
}
