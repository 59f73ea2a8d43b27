//! Credentials of Twilio.

use progenitor_client::{ConfigError, Destination, IntoCredential, Secret};

/// A SID and its secret, by HTTP Basic.
#[derive(Clone, Debug)]
pub struct Credential(progenitor_client::Credential);

impl Credential {
    /// The SID of the account (`AC…`) and its auth token. It may do everything: prefer an API key.
    pub fn auth_token(account_sid: impl Into<Secret>, auth_token: impl Into<Secret>) -> Self {
        Self(progenitor_client::Credential::basic(account_sid, auth_token))
    }

    /// The SID of an API key (`SK…`) and its secret. It can be revoked by itself.
    pub fn api_key(sid: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self(progenitor_client::Credential::basic(sid, secret))
    }
}

impl IntoCredential for Credential {
    fn into_credential(self, _: &Destination) -> Result<progenitor_client::Credential, ConfigError> {
        Ok(self.0)
    }
}
