//! A client that checks everything it sends and receives against the descriptions.

use std::collections::BTreeSet;
use std::sync::Mutex;

use otp_sandbox::{Message, Provider, Sandbox};
use otp_transport::reqwest::{self, Method};
use serde_json::Value;

use super::description::{Description, FORM};
use crate::providers::subject;

/// A client of one service.
pub struct Caller {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The service.
    pub provider: Provider,
    http: reqwest::Client,
    /// The operations and statuses that occurred.
    seen: Mutex<BTreeSet<(String, u16)>>,
}

/// An HTTP client that follows no redirect.
///
/// # Panics
///
/// If TLS cannot be set up.
pub fn http_client() -> reqwest::Client {
    // In a build of the whole workspace, reqwest has TLS without a default cryptography provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("an HTTP client")
}

/// A response.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Names in small letters, with values.
    pub headers: Vec<(String, String)>,
    /// The body, or null if it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Reply {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The string at a place of the body.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn string_at(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in {self:?}"))
            .to_owned()
    }

    /// The error code of SMSCX or Deutsche Bank; 0 if there is none.
    pub fn code(&self) -> i64 {
        self.body.pointer("/error/code").or(self.body.get("code")).and_then(Value::as_i64).unwrap_or(0)
    }
}

impl Caller {
    /// A caller of a service of a sandbox of its own.
    ///
    /// # Panics
    ///
    /// If the sandbox does not start.
    pub async fn new(provider: Provider) -> Self {
        Self::with(Sandbox::builder().seed(1).start().await.expect("a sandbox"), provider)
    }

    /// A caller of a service of a sandbox.
    pub fn with(sandbox: Sandbox, provider: Provider) -> Self {
        Self { sandbox, provider, http: http_client(), seen: Mutex::default() }
    }

    /// Starts a challenge with a code that a person types.
    ///
    /// # Panics
    ///
    /// If request or response violate the description.
    pub async fn create(&self) -> Reply {
        let (path, body) = (subject(self.provider).create)();
        self.call("POST", path, (!body.is_null()).then_some(body)).await
    }

    /// Sends a request with the provider's first credential.
    ///
    /// # Panics
    ///
    /// If request or response violate the description.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let credential = &self.sandbox.credentials(self.provider)[0];
        self.send(method, path, &[(credential.header, &credential.header_value())], body).await
    }

    /// The media type of a body, and how it is written: the operation may take a form.
    ///
    /// # Panics
    ///
    /// If a form is no object.
    pub fn written(&self, method: &str, path: &str, body: &Value) -> (&'static str, String) {
        let operation = Description::of(self.provider).operation(method, path);
        if !operation.is_some_and(|operation| operation.takes_form()) {
            return ("application/json", body.to_string());
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in body.as_object().expect("a form is an object") {
            form.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        (FORM, form.finish())
    }

    /// Sends a request with these headers.
    ///
    /// # Panics
    ///
    /// If request or response violate the description.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Reply {
        let (body, headers) = match body {
            Some(body) => {
                let (media_type, body) = self.written(method, path, &body);
                (body, [headers, &[("content-type", media_type)]].concat())
            }
            None => (String::new(), headers.to_vec()),
        };
        self.send_text(method, path, &headers, &body).await
    }

    /// Sends a body as it is.
    ///
    /// # Panics
    ///
    /// If request or response violate the description.
    pub async fn send_text(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let reply = self.try_send(method, path, headers, body).await.expect("a response");
        self.check_against_spec(method, path, headers, body, &reply);
        reply
    }

    /// Sends a body as it is, and checks nothing. The path may have a query.
    ///
    /// # Errors
    ///
    /// If no response comes.
    ///
    /// # Panics
    ///
    /// If the request cannot be written.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, reqwest::Error> {
        let base = match path.starts_with("/gw/oidc") {
            true => {
                self.sandbox.token_url(self.provider).expect("a token endpoint").replace("/gw/oidc/token", "")
            }
            false => self.sandbox.base_url(self.provider),
        };
        let mut request = self
            .http
            .request(Method::from_bytes(method.as_bytes()).expect("a method"), format!("{base}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned()))
            .collect();
        let text = response.text().await?;
        Ok(Reply { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    /// Also asserts that the response carries the sandbox's header.
    fn check_against_spec(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        reply: &Reply,
    ) {
        assert_eq!(reply.header("x-otp-sandbox"), Some("not-a-real-provider"));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let Some(operation) = Description::of(self.provider).operation(method, path) else { return };
        if !(subject(self.provider).is_undocumented)(operation.id, reply.status) {
            let violations = operation.response_violations(reply.status, &reply.headers, &reply.text);
            assert!(violations.is_empty(), "{method} {path} {body}: {violations:?}");
        }
        if reply.status < 300 {
            let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let body = (!body.is_empty()).then(|| operation.read_body(body));
            let violations = operation.request_violations(&query, &headers, body.as_ref());
            assert!(violations.is_empty(), "{method} {path} was accepted: {violations:?}");
        }
        self.seen
            .lock()
            .expect("no check fails while it is held")
            .insert((operation.id.to_owned(), reply.status));
    }

    /// The operations with the statuses that occurred.
    pub(crate) fn seen(&self) -> BTreeSet<(String, u16)> {
        self.seen.lock().expect("no check fails while it is held").clone()
    }

    /// The newest message.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn message(&self) -> Message {
        self.sandbox.last_message(self.provider).expect("no message went out")
    }

    /// The inbox, as the controls have it.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub async fn inbox(&self) -> Vec<Value> {
        let url = format!("{}/inbox", self.sandbox.control_url());
        let response = self.http.get(url).send().await.expect("the controls respond");
        serde_json::from_str(&response.text().await.expect("a body")).expect("a list")
    }

    /// The state of each message.
    pub async fn states(&self) -> Vec<String> {
        let state = |message: &Value| message["state"].as_str().unwrap_or("none").to_owned();
        self.inbox().await.iter().map(state).collect()
    }
}
