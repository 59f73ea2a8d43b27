//! How often a service may be called.

use std::sync::{Mutex, PoisonError};

use crate::clock::Time;

/// What is shown where no limit is set: more than one machine can call.
const GENEROUS: u32 = 1_000_000;
const WINDOW_SECONDS: i64 = 60;

/// Counts one provider's calls in windows of a minute.
#[derive(Debug)]
pub(crate) struct Limit {
    per_minute: Option<u32>,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    start: i64,
    calls: u32,
}

/// Where a caller stands after one more call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// When the next window opens, in seconds since 1970.
    pub(crate) reset: i64,
    pub(crate) seconds_to_reset: i64,
    pub(crate) exceeded: bool,
}

impl Limit {
    pub(crate) fn new(per_minute: Option<u32>) -> Self {
        Self { per_minute, window: Mutex::default() }
    }

    pub(crate) fn count(&self, now: Time) -> Quota {
        let seconds = now.unix_seconds();
        let start = seconds - seconds.rem_euclid(WINDOW_SECONDS);
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.start != start {
            *window = Window { start, calls: 0 };
        }
        window.calls = window.calls.saturating_add(1);
        let limit = self.per_minute.unwrap_or(GENEROUS);
        let reset = start + WINDOW_SECONDS;
        Quota {
            limit,
            remaining: limit.saturating_sub(window.calls),
            reset,
            seconds_to_reset: reset - seconds,
            exceeded: self.per_minute.is_some_and(|limit| window.calls > limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_allows_its_calls_and_the_next_one_starts_afresh() {
        let limit = Limit::new(Some(2));
        let exceeded = |second: i64| limit.count(Time(second * 1000)).exceeded;
        assert_eq!([exceeded(60), exceeded(61), exceeded(119), exceeded(120)], [false, false, true, false]);
    }
}
