//! Failure counter: wrong codes in a row, across challenges. Times are milliseconds since 1970.
//!
//! `redis/lib/people.lua` implements the same rules a second time, on purpose. Change both together.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::milliseconds;

/// Failures in a row of a person: attempts since the last success (brute force protection across challenges).
///
/// An attempt counts from its beginning, so that many at once do not pass the limit. A success removes the counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureCounter {
    count: u32,
    since: u64,
    until: u64,
}

impl FailureCounter {
    /// Whether so many failures in a row were counted.
    pub fn has_reached(&self, max: u32) -> bool {
        self.count >= max
    }

    /// Counts an attempt as a failure. It stays counted for `retention` after the last failure.
    pub fn increment(&mut self, retention: Duration, now: u64) {
        if self.count == 0 {
            self.since = now;
        }
        self.count = self.count.saturating_add(1);
        self.until = now + milliseconds(retention);
    }

    /// Takes back an attempt that was counted at this time, unless a success came after it. The failures before it stay counted
    /// for as long as the attempt prolonged them.
    pub fn decrement(&mut self, counted_at: u64) {
        if self.since <= counted_at {
            self.count = self.count.saturating_sub(1);
        }
    }

    /// Until when a store must keep the counter.
    pub fn expires_at(&self) -> u64 {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_from_before_a_success_is_not_given_back_to_the_failures_after_it() {
        let retention = Duration::from_secs(60);
        let mut counter = FailureCounter::default();
        counter.increment(retention, 1_000);
        // A success.
        counter = FailureCounter::default();
        counter.increment(retention, 2_000);
        counter.decrement(1_000);
        assert!(counter.has_reached(1));
        counter.decrement(2_000);
        counter.decrement(2_000);
        assert_eq!((counter.has_reached(1), counter.expires_at()), (false, 62_000));
    }
}
