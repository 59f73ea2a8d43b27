//! A fresh store with what the cases need around it: reservations, quotas, expected results.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use otp_facade::stores::{
    AttemptOutcome, AttemptResult, Binding, ChallengeStore, CreateOutcome, Limit, Quota, RecordStatus,
    Reservation, ReserveResult, SettleResult, StoreError,
};
use otp_facade::{ChallengeId, Rejection, Status};
use rand::RngExt as _;
use tokio::task::JoinSet;

use crate::CaseResult;

/// The store under test and its clock, with the steps that the cases share.
pub(super) struct Fixture<'a> {
    pub(super) store: Arc<dyn ChallengeStore>,
    pub(super) advance: Box<dyn Fn(Duration) -> bool + Send + Sync + 'a>,
    pub(super) turn_back: Box<dyn Fn(Duration) -> bool + Send + Sync + 'a>,
}

pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const LIFETIME: Duration = Duration::from_secs(600);
pub(super) const ATTEMPTS: u32 = 3;

pub(super) fn unique(prefix: &str) -> String {
    // Random, because the store may be shared with other cases, other runs and real data.
    format!("{prefix}-{:032x}", rand::rng().random::<u128>())
}

pub(super) fn provider_id() -> ChallengeId {
    ChallengeId::new("inner", &["a/b", "1"])
}

pub(super) fn reservation() -> Reservation {
    Reservation {
        key: unique("record"),
        slot: unique("slot"),
        quotas: Vec::new(),
        lifetime: LIFETIME,
        max_attempts: ATTEMPTS,
        binding: Binding::default(),
    }
}

/// A quota with a fresh key, of this many reservations in each of these windows.
pub(super) fn quota(limits: &[(u32, Duration)]) -> Quota {
    let limits = limits.iter().map(|&(max, window)| Limit { max, window });
    Quota { key: unique("quota"), limits: limits.collect() }
}

pub(super) fn started() -> CreateOutcome {
    CreateOutcome::Started { provider_id: provider_id(), lifetime: LIFETIME, max_attempts: ATTEMPTS }
}

pub(super) fn allowed(attempts_left: u32) -> AttemptResult {
    AttemptResult::Allowed { provider_id: provider_id(), attempts_left }
}

/// Requires a certain response of the store.
pub(super) fn expect<T: PartialEq + Debug>(
    what: &str,
    response: Result<T, StoreError>,
    wanted: T,
) -> CaseResult {
    match response {
        Ok(response) if response == wanted => Ok(()),
        Ok(response) => Err(format!("{what} is {response:?}, not {wanted:?}")),
        Err(error) => Err(format!("{what} failed: {error}")),
    }
}

impl Fixture<'_> {
    /// An open challenge.
    pub(super) async fn start(&self) -> Result<Reservation, String> {
        self.start_with(reservation()).await
    }

    pub(super) async fn start_with(&self, reservation: Reservation) -> Result<Reservation, String> {
        expect("reserve_create", self.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
        expect("settle_create", self.store.settle_create(&reservation, &started()).await, ())?;
        Ok(reservation)
    }

    pub(super) async fn expect_attempt(
        &self,
        reservation: &Reservation,
        wanted: AttemptResult,
    ) -> CaseResult {
        self.expect_attempt_with(reservation, &reservation.binding, wanted).await
    }

    pub(super) async fn expect_attempt_with(
        &self,
        reservation: &Reservation,
        presented: &Binding,
        wanted: AttemptResult,
    ) -> CaseResult {
        expect("begin_attempt", self.store.begin_attempt(&reservation.key, presented).await, wanted)
    }

    pub(super) async fn expect_settled(
        &self,
        reservation: &Reservation,
        outcome: AttemptOutcome,
        wanted: SettleResult,
    ) -> CaseResult {
        expect("settle_attempt", self.store.settle_attempt(&reservation.key, outcome).await, wanted)
    }

    pub(super) async fn expect_rejection(
        &self,
        reservation: &Reservation,
        rejection: Rejection,
    ) -> CaseResult {
        self.expect_attempt(reservation, AttemptResult::Rejected(rejection)).await
    }

    pub(super) async fn expect_status(&self, reservation: &Reservation, status: Status) -> CaseResult {
        let wanted = Some(RecordStatus { status, provider_id: provider_id() });
        expect("read", self.store.read(&reservation.key).await, wanted)
    }

    pub(super) async fn expect_cancel(&self, reservation: &Reservation, status: Status) -> CaseResult {
        let wanted = Some(RecordStatus { status, provider_id: provider_id() });
        expect("cancel", self.store.cancel(&reservation.key).await, wanted)
    }

    /// How long to wait for a reservation that the limit with this index expect_rejection.
    pub(super) async fn expect_limited(
        &self,
        reservation: &Reservation,
        index: usize,
    ) -> Result<Duration, String> {
        match self.store.reserve_create(reservation).await {
            Ok(ReserveResult::Limited { limit, retry_after }) if limit == index && !retry_after.is_zero() => {
                Ok(retry_after)
            }
            other => Err(format!("reserve_create is {other:?}, a wait for limit {index} was expected")),
        }
    }

    /// Runs the same operation in a number of tasks at once, and returns all responses.
    pub(super) async fn run_concurrently<T, F>(
        &self,
        times: usize,
        act: impl Fn(Arc<dyn ChallengeStore>) -> F,
    ) -> Result<Vec<T>, String>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for _ in 0..times {
            tasks.spawn(act(self.store.clone()));
        }
        let responses: Result<Vec<T>, StoreError> = tasks.join_all().await.into_iter().collect();
        responses.map_err(|error| format!("one failed: {error}"))
    }
}
