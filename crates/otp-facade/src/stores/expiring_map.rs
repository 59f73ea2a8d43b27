//! A map whose entries leave by themselves.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

/// How many expired entries an ordinary call clears away.
const EVICTIONS_PER_CALL: usize = 16;

pub(super) struct ExpiringMap<V> {
    entries: HashMap<Arc<str>, (V, u64)>,
    /// Every time that an entry ever had; only its last counts.
    by_time: BinaryHeap<Reverse<(u64, Arc<str>)>>,
}

impl<V> Default for ExpiringMap<V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), by_time: BinaryHeap::new() }
    }
}

impl<V> ExpiringMap<V> {
    /// The entry, unless its time is over.
    pub(super) fn get(&mut self, key: &str, now: u64) -> Option<&mut V> {
        self.entries.get_mut(key).filter(|(_, until)| now < *until).map(|(value, _)| value)
    }

    /// Puts an entry in, until `until`.
    pub(super) fn insert(&mut self, key: &str, value: V, until: u64) {
        let key: Arc<str> = key.into();
        self.entries.insert(key.clone(), (value, until));
        self.note(until, key);
    }

    /// Keeps an entry until another time.
    pub(super) fn set_expiry(&mut self, key: &str, until: u64) {
        let Some((_, its)) = self.entries.get_mut(key).filter(|(_, its)| *its != until) else { return };
        *its = until;
        self.note(until, key.into());
    }

    /// Times that no longer count are dropped before they outnumber the others.
    fn note(&mut self, until: u64, key: Arc<str>) {
        if self.by_time.len() > 2 * self.entries.len() + EVICTIONS_PER_CALL {
            let last = self.entries.iter().map(|(key, (_, until))| Reverse((*until, key.clone())));
            self.by_time = last.collect();
        }
        self.by_time.push(Reverse((until, key)));
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Clears away some entries whose time is over.
    pub(super) fn evict_some(&mut self, now: u64) {
        for _ in 0..EVICTIONS_PER_CALL {
            if !self.evict_one(now) {
                return;
            }
        }
    }

    /// Clears away all of them.
    pub(super) fn evict_all_expired(&mut self, now: u64) {
        while self.evict_one(now) {}
    }

    fn evict_one(&mut self, now: u64) -> bool {
        if self.by_time.peek().is_none_or(|Reverse((until, _))| now < *until) {
            return false;
        }
        let Some(Reverse((until, key))) = self.by_time.pop() else { return false };
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
    use super::ExpiringMap;

    #[test]
    fn an_entry_is_gone_when_its_time_is_over_and_leaves_with_the_next_sweep() {
        let mut expiring_map = ExpiringMap::default();
        expiring_map.insert("a", 1, 10);
        expiring_map.insert("b", 2, 20);
        assert_eq!(expiring_map.get("a", 9), Some(&mut 1));
        assert_eq!(expiring_map.get("a", 10), None);
        assert_eq!(expiring_map.len(), 2);
        expiring_map.evict_some(10);
        assert_eq!(expiring_map.get("b", 10), Some(&mut 2));
        assert_eq!(expiring_map.len(), 1);
    }

    #[test]
    fn an_entry_lives_by_its_last_time() {
        let mut expiring_map = ExpiringMap::default();
        expiring_map.insert("again", 1, 10);
        expiring_map.insert("again", 2, 30);
        expiring_map.insert("longer", 3, 10);
        expiring_map.set_expiry("longer", 30);
        expiring_map.insert("shorter", 4, 30);
        expiring_map.set_expiry("shorter", 10);
        expiring_map.insert("removed", 5, 30);
        expiring_map.remove("removed");
        expiring_map.evict_all_expired(20);
        assert_eq!(expiring_map.get("again", 20), Some(&mut 2));
        assert_eq!(expiring_map.get("longer", 20), Some(&mut 3));
        assert_eq!(expiring_map.len(), 2);
        expiring_map.evict_all_expired(30);
        assert_eq!(expiring_map.len(), 0);
    }

    #[test]
    fn what_left_early_takes_no_room() {
        let mut expiring_map = ExpiringMap::default();
        expiring_map.insert("stays", 0, 1_000);
        for number in 0..10_000 {
            let key = number.to_string();
            expiring_map.insert(&key, number, 1_000 + number);
            expiring_map.set_expiry(&key, 2_000 + number);
            expiring_map.remove(&key);
        }
        assert!(expiring_map.by_time.len() < 100, "{}", expiring_map.by_time.len());
        expiring_map.evict_all_expired(1_000);
        assert_eq!(expiring_map.len(), 0);
    }
}
