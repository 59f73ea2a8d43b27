//! The error of every call.

use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::ConnectionFailure;
use crate::conversion_error::plain_message;
use crate::headers::{self, RateLimit};
use crate::parameter::InvalidParameter;
use crate::response::{DecodeError, RawResponse, ResponseValue};

/// Why a call failed.
///
/// `E` is the error body that the operation documents. `Display` and `Debug` show the operation, the kind and the
/// status, never a URL, a header or a body.
pub struct Error<E = ()> {
    inner: Box<Inner<E>>,
}

struct Inner<E> {
    failure: SendError,
    response: Option<Box<RawResponse>>,
    body: Option<E>,
    is_documented: bool,
}

/// A failure without a response, before the type of the error body is known.
#[doc(hidden)]
#[derive(Debug)]
pub struct SendError {
    pub(crate) operation: Option<&'static str>,
    pub(crate) kind: ErrorKind,
    pub(crate) detail: Option<String>,
    pub(crate) source: Option<IoCause>,
    pub(crate) connection: Option<ConnectionFailure>,
    /// Whether the token's issuer refused.
    pub(crate) refused: bool,
}

impl SendError {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { operation: None, kind, detail: None, source: None, connection: None, refused: false }
    }

    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

/// What went wrong, by what a caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value breaks a rule. Nothing was sent; correct the value that the message names.
    InvalidRequest,
    /// The token source gave no token. The request was not sent.
    Credential,
    /// No connection was made. The request was not sent.
    Connect,
    /// The server did not process the request, and said so: over HTTP/2, by REFUSED_STREAM or GOAWAY.
    NotProcessed,
    /// The timeout passed after the connection was made. The request may have been acted upon.
    Timeout,
    /// Connection closed before the response was complete. The request may have been acted upon.
    Interrupted,
    /// The service responded with a status that is not a success; [`Error::status`] says which.
    Status,
    /// The service responded with a success that is not the documented one, by its status or its body.
    Decode,
    /// The service responded with more than the transport's limit.
    TooLarge,
}

impl ErrorKind {
    /// A stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid request",
            Self::Credential => "no credential",
            Self::Connect => "no connection",
            Self::NotProcessed => "not processed by the server",
            Self::Timeout => "timed out",
            Self::Interrupted => "interrupted",
            Self::Status => "error response",
            Self::Decode => "undocumented response",
            Self::TooLarge => "response too large",
        }
    }
}

/// Whether the service can have acted on the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// It certainly cannot: the request was not sent, or the server said that it did not process it.
    No,
    /// The service may have received it, in whole or in part.
    Maybe,
    /// The service received it: there is a response.
    Yes,
}

impl<E> Error<E> {
    pub(crate) fn undecodable(response: Box<RawResponse>, error: DecodeError) -> Self {
        let kind = if response.status.is_success() { error.kind } else { ErrorKind::Status };
        let failure = SendError { detail: error.detail, ..SendError::new(kind) };
        Self::with_response(failure, response, None)
    }

    fn with_response(failure: SendError, response: Box<RawResponse>, body: Option<E>) -> Self {
        let failure = SendError { operation: Some(response.operation), ..failure };
        Self { inner: Box::new(Inner { failure, response: Some(response), body, is_documented: false }) }
    }

    fn without_response(failure: SendError) -> Self {
        Self { inner: Box::new(Inner { failure, response: None, body: None, is_documented: false }) }
    }

    /// Generated code calls these three by the names of the generator's own error variants.
    #[doc(hidden)]
    #[allow(non_snake_case)]
    pub fn InvalidRequest(message: String) -> Self {
        let message = plain_message(&message);
        Self::without_response(SendError::new(ErrorKind::InvalidRequest).with_detail(message))
    }

    #[doc(hidden)]
    #[allow(non_snake_case)]
    pub fn ErrorResponse(value: ResponseValue<E>) -> Self {
        let ResponseValue { value, response } = value;
        let mut error = Self::with_response(SendError::new(ErrorKind::Status), response, Some(value));
        error.inner.is_documented = true;
        error
    }

    #[doc(hidden)]
    #[allow(non_snake_case)]
    pub fn UnexpectedResponse(response: Box<RawResponse>) -> Self
    where
        E: DeserializeOwned,
    {
        let kind = if response.status.is_success() { ErrorKind::Decode } else { ErrorKind::Status };
        let body = response.decode().ok();
        Self::with_response(SendError::new(kind), response, body)
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.inner.failure.kind
    }

