//! Twilio in a configuration.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::config::{ClientConfig, SecretSource, Site, StackError, client_config};
use crate::providers::{ProviderBuilder, Twilio};

client_config! {
    /// Twilio Verify, with one of two credentials: `api_key_sid` and `api_key_secret`, or `account_sid` and `auth_token`.
    TwilioConfig {
        /// SID of the Verify service, `VA…`.
        pub service_sid: String,
        /// SID of an API key, `SK…`.
        pub api_key_sid: Option<String>,
        /// Source of the API key's secret.
        pub api_key_secret: Option<SecretSource>,
        /// SID of the account, `AC…`.
        pub account_sid: Option<String>,
        /// Source of the account's auth token.
        pub auth_token: Option<SecretSource>,
        /// Brand in the message instead of the service's friendly name.
        pub brand: Option<String>,
        /// How long the service's codes are good for, in seconds. 600 by default.
        pub lifetime_seconds: Option<NonZeroU32>,
        /// Whether the service has PSD2 enabled.
        #[serde(default)]
        pub psd2: bool,
    }
    secrets: api_key_secret, auth_token
    credential: "account_sid and auth_token, or api_key_sid and api_key_secret"
}

impl ClientConfig for TwilioConfig {
    type Provider = Twilio;

    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Twilio>, &'static str), StackError> {
        let builder = Twilio::builder().service_sid(&self.service_sid);
        let account = (&self.account_sid, &self.auth_token);
        let (mut builder, credential) = match (account, &self.api_key_sid, &self.api_key_secret) {
            ((Some(sid), Some(token)), None, None) => {
                (builder.auth_token(sid.as_str(), site.secret("auth_token", token)?), "auth_token")
            }
            ((None, None), Some(sid), Some(secret)) => {
                (builder.api_key(sid.as_str(), site.secret("api_key_secret", secret)?), "api_key_secret")
            }
            _ => return Err(Self::credential_error(site)),
        };
        if let Some(brand) = &self.brand {
            builder = builder.brand(brand);
        }
        if let Some(seconds) = self.lifetime_seconds {
            builder = builder.lifetime(Duration::from_secs(seconds.get().into()));
        }
        if self.psd2 {
            builder = builder.psd2();
        }
        Ok((builder, credential))
    }
}
