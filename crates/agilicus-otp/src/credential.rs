//! What Agilicus takes as a credential.

use progenitor_client::{ConfigError, Destination, IntoCredential, Secret, TokenSource};

/// A bearer token (JWT). The four operations that anybody may call go out without it.
#[derive(Clone, Debug)]
pub struct Credential(progenitor_client::Credential);

impl Credential {
    /// A token that does not change.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(progenitor_client::Credential::bearer(token))
    }

    /// Tokens from a source of yours.
    pub fn token_source(source: impl TokenSource) -> Self {
        Self(progenitor_client::Credential::token_source(source))
    }
}

impl IntoCredential for Credential {
    fn into_credential(self, _: &Destination) -> Result<progenitor_client::Credential, ConfigError> {
        Ok(self.0)
    }
}
