//! The JSON bodies of Vonage.

use otp_tests::suites::bodies::Body;
use serde_json::json;
use vonage_otp::types;

pub(crate) fn bodies() -> Vec<Body> {
    let full = json!({
        "brand": "ACME", "locale": "es-es", "channel_timeout": 300, "client_ref": "myPersonalRef",
        "code_length": 6, "code": "e4dR1Q", "template_id": "t", "fraud_check": false,
        "workflow": [
            { "channel": "silent_auth", "to": "447700900000", "redirect_url": "https://r", "coverage_check": false,
                "mode": "advanced" },
            { "channel": "whatsapp", "to": "447700900000", "from": "14155550100", "mode": "otp_code" },
            { "channel": "email", "to": "ann@example.com", "from": "acme@example.com", "reuse_code": true },
        ],
    });
    vec![
        Body::new::<types::NewRequest>("NewRequest", full).refusing(vec![
            ("/brand", json!("a/b")),
            ("/code", json!("e4-R1Q")),
            ("/workflow/1/channel", json!("pigeon")),
            ("/workflow/1/to", json!("")),
        ]),
        Body::new::<types::CheckCodeRequest>("CheckCodeRequest", json!({ "code": "0042" }))
            .refusing(vec![("/code", json!("123"))]),
    ]
}
