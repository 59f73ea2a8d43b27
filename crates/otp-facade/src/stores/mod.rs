//! Where a [`Guard`](crate::Guard) keeps its records: the trait, and the stores that come with the crate.
//!
//! | store | for |
//! |---|---|
//! | [`MemoryStore`] | one process |
//! | `RedisStore` (feature `redis`) | many machines |
//!
//! A store of one's own implements [`ChallengeStore`]: [`Record`] and [`WindowCounters`] hold the rules, so that all that is
//! left to do is to apply one of their methods within a transaction. The crate
//! `otp-conformance` (feature `stores`) has the suite that it must pass.

mod expiring_map;
mod memory;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod types;
mod window_counters;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

pub use memory::MemoryStore;
pub use record::{RETENTION, Record, State};
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use types::{
    AttemptOutcome, AttemptResult, Binding, CreateOutcome, Limit, Quota, RecordStatus, Reservation,
    ReserveResult, SettleResult, StoreError,
};
pub use window_counters::WindowCounters;

/// Keeps the records of challenges, and counts how many were started.
///
/// - **Each method is one atomic step**, however many processes share the store. A method that fails may have taken
///   its step all the same; the guard then refuses.
/// - **The store has the clock.** What is passed in are durations; what is older than a record says is the store's to
///   judge, so that machines whose clocks differ agree.
/// - A record that was there is there until its challenge has ended and [`RETENTION`] has passed. What cannot be kept
///   so long must be refused when it is reserved, never dropped: with a counters, a limit would go.
/// - Nothing that it is given is a code, a proof or a phone number; the keys of quotas and slots and the bindings are
///   keyed hashes.
#[async_trait]
pub trait ChallengeStore: Debug + Send + Sync + 'static {
    /// Counts a challenge against its quotas and writes its record; or says how long to wait, and changes nothing.
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError>;

    /// Opens a reserved challenge, and cancels the one that was open in its slot; or forgets it and gives back what it
    /// counted, where nothing was sent.
    ///
    /// It fails if an opened challenge has no reservation any more.
    async fn settle_create(
        &self,
        reservation: &Reservation,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError>;

    /// Counts a try, unless the challenge takes none.
    async fn begin_attempt(&self, key: &str, presented: &Binding) -> Result<AttemptResult, StoreError>;

    /// Notes that the code was accepted, which only the first may; or gives the try back, where nothing was sent.
    async fn settle_attempt(&self, key: &str, outcome: AttemptOutcome) -> Result<SettleResult, StoreError>;

    /// Cancels an open challenge, and tells where it then stands. None if there is no such record.
    async fn cancel(&self, key: &str) -> Result<Option<RecordStatus>, StoreError>;

    /// Tells where a challenge stands. None if there is no such record.
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
