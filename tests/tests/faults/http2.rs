//! The faults that only HTTP/2 has, at every operation of every provider: streams that are reset, and connections that the
//! server ends by GOAWAY.

use std::sync::Arc;

use otp_conformance::Harness as _;
use otp_facade::{
    Challenge, Code, CreateRequest, Error, ErrorKind, Operation, OtpProvider, OtpProviderExt, RetryPolicy,
    Transport, VerifyRequest,
};
use otp_sandbox::Provider;
use otp_tests::frame::{self, Code as Reason};
use otp_tests::{Arrival, RawHttp2Server, Reaction, TestHarness, providers};
use otp_transport::reqwest::ClientBuilder;

use crate::rule::{self, Expected};
use crate::secrets::{CREDENTIAL, Secrets};

type React = Arc<dyn Fn(Arrival) -> Reaction + Send + Sync>;

struct Http2Fault {
    name: String,
    react: React,
    expected: Expected,
}

/// Whether the request has a body. Without one, a GOAWAY is not certain: the HTTP library reports one that names a later stream
/// in the same way, if it comes just after the headers were sent.
fn has_body(provider: Provider, operation: Operation) -> bool {
    rule::described(provider, operation).takes_body
}

impl Http2Fault {
    async fn serve(&self) -> RawHttp2Server {
        let react = self.react.clone();
        RawHttp2Server::start(move |arrival| react(arrival)).await
    }
}

/// RFC 9113, section 8.7: by REFUSED_STREAM, and by a GOAWAY with a lower stream, the server says that it did not process the
/// request.
const NOT_PROCESSED: Expected = Expected::Failure(ErrorKind::Unavailable, false);
const PERHAPS: Expected = Expected::Failure(ErrorKind::Unavailable, true);

fn faults() -> Vec<Http2Fault> {
    let mut faults = Vec::new();
    let mut add = |name: &str, expected, react: React| {
        faults.push(Http2Fault { name: name.to_owned(), react, expected });
    };
    for reason in Reason::ALL {
        let expected = if reason == Reason::RefusedStream { NOT_PROCESSED } else { PERHAPS };
        add(
            &format!("a stream reset by {reason:?}"),
            expected,
            Arc::new(move |arrival| Reaction::write(frame::reset(arrival.stream, reason))),
        );
        add(
            &format!("GOAWAY by {reason:?}, the stream above its last"),
            NOT_PROCESSED,
            Arc::new(move |arrival| Reaction::write(frame::go_away(arrival.stream - 1, reason))),
        );
        add(
            &format!("GOAWAY by {reason:?}, the stream above its last, and the connection cut"),
            NOT_PROCESSED,
            Arc::new(move |arrival| Reaction::write(frame::go_away(arrival.stream - 1, reason)).then_close()),
        );
        add(
            &format!("GOAWAY by {reason:?}, the stream its last, and the connection cut"),
            PERHAPS,
            Arc::new(move |arrival| Reaction::write(frame::go_away(arrival.stream, reason)).then_close()),
        );
        add(
            &format!("a success cut in the body by a reset with {reason:?}"),
            Expected::Broken,
            Arc::new(move |arrival| {
                let head = frame::head(arrival.stream, 200);
                Reaction::write([head, frame::reset(arrival.stream, reason)].concat())
            }),
        );
    }
    add(
        "a graceful GOAWAY, and the connection cut",
        PERHAPS,
        Arc::new(|_| Reaction::write(frame::go_away(frame::MAX_STREAM, Reason::NoError)).then_close()),
    );
    add(
        "a graceful GOAWAY, and one with the stream above its last",
        NOT_PROCESSED,
        Arc::new(|arrival| {
            let graceful = frame::go_away(frame::MAX_STREAM, Reason::NoError);
            Reaction::write([graceful, frame::go_away(arrival.stream - 1, Reason::NoError)].concat())
        }),
    );
    add(
        "a success begun, and GOAWAY with the stream above its last",
        Expected::Broken,
        Arc::new(|arrival| {
            let head = frame::head(arrival.stream, 200);
            Reaction::write([head, frame::go_away(arrival.stream - 1, Reason::NoError)].concat())
        }),
    );
    add("the connection cut", PERHAPS, Arc::new(|_| Reaction::write([]).then_close()));
    add(
        "not HTTP/2",
        PERHAPS,
        Arc::new(|_| Reaction::write(*b"HTTP/1.1 400 Bad Request\r\n\r\n").then_close()),
    );
    add(
        "silence",
        Expected::Failure(ErrorKind::TimedOut, true),
        Arc::new(|_| Reaction::write([]).then_fall_silent()),
    );
    faults
}

