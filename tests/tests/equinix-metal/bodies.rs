//! No request of Equinix Metal has a body.

use otp_tests::suites::bodies::Body;

pub(crate) fn bodies() -> Vec<Body> {
    Vec::new()
}
