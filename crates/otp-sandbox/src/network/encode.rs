//! Turns a planned response into hyper's.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::StatusCode;
use hyper::body::{Frame, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::mpsc;

use crate::fault::ResponsePlan;
use crate::http::{Response, SANDBOX_HEADER, frames_body};

pub(super) type Body = Either<Full<Bytes>, Either<Filler, Events>>;

/// hyper's response, or the order to end the connection with raw bytes.
pub(super) fn encode(plan: ResponsePlan) -> Result<hyper::Response<Body>, Cut> {
    match plan {
        ResponsePlan::Whole(mut response) => {
            let body = response.body.take().unwrap_or_default();
            Ok(with_head(&response, Either::Left(Full::from(body))))
        }
        ResponsePlan::Filled(response, bytes) => {
            Ok(with_head(&response, Either::Right(Either::Left(Filler { left: bytes }))))
        }
        ResponsePlan::Events(response, events) => {
            Ok(with_head(&response, Either::Right(Either::Right(Events(events)))))
        }
        ResponsePlan::Raw(_, bytes) => Err(Cut(bytes)),
    }
}

fn with_head(response: &Response, body: Body) -> hyper::Response<Body> {
    let mut encoded = hyper::Response::new(body);
    *encoded.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &response.headers {
        // An injected header may be malformed. It is left out. So is one that frames the body: hyper writes its own,
        // and panics if the two differ.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            && !frames_body(name.as_str())
        {
            encoded.headers_mut().append(name, value);
        }
    }
    encoded.headers_mut().insert(SANDBOX_HEADER.0, HeaderValue::from_static(SANDBOX_HEADER.1));
    encoded
}

/// A body of a given length, generated while it is sent. It may be larger than memory.
#[derive(Debug)]
pub(super) struct Filler {
    left: u64,
}

impl hyper::body::Body for Filler {
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

/// A body that ends when its sender is gone.
#[derive(Debug)]
pub(super) struct Events(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Ends the connection after these bytes.
#[derive(Debug)]
pub(super) struct Cut(pub(super) Vec<u8>);

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an injected fault cuts the connection")
    }
}

impl Error for Cut {}
