//! The JSON bodies of SMSCX.

use otp_tests::suites::bodies::Body;
use serde_json::json;
use smscx_otp::types;

pub(crate) fn bodies() -> Vec<Body> {
    let full = json!({
        "phoneNumber": "+33612246400", "countryIso": "FR", "from": "InfoText", "template": "{{pin}}",
        "trackId": "bf325375-e030-fccb-a009-17317c574773", "ttl": 180, "maxAttempts": 4,
        "pinType": "numbers", "pinLength": 4, "otpCallbackUrl": "https://webhook.example",
    });
    vec![
        Body::new::<types::NewOtpRequest>("NewOtpRequest", full).refusing(vec![
            ("/countryIso", json!("FRA")),
            ("/from", json!("ab")),
            ("/from", json!("")),
            ("/trackId", json!("order-7")),
            ("/pinType", json!("emoji")),
            ("/ttl", json!("180")),
        ]),
        Body::new::<types::VerifyPinRequest>("VerifyPinRequest", json!({ "pin": "0042" }))
            .refusing(vec![("/pin", json!(42))]),
    ]
}
