//! Agilicus in a configuration.

use crate::config::{ClientConfig, SecretSource, Site, StackError, client_config};
use crate::providers::{Agilicus, ProviderBuilder};

client_config! {
    /// Agilicus.
    AgilicusConfig {
        /// Source of the bearer token.
        pub bearer: SecretSource,
    }
    secrets: bearer
    credential: "bearer"
}

impl ClientConfig for AgilicusConfig {
    type Provider = Agilicus;

    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Agilicus>, &'static str), StackError> {
        let builder = Agilicus::builder().bearer(site.secret("bearer", &self.bearer)?);
        Ok((builder, "bearer"))
    }
}
