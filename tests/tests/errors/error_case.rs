//! A response to a call, and the error that it must become.

use std::fmt::Display;

use otp_sandbox::Provider;
use otp_tests::{MockServer, Response};
use serde_json::Value;

use crate::calls::{Call, perform};
use crate::expected::Expected;

pub(crate) struct ErrorCase {
    pub(crate) name: String,
    pub(crate) vendor: Provider,
    pub(crate) call: Call,
    pub(crate) response: Response,
    pub(crate) expected: Expected,
}

impl ErrorCase {
    /// A status with a JSON body.
    pub(crate) fn json(vendor: Provider, call: Call, status: u16, body: &Value, expected: Expected) -> Self {
        Self::new(vendor, call, format!("{status} {body}"), Response::json(status, body), expected)
    }

    pub(crate) fn new(
        vendor: Provider,
        call: Call,
        name: impl Display,
        response: Response,
        expected: Expected,
    ) -> Self {
        Self { name: name.to_string(), vendor, call, response, expected }
    }

    /// Adds a header.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { response: self.response.header(name, value), ..self }
    }
}

/// Serves every row and compares. All rows that differ are named.
pub(crate) async fn check(rows: &[ErrorCase]) {
    let mut differences = Vec::new();
    for ErrorCase { name, vendor, call, response, expected } in rows {
        let service = MockServer::start(response).await;
        let found = match perform(*vendor, *call, &service.base_url()).await {
            Err(error) => expected.differences(*vendor, *call, &error),
            Ok(done) => vec![format!("accepted: {done:?}")],
        };
        differences.extend(found.iter().map(|found| format!("{} {call:?}, {name}: {found}", vendor.slug())));
        let received = service.received().len();
        if received != 1 {
            differences.push(format!("{} {call:?}, {name}: {received} requests", vendor.slug()));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
