//! What an answer looks like on the wire, with or without a fault.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::fault::Fault;
use crate::http::Answer;

/// Carried by every answer, so that nobody takes the sandbox for the real thing.
const LOUD: (&str, &str) = ("x-otp-sandbox", "not-a-real-provider");

pub(crate) type Payload = Either<Full<Bytes>, Filler>;

/// What is sent back.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Whole(Answer),
    /// Status and headers of the answer, and this many bytes.
    Filled(Answer, u64),
    /// These bytes, then the end of the connection. The status, if a client can read one in them.
    Raw(Option<u16>, Vec<u8>),
}

impl Outgoing {
    /// What becomes of the right answer.
    pub(crate) fn spoiled(answer: Answer, fault: Option<&Fault>) -> Self {
        match fault {
            Some(Fault::ActThenDrop | Fault::DropBeforeActing) => Self::Raw(None, Vec::new()),
            Some(Fault::Garbage) => {
                Self::Raw(None, b"\x16\x03\x01 this is not HTTP\r\n\r\n\xff\xfe".to_vec())
            }
            Some(Fault::Truncated) => {
                let answer = with_body(answer);
                Self::Raw(Some(answer.status), half(&answer))
            }
            Some(Fault::Oversized(bytes)) => Self::Filled(with_body(answer), *bytes),
            Some(Fault::WrongContentType) => Self::Whole(relabeled(with_body(answer), "text/html")),
            Some(Fault::InvalidJson) => {
                let mut answer = relabeled(with_body(answer), "application/json");
                answer.body = Some("{\"otpId\": ".to_owned());
                Self::Whole(answer)
            }
            Some(Fault::EmptyBody) => {
                let mut answer = relabeled(with_body(answer), "application/json");
                answer.body = None;
                Self::Whole(answer)
            }
            _ => Self::Whole(answer),
        }
    }

    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(answer) | Self::Filled(answer, _) => Some(answer.status),
            Self::Raw(status, _) => *status,
        }
    }

    pub(crate) fn into_response(self) -> Result<Response<Payload>, Cut> {
        Ok(match self {
            Self::Whole(answer) => {
                let body = answer.body.clone().unwrap_or_default();
                head(&answer, Either::Left(Full::from(body)))
            }
            Self::Filled(answer, bytes) => head(&answer, Either::Right(Filler { left: bytes })),
            Self::Raw(_, bytes) => return Err(Cut(bytes)),
        })
    }
}

/// The answer of a fault that keeps the service from acting.
pub(crate) fn instead_of_acting(fault: &Fault) -> Option<Answer> {
    let page = |status| Answer {
        status,
        headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
        body: Some("<!doctype html><title>Gateway</title><p>Please sign in to this network.</p>".to_owned()),
    };
    match fault {
        Fault::Answer { status, headers, body } => {
            let answer = Answer { status: *status, headers: headers.clone(), body: Some(body.clone()) };
            let labeled = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            Some(if labeled || body.is_empty() {
                answer
            } else {
                answer.with("content-type", "application/json")
            })
        }
        Fault::Html(status) => Some(page(*status)),
        Fault::Redirect(location) => Some(Answer::empty(307).with("location", location)),
        _ => None,
    }
}

/// An answer without a body has nothing that could be spoiled: it gets the smallest one.
fn with_body(mut answer: Answer) -> Answer {
    if answer.body.is_none() {
        answer.status = 200;
        answer.body = Some("{}".to_owned());
        answer = relabeled(answer, "application/json");
    }
    answer
}

fn relabeled(mut answer: Answer, content_type: &str) -> Answer {
    answer.headers.retain(|(name, _)| name != "content-type");
    answer.with("content-type", content_type)
}

/// The whole head and half of the body it announces.
fn half(answer: &Answer) -> Vec<u8> {
    let body = answer.body.as_deref().unwrap_or_default();
    let mut text = format!("HTTP/1.1 {} Cut\r\ncontent-length: {}\r\n", answer.status, body.len());
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("{}: {}\r\n\r\n", LOUD.0, LOUD.1));
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&body.as_bytes()[..body.len() / 2]);
    bytes
}

fn head(answer: &Answer, body: Payload) -> Response<Payload> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        // What a test injects may be no header at all: it is left out.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(LOUD.0, HeaderValue::from_static(LOUD.1));
    response
}

/// A body of a given length, made up while it is sent.
#[derive(Debug)]
pub(crate) struct Filler {
    left: u64,
}

impl Body for Filler {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static CHUNK: [u8; 65_536] = [b' '; 65_536];
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(CHUNK.len());
        self.left -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&CHUNK[..length])))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Ends the connection; these bytes are the last.
#[derive(Debug)]
pub(crate) struct Cut(pub(crate) Vec<u8>);

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection is cut")
    }
}

impl Error for Cut {}
