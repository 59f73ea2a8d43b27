//! The clock of the services, which tests can advance.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

/// The system clock plus the time that a test has added.
///
/// It is not tokio's clock on purpose. Paused tokio time jumps ahead whenever the runtime is idle, and challenges
/// would expire for no visible reason.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    added: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> Time {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time(milliseconds(system).saturating_add(self.added.load(Ordering::Relaxed)))
    }

    /// How far it is ahead of the system clock.
    pub(crate) fn ahead(&self) -> Duration {
        Duration::from_millis(self.added.load(Ordering::Relaxed).unsigned_abs())
    }

    /// Goes back to the system clock.
    pub(crate) fn reset(&self) {
        self.added.store(0, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.added.fetch_add(milliseconds(by), Ordering::Relaxed);
    }
}

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) i64);

impl Time {
    pub(crate) const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    pub(crate) const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// In UTC, for example `2024-05-06T07:08:09.123Z`.
    pub(crate) fn to_rfc3339(self) -> String {
        DateTime::from_timestamp_millis(self.0)
            .unwrap_or_default()
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl From<Time> for SystemTime {
    fn from(time: Time) -> Self {
        UNIX_EPOCH + Duration::from_millis(time.0.unsigned_abs())
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self(milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default()))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    // Capped at three thousand years, so that a sum of two cannot overflow.
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).min(100_000_000_000_000)
}
