//! The outcome of a call of a generated client, as plain data.

use std::error::Error as _;
use std::time::{Duration, UNIX_EPOCH};

use otp_transport::{Error, ErrorKind, ResponseValue, Sent};
use serde::Serialize;
use serde_json::Value;

/// The outcome of a call. Typed values are turned back into JSON, so that a property that was not read is missing here.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It succeeded, with this status and this value; null if the operation returns no value.
    Done(u16, Value),
    /// It failed.
    Failed(Failed),
}

impl Outcome {
    /// What the result of a call says.
    ///
    /// # Panics
    ///
    /// If a value cannot be written as JSON.
    pub fn of<T: Serialize, E: Serialize>(result: &Result<ResponseValue<T>, Error<E>>) -> Self {
        match result {
            Ok(response) => {
                let value = serde_json::to_value(&**response).expect("generated types are JSON");
                Self::Done(response.status().as_u16(), value)
            }
            Err(error) => Self::Failed(Failed::of(error)),
        }
    }
}

/// So that a table can hold calls of many types, those that are plain data already among them.
impl<T: Serialize, E: Serialize> From<Result<ResponseValue<T>, Error<E>>> for Outcome {
    fn from(result: Result<ResponseValue<T>, Error<E>>) -> Self {
        Self::of(&result)
    }
}

/// Everything that an error reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// Why.
    pub kind: ErrorKind,
    /// Whether the service got the request.
    pub sent: Sent,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// The typed error body as JSON, if there was one.
    pub body: Option<Value>,
    /// The vendor's id of the call.
    pub request_id: Option<String>,
    /// Limit, remaining calls, and Unix time of the next window.
    pub rate_limit: (Option<u64>, Option<u64>, Option<u64>),
    /// The time to wait in seconds.
    pub retry_after: Option<u64>,
    /// The `Display` of the error and of all its sources. It is not compared unless both sides have one.
    pub text: Text,
}

impl Failed {
    /// A failure of a kind, without further details.
    pub fn new(kind: ErrorKind, sent: Sent, status: Option<u16>) -> Self {
        let (body, request_id, rate_limit) = (None, None, (None, None, None));
        Self { kind, sent, status, body, request_id, rate_limit, retry_after: None, text: Text::default() }
    }

    /// A response with an error status and the body documented for it.
    pub fn documented(status: u16, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(ErrorKind::Status, Sent::Yes, Some(status)) }
    }

    /// A request that was refused before anything was sent.
    pub fn invalid() -> Self {
        Self::new(ErrorKind::InvalidRequest, Sent::No, None)
    }

    /// Sets parts of the text, of which each must occur.
    #[must_use]
    pub fn naming(self, parts: &[&str]) -> Self {
        Self { text: Text(parts.iter().map(|part| (*part).to_owned()).collect()), ..self }
    }

    /// Sets the request id.
    #[must_use]
    pub fn request_id(self, id: &str) -> Self {
        Self { request_id: Some(id.to_owned()), ..self }
    }

    fn of<E: Serialize>(error: &Error<E>) -> Self {
        let unix =
            |time: std::time::SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let limits = error.rate_limit();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        Self {
            kind: error.kind(),
            sent: error.sent(),
            status: error.status().map(|status| status.as_u16()),
            body: error.body().map(|body| serde_json::to_value(body).expect("generated types are JSON")),
            request_id: error.request_id().map(ToOwned::to_owned),
            rate_limit: (limits.limit, limits.remaining, limits.reset.map(unix)),
            retry_after: error.retry_after().as_ref().map(Duration::as_secs),
            text: Text(vec![text]),
        }
    }
}

/// The text of an error, or parts of it that must occur: equal if every part of the one occurs in the other.
#[derive(Clone, Debug, Default)]
pub struct Text(Vec<String>);

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        let within = |parts: &Self, whole: &Self| {
            let whole = whole.0.concat();
            parts.0.iter().all(|part| whole.contains(part.as_str()))
        };
        within(self, other) || within(other, self)
    }
}
