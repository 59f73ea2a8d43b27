//! JWTs of an application, made here.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use progenitor_client::{ConfigError, Secret, Token, TokenError, TokenSource, async_trait};
use serde::Serialize;
use uuid::Uuid;

use crate::crypto;

/// As long as the vendor's own clients make them.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Signs a JWT whenever the last one is about to end.
pub(crate) struct ApplicationTokens {
    id: String,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    application_id: &'a str,
    iat: u64,
    exp: u64,
    jti: Uuid,
}

impl ApplicationTokens {
    pub(crate) fn new(id: String, private_key: &Secret) -> Result<Self, ConfigError> {
        if Uuid::parse_str(&id).is_err() {
            return Err(ConfigError::new("application_id", "must be a UUID"));
        }
        let key = EncodingKey::from_rsa_pem(private_key.expose().as_bytes()).ok();
        // Without a key that can sign, each call would fail.
        let key = key.filter(|key| crypto::is_rsa_key(key.as_bytes()));
        let rule = "must be an RSA key of 2048 to 4096 bits in PEM: the file private.key of the application";
        let key = key.ok_or_else(|| ConfigError::new("private_key", rule))?;
        crypto::install();
        Ok(Self { id, key })
    }
}

#[async_trait]
impl TokenSource for ApplicationTokens {
    async fn fetch(&self) -> Result<Token, TokenError> {
        let iat = jsonwebtoken::get_current_timestamp();
        let exp = iat + LIFETIME.as_secs();
        let claims = Claims { application_id: &self.id, iat, exp, jti: Uuid::new_v4() };
        // The error of the library may quote the key: it is not passed on.
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map_err(|_| TokenError::refused("the private key cannot sign"))?;
        Ok(Token::new(token).with_expires_in(LIFETIME))
    }
}
