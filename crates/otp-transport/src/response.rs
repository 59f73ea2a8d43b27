//! Responses: status and headers always, a body of bounded size, and its typed value.

use std::fmt;
use std::ops::Deref;
use std::time::SystemTime;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::headers::{self, RateLimit};
use crate::{lenient, media_type};

/// A response as received. Status and headers are there even if the body could not be read.
///
/// It travels in a box: generated code hands it on three times, and each would keep room for it in the future of the call.
#[doc(hidden)]
#[derive(Clone)]
pub struct RawResponse {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Bytes, ErrorKind>,
}

impl RawResponse {
    #[doc(hidden)]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the content type is JSON, with any parameters, or missing.
    pub(crate) fn may_be_json(&self) -> bool {
        headers::text(&self.headers, CONTENT_TYPE).is_none_or(media_type::is_json)
    }

    /// The typed body, or what kept it from being read.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let body = self.body.as_ref().map_err(|kind| DecodeError { kind: *kind, detail: None })?;
        let not_documented = |detail| DecodeError { kind: ErrorKind::Decode, detail: Some(detail) };
        if body.is_empty() {
            return Err(not_documented("the body is empty".into()));
        }
        if !self.may_be_json() {
            return Err(not_documented("the content type is not JSON".into()));
        }
        // The error's own message may quote the value that did not fit: only its place is kept.
        lenient::decode(self.operation, without_byte_order_mark(body)).map_err(|error| {
            let what = if error.is_data() { "is not of the documented shape" } else { "is not JSON" };
            not_documented(format!("the body {what} at line {} column {}", error.line(), error.column()))
        })
    }
}

/// RFC 8259, section 8.1: a receiver may pass over it.
fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

pub(crate) struct DecodeError {
    pub(crate) kind: ErrorKind,
    pub(crate) detail: Option<String>,
}

/// What a successful call returns: the typed value, with status and headers. Dereferences to the value.
#[derive(Clone)]
pub struct ResponseValue<T> {
    pub(crate) value: T,
    pub(crate) response: Box<RawResponse>,
}

impl<T> ResponseValue<T> {
    #[doc(hidden)]
    pub async fn from_response<E: DeserializeOwned>(response: Box<RawResponse>) -> Result<Self, Error<E>>
    where
        T: DeserializeOwned,
    {
        match response.decode() {
            Ok(value) => Ok(Self { value, response }),
            Err(error) => Err(Error::undecodable(response, error)),
        }
    }

    /// The typed value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.response.status
    }

    /// The body as received, for what the typed value does not contain. It may hold secrets: do not log it.
    pub fn body_bytes(&self) -> &[u8] {
        self.response.body.as_deref().map(without_byte_order_mark).unwrap_or_default()
    }

    /// The headers. They may hold secrets of the session: do not log them.
    pub fn headers(&self) -> &HeaderMap {
        &self.response.headers
    }

    /// The vendor's id of this call (`X-Request-Id` or `Twilio-Request-Id`), worth quoting to its support.
    pub fn request_id(&self) -> Option<&str> {
        headers::request_id(&self.response.headers)
    }

    /// The vendor's rate limit, from the headers.
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit::read(&self.response.headers)
    }

    /// The vendor's clock when it responded (`Date`). Its other points in time are compared with this, not with ours.
    pub fn date(&self) -> Option<SystemTime> {
        headers::date(&self.response.headers, DATE)
    }
}

impl ResponseValue<()> {
    #[doc(hidden)]
    pub fn empty(response: Box<RawResponse>) -> Self {
        Self { value: (), response }
    }

    /// A success that is documented without a body, although its status may have one: the page of a captive portal is none.
    #[doc(hidden)]
    pub fn without_body<E>(response: Box<RawResponse>) -> Result<Self, Error<E>> {
        let error = match &response.body {
            Ok(body) if body.is_empty() => return Ok(Self::empty(response)),
            Ok(_) => DecodeError { kind: ErrorKind::Decode, detail: Some("there is a body".into()) },
            Err(kind) => DecodeError { kind: *kind, detail: None },
        };
        Err(Error::undecodable(response, error))
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("ResponseValue");
        fields
            .field("status", &self.response.status.as_u16())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
