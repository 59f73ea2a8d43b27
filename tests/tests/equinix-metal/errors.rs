//! Equinix Metal: no codes; a refused code and an expired one come in one response.

use equinix_metal_otp::{Client, Credential};
use otp_facade::{ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, WORDS};
use otp_tests::{MockServer, Response};
use serde_json::{Value, json};

/// The API has two shapes of error.
fn body(status: u16) -> Value {
    match status {
        401 | 404 => json!({ "error": WORDS }),
        _ => json!({ "errors": [WORDS, "and more"], "href": "/metal/v1/errors/1" }),
    }
}

pub(crate) fn rows() -> Vec<ErrorCase> {
    let rejected = ErrorKind::Rejected(Rejection::Unspecified);
    let table = [
        (Call::Create, 400, Expected::refused(ErrorKind::InvalidRequest)),
        (Call::Create, 401, Expected::refused(ErrorKind::Unauthorized)),
        (Call::Create, 422, Expected::refused(ErrorKind::InvalidRequest)),
        (Call::Create, 500, Expected::perhaps(ErrorKind::Unavailable)),
        (Call::Verify, 400, Expected::perhaps(rejected)),
        // It may be about the code.
        (Call::Verify, 401, Expected::perhaps(ErrorKind::Unauthorized)),
        (Call::RecoveryCodes, 401, Expected::refused(ErrorKind::Unauthorized)),
        (Call::RecoveryCodes, 404, Expected::refused(ErrorKind::NotFound)),
        (Call::RecoveryCodes, 422, Expected::refused(ErrorKind::InvalidRequest)),
    ];
    let row = |(call, status, expected): (Call, u16, Expected)| {
        ErrorCase::json(Provider::EquinixMetal, call, status, &body(status), expected)
    };
    table.into_iter().map(row).collect()
}

/// Renewing the recovery codes is in the client only.
#[tokio::test]
async fn an_error_of_the_client_has_the_status_and_the_typed_body() {
    for status in [401, 404, 422] {
        let service = MockServer::start(&Response::json(status, &body(status))).await;
        let credential = Credential::auth_token("token");
        let client = Client::builder().credential(credential).base_url(service.base_url()).build();
        let error = client.expect("valid settings").regenerate_codes().send().await.expect_err("refused");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        let said = error.body().map(|body| (body.error.is_some(), body.errors.as_ref().map(Vec::len)));
        assert_eq!(said, Some(if status == 422 { (false, Some(2)) } else { (true, None) }), "{status}");
        assert!(!format!("{error} {error:?}").contains(WORDS), "{status}: {error:?}");
    }
}
