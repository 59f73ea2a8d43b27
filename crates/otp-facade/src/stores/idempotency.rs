//! What a store keeps under an idempotency key, independent of where it is stored. Times are milliseconds since 1970.
//!
//! `redis/lib/idempotency.lua` implements the same rules a second time, on purpose. Change both together.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::{RETENTION, milliseconds};
use super::types::{CreateOutcome, Reservation};

/// An idempotency key, as a create presents it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The recipient: a name in the record's bucket. Its keys are forgotten with it.
    pub recipient: Arc<str>,
    /// Keyed hash of the key and the subject, unique for the recipient. It has no white space.
    pub name: Arc<str>,
    /// Keyed hash of what the create asks for. It has no white space.
    pub request: Arc<str>,
    /// How long the others wait for the outcome.
    pub lease: Duration,
}

/// What is known about a create, for another one with the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It is under way.
    InFlight {
        /// How long to wait for its outcome.
        lease_left: Duration,
    },
    /// It is not known whether a message was sent.
    Uncertain {
        /// The error, encrypted. `None` if there was no outcome until the end of the lease.
        error: Option<String>,
        /// How long ago that was.
        age: Duration,
    },
    /// It asked for something else.
    OtherRequest,
    /// It started this challenge.
    Started {
        /// The challenge, encrypted.
        challenge: String,
        /// How long ago that was.
        age: Duration,
    },
}

/// The create that holds an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRecord {
    state: CreateState,
    /// Hash of what it asked for.
    request: Arc<str>,
    /// Name of its record.
    record: Arc<str>,
    since: u64,
    lease_ends_at: u64,
    expires_at: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CreateState {
    Reserved,
    /// With the error, encrypted.
    Uncertain(String),
    /// With the challenge, encrypted.
    Started(String),
}

impl CreateRecord {
    /// Takes a free key for a create that is about to begin.
    pub fn reserved(reservation: &Reservation, idempotency: &Idempotency, now: u64) -> Self {
        Self {
            state: CreateState::Reserved,
            request: idempotency.request.clone(),
            record: reservation.key.name.clone(),
            since: now,
            lease_ends_at: now + milliseconds(idempotency.lease),
            expires_at: now + milliseconds(reservation.lifetime.saturating_add(RETENTION)),
        }
    }

    /// What another create with the same key gets. `None` if the key is free again.
    pub fn replay(&mut self, request: &str, now: u64) -> Option<Replay> {
        self.follow_clock(now);
        if now >= self.expires_at {
            return None;
        }
        if *self.request != *request {
            return Some(Replay::OtherRequest);
        }
        let (age, lease_left) = (now - self.since, self.lease_ends_at.saturating_sub(now));
        let age = Duration::from_millis(age);
        Some(match &self.state {
            CreateState::Reserved if lease_left == 0 => Replay::Uncertain { error: None, age },
            CreateState::Reserved => Replay::InFlight { lease_left: Duration::from_millis(lease_left) },
            CreateState::Uncertain(error) => Replay::Uncertain { error: Some(error.clone()), age },
            CreateState::Started(challenge) => Replay::Started { challenge: challenge.clone(), age },
        })
    }

    /// Records what became of the create, also after the end of its lease. A create that sent nothing frees the key: then the
    /// store removes this instead.
    pub fn settle(&mut self, outcome: &CreateOutcome, now: u64) {
        self.state = match outcome {
            CreateOutcome::Started { challenge: Some(challenge), lifetime, .. } => {
                self.expires_at = now + milliseconds(lifetime.saturating_add(RETENTION));
                CreateState::Started(challenge.clone())
            }
            CreateOutcome::Uncertain { error } => CreateState::Uncertain(error.clone()),
            CreateOutcome::Started { challenge: None, .. } | CreateOutcome::NotSent => return,
        };
        self.since = now;
    }

    /// Whether the create with this reservation holds the key.
    pub fn is_of(&self, reservation: &Reservation) -> bool {
        self.record == reservation.key.name
    }

    /// Until when a store must keep it.
    pub fn retained_until(&self) -> u64 {
        self.expires_at
    }

    /// Adjusts the times if the clock went back, as [`Record`](super::Record) does.
    fn follow_clock(&mut self, now: u64) {
        let back = self.since.saturating_sub(now);
        self.since -= back;
        self.lease_ends_at = self.lease_ends_at.saturating_sub(back);
        self.expires_at = self.expires_at.saturating_sub(back);
    }
}
