//! Stores for the records of a [`Guard`](crate::Guard): the trait and two implementations.
//!
//! | store | for |
//! |---|---|
//! | [`MemoryStore`] | one process |
//! | `RedisStore` (feature `redis`) | many machines; see its guide is the module `redis_guide` |
//!
//! Your own store implements [`ChallengeStore`]. [`Record`] and [`WindowCounters`] contain the rules; the store applies one
//! of their methods within a transaction. The crate `otp-conformance` (feature `stores`) has the suite that it must pass.

mod error;
mod expiring_map;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
#[doc = include_str!("../../docs/redis.md")]
pub mod redis_guide {}
mod types;
mod window_counters;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

pub use error::{StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use record::{RETENTION, Record, State};
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use types::{
    AttemptOutcome, AttemptResult, Binding, CreateOutcome, Limit, Quota, RecordStatus, Reservation,
    ReserveResult, SettleResult,
};
pub use window_counters::WindowCounters;

/// A store that keeps the records of challenges and counts how many were started.
///
/// - **Each method is one atomic step**, however many processes share the store. A method that fails may have taken
///   its step all the same. The guard then accepts nothing.
/// - **The store has the clock.** Callers pass durations, and the store alone decides what has expired, so that machines
///   with different clocks agree.
/// - **A record stays** until its challenge has ended and [`RETENTION`] has passed. A store that is full refuses the
///   reservation. It never drops a record or a counter, because a limit would be lost with it.
/// - **The store gets no secret.** It gets no code, proof or phone number. The keys of quotas and slots, and the bindings,
///   are keyed hashes.
#[async_trait]
pub trait ChallengeStore: Debug + Send + Sync + 'static {
    /// Counts a challenge against its quotas and writes its record. If a limit is reached, it changes nothing and returns
    /// how long to wait.
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError>;

    /// Records what the provider did about a reserved challenge.
    ///
    /// If it was started, it becomes pending, and the pending challenge in its slot is cancelled. If nothing was sent, its
    /// record is removed, and its counts are decremented.
    ///
    /// # Errors
    ///
    /// If the challenge was started and its reservation is gone.
    async fn settle_create(
        &self,
        reservation: &Reservation,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError>;

    /// Counts an attempt, if the challenge takes one.
    async fn begin_attempt(&self, key: &str, presented: &Binding) -> Result<AttemptResult, StoreError>;

    /// Records that the code was accepted, for the first caller only. If nothing was sent, it returns the attempt.
    async fn settle_attempt(&self, key: &str, outcome: AttemptOutcome) -> Result<SettleResult, StoreError>;

    /// Cancels a pending challenge, and returns its status after that. `None` if there is no such record.
    async fn cancel(&self, key: &str) -> Result<Option<RecordStatus>, StoreError>;

    /// Reads the status of a challenge. `None` if there is no such record.
    async fn read(&self, key: &str) -> Result<Option<RecordStatus>, StoreError>;
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
                creation: &CreateOutcome,
            ) -> Result<(), StoreError> {
                (**self).settle_create(reservation, creation).await
            }

            async fn begin_attempt(
                &self,
                key: &str,
                presented: &Binding,
            ) -> Result<AttemptResult, StoreError> {
                (**self).begin_attempt(key, presented).await
            }

            async fn settle_attempt(
                &self,
                key: &str,
                outcome: AttemptOutcome,
            ) -> Result<SettleResult, StoreError> {
                (**self).settle_attempt(key, outcome).await
            }

            async fn cancel(&self, key: &str) -> Result<Option<RecordStatus>, StoreError> {
                (**self).cancel(key).await
            }

            async fn read(&self, key: &str) -> Result<Option<RecordStatus>, StoreError> {
                (**self).read(key).await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
