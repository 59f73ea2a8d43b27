//! Timestamps as the providers write them.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::one_line::one_line;

/// A date and time as the provider wrote it.
///
/// Providers do not always keep to RFC 3339: one leaves out the zone at times. Any string is accepted and kept, so that
/// a date cannot make a response unreadable; [`to_system_time`](Self::to_system_time) reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The point in time, or none if the text is no date. Without a zone it is taken for UTC.
    ///
    /// It is a time of the provider's clock. To learn how much time is left, do not compare it with the clock of this
    /// machine: take [`duration_since`](Self::duration_since) another time of the same provider.
    ///
    /// ```
    /// use otp_transport::Timestamp;
    ///
    /// let with_zone = Timestamp::from("2024-03-28T12:15:30+02:00").to_system_time();
    /// let without = Timestamp::from("2024-03-28 10:15:30").to_system_time();
    /// assert_eq!(with_zone, without);
    /// assert!(Timestamp::from("soon").to_system_time().is_none());
    /// ```
    pub fn to_system_time(&self) -> Option<SystemTime> {
        match self.read()? {
            Time::Zoned(time) | Time::Local(time) => system_time(time),
        }
    }

    /// How much later this is than `earlier`, a time of the same provider.
    ///
    /// None if either is no date, if it is not later, or if only one of the two has a zone, so that the difference
    /// depends on where the provider is.
    ///
    /// ```
    /// use std::time::Duration;
    /// use otp_transport::Timestamp;
    ///
    /// let since = |later: &str, earlier: &str| {
    ///     Timestamp::from(later).duration_since(&Timestamp::from(earlier))
    /// };
    /// let five_minutes = Some(Duration::from_secs(300));
    /// assert_eq!(since("2024-03-28T12:20:30+02:00", "2024-03-28T10:15:30Z"), five_minutes);
    /// assert_eq!(since("2024-03-28 10:20:30", "2024-03-28 10:15:30"), five_minutes);
    /// assert_eq!(since("2024-03-28 10:20:30", "2024-03-28T10:15:30Z"), None);
    /// ```
    pub fn duration_since(&self, earlier: &Self) -> Option<Duration> {
        match (self.read()?, earlier.read()?) {
            (Time::Zoned(later), Time::Zoned(earlier)) | (Time::Local(later), Time::Local(earlier)) => {
                later.signed_duration_since(earlier).to_std().ok()
            }
            _ => None,
        }
    }

    fn read(&self) -> Option<Time> {
        let text = self.0.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(Time::Zoned(time.to_utc()));
        }
        let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
        let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
        Some(Time::Local(time.and_utc()))
    }
}

/// A time with a zone, or one of the provider's own zone that is written down as if it were UTC.
enum Time {
    Zoned(DateTime<Utc>),
    Local(DateTime<Utc>),
}

/// Not every platform's clock reaches as far as a date does.
fn system_time(time: DateTime<Utc>) -> Option<SystemTime> {
    let nanoseconds = Duration::from_nanos(time.timestamp_subsec_nanos().into());
    let seconds = Duration::from_secs(time.timestamp().unsigned_abs());
    let whole = match time.timestamp() {
        0.. => UNIX_EPOCH.checked_add(seconds),
        _ => UNIX_EPOCH.checked_sub(seconds),
    };
    whole?.checked_add(nanoseconds)
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(date_time(time).to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// The last or first date that there is, where the time lies beyond it.
fn date_time(time: SystemTime) -> DateTime<Utc> {
    let at = |seconds: u64, nanoseconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => at(since.as_secs(), since.subsec_nanos()).unwrap_or(DateTime::<Utc>::MAX_UTC),
        Err(before) => {
            let before = chrono::TimeDelta::from_std(before.duration()).ok();
            let date = before.and_then(|before| DateTime::UNIX_EPOCH.checked_sub_signed(before));
            date.unwrap_or(DateTime::<Utc>::MIN_UTC)
        }
    }
}

impl FromStr for Timestamp {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is the provider's text, and `Display` goes to logs.
        formatter.write_str(&one_line(&self.0, 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_beyond_the_range_of_clock_or_calendar_is_no_panic() {
        for text in [
            "0001-01-01T00:00:00",
            "-262143-01-01T00:00:00",
            "+262142-12-31T23:59:59Z",
            "9999-12-31 23:59:60",
        ] {
            let _ = Timestamp::from(text).to_system_time();
        }
        let seconds = Duration::from_secs(u64::MAX / 4);
        for time in [UNIX_EPOCH.checked_add(seconds), UNIX_EPOCH.checked_sub(seconds)].into_iter().flatten() {
            let _ = Timestamp::from(time);
        }
        let half_before = UNIX_EPOCH - Duration::from_millis(1_500);
        assert_eq!(Timestamp::from(half_before).as_str(), "1969-12-31T23:59:58.500Z");
        assert_eq!(Timestamp::from(half_before).to_system_time(), Some(half_before));
    }

    #[test]
    fn the_difference_of_two_times_does_not_depend_on_a_zone_that_is_not_written() {
        let cases = [
            ("2026-03-28T10:20:00Z", "2026-03-28T10:15:00Z", Some(300)),
            ("2026-03-28T05:20:00-05:00", "2026-03-28T12:15:00+02:00", Some(300)),
            ("2026-03-28 10:20:00", "2026-03-28T10:15:00", Some(300)),
            (" 2026-03-28T10:20:00.5Z ", "2026-03-28T10:15:00.5Z", Some(300)),
            ("2026-03-28T10:20:00Z", "2026-03-28T05:15:00", None),
            ("2026-03-28T10:20:00", "2026-03-28T12:15:00+02:00", None),
            ("2026-03-28T10:15:00Z", "2026-03-28T10:20:00Z", None),
            ("soon", "2026-03-28T10:20:00Z", None),
        ];
        for (later, earlier, seconds) in cases {
            let since = Timestamp::from(later).duration_since(&Timestamp::from(earlier));
            assert_eq!(since, seconds.map(Duration::from_secs), "{later} since {earlier}");
        }
    }
}
