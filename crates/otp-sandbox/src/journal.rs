//! What arrived, and with which status it was answered.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use crate::Provider;
use crate::credentials::{redacted_field, redacted_header};
use crate::http::Request;

/// A request that one of the services received.
///
/// `Debug` shows what the fields hold: codes and phone numbers as they arrived, which a test that fails needs,
/// and fingerprints instead of credentials.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// Which service.
    pub provider: Provider,
    /// `GET`, `POST`, …
    pub method: String,
    /// From the root, as it arrived: still percent-encoded.
    pub path: String,
    /// Names and values of the query, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// Names in lower case. Instead of a credential stands its fingerprint, see
    /// [`Sandbox::fingerprint`](crate::Sandbox::fingerprint).
    pub headers: Vec<(String, String)>,
    /// The body: JSON as it is, a form as an object of its fields, anything else as a text; `None` if there
    /// was none.
    pub body: Option<Value>,
    /// The operation, in snake case (`verify_otp`); `None` if path and method lead to none.
    pub operation: Option<&'static str>,
    /// `None` if no answer was sent: the line was cut, or the client went away first.
    pub status: Option<u16>,
}

impl Exchange {
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

    /// The value of a header, its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        crate::http::value_of(&self.headers, name)
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
    let form = request.form();
    if form.is_empty() {
        return Some(String::from_utf8_lossy(&request.body).into());
    }
    let fields = form.into_iter().map(|(name, value)| {
        let value = redacted_field(&name, &value);
        (name, value.into())
    });
    Some(Value::Object(fields.collect::<Map<_, _>>()))
}

/// The newest exchanges; the oldest give way.
#[derive(Debug)]
pub(crate) struct Journal {
    exchanges: VecDeque<Exchange>,
    /// Number of the first exchange that is still there.
    first: usize,
    capacity: usize,
}

impl Journal {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { exchanges: VecDeque::new(), first: 0, capacity }
    }

    /// Notes a request when it arrives: a client that goes away before the answer was there all the same.
    pub(crate) fn arrived(&mut self, exchange: Exchange) -> usize {
        self.exchanges.push_back(exchange);
        while self.exchanges.len() > self.capacity {
            self.exchanges.pop_front();
            self.first += 1;
        }
        self.first + self.exchanges.len()
    }

    pub(crate) fn answered(&mut self, number: usize, status: u16) {
        let place = number.checked_sub(self.first + 1);
        if let Some(exchange) = place.and_then(|place| self.exchanges.get_mut(place)) {
            exchange.status = Some(status);
        }
    }

    pub(crate) fn all(&self) -> Vec<Exchange> {
        self.exchanges.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.first += self.exchanges.len();
        self.exchanges.clear();
    }
}
