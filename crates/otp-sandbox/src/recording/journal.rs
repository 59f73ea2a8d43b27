//! The journal: requests that arrived, and the status of their responses.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::redaction::{redacted, redacted_header, redacted_text, redacted_value};
use super::revisions::Revisions;
use crate::Provider;
use crate::clock::Time;
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
    /// Names and values of the query, decoded, in the order of the query. A credential is replaced by its
    /// [fingerprint](crate::Sandbox::fingerprint).
    pub query: Vec<(String, String)>,
    /// Names in lower case. A credential is replaced by its
    /// [fingerprint](crate::Sandbox::fingerprint).
    pub headers: Vec<(String, String)>,
    /// The body: JSON, a form as an object of its fields (an array where a name occurs more than once), anything
    /// else as a string. `None` if it was empty.
    ///
    /// Credentials in fields of JSON and forms are replaced by their fingerprints. A string that contains the name
    /// of such a field is replaced as a whole.
    pub body: Option<Value>,
    /// The operation in snake case, `verify_otp` for example. `None` if no operation has this path and method.
    pub operation: Option<&'static str>,
    /// Status of the response. `None` if none was sent: the connection was cut, or the client left first.
    pub status: Option<u16>,
    /// When it arrived, by the sandbox's clock.
    pub received: SystemTime,
    /// How long the response took. `None` while there is none, or if the client left first.
    pub took: Option<Duration>,
    /// Id of the challenge that it started or that it names.
    pub challenge: Option<String>,
    /// Name of the fault that was injected into it.
    pub fault: Option<&'static str>,
    /// Headers of the response, names in lower case.
    pub response_headers: Vec<(String, String)>,
    /// Body of the response: JSON with fingerprints for tokens, anything else as a string. `None` if it had none.
    pub response_body: Option<Value>,
}

/// What was sent back, and what the request did.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    pub(crate) status: Option<u16>,
    pub(crate) took: Duration,
    pub(crate) challenge: Option<String>,
    pub(crate) fault: Option<&'static str>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
}

impl RecordedRequest {
    pub(crate) fn new(
        provider: Provider,
        request: &Request,
        operation: Option<&'static str>,
        now: Time,
    ) -> Self {
        let headers = request.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), redacted_header(name.as_str(), &value))
        });
        Self {
            provider,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.iter().map(redacted_pair).collect(),
            headers: headers.collect(),
            body: body(request),
            operation,
            status: None,
            received: now.into(),
            took: None,
            challenge: None,
            fault: None,
            response_headers: Vec::new(),
            response_body: None,
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
            "time": Time::from(self.received).to_rfc3339(),
            "took_ms": self.took.map(|took| took.as_secs_f64() * 1000.0),
            "challenge": self.challenge,
            "fault": self.fault,
            "failed": self.failed(),
            "reason": self.failure_reason(),
            "response": { "headers": self.response_headers, "body": self.response_body },
        })
    }

    /// Whether the client got anything but a success. A success that is late is one.
    pub(crate) fn failed(&self) -> bool {
        let is_damaged = self.fault.is_some_and(|fault| fault != DELAY);
        self.took.is_some() && (is_damaged || self.status.is_none_or(|status| status >= 400))
    }

    /// Why it failed, in a few words. `None` if it did not fail.
    pub(crate) fn failure_reason(&self) -> Option<String> {
        if !self.failed() {
            return None;
        }
        let message = self.response_body.as_ref().and_then(error_message);
        let fault = self.fault.filter(|fault| *fault != DELAY);
        let fault = fault.map(|fault| format!("injected fault: {fault}"));
        let cut = || (self.status.is_none()).then(|| "the connection was cut".to_owned());
        fault.or(message).or_else(cut)
    }

    /// Path segments and values of the body: where the id of a challenge can be.
    pub(crate) fn possible_ids(&self) -> impl Iterator<Item = &str> {
        let fields = self.body.as_ref().and_then(Value::as_object).into_iter().flatten();
        self.path.split('/').chain(fields.filter_map(|(_, value)| value.as_str()))
    }
}

/// The fault that changes nothing but the time.
const DELAY: &str = "delay";

/// The message in a vendor's error, whatever its shape.
fn error_message(body: &Value) -> Option<String> {
    match body {
        Value::String(text) => (!text.trim_start().starts_with('<')).then(|| text.clone()),
        Value::Array(list) => list.first().and_then(error_message),
        Value::Object(fields) => {
            let names =
                ["message", "error_message", "detail", "title", "error", "errors", "error_description"];
            names.into_iter().find_map(|name| fields.get(name).and_then(error_message))
        }
        _ => None,
    }
}

fn redacted_pair((name, value): &(String, String)) -> (String, String) {
    (name.clone(), redacted_value(name, value))
}

fn body(request: &Request) -> Option<Value> {
    if request.body.is_empty() {
        return None;
    }
    if let Some(json) = &request.json {
        return Some(redacted(json.clone()));
    }
    if request.form.is_empty() {
        return Some(redacted_text(&String::from_utf8_lossy(&request.body)).into());
    }
    Some(redacted(Value::Object(request.form.clone())))
}

/// The newest requests, up to `capacity`.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<JournalEntry>,
    /// How many requests ever arrived, which is the number of the newest one.
    received: u64,
    capacity: usize,
    revisions: Revisions,
}

#[derive(Debug)]
pub(crate) struct JournalEntry {
    /// Counts from 1 and is never used again.
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) request: RecordedRequest,
}

impl Journal {
    pub(crate) const fn new(capacity: usize, revisions: Revisions) -> Self {
        Self { entries: VecDeque::new(), received: 0, capacity, revisions }
    }

    /// Adds a request and returns its number for [`complete`](Self::complete).
    pub(crate) fn record(&mut self, request: RecordedRequest) -> u64 {
        self.received += 1;
        let revision = self.revisions.next();
        self.entries.push_back(JournalEntry { number: self.received, revision, request });
        while self.entries.len() > self.capacity {
            self.entries.pop_front();
        }
        self.received
    }

    pub(crate) fn complete(&mut self, number: u64, completion: Completion) {
        // The request may have been removed in the meantime.
        let index = number.checked_sub(self.first_number()).and_then(|index| usize::try_from(index).ok());
        let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) else { return };
        let request = &mut entry.request;
        request.status = completion.status;
        request.took = Some(completion.took);
        request.challenge = completion.challenge;
        request.fault = completion.fault;
        request.response_headers = completion.headers;
        request.response_body = completion.body;
        entry.revision = self.revisions.next();
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &JournalEntry> {
        self.entries.iter()
    }

    /// The number of the oldest request that is kept, or of the next one.
    pub(crate) fn first_number(&self) -> u64 {
        self.entries.front().map_or(self.received + 1, |entry| entry.number)
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.entries.iter().map(|entry| entry.request.clone()).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.revisions.next();
    }
}

impl JournalEntry {
    pub(crate) fn to_json(&self) -> Value {
        let mut json = self.request.to_json();
        json["number"] = json!(self.number);
        json
    }
}
