//! The rules of a challenge's life, without a place to keep it. Times are milliseconds since 1970.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::types::{AttemptOutcome, AttemptResult, Binding, RecordStatus, Reservation, SettleResult};
use crate::challenge::{ChallengeId, Status};
use crate::error::Rejection;

/// For how long a record stays after its challenge has ended, so that a late code is told why it is not accepted.
pub const RETENTION: Duration = Duration::from_secs(60 * 60);

/// How far a challenge has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The provider has not been heard of.
    Reserved,
    /// It takes codes, as long as there are time and tries.
    Pending,
    /// A code was accepted.
    Verified,
    /// It was cancelled, or another took its place.
    Cancelled,
}

/// What a store keeps of a challenge. It serializes; each method is to be applied within one atomic step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    state: State,
    provider_id: Option<ChallengeId>,
    binding: Binding,
    attempts: u32,
    max_attempts: u32,
    created_at: u64,
    expires_at: u64,
}

impl Record {
    /// A challenge that is about to be started.
    pub fn reserved(reservation: &Reservation, now: u64) -> Self {
        Self {
            state: State::Reserved,
            provider_id: None,
            binding: reservation.binding.clone(),
            attempts: 0,
            max_attempts: reservation.max_attempts,
            created_at: now,
            expires_at: now + milliseconds(reservation.lifetime),
        }
    }

    /// Opens a reserved challenge. False if it is not reserved.
    pub fn confirm(
        &mut self,
        provider_id: ChallengeId,
        lifetime: Duration,
        max_attempts: u32,
        now: u64,
    ) -> bool {
        if self.state != State::Reserved {
            return false;
        }
        self.state = State::Pending;
        self.provider_id = Some(provider_id);
        self.max_attempts = max_attempts;
        self.created_at = now;
        self.expires_at = now + milliseconds(lifetime);
        true
    }

    /// Counts a try, unless the challenge takes none.
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
        AttemptResult::Allowed { provider_id, attempts_left: self.max_attempts - self.attempts }
    }

    /// Notes what the provider did about a try. A success counts even if the time or the tries have run out since the
    /// try was begun.
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

    /// Cancels an open challenge that has time left, and tells where it then stands.
    pub fn cancel(&mut self, now: u64) -> Option<RecordStatus> {
        self.follow_clock(now);
        if self.state == State::Pending && now < self.expires_at {
            self.state = State::Cancelled;
        }
        self.read(now)
    }

    /// Where it stands. None as long as the provider has not been heard of.
    pub fn read(&mut self, now: u64) -> Option<RecordStatus> {
        let provider_id = self.provider_id.clone()?;
        self.follow_clock(now);
        Some(RecordStatus { status: self.status(now), provider_id })
    }

    /// Follows a clock that went back to before the challenge was opened: it then has the time that it had when it was
    /// opened, and not the hour more that the clock has to make up for.
    fn follow_clock(&mut self, now: u64) {
        // When it was reserved is needed as it is, to know what was counted then.
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

    /// How far it has come.
    pub fn state(&self) -> State {
        self.state
    }

    /// When it was reserved; once it is opened, since when it is open.
    pub fn created_at(&self) -> u64 {
        self.created_at
    }

    /// Until when it has to be kept.
    pub fn retained_until(&self) -> u64 {
        self.expires_at + milliseconds(RETENTION)
    }
}

/// Whole milliseconds, rounded up, so that no window or lifetime is lost.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}
