//! Shard: the keys of some buckets, behind one lock.

use std::time::Duration;

use super::super::error::StoreError;
use super::super::expiring_map::ExpiringMap;
use super::super::failure_counter::FailureCounter;
use super::super::idempotency::{CreateRecord, Idempotency, Replay};
use super::super::record::{RETENTION, Record, State, milliseconds};
use super::super::sliding_window::SlidingWindow;
use super::super::steps::{ReserveStep, StepQuota, StepResult, slowest};
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
    slots: ExpiringMap<String>,
    windows: ExpiringMap<SlidingWindow>,
    failures: ExpiringMap<FailureCounter>,
    /// The record of a shared challenge that was the last to be accepted.
    accepted: ExpiringMap<String>,
    /// What is kept under idempotency keys.
    creates: ExpiringMap<CreateRecord>,
}

/// A key as one string: two buckets of a shard have names of their own.
fn text(bucket: Bucket, name: &str) -> String {
    let mut text = String::with_capacity(4 + name.len());
    bucket.push_to(&mut text);
    text.push_str(name);
    text
}

/// The key of what is kept under an idempotency key. It begins with the recipient's, by which it is forgotten.
fn create_key(bucket: Bucket, key: &Idempotency) -> String {
    text(bucket, &[&key.recipient, ".", &key.name].concat())
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
        for name in &step.failures {
            let counter = self.failures.get(&text(step.bucket, name), now);
            if counter.is_some_and(|counter| counter.has_reached(step.max_failures)) {
                return StepResult::LockedOut;
            }
        }
        let keys: Vec<String> =
            step.quotas.iter().map(|part| text(step.bucket, &part.quota.key.name)).collect();
        let mut room = Vec::with_capacity(step.quotas.iter().map(|part| part.quota.limits.len()).sum());
        for (StepQuota { quota, .. }, key) in step.quotas.iter().zip(&keys) {
            match self.windows.get(key, now) {
                Some(window) => room.extend(window.each_room(quota, now)),
                None => room.extend(SlidingWindow::default().each_room(quota, now)),
            }
        }
        if let Some((limit, retry_after)) = slowest(&room) {
            return StepResult::Limited { limit, retry_after };
        }
        room.clear();
        let counted = step.quotas.iter().zip(&keys);
        let counted_at = counted.map(|(part, key)| self.count(key, part.quota, &mut room, now)).collect();
        let former = step.record.and_then(|reservation| self.write_reserved(reservation, now));
        StepResult::Granted { counted_at, room, former }
    }

    fn count(&mut self, key: &str, quota: &Quota, room: &mut Vec<Room>, now: u64) -> u64 {
        self.windows.upsert(key, now, |window| {
            let counted_at = window.increment(quota, now);
            room.extend(window.each_room(quota, now));
            (counted_at, window.expires_at())
        })
    }

    /// Writes the record of a reservation. Returns the name of the record that is pending in its slot.
    fn write_reserved(&mut self, reservation: &Reservation, now: u64) -> Option<String> {
        let Key { bucket, name } = &reservation.key;
        let record = Record::reserved(reservation, now);
        let until = record.retained_until();
        self.records.insert(&text(*bucket, name), record, until);
        if let Some(idempotency) = &reservation.idempotency {
            let create = CreateRecord::reserved(reservation, idempotency, now);
            let until = create.retained_until();
            self.creates.insert(&create_key(*bucket, idempotency), create, until);
        }
        self.slots.get(&text(*bucket, &reservation.slot), now).cloned()
    }

    /// Takes back what a step counted, and removes the record. Does nothing and returns false if the record is here and no
    /// longer reserved.
    pub(super) fn release(&mut self, step: &ReserveStep<'_>, counted_at: &[u64], now: u64) -> bool {
        if let Some(reservation) = step.record {
            let key = text(step.bucket, &reservation.key.name);
            if !self.records.get(&key, now).is_some_and(|record| record.state() == State::Reserved) {
                return false;
            }
            self.records.remove(&key);
            if let Some((key, _)) = self.create_of(reservation, now) {
                self.creates.remove(&key);
            }
        }
        for (StepQuota { quota, .. }, time) in step.quotas.iter().zip(counted_at) {
            let key = text(step.bucket, &quota.key.name);
            let Some(window) = self.windows.get(&key, now) else { continue };
            window.decrement(quota, *time, now);
            if window.is_empty() {
                self.windows.remove(&key);
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
        let Key { bucket, name } = &reservation.key;
        let (key, slot) = (text(*bucket, name), text(*bucket, &reservation.slot));
        let accepted =
            reservation.shared.as_deref().and_then(|shared| self.accepted.get(&text(*bucket, shared), now));
        let accepted = accepted.cloned();
        let confirmed = self.records.get(&key, now).is_some_and(|record| {
            record.confirm(provider_id.to_owned(), lifetime, max_attempts, accepted.as_deref(), now)
        });
        if !confirmed {
            return Err(StoreError::new("the reservation is gone"));
        }
        if let Some(record) = self.records.get(&key, now) {
            let until = record.retained_until();
            self.records.set_expiry(&key, until);
        }
        let former = self.slots.get(&slot, now).cloned();
        if let Some(record) = former.and_then(|former| self.record(*bucket, &former, now)) {
            record.cancel(now);
        }
        self.slots.insert(&slot, name.clone(), now + milliseconds(lifetime));
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
    fn create_of(&mut self, reservation: &Reservation, now: u64) -> Option<(String, &mut CreateRecord)> {
        let key = create_key(reservation.key.bucket, reservation.idempotency.as_ref()?);
        let create = self.creates.get(&key, now).filter(|create| create.is_of(reservation))?;
        Some((key, create))
    }

    /// The record, after what happened to others of its shared challenge.
    fn record(&mut self, bucket: Bucket, name: &str, now: u64) -> Option<&mut Record> {
        let record = self.records.get(&text(bucket, name), now)?;
        if let Some(shared) = record.shared() {
            let accepted = self.accepted.get(&text(bucket, shared), now);
            record.follow_shared(accepted.map(|name| name.as_str()));
        }
        Some(record)
    }

    /// Counts an attempt on the record, and as a failure of its recipient.
    pub(super) fn begin_attempt(&mut self, attempt: &Attempt, now: u64) -> AttemptResult {
        let Key { bucket, name } = &attempt.key;
        let Some(record) = self.record(*bucket, name, now) else { return AttemptResult::NotFound };
        let begun = record.begin_attempt(&attempt.presented, now);
        let AttemptResult::Allowed { provider_id, attempts_left, expires_in, .. } = begun else {
            return begun;
        };
        let failures = record.failures().map(|name| Key::new(*bucket, name));
        if let (Some(lockout), Some(key)) = (&attempt.lockout, failures)
            && !self.count_failure(lockout, &key, now)
        {
            if let Some(record) = self.record(*bucket, name, now) {
                record.settle_attempt(AttemptOutcome::NotSent);
            }
            return AttemptResult::Rejected(Rejection::LockedOut);
        }
        let receipt = Receipt { counted_at: vec![now], former: None };
        AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt }
    }

    /// Counts an attempt as a failure. False if there were too many already.
    pub(super) fn count_failure(&mut self, lockout: &Lockout, key: &Key, now: u64) -> bool {
        let key = text(key.bucket, &key.name);
        if self.failures.get(&key, now).is_some_and(|counter| counter.has_reached(lockout.max)) {
            return false;
        }
        self.failures.upsert(&key, now, |counter| {
            counter.increment(lockout.retention, now);
            (true, counter.expires_at())
        })
    }

    /// Takes back a failure, or all of them after a success.
    pub(super) fn settle_failure(&mut self, key: &Key, counted_at: u64, outcome: AttemptOutcome, now: u64) {
        let key = text(key.bucket, &key.name);
        match (outcome, self.failures.get(&key, now)) {
            (AttemptOutcome::NotSent, Some(counter)) => counter.decrement(counted_at),
            (AttemptOutcome::Accepted, Some(_)) => self.failures.remove(&key),
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
        let Some(record) = self.record(*bucket, name, now) else { return SettleResult::NotFound };
        let settled = record.settle_attempt(outcome);
        let (failures, shared) = (record.failures().map(str::to_owned), record.shared().map(str::to_owned));
        if let Some(failures) = failures {
            self.settle_failure(&Key::new(*bucket, failures), counted_at, outcome, now);
        }
        if let Some(shared) = shared
            && (outcome, settled) == (AttemptOutcome::Accepted, SettleResult::Done)
        {
            let until = now + milliseconds(attempt.max_lifetime.saturating_add(RETENTION));
            self.accepted.insert(&text(*bucket, &shared), name.clone(), until);
        }
        settled
    }

    pub(super) fn cancel(&mut self, key: &Key, now: u64) -> Option<RecordStatus> {
        self.record(key.bucket, &key.name, now)?.cancel(now)
    }

    pub(super) fn read(&mut self, key: &Key, now: u64) -> Option<RecordStatus> {
        self.record(key.bucket, &key.name, now)?.read(now)
    }

    pub(super) fn forget(&mut self, key: &Key, what: Forget) {
        let name = text(key.bucket, &key.name);
        if what == Forget::Everything {
            self.windows.remove(&name);
        }
        self.failures.remove(&name);
        let below = format!("{name}.");
        if what == Forget::Everything {
            self.creates.retain(|key| !key.starts_with(&below));
        }
        self.failures.retain(|key| !key.starts_with(&below));
    }
}
