//! Plans what is sent for a request: a service's response, or what a fault makes of it.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Fault;
use crate::http::{Response, SANDBOX_HEADER};

/// What is sent back to the client.
#[derive(Debug)]
pub(crate) enum ResponsePlan {
    Whole(Response),
    /// Status and headers of the response, and a body of this many bytes.
    Filled(Response, u64),
    /// These bytes, then the end of the connection. Also the status, if the bytes contain one.
    Raw(Option<u16>, Vec<u8>),
    /// Status and headers of the response, and a body that goes on for as long as somebody sends.
    Events(Response, mpsc::Receiver<Bytes>),
}

impl ResponsePlan {
    /// Applies a fault that acts to the service's response.
    pub(crate) fn with_fault(response: Response, fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::ActThenDrop) => Self::cut(),
            Some(Fault::Garbage) => {
                Self::Raw(None, b"\x16\x03\x01 this is not HTTP\r\n\r\n\xff\xfe".to_vec())
            }
            Some(Fault::Truncated) => {
                let response = with_body(response);
                Self::Raw(Some(response.status), half(&response))
            }
            Some(Fault::Oversized(bytes)) => Self::Filled(with_body(response), *bytes),
            Some(Fault::WrongContentType) => Self::Whole(with_content_type(with_body(response), "text/html")),
            Some(Fault::InvalidJson) => {
                let mut response = with_content_type(with_body(response), "application/json");
                response.body = Some("{\"otpId\": ".to_owned());
                Self::Whole(response)
            }
            Some(Fault::EmptyBody) => {
                let mut response = with_content_type(with_body(response), "application/json");
                response.body = None;
                Self::Whole(response)
            }
            _ => Self::Whole(response),
        }
    }

    /// What is sent under a fault that does not act. The service never sees the request.
    pub(crate) fn without_acting(fault: &Fault) -> Self {
        match fault {
            Fault::Response { status, headers, body } => {
                let response =
                    Response { status: *status, headers: headers.clone(), body: Some(body.clone()) };
                let is_labeled = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                Self::Whole(if is_labeled || body.is_empty() {
                    response
                } else {
                    response.with("content-type", "application/json")
                })
            }
            Fault::Html(status) => Self::Whole(gateway_page(*status)),
            Fault::Redirect(location) => Self::Whole(Response::empty(307).with("location", location)),
            _ => Self::cut(),
        }
    }

    /// Ends the connection without a response.
    pub(crate) const fn cut() -> Self {
        Self::Raw(None, Vec::new())
    }

    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Raw(status, _) => *status,
            _ => self.response().map(|response| response.status),
        }
    }

    /// The response of which at least status and headers are sent.
    pub(crate) const fn response(&self) -> Option<&Response> {
        match self {
            Self::Whole(response) | Self::Filled(response, _) | Self::Events(response, _) => Some(response),
            Self::Raw(..) => None,
        }
    }
}

fn gateway_page(status: u16) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
        body: Some("<!doctype html><title>Gateway</title><p>Please sign in to this network.</p>".to_owned()),
    }
}

/// Gives a response without a body the smallest one: faults of the body need something to damage.
fn with_body(mut response: Response) -> Response {
    if response.body.is_none() {
        // 204 forbids a body.
        response.status = 200;
        response.body = Some("{}".to_owned());
        response = with_content_type(response, "application/json");
    }
    response
}

fn with_content_type(mut response: Response, content_type: &str) -> Response {
    response.headers.retain(|(name, _)| name != "content-type");
    response.with("content-type", content_type)
}

/// The whole head of the response and half of the body that it announces.
fn half(response: &Response) -> Vec<u8> {
    // Written by hand: hyper would not send a body shorter than its `Content-Length`.
    let body = response.body.as_deref().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} Cut\r\ncontent-length: {}\r\n", response.status, body.len());
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("{}: {}\r\n\r\n", SANDBOX_HEADER.0, SANDBOX_HEADER.1));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&body.as_bytes()[..body.len() / 2]);
    bytes
}
