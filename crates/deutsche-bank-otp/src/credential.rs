//! Credentials of Deutsche Bank.

use std::fmt;

use progenitor_client::oauth::{OnRotation, RefreshToken};
use progenitor_client::{ConfigError, Destination, IntoCredential, Secret, TokenSource};

/// A bearer token of the customer, who has consented to one of the scopes of the API. A challenge belongs to the owner
/// of the token, and its proof to the token itself.
pub struct Credential(Kind);

enum Kind {
    Ready(progenitor_client::Credential),
    Refresh {
        client_id: String,
        client_secret: Secret,
        refresh_token: Secret,
        on_rotation: Option<OnRotation>,
    },
}

impl Credential {
    /// A token that does not change.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::bearer(token)))
    }

    /// Tokens from your own source.
    pub fn token_source(source: impl TokenSource) -> Self {
        Self(Kind::Ready(progenitor_client::Credential::token_source(source)))
    }

    /// Tokens from the bank's token endpoint, `/gw/oidc/token`, for a refresh token.
    ///
    /// The bank may issue a new refresh token each time, which invalidates the old one: `on_rotation` is called with each
    /// new one. Store it for the next start.
    pub fn refresh_token(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        refresh_token: impl Into<Secret>,
        on_rotation: Option<OnRotation>,
    ) -> Self {
        let (client_id, client_secret) = (client_id.into(), client_secret.into());
        Self(Kind::Refresh { client_id, client_secret, refresh_token: refresh_token.into(), on_rotation })
    }
}

impl IntoCredential for Credential {
    fn into_credential(
        self,
        destination: &Destination,
    ) -> Result<progenitor_client::Credential, ConfigError> {
        match self.0 {
            Kind::Ready(credential) => Ok(credential),
            Kind::Refresh { client_id, client_secret, refresh_token, on_rotation } => {
                let path = "/gw/oidc/token";
                let source = RefreshToken::new(
                    destination,
                    path,
                    client_id,
                    client_secret,
                    refresh_token,
                    on_rotation,
                )?;
                Ok(progenitor_client::Credential::token_source(source))
            }
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential(…)")
    }
}
