//! Records in this process.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::ChallengeStore;
use super::expiring_map::ExpiringMap;
use super::record::{Record, State, milliseconds};
use super::types::{
    AttemptOutcome, AttemptResult, Binding, CreateOutcome, RecordStatus, Reservation, ReserveResult,
    SettleResult, StoreError,
};
use super::window_counters::WindowCounters;

/// How many entries there may be. A challenge takes one for itself, and one for its slot and each quota, which its
/// recipient's next ones share.
const CAPACITY: usize = 500_000;

/// Keeps the records in this process, and loses them with it. For one process; several each have their own limits.
///
/// What is expired leaves by itself, with the calls that follow. When it is full of what is not, it refuses new
/// challenges rather than forget a limit. Clones share the records.
#[derive(Clone)]
pub struct MemoryStore {
    maps: Arc<Mutex<Maps>>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    capacity: usize,
}

#[derive(Default)]
struct Maps {
    records: ExpiringMap<Record>,
    slots: ExpiringMap<String>,
    counters: ExpiringMap<WindowCounters>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        // Steps of the system's clock must not lengthen or end a challenge.
        let (date, start) = (SystemTime::now(), Instant::now());
        Self { maps: Arc::default(), clock: Arc::new(move || date + start.elapsed()), capacity: CAPACITY }
    }
}

impl MemoryStore {
    /// A store with nothing in it, for half a million entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many entries there may be.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets where the time comes from, for tests that move it.
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

    /// How many entries there are, those that are expired and still there among them.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        milliseconds((self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl Maps {
    fn len(&self) -> usize {
        self.records.len() + self.slots.len() + self.counters.len()
    }

    /// Makes room. False if there is none.
    fn make_room(&mut self, entries: usize, capacity: usize, now: u64) -> bool {
        self.records.evict_some(now);
        self.slots.evict_some(now);
        self.counters.evict_some(now);
        if self.len() + entries > capacity {
            self.records.evict_all_expired(now);
            self.slots.evict_all_expired(now);
            self.counters.evict_all_expired(now);
        }
        self.len() + entries <= capacity
    }
}

#[async_trait]
impl ChallengeStore for MemoryStore {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        let now = self.now();
        let mut maps = self.lock();
        let mut longest = None;
        let mut before = 0;
        for quota in &reservation.quotas {
            let counters = maps.counters.get(&quota.key, now);
            let wait = counters.and_then(|counters| counters.retry_after(&quota.limits, now));
            longest = longest.max(wait.map(|(wait, place)| (wait, before + place)));
            before += quota.limits.len();
        }
        if let Some((retry_after, limit)) = longest {
            return Ok(ReserveResult::Limited { limit, retry_after });
        }
        if !maps.make_room(reservation.quotas.len() + 2, self.capacity, now) {
            return Err(StoreError::new("the store is full"));
        }
        for quota in &reservation.quotas {
            match maps.counters.get(&quota.key, now) {
                Some(counters) => {
                    counters.increment(&quota.limits, now);
                    let until = counters.expires_at();
                    maps.counters.set_expiry(&quota.key, until);
                }
                None => {
                    let mut counters = WindowCounters::default();
                    counters.increment(&quota.limits, now);
                    let until = counters.expires_at();
                    maps.counters.insert(&quota.key, counters, until);
                }
            }
        }
        let record = Record::reserved(reservation, now);
        let until = record.retained_until();
        maps.records.insert(&reservation.key, record, until);
        Ok(ReserveResult::Granted)
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut maps = self.lock();
        let Maps { records, slots, counters } = &mut *maps;
        let reserved = records.get(&reservation.key, now).filter(|record| record.state() == State::Reserved);
        match (creation, reserved) {
            (CreateOutcome::NotSent, None) => {}
            (CreateOutcome::NotSent, Some(record)) => {
                for quota in &reservation.quotas {
                    if let Some(counters) = counters.get(&quota.key, now) {
                        counters.decrement(&quota.limits, record.created_at());
                    }
                }
                records.remove(&reservation.key);
            }
            (CreateOutcome::Started { .. }, None) => return Err(StoreError::new("the reservation is gone")),
            (CreateOutcome::Started { provider_id, lifetime, max_attempts }, Some(record)) => {
                record.confirm(provider_id.clone(), *lifetime, *max_attempts, now);
                let until = record.retained_until();
                records.set_expiry(&reservation.key, until);
                let former = slots.get(&reservation.slot, now).cloned();
                if let Some(former) = former.and_then(|key| records.get(&key, now)) {
                    former.cancel(now);
                }
                slots.insert(&reservation.slot, reservation.key.clone(), now + milliseconds(*lifetime));
            }
        }
        Ok(())
    }

    async fn begin_attempt(&self, key: &str, presented: &Binding) -> Result<AttemptResult, StoreError> {
        let now = self.now();
        let mut maps = self.lock();
        Ok(maps
            .records
            .get(key, now)
            .map_or(AttemptResult::NotFound, |record| record.begin_attempt(presented, now)))
    }

    async fn settle_attempt(&self, key: &str, outcome: AttemptOutcome) -> Result<SettleResult, StoreError> {
        let now = self.now();
        let mut maps = self.lock();
        Ok(maps.records.get(key, now).map_or(SettleResult::NotFound, |record| record.settle_attempt(outcome)))
    }

    async fn cancel(&self, key: &str) -> Result<Option<RecordStatus>, StoreError> {
        let now = self.now();
        Ok(self.lock().records.get(key, now).and_then(|record| record.cancel(now)))
    }

    async fn read(&self, key: &str) -> Result<Option<RecordStatus>, StoreError> {
        let now = self.now();
        Ok(self.lock().records.get(key, now).and_then(|record| record.read(now)))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryStore").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
