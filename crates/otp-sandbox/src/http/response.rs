//! A response before it is written to a connection.

use serde_json::Value;

/// Carried by every response, so that nobody mistakes the sandbox for the real service.
pub(crate) const SANDBOX_HEADER: (&str, &str) = ("x-otp-sandbox", "not-a-real-provider");

/// The response of a simulated service or of the controls.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

impl Response {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Some(body.to_string()),
        }
    }

    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// Whether this header says where the body ends, and so has to match it.
pub(crate) fn frames_body(header: &str) -> bool {
    ["content-length", "transfer-encoding"].iter().any(|name| name.eq_ignore_ascii_case(header))
}
