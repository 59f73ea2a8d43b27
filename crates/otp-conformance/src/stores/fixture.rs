//! A fresh store with what the cases need around it: reservations, quotas, expected results.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use otp_facade::stores::{
    Attempt, AttemptOutcome, AttemptResult, Binding, Bucket, ChallengeStore, CreateOutcome, Key, Limit,
    Lockout, Quota, Receipt, RecordStatus, Reservation, ReserveResult, Room, SettleResult, StoreError,
};
use otp_facade::{Rejection, Status};
use rand::RngExt as _;
use tokio::task::JoinSet;

use crate::{CaseResult, ensure};

/// The store under test and its clock, with the steps that the cases share.
pub(super) struct Fixture<'a> {
    pub(super) store: Arc<dyn ChallengeStore>,
    pub(super) advance: Box<dyn Fn(Duration) -> bool + Send + Sync + 'a>,
    pub(super) turn_back: Box<dyn Fn(Duration) -> bool + Send + Sync + 'a>,
}

pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const LIFETIME: Duration = Duration::from_secs(600);
pub(super) const ATTEMPTS: u32 = 3;

pub(super) fn unique(prefix: &str) -> Arc<str> {
    // Random, because the store may be shared with other cases, other runs and real data.
    format!("{prefix}-{:032x}", rand::rng().random::<u128>()).into()
}

/// A fresh key in a random bucket.
pub(super) fn key(prefix: &str) -> Key {
    key_in(Bucket::new(rand::rng().random()), prefix)
}

/// A fresh key in this bucket.
pub(super) fn key_in(bucket: Bucket, prefix: &str) -> Key {
    Key::new(bucket, unique(prefix))
}

pub(super) fn provider_id() -> String {
    "as the guard encrypted it".to_owned()
}

pub(super) fn reservation() -> Reservation {
    Reservation {
        key: key("record"),
        slot: unique("slot"),
        quotas: Vec::new(),
        lockout: None,
        failures: None,
        shared: None,
        lifetime: LIFETIME,
        max_attempts: ATTEMPTS,
        binding: Binding::default(),
        idempotency: None,
    }
}

/// A reservation in the bucket and the slot of another.
pub(super) fn in_slot_of(former: &Reservation) -> Reservation {
    Reservation { key: key_in(former.key.bucket, "record"), slot: former.slot.clone(), ..reservation() }
}

/// A quota with a fresh key, of this many reservations in each of these windows.
pub(super) fn quota(limits: &[(u32, Duration)]) -> Quota {
    let limits = limits.iter().map(|&(max, window)| Limit { max, window });
    Quota { key: key("quota"), limits: limits.collect(), step: Duration::ZERO, label: None }
}

/// A limit of failures in a row, with a fresh counter of the subject.
pub(super) fn lockout(max: u32) -> Lockout {
    Lockout { max, retention: HOUR * 48, subject: Some(key("subject")) }
}

pub(super) fn started() -> CreateOutcome {
    CreateOutcome::Started {
        provider_id: provider_id(),
        lifetime: LIFETIME,
        max_attempts: ATTEMPTS,
        challenge: None,
    }
}

pub(super) fn allowed(attempts_left: u32) -> AttemptResult {
    let (expires_in, receipt) = (Duration::ZERO, Receipt::default());
    AttemptResult::Allowed { provider_id: provider_id(), attempts_left, expires_in, receipt }
}

/// An attempt with the subject and the purpose that the challenge was reserved for.
pub(super) fn attempt(reservation: &Reservation) -> Attempt {
    Attempt {
        key: reservation.key.clone(),
        presented: reservation.binding.clone(),
        lockout: reservation.lockout.clone(),
        max_lifetime: LIFETIME,
    }
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
        let (receipt, _) = self.reserve(&reservation).await?;
        self.settle(&reservation, &receipt, &started()).await?;
        Ok(reservation)
    }

    /// A reservation that has to be granted.
    pub(super) async fn reserve(&self, reservation: &Reservation) -> Result<(Receipt, Vec<Room>), String> {
        match self.store.reserve_create(reservation).await {
            Ok(ReserveResult::Granted { receipt, room }) => Ok((receipt, room)),
            other => Err(format!("reserve_create is {other:?}, not granted")),
        }
    }

    pub(super) async fn settle(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        outcome: &CreateOutcome,
    ) -> CaseResult {
        expect("settle_create", self.store.settle_create(reservation, receipt, outcome).await, ())
    }

    pub(super) async fn expect_attempt(
        &self,
        reservation: &Reservation,
        wanted: AttemptResult,
    ) -> Result<Receipt, String> {
        self.expect_attempt_with(&attempt(reservation), wanted).await
    }

    /// Requires a certain result, whatever its receipt, which is returned. The challenge must be valid for a part of its lifetime.
    pub(super) async fn expect_attempt_with(
        &self,
        attempt: &Attempt,
        wanted: AttemptResult,
    ) -> Result<Receipt, String> {
        let begun = self.store.begin_attempt(attempt).await;
        let Ok(AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt }) = begun else {
            return expect("begin_attempt", begun, wanted).map(|()| Receipt::default());
        };
        ensure!(
            expires_in > Duration::ZERO && expires_in <= LIFETIME,
            "a challenge with a lifetime of {LIFETIME:?} expires in {expires_in:?}"
        );
        let (expires_in, no_receipt) = (Duration::ZERO, Receipt::default());
        let begun = AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt: no_receipt };
        expect("begin_attempt", Ok(begun), wanted).map(|()| receipt)
    }

    pub(super) async fn expect_settled(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        outcome: AttemptOutcome,
        wanted: SettleResult,
    ) -> CaseResult {
        let settled = self.store.settle_attempt(&attempt(reservation), receipt, outcome).await;
        expect("settle_attempt", settled, wanted)
    }

    /// A wrong code: an attempt that is not settled.
    pub(super) async fn fail(&self, reservation: &Reservation) -> CaseResult {
        match self.store.begin_attempt(&attempt(reservation)).await {
            Ok(AttemptResult::Allowed { .. }) => Ok(()),
            other => Err(format!("begin_attempt is {other:?}, not allowed")),
        }
    }

    pub(super) async fn expect_rejection(
        &self,
        reservation: &Reservation,
        rejection: Rejection,
    ) -> CaseResult {
        self.expect_attempt(reservation, AttemptResult::Rejected(rejection)).await.map(|_| ())
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
