//! Codes of authenticator apps (RFC 6238: HMAC-SHA-1, steps of 30 seconds, six digits).

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::clock::Time;

const STEP_SECONDS: i64 = 30;

/// The secret that a user's app and the service share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TotpKey(pub(crate) [u8; 20]);

impl TotpKey {
    /// The form that people type into an app.
    pub(crate) fn to_base32(self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// The code that the app shows at this time.
    pub(crate) fn code(&self, now: Time) -> String {
        self.code_at(now.unix_seconds().div_euclid(STEP_SECONDS))
    }

    /// Accepts the codes of one step before and after, too: the user needs time to type (RFC 6238, section 5.2).
    pub(crate) fn accepts(&self, code: &str, now: Time) -> bool {
        let step = now.unix_seconds().div_euclid(STEP_SECONDS);
        (step - 1..=step + 1).any(|step| self.code_at(step) == code)
    }

    fn code_at(&self, step: i64) -> String {
        // HMAC takes keys of any length, so this does not fail.
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return String::new() };
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        // Dynamic truncation, RFC 4226, section 5.3.
        let offset = usize::from(hash[19] & 0x0f);
        let four = [hash[offset], hash[offset + 1], hash[offset + 2], hash[offset + 3]];
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let key = TotpKey(*b"12345678901234567890");
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(key.code(Time(second * 1000)), code);
        }
        assert_eq!(key.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_accepted_one_step_around_its_own() {
        let key = TotpKey(*b"12345678901234567890");
        for (second, accepted) in [(0, true), (59, true), (89, true), (90, false)] {
            assert_eq!(key.accepts("287082", Time(second * 1000)), accepted, "at {second}");
        }
    }
}
