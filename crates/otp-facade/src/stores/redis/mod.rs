//! Redis store: records in Redis or Valkey, for many machines.
//!
//! The rules of [`Record`](super::Record), [`SlidingWindow`](super::SlidingWindow) and
//! [`FailureCounter`](super::FailureCounter) stand a second time in `*.lua`, on purpose: each transition is one atomic script on
//! the server. Each script has the name of the method that it implements; `lib/` contains what they share. Change both
//! together. `stores::conformance` runs the same cases against both.

mod attempt;
mod builder;
mod engine;
mod idempotency;
mod keys;
mod reserve;
mod script;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use self::engine::{Engine, Invocation};
use self::script::SCRIPTS;
use super::error::StoreError;
use super::record::{RETENTION, milliseconds};
use super::types::{
    Attempt, AttemptOutcome, AttemptResult, CreateOutcome, Forget, Receipt, RecordStatus, Reservation,
    ReserveResult, SettleResult,
};
use super::{Bucket, ChallengeStore, Idempotency, Key, Replay};
use crate::challenge::Status;

/// How often another challenge may take the slot while one is settled.
const MAX_SLOT_CHANGES: usize = 16;

/// Keeps the records in Redis (7 or later) or Valkey. It is for any number of machines.
///
/// - Every step is one Lua script, called by its hash: one atomic round trip. Steps in several [buckets](super::Bucket) are sent
///   together. The clock is the server's, so the clocks of the machines do not matter.
/// - Keys expire by themselves. All begin with a prefix and the version of their format.
/// - Connections are made on demand, and again after they closed. Without a response within the deadline, a call fails with
///   `StoreUnavailable`. A transition whose outcome is unknown is not sent again.
/// - `rediss://` needs the feature `redis-tls`. Certificates are checked against those of the system, or a private CA's.
/// - A single server, a master behind sentinels, and a cluster have a constructor each.
///
/// **Read [the guide](super::redis_guide)** about durability, failover, eviction and permissions before production.
///
/// # Cluster
///
/// The keys are spread over the hash slots by recipient: limits, slot and records of one recipient are in one hash slot, those
/// of a subject and of all recipients in others. Memory and load grow with the cluster. See [`RedisStore::cluster`].
#[derive(Debug)]
pub struct RedisStore {
    engine: Engine,
    prefix: String,
    ahead: AtomicI64,
}

impl RedisStore {
    /// Moves the clock of this store, for tests. Keys still expire by the server's.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(signed(by), Ordering::Relaxed);
    }

    /// Turns the clock of this store back, for tests, as it happens to a server's.
    pub fn turn_back(&self, by: Duration) {
        self.ahead.fetch_sub(signed(by), Ordering::Relaxed);
    }

    fn call(&self, script: &'static redis::Script) -> Invocation {
        let mut call = Invocation::new(script);
        call.arg(self.ahead.load(Ordering::Relaxed));
        call
    }

    async fn read_or_cancel(&self, key: &Key, cancel: bool) -> Result<Option<RecordStatus>, StoreError> {
        let mut call = self.call(&SCRIPTS.read_or_cancel);
        call.key(self.record(key)).key(self.people(key.bucket)).arg(u8::from(cancel));
        let (status, provider_id): (String, String) = self.engine.run(call).await?;
        let is_known = status != "unknown";
        Ok(is_known.then(|| RecordStatus { status: Status::from(status.as_str()), provider_id }))
    }

    /// Makes a reserved challenge pending.
    async fn confirm(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        (provider_id, lifetime, max_attempts): (&str, Duration, u32),
        challenge: Option<&str>,
    ) -> Result<(), StoreError> {
        let Key { bucket, name } = &reservation.key;
        let mut former = receipt.former.clone();
        for _ in 0..MAX_SLOT_CHANGES {
            let mut call = self.call(&SCRIPTS.confirm_create);
            call.key(self.record(&reservation.key)).key(self.slot(*bucket, &reservation.slot));
            call.key(self.people(*bucket));
            if let Some(former) = &former {
                call.key(self.record(&Key::new(*bucket, former.clone())));
            }
            call.arg(provider_id).arg(milliseconds(lifetime));
            call.arg(milliseconds(lifetime.saturating_add(RETENTION))).arg(max_attempts).arg(&**name);
            call.arg(former.as_deref().unwrap_or_default());
            call.arg(reservation.shared.as_deref().unwrap_or_default());
            if let Some(challenge) = challenge {
                self.settle_idempotency_key(&mut call, reservation);
                call.arg(challenge);
            }
            match self.engine.run(call).await? {
                (1, _) => return Ok(()),
                (2, other) => former = Some(other.into()),
                (_, String { .. }) => return Err(StoreError::new("the reservation is gone")),
            }
        }
        Err(StoreError::new("too many challenges at once for one recipient"))
    }
}

#[async_trait]
impl ChallengeStore for RedisStore {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        self.reserve(reservation).await
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError> {
        match creation {
            CreateOutcome::Started { provider_id, lifetime, max_attempts, challenge } => {
                let started = (provider_id.as_str(), *lifetime, *max_attempts);
                self.confirm(reservation, receipt, started, challenge.as_deref()).await
            }
            CreateOutcome::NotSent => self.release(reservation, receipt).await,
            CreateOutcome::Uncertain { error } => self.record_uncertain(reservation, error).await,
        }
    }

    async fn find_create(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> Result<Option<Replay>, StoreError> {
        self.find(bucket, idempotency).await
    }

    async fn begin_attempt(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError> {
        self.begin(attempt).await
    }

    async fn settle_attempt(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> Result<SettleResult, StoreError> {
        self.settle(attempt, receipt, outcome).await
    }

    async fn cancel(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        self.read_or_cancel(key, true).await
    }

    async fn read(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        self.read_or_cancel(key, false).await
    }

    async fn forget(&self, keys: &[Key], what: Forget) -> Result<(), StoreError> {
        let call = |key: &Key| {
            let mut call = self.call(&SCRIPTS.forget);
            call.key(self.people(key.bucket)).arg(&*key.name);
            if what == Forget::Everything {
                call.key(self.quota(key)).key(self.key(key.bucket, "creates", &key.name));
            }
            call
        };
        let responses = self.engine.run_all(keys.iter().map(call).collect()).await;
        responses.into_iter().try_for_each(|response| response.map(|_| ()))
    }
}

fn signed(duration: Duration) -> i64 {
    i64::try_from(milliseconds(duration)).unwrap_or(i64::MAX)
}
