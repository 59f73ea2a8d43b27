//! Expiring map: entries disappear when their time is over.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};

use foldhash::fast::RandomState;

use super::bucket::Key;

/// How many expired entries [`ExpiringMap::evict_some`] removes at most, so that no call pays for all.
const EVICTIONS_PER_CALL: usize = 16;

pub(super) struct ExpiringMap<V> {
    /// Names are keyed hashes, which nobody can choose: a fast hash of them is enough.
    entries: HashMap<Key, (V, u64), RandomState>,
    /// Heap of expiry times, the earliest first. It may contain stale items: earlier times of entries, and times of
    /// removed ones. An item counts only if its time is that of the entry.
    by_time: BinaryHeap<Reverse<(u64, Key)>>,
}

impl<V> Default for ExpiringMap<V> {
    fn default() -> Self {
        Self { entries: HashMap::default(), by_time: BinaryHeap::new() }
    }
}

impl<V> ExpiringMap<V> {
    /// The value, unless it has expired.
    pub(super) fn get(&mut self, key: &Key, now: u64) -> Option<&mut V> {
        self.entries.get_mut(key).filter(|(_, until)| now < *until).map(|(value, _)| value)
    }

    /// Inserts an entry that expires at `until`.
    pub(super) fn insert(&mut self, key: Key, value: V, until: u64) {
        self.entries.insert(key.clone(), (value, until));
        self.push_time(until, key);
    }

    /// Changes a value, or a new one where there is none. The change also returns when the entry expires.
    pub(super) fn upsert<T>(&mut self, key: &Key, now: u64, change: impl FnOnce(&mut V) -> (T, u64)) -> T
    where
        V: Default,
    {
        let (value, its) = match self.entries.entry(key.clone()) {
            Entry::Occupied(entry) => {
                let entry = entry.into_mut();
                if entry.1 <= now {
                    *entry = (V::default(), 0);
                }
                entry
            }
            Entry::Vacant(entry) => entry.insert((V::default(), 0)),
        };
        let (result, until) = change(value);
        if std::mem::replace(its, until) != until {
            self.push_time(until, key.clone());
        }
        result
    }

    /// Changes when an entry expires.
    pub(super) fn set_expiry(&mut self, key: &Key, until: u64) {
        let Some((_, its)) = self.entries.get_mut(key).filter(|(_, its)| *its != until) else { return };
        *its = until;
        self.push_time(until, key.clone());
    }

    /// Pushes an expiry time, after dropping stale items where they outnumber the others.
    fn push_time(&mut self, until: u64, key: Key) {
        if self.by_time.len() > 2 * self.entries.len() + EVICTIONS_PER_CALL {
            // Changing a heap's items is not possible, so it is rebuilt; once per so many pushes, the cost is constant on average.
            let last = self.entries.iter().map(|(key, (_, until))| Reverse((*until, key.clone())));
            self.by_time = last.collect();
        }
        self.by_time.push(Reverse((until, key)));
    }

    /// Removes an entry. Its item in the heap becomes stale.
    pub(super) fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
    }

    /// Keeps only the entries whose key passes. It looks at all of them.
    pub(super) fn retain(&mut self, passes: impl Fn(&Key) -> bool) {
        self.entries.retain(|key, _| passes(key));
    }

    /// Removes some expired entries.
    pub(super) fn evict_some(&mut self, now: u64) {
        for _ in 0..EVICTIONS_PER_CALL {
            if !self.evict_one(now) {
                return;
            }
        }
    }

    /// Removes all expired entries.
    pub(super) fn evict_all_expired(&mut self, now: u64) {
        while self.evict_one(now) {}
    }

    fn evict_one(&mut self, now: u64) -> bool {
        if self.by_time.peek().is_none_or(|Reverse((until, _))| now < *until) {
            return false;
        }
        let Some(Reverse((until, key))) = self.by_time.pop() else { return false };
        // A stale item must not remove an entry that was inserted again or got a later time.
        if self.entries.get(&key).is_some_and(|(_, its)| *its == until) {
            self.entries.remove(&key);
        }
        true
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::bucket::{Bucket, Key};
    use super::ExpiringMap;

    fn key(name: &str) -> Key {
        Key::new(Bucket::default(), name)
    }

    #[test]
    fn an_entry_is_gone_when_its_time_is_over_and_leaves_with_the_next_sweep() {
        let mut expiring_map = ExpiringMap::default();
        expiring_map.insert(key("a"), 1, 10);
        expiring_map.insert(key("b"), 2, 20);
        assert_eq!(expiring_map.get(&key("a"), 9), Some(&mut 1));
        assert_eq!(expiring_map.get(&key("a"), 10), None);
        assert_eq!(expiring_map.len(), 2);
        expiring_map.evict_some(10);
        assert_eq!(expiring_map.get(&key("b"), 10), Some(&mut 2));
        assert_eq!(expiring_map.len(), 1);
    }

    #[test]
    fn an_entry_lives_by_its_last_time() {
        let mut expiring_map = ExpiringMap::default();
        expiring_map.insert(key("again"), 1, 10);
        expiring_map.insert(key("again"), 2, 30);
        expiring_map.insert(key("longer"), 3, 10);
        expiring_map.set_expiry(&key("longer"), 30);
        expiring_map.insert(key("shorter"), 4, 30);
        expiring_map.set_expiry(&key("shorter"), 10);
        expiring_map.insert(key("removed"), 5, 30);
        expiring_map.remove(&key("removed"));
        expiring_map.evict_all_expired(20);
        assert_eq!(expiring_map.get(&key("again"), 20), Some(&mut 2));
        assert_eq!(expiring_map.get(&key("longer"), 20), Some(&mut 3));
        assert_eq!(expiring_map.len(), 2);
        expiring_map.evict_all_expired(30);
        assert_eq!(expiring_map.len(), 0);
    }

    #[test]
    fn what_left_early_takes_no_room() {
        let mut expiring_map = ExpiringMap::default();
        expiring_map.insert(key("stays"), 0, 1_000);
        for number in 0..10_000 {
            let key = key(&number.to_string());
            expiring_map.insert(key.clone(), number, 1_000 + number);
            expiring_map.set_expiry(&key, 2_000 + number);
            expiring_map.remove(&key);
        }
        assert!(expiring_map.by_time.len() < 100, "{}", expiring_map.by_time.len());
        expiring_map.evict_all_expired(1_000);
        assert_eq!(expiring_map.len(), 0);
    }
}
