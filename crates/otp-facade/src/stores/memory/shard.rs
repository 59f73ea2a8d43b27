//! Shard: the keys of some buckets, behind one lock.

use std::sync::Arc;
use std::time::Duration;

use super::super::error::StoreError;
use super::super::expiring_map::ExpiringMap;
use super::super::failure_counter::FailureCounter;
use super::super::idempotency::{CreateRecord, Idempotency, Replay};
use super::super::record::{RETENTION, Record, State, milliseconds};
use super::super::sliding_window::SlidingWindow;
use super::super::steps::{Counted, ReserveStep, Rooms, StepQuota, StepResult, slowest};
use super::super::types::{
    Attempt, AttemptOutcome, AttemptResult, CreateOutcome, Forget, Lockout, Quota, Receipt, RecordStatus,
    Reservation, Room, SettleResult,
};
use super::super::{Bucket, Key};
use crate::error::Rejection;

#[derive(Default)]
pub(super) struct Shard {
    records: ExpiringMap<Record>,
    /// The record that is pending in a slot.
    slots: ExpiringMap<Arc<str>>,
    windows: ExpiringMap<SlidingWindow>,
    failures: ExpiringMap<FailureCounter>,
    /// The record of a shared challenge that was the last to be accepted.
    accepted: ExpiringMap<Arc<str>>,
    /// What is kept under idempotency keys.
    creates: ExpiringMap<CreateRecord>,
}

/// The key of what is kept under an idempotency key. It begins with the recipient's, by which it is forgotten.
fn create_key(bucket: Bucket, key: &Idempotency) -> Key {
    Key::new(bucket, [&key.recipient, ".", &key.name].concat())
}

impl Shard {
    pub(super) fn len(&self) -> usize {
        let counted = self.windows.len() + self.failures.len();
        self.records.len() + self.slots.len() + counted + self.accepted.len() + self.creates.len()
    }

    /// Removes some expired entries, so that no call pays for all.
    pub(super) fn evict_some(&mut self, now: u64) {
        self.records.evict_some(now);
        self.slots.evict_some(now);
        self.windows.evict_some(now);
        self.failures.evict_some(now);
        self.accepted.evict_some(now);
        self.creates.evict_some(now);
    }

    pub(super) fn evict_all_expired(&mut self, now: u64) {
        self.records.evict_all_expired(now);
        self.slots.evict_all_expired(now);
        self.windows.evict_all_expired(now);
        self.failures.evict_all_expired(now);
        self.accepted.evict_all_expired(now);
        self.creates.evict_all_expired(now);
    }

    /// Counts a challenge against the quotas of this bucket, and writes its record if it is here.
    pub(super) fn reserve(&mut self, step: &ReserveStep<'_>, now: u64) -> StepResult {
        let idempotency = step.record.and_then(|reservation| reservation.idempotency.as_ref());
        if let Some(replay) = idempotency.and_then(|key| self.find_create(step.bucket, key, now)) {
            return StepResult::Replay(replay);
        }
        for &name in &step.failures {
            let counter = self.failures.get(&Key::new(step.bucket, name.clone()), now);
            if counter.is_some_and(|counter| counter.has_reached(step.max_failures)) {
                return StepResult::LockedOut;
            }
        }
        let mut room = Rooms::new();
        for StepQuota { quota, .. } in &step.quotas {
            match self.windows.get(&quota.key, now) {
                Some(window) => room.extend(window.each_room(quota, now)),
                None => room.extend(quota.limits.iter().map(Room::whole)),
            }
        }
        if let Some((limit, retry_after)) = slowest(&room) {
            return StepResult::Limited { limit, retry_after };
        }
        room.clear();
        let counted_at = step.quotas.iter().map(|part| self.count(part.quota, &mut room, now)).collect();
        let former = step.record.and_then(|reservation| self.write_reserved(reservation, now));
        StepResult::Granted(Counted { counted_at, room, former })
    }

