//! A verification: its state and how it is shown.

use serde_json::{Value, json};

use crate::clock::Time;
use crate::services::{CodeState, CodeStatus};

const MAX_ATTEMPTS: u32 = 5;
const ACCOUNT: &str = "AC00000000000000000000000000000000";

#[derive(Debug)]
pub(super) struct Verification {
    pub(super) service: String,
    pub(super) to: String,
    /// Of the newest message.
    pub(super) channel: &'static str,
    pub(super) code: String,
    pub(super) amount: Option<String>,
    pub(super) payee: Option<String>,
    /// When and how the code was sent, and the SID of the attempt.
    pub(super) messages: Vec<(Time, &'static str, String)>,
    pub(super) attempts: u32,
    pub(super) created: Time,
    pub(super) updated: Time,
    pub(super) expires: Time,
    pub(super) end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Approved,
    Canceled,
}

impl Verification {
    /// Whether it is neither over nor expired. Its attempts may be used up: no other begins before it expires.
    pub(super) fn is_open(&self, now: Time) -> bool {
        self.end.is_none() && now < self.expires
    }

    pub(super) const fn has_no_attempts(&self) -> bool {
        self.attempts >= MAX_ATTEMPTS
    }

    pub(super) fn check(&mut self, is_right: bool, now: Time) {
        self.updated = now;
        match is_right {
            true => self.end = Some(End::Approved),
            false => self.attempts += 1,
        }
    }

    /// State of its code, which all its messages have.
    pub(super) fn code_state(&self, now: Time) -> CodeState {
        let attempts_left = MAX_ATTEMPTS.saturating_sub(self.attempts);
        CodeState {
            status: match self.end {
                Some(End::Approved) => CodeStatus::Verified,
                Some(End::Canceled) => CodeStatus::Cancelled,
                None => CodeStatus::of_open(attempts_left, self.expires, now),
            },
            expires: self.expires,
            attempts_left: Some(attempts_left),
            answerable: false,
        }
    }

    pub(super) fn text(&self, brand: &str) -> String {
        let code = match self.channel {
            "call" => self.code.chars().map(|digit| format!("{digit} ")).collect(),
            _ => self.code.clone(),
        };
        match (&self.amount, &self.payee) {
            (Some(amount), Some(payee)) => {
                format!("{} is your code to pay {amount} to {payee}.", code.trim_end())
            }
            _ => format!("Your {brand} verification code is: {}", code.trim_end()),
        }
    }

    fn status(&self) -> &'static str {
        match self.end {
            Some(End::Approved) => "approved",
            Some(End::Canceled) => "canceled",
            None if self.has_no_attempts() => "max_attempts_reached",
            None => "pending",
        }
    }

    pub(super) fn to_json(&self, sid: &str, origin: &str) -> Value {
        let attempts = self.messages.iter().map(|(time, channel, attempt_sid)| {
            let channel = match *channel {
                "sms" => "SMS",
                "email" => "EMAIL",
                other => other,
            };
            json!({ "time": time.to_rfc3339(), "channel": channel, "attempt_sid": attempt_sid })
        });
        let mut shown = self.check_json(sid);
        shown["lookup"] = json!({});
        shown["send_code_attempts"] = attempts.collect();
        shown["sna"] = Value::Null;
        shown["url"] = format!("{origin}/v2/Services/{}/Verifications/{sid}", self.service).into();
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("sna_attempts_error_codes");
        }
        shown
    }

    pub(super) fn check_json(&self, sid: &str) -> Value {
        json!({
            "sid": sid,
            "service_sid": self.service,
            "account_sid": ACCOUNT,
            "to": self.to,
            "channel": self.channel,
            "status": self.status(),
            "valid": self.end == Some(End::Approved),
            "amount": self.amount,
            "payee": self.payee,
            "sna_attempts_error_codes": [],
            "date_created": self.created.to_rfc3339(),
            "date_updated": self.updated.to_rfc3339(),
        })
    }
}
