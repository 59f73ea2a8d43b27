//! One answer to one call, and what must come of it.

use std::fmt::Display;

use otp_tests::{Answer, Service};
use serde_json::Value;

use crate::ask::{Call, Vendor, ask};
use crate::expected::Expected;

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) vendor: Vendor,
    pub(crate) call: Call,
    pub(crate) answer: Answer,
    pub(crate) expected: Expected,
}

impl Row {
    /// A status with a JSON body.
    pub(crate) fn json(vendor: Vendor, call: Call, status: u16, body: &Value, expected: Expected) -> Self {
        Self::new(vendor, call, format!("{status} {body}"), Answer::json(status, body), expected)
    }

    pub(crate) fn new(
        vendor: Vendor,
        call: Call,
        name: impl Display,
        answer: Answer,
        expected: Expected,
    ) -> Self {
        Self { name: name.to_string(), vendor, call, answer, expected }
    }

    /// Adds a header.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { answer: self.answer.header(name, value), ..self }
    }
}

/// Serves every row and compares. All rows that differ are named.
pub(crate) async fn check(rows: &[Row]) {
    let mut differences = Vec::new();
    for Row { name, vendor, call, answer, expected } in rows {
        let service = Service::start(answer).await;
        let found = match ask(*vendor, *call, &service.base_url()).await {
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
