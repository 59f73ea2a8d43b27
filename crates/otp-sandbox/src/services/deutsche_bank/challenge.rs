//! A challenge of the bank.

use crate::clock::Time;

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