    /// Whether the service can have acted on the request.
    ///
    /// A response need not mean that it acted: a 401 comes before that. Only the operation's documentation tells.
    pub fn sent(&self) -> Sent {
        match self.kind() {
            _ if self.inner.response.is_some() => Sent::Yes,
            ErrorKind::InvalidRequest
            | ErrorKind::Credential
            | ErrorKind::Connect
            | ErrorKind::NotProcessed => Sent::No,
            _ => Sent::Maybe,
        }
    }

    /// The HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        self.inner.response.as_ref().map(|response| response.status)
    }

    /// Whether the description of this operation lists the status as an error, and the body was one.
    ///
    /// Bodies are read leniently: any JSON object is an error body, with none of its properties if it is somebody
    /// else's.
    pub fn is_documented(&self) -> bool {
        self.inner.is_documented
    }

    /// The headers, if there was a response. They may hold secrets of the session: do not log them.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.inner.response.as_ref().map(|response| &response.headers)
    }

    /// The error body, if there was one of the documented shape.
    pub fn body(&self) -> Option<&E> {
        self.inner.body.as_ref()
    }

    /// Why no connection was made. Only with [`ErrorKind::Connect`].
    pub fn connection_failure(&self) -> Option<ConnectionFailure> {
        self.inner.failure.connection
    }

    /// Whether the token's issuer refused, so that retrying does not help. Only ever true with
    /// [`ErrorKind::Credential`].
    pub fn is_refused_credential(&self) -> bool {
        self.inner.failure.refused
    }

    /// The body of the response as it came, whatever it is: JSON, HTML, nothing at all. `None` if there was no response, or
    /// if its body was cut short or too large. It may hold secrets: do not log it.
    pub fn body_bytes(&self) -> Option<&Bytes> {
        self.inner.response.as_ref().and_then(|response| response.body.as_ref().ok())
    }

    /// The body of the response as a JSON object, if it is one and the content type does not say otherwise. It may hold
    /// secrets: do not log it.
    pub fn json_object(&self) -> Option<serde_json::Map<String, serde_json::Value>> {
        self.inner.response.as_ref()?.decode().ok()
    }

    /// The vendor's id of this call (`X-Request-Id` or `Twilio-Request-Id`), worth quoting to its support.
    pub fn request_id(&self) -> Option<&str> {
        headers::request_id(self.headers()?)
    }

    /// The vendor's rate limit, from the headers.
    pub fn rate_limit(&self) -> RateLimit {
        self.headers().map(RateLimit::read).unwrap_or_default()
    }

    /// How long to wait before the next call: `Retry-After`, else until `X-Rate-Limit-Reset`; a day at most.
    pub fn retry_after(&self) -> Option<Duration> {
        headers::retry_after(self.headers()?, SystemTime::now())
    }
}

impl<E> From<Box<SendError>> for Error<E> {
    fn from(failure: Box<SendError>) -> Self {
        Self::without_response(*failure)
    }
}

impl<E> From<InvalidParameter> for Error<E> {
    fn from(parameter: InvalidParameter) -> Self {
        Self::InvalidRequest(parameter.to_string())
    }
}

/// Building a request failed: nothing was sent.
impl<E> From<reqwest::Error> for Error<E> {
    fn from(_: reqwest::Error) -> Self {
        Self::InvalidRequest("the request cannot be built".to_owned())
    }
}

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = &self.inner.failure;
        if let Some(operation) = failure.operation {
            write!(formatter, "{operation}: ")?;
        }
        formatter.write_str(failure.kind.as_str())?;
        if let Some(status) = self.status() {
            write!(formatter, " (status {})", status.as_u16())?;
        }
        if let Some(connection) = failure.connection {
            write!(formatter, ": {connection}")?;
        }
        match &failure.detail {
            Some(detail) => write!(formatter, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl<E> fmt::Debug for Error<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { failure, .. } = &*self.inner;
        let mut fields = formatter.debug_struct("Error");
        fields.field("operation", &failure.operation).field("kind", &failure.kind);
        fields.field("status", &self.status().map(|status| status.as_u16()));
        fields.field("detail", &failure.detail).field("source", &failure.source).finish_non_exhaustive()
    }
}

impl<E> StdError for Error<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.failure.source.as_ref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

/// The operating system's or TLS library's message for a failed connection. All that is kept of the HTTP
/// library's error, which would print the URL.
#[derive(Debug)]
pub(crate) struct IoCause(String);

impl IoCause {
    /// The innermost I/O error of a chain.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut found = None;
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<std::io::Error>() {
                found = Some(Self(error.to_string()));
            }
            next = error.source();
        }
        found
    }
}

impl fmt::Display for IoCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl StdError for IoCause {}
