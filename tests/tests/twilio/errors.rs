//! Twilio: its code decides. A 429 may be repeated or not, by its code.

use std::time::Duration;

use otp_facade::{DeclineReason, ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, WORDS, check};
use serde_json::{Value, json};

const REQUEST_ID: &str = "RQ5f0c3f9e6b5f0c3f9e6b5f0c3f9e6b5f0c";

fn body(status: u16, code: u32) -> Value {
    json!({ "code": code, "message": WORDS, "more_info": "https://www.twilio.com/docs/errors", "status": status })
}

/// Every response carries the id of the call.
fn row(call: Call, status: u16, code: u32, expected: Expected) -> ErrorCase {
    let expected = expected.code(code).request_id(REQUEST_ID);
    ErrorCase::json(Provider::Twilio, call, status, &body(status, code), expected)
        .header("twilio-request-id", REQUEST_ID)
}

/// What any operation may respond.
fn shared(call: Call) -> Vec<ErrorCase> {
    let limited = Expected::refused(ErrorKind::RateLimited);
    let limited = match call {
        Call::Create => row(call, 429, 20429, limited.retry_after(Duration::from_secs(30)))
            .header("retry-after", "30")
            .header("twilio-reached-rate-limit", "my_rate_limit"),
        _ => row(call, 429, 20429, limited),
    };
    vec![
        row(call, 401, 20003, Expected::refused(ErrorKind::Unauthorized)),
        row(call, 403, 20008, Expected::refused(ErrorKind::Unauthorized)),
        row(call, 404, 20404, Expected::refused(ErrorKind::NotFound)),
        limited,
        row(call, 500, 20500, Expected::perhaps(ErrorKind::Unavailable)),
        row(call, 503, 20503, Expected::perhaps(ErrorKind::Unavailable)),
    ]
}

pub(crate) fn rows() -> Vec<ErrorCase> {
    use DeclineReason::{
        ChannelNotActive, CountryNotAllowed, Other, SuspectedFraud, TemplateNotApproved, Unreachable,
    };

    let invalid = || Expected::refused(ErrorKind::InvalidRequest);
    let mut rows: Vec<_> =
        [Call::Create, Call::Verify, Call::Cancel, Call::Status].into_iter().flat_map(shared).collect();
    rows.extend(
        [60200, 60206, 60224, 60228, 60243, 60251].map(|code| row(Call::Create, 400, code, invalid())),
    );
    rows.extend([60200, 60206, 60221].map(|code| row(Call::Verify, 400, code, invalid())));
    rows.push(row(Call::Cancel, 400, 60200, invalid()));
    let declined = [
        (400, 60006, Unreachable),
        (400, 60201, TemplateNotApproved),
        (400, 60214, ChannelNotActive),
        (400, 60217, Other),
        (400, 60218, TemplateNotApproved),
        (400, 60219, TemplateNotApproved),
        (400, 60220, CountryNotAllowed),
        (400, 60222, Other),
        (400, 60223, ChannelNotActive),
        (400, 60252, TemplateNotApproved),
        (400, 60408, ChannelNotActive),
        (403, 60204, Other),
        (403, 60205, Unreachable),
        (403, 60238, Other),
        (403, 60410, SuspectedFraud),
        (403, 60412, SuspectedFraud),
        (403, 60413, SuspectedFraud),
        (403, 60605, CountryNotAllowed),
    ];
    rows.extend(
        declined.map(|(status, code, reason)| row(Call::Create, status, code, Expected::declined(reason))),
    );
    rows.extend([60203, 60212].map(|code| row(Call::Create, 429, code, Expected::recipient_limit())));
    let exhausted = Expected::refused(ErrorKind::Rejected(Rejection::TooManyAttempts));
    rows.push(row(Call::Verify, 429, 60202, exhausted));
    rows
}

/// Newer services send problem details (RFC 9457).
#[tokio::test]
async fn problem_details_are_read_as_the_plain_errors_are() {
    let problem = |status: u16, code: Option<u32>| {
        let mut body = json!({
            "type": "https://www.twilio.com/docs/errors", "title": WORDS, "status": status, "detail": WORDS, "instance": "i",
        });
        if let Some(code) = code {
            body["code"] = code.into();
        }
        body
    };
    let exhausted = Expected::refused(ErrorKind::Rejected(Rejection::TooManyAttempts)).code(60202);
    let rows = [
        (Call::Verify, 429, problem(429, Some(60202)), exhausted),
        (Call::Create, 429, problem(429, Some(20429)), Expected::refused(ErrorKind::RateLimited).code(20429)),
        (Call::Create, 400, problem(400, None), Expected::refused(ErrorKind::InvalidRequest)),
        (Call::Status, 404, problem(404, None), Expected::refused(ErrorKind::NotFound)),
    ];
    let case = |(call, status, body, expected): (Call, u16, Value, Expected)| {
        ErrorCase::json(Provider::Twilio, call, status, &body, expected)
    };
    check(&rows.map(case)).await;
}

/// A check that is a success, and what its status says.
#[tokio::test]
async fn a_check_that_is_a_success_is_accepted_by_its_status_only() {
    let sid = "VE3f2b8c1e5a774d0e9c3b6f1d2e8a9b04";
    let perhaps = |kind| Expected::perhaps(kind);
    let rejected = |rejection| perhaps(ErrorKind::Rejected(rejection));
    let cases = [
        (json!({ "sid": sid, "status": "pending", "valid": false }), rejected(Rejection::WrongCode)),
        (json!({ "sid": sid, "status": "max_attempts_reached" }), rejected(Rejection::TooManyAttempts)),
        (json!({ "sid": sid, "status": "expired" }), rejected(Rejection::Expired)),
        (json!({ "sid": sid, "status": "canceled" }), rejected(Rejection::Cancelled)),
        (json!({ "sid": sid, "status": "failed" }), rejected(Rejection::Unspecified)),
        (json!({ "sid": sid, "status": "approved", "valid": false }), perhaps(ErrorKind::UnexpectedResponse)),
        (json!({ "sid": sid, "status": "Approved" }), perhaps(ErrorKind::UnexpectedResponse)),
        (json!({ "sid": sid, "valid": true }), perhaps(ErrorKind::UnexpectedResponse)),
        (json!({ "status": "approved" }), perhaps(ErrorKind::UnexpectedResponse)),
        (
            json!({ "sid": sid.replace('3', "4"), "status": "approved" }),
            perhaps(ErrorKind::UnexpectedResponse),
        ),
        (
            json!({ "sid": sid.replace('3', "4"), "status": "pending" }),
            perhaps(ErrorKind::UnexpectedResponse),
        ),
        (json!({ "sid": sid, "status": "approved", "code": 20404 }), perhaps(ErrorKind::UnexpectedResponse)),
    ];
    let mut rows = Vec::new();
    for (body, expected) in cases {
        for status in [200, 201] {
            rows.push(ErrorCase::json(Provider::Twilio, Call::Verify, status, &body, expected.clone()));
        }
    }
    check(&rows).await;
}
