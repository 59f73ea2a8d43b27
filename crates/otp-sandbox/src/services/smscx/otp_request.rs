//! An OTP request: its state, verification and cancellation.

use serde_json::{Value, json};
use uuid::Uuid;

use super::error;
use super::new_otp::NewOtp;
use crate::clock::Time;
use crate::http::{Request, Response};
use crate::services::{CodeState, CodeStatus};

const PRICE_PER_PART: f64 = 0.0455;

/// A challenge, which the API calls an OTP request.
#[derive(Debug)]
pub(super) struct OtpRequest {
    pub(super) new_otp: NewOtp,
    pub(super) pin: String,
    pub(super) parts: usize,
    pub(super) attempts: i64,
    pub(super) created: Time,
    pub(super) expires: Time,
    pub(super) end: Option<End>,
    /// Whether a verify has already reported the end. The first one after the end gets another error code than the
    /// next ones.
    pub(super) end_reported: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Verified,
    Cancelled,
}

impl OtpRequest {
    pub(super) fn status(&self, now: Time) -> &'static str {
        match self.end {
            Some(End::Verified) => "VERIFIED",
            Some(End::Cancelled) => "CANCELLED",
            None if self.attempts >= self.new_otp.max_attempts => "FAILED",
            None if self.expires <= now => "EXPIRED",
            None => "PENDING",
        }
    }

    pub(super) fn code_state(&self, now: Time) -> CodeState {
        let attempts_left = self.new_otp.max_attempts.saturating_sub(self.attempts);
        let attempts_left = u32::try_from(attempts_left).unwrap_or(0);
        CodeState {
            status: match self.end {
                Some(End::Verified) => CodeStatus::Verified,
                Some(End::Cancelled) => CodeStatus::Cancelled,
                None => CodeStatus::of_open(attempts_left, self.expires, now),
            },
            expires: self.expires,
            attempts_left: Some(attempts_left),
            answerable: false,
        }
    }

    pub(super) fn to_json(&self, id: Uuid, now: Time) -> Value {
        json!({
            "otpId": id,
            "trackId": self.new_otp.track,
            "phoneNumber": self.new_otp.phone,
            "countryIso": self.new_otp.country,
            "status": self.status(now),
            "cost": cost(self.parts),
            "parts": self.parts,
            "maxAttempts": self.new_otp.max_attempts,
            "attempts": self.attempts,
            "ttl": self.new_otp.ttl,
            "otpCallbackUrl": self.new_otp.callback,
            "dateCreated": self.created.to_rfc3339(),
            "dateExpires": self.expires.to_rfc3339(),
        })
    }

    pub(super) fn verify(&mut self, request: &Request, now: Time) -> Result<Response, Response> {
        let rejected = |kind, code, message| Err(error(400, kind, code, message));
        let pin = request.json.as_ref().and_then(|body| body.get("pin")).and_then(Value::as_str);
        let Some(pin) = pin.filter(|pin| !pin.is_empty()) else {
            return rejected("invalid_param", 2022, "pin is missing");
        };
        // The end is checked before the PIN: the right PIN comes too late as well.
        match self.status(now) {
            "VERIFIED" => return rejected("otp_verified", 2023, "This OTP request is already verified"),
            "CANCELLED" => return rejected("otp_cancelled", 2024, "This OTP request was cancelled"),
            "EXPIRED" if !std::mem::replace(&mut self.end_reported, true) => {
                return rejected("otp_expired", 2028, "The PIN has expired");
            }
            "EXPIRED" => return rejected("otp_expired", 2025, "The OTP request has expired"),
            "FAILED" if !std::mem::replace(&mut self.end_reported, true) => {
                return rejected("otp_failed", 2027, "No attempts are left");
            }
            "FAILED" => return rejected("otp_failed", 2026, "The OTP request has failed"),
            _ => {}
        }
        if pin != self.pin {
            self.attempts += 1;
            return rejected("invalid_pin", 2029, "The PIN does not match");
        }
        self.end = Some(End::Verified);
        Ok(Response::json(200, &json!({ "status": "VERIFIED" })))
    }

    pub(super) fn cancel(&mut self, id: Uuid, now: Time) -> Result<Response, Response> {
        match self.status(now) {
            "PENDING" => self.end = Some(End::Cancelled),
            "CANCELLED" => {
                return Err(error(403, "access_denied", 2030, "This OTP request is already cancelled"));
            }
            _ => return Err(error(403, "access_denied", 2031, "This OTP request is no longer pending")),
        }
        Ok(Response::json(200, &json!({ "info": { "id": id } })))
    }
}

/// The price of a message.
pub(super) fn cost(parts: usize) -> f64 {
    // A message has a handful of parts, which an f64 holds exactly.
    #[allow(clippy::cast_precision_loss)]
    let parts = parts as f64;
    (parts * PRICE_PER_PART * 10_000.0).round() / 10_000.0
}
