//! SMSCX: its code decides, then its type.

use std::time::Duration;

use otp_facade::{ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, WORDS, check, perform};
use otp_tests::{MockServer, Response};
use serde_json::{Value, json};

const REQUEST_ID: &str = "0b7e4c52d3";

/// What any operation may response. No code is documented for these: the type counts, whatever the code is.
const SHARED: [(u16, &str, u32, ErrorKind); 5] = [
    (401, "invalid_api_key", 1001, ErrorKind::Unauthorized),
    (403, "insufficient_scope", 1002, ErrorKind::Unauthorized),
    (405, "invalid_method", 1003, ErrorKind::UnexpectedResponse),
    (429, "rate_limit", 1004, ErrorKind::RateLimited),
    (500, "server_error", 1005, ErrorKind::Unavailable),
];

/// What verify says of the code or its challenge.
const VERIFY: [(&str, u32, ErrorKind); 8] = [
    ("invalid_param", 2022, ErrorKind::InvalidRequest),
    ("otp_verified", 2023, ErrorKind::Rejected(Rejection::AlreadyUsed)),
    ("otp_cancelled", 2024, ErrorKind::Rejected(Rejection::Cancelled)),
    ("otp_expired", 2025, ErrorKind::Rejected(Rejection::Expired)),
    ("otp_failed", 2026, ErrorKind::Rejected(Rejection::TooManyAttempts)),
    ("otp_failed", 2027, ErrorKind::Rejected(Rejection::TooManyAttempts)),
    ("otp_expired", 2028, ErrorKind::Rejected(Rejection::Expired)),
    ("invalid_pin", 2029, ErrorKind::Rejected(Rejection::WrongCode)),
];

/// Types that no operation of this API documents a response for, and the status with which they are known to come.
const TYPES: [(u16, &str, ErrorKind); 12] = [
    (400, "insufficient_credit", ErrorKind::ProviderDeclined),
    (403, "no_coverage", ErrorKind::ProviderDeclined),
    (403, "access_denied", ErrorKind::Unauthorized),
    (401, "invalid_client", ErrorKind::Unauthorized),
    (400, "invalid_scope", ErrorKind::Unauthorized),
    (400, "duplicate_id", ErrorKind::InvalidRequest),
    (400, "duplicate_value", ErrorKind::InvalidRequest),
    (400, "invalid_body", ErrorKind::InvalidRequest),
    (400, "invalid_param", ErrorKind::InvalidRequest),
    (400, "invalid_request", ErrorKind::InvalidRequest),
    (400, "unsupported_grant_type", ErrorKind::InvalidRequest),
    (404, "not_found", ErrorKind::NotFound),
];

fn body(error_type: &str, code: u32) -> Value {
    let uri = "https://sms.example.net/errors";
    json!({ "error": { "type": error_type, "message": WORDS, "uri": uri, "code": code } })
}

/// Every response carries the id of the call.
fn row(call: Call, status: u16, (error_type, code): (&str, u32), expected: Expected) -> ErrorCase {
    let expected = expected.request_id(REQUEST_ID);
    ErrorCase::json(Provider::Smscx, call, status, &body(error_type, code), expected)
        .header("x-request-id", REQUEST_ID)
}

fn shared(call: Call) -> impl Iterator<Item = ErrorCase> {
    SHARED.into_iter().map(move |(status, error_type, code, kind)| {
        let expected = match kind {
            ErrorKind::Unavailable => Expected::perhaps(kind),
            // The window opened in the past: there is nothing to wait for.
            ErrorKind::RateLimited => Expected::refused(kind).retry_after(Duration::ZERO),
            _ => Expected::refused(kind),
        };
        let row = row(call, status, (error_type, code), expected.code(format!("{error_type}:{code}")));
        if kind != ErrorKind::RateLimited {
            return row;
        }
        let row = row.header("x-rate-limit-limit", "60").header("x-rate-limit-remaining", "0");
        row.header("x-rate-limit-reset", "1664103086")
    })
}

fn invalid(call: Call, code: u32) -> ErrorCase {
    let expected = Expected::refused(ErrorKind::InvalidRequest).code(code);
    row(call, 400, ("invalid_param", code), expected)
}

fn not_found(call: Call) -> ErrorCase {
    row(call, 404, ("not_found", 2021), Expected::refused(ErrorKind::NotFound).code(2021))
}

/// All but one: a repeated cancel (2030) succeeds. The documentation lists 2001 and 2021 twice, with the operation's
/// responses and among the codes.
pub(crate) fn rows() -> Vec<ErrorCase> {
    let mut rows = Vec::new();
    let again = |mut row: ErrorCase| {
        row.name += ", among the codes";
        row
    };
    for call in [Call::Create, Call::Verify, Call::Cancel, Call::Status] {
        rows.extend(shared(call));
        if call != Call::Status {
            rows.push(invalid(call, 2001));
        }
        if call != Call::Create {
            rows.extend([not_found(call), again(not_found(call))]);
        }
    }
    rows.extend((2001..=2020).map(|code| again(invalid(Call::Create, code))));
    for (error_type, code, kind) in VERIFY {
        // Only a wrong code costs an attempt: what else there is comes before the comparison.
        let expected = if code == 2029 { Expected::perhaps(kind) } else { Expected::refused(kind) };
        rows.push(row(Call::Verify, 400, (error_type, code), expected.code(code)));
    }
    rows.push(row(
        Call::Cancel,
        403,
        ("access_denied", 2031),
        Expected::refused(ErrorKind::ProviderDeclined).code(2031),
    ));
    rows
}

/// The response of cancel where the challenge is cancelled already.
fn cancelled_before() -> Response {
    Response::json(403, &body("access_denied", 2030))
}

/// Reading the details is the same operation as the status.
fn details() -> Vec<ErrorCase> {
    shared(Call::Details).chain([not_found(Call::Details)]).collect()
}

/// Types without a documented code: the vendor code says both.
fn types() -> Vec<ErrorCase> {
    let of_type = |(status, error_type, kind): (u16, &str, ErrorKind)| {
        // To a create, a 404 is not documented, and there is no challenge that could be unknown.
        let call = if status == 404 { Call::Status } else { Call::Create };
        row(call, status, (error_type, 1000), Expected::refused(kind).code(format!("{error_type}:1000")))
    };
    // The credential is fine: a template is not approved, or a channel is not active.
    let declined = [1132, 1133, 1606, 1608].map(|code| {
        let expected = Expected::refused(ErrorKind::ProviderDeclined).code(format!("access_denied:{code}"));
        row(Call::Create, 403, ("access_denied", code), expected)
    });
    TYPES.into_iter().map(of_type).chain(declined).collect()
}

#[tokio::test]
async fn a_repeated_cancel_is_a_success() {
    let service = MockServer::start(&cancelled_before()).await;
    let repeated = perform(Provider::Smscx, Call::Cancel, &service.base_url()).await;
    assert!(repeated.is_ok(), "what is cancelled is what the caller wants: {repeated:?}");
}

#[tokio::test]
async fn details_fail_as_the_status() {
    check(&details()).await;
}

#[tokio::test]
async fn every_type_has_its_kind() {
    check(&types()).await;
}
