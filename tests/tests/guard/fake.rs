//! A provider that sends nothing and accepts anything that is right, and a store that fails.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use otp_facade::stores::{
    AttemptOutcome, AttemptResult, Binding, ChallengeStore, CreateOutcome, MemoryStore, RecordStatus,
    Reservation, ReserveResult, SettleResult, StoreError,
};
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Error, ErrorKind, Guard, GuardSettings,
    OtpProvider, Purpose, Recipient, RecipientKind, Rejection, Result, Status, Verified, VerifyRequest,
};

pub(crate) const RIGHT: &str = "right";
pub(crate) const WRONG: &str = "wrong";
pub(crate) const PHONE: &str = "+4915112345678";

/// It accepts the right code as often as it is asked, and has neither limit nor end.
#[derive(Clone, Debug)]
pub(crate) struct Fake(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    capabilities: Capabilities,
    calls: Mutex<Vec<&'static str>>,
    requests: Mutex<Vec<CreateRequest>>,
    failures: Mutex<VecDeque<Error>>,
    challenges: AtomicUsize,
}

impl Fake {
    pub(crate) fn new(need: RecipientKind) -> Self {
        Self::with(need, |_| {})
    }

    /// One that can do more.
    pub(crate) fn with(need: RecipientKind, more: impl FnOnce(&mut Capabilities)) -> Self {
        let mut capabilities = Capabilities::new(need, [Channel::Sms]);
        more(&mut capabilities);
        let (calls, requests, failures) = Default::default();
        Self(Arc::new(Inside { capabilities, calls, requests, failures, challenges: AtomicUsize::new(0) }))
    }

    /// How often a verb was called.
    pub(crate) fn count(&self, verb: &str) -> usize {
        self.0.calls.lock().expect("not poisoned").iter().filter(|call| **call == verb).count()
    }

    /// What the last create was asked.
    pub(crate) fn last_request(&self) -> CreateRequest {
        self.0.requests.lock().expect("not poisoned").last().expect("a create").clone()
    }

    /// The next call fails with this.
    pub(crate) fn fail(&self, error: Error) {
        self.0.failures.lock().expect("not poisoned").push_back(error);
    }

    async fn call(&self, verb: &'static str) -> Result<()> {
        self.0.calls.lock().expect("not poisoned").push(verb);
        // Others get their turn while this one waits for the provider.
        tokio::task::yield_now().await;
        let failure = self.0.failures.lock().expect("not poisoned").pop_front();
        failure.map_or(Ok(()), Err)
    }
}

#[async_trait]
impl OtpProvider for Fake {
    fn name(&self) -> &str {
        "fake"
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities.clone()
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == "fake"
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.capabilities().validate_create(request)?;
        self.0.requests.lock().expect("not poisoned").push(request.clone());
        self.call("create").await?;
        let number = self.0.challenges.fetch_add(1, Ordering::Relaxed);
        Ok(Challenge::new(ChallengeId::new("fake", &[&number.to_string()]), Channel::Sms))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.capabilities().validate_verify(request)?;
        self.call("verify").await?;
        if request.code.expose() == RIGHT {
            return Ok(Verified::new(request.id.clone()).with_proof("proof"));
        }
        Err(Error::new(ErrorKind::Rejected(Rejection::WrongCode)))
    }

    async fn cancel(&self, _: &ChallengeId) -> Result<()> {
        self.call("cancel").await
    }

    async fn status(&self, _: &ChallengeId) -> Result<Status> {
        self.call("status").await?;
        Ok(Status::Declined)
    }
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

/// A store whose transitions fail when they are told to, before or after the step is taken.
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
            Some((_, When::After)) => step.await.and(Err(StoreError::new("the answer was lost"))),
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
        creation: &CreateOutcome,
    ) -> std::result::Result<(), StoreError> {
        self.act("settle_create", self.inner.settle_create(reservation, creation)).await
    }

    async fn begin_attempt(
        &self,
        key: &str,
        presented: &Binding,
    ) -> std::result::Result<AttemptResult, StoreError> {
        self.act("begin_attempt", self.inner.begin_attempt(key, presented)).await
    }

    async fn settle_attempt(
        &self,
        key: &str,
        outcome: AttemptOutcome,
    ) -> std::result::Result<SettleResult, StoreError> {
        self.act("settle_attempt", self.inner.settle_attempt(key, outcome)).await
    }

    async fn cancel(&self, key: &str) -> std::result::Result<Option<RecordStatus>, StoreError> {
        self.act("cancel", self.inner.cancel(key)).await
    }

    async fn read(&self, key: &str) -> std::result::Result<Option<RecordStatus>, StoreError> {
        self.act("read", self.inner.read(key)).await
    }
}

pub(crate) fn settings() -> GuardSettings {
    GuardSettings::new("a key of at least 32 characters, kept like a password")
}

/// Settings without limits, for what is not about them.
pub(crate) fn unlimited() -> GuardSettings {
    settings().with_min_interval(Duration::ZERO).with_per_hour(None).with_per_day(None)
}

pub(crate) fn guard<S: ChallengeStore>(fake: &Fake, store: S, settings: GuardSettings) -> Guard<Fake, S> {
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
