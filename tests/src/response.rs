//! The response that a mock server gives.

use serde_json::Value;

/// A response of a service.
#[derive(Clone, Debug)]
pub struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A status with a body without a content type.
    pub fn untyped(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }
    }

    /// A status with a body of some media type.
    pub fn text(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.header("content-type", media_type)
    }

    /// A status with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Adds a header; a content type replaces the one that is there.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if name == "content-type" {
            self.headers.retain(|(other, _)| other != name);
        }
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The response as HTTP/1.1 writes it, with the length that the body has. The connection ends after it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes_with_length(self.body.len())
    }

    /// The same with another length than the body has.
    pub fn to_bytes_with_length(&self, length: usize) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.status != 204 {
            head += &format!("content-length: {length}\r\n");
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
