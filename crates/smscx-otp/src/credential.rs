//! Credentials of SMSCX.

use progenitor_client::oauth::ClientCredentials;
use progenitor_client::{ConfigError, Destination, IntoCredential, Secret, TokenSource};

/// An API key or a bearer token: one of them, never both.
#[derive(Clone, Debug)]
pub struct Credential(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Ready(progenitor_client::Credential),
    Application { id: String, secret: Secret, scope: Option<String> },
}

impl Credential {
    /// An API key (`X-API-KEY`).
    pub fn api_key(key: impl Into<Secret>) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::header("x-api-key", key)))
    }

    /// A bearer token that does not change.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::bearer(token)))
    }

    /// Tokens from your own source.
    pub fn token_source(source: impl TokenSource) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::token_source(source)))
    }

    /// Bearer tokens from `POST /oauth/token` for an application id and its secret. `scope` names the scopes wanted,
    /// separated by spaces; none means all that the application has.
    pub fn client_credentials(
        id: impl Into<String>,
        secret: impl Into<Secret>,
        scope: Option<String>,
    ) -> Self {
        Self(Kind::Application { id: id.into(), secret: secret.into(), scope })
    }
}

impl IntoCredential for Credential {
    fn into_credential(
        self,
        destination: &Destination,
    ) -> Result<progenitor_client::Credential, ConfigError> {
        match self.0 {
            Kind::Ready(credential) => Ok(credential),
            Kind::Application { id, secret, scope } => {
                let source = ClientCredentials::new(destination, "/oauth/token", id, secret, scope)?;
                Ok(progenitor_client::Credential::token_source(source))
            }
        }
    }
}
