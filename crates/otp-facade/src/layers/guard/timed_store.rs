//! Measures how long the store of a guard takes.

use std::fmt;
use std::time::Instant;

use async_trait::async_trait;

use super::metrics;
use crate::stores::{
    Attempt, AttemptOutcome, AttemptResult, Bucket, ChallengeStore, CreateOutcome, Forget, Idempotency, Key,
    Receipt, RecordStatus, Replay, Reservation, ReserveResult, SettleResult, StoreError,
};

/// A store, and a metric for each of its calls.
pub(super) struct TimedStore<S>(S);

impl<S: ChallengeStore> TimedStore<S> {
    pub(super) fn new(store: S) -> Self {
        metrics::describe();
        Self(store)
    }
}

async fn measure<T>(
    operation: &'static str,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let began = Instant::now();
    let outcome = call.await;
    let error_type = outcome.as_ref().err().map(|error| error.kind().name());
    metrics::store_called(operation, error_type, began.elapsed());
    outcome
}

#[async_trait]
impl<S: ChallengeStore> ChallengeStore for TimedStore<S> {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        measure("reserve_create", self.0.reserve_create(reservation)).await
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError> {
        measure("settle_create", self.0.settle_create(reservation, receipt, creation)).await
    }

    async fn find_create(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> Result<Option<Replay>, StoreError> {
        measure("find_create", self.0.find_create(bucket, idempotency)).await
    }

    async fn begin_attempt(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError> {
        measure("begin_attempt", self.0.begin_attempt(attempt)).await
    }

    async fn settle_attempt(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> Result<SettleResult, StoreError> {
        measure("settle_attempt", self.0.settle_attempt(attempt, receipt, outcome)).await
    }

    async fn cancel(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        measure("cancel", self.0.cancel(key)).await
    }

    async fn read(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        measure("read", self.0.read(key)).await
    }

    async fn forget(&self, keys: &[Key], what: Forget) -> Result<(), StoreError> {
        measure("forget", self.0.forget(keys, what)).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        measure("ready", self.0.ready()).await
    }
}

impl<S: fmt::Debug> fmt::Debug for TimedStore<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
