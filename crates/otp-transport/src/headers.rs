//! What the headers of an answer say beside the answer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use reqwest::header::{AsHeaderName, HeaderMap, RETRY_AFTER};

/// Longer waits are cut to this: a day is as good as "not now", and a wild number must not stall a caller.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a provider says about its rate limit; each part may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Calls allowed per window (`X-Rate-Limit-Limit`).
    pub limit: Option<u64>,
    /// Calls left in this window (`X-Rate-Limit-Remaining`).
    pub remaining: Option<u64>,
    /// When the next window opens (`X-Rate-Limit-Reset`, Unix time in seconds).
    pub reset: Option<SystemTime>,
}

impl RateLimit {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        Self {
            limit: number(headers, "x-rate-limit-limit"),
            remaining: number(headers, "x-rate-limit-remaining"),
            reset: number(headers, "x-rate-limit-reset")
                .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds))),
        }
    }
}

/// How long to wait: `Retry-After` in seconds or as a date, else until the rate limit's window opens.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
    let stated = number(headers, RETRY_AFTER.as_str()).map(Duration::from_secs).or_else(|| {
        let date = DateTime::parse_from_rfc2822(text(headers, RETRY_AFTER.as_str())?).ok()?;
        Some(until(date.into()))
    });
    let wait = stated.or_else(|| RateLimit::read(headers).reset.map(until))?;
    Some(wait.min(LONGEST_WAIT))
}

pub(crate) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim_ascii).filter(|text| !text.is_empty())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_time_is_read_in_every_form_and_capped() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let cases = [
            (vec![("retry-after", "30")], Some(30)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], Some(10)),
            (vec![("retry-after", "30"), ("x-rate-limit-reset", "784111877")], Some(30)),
            (vec![("x-rate-limit-reset", "784111877")], Some(100)),
            (vec![("x-rate-limit-reset", "1")], Some(0)),
            (vec![("retry-after", "99999999999")], Some(86_400)),
            (vec![("x-rate-limit-reset", "18446744073709551615")], None),
            (vec![("retry-after", "soon")], None),
            (vec![], None),
        ];
        for (pairs, seconds) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in &pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{pairs:?}");
        }
    }
}