    fn count(&mut self, quota: &Quota, room: &mut Rooms, now: u64) -> u64 {
        self.windows.upsert(&quota.key, now, |window| {
            let counted_at = window.increment(quota, now);
            room.extend(window.each_room(quota, now));
            (counted_at, window.expires_at())
        })
    }

    /// Writes the record of a reservation. Returns the name of the record that is pending in its slot.
    fn write_reserved(&mut self, reservation: &Reservation, now: u64) -> Option<Arc<str>> {
        let bucket = reservation.key.bucket;
        let record = Record::reserved(reservation, now);
        let until = record.retained_until();
        self.records.insert(reservation.key.clone(), record, until);
        if let Some(idempotency) = &reservation.idempotency {
            let create = CreateRecord::reserved(reservation, idempotency, now);
            let until = create.retained_until();
            self.creates.insert(create_key(bucket, idempotency), create, until);
        }
        self.slots.get(&Key::new(bucket, reservation.slot.clone()), now).cloned()
    }

    /// Takes back what a step counted, and removes the record. Does nothing and returns false if the record is here and no
    /// longer reserved.
    pub(super) fn release(&mut self, step: &ReserveStep<'_>, counted_at: &[u64], now: u64) -> bool {
        if let Some(reservation) = step.record {
            let key = &reservation.key;
            if !self.records.get(key, now).is_some_and(|record| record.state() == State::Reserved) {
                return false;
            }
            self.records.remove(key);
            if let Some((key, _)) = self.create_of(reservation, now) {
                self.creates.remove(&key);
            }
        }
        for (StepQuota { quota, .. }, time) in step.quotas.iter().zip(counted_at) {
            let Some(window) = self.windows.get(&quota.key, now) else { continue };
            window.decrement(quota, *time, now);
            if window.is_empty() {
                self.windows.remove(&quota.key);
            }
        }
        true
    }

    /// Makes a reserved record pending, and cancels the one that is pending in its slot.
    pub(super) fn confirm(
        &mut self,
        reservation: &Reservation,
        creation: (&str, Duration, u32),
        now: u64,
    ) -> Result<(), StoreError> {
        let (provider_id, lifetime, max_attempts) = creation;
        let key = &reservation.key;
        let of_bucket = |name: &Arc<str>| Key::new(key.bucket, name.clone());
        let slot = of_bucket(&reservation.slot);
        let shared = reservation.shared.as_ref().map(of_bucket);
        let accepted = shared.and_then(|shared| self.accepted.get(&shared, now)).cloned();
        let until = self.records.get(key, now).and_then(|record| {
            let provider_id = provider_id.to_owned();
            let confirmed = record.confirm(provider_id, lifetime, max_attempts, accepted, now);
            confirmed.then(|| record.retained_until())
        });
        let Some(until) = until else { return Err(StoreError::new("the reservation is gone")) };
        self.records.set_expiry(key, until);
        let former = self.slots.get(&slot, now).cloned();
        if let Some(record) = former.and_then(|former| self.record(&of_bucket(&former), now)) {
            record.cancel(now);
        }
        self.slots.insert(slot, key.name.clone(), now + milliseconds(lifetime));
        Ok(())
    }

    /// What is known of the create that holds an idempotency key.
    pub(super) fn find_create(&mut self, bucket: Bucket, key: &Idempotency, now: u64) -> Option<Replay> {
        self.creates.get(&create_key(bucket, key), now)?.replay(&key.request, now)
    }

    /// Records under its idempotency key what became of a create.
    pub(super) fn settle_idempotency(
        &mut self,
        reservation: &Reservation,
        outcome: &CreateOutcome,
        now: u64,
    ) {
        if let Some((key, create)) = self.create_of(reservation, now) {
            create.settle(outcome, now);
            let until = create.retained_until();
            self.creates.set_expiry(&key, until);
        }
    }

    /// What is kept of this create under its idempotency key, unless another create has taken the key.
    fn create_of(&mut self, reservation: &Reservation, now: u64) -> Option<(Key, &mut CreateRecord)> {
        let key = create_key(reservation.key.bucket, reservation.idempotency.as_ref()?);
        let create = self.creates.get(&key, now).filter(|create| create.is_of(reservation))?;
        Some((key, create))
    }

