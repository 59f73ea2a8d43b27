//! The time that the four services believe in.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

/// The machine's clock plus what a test has added.
///
/// Deliberately not tokio's clock: with paused time that one jumps whenever the runtime is idle, and
/// challenges would expire for no visible reason.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_by: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> Time {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(milliseconds(machine).saturating_add(self.ahead_by.load(Ordering::Relaxed)))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_by.fetch_add(milliseconds(by), Ordering::Relaxed);
    }
}

/// A moment, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) i64);

impl Time {
    pub(crate) const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    pub(crate) const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// As RFC 3339 text in UTC.
    pub(crate) fn text(self) -> String {
        DateTime::from_timestamp_millis(self.0)
            .unwrap_or_default()
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

/// Centuries are enough: longer spans are cut, so that adding two of them cannot overflow.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).min(100_000_000_000_000)
}
