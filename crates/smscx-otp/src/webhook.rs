//! Status callbacks: parses what SMSCX posts to the `otpCallbackUrl` of a request.
//!
//! **It is unsigned: anybody who knows the address can post one.** Treat it as a hint that something changed, and call
//! [`get_otp_status`](crate::Client::get_otp_status) before relying on it. `VERIFIED` must not log anybody in, also if
//! the status confirms it: it tells that *a* PIN was accepted, not whose. Check only ids that you created, or a forged callback makes you send up to 200 calls. An address that
//! cannot be guessed keeps most of the noise away.
//!
//! Vendor's page: <https://sms.cx/sms-api-documentation/#operation/newOtp>. The vendor documents only the body:
//! not the method (`POST` is assumed), not the expected status, not whether it retries. Respond before you confirm, so
//! that it does not have to wait.
//!
//! ```
//! use smscx_otp::types::{CallbackEvent, OtpStatus};
//! use smscx_otp::webhook::Callback;
//!
//! let body = br#"{"event":"otp_update","data":[
//!     {"otpId":"3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b","status":"EXPIRED"}]}"#;
//! let callback = Callback::from_slice(body)?;
//! assert_eq!(callback.event, Some(CallbackEvent::OtpUpdate));
//! assert_eq!(callback.items[0].status, Some(OtpStatus::Expired));
//! # Ok::<(), smscx_otp::webhook::CallbackError>(())
//! ```

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::types::{CallBackRequestOtpUpdate, CallbackEvent, Otp};

/// Default limit of a callback's size: 1 MiB. A full one has about a tenth of that.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Maximum number of items of a callback, as the vendor documents it.
pub const MAX_ITEMS: usize = 200;

/// Operation in the log where an item is not of the documented form.
const OPERATION: &str = "otp_update";

/// A status callback, as far as it can be read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Callback {
    /// What happened; none if the callback has no readable event.
    pub event: Option<CallbackEvent>,
    /// The requests that changed, as the sender of the callback describes them.
    pub items: Vec<Otp>,
    /// Positions in the callback's list, from 0, of items that are not an [`Otp`]. They are not in `items`.
    pub unreadable: Vec<usize>,
}

impl Callback {
    /// Reads the body of a callback of at most [`MAX_BYTES`].
    ///
    /// Unknown properties and values are ignored, an absent or `null` list is an empty one, and an item that does not
    /// fit does not affect the others.
    ///
    /// # Errors
    ///
    /// If the body is too long, is not a JSON object with a list, or has more than [`MAX_ITEMS`] items.
    pub fn from_slice(body: &[u8]) -> Result<Self, CallbackError> {
        Self::from_slice_within(body, MAX_BYTES)
    }

    /// Reads the body of a callback of at most `max_bytes`.
    ///
    /// The body is in memory already: set the same limit in the HTTP server.
    ///
    /// # Errors
    ///
    /// Those of [`from_slice`](Self::from_slice).
    pub fn from_slice_within(body: &[u8], max_bytes: usize) -> Result<Self, CallbackError> {
        if body.len() > max_bytes {
            return Err(CallbackError::TooLong { bytes: body.len(), limit: max_bytes });
        }
        let Body { event, data } =
            serde_json::from_slice(without_byte_order_mark(body)).map_err(CallbackError::unreadable)?;
        let Items { readable: items, unreadable, count } = data.unwrap_or_default();
        if count > MAX_ITEMS {
            return Err(CallbackError::TooManyItems { items: count });
        }
        let event = event.and_then(|event| serde_json::from_value(event).ok());
        Ok(Self { event, items, unreadable })
    }
}

impl From<Callback> for CallBackRequestOtpUpdate {
    fn from(callback: Callback) -> Self {
        Self { data: Some(callback.items), event: callback.event }
    }
}

/// RFC 8259, section 8.1: a receiver may ignore it.
fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// Why a callback cannot be read. Shows nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// The body is longer than the limit. It was not parsed.
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// There are more than [`MAX_ITEMS`] items: the vendor sends no such callback.
    TooManyItems {
        /// How many.
        items: usize,
    },
    /// The body is not JSON; it may have been cut short.
    NotJson {
        /// Line where it stops being JSON, from 1.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// The body is JSON and not a callback: no object, or one whose `data` is no list.
    NotACallback {
        /// Where it differs, from 1.
        line: usize,
        /// Where in the line.
        column: usize,
    },
}

impl CallbackError {
    /// The error's own message may quote the value that did not fit: only its position is kept.
    #[allow(clippy::needless_pass_by_value)]
    fn unreadable(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_data() { Self::NotACallback { line, column } } else { Self::NotJson { line, column } }
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes, limit } => {
                write!(formatter, "the callback has {bytes} bytes, {limit} are allowed")
            }
            Self::TooManyItems { items } => {
                write!(formatter, "the callback has {items} items, {MAX_ITEMS} are allowed")
            }
            Self::NotJson { line, column } => {
                write!(formatter, "the callback is not JSON at line {line} column {column}")
            }
            Self::NotACallback { line, column } => {
                write!(
                    formatter,
                    "the callback is not of the documented shape at line {line} column {column}"
                )
            }
        }
    }
}

impl std::error::Error for CallbackError {}

/// The body, with the event as whatever it is. Written by hand, because a derived one takes a list for an object.
#[derive(Default)]
struct Body {
    event: Option<Value>,
    data: Option<Items>,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Body, A::Error> {
        let mut body = Body::default();
        while let Some(name) = object.next_key::<String>()? {
            match name.as_str() {
                "event" => body.event = object.next_value()?,
                "data" => body.data = object.next_value()?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(body)
    }
}

/// The list, read item by item; counted to its end, but kept up to the limit only.
#[derive(Default)]
struct Items {
    readable: Vec<Otp>,
    unreadable: Vec<usize>,
    count: usize,
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
        let mut items = Items::default();
        while items.count < MAX_ITEMS {
            let Some(item) = list.next_element::<&RawValue>()? else { return Ok(items) };
            match progenitor_client::decode_leniently(OPERATION, item.get().as_bytes()).ok() {
                Some(item) => items.readable.push(item),
                None => items.unreadable.push(items.count),
            }
            items.count += 1;
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            items.count += 1;
        }
        Ok(items)
    }
}
