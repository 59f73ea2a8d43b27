//! Fault injection: every way in which a response can go wrong, for any call.

use std::future::poll_fn;
use std::sync::LazyLock;
use std::task::Poll;

use otp_transport::reqwest::ClientBuilder;
use otp_transport::{ErrorKind, Sent, Transport};
use serde_json::Value;

use crate::outcome::{Failed, Outcome};
use crate::raw_server::{Closed, RawServer};
use crate::response::Response;

/// How large a response may be here.
const MAX_RESPONSE_BYTES: usize = 4096;

/// What an operation documents.
#[derive(Clone, Debug)]
pub struct Documented {
    /// The status of success.
    pub success: u16,
    /// Whether success has a body.
    pub has_body: bool,
    /// An error body, written as the crate reads it.
    pub error: Value,
}

/// What the service does, and the error that the caller must get.
pub(crate) struct Fault {
    /// The name of the row.
    pub(crate) name: &'static str,
    endpoint: Endpoint,
    expected: Failed,
}

enum Endpoint {
    Raw(RawServer),
    Closed(Closed),
}

impl Fault {
    /// Every byte that the service was sent; none if there is no service.
    pub(crate) fn received(&self) -> Option<Vec<u8>> {
        match &self.endpoint {
            Endpoint::Raw(server) => Some(server.received()),
            Endpoint::Closed(_) => None,
        }
    }

    /// Where the service is.
    pub(crate) fn base_url(&self) -> String {
        match &self.endpoint {
            Endpoint::Raw(server) => server.base_url(),
            Endpoint::Closed(closed) => closed.base_url(),
        }
    }
}

/// A transport with the default time-outs, which no test waits for: those that [`all`] faults meet run with paused time,
/// and there a call times out as soon as there is nothing left to do, and not because a machine is slow.
///
/// Setting up TLS takes longer than an exchange: all share one. It keeps no connections: each would belong to the runtime
/// of one test, and to a port that another test may get.
pub(crate) fn transport() -> Transport {
    static TRANSPORT: LazyLock<Transport> = LazyLock::new(|| {
        let builder = Transport::builder().client_builder(|| ClientBuilder::new().pool_max_idle_per_host(0));
        builder.max_response_bytes(MAX_RESPONSE_BYTES).build().expect("TLS can be set up")
    });
    TRANSPORT.clone()
}

