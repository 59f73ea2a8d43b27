//! A provider's table in a stack's configuration, which makes a client of the sandbox.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::credential::secret_for;
use crate::services::Setting;
use crate::{Provider, Sandbox};

/// A provider's table in a configuration of the crate `otp-facade`, and the environment variables that it names.
///
/// The values work in the sandbox only, so `Debug` shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Configuration {
    /// The table, an entry of `providers`.
    pub table: Value,
    /// The variables from which the table takes its secrets.
    pub environment: HashMap<String, String>,
}

impl Provider {
    /// The table of this provider without an address. A client that is built from it calls the vendor, with a credential
    /// that is not valid there.
    #[must_use]
    pub fn configuration(self) -> Configuration {
        let mut configuration =
            Configuration { table: json!({ "provider": self.slug() }), environment: HashMap::new() };
        for (key, setting) in self.settings() {
            configuration.table[*key] = match setting {
                Setting::Text(text) => json!(text),
                Setting::Secret => {
                    let variable = format!("{self}_{key}").to_uppercase().replace('-', "_");
                    configuration.environment.insert(variable.clone(), secret_for(self));
                    json!({ "env": variable })
                }
            };
        }
        configuration
    }
}

impl Sandbox {
    /// The table of this provider in a configuration of the crate `otp-facade`, with the address of this sandbox.
    ///
    /// `StackConfig` reads such tables in the list `providers`, and `StackConfig::build_with` takes the variables. The example
    /// `lifecycle` of `otp-facade` builds every provider from them.
    #[must_use]
    pub fn configuration(&self, provider: Provider) -> Configuration {
        let mut configuration = provider.configuration();
        configuration.table["base_url"] = json!(self.base_url(provider));
        if !self.state().port(provider).listener.address().ip().is_loopback() {
            configuration.table["allow_http"] = json!(true);
        }
        configuration
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn a_sandbox_that_other_machines_can_reach_needs_plain_http_to_be_allowed() {
        let local = Sandbox::start().await.unwrap();
        let remote = Sandbox::builder().host(Ipv4Addr::UNSPECIFIED.into()).allow_remote(true);
        let remote = remote.start().await.unwrap();
        for provider in Provider::ALL {
            assert_eq!(local.configuration(provider).table.get("allow_http"), None);
            let table = remote.configuration(provider).table;
            assert_eq!(table["allow_http"], true);
            assert_eq!(table["base_url"], remote.base_url(provider));
        }
    }

    #[test]
    fn every_secret_is_in_the_environment() {
        for provider in Provider::ALL {
            let Configuration { table, environment } = provider.configuration();
            let named: Vec<_> =
                table.as_object().unwrap().values().filter_map(|it| it["env"].as_str()).collect();
            assert!(!named.is_empty() && named.len() == environment.len(), "{table}");
            assert!(named.iter().all(|variable| environment.contains_key(*variable)), "{table}");
        }
    }
}
