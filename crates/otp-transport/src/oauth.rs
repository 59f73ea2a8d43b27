//! OAuth 2 token endpoints (RFC 6749), as far as these services use them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use reqwest::{StatusCode, Url};

use crate::client_builder::Destination;
use crate::config_error::ConfigError;
use crate::error::ErrorKind;
use crate::secret::Secret;
use crate::session::{classify_send_error, complete, read_body};
use crate::token::{Token, TokenError, TokenSource};
use crate::token_response::TokenResponse;
use crate::transport::Transport;

/// A token endpoint, with the client's id and secret for HTTP Basic authentication.
struct Endpoint {
    url: Url,
    client: reqwest::Client,
    transport: Transport,
    client_id: String,
    client_secret: Secret,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Endpoint").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Endpoint {
    fn new(
        destination: &Destination,
        path: &str,
        client_id: String,
        client_secret: Secret,
    ) -> Result<Self, ConfigError> {
        if client_id.is_empty() {
            return Err(ConfigError::new("client_id", "must not be empty"));
        }
        if client_secret.expose().is_empty() {
            return Err(ConfigError::new("client_secret", "must not be empty"));
        }
        let (url, client) = (destination.same_host(path), destination.client()?);
        Ok(Self { url, client, transport: destination.transport().clone(), client_id, client_secret })
    }

    async fn request(&self, form: &[(&str, &str)]) -> Result<TokenResponse, TokenError> {
        // RFC 6749, 2.3.1: id and secret are form-encoded before they go into HTTP Basic. That is a rule of token
        // endpoints only; an API with Basic authentication of its own (RFC 7617) takes them as they are.
        let client_secret = form_encoded(self.client_secret.expose());
        let request = self.client.post(self.url.clone());
        let request = request.basic_auth(form_encoded(&self.client_id), Some(client_secret));
        let request = request
            .header(reqwest::header::ACCEPT, "application/json")
            .header(reqwest::header::ACCEPT_ENCODING, "identity")
            .form(form);
        let mut response = request.send().await.map_err(|error| {
            TokenError::unavailable(format!(
                "the token endpoint: {}",
                classify_send_error(&error, true).as_str()
            ))
        })?;
        let limit = self.transport.max_response_bytes();
        let body = read_body(&mut response, limit).await;
        let response = complete(response, body, "token", limit);
        match response.status {
            status if status.is_success() => {
                let issued =
                    response.body.and_then(|body| TokenResponse::read(&body).ok_or(ErrorKind::Decode));
                issued
                    .map_err(|kind| TokenError::unavailable(format!("the token endpoint: {}", kind.as_str())))
            }
            // A 429 is about the moment. All other 4xx are about the credentials, and a retry would end the same way.
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                Err(TokenError::refused(format!(
                    "the token endpoint refused the client (status {})",
                    status.as_u16()
                )))
            }
            status => Err(TokenError::unavailable(format!(
                "the token endpoint failed (status {})",
                status.as_u16()
            ))),
        }
    }
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Tokens for the application itself (grant `client_credentials`).
#[derive(Debug)]
pub struct ClientCredentials {
    endpoint: Endpoint,
    scope: Option<String>,
}

impl ClientCredentials {
    /// The endpoint is on the host of the destination, at `path`.
    ///
    /// # Errors
    ///
    /// If id or secret are empty.
    pub fn new(
        destination: &Destination,
        path: &str,
        client_id: String,
        client_secret: Secret,
        scope: Option<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self { endpoint: Endpoint::new(destination, path, client_id, client_secret)?, scope })
    }
}

#[async_trait]
impl TokenSource for ClientCredentials {
    async fn fetch(&self) -> Result<Token, TokenError> {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        self.endpoint.request(&form).await?.token
    }
}

/// Called with each new refresh token, which replaces the last.
///
/// The client uses the new one even if this panics: a panic only reaches the panic hook.
pub type OnRotation = Box<dyn Fn(&Secret) + Send + Sync>;

/// Tokens for a user who has consented (grant `refresh_token`).
pub struct RefreshToken {
    endpoint: Endpoint,
    refresh_token: Mutex<Secret>,
    on_rotation: Option<OnRotation>,
}

impl RefreshToken {
    /// The endpoint is on the host of the destination, at `path`.
    ///
    /// # Errors
    ///
    /// If id, secret or refresh token are empty.
    pub fn new(
        destination: &Destination,
        path: &str,
        client_id: String,
        client_secret: Secret,
        refresh_token: Secret,
        on_rotation: Option<OnRotation>,
    ) -> Result<Self, ConfigError> {
        if refresh_token.expose().is_empty() {
            return Err(ConfigError::new("refresh_token", "must not be empty"));
        }
        let endpoint = Endpoint::new(destination, path, client_id, client_secret)?;
        Ok(Self { endpoint, refresh_token: Mutex::new(refresh_token), on_rotation })
    }

    fn current(&self) -> Secret {
        self.refresh_token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The old token may be invalid from now on, so the new one is stored before foreign code runs.
    fn rotate(&self, next: Secret) {
        *self.refresh_token.lock().unwrap_or_else(PoisonError::into_inner) = next.clone();
        if let Some(on_rotation) = &self.on_rotation {
            // The panic hook has reported it; the access token that came with it is still good.
            let _ = catch_unwind(AssertUnwindSafe(|| on_rotation(&next)));
        }
    }
}

#[async_trait]
impl TokenSource for RefreshToken {
    async fn fetch(&self) -> Result<Token, TokenError> {
        let refresh_token = self.current();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        let issued = self.endpoint.request(&form).await?;
        // Before the access token is looked at: where that cannot be used, the old refresh token is gone all the same.
        if let Some(next) = issued.refresh_token {
            self.rotate(next);
        }
        issued.token
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RefreshToken").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
