//! Deutsche Bank: the code decides, with status 400.

use std::ops::RangeInclusive;

use otp_facade::{ErrorKind, Rejection};
use serde_json::{Value, json};

use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, WORDS, check};

const MESSAGE_ID: &str = "b6d1c0de-0001";

/// The codes that refuse an order.
const ORDER: [RangeInclusive<u32>; 10] = [
    601..=606,
    610..=611,
    613..=617,
    620..=624,
    633..=638,
    654..=654,
    656..=662,
    664..=666,
    701..=702,
    703..=703,
];

/// All codes, with what they mean to a challenge that starts.
fn codes() -> Vec<(u32, ErrorKind)> {
    let mut codes = vec![
        (2, ErrorKind::InvalidRequest),
        (16, ErrorKind::InvalidRequest),
        (17, ErrorKind::InvalidRequest),
        (111, ErrorKind::ProviderDeclined),
        (112, ErrorKind::InvalidRequest),
        (113, ErrorKind::NotFound),
        (114, ErrorKind::NotFound),
        (127, ErrorKind::InvalidRequest),
        (131, ErrorKind::InvalidRequest),
        (132, ErrorKind::Unsupported),
        (138, ErrorKind::Unsupported),
        (139, ErrorKind::Unsupported),
    ];
    codes.extend(ORDER.into_iter().flatten().map(|code| (code, ErrorKind::ProviderDeclined)));
    codes
}

fn row(call: Call, status: u16, code: u32, body: &Value, expected: Expected) -> ErrorCase {
    ErrorCase::json(Provider::DeutscheBank, call, status, body, expected.code(code))
}

fn of_code(call: Call, code: u32, kind: ErrorKind) -> ErrorCase {
    let expected = match (call, code) {
        // The response is wrong, and an attempt may be gone.
        (Call::Verify, 16 | 17 | 112) => Expected::perhaps(ErrorKind::Rejected(Rejection::WrongCode)),
        _ => Expected::refused(kind),
    };
    row(call, 400, code, &json!({ "code": code, "message": WORDS }), expected)
}

pub(crate) fn rows() -> Vec<ErrorCase> {
    let mut rows: Vec<_> =
        codes().into_iter().map(|(code, kind)| of_code(Call::Create, code, kind)).collect();
    for call in [Call::Create, Call::Verify, Call::SwitchMethod, Call::Methods] {
        let body = json!({ "code": 17, "message": WORDS, "messageId": MESSAGE_ID });
        let expected = match call {
            Call::Verify => Expected::perhaps(ErrorKind::Rejected(Rejection::WrongCode)),
            _ => Expected::refused(ErrorKind::InvalidRequest),
        };
        rows.push(row(call, 400, 17, &body, expected.request_id(MESSAGE_ID)));
        let body = json!({ "code": 401, "message": WORDS });
        rows.push(row(call, 401, 401, &body, Expected::refused(ErrorKind::Unauthorized)));
    }
    rows
}

/// The bank lists its codes for all operations in one table.
fn codes_elsewhere() -> Vec<ErrorCase> {
    let calls = [Call::Verify, Call::SwitchMethod, Call::Methods];
    let of_call = |call| codes().into_iter().map(move |(code, kind)| of_code(call, code, kind));
    calls.into_iter().flat_map(of_call).collect()
}

#[tokio::test]
async fn every_documented_code_means_the_same_at_every_operation() {
    check(&codes_elsewhere()).await;
}
