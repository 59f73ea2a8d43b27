//! The response of a token endpoint (RFC 6749, section 5.1).
//!
//! Each member is read by itself, so that an odd one does not cost the others: a rotated refresh token that is lost
//! logs the user out.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::headers::seconds;
use crate::secret::Secret;
use crate::token::{MAX_LIFE, Token, TokenError};

/// The token types that are understood. Gateways of Apigee call it by the second name.
const BEARER: [&str; 2] = ["bearer", "bearertoken"];

/// What a token endpoint issued.
pub(crate) struct TokenResponse {
    /// The refresh token that replaces the one that was sent.
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) token: Result<Token, TokenError>,
}

impl TokenResponse {
    /// None if the body is not a JSON object.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let members: HashMap<String, &RawValue> =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
        let member = |name| members.get(name).map(|value| value.get()).filter(|value| *value != "null");
        Some(Self {
            refresh_token: member("refresh_token").and_then(credential),
            token: token(member("error"), member("access_token"), member("token_type"), member("expires_in")),
        })
    }
}

fn token(
    error: Option<&str>,
    access_token: Option<&str>,
    token_type: Option<&str>,
    expires_in: Option<&str>,
) -> Result<Token, TokenError> {
    if error.is_some() {
        return Err(TokenError::refused("the token endpoint returned an error"));
    }
    // RFC 6749, 7.1: a token of a type that is not understood must not be used.
    if token_type.is_some_and(|json| !is_bearer(json)) {
        return Err(TokenError::refused("the token endpoint issued a token that is not a bearer token"));
    }
    let secret = access_token.and_then(credential);
    let secret =
        secret.ok_or_else(|| TokenError::unavailable("the token endpoint issued no access token"))?;
    let token = Token::new(secret);
    Ok(match expires_in.and_then(life) {
        Some(life) => token.with_expires_in(life),
        None => token,
    })
}

/// A string that is not blank, or the digits of a number.
fn credential(json: &str) -> Option<Secret> {
    let is_number = json.bytes().all(|byte| byte.is_ascii_digit());
    let text = if is_number { json.to_owned() } else { serde_json::from_str(json).ok()? };
    (!text.trim().is_empty()).then(|| text.into())
}

fn is_bearer(json: &str) -> bool {
    let name: Option<String> = serde_json::from_str(json).ok();
    name.is_some_and(|name| BEARER.iter().any(|bearer| name.trim().eq_ignore_ascii_case(bearer)))
}

/// A number of seconds, or a string that holds one. Zero is absent: no token is issued to be of no use.
fn life(json: &str) -> Option<std::time::Duration> {
    let text: String = serde_json::from_str(json).unwrap_or_else(|_| json.to_owned());
    seconds(&text, MAX_LIFE).filter(|life| !life.is_zero())
}
