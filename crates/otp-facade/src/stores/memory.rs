//! Records in this process.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::ChallengeStore;
use super::record::{Record, State, milliseconds};
use super::shelf::Shelf;
use super::tally::Tally;
use super::transition::{
    Binding, Creation, Outcome, Reservation, Reserved, Settled, Standing, StoreError, Try,
};

/// How many entries there may be. A challenge takes one for itself, and one for its slot and each quota, which its
/// recipient's next ones share.
const CAPACITY: usize = 500_000;

/// Keeps the records in this process, and loses them with it. For one process; several each have their own limits.
///
/// What is expired leaves by itself, with the calls that follow. When it is full of what is not, it refuses new
/// challenges rather than forget a limit. Clones share the records.
#[derive(Clone)]
pub struct MemoryStore {
    shelves: Arc<Mutex<Shelves>>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    capacity: usize,
}

#[derive(Default)]
struct Shelves {
    records: Shelf<Record>,
    slots: Shelf<String>,
    tallies: Shelf<Tally>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        // Steps of the system's clock must not lengthen or end a challenge.
        let (date, start) = (SystemTime::now(), Instant::now());
        Self { shelves: Arc::default(), clock: Arc::new(move || date + start.elapsed()), capacity: CAPACITY }
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

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        milliseconds((self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl Shelves {
    fn len(&self) -> usize {
        self.records.len() + self.slots.len() + self.tallies.len()
    }

    /// Makes room. False if there is none.
    fn make_room(&mut self, entries: usize, capacity: usize, now: u64) -> bool {
        self.records.sweep(now);
        self.slots.sweep(now);
        self.tallies.sweep(now);
        if self.len() + entries > capacity {
            self.records.sweep_all(now);
            self.slots.sweep_all(now);
            self.tallies.sweep_all(now);
        }
        self.len() + entries <= capacity
    }
}

#[async_trait]
impl ChallengeStore for MemoryStore {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<Reserved, StoreError> {
        let now = self.now();
        let mut shelves = self.lock();
        let mut longest = None;
        let mut before = 0;
        for quota in &reservation.quotas {
            let tally = shelves.tallies.get(&quota.key, now);
            let wait = tally.and_then(|tally| tally.wait(&quota.limits, now));
            longest = longest.max(wait.map(|(wait, place)| (wait, before + place)));
            before += quota.limits.len();
        }
        if let Some((wait, limit)) = longest {
            return Ok(Reserved::Wait { limit, wait });
        }
        if !shelves.make_room(reservation.quotas.len() + 2, self.capacity, now) {
            return Err(StoreError::new("the store is full"));
        }
        for quota in &reservation.quotas {
            match shelves.tallies.get(&quota.key, now) {
                Some(tally) => {
                    tally.count(&quota.limits, now);
                    let until = tally.keep_until();
                    shelves.tallies.keep(&quota.key, until);
                }
                None => {
                    let mut tally = Tally::default();
                    tally.count(&quota.limits, now);
                    let until = tally.keep_until();
                    shelves.tallies.put(&quota.key, tally, until);
                }
            }
        }
        let record = Record::reserved(reservation, now);
        let until = record.keep_until();
        shelves.records.put(&reservation.key, record, until);
        Ok(Reserved::Done)
    }

    async fn settle_create(&self, reservation: &Reservation, creation: &Creation) -> Result<(), StoreError> {
        let now = self.now();
        let mut shelves = self.lock();
        let Shelves { records, slots, tallies } = &mut *shelves;
        let reserved = records.get(&reservation.key, now).filter(|record| record.state() == State::Reserved);
        match (creation, reserved) {
            (Creation::NotSent, None) => {}
            (Creation::NotSent, Some(record)) => {
                for quota in &reservation.quotas {
                    if let Some(tally) = tallies.get(&quota.key, now) {
                        tally.give_back(&quota.limits, record.created_at());
                    }
                }
                records.remove(&reservation.key);
            }
            (Creation::Opened { .. }, None) => return Err(StoreError::new("the reservation is gone")),
            (Creation::Opened { provider_id, lifetime, max_attempts }, Some(record)) => {
                record.open(provider_id.clone(), *lifetime, *max_attempts, now);
                let until = record.keep_until();
                records.keep(&reservation.key, until);
                let former = slots.get(&reservation.slot, now).cloned();
                if let Some(former) = former.and_then(|key| records.get(&key, now)) {
                    former.cancel(now);
                }
                slots.put(&reservation.slot, reservation.key.clone(), now + milliseconds(*lifetime));
            }
        }
        Ok(())
    }

    async fn begin_try(&self, key: &str, presented: &Binding) -> Result<Try, StoreError> {
        let now = self.now();
        let mut shelves = self.lock();
        Ok(shelves.records.get(key, now).map_or(Try::Unknown, |record| record.begin_try(presented, now)))
    }

    async fn settle_try(&self, key: &str, outcome: Outcome) -> Result<Settled, StoreError> {
        let now = self.now();
        let mut shelves = self.lock();
        Ok(shelves.records.get(key, now).map_or(Settled::Unknown, |record| record.settle_try(outcome)))
    }

    async fn cancel(&self, key: &str) -> Result<Option<Standing>, StoreError> {
        let now = self.now();
        Ok(self.lock().records.get(key, now).and_then(|record| record.cancel(now)))
    }

    async fn read(&self, key: &str) -> Result<Option<Standing>, StoreError> {
        let now = self.now();
        Ok(self.lock().records.get(key, now).and_then(|record| record.standing(now)))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryStore").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
