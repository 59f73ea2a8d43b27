//! Where a simulated service keeps its challenges.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::Hash;

use crate::clock::Time;

/// How long a challenge can still be asked about after it has expired.
const KEPT_FOR_SECONDS: i64 = 24 * 60 * 60;
/// A loop that creates challenges must not eat the machine's memory.
const CAPACITY: usize = 250_000;

/// Things by id, each with a time after which nobody asks for it any more. Forgetting costs `log n` and
/// happens on the way, when something new is put in.
#[derive(Debug)]
pub(crate) struct Shelf<K, T> {
    things: HashMap<K, T>,
    by_end: BinaryHeap<Reverse<(Time, K)>>,
}

impl<K: Clone + Eq + Hash + Ord, T> Shelf<K, T> {
    pub(crate) fn new() -> Self {
        Self { things: HashMap::new(), by_end: BinaryHeap::new() }
    }

    pub(crate) fn put(&mut self, id: K, thing: T, expires: Time, now: Time) {
        while let Some(Reverse((end, oldest))) = self.by_end.peek() {
            if *end >= now && self.by_end.len() < CAPACITY {
                break;
            }
            self.things.remove(oldest);
            self.by_end.pop();
        }
        self.by_end.push(Reverse((expires.plus_seconds(KEPT_FOR_SECONDS), id.clone())));
        self.things.insert(id, thing);
    }

    pub(crate) fn get(&self, id: &K) -> Option<&T> {
        self.things.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &K) -> Option<&mut T> {
        self.things.get_mut(id)
    }

    /// Forgets one at once. Its place in the queue is swept later.
    pub(crate) fn take(&mut self, id: &K) -> Option<T> {
        self.things.remove(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_after_its_end_a_thing_is_forgotten() {
        let mut shelf = Shelf::new();
        shelf.put(1, "old", Time(0), Time(0));
        shelf.put(
            2,
            "new",
            Time(0).plus_seconds(KEPT_FOR_SECONDS),
            Time(0).plus_seconds(KEPT_FOR_SECONDS + 1),
        );
        assert_eq!((shelf.get(&1), shelf.get(&2)), (None, Some(&"new")));
    }

    #[test]
    fn the_shelf_is_bounded() {
        let mut shelf = Shelf::new();
        for id in 0..=CAPACITY {
            shelf.put(id, (), Time(0), Time(0));
        }
        assert_eq!((shelf.things.len(), shelf.get(&0)), (CAPACITY, None));
    }
}
