//! Rate limit windows: how many challenges were started in each. Times are milliseconds since 1970.
//!
//! `redis/reserve_create.lua` and `redis/release_reservation.lua` implement the same rules a second time, on purpose: there
//! each transition is one atomic script on the server. Change both together.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::milliseconds;
use super::types::Limit;

/// Counters of one key: how many challenges were started in each rate limit window.
///
/// A window begins with the first challenge that is counted in it. A store serializes the counters, and applies each method
/// within one atomic step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowCounters {
    counters: Vec<Counter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counter {
    window: u64,
    start: u64,
    count: u32,
}

impl Counter {
    fn end(&self) -> u64 {
        self.start + self.window
    }

    /// How much of the window is left. `None` if it is over.
    fn left(&self, now: u64) -> Option<Duration> {
        self.end().checked_sub(now).filter(|left| *left > 0).map(Duration::from_millis)
    }

    fn is_of(&self, limit: &Limit) -> bool {
        self.window == milliseconds(limit.window)
    }
}

impl WindowCounters {
    /// If a limit is reached: how long until all have room, and the index of the slowest.
    ///
    /// The store must write the counters back in any case, because they change when the clock went back.
    pub fn retry_after(&mut self, limits: &[Limit], now: u64) -> Option<(Duration, usize)> {
        self.follow_clock(now);
        let full = |(index, limit): (usize, &Limit)| {
            let counter = self.counters.iter().find(|counter| counter.is_of(limit))?;
            let left = counter.left(now).filter(|_| counter.count >= limit.max)?;
            Some((left, index))
        };
        limits.iter().enumerate().filter_map(full).max()
    }

    /// Counts one more challenge. Where a window is over, a new one begins. Limits with the same window share a counter.
    pub fn increment(&mut self, limits: &[Limit], now: u64) {
        self.follow_clock(now);
        self.counters.retain(|counter| counter.left(now).is_some());
        for limit in limits {
            if !self.counters.iter().any(|counter| counter.is_of(limit)) {
                self.counters.push(Counter { window: milliseconds(limit.window), start: now, count: 0 });
            }
        }
        for counter in &mut self.counters {
            counter.count += u32::from(limits.iter().any(|limit| counter.is_of(limit)));
        }
    }

    /// Adjusts windows that began in the future, because the clock went back: they begin now, so that nobody waits longer than
    /// a window. They keep their counts, or each step back would double a limit.
    fn follow_clock(&mut self, now: u64) {
        for counter in &mut self.counters {
            counter.start = counter.start.min(now);
        }
    }

    /// Takes back what was counted at `created_at`, unless that window is over.
    pub fn decrement(&mut self, limits: &[Limit], created_at: u64) {
        for counter in &mut self.counters {
            // A window that began later never counted it.
            if counter.start <= created_at && limits.iter().any(|limit| counter.is_of(limit)) {
                counter.count = counter.count.saturating_sub(1);
            }
        }
        self.counters.retain(|counter| counter.count > 0);
    }

    /// Until when a store must keep the counters.
    pub fn expires_at(&self) -> u64 {
        self.counters.iter().map(Counter::end).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_one_counter_however_many_limits_and_challenges_there_are() {
        let limit = |max, seconds| Limit { max, window: Duration::from_secs(seconds) };
        let limits = [limit(9, 60), limit(3, 60), limit(5, 3600)];
        let mut counters = WindowCounters::default();
        for now in [0, 1_000, 59_000] {
            counters.increment(&limits, now);
        }
        assert_eq!(counters.counters.len(), 2);
        assert_eq!(counters.retry_after(&limits, 59_000), Some((Duration::from_secs(1), 1)));
        assert_eq!(counters.expires_at(), 3_600_000);
    }
}