/// All faults. `echo` is repeated in every response and in the `Location` of the redirect, which leads to `elsewhere`.
pub(crate) async fn all(documented: &Documented, elsewhere: &str, echo: &str) -> Vec<Fault> {
    let html = format!("<html><title>Bad gateway</title>{echo}</html>");
    let documented_text = documented.error.to_string();
    let large = format!("{{\"padding\":\"{echo}{}\"}}", "x".repeat(MAX_RESPONSE_BYTES));
    // A decoder that says what it found instead of an object would quote this.
    let string = format!("\"{echo}\"");
    let broken = format!("{{\"error\": \"{echo}");
    let json = "application/json";
    let head = |response: Response| {
        response
            .header("x-request-id", "call-1")
            .header("retry-after", "7")
            .header("x-rate-limit-remaining", "3")
    };
    let answered = |kind, status| Failed {
        request_id: Some("call-1".to_owned()),
        retry_after: Some(7),
        rate_limit: (None, Some(3), None),
        ..Failed::new(kind, Sent::Yes, Some(status))
    };
    let refused = |status| answered(ErrorKind::Status, status);
    let with_body = |status| Failed { body: Some(documented.error.clone()), ..refused(status) };
    let write = |response: Response| RawServer::writing(head(response).to_bytes());
    let text = |status, media_type: &str, body: &str| write(Response::text(status, media_type, body));
    let cut = |status| {
        let response = head(Response::text(status, json, documented_text.clone()));
        RawServer::writing(response.to_bytes_with_length(documented_text.len() + 10))
    };
    let location = format!("{elsewhere}/{echo}?code={echo}");

    let mut faults = Vec::new();
    let mut add =
        |name, server, expected| faults.push(Fault { name, endpoint: Endpoint::Raw(server), expected });
    add("an HTML error page", text(502, "text/html", &html).await, refused(502));
    add("an HTML page that claims to be JSON", text(503, json, &html).await, refused(503));
    add("an error without a body", write(Response::empty(500)).await, refused(500));
    add("an error cut short", cut(500).await, refused(500));
    add("an error that breaks off inside its JSON", text(400, json, &broken).await, refused(400));
    add("an error of another shape", text(400, json, &string).await, refused(400));
    add("an error too large", text(400, json, &large).await, refused(400));
    add(
        "a documented body with an undocumented status",
        text(418, json, &documented_text).await,
        with_body(418),
    );
    let redirect = Response::text(302, "text/html", html.clone()).header("location", &location);
    add("a redirect", write(redirect).await, refused(302));
    let permanent = Response::empty(308).header("location", &location);
    add("a redirect that keeps method and body", write(permanent).await, refused(308));
    let success = documented.success;
    if documented.has_body {
        add("success in HTML", text(success, "text/html", &html).await, answered(ErrorKind::Decode, success));
        add(
            "success without a body",
            write(Response::empty(success)).await,
            answered(ErrorKind::Decode, success),
        );
        add("success cut short", cut(success).await, answered(ErrorKind::Interrupted, success));
        add(
            "success of another shape",
            text(success, json, &string).await,
            answered(ErrorKind::Decode, success),
        );
        add(
            "success that is not JSON",
            text(success, json, &broken).await,
            answered(ErrorKind::Decode, success),
        );
        add("success too large", text(success, json, &large).await, answered(ErrorKind::TooLarge, success));
        let response = head(Response::text(success, json, broken));
        let server = RawServer::stalling(response.to_bytes_with_length(MAX_RESPONSE_BYTES)).await;
        add("success that does not come to its end", server, answered(ErrorKind::Timeout, success));
    } else {
        add(
            "an HTML page instead of no content",
            text(200, "text/html", &html).await,
            answered(ErrorKind::Decode, 200),
        );
    }
    let nothing = |kind| Failed::new(kind, Sent::Maybe, None);
    add("no response in time", RawServer::stalling(Vec::new()).await, nothing(ErrorKind::Timeout));
    add(
        "a connection cut before the response",
        RawServer::writing(Vec::new()).await,
        nothing(ErrorKind::Interrupted),
    );
    let garbage = format!("{echo} is not HTTP\r\n\r\n").into_bytes();
    add("a response that is not HTTP", RawServer::writing(garbage).await, nothing(ErrorKind::Interrupted));
    let unsent = Failed::new(ErrorKind::Connect, Sent::No, None);
    faults.push(Fault {
        name: "nobody listens",
        endpoint: Endpoint::Closed(Closed::take()),
        expected: unsent,
    });
    faults
}

/// Lets a call meet every fault and returns the operation's name. `connect` makes a client for a base URL. Time should be
/// paused, or it takes as long as a time-out.
///
/// # Panics
///
/// If the caller gets another error, if a redirect is followed, or if nothing arrived; with the name of each fault.
pub async fn check<C, R: Into<Outcome>>(
    operation: &'static str,
    documented: &Documented,
    connect: impl Fn(String, Transport) -> C,
    call: impl AsyncFn(C) -> R,
) -> &'static str {
    let elsewhere = RawServer::writing(Response::empty(204).to_bytes()).await;
    let faults = all(documented, &elsewhere.base_url(), "echo").await;
    let runs = faults.iter().map(async |fault| call(connect(fault.base_url(), transport())).await.into());
    let outcomes: Vec<Outcome> = all_at_once(runs.collect()).await;
    let mut differences = Vec::new();
    for (fault, outcome) in faults.iter().zip(outcomes) {
        let mut differ = |text: String| differences.push(format!("{operation}, {}: {text}", fault.name));
        if outcome != Outcome::Failed(fault.expected.clone()) {
            differ(format!("got {outcome:#?}, expected {:#?}", fault.expected));
        }
        if fault.received().is_some_and(|received| received.is_empty()) {
            differ("nothing arrived".to_owned());
        }
    }
    if !elsewhere.received().is_empty() {
        differences.push(format!("{operation}: a redirect was followed"));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    operation
}

/// Waits for all futures at once, so that time-outs run side by side.
async fn all_at_once<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<_> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
