//! The state machine of a challenge, independent of where its record is stored. Times are milliseconds since 1970.
//!
//! `redis/*.lua` implements the same rules a second time, on purpose: there each transition is one atomic script on the
//! server. Change both together. `stores::conformance` runs the same cases against both.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::types::{
    AttemptOutcome, AttemptResult, Binding, Receipt, RecordStatus, Reservation, SettleResult,
};
use crate::challenge::Status;
use crate::error::Rejection;

/// How long a record stays after its challenge has ended, so that a late code is rejected with the reason.
pub const RETENTION: Duration = Duration::from_secs(60 * 60);

/// State of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for the provider's response.
    Reserved,
    /// It takes codes, as long as time and attempts are left.
    Pending,
    /// A code was accepted.
    Verified,
    /// It was cancelled, or a newer challenge replaced it.
    Cancelled,
}

/// The record of a challenge. A store serializes it, and applies each method within one atomic step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    state: State,
    provider_id: Option<String>,
    binding: Binding,
    failures: Option<Arc<str>>,
    shared: Option<Arc<str>>,
    /// Which record of the shared challenge was the last to be accepted when this one became pending.
    accepted_before: Option<Arc<str>>,
    attempts: u32,
    max_attempts: u32,
    created_at: u64,
    expires_at: u64,
}

impl Record {
    /// Creates the record of a challenge that is about to be started.
    pub fn reserved(reservation: &Reservation, now: u64) -> Self {
        Self {
            state: State::Reserved,
            provider_id: None,
            binding: reservation.binding.clone(),
            failures: reservation.failures.clone(),
            shared: reservation.shared.clone(),
            accepted_before: None,
            attempts: 0,
            max_attempts: reservation.max_attempts,
            created_at: now,
            expires_at: now + milliseconds(reservation.lifetime),
        }
    }

    /// Makes a reserved challenge pending. False if it is not reserved.
    ///
    /// `accepted` is the record that was the last to be accepted of a [shared](Self::shared) challenge.
    pub fn confirm(
        &mut self,
        provider_id: String,
        lifetime: Duration,
        max_attempts: u32,
        accepted: Option<Arc<str>>,
        now: u64,
    ) -> bool {
        if self.state != State::Reserved {
            return false;
        }
        self.state = State::Pending;
        self.accepted_before = accepted;
        self.provider_id = Some(provider_id);
        self.max_attempts = max_attempts;
        self.created_at = now;
        self.expires_at = now + milliseconds(lifetime);
        true
    }

    /// Ends a pending record if another record of its [shared](Self::shared) challenge was accepted since it became pending.
    /// To be called before the other methods.
    pub fn follow_shared(&mut self, accepted: Option<&str>) {
        if self.state == State::Pending && accepted.is_some() && accepted != self.accepted_before.as_deref() {
            self.state = State::Verified;
        }
    }

    /// Counts an attempt, if the challenge takes one.
    pub fn begin_attempt(&mut self, presented: &Binding, now: u64) -> AttemptResult {
        let Some(provider_id) = self.provider_id.clone() else { return AttemptResult::NotFound };
        self.follow_clock(now);
        let refusal = match self.status(now) {
            Status::Verified => Some(Rejection::AlreadyUsed),
            Status::Cancelled => Some(Rejection::Cancelled),
            Status::Expired => Some(Rejection::Expired),
            Status::TooManyAttempts => Some(Rejection::TooManyAttempts),
            _ if !self.binding.matches(presented) => Some(Rejection::Mismatch),
            _ => None,
        };
        if let Some(rejection) = refusal {
            return AttemptResult::Rejected(rejection);
        }
        self.attempts += 1;
        let attempts_left = self.max_attempts - self.attempts;
        let expires_in = Duration::from_millis(self.expires_at.saturating_sub(now));
        AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt: Receipt::default() }
    }

    /// Records what the provider did about an attempt. A success counts even if the time or the attempts ran out after the
    /// attempt was begun.
    pub fn settle_attempt(&mut self, outcome: AttemptOutcome) -> SettleResult {
        match (outcome, self.state) {
            (AttemptOutcome::NotSent, _) => {
                self.attempts = self.attempts.saturating_sub(1);
                SettleResult::Done
            }
            (AttemptOutcome::Accepted, State::Pending) => {
                self.state = State::Verified;
                SettleResult::Done
            }
            (AttemptOutcome::Accepted, State::Verified) => SettleResult::Rejected(Rejection::AlreadyUsed),
            (AttemptOutcome::Accepted, State::Cancelled) => SettleResult::Rejected(Rejection::Cancelled),
            (AttemptOutcome::Accepted, State::Reserved) => SettleResult::NotFound,
        }
    }

    /// Cancels a pending challenge that has not expired, and returns its status after that.
    pub fn cancel(&mut self, now: u64) -> Option<RecordStatus> {
        self.follow_clock(now);
        if self.state == State::Pending && now < self.expires_at {
            self.state = State::Cancelled;
        }
        self.read(now)
    }

    /// Reads the status. `None` while the record waits for the provider's response.
    pub fn read(&mut self, now: u64) -> Option<RecordStatus> {
        let provider_id = self.provider_id.clone()?;
        self.follow_clock(now);
        Some(RecordStatus { status: self.status(now), provider_id })
    }

    /// Adjusts the times if the clock went back to before the challenge became pending. It then has its full lifetime again,
    /// and not the time that the clock went back in addition.
    fn follow_clock(&mut self, now: u64) {
        // A reservation begins to live when the provider has started it.
        if self.state != State::Reserved {
            let back = self.created_at.saturating_sub(now);
            self.created_at -= back;
            self.expires_at = self.expires_at.saturating_sub(back);
        }
    }

    fn status(&self, now: u64) -> Status {
        match self.state {
            State::Verified => Status::Verified,
            State::Cancelled => Status::Cancelled,
            _ if now >= self.expires_at => Status::Expired,
            _ if self.attempts >= self.max_attempts => Status::TooManyAttempts,
            _ => Status::Pending,
        }
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// The counter of its recipient's failures in a row.
    pub fn failures(&self) -> Option<&Arc<str>> {
        self.failures.as_ref()
    }

    /// The challenge at the provider, if other records share it.
    pub fn shared(&self) -> Option<&Arc<str>> {
        self.shared.as_ref()
    }

    /// Until when a store must keep it.
    pub fn retained_until(&self) -> u64 {
        self.expires_at + milliseconds(RETENTION)
    }
}

/// Whole milliseconds, rounded up, so that no window or lifetime is lost.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    let rest = u64::from(duration.subsec_nanos().div_ceil(1_000_000));
    duration.as_secs().saturating_mul(1_000).saturating_add(rest).min(u64::MAX / 4)
}
