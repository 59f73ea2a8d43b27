//! Stores for the records of a [`Guard`](crate::Guard): the trait and two implementations.
//!
//! | store | for |
//! |---|---|
//! | [`MemoryStore`] | one process |
//! | `RedisStore` (feature `redis`) | many machines; its guide is the module `redis_guide` |
//!
//! Your own store implements [`ChallengeStore`]. [`Record`], [`CreateRecord`], [`SlidingWindow`] and [`FailureCounter`] contain the rules; the
//! store applies their methods within a transaction. The crate `otp-conformance` (feature `stores`) has the suite that it must pass.

mod bucket;
mod error;
mod expiring_map;
mod failure_counter;
mod idempotency;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
#[doc = include_str!("../../docs/redis.md")]
pub mod redis_guide {}
mod sliding_window;
mod steps;
mod types;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

pub use bucket::{Bucket, Key, ParseBucketError};
pub use error::{StoreError, StoreErrorKind};
pub use failure_counter::FailureCounter;
pub use idempotency::{CreateRecord, Idempotency, Replay};
pub use memory::MemoryStore;
pub use record::{RETENTION, Record, State};
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use sliding_window::SlidingWindow;
pub use types::{
    Attempt, AttemptOutcome, AttemptResult, Binding, CreateOutcome, Forget, Limit, Lockout, Quota, Receipt,
    RecordStatus, Reservation, ReserveResult, Room, SettleResult,
};

/// A store that keeps the records of challenges and counts how many were started.
///
/// - **Each bucket changes in one atomic step**, however many processes share the store. A method that touches keys of
///   several [buckets](Bucket) takes a step in each. If one step refuses, it takes the others back. What a crash leaves behind
///   counts too much, and never too little.
/// - **A method that fails may have taken its step** all the same. The guard then accepts nothing.
/// - **The store has the clock.** Callers pass durations, and the store alone decides what has expired, so that machines
///   with different clocks agree.
/// - **A record stays** until its challenge has ended and [`RETENTION`] has passed. A store that is full refuses the
///   reservation. It never drops a record or a counter, because a limit would be lost with it.
/// - **The store gets no secret.** It gets no code, proof, phone number, user id or idempotency key. Its keys and the bindings
///   are keyed hashes. The provider's ids, and challenges that are kept for an idempotency key, are encrypted.
#[async_trait]
pub trait ChallengeStore: Debug + Send + Sync + 'static {
    /// Counts a challenge against its quotas and writes its record. If a limit is reached, it changes nothing and returns
    /// how long to wait.
    ///
    /// If the reservation has an idempotency key, it takes the key until the create is settled. If another create holds the
    /// key, it changes nothing and returns what is known of that one.
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError>;

    /// Records what the provider did about a reserved challenge.
    ///
    /// If it was started, it becomes pending, and the pending challenge in its slot is cancelled. If nothing was sent, its
    /// record is removed, it is no longer counted, and its idempotency key is free. If that is not known, it stays
    /// reserved and counted.
    ///
    /// An idempotency key remembers the outcome, also if it comes after the lease. A key that was forgotten meanwhile, or taken by
    /// another create, does not.
    ///
    /// # Errors
    ///
    /// If the challenge was started and its reservation is gone.
    async fn settle_create(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError>;

    /// Reads what is known of the create with this idempotency key of a recipient in this bucket. `None` if the key is free. It
    /// changes nothing.
    async fn find_create(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> Result<Option<Replay>, StoreError>;

    /// Counts an attempt, if the challenge takes one. Until it is settled, it counts as a failure.
    ///
    /// If the challenge takes none, what was counted is taken back, and the reason is returned also if that fails. An attempt
    /// that is taken back may prolong for how long the subject's earlier failures are counted.
    async fn begin_attempt(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError>;

    /// Records that the code was accepted, for the first caller only, and resets the failures in a row. If nothing was sent,
    /// it returns the attempt.
    async fn settle_attempt(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> Result<SettleResult, StoreError>;

    /// Cancels a pending challenge, and returns its status after that. `None` if there is no such record.
    async fn cancel(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError>;

    /// Reads the status of a challenge. `None` if there is no such record.
    async fn read(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError>;

    /// Removes the counters of failures with these names, and those whose name begins with one of them and a dot; and
    /// the quotas and idempotency keys of these names, if everything is to be forgotten. Records stay until their time is over.
    async fn forget(&self, keys: &[Key], what: Forget) -> Result<(), StoreError>;

    /// Whether the store can be reached. It changes nothing.
    ///
    /// By default it reads a record that nobody has. In a cluster, that is the state of one shard.
    async fn ready(&self) -> Result<(), StoreError> {
        self.read(&Key::new(Bucket::new(0), "ready".to_owned())).await.map(drop)
    }
}

macro_rules! forward {
    ($pointer:ident) => {
        #[async_trait]
        impl<S: ChallengeStore + ?Sized> ChallengeStore for $pointer<S> {
            async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
                (**self).reserve_create(reservation).await
            }

            async fn settle_create(
                &self,
                reservation: &Reservation,
                receipt: &Receipt,
                creation: &CreateOutcome,
            ) -> Result<(), StoreError> {
                (**self).settle_create(reservation, receipt, creation).await
            }

            async fn find_create(
                &self,
                bucket: Bucket,
                idempotency: &Idempotency,
            ) -> Result<Option<Replay>, StoreError> {
                (**self).find_create(bucket, idempotency).await
            }

            async fn begin_attempt(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError> {
                (**self).begin_attempt(attempt).await
            }

            async fn settle_attempt(
                &self,
                attempt: &Attempt,
                receipt: &Receipt,
                outcome: AttemptOutcome,
            ) -> Result<SettleResult, StoreError> {
                (**self).settle_attempt(attempt, receipt, outcome).await
            }

            async fn cancel(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
                (**self).cancel(key).await
            }

            async fn read(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
                (**self).read(key).await
            }

            async fn forget(&self, keys: &[Key], what: Forget) -> Result<(), StoreError> {
                (**self).forget(keys, what).await
            }

            async fn ready(&self) -> Result<(), StoreError> {
                (**self).ready().await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
