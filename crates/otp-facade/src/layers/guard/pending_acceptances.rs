//! Replay protection for acceptances that the store does not know yet.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Challenges that the provider accepted and whose acceptance is not, or not yet, in the store.
///
/// They must not be accepted a second time, whether the store failed or the caller stopped waiting in between.
#[derive(Default)]
pub(super) struct PendingAcceptances(Mutex<HashMap<String, Instant>>);

impl PendingAcceptances {
    pub(super) fn holds(&self, key: &str) -> bool {
        self.with(|keys| keys.contains_key(key))
    }

    /// Adds a challenge. False if it is pending already.
    pub(super) fn add(&self, key: &str, lifetime: Duration) -> bool {
        let now = Instant::now();
        self.with(|keys| {
            // Entries stay only after a failure, so the map is almost always empty.
            if !keys.is_empty() {
                keys.retain(|_, since| now.duration_since(*since) <= lifetime);
            }
            keys.insert(key.to_owned(), now).is_none()
        })
    }

    pub(super) fn remove(&self, key: &str) {
        self.with(|keys| keys.remove(key));
    }

    fn with<T>(&self, action: impl FnOnce(&mut HashMap<String, Instant>) -> T) -> T {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
