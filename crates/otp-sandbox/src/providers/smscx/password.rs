//! One OTP request, from creation to its end.

use serde_json::{Value, json};
use uuid::Uuid;

use super::error;
use super::order::Order;
use crate::clock::Time;
use crate::http::{Answer, Request};

const PRICE_OF_A_PART: f64 = 0.0455;

/// What the API calls an OTP request.
#[derive(Debug)]
pub(super) struct Password {
    pub(super) order: Order,
    pub(super) pin: String,
    pub(super) parts: usize,
    pub(super) attempts: i64,
    pub(super) created: Time,
    pub(super) expires: Time,
    pub(super) end: Option<End>,
    /// The first verify that comes too late is told another code than the next ones.
    pub(super) told: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Verified,
    Cancelled,
}

impl Password {
    pub(super) fn status(&self, now: Time) -> &'static str {
        match self.end {
            Some(End::Verified) => "VERIFIED",
            Some(End::Cancelled) => "CANCELLED",
            None if self.attempts >= self.order.max_attempts => "FAILED",
            None if self.expires <= now => "EXPIRED",
            None => "PENDING",
        }
    }

    pub(super) fn to_json(&self, id: Uuid, now: Time) -> Value {
        json!({
            "otpId": id,
            "trackId": self.order.track,
            "phoneNumber": self.order.phone,
            "countryIso": self.order.country,
            "status": self.status(now),
            "cost": cost(self.parts),
            "parts": self.parts,
            "maxAttempts": self.order.max_attempts,
            "attempts": self.attempts,
            "ttl": self.order.ttl,
            "otpCallbackUrl": self.order.callback,
            "dateCreated": self.created.text(),
            "dateExpires": self.expires.text(),
        })
    }

    pub(super) fn verify(&mut self, request: &Request, now: Time) -> Result<Answer, Answer> {
        let refused = |kind, code, message| Err(error(400, kind, code, message));
        let pin = request.json.as_ref().and_then(|body| body.get("pin")).and_then(Value::as_str);
        let Some(pin) = pin.filter(|pin| !pin.is_empty()) else {
            return refused("invalid_param", 2022, "pin is missing");
        };
        match self.status(now) {
            "VERIFIED" => return refused("otp_verified", 2023, "Verified before"),
            "CANCELLED" => return refused("otp_cancelled", 2024, "Was cancelled"),
            "EXPIRED" if !std::mem::replace(&mut self.told, true) => {
                return refused("otp_expired", 2028, "The PIN has expired");
            }
            "EXPIRED" => return refused("otp_expired", 2025, "The OTP request has expired"),
            "FAILED" if !std::mem::replace(&mut self.told, true) => {
                return refused("otp_failed", 2027, "No tries are left");
            }
            "FAILED" => return refused("otp_failed", 2026, "The OTP request has failed"),
            _ => {}
        }
        if pin != self.pin {
            self.attempts += 1;
            return refused("invalid_pin", 2029, "The PIN does not match");
        }
        self.end = Some(End::Verified);
        Ok(Answer::json(200, &json!({ "status": "VERIFIED" })))
    }

    pub(super) fn cancel(&mut self, id: Uuid, now: Time) -> Result<Answer, Answer> {
        match self.status(now) {
            "PENDING" => self.end = Some(End::Cancelled),
            "CANCELLED" => return Err(error(403, "access_denied", 2030, "Cancelled before")),
            _ => return Err(error(403, "access_denied", 2031, "Not pending any more")),
        }
        Ok(Answer::json(200, &json!({ "info": { "id": id } })))
    }
}

/// The price of a message.
pub(super) fn cost(parts: usize) -> f64 {
    // A message has a handful of parts: nothing is lost.
    #[allow(clippy::cast_precision_loss)]
    let parts = parts as f64;
    (parts * PRICE_OF_A_PART * 10_000.0).round() / 10_000.0
}
