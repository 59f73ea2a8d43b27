//! The stores without a guard, and a store that records what it receives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use otp_conformance::stores::{self, StoreHarness};
use otp_facade::stores::{
    Attempt, AttemptOutcome, AttemptResult, Binding, Bucket, ChallengeStore, CreateOutcome, Forget,
    Idempotency, Key, MemoryStore, Receipt, Record, RecordStatus, Replay, Reservation, ReserveResult,
    SettleResult, StoreError,
};
use otp_facade::{ErrorKind, Operation, OtpProvider, RecipientKind};

use crate::fixtures::{Clock, Failing, When, guard, inner, kind, request, unlimited};

struct InMemory(Clock, Arc<MemoryStore>);

impl StoreHarness for InMemory {
    fn store(&self) -> Arc<dyn ChallengeStore> {
        self.1.clone()
    }

    fn advance(&self, by: Duration) -> bool {
        self.0.advance(by);
        true
    }

    fn turn_back(&self, by: Duration) -> bool {
        self.0.turn_back(by);
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_conforms() {
    let harness = async || {
        let clock = Clock::new();
        InMemory(clock.clone(), Arc::new(clock.store()))
    };
    let report = stores::run(harness).await;
    println!("{report}");
    assert!(report.results().len() >= 30, "the suite has lost cases");
    assert!(report.failures().is_empty() && report.skipped().is_empty(), "{report}");
}

struct Still(Arc<MemoryStore>);

impl StoreHarness for Still {
    fn store(&self) -> Arc<dyn ChallengeStore> {
        self.0.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cases_that_need_a_clock_that_moves_are_skipped() {
    let report = stores::run(async || Still(Arc::default())).await;
    assert!(report.failures().is_empty(), "{report}");
    let skipped = report.skipped();
    assert!(skipped.iter().any(|(name, _)| *name == "an expired challenge takes no attempt"), "{report}");
    assert!(report.to_string().ends_with("skipped: the harness cannot move the clock"), "{report}");
}

#[tokio::test]
async fn a_full_memory_store_refuses_until_something_expires() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let store = clock.store().with_capacity(22);
    let settings = unlimited().with_per_hour(5);
    let guard = guard(&fake, store.clone(), settings);
    let numbers: Vec<String> = (0..10).map(|number| format!("+4915112345{number:03}")).collect();
    let mut sent = 0;
    for number in &numbers {
        sent += usize::from(guard.create(&request(number)).await.is_ok());
    }
    // Each takes a record, a slot and a counters.
    assert_eq!((sent, fake.count_of(Operation::Create), store.len()), (6, 6, 18));
    let refused = guard.create(&request(&numbers[9])).await;
    assert_eq!(kind(&refused), ErrorKind::StoreUnavailable);
    clock.advance(Duration::from_secs(600 + 60 * 60));
    guard.create(&request(&numbers[9])).await.unwrap();
    assert_eq!(store.len(), 3);
}

#[test]
fn a_record_survives_serialization() {
    let reservation = Reservation {
        key: Key::new(Bucket::new(7), "key"),
        slot: "slot".into(),
        quotas: Vec::new(),
        lockout: None,
        failures: Some("recipient".into()),
        shared: Some("shared".into()),
        lifetime: Duration::from_secs(600),
        max_attempts: 3,
        binding: Binding { subject: Some("hash".into()), purpose: None, purpose_optional: true },
        idempotency: None,
    };
    let mut record = Record::reserved(&reservation, 1_000);
    assert!(record.confirm("encrypted".into(), Duration::from_secs(60), 2, Some("another".into()), 2_000));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
}

/// A store that shows in its `Debug` everything that it received.
pub(crate) struct Listening {
    inner: Failing,
    heard: Mutex<String>,
}

impl Listening {
    pub(crate) fn new(inner: Failing) -> Self {
        Self { inner, heard: Mutex::default() }
    }

    fn hear(&self, what: &impl std::fmt::Debug) {
        self.heard.lock().expect("not poisoned").push_str(&format!("{what:?}\n"));
    }
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.heard.lock().expect("not poisoned"))
    }
}

#[async_trait]
impl ChallengeStore for Listening {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        self.hear(reservation);
        self.inner.reserve_create(reservation).await
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError> {
        self.hear(&(reservation, receipt, creation));
        self.inner.settle_create(reservation, receipt, creation).await
    }

    async fn find_create(
        &self,
        bucket: Bucket,
        idempotency: &Idempotency,
    ) -> Result<Option<Replay>, StoreError> {
        self.hear(idempotency);
        self.inner.find_create(bucket, idempotency).await
    }

    async fn begin_attempt(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError> {
        self.hear(attempt);
        self.inner.begin_attempt(attempt).await
    }

    async fn settle_attempt(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> Result<SettleResult, StoreError> {
        self.hear(&(attempt, receipt, outcome));
        self.inner.settle_attempt(attempt, receipt, outcome).await
    }

    async fn cancel(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        self.hear(key);
        self.inner.cancel(key).await
    }

    async fn read(&self, key: &Key) -> Result<Option<RecordStatus>, StoreError> {
        self.hear(key);
        self.inner.read(key).await
    }

    async fn forget(&self, keys: &[Key], what: Forget) -> Result<(), StoreError> {
        self.hear(&(keys, what));
        self.inner.forget(keys, what).await
    }
}

#[tokio::test]
async fn a_guard_is_ready_if_its_store_can_be_reached() {
    let store = Failing::new(MemoryStore::new());
    let fake = inner(RecipientKind::Phone);
    let guard = guard(&fake, store.clone(), unlimited());
    guard.ready().await.unwrap();
    store.fail("read", When::Before);
    let error = guard.ready().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert_eq!((error.provider(), error.operation()), (Some("fake"), None));
    // It is the store behind a pointer, too.
    let shared: Arc<dyn ChallengeStore> = Arc::new(store.clone());
    assert!(Box::new(shared).ready().await.is_err());
    store.recover();
    guard.ready().await.unwrap();
    // A store may know better than by a read whether it is ready.
    store.fail("ready", When::Before);
    assert_eq!(kind(&guard.ready().await), ErrorKind::StoreUnavailable);
    assert_eq!(fake.count(), 0, "nothing is sent");
}
