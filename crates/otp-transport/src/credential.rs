//! Credentials, and the header that carries one.

use std::fmt;
use std::sync::Arc;

use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::config_error::ConfigError;
use crate::secret::Secret;
use crate::token::{CachedToken, TokenCache, TokenError, TokenSource};

/// One credential in one header. Each client crate has its own type with what its service accepts.
#[derive(Clone)]
pub struct Credential {
    header: HeaderName,
    prefix: &'static str,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Static(Secret),
    Refreshing(TokenCache),
}

/// A header value, and the token that it came from if that can be renewed.
pub(crate) struct AuthHeader {
    pub(crate) header: HeaderName,
    pub(crate) value: HeaderValue,
    pub(crate) token: Option<CachedToken>,
}

impl Credential {
    /// A key in a header of its own.
    pub fn header(name: &'static str, key: impl Into<Secret>) -> Self {
        Self { header: HeaderName::from_static(name), prefix: "", value: Value::Static(key.into()) }
    }

    /// A bearer token that does not change.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self { header: AUTHORIZATION, prefix: "Bearer ", value: Value::Static(token.into()) }
    }

    /// Bearer tokens from a source.
    pub fn token_source(source: impl TokenSource) -> Self {
        let cache = TokenCache::new(Arc::new(source));
        Self { header: AUTHORIZATION, prefix: "Bearer ", value: Value::Refreshing(cache) }
    }

    /// The secret, if it never changes.
    pub(crate) fn static_secret(&self) -> Option<&Secret> {
        match &self.value {
            Value::Static(secret) => Some(secret),
            Value::Refreshing(_) => None,
        }
    }

    /// Checks before the first call that the credential can be sent.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let Value::Static(secret) = &self.value else { return Ok(()) };
        check_secret(secret)
    }

    /// Puts the header of a credential that does not change onto a request. False if it is not one, or cannot be sent:
    /// [`auth_header`](Self::auth_header) then has the token or the error.
    pub(crate) fn insert_static(&self, request: &mut Request) -> bool {
        let Value::Static(secret) = &self.value else { return false };
        let value = self.header_value(secret);
        value.map(|value| request.headers_mut().insert(self.header.clone(), value)).is_ok()
    }

    pub(crate) async fn auth_header(&self, rejected: Option<&CachedToken>) -> Result<AuthHeader, TokenError> {
        let (value, token) = match &self.value {
            Value::Static(secret) => (self.header_value(secret), None),
            Value::Refreshing(cache) => {
                let current = cache.get(rejected).await?;
                (self.header_value(&current.secret), Some(current))
            }
        };
        let value = value.map_err(|error| TokenError::refused(error.to_string()))?;
        Ok(AuthHeader { header: self.header.clone(), value, token })
    }

    fn header_value(&self, secret: &Secret) -> Result<HeaderValue, ConfigError> {
        // Not checked here, for each call: a static credential was when the client was built, a token when it came.
        let mut value =
            HeaderValue::try_from([self.prefix, secret.expose()].concat()).map_err(|_| not_visible())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Whether a server can take this as a credential.
pub(crate) fn check_secret(secret: &Secret) -> Result<(), ConfigError> {
    if secret.expose().is_empty() {
        return Err(ConfigError::new("credential", "must not be empty"));
    }
    let visible = secret.expose().bytes().all(|byte| byte.is_ascii_graphic());
    visible.then_some(()).ok_or_else(not_visible)
}

fn not_visible() -> ConfigError {
    ConfigError::new("credential", "must consist of visible ASCII characters without spaces")
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.value {
            Value::Static(_) => "static",
            Value::Refreshing(_) => "refreshing",
        };
        formatter.debug_struct("Credential").field("header", &self.header).field("value", &kind).finish()
    }
}
