//! What must go out, what did, and how the two differ.

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
    body: Option<Value>,
}

impl Request {
    /// A request without query and body. `path` is written as it goes over the wire, escapes and all.
    pub fn new(method: &str, path: &str) -> Self {
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        Self { method: method.to_owned(), path: path.to_owned(), query: Vec::new(), headers, body: None }
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

    /// Sets the JSON body, to be equal in every property: what is not named must be absent, and null is not absent.
    #[must_use]
    pub fn json(self, body: Value) -> Self {
        Self { body: Some(body), ..self.header("content-type", "application/json") }
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
        let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs.sort();
        pairs
    }

    /// How this differs from what is expected; empty if it does not.
    pub fn differences(&self, expected: &Request, user_agent: &str) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ = |what: &str, there: &dyn std::fmt::Debug, wanted: &dyn std::fmt::Debug| {
            let (there, wanted) = (format!("{there:?}"), format!("{wanted:?}"));
            if there != wanted {
                differences.push(format!("{what}: got {there}, expected {wanted}"));
            }
        };
        let mut query = expected.query.clone();
        query.sort();
        differ("method", &self.method, &expected.method);
        differ("path", &self.path(), &expected.path);
        differ("query", &self.query(), &query);
        differ("user-agent", &self.header("user-agent"), &Some(user_agent));
        differ("api-version", &self.header("api-version"), &None::<&str>);
        for (name, value) in &expected.headers {
            differ(name, &self.header(name), &Some(value));
        }
        let is_expected = |name: &str| expected.headers.iter().any(|(other, _)| other == name);
        for name in CREDENTIALS.into_iter().filter(|name| !is_expected(name)) {
            differ(name, &self.header(name), &None::<&str>);
        }
        match &expected.body {
            Some(wanted) => {
                let body = serde_json::from_slice::<Value>(&self.body).map_err(|error| error.to_string());
                differ("body", &body, &Ok::<_, String>(wanted));
            }
            None => {
                let length = if self.method == "POST" { Some("0") } else { None };
                differ("content-type", &self.header("content-type"), &None::<&str>);
                differ("content-length", &self.header("content-length"), &length);
                differ("body", &self.body, &Vec::<u8>::new());
            }
        }
        differences
    }
}
