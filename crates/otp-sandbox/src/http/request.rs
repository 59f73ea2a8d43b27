//! A received request.

use bytes::Bytes;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method, Uri};
use serde_json::Value;

use super::Validated;

/// A request whose body was read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The host in the request target, which only an absolute target has.
    pub(crate) authority: Option<Authority>,
    /// As it arrived, percent-encoding included.
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The parsed body, if its content type is JSON and it parses.
    pub(crate) json: Option<Value>,
}

impl Request {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let is_json = headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("application/json"));
        let query = uri.query().unwrap_or_default();
        Self {
            method: method.as_str().to_owned(),
            authority: uri.authority().cloned(),
            path: uri.path().to_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            json: is_json.then(|| serde_json::from_slice(&body).ok()).flatten(),
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        value_of(&self.query, name)
    }

    /// A boolean of the query.
    pub(crate) fn flag(&self, name: &str) -> Validated<Option<bool>> {
        match self.query(name) {
            None => Ok(None),
            // The vendors' Python clients write `True` and `False`.
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(format!("{name} must be true or false")),
        }
    }

    /// The fields of a form. Empty if the body is not a form.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let content_type = self.header("content-type").unwrap_or_default();
        if content_type.starts_with("application/x-www-form-urlencoded") {
            form_urlencoded::parse(&self.body).into_owned().collect()
        } else {
            Vec::new()
        }
    }
}

/// The value of the first pair with this name.
pub(crate) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
