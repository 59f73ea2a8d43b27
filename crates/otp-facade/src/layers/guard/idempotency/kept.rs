//! What is kept of a create for others with the same idempotency key. The store gets it encrypted.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::keyring::Keys;
use super::super::unavailable;
use crate::challenge::{Challenge, ChallengeId};
use crate::channel::Channel;
use crate::error::{Error, ErrorKind, Result};
use crate::stores::{Idempotency, StoreError};

/// A challenge without code and image.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptChallenge {
    pub(super) id: ChallengeId,
    channel: Channel,
    hint: Option<String>,
    max_attempts: Option<u32>,
    expires_in: Duration,
    resend_after: Duration,
    resends_left: Option<u32>,
    earlier_message_possible: bool,
}

impl KeptChallenge {
    pub(super) fn of(challenge: &Challenge) -> Self {
        Self {
            id: challenge.id.clone(),
            channel: challenge.channel,
            hint: challenge.hint.clone(),
            max_attempts: challenge.max_attempts,
            expires_in: challenge.expires_in.unwrap_or_default(),
            resend_after: challenge.resend_after.unwrap_or_default(),
            resends_left: challenge.resends_left,
            earlier_message_possible: challenge.earlier_message_possible,
        }
    }

    /// The challenge, with the times that are left of it.
    pub(super) fn challenge(self, age: Duration) -> Challenge {
        let challenge = Challenge {
            hint: self.hint,
            max_attempts: self.max_attempts,
            resends_left: self.resends_left,
            earlier_message_possible: self.earlier_message_possible,
            ..Challenge::new(self.id, self.channel)
        };
        let challenge = challenge.with_expires_in(self.expires_in.saturating_sub(age));
        challenge.with_resend_after(self.resend_after.saturating_sub(age))
    }
}

/// An error that does not tell whether a message was sent.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptError {
    kind: ErrorKind,
    provider: Option<String>,
    vendor_code: Option<String>,
    vendor_status: Option<u16>,
    retry_after: Option<Duration>,
}

impl KeptError {
    pub(super) fn of(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            provider: error.provider().map(str::to_owned),
            vendor_code: error.vendor_code().map(str::to_owned),
            vendor_status: error.vendor_status(),
            retry_after: error.retry_after(),
        }
    }

    /// The error, with the time that is left to wait.
    pub(super) fn error(self, age: Duration) -> Error {
        let mut error = Error::new(self.kind);
        if let Some(provider) = self.provider {
            error = error.with_provider(&provider);
        }
        if let Some(vendor_code) = self.vendor_code {
            error = error.with_vendor_code(vendor_code);
        }
        if let Some(vendor_status) = self.vendor_status {
            error = error.with_vendor_status(vendor_status);
        }
        if let Some(wait) = self.retry_after.and_then(|wait| wait.checked_sub(age)) {
            error = error.with_retry_after(wait);
        }
        error
    }
}

/// Encrypts what is kept under an idempotency key. Under another key it does not open.
pub(super) fn seal(keys: &Keys, kept: &impl Serialize, idempotency: &Idempotency) -> String {
    let text = serde_json::to_string(kept);
    let text = text.unwrap_or_else(|_| unreachable!("strings, numbers and names of variants are JSON"));
    keys.seal(&text, &idempotency.name)
}

/// Decrypts what is kept under an idempotency key.
pub(super) fn unseal<T: DeserializeOwned>(keys: &Keys, sealed: &str, idempotency: &Idempotency) -> Result<T> {
    let text = keys.open(sealed, &idempotency.name);
    let unreadable = || {
        let error = StoreError::new("what is kept under the idempotency key cannot be read");
        unavailable(error).with_may_have_acted(true)
    };
    text.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(unreadable)
}
