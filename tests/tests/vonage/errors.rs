//! Vonage: a problem is known by its status and the fragment of its type, which may be absent.

use otp_facade::{DeclineReason, ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, WORDS};
use serde_json::{Value, json};

const INSTANCE: &str = "bf0ca0bf927b3b52e3cb03217e1a1ddf";
const NEW: &str = "https://developer.vonage.com/en/api-errors/verify-v2";
const GENERAL: &str = "https://developer.vonage.com/en/api-errors";
const OLD: &str = "https://developer.nexmo.com/api-errors";

/// A problem; without a type if `of_type` is empty.
fn body(of_type: &str) -> Value {
    let mut body = json!({ "title": WORDS, "detail": WORDS, "instance": INSTANCE });
    if !of_type.is_empty() {
        body["type"] = of_type.into();
    }
    body
}

fn row(call: Call, status: u16, of_type: &str, expected: Expected) -> ErrorCase {
    let expected = expected.request_id(INSTANCE);
    let expected = match of_type.rsplit_once('#') {
        Some((_, fragment)) => expected.code(fragment),
        None => expected,
    };
    ErrorCase::json(Provider::Vonage, call, status, &body(of_type), expected)
        .header("content-type", "application/problem+json")
}

/// What any operation may respond.
fn shared(call: Call) -> Vec<ErrorCase> {
    let unauthorized = || Expected::refused(ErrorKind::Unauthorized);
    vec![
        row(call, 401, &format!("{GENERAL}#unauthorized"), unauthorized()),
        row(call, 401, &format!("{GENERAL}#jwt-expired"), unauthorized()),
        row(call, 402, &format!("{GENERAL}/#low-balance"), Expected::declined(DeclineReason::OutOfCredit)),
        row(call, 403, &format!("{GENERAL}#forbidden"), unauthorized()),
        row(call, 500, &format!("{GENERAL}#internal-error"), Expected::perhaps(ErrorKind::Unavailable)),
    ]
}

pub(crate) fn rows() -> Vec<ErrorCase> {
    let mut rows: Vec<_> = [Call::Create, Call::Verify, Call::Cancel].into_iter().flat_map(shared).collect();
    let not_found = || Expected::refused(ErrorKind::NotFound);
    for call in [Call::Create, Call::Verify] {
        let limited = Expected::refused(ErrorKind::RateLimited);
        rows.push(row(call, 429, &format!("{GENERAL}#throttled"), limited));
    }
    for call in [Call::Verify, Call::Cancel] {
        rows.push(row(call, 404, &format!("{NEW}#request-not-found"), not_found()));
        rows.push(row(call, 404, &format!("{OLD}#not-found"), not_found()));
    }
    // The one that runs: its id is no business of the caller's.
    for of_type in [format!("{NEW}#concurrent"), String::new()] {
        rows.push(row(Call::Create, 409, &of_type, Expected::recipient_limit()));
    }
    let declined = |reason| Expected::declined(reason);
    rows.push(row(
        Call::Create,
        412,
        &format!("{NEW}#precondition-failed"),
        declined(DeclineReason::ChannelNotActive),
    ));
    let invalid = Expected::refused(ErrorKind::InvalidRequest);
    let refused = row(Call::Create, 422, &format!("{GENERAL}#invalid-params"), invalid.clone());
    rows.push(refused);
    for parameters in
        [json!([{ "name": "brand", "reason": WORDS }]), json!({ "name": "brand", "reason": WORDS })]
    {
        let mut body = body(&format!("{GENERAL}#invalid-params"));
        body["invalid_parameters"] = parameters;
        let expected = invalid.clone().code("invalid-params").request_id(INSTANCE);
        rows.push(ErrorCase::json(Provider::Vonage, Call::Create, 422, &body, expected));
    }
    for of_type in [format!("{NEW}#invalid-code"), format!("{OLD}#bad-request")] {
        let wrong = Expected::perhaps(ErrorKind::Rejected(Rejection::WrongCode));
        rows.push(row(Call::Verify, 400, &of_type, wrong));
    }
    for of_type in [format!("{NEW}#no-code"), format!("{NEW}#concurrent"), String::new()] {
        rows.push(row(Call::Verify, 409, &of_type, declined(DeclineReason::Other)));
    }
    for of_type in [format!("{NEW}#expired"), format!("{OLD}#gone")] {
        // The third wrong code may be this one.
        let over = Expected::perhaps(ErrorKind::Rejected(Rejection::TooManyAttempts));
        rows.push(row(Call::Verify, 410, &of_type, over));
    }
    rows
}
