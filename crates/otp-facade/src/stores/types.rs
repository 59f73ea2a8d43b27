//! The types of the store's interface.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::challenge::{ChallengeId, Status};
use crate::error::Rejection;

/// Subject and purpose of a challenge, as keyed hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Hash of the subject.
    pub subject: Option<String>,
    /// Hash of the purpose.
    pub purpose: Option<String>,
    /// Whether a code may be presented without the purpose, because the provider itself binds it. It is ignored in what is
    /// presented.
    pub purpose_optional: bool,
}

impl Binding {
    /// Whether a code that is presented with this subject and purpose fits the challenge.
    pub fn matches(&self, presented: &Self) -> bool {
        let spared = self.purpose_optional && presented.purpose.is_none();
        self.subject == presented.subject && (spared || self.purpose == presented.purpose)
    }
}

/// A rate limit: how many challenges may be started in a window of time.
///
/// The window begins with the first challenge that is counted in it. With `max` 1 it is a minimum interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many, at least 1.
    pub max: u32,
    /// The window, at least a millisecond.
    pub window: Duration,
}

/// A key under which challenges are counted, and its rate limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The key under which challenges are counted.
    pub key: String,
    /// The rate limits, at least one. Limits with the same window share one count.
    pub limits: Vec<Limit>,
}

/// A challenge that is about to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Key of its record, never used before.
    pub key: String,
    /// Slot in which at most one challenge is pending: a recipient and a purpose.
    pub slot: String,
    /// Quotas that it counts against.
    pub quotas: Vec<Quota>,
    /// Lifetime of the challenge.
    pub lifetime: Duration,
    /// Maximum number of attempts.
    pub max_attempts: u32,
    /// Subject and purpose that it is bound to.
    pub binding: Binding,
}

/// Result of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReserveResult {
    /// The challenge is counted and its record is written.
    Granted,
    /// A rate limit is reached. Nothing is changed.
    Limited {
        /// Index of the limit among those of all quotas; of several, the one that takes longest.
        limit: usize,
        /// How long until all limits have room.
        retry_after: Duration,
    },
}

/// What the provider did about a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The provider started the challenge.
    Started {
        /// The provider's id of the challenge.
        provider_id: ChallengeId,
        /// Lifetime, counted from now.
        lifetime: Duration,
        /// Maximum number of attempts.
        max_attempts: u32,
    },
    /// Nothing was sent.
    NotSent,
}

/// Whether a code may be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// It may, and the attempt is counted.
    Allowed {
        /// The provider's id of the challenge.
        provider_id: ChallengeId,
        /// How many attempts are left after this one.
        attempts_left: u32,
    },
    /// The challenge takes no code.
    Rejected(Rejection),
    /// There is no such challenge.
    NotFound,
}

/// What the provider did about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// It accepted the code.
    Accepted,
    /// Nothing was sent.
    NotSent,
}

/// Result of settling an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleResult {
    /// The outcome is recorded.
    Done,
    /// The challenge was verified or cancelled meanwhile.
    Rejected(Rejection),
    /// There is no such challenge.
    NotFound,
}

/// The state of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordStatus {
    /// Status of the challenge, as far as the record knows.
    pub status: Status,
    /// The provider's id of the challenge.
    pub provider_id: ChallengeId,
}
