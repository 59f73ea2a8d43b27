//! Twilio takes forms.

use otp_tests::suites::bodies::Body;

pub(crate) fn bodies() -> Vec<Body> {
    Vec::new()
}
