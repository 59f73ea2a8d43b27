//! The provider inside the guard, clocks, and a store that fails.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use otp_facade::stores::{
    Attempt, AttemptOutcome, AttemptResult, Bucket, ChallengeStore, CreateOutcome, Forget, Idempotency, Key,
    MemoryStore, Receipt, RecordStatus, Replay, Reservation, ReserveResult, SettleResult, StoreError,
};
use otp_facade::{
    Capabilities, CreateRequest, ErrorKind, Guard, GuardSettings, Purpose, Recipient, RecipientKind,
    Rejection, Result, Status,
};
use otp_tests::FakeProvider;

pub(crate) const PHONE: &str = "+4915112345678";

/// The provider inside the guard: it validates, accepts the right code as often as it is asked, and has neither limits
/// nor expiry.
pub(crate) fn inner(recipient: RecipientKind) -> FakeProvider {
    inner_with(recipient, |_| {})
}

/// One that can do more.
pub(crate) fn inner_with(recipient: RecipientKind, more: impl FnOnce(&mut Capabilities)) -> FakeProvider {
    let fake = FakeProvider::new("fake").validating().accepting_only_the_right_code();
    fake.with_status(Status::Declined).able(|able| {
        able.recipient = recipient;
        (able.cancel, able.status) = (false, false);
        more(able);
    })
}

/// A time that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<SystemTime>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().expect("not poisoned") += by;
    }

    pub(crate) fn turn_back(&self, by: Duration) {
        *self.0.lock().expect("not poisoned") -= by;
    }

    pub(crate) fn store(&self) -> MemoryStore {
        let time = self.0.clone();
        MemoryStore::new().with_clock(move || *time.lock().expect("not poisoned"))
    }
}

/// A store whose transitions fail on demand, before or after the step is taken.
#[derive(Clone, Debug)]
pub(crate) struct Failing {
    inner: MemoryStore,
    transition: Arc<Mutex<Option<(&'static str, When)>>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    Before,
    After,
}

impl Failing {
    pub(crate) fn new(inner: MemoryStore) -> Self {
        Self { inner, transition: Arc::default() }
    }

    pub(crate) fn fail(&self, transition: &'static str, when: When) {
        *self.transition.lock().expect("not poisoned") = Some((transition, when));
    }

    pub(crate) fn recover(&self) {
        *self.transition.lock().expect("not poisoned") = None;
    }

    async fn act<T>(
        &self,
        name: &'static str,
        step: impl Future<Output = std::result::Result<T, StoreError>>,
    ) -> std::result::Result<T, StoreError> {
        let failure = *self.transition.lock().expect("not poisoned");
        match failure.filter(|(transition, _)| *transition == name) {
            Some((_, When::Before)) => Err(StoreError::new("the store is away")),
            Some((_, When::After)) => step.await.and(Err(StoreError::new("the response was lost"))),
            None => step.await,
        }
    }
}

#[async_trait]
impl ChallengeStore for Failing {
    async fn reserve_create(
        &self,
        reservation: &Reservation,
    ) -> std::result::Result<ReserveResult, StoreError> {
        self.act("reserve_create", self.inner.reserve_create(reservation)).await
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        creation: &CreateOutcome,
    ) -> std::result::Result<(), StoreError> {
        self.act("settle_create", self.inner.settle_create(reservation, receipt, creation)).await
    }

    async fn find_create(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> std::result::Result<Option<Replay>, StoreError> {
        self.act("find_create", self.inner.find_create(bucket, idempotency)).await
    }

    async fn begin_attempt(&self, attempt: &Attempt) -> std::result::Result<AttemptResult, StoreError> {
        self.act("begin_attempt", self.inner.begin_attempt(attempt)).await
    }

    async fn settle_attempt(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> std::result::Result<SettleResult, StoreError> {
        self.act("settle_attempt", self.inner.settle_attempt(attempt, receipt, outcome)).await
    }

    async fn cancel(&self, key: &Key) -> std::result::Result<Option<RecordStatus>, StoreError> {
        self.act("cancel", self.inner.cancel(key)).await
    }

    async fn read(&self, key: &Key) -> std::result::Result<Option<RecordStatus>, StoreError> {
        self.act("read", self.inner.read(key)).await
    }

    async fn forget(&self, keys: &[Key], what: Forget) -> std::result::Result<(), StoreError> {
        self.act("forget", self.inner.forget(keys, what)).await
    }

    async fn ready(&self) -> std::result::Result<(), StoreError> {
        self.act("ready", self.read(&Key::new(Bucket::default(), "ready"))).await.map(drop)
    }
}

pub(crate) fn settings() -> GuardSettings {
    GuardSettings::new("a key of at least 32 characters, kept like a password")
}

/// Settings without limits, for what is not about them.
pub(crate) fn unlimited() -> GuardSettings {
    let settings = settings().with_min_interval(Duration::ZERO).with_per_hour(None).with_per_day(None);
    settings.with_per_subject_per_day(None).with_recipients_per_subject_per_day(None).with_max_failures(None)
}

pub(crate) fn guard<S: ChallengeStore>(
    fake: &FakeProvider,
    store: S,
    settings: GuardSettings,
) -> Guard<FakeProvider, S> {
    Guard::new(fake.clone(), store, settings).expect("valid settings")
}

pub(crate) fn request(phone: &str) -> CreateRequest {
    CreateRequest::new(Recipient::phone(phone))
}

pub(crate) fn purpose(words: &str) -> Purpose {
    Purpose::Other(words.to_owned())
}

pub(crate) fn kind<T>(outcome: &Result<T>) -> ErrorKind {
    outcome.as_ref().err().expect("it fails").kind()
}

pub(crate) fn rejection<T>(outcome: &Result<T>) -> Rejection {
    match kind(outcome) {
        ErrorKind::Rejected(rejection) => rejection,
        other => panic!("a rejection was expected, not {other:?}"),
    }
}
