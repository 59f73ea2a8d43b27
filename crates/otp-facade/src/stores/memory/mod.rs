//! In-memory store: records in this process.

mod shard;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use self::shard::Shard;
use super::error::StoreError;
use super::idempotency::{Idempotency, Replay};
use super::record::milliseconds;
use super::steps::{ReserveStep, merge, reserve_steps};
use super::types::{
    Attempt, AttemptOutcome, AttemptResult, CreateOutcome, Forget, Receipt, RecordStatus, Reservation,
    ReserveResult, SettleResult,
};
use super::{Bucket, ChallengeStore, Key};
use crate::error::Rejection;

/// Default for the maximum number of entries. A challenge takes one for itself. Its slot, each quota and each counter of
/// failures take one more, which the next challenges of the same person share.
const CAPACITY: usize = 1_000_000;

/// Number of shards. When the map of a shard grows, only the calls of its buckets wait.
const SHARDS: usize = 64;

/// Keeps the records in memory. It is for one process: each process has limits of its own, and a restart loses the
/// records.
///
/// Later calls remove expired entries. A store that is full of others refuses new challenges and forgets no limit. Clones
/// share the records.
#[derive(Clone)]
pub struct MemoryStore {
    shards: Arc<[Mutex<Shard>]>,
    /// Number of entries in all shards.
    entries: Arc<AtomicUsize>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    capacity: usize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        // Monotonic: a step of the system's clock must not lengthen or end a challenge.
        let (date, start) = (SystemTime::now(), Instant::now());
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            entries: Arc::default(),
            clock: Arc::new(move || date + start.elapsed()),
            capacity: CAPACITY,
        }
    }
}

impl MemoryStore {
    /// An empty store for a million entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of entries.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets the clock, for tests that move it.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use std::time::{Duration, SystemTime};
    /// use otp_facade::stores::MemoryStore;
    ///
    /// let time = Arc::new(Mutex::new(SystemTime::now()));
    /// let clock = time.clone();
    /// let store = MemoryStore::new().with_clock(move || *clock.lock().unwrap());
    /// *time.lock().unwrap() += Duration::from_secs(600);
    /// ```
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The number of entries, including those that have expired and are not removed yet.
    pub fn len(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn now(&self) -> u64 {
        milliseconds((self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Takes a step in the shard of this bucket.
    fn with<T>(&self, bucket: Bucket, step: impl FnOnce(&mut Shard, u64) -> T) -> T {
        let shard = &self.shards[usize::from(bucket.number()) % SHARDS];
        self.with_shard(shard, step)
    }

    fn with_shard<T>(&self, shard: &Mutex<Shard>, step: impl FnOnce(&mut Shard, u64) -> T) -> T {
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock is read under the lock, so that the times in a shard are in order.
        let (now, before) = (self.now(), shard.len());
        shard.evict_some(now);
        let result = step(&mut shard, now);
        // Wrapping: the difference may be negative.
        self.entries.fetch_add(shard.len().wrapping_sub(before), Ordering::Relaxed);
        result
    }

    /// Removes expired entries to make room. False if there is not enough.
    fn make_room(&self, entries: usize) -> bool {
        if self.len() + entries > self.capacity {
            for shard in &*self.shards {
                self.with_shard(shard, |shard, now| shard.evict_all_expired(now));
            }
        }
        self.len() + entries <= self.capacity
    }

    fn release(&self, step: &ReserveStep<'_>, counted_at: &[u64]) -> bool {
        self.with(step.bucket, |shard, now| shard.release(step, counted_at, now))
    }
}

#[async_trait]
impl ChallengeStore for MemoryStore {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        let steps = reserve_steps(reservation);
        // A record, a slot, a window for each quota, two counters of failures, and an idempotency key.
        let key = usize::from(reservation.idempotency.is_some());
        if !self.make_room(reservation.quotas.len() + 4 + key) {
            return Err(StoreError::new("the store is full"));
        }
        let take = |step: &ReserveStep<'_>| Ok(self.with(step.bucket, |shard, now| shard.reserve(step, now)));
        let merged = merge(reservation, &steps, steps.iter().map(take));
        for (step, counted_at) in merged.take_back {
            self.release(step, &counted_at);
        }
        merged.outcome
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError> {
        let bucket = reservation.key.bucket;
        match creation {
            CreateOutcome::Started { provider_id, lifetime, max_attempts, .. } => {
                let started = (provider_id.as_str(), *lifetime, *max_attempts);
                return self.with(bucket, |shard, now| {
                    shard.confirm(reservation, started, now)?;
                    shard.settle_idempotency(reservation, creation, now);
                    Ok(())
                });
            }
            CreateOutcome::Uncertain { .. } => {
                self.with(bucket, |shard, now| shard.settle_idempotency(reservation, creation, now));
                return Ok(());
            }
            CreateOutcome::NotSent => {}
        }
        for step in reserve_steps(reservation) {
            // The first step is that of the record, which says whether there is anything to take back.
            if !self.release(&step, &step.counted_at(receipt)) {
                break;
            }
        }
        Ok(())
    }

    async fn find_create(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> Result<Option<Replay>, StoreError> {
        Ok(self.with(bucket, |shard, now| shard.find_create(bucket, idempotency, now)))
    }

    async fn begin_attempt(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError> {
        let begun = self.with(attempt.key.bucket, |shard, now| shard.begin_attempt(attempt, now));
        let AttemptResult::Allowed { provider_id, attempts_left, expires_in, mut receipt } = begun else {
            return Ok(begun);
        };
        if let Some((lockout, subject)) = attempt.subject_failures() {
            let counted = self
                .with(subject.bucket, |shard, now| shard.count_failure(lockout, subject, now).then_some(now));
            let Some(now) = counted else {
                let counted_at = receipt.counted_at[0];
                self.with(attempt.key.bucket, |shard, now| {
                    shard.settle_attempt(attempt, counted_at, AttemptOutcome::NotSent, now)
                });
                return Ok(AttemptResult::Rejected(Rejection::LockedOut));
            };
            receipt.counted_at.push(now);
        }
        Ok(AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt })
    }

    async fn settle_attempt(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> Result<SettleResult, StoreError> {
        let counted_at = |index| receipt.counted_at.get(index).copied().unwrap_or_default();
        let settled = self.with(attempt.key.bucket, |shard, now| {
            shard.settle_attempt(attempt, counted_at(0), outcome, now)
        });
        if let Some((_, subject)) = attempt.subject_failures() {
            self.with(subject.bucket, |shard, now| {
                shard.settle_failure(subject, counted_at(1), outcome, now);
            });
        }
        Ok(settled)
    }

    async fn cancel(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        Ok(self.with(key.bucket, |shard, now| shard.cancel(key, now)))
    }

    async fn read(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        Ok(self.with(key.bucket, |shard, now| shard.read(key, now)))
    }

    async fn forget(&self, keys: &[Key], what: Forget) -> Result<(), StoreError> {
        for key in keys {
            self.with(key.bucket, |shard, _| shard.forget(key, what));
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryStore").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
