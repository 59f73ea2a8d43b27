//! The journal: requests that arrived, and the status of their responses.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::redaction::{redacted_field, redacted_header};
use crate::Provider;
use crate::http::{Request, value_of};

/// A request that one of the services received.
///
/// `Debug` shows codes and phone numbers as they arrived, because a failing test needs them. Credentials are
/// shown as fingerprints.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The service that received it.
    pub provider: Provider,
    /// `GET`, `POST`, …
    pub method: String,
    /// From the root of the server, percent-encoded as it arrived.
    pub path: String,
    /// Names and values of the query, decoded, in the order of the query.
    pub query: Vec<(String, String)>,
    /// Names in lower case. A credential is replaced by its
    /// [fingerprint](crate::Sandbox::fingerprint).
    pub headers: Vec<(String, String)>,
    /// The body: JSON unchanged, a form as an object of its fields (an array where a name occurs more than once),
    /// anything else as a string. `None` if it was empty.
    pub body: Option<Value>,
    /// The operation in snake case, `verify_otp` for example. `None` if no operation has this path and method.
    pub operation: Option<&'static str>,
    /// Status of the response. `None` if none was sent: the connection was cut, or the client left first.
    pub status: Option<u16>,
}

impl RecordedRequest {
    pub(crate) fn new(provider: Provider, request: &Request, operation: Option<&'static str>) -> Self {
        let headers = request.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), redacted_header(name.as_str(), &value))
        });
        Self {
            provider,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: headers.collect(),
            body: body(request),
            operation,
            status: None,
        }
    }

    /// The value of a header. `name` must be in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "provider": self.provider.slug(),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "operation": self.operation,
            "status": self.status,
        })
    }
}

fn body(request: &Request) -> Option<Value> {
    if request.body.is_empty() {
        return None;
    }
    if let Some(json) = &request.json {
        return Some(json.clone());
    }
    if request.form.is_empty() {
        return Some(String::from_utf8_lossy(&request.body).into());
    }
    let fields = request.form.iter().map(|(name, value)| (name.clone(), redacted_field(name, value)));
    Some(Value::Object(fields.collect::<Map<_, _>>()))
}

/// The newest requests, up to `capacity`.
#[derive(Debug)]
pub(crate) struct Journal {
    requests: VecDeque<RecordedRequest>,
    /// How many older requests are gone. The request at index 0 has the number `removed + 1`.
    removed: usize,
    capacity: usize,
}

impl Journal {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { requests: VecDeque::new(), removed: 0, capacity }
    }

    /// Adds a request and returns its number for [`record_status`](Self::record_status).
    pub(crate) fn record_request(&mut self, request: RecordedRequest) -> usize {
        self.requests.push_back(request);
        while self.requests.len() > self.capacity {
            self.requests.pop_front();
            self.removed += 1;
        }
        self.removed + self.requests.len()
    }

    pub(crate) fn record_status(&mut self, number: usize, status: u16) {
        // The request may have been removed in the meantime.
        let index = number.checked_sub(self.removed + 1);
        if let Some(request) = index.and_then(|index| self.requests.get_mut(index)) {
            request.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.removed += self.requests.len();
        self.requests.clear();
    }
}
