//! The JSON bodies of Agilicus.

use agilicus_otp::types;
use otp_tests::suites::bodies::Body;
use serde_json::json;

pub(crate) fn bodies() -> Vec<Body> {
    let metadata = json!({ "id": "i", "created": "2026-02-03T04:05:06Z", "updated": "2026-02-03T04:05:06Z" });
    let challenge = json!({
        "spec": {
            "user_id": "u", "challenge_type": "sms", "challenge_types": ["sms"], "send_now": true,
            "timeout_seconds": 60, "response_uri": "https://r", "origin": "https://o",
            "challenge_endpoints": [{ "endpoint": "e", "type": "webauthn" }],
            "answer_data": { "a": null },
        },
        "metadata": metadata,
        "status": { "state": "issued", "public_challenge": "p", "code": "c" },
    });
    let action = json!({
        "challenge_action_type": "http_action", "method": "POST", "uri": "https://hooks.example.net/x",
        "body": "b", "content_type": "text/plain", "scopes": ["doors:open"],
    });
    let actions = json!({ "spec": {
        "approved_actions": [action], "declined_actions": [action],
        "actors": [{ "user_id": "u", "org_id": "o" }],
        "timeout_seconds": 60, "user_id": "u", "org_id": "o",
    } });
    let app = json!({ "spec": { "user_id": "u" }, "metadata": metadata, "status": { "state": "pending", "key": "k" } });
    let device = json!({
        "spec": {
            "user_id": "u", "relying_party_id": "r", "attestation_format": "packed",
            "attestation_conveyance": "direct", "user_verification": "required", "http_endpoint": "https://h",
        },
        "metadata": metadata,
        "status": { "challenge": "c", "credential_id": "i", "transports": ["usb"] },
    });
    let device_answer = json!({
        "user_id": "u", "credential_id": "c", "client_data": "{}", "authenticator_data": "a",
        "signature": "s", "user_handle": "h", "transports": ["usb"],
    });
    vec![
        Body::new::<types::Challenge>("Challenge", challenge)
            .refusing(vec![("/spec", json!("u")), ("/spec/user_id", json!(7))]),
        Body::new::<types::OneTimeUseActionChallenge>("OneTimeUseActionChallenge", actions)
            .refusing(vec![("/spec/approved_actions/0", json!({})), ("/spec/timeout_seconds", json!("60"))]),
        Body::new::<types::TotpEnrollment>("TotpEnrollment", app),
        Body::new::<types::TotpEnrollmentAnswer>(
            "TotpEnrollmentAnswer",
            json!({ "user_id": "u", "answer": "004217" }),
        ),
        Body::new::<types::WebauthnEnrollment>("WebauthnEnrollment", device),
        Body::new::<types::WebauthnEnrollmentAnswer>("WebauthnEnrollmentAnswer", device_answer),
    ]
}
