//! How long a challenge is good for, from what a provider says about it.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use otp_transport::Timestamp;

/// Providers count in seconds, and none documents a longer life than a day.
const SENSIBLE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);

/// What a response says about the life of a challenge. All points in time are those of the provider's clock.
#[derive(Default)]
pub(super) struct Lifetime<'a> {
    /// In seconds.
    pub(super) ttl: Option<i64>,
    pub(super) created: Option<&'a Timestamp>,
    pub(super) expires: Option<&'a Timestamp>,
    /// When the provider responded.
    pub(super) responded: Option<SystemTime>,
}

impl Lifetime<'_> {
    /// The life that the challenge has from now on; none if nothing sensible is said.
    ///
    /// The provider's clock is never compared with ours: six minutes between them would end a challenge of five at once.
    /// The ttl comes first because it needs no clock at all, and no time zone.
    pub(super) fn duration(&self) -> Option<Duration> {
        let is_sensible = |life: &Duration| SENSIBLE.contains(life);
        let ttl = self.ttl.and_then(|ttl| u64::try_from(ttl).ok()).map(Duration::from_secs);
        ttl.filter(is_sensible).or_else(|| self.difference().filter(is_sensible))
    }

    fn difference(&self) -> Option<Duration> {
        // When it responded stands in for a time of creation that is missing, not for one that makes no sense.
        let responded = self.responded.map(Timestamp::from);
        let created = self.created.or(responded.as_ref());
        self.expires?.duration_since(created?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_ttl_or_the_difference_of_the_providers_own_times() {
        let zoned = ("2026-03-28T10:15:00Z", "2026-03-28T10:20:00Z");
        let local = ("2026-03-28T05:15:00", "2026-03-28T05:20:00");
        let cases = [
            (Some(180), zoned.0, zoned.1, Some(180)),
            (None, zoned.0, zoned.1, Some(300)),
            (None, local.0, local.1, Some(300)),
            (None, "2026-03-28T12:15:00+02:00", zoned.1, Some(300)),
            // Only one has a zone, so that the difference is anything.
            (None, local.0, zoned.1, None),
            (None, zoned.0, local.1, None),
            (Some(180), local.0, zoned.1, Some(180)),
            // Nonsense: the next is taken.
            (Some(0), zoned.0, zoned.1, Some(300)),
            (Some(-1), zoned.0, zoned.1, Some(300)),
            (Some(i64::MAX), zoned.0, zoned.1, Some(300)),
            (Some(i64::MIN), zoned.1, zoned.1, None),
            (None, zoned.1, zoned.0, None),
            (None, "1970-01-01T00:00:00Z", zoned.1, None),
            (None, "soon", zoned.1, None),
            (None, zoned.0, "later", None),
            (None, zoned.0, "9999-12-31T23:59:59Z", None),
        ];
        let responded = Timestamp::from("2026-03-28T10:16:00Z").to_system_time();
        for (ttl, created, expires, seconds) in cases {
            let (created, expires) = (Timestamp::from(created), Timestamp::from(expires));
            let lifetime = Lifetime { ttl, created: Some(&created), expires: Some(&expires), responded };
            let seconds = seconds.map(Duration::from_secs);
            assert_eq!(lifetime.duration(), seconds, "{ttl:?} {created} {expires}");
        }
        for (expires, responded, seconds) in
            [(zoned.1, responded, Some(240)), (local.1, responded, None), (zoned.1, None, None)]
        {
            let expires = Timestamp::from(expires);
            let lifetime = Lifetime { expires: Some(&expires), responded, ..Lifetime::default() };
            assert_eq!(lifetime.duration(), seconds.map(Duration::from_secs), "{expires}");
        }
        assert_eq!(Lifetime::default().duration(), None);
    }
}
