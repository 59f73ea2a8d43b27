//! A row: a response to a call, and the error that it must become.

use std::fmt::Display;

use otp_sandbox::Provider;
use serde_json::Value;

use super::{Call, Expected, perform};
use crate::mock_server::MockServer;
use crate::response::Response;

/// A response to a call of a provider, and the error that the caller must get.
pub struct ErrorCase {
    /// It must be unique within the calls of one operation.
    pub name: String,
    /// The provider.
    pub vendor: Provider,
    /// The call.
    pub call: Call,
    /// The response of the service.
    pub response: Response,
    /// The error.
    pub expected: Expected,
}

impl ErrorCase {
    /// A status with a JSON body.
    pub fn json(vendor: Provider, call: Call, status: u16, body: &Value, expected: Expected) -> Self {
        Self::new(vendor, call, format!("{status} {body}"), Response::json(status, body), expected)
    }

    /// Any response.
    pub fn new(
        vendor: Provider,
        call: Call,
        name: impl Display,
        response: Response,
        expected: Expected,
    ) -> Self {
        Self { name: name.to_string(), vendor, call, response, expected }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { response: self.response.header(name, value), ..self }
    }
}

/// Serves every row and compares.
///
/// # Panics
///
/// If any row differs, with the names of all that do.
pub async fn check(rows: &[ErrorCase]) {
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
