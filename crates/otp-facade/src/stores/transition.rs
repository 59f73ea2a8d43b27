//! What a store is asked, and what it answers.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use otp_transport::one_line;
use serde::{Deserialize, Serialize};

use crate::challenge::{ChallengeId, Status};
use crate::error::Rejection;

/// For whom and for what a challenge is, as keyed hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// For whom.
    pub subject: Option<String>,
    /// For what.
    pub purpose: Option<String>,
    /// Whether a code may be presented without the purpose, because the provider itself holds on to it. What is
    /// presented says nothing here.
    pub purpose_optional: bool,
}

impl Binding {
    /// Whether a code that is presented for this is for what the challenge was made for.
    pub fn admits(&self, presented: &Self) -> bool {
        let spared = self.purpose_optional && presented.purpose.is_none();
        self.subject == presented.subject && (spared || self.purpose == presented.purpose)
    }
}

/// How many challenges may be started in a window of time.
///
/// A window begins with the first challenge that is counted in it. With `most` 1 it is an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many, at least 1.
    pub most: u32,
    /// In how long, at least a millisecond.
    pub window: Duration,
}

/// What is counted together, and the limits that hold for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What is counted.
    pub key: String,
    /// At least one. Each has a count of its own, unless the windows are the same.
    pub limits: Vec<Limit>,
}

/// A challenge that is about to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Key of its record, never used before.
    pub key: String,
    /// Where at most one challenge is open: a recipient and a purpose.
    pub slot: String,
    /// What it counts against.
    pub quotas: Vec<Quota>,
    /// For how long it is good.
    pub lifetime: Duration,
    /// How many tries it has.
    pub max_attempts: u32,
    /// For whom and for what it is.
    pub binding: Binding,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is counted and written down.
    Done,
    /// A limit is reached.
    Wait {
        /// Which, by its place among those of all quotas. If several are, the one that takes longest.
        limit: usize,
        /// How long until there is room in all of them.
        wait: Duration,
    },
}

/// What the provider did about a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It started it.
    Opened {
        /// What the provider calls it.
        provider_id: ChallengeId,
        /// For how long it is good from now on.
        lifetime: Duration,
        /// How many tries it has.
        max_attempts: u32,
    },
    /// Certainly nothing.
    NotSent,
}

/// Whether a code may be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Try {
    /// It may, and is counted.
    Admitted {
        /// What the provider calls the challenge.
        provider_id: ChallengeId,
        /// How many tries are left after this one.
        attempts_left: u32,
    },
    /// The challenge takes none.
    Refused(Rejection),
    /// There is no such challenge.
    Unknown,
}

/// What the provider did about a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It accepted the code.
    Accepted,
    /// Certainly nothing.
    NotSent,
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is noted.
    Done,
    /// The challenge was verified or cancelled meanwhile.
    Refused(Rejection),
    /// There is no such challenge.
    Unknown,
}

/// Where a challenge stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// As far as the record knows.
    pub status: Status,
    /// What the provider calls it.
    pub provider_id: ChallengeId,
}

/// The store could not do it, or it is not known whether it did.
#[derive(Debug)]
pub struct StoreError {
    detail: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// `detail` says what happened. It must hold no secret, and no address.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: one_line(&detail.into(), 256).into_owned(), source: None }
    }

    /// Sets the source. Neither its texts nor those of its own sources may hold a secret.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.detail)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
