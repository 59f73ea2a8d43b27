//! A client that checks everything it sends and receives against the descriptions.

use std::collections::BTreeSet;
use std::sync::Mutex;

use otp_sandbox::{Message, Provider, Sandbox};
use reqwest::Method;
use serde_json::Value;

use crate::spec::{FORM, Spec};
use crate::subject;

pub(crate) struct Caller {
    pub(crate) sandbox: Sandbox,
    pub(crate) provider: Provider,
    http: reqwest::Client,
    /// The operations and statuses that occurred.
    pub(crate) seen: Mutex<BTreeSet<(String, u16)>>,
}

/// A client that follows no redirect.
pub(crate) fn http_client() -> reqwest::Client {
    // In a build of the whole workspace, reqwest has TLS without a default cryptography provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// The body, or null if it is not JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn string_at(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in {self:?}"))
            .to_owned()
    }

    /// The error code of SMSCX or Deutsche Bank; 0 if there is none.
    pub(crate) fn code(&self) -> i64 {
        self.body.pointer("/error/code").or(self.body.get("code")).and_then(Value::as_i64).unwrap_or(0)
    }
}

impl Caller {
    pub(crate) async fn new(provider: Provider) -> Self {
        Self::with(Sandbox::builder().seed(1).start().await.unwrap(), provider)
    }

    pub(crate) fn with(sandbox: Sandbox, provider: Provider) -> Self {
        Self { sandbox, provider, http: http_client(), seen: Mutex::default() }
    }

    /// Sends a request with the provider's first credential.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let credential = &self.sandbox.credentials(self.provider)[0];
        self.send(method, path, &[(credential.header, &credential.header_value())], body).await
    }

    /// The media type of a body, and how it is written: the operation may take a form.
    pub(crate) fn written(&self, method: &str, path: &str, body: &Value) -> (&'static str, String) {
        let operation = Spec::of(self.provider).operation(method, path.split('?').next().unwrap());
        if !operation.is_some_and(|operation| operation.takes_form()) {
            return ("application/json", body.to_string());
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in body.as_object().unwrap() {
            form.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        (FORM, form.finish())
    }

    pub(crate) async fn send(
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

    /// The path may carry a query.
    pub(crate) async fn send_text(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let reply = self.try_send(method, path, headers, body).await.unwrap();
        self.check_against_spec(method, path, headers, body, &reply);
        reply
    }

    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply, reqwest::Error> {
        let base = match path.starts_with("/gw/oidc") {
            true => self.sandbox.token_url(self.provider).unwrap().replace("/gw/oidc/token", ""),
            false => self.sandbox.base_url(self.provider),
        };
        let mut request =
            self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{base}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
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
        let Some(operation) = Spec::of(self.provider).operation(method, path) else { return };
        if !(subject(self.provider).is_undocumented)(operation.id, reply.status) {
            let violations = operation.response_violations(reply.status, &reply.headers, &reply.text);
            assert!(violations.is_empty(), "{method} {path} {body}: {violations:?}");
        }
        if reply.status < 300 {
            let query: Vec<_> = reqwest::Url::parse(&format!("http://x/?{query}"))
                .unwrap()
                .query_pairs()
                .into_owned()
                .collect();
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let body = (!body.is_empty()).then(|| operation.read_body(body));
            let violations = operation.request_violations(&query, &headers, body.as_ref());
            assert!(violations.is_empty(), "{method} {path} was accepted: {violations:?}");
        }
        self.seen.lock().unwrap().insert((operation.id.to_owned(), reply.status));
    }

    pub(crate) fn message(&self) -> Message {
        self.sandbox.last_message(self.provider).expect("no message went out")
    }
}
