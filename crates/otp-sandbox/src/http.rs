//! A request as it came in and an answer before it goes out. Nothing here knows how either looks on the wire.

use bytes::Bytes;
use hyper::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::fields::Checked;

/// A request, read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it arrived, percent-encoding included.
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body, if it is JSON and says so.
    pub(crate) json: Option<Value>,
}

impl Request {
    pub(crate) fn new(method: &hyper::Method, uri: &hyper::Uri, headers: HeaderMap, body: Bytes) -> Self {
        let is_json = headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("application/json"));
        let query = uri.query().unwrap_or_default();
        Self {
            method: method.as_str().to_owned(),
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

    /// A boolean of the query. The vendors' Python clients write `True` and `False`.
    pub(crate) fn flag(&self, name: &str) -> Checked<Option<bool>> {
        match self.query(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(format!("{name} must be true or false")),
        }
    }

    /// The fields of a form. Empty if the body is none.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let kind = self.header("content-type").unwrap_or_default();
        if kind.starts_with("application/x-www-form-urlencoded") {
            form_urlencoded::parse(&self.body).into_owned().collect()
        } else {
            Vec::new()
        }
    }
}

pub(crate) fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What a simulated service answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Some(body.to_string()),
        }
    }

    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// One operation of a service.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// From the root of the server; `{}` stands for one segment that is not empty.
    pub(crate) path: &'static str,
    pub(crate) operation: &'static str,
}

/// Where a request leads.
#[derive(Debug)]
pub(crate) enum Target {
    /// An operation, and what stood in place of `{}`, decoded.
    Operation(&'static str, String),
    /// The path is known, the method is not: these are.
    OtherMethod(String),
    Unknown,
}

impl Target {
    pub(crate) fn find(routes: &[Route], method: &str, path: &str) -> Self {
        let mut allowed = Vec::new();
        for route in routes {
            if let Some(id) = matches(route.path, path) {
                if route.method == method {
                    return Self::Operation(route.operation, id);
                }
                allowed.push(route.method);
            }
        }
        if allowed.is_empty() { Self::Unknown } else { Self::OtherMethod(allowed.join(", ")) }
    }

    pub(crate) const fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Operation(name, _) => Some(name),
            Self::OtherMethod(_) | Self::Unknown => None,
        }
    }
}

fn matches(pattern: &str, path: &str) -> Option<String> {
    let mut id = String::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected == "{}" && !segment.is_empty() {
            id = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_segment_by_segment_and_only_whole() {
        for (pattern, path, id) in [
            ("/otp", "/otp", Some("")),
            ("/otp", "/otp/", None),
            ("/otp/{}", "/otp/7", Some("7")),
            ("/otp/{}", "/otp/", None),
            ("/otp/{}", "/otp/a%2Fb%C3%A9", Some("a/bé")),
            ("/otp/{}", "/otp/7/x", None),
            ("/otp/{}/x", "/otp/7/x", Some("7")),
            ("/v2/", "/v2/", Some("")),
            ("/v2/", "/v2", None),
        ] {
            assert_eq!(matches(pattern, path).as_deref(), id, "{pattern} {path}");
        }
    }
}
