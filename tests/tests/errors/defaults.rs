//! Undocumented responses, at every operation of every provider: the one rule decides.

use std::time::Duration;

use otp_facade::{Error, ErrorKind, Operation, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{
    Call, ErrorCase, Expected, WORDS, calls, check, described, documented_error, perform, success,
};
use otp_tests::providers::subject;
use otp_tests::{MockServer, Response};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Nothing,
    /// The page of a gateway or a captive portal.
    Html,
    /// JSON of somebody who is not the provider.
    Foreign,
    /// `{}`
    Object,
    /// `null`
    Null,
    /// An error in the shape that the provider documents, with a code that is in no table.
    Documented,
    /// What the provider documents as success.
    Success,
}

use Body::{Documented, Foreign, Html, Nothing, Null, Object, Success};

const ERRORS: [(u16, &[Body]); 23] = [
    (300, &[Nothing]),
    (301, &[Html]),
    (307, &[Nothing]),
    (308, &[Documented]),
    (400, &[Nothing, Html, Foreign, Documented]),
    (401, &[Nothing, Html, Documented]),
    (402, &[Nothing, Documented]),
    (403, &[Nothing, Html, Documented]),
    (404, &[Html, Documented]),
    (405, &[Nothing, Html, Documented]),
    (408, &[Nothing, Html]),
    (409, &[Nothing, Documented]),
    (413, &[Html]),
    (418, &[Nothing, Documented]),
    (422, &[Nothing, Documented]),
    (429, &[Nothing, Html, Documented]),
    (500, &[Nothing, Html, Documented]),
    (501, &[Nothing, Documented]),
    (502, &[Html]),
    (503, &[Nothing, Html, Foreign, Documented]),
    (504, &[Html, Documented]),
    (521, &[Html]),
    (599, &[Nothing, Documented]),
];

/// What the rule says of a response that is no success. Only the provider's own error, with a status that it documents for
/// this operation, says that nothing was done; and a 401.
fn by_the_rule(vendor: Provider, call: Call, status: u16, body: Body) -> Expected {
    let is_documented = body == Documented && described(vendor, call).errors.contains(&status);
    let refusal = if is_documented { Expected::refused } else { Expected::perhaps };
    let says_not_why = ErrorKind::Rejected(Rejection::Unspecified);
    match (status, body) {
        // At this one it may be about the code.
        (401, _) if described(vendor, call).has_ambiguous_401 => Expected::perhaps(ErrorKind::Unauthorized),
        (401, _) => Expected::refused(ErrorKind::Unauthorized),
        (403, _) => refusal(ErrorKind::Unauthorized),
        // A create has no challenge that could be unknown: the base URL is wrong.
        (404, Documented) if call == Call::Create => Expected::perhaps(ErrorKind::UnexpectedResponse),
        (404, Documented) => refusal(ErrorKind::NotFound),
        (422, Documented) => refusal(ErrorKind::InvalidRequest),
        (429, _) => refusal(ErrorKind::RateLimited),
        // It may be about the code.
        (400, _) if call == Call::Verify && subject(vendor).refuses_without_reason => {
            Expected::perhaps(says_not_why)
        }
        (400, Documented) if call == Call::Verify => Expected::perhaps(says_not_why),
        (400, Documented) => refusal(ErrorKind::InvalidRequest),
        (408, _) => Expected::perhaps(ErrorKind::TimedOut),
        (500..=599, _) => Expected::perhaps(ErrorKind::Unavailable),
        _ => Expected::perhaps(ErrorKind::UnexpectedResponse),
    }
}

fn response(vendor: Provider, call: Call, status: u16, body: Body) -> Response {
    let page = format!("<!doctype html><title>Gateway</title><p>{WORDS}");
    match body {
        Nothing => Response::empty(status),
        Html => Response::text(status, "text/html", page),
        Foreign => Response::json(status, &json!({ "message": WORDS, "status": status })),
        Object => Response::json(status, &json!({})),
        Null => Response::json(status, &json!(null)),
        Documented => Response::json(status, &documented_error(vendor)),
        Success => match success(vendor, call).1 {
            Some(body) => Response::json(status, &body),
            None => Response::empty(status),
        },
    }
}

fn row(vendor: Provider, call: Call, status: u16, body: Body, expected: Expected) -> ErrorCase {
    let expected = Expected {
        vendor_code: (body == Documented).then(|| subject(vendor).unknown_code).flatten().map(str::to_owned),
        ..expected
    };
    ErrorCase::new(vendor, call, format!("{status} {body:?}"), response(vendor, call, status, body), expected)
}

