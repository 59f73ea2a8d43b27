//! Expected and received requests, and how they differ.

use std::fmt::Debug;

use serde_json::Value;

/// Every header by which one of the services takes a credential, and those that carry one by habit.
const CREDENTIALS: [&str; 5] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"];

/// A request that is expected.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    absent: Vec<String>,
    body: Body,
}

/// What is in a body.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    Empty,
    Json(Value),
    /// Sorted pairs.
    Form(Vec<(String, String)>),
    /// A body that is not of the kind that is expected.
    Other(String),
}

impl Request {
    /// A request without query and body. `path` is written as it goes over the wire, escapes and all.
    pub fn new(method: &str, path: &str) -> Self {
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let (query, absent) = (Vec::new(), Vec::new());
        Self { method: method.to_owned(), path: path.to_owned(), query, headers, absent, body: Body::Empty }
    }

    pub(crate) fn target(&self) -> (&str, &str) {
        (&self.method, &self.path)
    }

    /// Adds a query parameter, decoded. The order is free; what is not added must be absent.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header. Headers that carry a credential must be absent if they are not added, others may be there.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Names a header that must be absent.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.absent.push(name.to_ascii_lowercase());
        self
    }

    /// Sets the JSON body, to be equal in every property: what is not named must be absent, and null is not absent.
    #[must_use]
    pub fn json(self, body: Value) -> Self {
        Self { body: Body::Json(body), ..self.header("content-type", "application/json") }
    }

    /// Sets the body to a form, to be equal in every field. The order is free.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fields.sort();
        let media_type = "application/x-www-form-urlencoded";
        Self { body: Body::Form(fields), ..self.header("content-type", media_type) }
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method.
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, empty if there is none.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header that occurs once; none if it is missing.
    ///
    /// # Panics
    ///
    /// If it occurs more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert!(values.next().is_none(), "{name} occurs more than once");
        value
    }

    /// The path, undecoded.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query as decoded pairs, sorted.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        sorted_pairs(query.as_bytes())
    }

    /// How this differs from what is expected; empty if it does not.
    pub fn differences(&self, expected: &Request, user_agent: &str) -> Vec<String> {
        let mut differences = Vec::new();
        let mut query = expected.query.clone();
        query.sort();
        differ("method", self.method.as_str(), expected.method.as_str(), &mut differences);
        differ("path", self.path(), expected.path.as_str(), &mut differences);
        differ("query", self.query(), query, &mut differences);
        let mut differ_header = |name: &str, wanted: Option<&str>| {
            differ(name, self.header(name), wanted, &mut differences);
        };
        differ_header("user-agent", Some(user_agent));
        differ_header("api-version", None);
        for (name, value) in &expected.headers {
            differ_header(name, Some(value));
        }
        for name in &expected.absent {
            differ_header(name, None);
        }
        let is_expected = |name: &str| expected.headers.iter().any(|(other, _)| other == name);
        for name in CREDENTIALS.into_iter().filter(|name| !is_expected(name)) {
            differ_header(name, None);
        }
        if expected.body == Body::Empty {
            differ_header("content-type", None);
            differ_header("content-length", (self.method == "POST").then_some("0"));
        }
        differ("body", self.body(&expected.body), expected.body.clone(), &mut differences);
        differences
    }

    /// The body, read as what is expected.
    fn body(&self, expected: &Body) -> Body {
        match (self.body.as_slice(), expected) {
            ([], _) => Body::Empty,
            (body, Body::Form(_)) => Body::Form(sorted_pairs(body)),
            (body, _) => match serde_json::from_slice(body) {
                Ok(json) => Body::Json(json),
                Err(error) => Body::Other(format!("{error}: {}", String::from_utf8_lossy(body))),
            },
        }
    }
}

fn sorted_pairs(encoded: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(encoded).into_owned().collect();
    pairs.sort();
    pairs
}

fn differ<T: PartialEq + Debug>(what: &str, there: T, wanted: T, differences: &mut Vec<String>) {
    if there != wanted {
        differences.push(format!("{what}: got {there:?}, expected {wanted:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(content_type: &str, body: &str) -> Received {
        let headers =
            [("accept", "application/json"), ("user-agent", "test"), ("content-type", content_type)];
        Received {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.into(),
        }
    }

    #[test]
    fn a_form_is_equal_in_every_field_and_in_any_order() {
        let form = "application/x-www-form-urlencoded";
        let expected = Request::new("POST", "/").form(&[("To", "+49 1"), ("Channel", "sms")]);
        for (content_type, body, differences) in [
            (form, "To=%2B49+1&Channel=sms", 0),
            (form, "Channel=sms&To=%2B49%201", 0),
            (form, "To=%2B49+1", 1),
            (form, "To=%2B49+1&Channel=sms&More=x", 1),
            (form, "To=%2B49+1&Channel=call", 1),
            ("application/json", "To=%2B49+1&Channel=sms", 1),
        ] {
            let found = received(content_type, body).differences(&expected, "test");
            assert_eq!(found.len(), differences, "{body}: {found:?}");
        }
    }
}
