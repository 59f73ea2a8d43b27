//! The five operations on WebAuthn devices: request and response of each.

use agilicus_otp::{Secret, types};
use serde_json::{Value, json};

use super::{Form, Operation, metadata, metadata_body};

pub(super) fn operations() -> Vec<Operation> {
    let one = "/v1/challenge_enrollment/webauthn/wan-2Rs5";
    vec![
        Operation {
            name: "list_webauthn_enrollments",
            method: "GET",
            path: "/v1/challenge_enrollment/webauthn",
            with_credential: true,
            success: 200,
            errors: &[],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.list_webauthn_enrollments()),
                    query: &[],
                    body: None,
                    answer: json!({ "limit": 1 }),
                },
                Form {
                    name: "full",
                    call: call!(client => client.list_webauthn_enrollments().limit(500).user_id("usr-7Kd2")),
                    query: &[("limit", "500"), ("user_id", "usr-7Kd2")],
                    body: None,
                    answer: json!({
                        "limit": 500,
                        "webauthn": [
                            answered(),
                            { "spec": { "user_id": "usr-8Lf3", "relying_party_id": "keys" } },
                        ],
                    }),
                },
            ],
        },
        Operation {
            name: "create_webauthn_enrollment",
            method: "POST",
            path: "/v1/challenge_enrollment/webauthn",
            with_credential: true,
            success: 201,
            errors: &[400],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client
                        .create_webauthn_enrollment()
                        .body(types::WebauthnEnrollment::builder().spec(minimal_spec()))),
                    query: &[],
                    body: Some(json!({
                        "spec": { "user_id": "usr-7Kd2", "relying_party_id": "keys.example.net" },
                    })),
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client.create_webauthn_enrollment().body(full())),
                    query: &[],
                    body: Some(json!({
                        "spec": {
                            "user_id": "usr-7Kd2",
                            "relying_party_id": "keys.example.net",
                            "attestation_format": "packed",
                            "attestation_conveyance": "indirect",
                            "user_verification": "discouraged",
                            "http_endpoint": "https://keys.example.net/enroll",
                        },
                        "metadata": metadata_body("wan-0Aa1"),
                        "status": {
                            "challenge": "sign-me",
                            "credential_id": "a2V5LTE=",
                            "transports": ["ble", "usb"],
                        },
                    })),
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "get_webauthn_enrollment",
            method: "GET",
            path: one,
            with_credential: true,
            success: 200,
            errors: &[404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.get_webauthn_enrollment().webauthn_id("wan-2Rs5")),
                    query: &[],
                    body: None,
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .get_webauthn_enrollment()
                        .webauthn_id("wan-2Rs5")
                        .user_id("usr-7Kd2")),
                    query: &[("user_id", "usr-7Kd2")],
                    body: None,
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "update_webauthn_enrollment",
            method: "POST",
            path: one,
            with_credential: true,
            success: 200,
            errors: &[400, 404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client
                        .update_webauthn_enrollment()
                        .webauthn_id("wan-2Rs5")
                        .body(proof())),
                    query: &[],
                    body: Some(proof_body()),
                    answer: answered(),
                },
                Form {
                    name: "an explicit empty list",
                    call: call!(client => client
                        .update_webauthn_enrollment()
                        .webauthn_id("wan-2Rs5")
                        .body(proof().transports(vec![]))),
                    query: &[],
                    body: Some(json!({
                        "user_id": "usr-7Kd2", "credential_id": "a2V5LTE=", "client_data": CLIENT_DATA, "transports": [],
                    })),
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .update_webauthn_enrollment()
                        .webauthn_id("wan-2Rs5")
                        .user_id("usr-7Kd2")
                        .body(full_proof())),
                    query: &[("user_id", "usr-7Kd2")],
                    body: Some(json!({
                        "user_id": "usr-7Kd2",
                        "credential_id": "a2V5LTE=",
                        "client_data": CLIENT_DATA,
                        "authenticator_data": "d/+=",
                        "signature": "t_-",
                        "user_handle": "handle",
                        "transports": ["internal", "nfc", "cable", "hybrid"],
                    })),
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "delete_webauthn_enrollment",
            method: "DELETE",
            path: one,
            with_credential: true,
            success: 204,
            errors: &[404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.delete_webauthn_enrollment().webauthn_id("wan-2Rs5")),
                    query: &[],
                    body: None,
                    answer: Value::Null,
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .delete_webauthn_enrollment()
                        .webauthn_id("wan-2Rs5")
                        .user_id("usr-7Kd2")),
                    query: &[("user_id", "usr-7Kd2")],
                    body: None,
                    answer: Value::Null,
                },
            ],
        },
    ]
}

/// JSON inside a JSON text: it must arrive as the same text.
const CLIENT_DATA: &str = "{\"type\":\"webauthn.create\",\"origin\":\"https://ø\"}";

fn minimal_spec() -> types::builder::WebauthnEnrollmentSpec {
    types::WebauthnEnrollmentSpec::builder().user_id("usr-7Kd2").relying_party_id("keys.example.net")
}

fn full() -> types::builder::WebauthnEnrollment {
    let spec = minimal_spec()
        .attestation_format("packed".to_owned())
        .attestation_conveyance(types::AttestationConveyance::Indirect)
        .user_verification(types::UserVerification::Discouraged)
        .http_endpoint("https://keys.example.net/enroll".to_owned());
    let transports = vec![types::AuthenticatorTransport::Ble, types::AuthenticatorTransport::Usb];
    types::WebauthnEnrollment::builder().spec(spec).metadata(metadata("wan-0Aa1")).status(
        types::WebauthnEnrollmentStatus::try_from(
            types::WebauthnEnrollmentStatus::builder()
                .challenge("sign-me")
                .credential_id("a2V5LTE=")
                .transports(Some(transports)),
        )
        .unwrap(),
    )
}

fn answered() -> Value {
    json!({
        "metadata": metadata_body("wan-2Rs5"),
        "spec": {
            "user_id": "usr-7Kd2",
            "relying_party_id": "keys.example.net",
            "attestation_format": "packed",
            "attestation_conveyance": "direct",
            "user_verification": "required",
            "http_endpoint": "https://keys.example.net/enroll",
        },
        "status": { "challenge": "sign-me", "credential_id": "a2V5LTE=", "transports": ["ble", "hybrid"] },
    })
}

pub(super) fn proof() -> types::builder::WebauthnEnrollmentAnswer {
    types::WebauthnEnrollmentAnswer::builder()
        .user_id("usr-7Kd2")
        .credential_id("a2V5LTE=")
        .client_data(CLIENT_DATA)
}

pub(super) fn proof_body() -> Value {
    json!({ "user_id": "usr-7Kd2", "credential_id": "a2V5LTE=", "client_data": CLIENT_DATA })
}

fn full_proof() -> types::builder::WebauthnEnrollmentAnswer {
    proof()
        .authenticator_data("d/+=".to_owned())
        .signature(Secret::from("t_-"))
        .user_handle("handle".to_owned())
        .transports(vec![
            types::AuthenticatorTransport::Internal,
            types::AuthenticatorTransport::Nfc,
            types::AuthenticatorTransport::Cable,
            types::AuthenticatorTransport::Hybrid,
        ])
}