/// A provider of the sandbox, whose challenge and code are real.
struct Subject {
    provider: Provider,
    request: CreateRequest,
    challenge: Challenge,
    code: Code,
}

impl Subject {
    async fn new(provider: Provider) -> Self {
        let harness =
            TestHarness::simulated(provider, |url| providers::build(provider, url, CREDENTIAL)).await;
        let request = harness.request();
        let challenge = harness.provider().create(&request).await.expect("a challenge");
        let code = harness.code(&challenge).await.expect("a code");
        Self { provider, request, challenge, code }
    }

    async fn call(&self, stack: &dyn OtpProvider, operation: Operation) -> Result<(), Error> {
        match operation {
            Operation::Create => stack.create(&self.request).await.map(|_| ()),
            Operation::Verify => {
                let request = VerifyRequest::new(self.challenge.id.clone(), self.code.clone());
                stack.verify(&request).await.map(|_| ())
            }
            Operation::Cancel => stack.cancel(&self.challenge.id).await,
            Operation::Status => stack.status(&self.challenge.id).await.map(|_| ()),
        }
    }
}

fn transport() -> Transport {
    // The servers speak HTTP/2 without TLS.
    let builder = Transport::builder().client_builder(|| ClientBuilder::new().http2_prior_knowledge());
    builder.build().expect("a transport")
}

/// Time is paused: silence is over as soon as there is nothing left to do.
#[tokio::test(start_paused = true)]
async fn every_fault_of_http2_follows_the_one_rule_and_nothing_is_sent_twice() {
    let transport = transport();
    let mut differences = Vec::new();
    for provider in Provider::ALL {
        let subject = Subject::new(provider).await;
        for fault in faults() {
            for operation in Operation::ALL.into_iter().filter(|operation| rule::has(provider, *operation)) {
                let found = judge(&fault, &subject, operation, &transport).await;
                differences.extend(
                    found.iter().map(|found| format!("{}, {provider} {operation}: {found}", fault.name)),
                );
            }
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

async fn judge(
    fault: &Http2Fault,
    subject: &Subject,
    operation: Operation,
    transport: &Transport,
) -> Vec<String> {
    let mut found = Vec::new();
    let server = fault.serve().await;
    let base_url = server.base_url();
    let stack = providers::build_with(subject.provider, &base_url, CREDENTIAL, Some(transport.clone()));
    let Err(error) = subject.call(&*stack, operation).await else {
        return vec!["succeeded".to_owned()];
    };
    let reported = Expected::Failure(error.kind(), error.may_have_acted());
    let is_certain = has_body(subject.provider, operation) || !fault.name.contains("GOAWAY");
    let expected = if fault.expected == NOT_PROCESSED && !is_certain { PERHAPS } else { fault.expected };
    let expected = rule::expected(expected, subject.provider, operation);
    if reported != expected {
        found.push(format!("reported {reported:?}, expected {expected:?}"));
    }
    if server.requests().len() != 1 {
        found.push(format!("{} requests were sent", server.requests().len()));
    }
    let secrets = Secrets::new(subject.provider, base_url, &subject.code);
    for text in [error.to_string(), format!("{error:?}")] {
        found.extend(secrets.shown_in(&text).iter().map(|secret| format!("{secret} is shown in {text}")));
    }

    // Only what was certainly not processed is sent again, and reading and cancelling always may be.
    let server = fault.serve().await;
    let stack =
        providers::build_with(subject.provider, &server.base_url(), CREDENTIAL, Some(transport.clone()));
    let stack = stack.with_retry(RetryPolicy::default().with_max_attempts(3));
    let _ = subject.call(&stack, operation).await;
    let is_question = matches!(operation, Operation::Cancel | Operation::Status);
    let repeats = error.is_transient() && (is_question || !error.may_have_acted());
    let expected = if repeats { 3 } else { 1 };
    if server.requests().len() != expected {
        found.push(format!("{} requests were sent with retries, not {expected}", server.requests().len()));
    }
    found
}
