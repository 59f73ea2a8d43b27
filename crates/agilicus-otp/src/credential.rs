//! Credentials of Agilicus.

use progenitor_client::{ConfigError, Destination, IntoCredential, Secret, TokenSource};

/// A bearer token (JWT). The four operations that the API declares without security are sent without it.
#[derive(Clone, Debug)]
pub struct Credential(progenitor_client::Credential);

impl Credential {
    /// A token that does not change.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(progenitor_client::Credential::bearer(token))
    }

    /// Tokens from your own source.
    pub fn token_source(source: impl TokenSource) -> Self {
        Self(progenitor_client::Credential::token_source(source))
    }
}

impl IntoCredential for Credential {
    fn into_credential(self, _: &Destination) -> Result<progenitor_client::Credential, ConfigError> {
        Ok(self.0)
    }
}
