//! The faults, and what the one rule demands after each.

use otp_facade::{ErrorKind, Operation};
use otp_sandbox::{Fault, Provider};
use otp_tests::providers::{operation, subject};
use otp_tests::spec::SpecOperation;

use crate::TIMEOUT;
use crate::secrets::Secrets;

/// What is put in the way: of this provider, with these secrets in every text.
type Make = fn(Provider, &Secrets) -> Fault;

#[derive(Clone)]
pub(crate) struct FaultCase {
    pub(crate) name: &'static str,
    pub(crate) make: Make,
    pub(crate) expected: Expected,
}

/// What the caller must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing: the call succeeds.
    Success,
    /// This, and whether the provider may have acted.
    Failure(ErrorKind, bool),
    /// Success without a body, with another status than the documented one: where no body is due, that is success too, but
    /// not for a verify, to which it says nothing.
    Empty,
    /// The provider's own error: it says that nothing was done where the operation documents the status.
    DocumentedError(ErrorKind, u16),
    /// The body of success cannot be read; where no body is due, there is a response that is not documented.
    Broken,
}

const NO: bool = false;
const PERHAPS: bool = true;

pub(crate) fn faults() -> Vec<FaultCase> {
    use ErrorKind::{
        InvalidRequest, NotFound, RateLimited, TimedOut, Unauthorized, Unavailable, UnexpectedResponse,
    };
    use Expected::{Broken, DocumentedError, Empty, Failure, Success};

    let fault = |name, expected, make: Make| FaultCase { name, make, expected };
    vec![
        fault("a late answer", Success, |_, _| Fault::Delay(TIMEOUT / 2)),
        fault("no response in time", Failure(TimedOut, PERHAPS), |_, _| Fault::Delay(TIMEOUT * 100)),
        fault("nobody listens", Failure(Unavailable, NO), |_, _| Fault::Refuse),
        fault("cut before acting", Failure(Unavailable, PERHAPS), |_, _| Fault::DropBeforeActing),
        fault("cut after acting", Failure(Unavailable, PERHAPS), |_, _| Fault::ActThenDrop),
        fault("not HTTP", Failure(Unavailable, PERHAPS), |_, _| Fault::Garbage),
        fault("cut in the body", Broken, |_, _| Fault::Truncated),
        fault("a body too large", Failure(UnexpectedResponse, PERHAPS), |_, _| Fault::Oversized(3 << 20)),
        fault("labeled as HTML", Failure(UnexpectedResponse, PERHAPS), |_, _| Fault::WrongContentType),
        fault("broken JSON", Failure(UnexpectedResponse, PERHAPS), |_, _| Fault::InvalidJson),
        fault("an empty body", Empty, |_, _| Fault::EmptyBody),
        fault("a captive portal", Failure(UnexpectedResponse, PERHAPS), |_, _| Fault::Html(200)),
        fault("a redirect", Failure(UnexpectedResponse, PERHAPS), |_, secrets| {
            Fault::Redirect(secrets.location())
        }),
        fault("401, documented", DocumentedError(Unauthorized, 401), |_, secrets| response(401, secrets)),
        fault("403 of a gateway", Failure(Unauthorized, PERHAPS), |_, _| Fault::Html(403)),
        fault("404, documented", DocumentedError(NotFound, 404), |_, secrets| response(404, secrets)),
        fault("404 of a gateway", Failure(UnexpectedResponse, PERHAPS), |_, _| Fault::Html(404)),
        fault("408 of a gateway", Failure(TimedOut, PERHAPS), |_, _| Fault::Html(408)),
        fault("409, documented", Failure(UnexpectedResponse, PERHAPS), |_, secrets| response(409, secrets)),
        fault("422, documented", DocumentedError(InvalidRequest, 422), |_, secrets| response(422, secrets)),
        fault("429, documented", DocumentedError(RateLimited, 429), |_, secrets| response(429, secrets)),
        fault("429 of a gateway", Failure(RateLimited, PERHAPS), |_, _| Fault::Html(429)),
        fault("500, documented", Failure(Unavailable, PERHAPS), |_, secrets| response(500, secrets)),
        fault("502 of a gateway", Failure(Unavailable, PERHAPS), |_, _| Fault::Html(502)),
        fault("503, in its form", Failure(Unavailable, PERHAPS), |_, secrets| response(503, secrets)),
        fault("503 of a gateway", Failure(Unavailable, PERHAPS), |_, _| Fault::Html(503)),
        fault("503 without a body", Failure(Unavailable, PERHAPS), |_, _| nothing(503)),
        fault("504, documented", Failure(Unavailable, PERHAPS), |_, secrets| response(504, secrets)),
    ]
}

/// Every fault is the same to every operation of every provider, but for a body that is cut where none is due.
pub(crate) fn expected(expected: Expected, provider: Provider, operation: Operation) -> Expected {
    match expected {
        Expected::Broken if has_body(provider, operation) => {
            Expected::Failure(ErrorKind::Unavailable, PERHAPS)
        }
        Expected::Broken => Expected::Failure(ErrorKind::UnexpectedResponse, PERHAPS),
        Expected::Empty if has_body(provider, operation) || operation == Operation::Verify => {
            Expected::Failure(ErrorKind::UnexpectedResponse, PERHAPS)
        }
        Expected::Empty => Expected::Success,
        // RFC 9110: not applied. At this one it may be about the code.
        Expected::DocumentedError(kind, 401) => {
            Expected::Failure(kind, described(provider, operation).has_ambiguous_401)
        }
        // No provider documents it for a create: the base URL is wrong.
        Expected::DocumentedError(_, 404) if operation == Operation::Create => {
            Expected::Failure(ErrorKind::UnexpectedResponse, PERHAPS)
        }
        Expected::DocumentedError(kind, status) => {
            Expected::Failure(kind, !described(provider, operation).errors.contains(&status))
        }
        expected => expected,
    }
}

/// An operation that the provider has, in the description of its API.
pub(crate) fn described(provider: Provider, called: Operation) -> &'static SpecOperation {
    operation(provider, called).unwrap_or_else(|| panic!("{provider} has no {called}"))
}

/// Whether success has a body. What the provider does not have fails before.
fn has_body(provider: Provider, called: Operation) -> bool {
    operation(provider, called).is_some_and(|operation| operation.returns_body)
}

/// Whether the provider has the operation.
pub(crate) fn has(provider: Provider, called: Operation) -> bool {
    operation(provider, called).is_some()
}

/// An error as the provider documents it, with all secrets in its text and in a header.
fn response(status: u16, secrets: &Secrets) -> Fault {
    let text = secrets.text();
    let body = (subject(secrets.provider).error)(&text);
    let headers = vec![("x-request-id".to_owned(), text)];
    Fault::Response { status, headers, body: body.to_string() }
}

fn nothing(status: u16) -> Fault {
    Fault::Response { status, headers: Vec::new(), body: String::new() }
}
