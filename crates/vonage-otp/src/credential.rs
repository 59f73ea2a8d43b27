//! Credentials of Vonage.

use progenitor_client::{ConfigError, Destination, IntoCredential, Secret};

/// A JWT of an application, or the account's API key.
#[derive(Clone, Debug)]
pub struct Credential(progenitor_client::Credential);

impl Credential {
    /// The account's API key and API secret, by HTTP Basic. Callbacks need an application, and so a JWT.
    pub fn api_key(key: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self(progenitor_client::Credential::basic(key, secret))
    }
}

impl IntoCredential for Credential {
    fn into_credential(self, _: &Destination) -> Result<progenitor_client::Credential, ConfigError> {
        Ok(self.0)
    }
}
