//! The four operations: request and response of each.

use deutsche_bank_otp::types;
use serde_json::{Value, json};

use super::{Form, Operation, starts};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            name: "get_challenge_methods_v2",
            method: "GET",
            path: "/",
            success: 200,
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.get_challenge_methods_v2()),
                    correlation_id: None,
                    body: None,
                    response: json!({
                        "methods": [
                            {
                                "method": "MTAN",
                                "status": "ACTIVE",
                                "metadata": { "mobilePhoneNumber": "+49****8876" },
                            },
                            { "method": "PHOTOTAN", "status": "INACTIVE", "metadata": { "activeDevicesCount": 3 } },
                            { "method": "PUSHTAN", "status": "TEMPORARILY_LOCKED" },
                        ],
                    }),
                },
                Form {
                    name: "full",
                    call: call!(client => client.get_challenge_methods_v2().correlation_id("call-7")),
                    correlation_id: Some("call-7"),
                    body: None,
                    response: json!({
                        "methods": [
                            { "method": "MTAN", "status": "ACTIVE" },
                            { "method": "MTAN", "status": "INACTIVE" },
                            { "method": "MTAN", "status": "DEACTIVATED" },
                            { "method": "MTAN", "status": "DEVICE_STATUS_ACTIVATING" },
                            { "method": "MTAN", "status": "PERMANENTLY_LOCKED" },
                            { "method": "MTAN", "status": "TEMPORARILY_LOCKED" },
                            { "method": "MTAN", "status": "UNKNOWN" },
                        ],
                    }),
                },
            ],
        },
        Operation {
            name: "create_challenge_v2",
            method: "POST",
            path: "/single",
            success: 201,
            forms: starts::forms(),
        },
        Operation {
            name: "verify_challenge_v2",
            method: "PATCH",
            path: "/single/5d0f7c2e-77aa-4b1c-9d3e-0c6a5b4e3f21",
            success: 200,
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.verify_challenge_v2().id(ID).body(response())),
                    correlation_id: None,
                    body: Some(json!({ "response": "000371" })),
                    response: json!({ "otp": "cHJvb2Ygd2l0aCDDuA==" }),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .verify_challenge_v2()
                        .id(ID)
                        .correlation_id("call-8")
                        .body(response())),
                    correlation_id: Some("call-8"),
                    body: Some(json!({ "response": "000371" })),
                    response: json!({ "otp": "cHJvb2Ygd2l0aCDDuA==" }),
                },
            ],
        },
        Operation {
            name: "switch_method_v2",
            method: "PATCH",
            path: "/single/5d0f7c2e-77aa-4b1c-9d3e-0c6a5b4e3f21/switchMethod",
            success: 200,
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.switch_method_v2().id(ID).body(
                        types::ChallengeRequestSwitchMethod::try_from(types::ChallengeRequestSwitchMethod::builder().method(types::ChallengeMethodType::Phototan)).unwrap(),
                    )),
                    correlation_id: None,
                    body: Some(json!({ "method": "PHOTOTAN" })),
                    response: shown(),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                    .switch_method_v2()
                    .id(ID)
                    .correlation_id("call-9")
                    .body(types::ChallengeRequestSwitchMethod::try_from(types::ChallengeRequestSwitchMethod::builder().method(types::ChallengeMethodType::Pushtan)).unwrap())),
                    correlation_id: Some("call-9"),
                    body: Some(json!({ "method": "PUSHTAN" })),
                    response: json!({ "id": "push-31", "method": "PUSHTAN", "challenge": {} }),
                },
            ],
        },
    ]
}

pub(super) const ID: &str = "5d0f7c2e-77aa-4b1c-9d3e-0c6a5b4e3f21";

pub(super) fn response() -> types::builder::ChallengeResponse {
    types::ChallengeResponse::builder().response("000371")
}

/// A challenge by text message.
pub(super) fn sent() -> Value {
    json!({ "id": ID, "method": "MTAN", "challenge": { "mobilePhoneNumber": "+49****8876" } })
}

/// A challenge by image.
pub(super) fn shown() -> Value {
    json!({ "id": "photo 31/a", "method": "PHOTOTAN", "challenge": { "imageBase64": "iVBORw0KGgo=" } })
}
