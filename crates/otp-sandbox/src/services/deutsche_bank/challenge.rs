//! A challenge of the bank.

use crate::clock::Time;
use crate::services::{CodeState, CodeStatus};

#[derive(Debug)]
pub(super) struct Challenge {
    pub(super) method: &'static str,
    /// What is being approved, as the customer reads it.
    pub(super) subject: String,
    pub(super) english: bool,
    pub(super) code: String,
    pub(super) attempts_left: u32,
    pub(super) used: bool,
    pub(super) expires: Time,
}

impl Challenge {
    pub(super) fn is_open(&self, now: Time) -> bool {
        !self.used && self.attempts_left > 0 && now < self.expires
    }

    /// State of a code that this challenge sent.
    pub(super) fn code_state(&self, code: &str, now: Time) -> CodeState {
        CodeState {
            status: if code != self.code {
                CodeStatus::Replaced
            } else if self.used {
                CodeStatus::Verified
            } else {
                CodeStatus::of_open(self.attempts_left, self.expires, now)
            },
            expires: self.expires,
            attempts_left: Some(self.attempts_left),
            answerable: false,
        }
    }

    /// The message that brings the customer the code.
    pub(super) fn message(&self) -> String {
        let Self { code, subject, .. } = self;
        if self.english {
            format!("{code} is your TAN: {subject}")
        } else {
            format!("{code} ist Ihre TAN: {subject}")
        }
    }
}
