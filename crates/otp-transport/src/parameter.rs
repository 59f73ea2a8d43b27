//! Values that generated code puts into paths and queries.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderValue;
use serde::{Serialize, Serializer};

use crate::secret::Secret;

/// RFC 3986 calls these unreserved: everything else is escaped, so that a value stays one path segment.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// No id or code of these providers comes near it; what does was not meant to be one.
const MAX_LENGTH: usize = 1024;

/// A value in a path. A secret is borrowed, so that escaping makes no copy.
#[doc(hidden)]
pub trait PathValue {
    fn text(&self) -> Cow<'_, str>;
}

impl<T: fmt::Display> PathValue for T {
    fn text(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

impl PathValue for Secret {
    fn text(&self) -> Cow<'_, str> {
        self.expose().into()
    }
}

/// A path value that is one segment. `Display` escapes it on the way to where it is written.
#[doc(hidden)]
pub struct PathSegment<'a>(Cow<'a, str>);

impl fmt::Display for PathSegment<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ids and codes seldom have a character to be escaped: then the encoder's own search for one is the dearest part.
        match self.0.bytes().all(is_unreserved) {
            true => formatter.write_str(&self.0),
            false => fmt::Display::fmt(&utf8_percent_encode(&self.0, ESCAPED), formatter),
        }
    }
}

/// Whether escaping leaves it as it is.
#[doc(hidden)]
#[inline]
pub fn is_unreserved(byte: u8) -> bool {
    UNRESERVED[usize::from(byte)]
}

/// By table, because ids are checked byte by byte several times in each call: four comparisons of ranges take longer.
static UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        // Only ASCII is unreserved, and there a byte is its character.
        table[byte] = match byte as u8 {
            byte if byte.is_ascii_alphanumeric() => true,
            b'-' | b'.' | b'_' | b'~' => true,
            _ => false,
        };
        byte += 1;
    }
    table
};

/// A path value to be escaped, or why it cannot be one: a URL parser drops empty and dotted segments, and the request
/// would reach another route.
#[doc(hidden)]
pub fn encode_path<'a>(
    name: &'static str,
    value: &'a impl PathValue,
) -> Result<PathSegment<'a>, InvalidParameter> {
    let value = value.text();
    let rule = match &*value {
        "" => "must not be empty",
        "." | ".." => "must not be `.` or `..`",
        value if value.len() > MAX_LENGTH => "must have at most 1024 bytes",
        _ => return Ok(PathSegment(value)),
    };
    Err(InvalidParameter { name, rule })
}

/// A header value, or why the text cannot be one.
#[doc(hidden)]
pub fn encode_header(name: &'static str, value: &str) -> Result<HeaderValue, InvalidParameter> {
    let visible = value.bytes().all(|byte| byte.is_ascii_graphic());
    let value = visible.then(|| HeaderValue::from_str(value).ok()).flatten();
    value.ok_or(InvalidParameter { name, rule: "must consist of visible ASCII characters without spaces" })
}

/// A parameter that breaks a rule. Says which and what the rule is, never the value.
#[doc(hidden)]
#[derive(Debug)]
pub struct InvalidParameter {
    pub(crate) name: &'static str,
    pub(crate) rule: &'static str,
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.rule)
    }
}

/// One `name=value` of a query; nothing if the value is `None`.
#[doc(hidden)]
pub struct QueryParam<'a, T>((&'a str, &'a T));

impl<'a, T> QueryParam<'a, T> {
    #[doc(hidden)]
    pub fn new(name: &'a str, value: &'a T) -> Self {
        Self((name, value))
    }
}

impl<T: Serialize> Serialize for QueryParam<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.0].serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay_as_they_are() {
        let value = "a-._~ /%+?#ü".to_owned();
        let escaped = encode_path("id", &value).unwrap();
        assert_eq!(escaped.to_string(), "a-._~%20%2F%25%2B%3F%23%C3%BC");
    }

    #[test]
    fn a_secret_in_a_path_is_not_copied_before_it_is_written() {
        let secret = Secret::from("12 34");
        let escaped = encode_path("otp", &secret).unwrap();
        assert!(matches!(escaped.0, Cow::Borrowed(text) if std::ptr::eq(text, secret.expose())));
        assert_eq!(escaped.to_string(), "12%2034");
    }

    #[test]
    fn values_that_reach_another_route_are_refused_with_name_and_rule() {
        let long = "x".repeat(MAX_LENGTH + 1);
        for value in ["", ".", "..", &long].map(str::to_owned) {
            let error = encode_path("challenge_id", &value).err().unwrap().to_string();
            assert!(error.starts_with("challenge_id must"), "{error}");
        }
        assert!(encode_path("id", &Secret::from("...")).is_ok());
    }
}
