//! The server that the environment names, and servers of one test.

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use otp_tests::redis::Server;

/// The server that is named by the environment.
pub(crate) fn url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL names a running server")
}

/// A prefix that nobody else has.
pub(crate) fn prefix() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a date after 1970");
    format!("otp-test-{}-{}", std::process::id(), since.as_nanos())
}
