//! Idempotency keys: what a create leaves for others with the same key.

use std::time::Duration;

use super::engine::Invocation;
use super::script::SCRIPTS;
use super::{RedisStore, milliseconds};
use crate::stores::error::{StoreError, StoreErrorKind};
use crate::stores::types::Reservation;
use crate::stores::{Bucket, Idempotency, Replay};

impl RedisStore {
    /// The hash in which the outcomes of a recipient's creates are, by idempotency key.
    fn creates(&self, bucket: Bucket, idempotency: &Idempotency) -> String {
        self.key(bucket, "creates", &idempotency.recipient)
    }

    /// Adds the key and what the script needs to take it. They come last.
    pub(super) fn take_idempotency_key(&self, call: &mut Invocation, reservation: &Reservation) {
        if let Some(idempotency) = &reservation.idempotency {
            call.key(self.creates(reservation.key.bucket, idempotency));
            call.arg(&*idempotency.name).arg(&*idempotency.request);
            call.arg(milliseconds(idempotency.lease)).arg(&*reservation.key.name);
        }
    }

    /// Adds the key and its name. They come last.
    pub(super) fn settle_idempotency_key(&self, call: &mut Invocation, reservation: &Reservation) {
        if let Some(idempotency) = &reservation.idempotency {
            call.key(self.creates(reservation.key.bucket, idempotency)).arg(&*idempotency.name);
        }
    }

    /// Records that it is not known what became of a create.
    pub(super) async fn record_uncertain(
        &self,
        reservation: &Reservation,
        error: &str,
    ) -> Result<(), StoreError> {
        if reservation.idempotency.is_none() {
            return Ok(());
        }
        let mut call = self.call(&SCRIPTS.uncertain_create);
        self.settle_idempotency_key(&mut call, reservation);
        call.arg(&*reservation.key.name).arg(error);
        self.engine.run::<i64>(call).await.map(drop)
    }

    pub(super) async fn find(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> Result<Option<Replay>, StoreError> {
        let mut call = self.call(&SCRIPTS.find_create);
        call.key(self.creates(bucket, idempotency));
        call.arg(&*idempotency.name).arg(&*idempotency.request);
        let (word, milliseconds, kept): (String, u64, String) = self.engine.run(call).await?;
        match word.as_str() {
            "free" => Ok(None),
            word => {
                let replay = replay(word, milliseconds, kept);
                replay.map(Some).ok_or_else(|| StoreError::redis(StoreErrorKind::InvalidData))
            }
        }
    }
}

/// Parses what a script returned about another create. `None` if it is about something else.
pub(super) fn replay(word: &str, milliseconds: u64, kept: String) -> Option<Replay> {
    let time = Duration::from_millis(milliseconds);
    Some(match word {
        "in_flight" => Replay::InFlight { lease_left: time },
        "uncertain" => Replay::Uncertain { error: Some(kept).filter(|error| !error.is_empty()), age: time },
        "other_request" => Replay::OtherRequest,
        "started" => Replay::Started { challenge: kept, age: time },
        _ => return None,
    })
}
