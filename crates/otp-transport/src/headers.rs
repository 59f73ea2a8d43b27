//! Response headers: rate limits, waiting times and dates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{AsHeaderName, DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Longer waits are cut to this: a day is as good as "not now", and a wild number must not stall a caller.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A provider's rate limit; each part may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Calls allowed per window (`X-Rate-Limit-Limit`).
    pub limit: Option<u64>,
    /// Calls left in this window (`X-Rate-Limit-Remaining`).
    pub remaining: Option<u64>,
    /// When the next window opens (`X-Rate-Limit-Reset`, Unix time in seconds), by the provider's clock.
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
///
/// Points in time are the sender's, so they are compared with its own clock (`Date`) where it shows it.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let now = date(headers, DATE).unwrap_or(now);
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
    let stated = text(headers, RETRY_AFTER).and_then(|text| seconds(text, MAX_WAIT));
    let stated = stated.or_else(|| date(headers, RETRY_AFTER).map(until));
    let wait = stated.or_else(|| RateLimit::read(headers).reset.map(until))?;
    Some(wait.min(MAX_WAIT))
}

/// A date in one of the three forms of RFC 9110, 5.6.7.
pub(crate) fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(text(headers, name)?).ok()
}

/// A number of seconds as a peer wrote it, cut to `max`. None if it is negative or not a number.
pub(crate) fn seconds(text: &str, max: Duration) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    // Not a number is not greater than or equal to anything.
    if number >= 0.0 { Duration::try_from_secs_f64(number.min(max.as_secs_f64())).ok() } else { None }
}

/// The vendor's id of a call, by the header that it has.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    ["x-request-id", "twilio-request-id"].iter().find_map(|name| text(headers, *name))
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
            (vec![("retry-after", "0")], Some(0)),
            (vec![("retry-after", "30.0")], Some(30)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], Some(10)),
            (vec![("retry-after", "Sunday, 06-Nov-94 08:49:47 GMT")], Some(10)),
            (vec![("retry-after", "Sun Nov  6 08:49:47 1994")], Some(10)),
            (vec![("retry-after", "Sunday, 06-Nov-44 08:49:47 GMT")], Some(86_400)),
            (vec![("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], Some(86_400)),
            (vec![("retry-after", "Sun, 06 Nov 1994 08:49:27 GMT")], Some(0)),
            (vec![("retry-after", "30"), ("x-rate-limit-reset", "784111877")], Some(30)),
            (vec![("x-rate-limit-reset", "784111877")], Some(100)),
            (vec![("x-rate-limit-reset", "1")], Some(0)),
            (vec![("x-rate-limit-reset", "-1")], None),
            (vec![("retry-after", "99999999999")], Some(86_400)),
            (vec![("retry-after", "99999999999999999999999999")], Some(86_400)),
            (vec![("retry-after", "-30"), ("x-rate-limit-reset", "784111877")], Some(100)),
            (vec![("retry-after", "NaN")], None),
            (vec![("x-rate-limit-reset", "9223372036854775807")], Some(86_400)),
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

    #[test]
    fn a_point_in_time_is_compared_with_the_clock_of_the_one_who_wrote_it() {
        // Ours is six minutes ahead, or behind.
        for ours in [784_111_777 + 360, 784_111_777 - 360] {
            let now = UNIX_EPOCH + Duration::from_secs(ours);
            let until =
                [("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"), ("x-rate-limit-reset", "784111837")];
            for (name, value) in until {
                let mut headers = HeaderMap::new();
                headers.insert(name, value.parse().unwrap());
                headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
                assert_eq!(retry_after(&headers, now), Some(Duration::from_secs(60)), "{name} at {ours}");
            }
        }
    }
}
