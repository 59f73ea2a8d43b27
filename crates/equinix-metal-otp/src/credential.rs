//! Credentials of Equinix Metal.

use progenitor_client::{ConfigError, Destination, IntoCredential, Secret};

/// A user's or project's API key (`X-Auth-Token`). Every operation acts on the owner of the key.
#[derive(Clone, Debug)]
pub struct Credential(progenitor_client::Credential);

impl Credential {
    /// An API key.
    pub fn auth_token(token: impl Into<Secret>) -> Self {
        Self(progenitor_client::Credential::header("x-auth-token", token))
    }
}

impl IntoCredential for Credential {
    fn into_credential(self, _: &Destination) -> Result<progenitor_client::Credential, ConfigError> {
        Ok(self.0)
    }
}