    /// The record, after what happened to others of its shared challenge.
    fn record(&mut self, key: &Key, now: u64) -> Option<&mut Record> {
        let record = self.records.get(key, now)?;
        if let Some(shared) = record.shared() {
            let accepted = self.accepted.get(&Key::new(key.bucket, shared.clone()), now);
            record.follow_shared(accepted.map(|name| &**name));
        }
        Some(record)
    }

    /// Counts an attempt on the record, and as a failure of its recipient.
    pub(super) fn begin_attempt(&mut self, attempt: &Attempt, now: u64) -> AttemptResult {
        let Some(record) = self.record(&attempt.key, now) else { return AttemptResult::NotFound };
        let begun = record.begin_attempt(&attempt.presented, now);
        let AttemptResult::Allowed { provider_id, attempts_left, expires_in, .. } = begun else {
            return begun;
        };
        let failures = record.failures().map(|name| Key::new(attempt.key.bucket, name.clone()));
        if let (Some(lockout), Some(key)) = (&attempt.lockout, failures)
            && !self.count_failure(lockout, &key, now)
        {
            if let Some(record) = self.record(&attempt.key, now) {
                record.settle_attempt(AttemptOutcome::NotSent);
            }
            return AttemptResult::Rejected(Rejection::LockedOut);
        }
        let receipt = Receipt { counted_at: vec![now], former: None };
        AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt }
    }

    /// Counts an attempt as a failure. False if there were too many already.
    pub(super) fn count_failure(&mut self, lockout: &Lockout, key: &Key, now: u64) -> bool {
        self.failures.upsert(key, now, |counter| {
            let has_room = !counter.has_reached(lockout.max);
            if has_room {
                counter.increment(lockout.retention, now);
            }
            (has_room, counter.expires_at())
        })
    }

    /// Takes back a failure, or all of them after a success.
    pub(super) fn settle_failure(&mut self, key: &Key, counted_at: u64, outcome: AttemptOutcome, now: u64) {
        match (outcome, self.failures.get(key, now)) {
            (AttemptOutcome::NotSent, Some(counter)) => counter.decrement(counted_at),
            (AttemptOutcome::Accepted, Some(_)) => self.failures.remove(key),
            (_, None) => {}
        }
    }

    /// Settles an attempt on the record and for its recipient.
    pub(super) fn settle_attempt(
        &mut self,
        attempt: &Attempt,
        counted_at: u64,
        outcome: AttemptOutcome,
        now: u64,
    ) -> SettleResult {
        let Key { bucket, name } = &attempt.key;
        let Some(record) = self.record(&attempt.key, now) else { return SettleResult::NotFound };
        let settled = record.settle_attempt(outcome);
        let (failures, shared) = (record.failures().cloned(), record.shared().cloned());
        if let Some(failures) = failures {
            self.settle_failure(&Key::new(*bucket, failures), counted_at, outcome, now);
        }
        if let Some(shared) = shared
            && (outcome, settled) == (AttemptOutcome::Accepted, SettleResult::Done)
        {
            let until = now + milliseconds(attempt.max_lifetime.saturating_add(RETENTION));
            self.accepted.insert(Key::new(*bucket, shared), name.clone(), until);
        }
        settled
    }

    pub(super) fn cancel(&mut self, key: &Key, now: u64) -> Option<RecordStatus> {
        self.record(key, now)?.cancel(now)
    }

    pub(super) fn read(&mut self, key: &Key, now: u64) -> Option<RecordStatus> {
        self.record(key, now)?.read(now)
    }

    pub(super) fn forget(&mut self, key: &Key, what: Forget) {
        let below = format!("{}.", key.name);
        let is_below = |other: &Key| other.bucket == key.bucket && other.name.starts_with(&below);
        if what == Forget::Everything {
            self.windows.remove(key);
            self.creates.retain(|other| !is_below(other));
        }
        self.failures.remove(key);
        self.failures.retain(|other| !is_below(other));
    }
}
