//! Callbacks: checks the signature of what Vonage posts to the status URL of an application, and reads it.
//!
//! The URL is a setting of the application, not of a request. Vonage signs each callback with a JWT in `Authorization`: HS256, with
//! the signature secret of the account (dashboard, API settings), and a hash of the body in the claim `payload_hash`.
//!
//! Respond with a success soon: Vonage posts a callback again until it gets one, so that the same may come twice.
//! [`Callback::token_id`] tells which.
//!
//! **A callback says how a request ended, and not who typed the code.** Log nobody in by it.
//!
//! ```
//! use vonage_otp::callback::{CallbackError, SignatureSecret};
//!
//! let secret = SignatureSecret::new("the signature secret of the account")?;
//! let body = br#"{"type":"summary","request_id":"c11236f4-00bf-4b89-84ba-88b25df97315","status":"completed"}"#;
//! // Nothing is read before the signature fits.
//! let refused = secret.read(Some("Bearer e30.e30.e30"), body);
//! assert_eq!(refused.unwrap_err(), CallbackError::NotSigned);
//! # Ok::<(), vonage_otp::ConfigError>(())
//! ```

use std::fmt;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use progenitor_client::{ConfigError, Secret};
use serde::Deserialize;
use serde_json::Value;

use crate::crypto;
use crate::types::{CallbackEvent, CallbackSummary};

/// Maximum size of a callback: 64 KiB. Real ones have about a hundredth of that.
pub const MAX_BYTES: usize = 64 * 1024;

/// How old a callback may be, unless [`SignatureSecret::with_max_age`] says otherwise. Vonage posts one again for hours.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// By how much the clock of Vonage may be ahead.
const SKEW: u64 = 5 * 60;

/// Operation in the log where a property is not of the documented form.
const OPERATION: &str = "callback";

/// A callback that Vonage signed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Callback {
    /// What happened.
    pub content: Content,
    /// Id of the token that signed it (`jti`), the same for each copy of one callback, if there is one.
    pub token_id: Option<String>,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Content {
    /// A request is over.
    Summary(CallbackSummary),
    /// Something happened to a step of a request.
    Event(CallbackEvent),
}

/// The signature secret of the account, which checks callbacks.
#[derive(Clone)]
pub struct SignatureSecret {
    key: DecodingKey,
    max_age: Duration,
}

#[derive(Deserialize)]
struct Claims {
    iat: Option<u64>,
    jti: Option<String>,
    payload_hash: Option<String>,
}

impl SignatureSecret {
    /// The secret as the dashboard shows it.
    ///
    /// # Errors
    ///
    /// If it is empty.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let refused = || ConfigError::new("signature_secret", "must not be empty");
        let secret: Secret = secret.into();
        if secret.expose().is_empty() {
            return Err(refused());
        }
        crypto::install();
        let key = DecodingKey::from_secret(secret.expose().as_bytes()).map_err(|_| refused())?;
        Ok(Self { key, max_age: MAX_AGE })
    }

    /// Sets how old a callback may be, a day by default. One that is refused is lost: Vonage signs a copy as it signed the first.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Checks the signature of a callback and reads it. `authorization` is the header of that name.
    ///
    /// Unknown properties and values are ignored. A property that does not fit is left out, as long as the id of the request can
    /// be read. The body is in memory already: set [`MAX_BYTES`] in the HTTP server, too.
    ///
    /// # Errors
    ///
    /// If the body is too long, the token is missing, malformed, too old or signed with another secret, it was not made for
    /// this body, or the body is no callback.
    pub fn read(&self, authorization: Option<&str>, body: &[u8]) -> Result<Callback, CallbackError> {
        if body.len() > MAX_BYTES {
            return Err(CallbackError::TooLong { bytes: body.len() });
        }
        let claims = self.claims(authorization.ok_or(CallbackError::NotSigned)?)?;
        let now = jsonwebtoken::get_current_timestamp();
        // Without a time, a token could be used for ever.
        let is_fresh =
            |iat: u64| iat <= now.saturating_add(SKEW) && now.saturating_sub(iat) <= self.max_age.as_secs();
        if !claims.iat.is_some_and(is_fresh) {
            return Err(CallbackError::TooOld);
        }
        // Without a hash, a token would sign any body.
        let hash = claims.payload_hash.unwrap_or_default();
        if !hash.eq_ignore_ascii_case(&crypto::sha256_hex(body)) {
            return Err(CallbackError::OtherBody);
        }
        Ok(Callback { content: Content::read(body)?, token_id: claims.jti })
    }

    fn claims(&self, authorization: &str) -> Result<Claims, CallbackError> {
        let (scheme, token) = authorization.split_once(' ').ok_or(CallbackError::NotSigned)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(CallbackError::NotSigned);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_aud = false;
        // The error of the library may quote the token: only that there is one is kept.
        let token = jsonwebtoken::decode(token.trim(), &self.key, &validation);
        token.map(|token| token.claims).map_err(|_| CallbackError::NotSigned)
    }
}

impl Content {
    fn read(body: &[u8]) -> Result<Self, CallbackError> {
        let mut tree: Value = serde_json::from_slice(body)
            .map_err(|error| CallbackError::NotJson { line: error.line(), column: error.column() })?;
        let properties = tree.as_object_mut().ok_or(CallbackError::NotACallback)?;
        // The document has an object, the vendor's examples a list of one.
        if let Some(action) = properties.get_mut("action").filter(|action| action.is_object()) {
            *action = Value::Array(vec![action.take()]);
        }
        let is_summary = match properties.get("type").and_then(Value::as_str) {
            Some("summary") => true,
            Some("event") => false,
            _ => properties.contains_key("workflow"),
        };
        let body = tree.to_string();
        let content = match is_summary {
            true => progenitor_client::decode_leniently(OPERATION, body.as_bytes()).map(Self::Summary),
            false => progenitor_client::decode_leniently(OPERATION, body.as_bytes()).map(Self::Event),
        };
        content.map_err(|_| CallbackError::NotACallback)
    }

    /// Id of the request.
    pub fn request_id(&self) -> &str {
        match self {
            Self::Summary(summary) => &summary.request_id,
            Self::Event(event) => &event.request_id,
        }
    }
}

impl fmt::Debug for SignatureSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignatureSecret").field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

/// Why a callback is refused. Shows nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// The body is longer than [`MAX_BYTES`]. Nothing was read.
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// There is no token that was signed with the secret.
    NotSigned,
    /// The token says no time, or one that is too long ago.
    TooOld,
    /// The token was made for another body, or for none.
    OtherBody,
    /// The body is not JSON.
    NotJson {
        /// Line where it stops being JSON, from 1.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// The body is JSON and not a callback: no object with the id of a request.
    NotACallback,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(formatter, "the callback has {bytes} bytes, {MAX_BYTES} are allowed")
            }
            Self::NotSigned => formatter.write_str("the callback is not signed with the secret"),
            Self::TooOld => formatter.write_str("the token of the callback is too old"),
            Self::OtherBody => formatter.write_str("the token was not made for the body of the callback"),
            Self::NotJson { line, column } => {
                write!(formatter, "the callback is not JSON at line {line} column {column}")
            }
            Self::NotACallback => formatter.write_str("the callback is not of the documented shape"),
        }
    }
}

impl std::error::Error for CallbackError {}
