//! Points in time as the providers write them.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::one_line::one_line;

/// A date and time as the provider wrote it.
///
/// Providers do not always keep to RFC 3339: one leaves out the zone at times. Any text is accepted and kept, so that
/// a date cannot make an answer unreadable; [`to_system_time`](Self::to_system_time) reads it.
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
    /// ```
    /// use otp_transport::Timestamp;
    ///
    /// let with_zone = Timestamp::from("2024-03-28T12:15:30+02:00").to_system_time();
    /// let without = Timestamp::from("2024-03-28 10:15:30").to_system_time();
    /// assert_eq!(with_zone, without);
    /// assert!(Timestamp::from("soon").to_system_time().is_none());
    /// ```
    pub fn to_system_time(&self) -> Option<SystemTime> {
        if let Ok(time) = DateTime::parse_from_rfc3339(&self.0) {
            return Some(time.into());
        }
        let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
        let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&self.0, format).ok())?;
        Some(time.and_utc().into())
    }
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
        Self(DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::AutoSi, true))
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
