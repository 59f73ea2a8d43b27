//! Replay protection for acceptances that the store does not know yet.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Challenges that the provider accepted and whose acceptance is not, or not yet, in the store.
///
/// They must not be accepted a second time, whether the store failed or the caller stopped waiting in between.
#[derive(Default)]
pub(super) struct PendingAcceptances(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    since: HashMap<Arc<str>, Instant>,
    /// In the order in which they were added, so that only the first have to be looked at. It may contain stale items, of
    /// challenges that were removed.
    by_time: VecDeque<(Instant, Arc<str>)>,
}

impl Pending {
    /// Drops the challenges whose lifetime is over. Each is looked at once, however many there are.
    fn sweep(&mut self, lifetime: Duration, now: Instant) {
        while let Some((since, key)) = self.by_time.front()
            && (now.duration_since(*since) > lifetime || !self.since.contains_key(key))
        {
            // A stale item must not remove a challenge that was added again.
            if self.since.get(key) == Some(since) {
                self.since.remove(key);
            }
            self.by_time.pop_front();
        }
        // Behind one that waits for long there may be many stale items. One pass for so many additions costs each of them
        // little.
        if self.by_time.len() > 2 * self.since.len() + 16 {
            let Self { since: known, by_time } = self;
            by_time.retain(|(since, key)| known.get(key) == Some(since));
        }
    }
}

impl PendingAcceptances {
    pub(super) fn holds(&self, key: &str) -> bool {
        self.lock().since.contains_key(key)
    }

    /// Adds a challenge. False if it is pending already.
    pub(super) fn add(&self, key: &str, lifetime: Duration) -> bool {
        let now = Instant::now();
        let mut pending = self.lock();
        pending.sweep(lifetime, now);
        if pending.since.contains_key(key) {
            return false;
        }
        let key: Arc<str> = key.into();
        pending.since.insert(key.clone(), now);
        pending.by_time.push_back((now, key));
        true
    }

    pub(super) fn remove(&self, key: &str) {
        self.lock().since.remove(key);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_over_is_swept_and_stale_items_do_not_pile_up() {
        let pending = PendingAcceptances::default();
        assert!(pending.add("stays", Duration::MAX));
        assert!(!pending.add("stays", Duration::MAX));
        for number in 0..1_000 {
            let key = number.to_string();
            assert!(pending.add(&key, Duration::MAX));
            pending.remove(&key);
        }
        assert!(pending.holds("stays"));
        assert!(pending.lock().by_time.len() < 32);
        assert!(pending.add("next", Duration::ZERO) && !pending.holds("stays"));
        let left = pending.lock();
        assert_eq!((left.since.len(), left.by_time.len()), (1, 1));
    }
}
