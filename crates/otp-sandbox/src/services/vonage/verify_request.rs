//! A request: its steps, and the code of the current one.

use uuid::Uuid;

use super::new_request::{NewRequest, Step};
use crate::Provider;
use crate::clock::Time;
use crate::recording::Message;
use crate::services::seeded_rng::SeededRng;
use crate::services::{CodeState, CodeStatus};

const MAX_ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(super) struct VerifyRequest {
    new: NewRequest,
    /// Index of the current step.
    step: usize,
    /// When the current step ends.
    step_ends: Time,
    pub(super) code: String,
    pub(super) attempts: u32,
    pub(super) end: Option<(End, Time)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Cancelled,
    /// Too many wrong codes.
    Failed,
}

impl VerifyRequest {
    /// A request whose first step is to begin.
    pub(super) fn new(new: NewRequest, now: Time) -> Self {
        let step_ends = now.plus_seconds(new.timeout);
        Self { new, step: 0, step_ends, code: String::new(), attempts: 0, end: None }
    }

    /// When the last step ends, if none is skipped.
    pub(super) fn expires(&self) -> Time {
        let left = i64::try_from(self.new.steps.len() - self.step - 1).unwrap_or_default();
        self.step_ends.plus_seconds(left.saturating_mul(self.new.timeout))
    }

    pub(super) fn is_over(&self, now: Time) -> bool {
        self.end.is_some() || self.expires() <= now
    }

    /// Whether no other request to its number can be started. After a cancel that takes a while.
    pub(super) fn holds_number(&self, now: Time, hold_seconds: i64) -> bool {
        match self.end {
            Some((End::Cancelled, at)) => now < at.plus_seconds(hold_seconds),
            Some(_) => false,
            None => now < self.expires(),
        }
    }

    pub(super) const fn has_no_attempts(&self) -> bool {
        self.attempts >= MAX_ATTEMPTS
    }

    /// Begins a step: its code is the one that counts from now on. Returns the step.
    pub(super) fn begin(&mut self, index: usize, rng: &mut SeededRng) -> Step {
        let step = self.new.steps[index].clone();
        self.step = index;
        if self.code.is_empty() || !step.reuses_code {
            let own = self.new.code.clone();
            self.code = own.unwrap_or_else(|| rng.digits(self.new.code_length));
        }
        step
    }

    /// Begins the steps whose time has come, and returns them.
    pub(super) fn advance(&mut self, now: Time, rng: &mut SeededRng) -> Vec<Step> {
        let mut begun = Vec::new();
        while self.end.is_none() && self.step_ends <= now && self.step + 1 < self.new.steps.len() {
            self.step_ends = self.step_ends.plus_seconds(self.new.timeout);
            begun.push(self.begin(self.step + 1, rng));
        }
        begun
    }

    /// Begins the next step now, if there is one.
    pub(super) fn next(&mut self, now: Time, rng: &mut SeededRng) -> Option<Step> {
        let has_next = self.step + 1 < self.new.steps.len();
        has_next.then(|| {
            self.step_ends = now.plus_seconds(self.new.timeout);
            self.begin(self.step + 1, rng)
        })
    }

    /// State of a code that one of its steps sent.
    pub(super) fn code_state(&self, code: &str, now: Time) -> CodeState {
        let attempts_left = MAX_ATTEMPTS.saturating_sub(self.attempts);
        CodeState {
            status: match self.end {
                _ if code != self.code => CodeStatus::Replaced,
                Some((End::Completed, _)) => CodeStatus::Verified,
                Some((End::Cancelled, _)) => CodeStatus::Cancelled,
                Some((End::Failed, _)) => CodeStatus::Exhausted,
                None => CodeStatus::of_open(attempts_left, self.expires(), now),
            },
            expires: self.expires(),
            attempts_left: Some(attempts_left),
            answerable: false,
        }
    }

    /// The message of a step that begins.
    pub(super) fn message(&self, id: Uuid, step: Step, now: Time) -> Message {
        Message {
            provider: Provider::Vonage,
            to: step.to,
            channel: step.channel,
            text: format!("{} code: {}", self.new.brand, self.code),
            code: self.code.clone(),
            challenge: Some(id.to_string()),
            image: None,
            sent: now.into(),
        }
    }
}