async fn check_errors(vendor: Provider) -> String {
    let mut rows = Vec::new();
    for call in calls(vendor) {
        for (status, bodies) in ERRORS {
            for body in bodies {
                let row = row(vendor, call, status, *body, by_the_rule(vendor, call, status, *body));
                rows.push(if status < 400 { row.header("location", "/elsewhere?code=1") } else { row });
            }
        }
    }
    check(&rows).await;
    format!("{}: {} responses that are not documented", vendor.slug(), rows.len())
}

#[tokio::test]
async fn an_undocumented_error_follows_the_rule() {
    for provider in Provider::ALL {
        println!("{}", check_errors(provider).await);
    }
}

/// Whether a success is one. Under which 2xx the documented body comes does not matter, but where no body is due: a wrong
/// code may be answered with no body as well, so that only the documented status is an acceptance.
fn is_success(vendor: Provider, call: Call, status: u16, body: Body) -> bool {
    match success(vendor, call) {
        // Of no content nothing is read, and HTTP allows none.
        (documented, None) if status == documented => true,
        (_, None) => call != Call::Verify && matches!(body, Nothing | Success),
        (_, Some(_)) => status != 204 && body == Success,
    }
}

#[tokio::test]
async fn a_success_that_is_not_the_documented_one_is_none() {
    let bodies = [Nothing, Html, Foreign, Object, Null, Documented, Success];
    let mut rows = Vec::new();
    for vendor in Provider::ALL {
        for call in calls(vendor) {
            for status in [200, 201, 202, 203, 206, 226] {
                let refused = bodies.into_iter().filter(|body| !is_success(vendor, call, status, *body));
                let of =
                    |body| row(vendor, call, status, body, Expected::perhaps(ErrorKind::UnexpectedResponse));
                let is_decoded = success(vendor, call).1.is_some();
                rows.extend(refused.map(of).map(|row| if is_decoded { without_code(row) } else { row }));
            }
            if success(vendor, call).1.is_some() {
                rows.push(row(vendor, call, 204, Nothing, Expected::perhaps(ErrorKind::UnexpectedResponse)));
            }
        }
    }
    check(&rows).await;
    println!("{} successes that are none", rows.len());
}

/// The body of a success is read as one: there is no error body.
fn without_code(row: ErrorCase) -> ErrorCase {
    ErrorCase { expected: Expected { vendor_code: None, ..row.expected }, ..row }
}

/// So that the tests above refuse what they should, and not everything.
#[tokio::test]
async fn the_documented_body_is_a_success_under_any_status_of_success() {
    for vendor in Provider::ALL {
        for call in calls(vendor) {
            let body = if success(vendor, call).1.is_some() { Success } else { Nothing };
            for status in [200, 201, 202, 203, 204, 206] {
                if !is_success(vendor, call, status, body) {
                    continue;
                }
                let service = MockServer::start(&response(vendor, call, status, body)).await;
                let done = perform(vendor, call, &service.base_url()).await;
                assert!(done.is_ok(), "{} {call:?} {status}: {done:?}", vendor.slug());
            }
        }
    }
}

#[test]
fn an_error_reports_how_long_to_wait_and_what_may_have_been_done() {
    let limited = || Error::new(ErrorKind::RateLimited).with_retry_after(Duration::from_millis(29_001));
    let cut = || {
        Error::new(ErrorKind::Unavailable).with_message("connection closed before the response was complete")
    };
    let wrong = Error::new(ErrorKind::Rejected(Rejection::WrongCode)).with_may_have_acted(true);
    let cases = [
        (limited().with_origin("sms", Operation::Create), "sms: create: rate_limited; retry after 30 s"),
        (
            cut().with_origin("sms", Operation::Create),
            "sms: create: unavailable: connection closed before the response was complete; a message may have been sent",
        ),
        (
            cut().with_origin("sms", Operation::Verify),
            "sms: verify: unavailable: connection closed before the response was complete; the code could not be checked, and an attempt may have been used: ask for a new code",
        ),
        (
            cut().with_origin("sms", Operation::Status),
            "sms: status: unavailable: connection closed before the response was complete",
        ),
        (
            cut(),
            "unavailable: connection closed before the response was complete; the provider may have acted",
        ),
        (
            cut().with_may_have_acted(false).with_origin("sms", Operation::Create),
            "sms: create: unavailable: connection closed before the response was complete",
        ),
        (wrong.with_origin("sms", Operation::Verify), "sms: verify: wrong_code"),
    ];
    for (error, text) in cases {
        assert_eq!(error.to_string(), text);
    }
}
