//! A received request.

use bytes::Bytes;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method, Uri};
use serde_json::map::Entry;
use serde_json::{Map, Value};

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
    /// The fields of the body, if its content type is that of forms. A name that occurs more than once has an array.
    pub(crate) form: Map<String, Value>,
}

impl Request {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().trim_start().to_ascii_lowercase();
        let is_form = content_type.starts_with("application/x-www-form-urlencoded");
        let query = uri.query().unwrap_or_default();
        Self {
            method: method.as_str().to_owned(),
            authority: uri.authority().cloned(),
            path: uri.path().to_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            json: content_type
                .starts_with("application/json")
                .then(|| serde_json::from_slice(&body).ok())
                .flatten(),
            form: if is_form { form_fields(&body) } else { Map::new() },
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
}

fn form_fields(body: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(body).into_owned() {
        let value = Value::from(value);
        match fields.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Value::Array(values) => values.push(value),
                first => *first = Value::Array(vec![first.take(), value]),
            },
        }
    }
    fields
}

/// The value of the first pair with this name.
pub(crate) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
