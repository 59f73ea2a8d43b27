//! Credentials of Vonage.

use progenitor_client::{ConfigError, Destination, IntoCredential, Secret, TokenSource};

use crate::jwt::ApplicationTokens;

/// A JWT of an application, or the account's API key.
#[derive(Clone, Debug)]
pub struct Credential(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Ready(progenitor_client::Credential),
    Application { id: String, private_key: Secret },
}

impl Credential {
    /// An application's id (a UUID) and its private key, in PEM. Each JWT is made here, is good for 15 minutes, and is replaced
    /// before it ends. Callbacks need an application.
    pub fn application(id: impl Into<String>, private_key: impl Into<Secret>) -> Self {
        Self(Kind::Application { id: id.into(), private_key: private_key.into() })
    }

    /// The account's API key and API secret, by HTTP Basic. There are no callbacks with it.
    pub fn api_key(key: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::basic(key, secret)))
    }

    /// A JWT that does not change.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::bearer(token)))
    }

    /// JWTs from your own source.
    pub fn token_source(source: impl TokenSource) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::token_source(source)))
    }
}

impl IntoCredential for Credential {
    fn into_credential(self, _: &Destination) -> Result<progenitor_client::Credential, ConfigError> {
        match self.0 {
            Kind::Ready(credential) => Ok(credential),
            Kind::Application { id, private_key } => {
                let source = ApplicationTokens::new(id, &private_key)?;
                Ok(progenitor_client::Credential::token_source(source))
            }
        }
    }
}
