//! Credentials, and the header that carries one.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
    Basic { user: Secret, password: Secret },
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

    /// A user and a password by HTTP Basic (RFC 7617), or what an API takes in their place, such as a key and its secret.
    pub fn basic(user: impl Into<Secret>, password: impl Into<Secret>) -> Self {
        let value = Value::Basic { user: user.into(), password: password.into() };
        Self { header: AUTHORIZATION, prefix: "Basic ", value }
    }

    /// Bearer tokens from a source.
    pub fn token_source(source: impl TokenSource) -> Self {
        let cache = TokenCache::new(Arc::new(source));
        Self { header: AUTHORIZATION, prefix: "Bearer ", value: Value::Refreshing(cache) }
    }

    /// The secret, if it never changes.
    pub(crate) fn static_secret(&self) -> Option<&Secret> {
        match &self.value {
            Value::Static(secret) | Value::Basic { password: secret, .. } => Some(secret),
            Value::Refreshing(_) => None,
        }
    }

    /// Checks before the first call that the credential can be sent.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        match &self.value {
            Value::Static(secret) => check_secret(secret),
            Value::Basic { user, password } => check_basic(user, password),
            Value::Refreshing(_) => Ok(()),
        }
    }

    /// The header of a credential that does not change. `None` if it is not one, or cannot be sent:
    /// [`auth_header`](Self::auth_header) then has the token or the error.
    pub(crate) fn static_header(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = match &self.value {
            Value::Static(secret) => self.header_value(secret),
            Value::Basic { user, password } => self.basic_value(user, password),
            Value::Refreshing(_) => return None,
        };
        Some((self.header.clone(), value.ok()?))
    }

    pub(crate) async fn auth_header(&self, rejected: Option<&CachedToken>) -> Result<AuthHeader, TokenError> {
        let (value, token) = match &self.value {
            Value::Static(secret) => (self.header_value(secret), None),
            Value::Basic { user, password } => (self.basic_value(user, password), None),
            Value::Refreshing(cache) => {
                let current = cache.get(rejected).await?;
                (self.header_value(&current.secret), Some(current))
            }
        };
        let value = value.map_err(|error| TokenError::refused(error.to_string()))?;
        Ok(AuthHeader { header: self.header.clone(), value, token })
    }

    fn basic_value(&self, user: &Secret, password: &Secret) -> Result<HeaderValue, ConfigError> {
        check_basic(user, password)?;
        self.header_value(&encode_basic(user, password))
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

/// RFC 7617, section 2: the user ends at the first colon, and control characters are not allowed.
fn check_basic(user: &Secret, password: &Secret) -> Result<(), ConfigError> {
    let (user, password) = (user.expose(), password.expose());
    if user.is_empty() || password.is_empty() {
        return Err(ConfigError::new("credential", "user and password must not be empty"));
    }
    if user.contains(':') {
        return Err(ConfigError::new("credential", "the user must not contain a colon"));
    }
    if user.chars().chain(password.chars()).any(char::is_control) {
        return Err(ConfigError::new("credential", "user and password must not contain control characters"));
    }
    Ok(())
}

fn encode_basic(user: &Secret, password: &Secret) -> Secret {
    STANDARD.encode([user.expose(), ":", password.expose()].concat()).into()
}

fn not_visible() -> ConfigError {
    ConfigError::new("credential", "must consist of visible ASCII characters without spaces")
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.value {
            Value::Static(_) | Value::Basic { .. } => "static",
            Value::Refreshing(_) => "refreshing",
        };
        formatter.debug_struct("Credential").field("header", &self.header).field("value", &kind).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn basic_is_the_pair_in_base64_and_prints_neither() {
        let credential = Credential::basic("Aladdin", "open sesame");
        credential.check().unwrap();
        let sent = credential.auth_header(None).await.ok().unwrap();
        assert_eq!(sent.header, AUTHORIZATION);
        assert_eq!(sent.value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(sent.value.is_sensitive());
        let printed = format!("{credential:?} {:?}", sent.value);
        for secret in ["Aladdin", "sesame", "QWxh"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }

    #[test]
    fn the_header_that_a_client_keeps_carries_the_secret_and_does_not_print_it() {
        let cases = [
            (Credential::header("x-api-key", "open sesame"), "open sesame"),
            (Credential::bearer("sesame"), "Bearer sesame"),
            (Credential::basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ];
        for (credential, sent) in cases {
            let kept = credential.static_header().unwrap();
            assert_eq!(kept.1, sent);
            let printed = format!("{kept:?}");
            assert!(!printed.contains("sesame") && !printed.contains("QWxh"), "{printed}");
        }
    }

    #[test]
    fn a_pair_that_basic_cannot_carry_is_refused_before_the_first_call() {
        let cases = [
            ("", "x", "must not be empty"),
            ("key", "", "must not be empty"),
            ("a:b", "secret", "must not contain a colon"),
            ("key", "line\nbreak", "must not contain control characters"),
        ];
        for (user, password, rule) in cases {
            let error = Credential::basic(user, password).check().unwrap_err().to_string();
            assert!(error.contains(rule), "{error}");
        }
        Credential::basic("kéy", "a:b").check().unwrap();
    }
}
