//! Rate limit: fixed windows of one minute.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Time;

/// The limit that headers show where none is set. One machine cannot reach it.
const UNLIMITED_QUOTA: u32 = 1_000_000;
const WINDOW_SECONDS: i64 = 60;

/// Counts one provider's calls. A window begins with its first call, not with a minute of the clock.
#[derive(Debug)]
pub(crate) struct RateLimit {
    initial: Option<u32>,
    per_minute: Mutex<Option<u32>>,
    window: Mutex<Option<Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    start: Time,
    calls: u32,
}

impl Window {
    const fn end(self) -> Time {
        self.start.plus_seconds(WINDOW_SECONDS)
    }
}

/// What a caller has left after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// When the next window can begin, in seconds since 1970.
    pub(crate) reset: i64,
    pub(crate) seconds_to_reset: i64,
    pub(crate) exceeded: bool,
}

impl RateLimit {
    pub(crate) fn new(per_minute: Option<u32>) -> Self {
        Self { initial: per_minute, per_minute: Mutex::new(per_minute), window: Mutex::default() }
    }

    pub(crate) fn per_minute(&self) -> Option<u32> {
        *lock(&self.per_minute)
    }

    /// Sets the limit, and begins with a new window.
    pub(crate) fn set(&self, per_minute: Option<u32>) {
        *lock(&self.per_minute) = per_minute;
        *lock(&self.window) = None;
    }

    /// Sets the limit of the start again.
    pub(crate) fn reset(&self) {
        self.set(self.initial);
    }

    pub(crate) fn count(&self, now: Time) -> Quota {
        let per_minute = self.per_minute();
        let mut stored = lock(&self.window);
        // The system clock can be set back. A window that begins in the future is over, too.
        let running = stored.filter(|window| (window.start..window.end()).contains(&now));
        let mut window = running.unwrap_or(Window { start: now, calls: 0 });
        window.calls = window.calls.saturating_add(1);
        *stored = Some(window);
        let limit = per_minute.unwrap_or(UNLIMITED_QUOTA);
        // Both times are rounded up, so that a caller who waits as long is not early.
        Quota {
            limit,
            remaining: limit.saturating_sub(window.calls),
            reset: seconds_rounded_up(window.end().0),
            seconds_to_reset: seconds_rounded_up(window.end().0 - now.0),
            exceeded: per_minute.is_some_and(|limit| window.calls > limit),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const fn seconds_rounded_up(milliseconds: i64) -> i64 {
    milliseconds.saturating_add(999).div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(limit: &RateLimit, milliseconds: i64) -> Quota {
        limit.count(Time(milliseconds))
    }

    #[test]
    fn a_window_begins_with_its_first_call_and_the_next_one_starts_afresh() {
        let limit = RateLimit::new(Some(2));
        let exceeded = |milliseconds| at(&limit, milliseconds).exceeded;
        assert_eq!([50_500, 59_999, 60_000, 110_499].map(exceeded), [false, false, true, true]);
        assert_eq!([110_500, 119_999, 120_000, 170_499].map(exceeded), [false, false, true, true]);
    }

    #[test]
    fn a_caller_who_waits_as_long_as_reported_is_allowed() {
        // At the first of these times, the clock was set back.
        for called in [50_001, 50_500, 51_000, 80_000, 110_000] {
            let limit = RateLimit::new(Some(1));
            at(&limit, 50_500);
            let quota = at(&limit, called);
            assert!((1..=60).contains(&quota.seconds_to_reset), "{quota:?}");
            assert!(!at(&limit, called + quota.seconds_to_reset * 1000).exceeded, "{quota:?}");

            let limit = RateLimit::new(Some(1));
            at(&limit, 50_500);
            let quota = at(&limit, called);
            assert!(!at(&limit, quota.reset * 1000).exceeded, "{quota:?}");
        }
    }
}
