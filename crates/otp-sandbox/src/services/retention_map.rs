//! A bounded map whose entries are removed some time after they expire.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

use crate::clock::Time;

/// How long an entry can still be read after it has expired.
const RETENTION_SECONDS: i64 = 24 * 60 * 60;
/// Bounds the memory that a loop of creates can take.
const CAPACITY: usize = 250_000;

/// Values by id. An insertion first removes values whose retention is over, and the first to expire if the map is
/// full. Each removal costs `O(log n)`. There is no background task.
#[derive(Debug)]
pub(crate) struct RetentionMap<K, T> {
    entries: HashMap<K, T>,
    /// When retention ends, soonest first. May hold ids that were removed.
    by_end: BinaryHeap<Reverse<(Time, K)>>,
}

impl<K: Clone + Eq + Hash + Ord, T> RetentionMap<K, T> {
    pub(crate) fn new() -> Self {
        Self { entries: HashMap::new(), by_end: BinaryHeap::new() }
    }

    pub(crate) fn insert(&mut self, id: K, entry: T, expires: Time, now: Time) {
        while let Some(Reverse((end, oldest))) = self.by_end.peek() {
            if *end >= now && self.by_end.len() < CAPACITY {
                break;
            }
            // The capacity is that of the heap, which has an item for every entry and for removed ones: it bounds both.
            self.entries.remove(oldest);
            self.by_end.pop();
        }
        self.by_end.push(Reverse((expires.plus_seconds(RETENTION_SECONDS), id.clone())));
        self.entries.insert(id, entry);
    }

    pub(crate) fn get(&self, id: &K) -> Option<&T> {
        self.entries.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &K) -> Option<&mut T> {
        self.entries.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &K) -> Option<T> {
        // Its entry in the heap stays until its time comes: a heap cannot remove from the middle.
        self.entries.remove(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_after_its_expiry_an_entry_is_removed() {
        let mut map = RetentionMap::new();
        map.insert(1, "old", Time(0), Time(0));
        map.insert(
            2,
            "new",
            Time(0).plus_seconds(RETENTION_SECONDS),
            Time(0).plus_seconds(RETENTION_SECONDS + 1),
        );
        assert_eq!((map.get(&1), map.get(&2)), (None, Some(&"new")));
    }

    #[test]
    fn the_map_is_bounded() {
        let mut map = RetentionMap::new();
        for id in 0..=CAPACITY {
            map.insert(id, (), Time(0), Time(0));
        }
        assert_eq!((map.entries.len(), map.get(&0)), (CAPACITY, None));
    }
}
