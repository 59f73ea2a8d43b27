//! In-memory store: records in this process.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::ChallengeStore;
use super::error::StoreError;
use super::expiring_map::ExpiringMap;
use super::record::{Record, State, milliseconds};
use super::types::{
    AttemptOutcome, AttemptResult, Binding, CreateOutcome, RecordStatus, Reservation, ReserveResult,
    SettleResult,
};
use super::window_counters::WindowCounters;

/// Default for the maximum number of entries. A challenge takes one for itself. Its slot and each quota take one more, which
/// the next challenges of the recipient share.
const CAPACITY: usize = 500_000;

/// Keeps the records in memory. It is for one process: each process has limits of its own, and a restart loses the
/// records.
///
/// Later calls remove expired entries. A store that is full of others refuses new challenges and forgets no limit. Clones
/// share the records.
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
        // Monotonic: a step of the system's clock must not lengthen or end a challenge.
        let (date, start) = (SystemTime::now(), Instant::now());
        Self { maps: Arc::default(), clock: Arc::new(move || date + start.elapsed()), capacity: CAPACITY }
    }
}

impl MemoryStore {
    /// An empty store for half a million entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of entries.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets the clock, for tests that move it.
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

    /// The number of entries, including those that have expired and are not removed yet.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are no entries.
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

    /// Removes expired entries to make room. False if there is not enough.
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
        let mut slowest = None;
        // The index of a limit counts across all quotas.
        let mut offset = 0;
        for quota in &reservation.quotas {
            let counters = maps.counters.get(&quota.key, now);
            let wait = counters.and_then(|counters| counters.retry_after(&quota.limits, now));
            slowest = slowest.max(wait.map(|(wait, index)| (wait, offset + index)));
            offset += quota.limits.len();
        }
        if let Some((retry_after, limit)) = slowest {
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
