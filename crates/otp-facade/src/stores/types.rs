//! The types of the store's interface.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bucket::Key;
use super::idempotency::{Idempotency, Replay};
use crate::challenge::Status;
use crate::error::Rejection;

/// Subject and purpose of a challenge, as keyed hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Hash of the subject.
    pub subject: Option<Arc<str>>,
    /// Hash of the purpose.
    pub purpose: Option<Arc<str>>,
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

/// A rate limit: how many challenges may be started in any window of this length. With `max` 1 it is a minimum interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many, at least 1.
    pub max: u32,
    /// Length of the window, at least a millisecond.
    pub window: Duration,
}

/// A key under which challenges are counted, and its rate limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The key under which challenges are counted.
    pub key: Key,
    /// The rate limits, at least one.
    pub limits: Arc<[Limit]>,
    /// Challenges within one step are counted together, so that a log of many stays small. They then count for up to a step
    /// longer. Zero is exact.
    pub step: Duration,
    /// With a label, different labels are counted instead of challenges. A label that counts already has always room.
    pub label: Option<Arc<str>>,
}

/// The limit of failures in a row across challenges, and where they are counted.
///
/// Two counters go with a challenge: [that of its recipient](Reservation::failures), which its record remembers, and that
/// of its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// How many failures in a row there may be, at least 1.
    pub max: u32,
    /// How long they are counted after the last one. An attempt that is taken back may prolong those before it.
    pub retention: Duration,
    /// The counter of the subject, if there is a subject.
    pub subject: Option<Key>,
}

/// A challenge that is about to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Key of its record, never used before.
    pub key: Key,
    /// Slot in which at most one challenge is pending: a recipient, a purpose and a subject. It is a name in the record's
    /// bucket.
    pub slot: Arc<str>,
    /// Quotas that it counts against.
    pub quotas: Vec<Quota>,
    /// Limit of failures in a row. `None` is no limit.
    pub lockout: Option<Lockout>,
    /// Counter of the recipient's failures in a row: a name in the record's bucket.
    pub failures: Option<Arc<str>>,
    /// Where each create is a resend of one challenge at the provider: that challenge, a name in the record's bucket. An
    /// acceptance ends all records with this name.
    pub shared: Option<Arc<str>>,
    /// Lifetime of the challenge.
    pub lifetime: Duration,
    /// Maximum number of attempts.
    pub max_attempts: u32,
    /// Subject and purpose that it is bound to.
    pub binding: Binding,
    /// Idempotency key of the create, if it has one.
    pub idempotency: Option<Idempotency>,
}

/// Result of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReserveResult {
    /// The challenge is counted and its record is written.
    Granted {
        /// What the store needs to settle it.
        receipt: Receipt,
        /// How much room each limit of the quotas has after this challenge, in their order.
        room: Vec<Room>,
    },
    /// A rate limit is reached. Nothing is changed.
    Limited {
        /// Index of the limit among those of all quotas; of several, the one that takes longest.
        limit: usize,
        /// How long until all limits have room.
        retry_after: Duration,
    },
    /// There were too many failures in a row. Nothing is changed.
    LockedOut,
    /// Another create holds the idempotency key. Nothing is changed, and neither limits nor failures in a row matter.
    Replay(Replay),
}

/// What a store needs to settle a step that it has taken. Only the store that made it can read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// When each quota or counter was counted, by the clock of the store.
    pub counted_at: Vec<u64>,
    /// Name of the record that was pending in the slot.
    pub former: Option<Arc<str>>,
}

/// How much room a limit has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many more challenges may be started now.
    pub left: u32,
    /// How long until one may be started. Zero if it may be started now.
    pub retry_after: Duration,
}

impl Room {
    /// The room of a limit under which nothing is counted.
    pub(super) fn whole(limit: &Limit) -> Self {
        Self { left: limit.max, retry_after: Duration::ZERO }
    }
}

/// What the provider did about a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The provider started the challenge.
    Started {
        /// The provider's id of the challenge, encrypted.
        provider_id: String,
        /// Lifetime, counted from now.
        lifetime: Duration,
        /// Maximum number of attempts.
        max_attempts: u32,
        /// The challenge, encrypted, for other creates with the same idempotency key. `None` if there is no key.
        challenge: Option<String>,
    },
    /// Nothing was sent.
    NotSent,
    /// It is not known whether a message was sent. It is only recorded under an idempotency key.
    Uncertain {
        /// The error, encrypted.
        error: String,
    },
}

/// An attempt to verify a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Key of the record.
    pub key: Key,
    /// Subject and purpose that are presented with the code.
    pub presented: Binding,
    /// Limit of failures in a row. `None` is no limit.
    pub lockout: Option<Lockout>,
    /// Maximum lifetime of any challenge. An acceptance ends the other records of a shared challenge for so long.
    pub max_lifetime: Duration,
}

impl Attempt {
    /// The counter of the subject's failures in a row, if they are limited.
    pub fn subject_failures(&self) -> Option<(&Lockout, &Key)> {
        self.lockout.as_ref().and_then(|lockout| Some((lockout, lockout.subject.as_ref()?)))
    }
}

/// Whether a code may be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// It may, and the attempt is counted.
    Allowed {
        /// The provider's id of the challenge, encrypted.
        provider_id: String,
        /// How many attempts are left after this one.
        attempts_left: u32,
        /// How long the challenge is still valid.
        expires_in: Duration,
        /// What the store needs to settle it.
        receipt: Receipt,
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

/// What to forget of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forget {
    /// Its failures in a row.
    Failures,
    /// Its failures in a row, its quotas, and its idempotency keys.
    Everything,
}

/// The state of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordStatus {
    /// Status of the challenge, as far as the record knows.
    pub status: Status,
    /// The provider's id of the challenge, encrypted.
    pub provider_id: String,
}
