//! The five operations on authenticator apps: request and response of each.

use agilicus_otp::types;
use serde_json::{Value, json};

use super::{Form, Operation, metadata, metadata_body};

pub(super) fn operations() -> Vec<Operation> {
    let one = "/v1/challenge_enrollment/totp/totp-6Yh1";
    vec![
        Operation {
            name: "list_totp_enrollment",
            method: "GET",
            path: "/v1/challenge_enrollment/totp",
            with_credential: true,
            success: 200,
            errors: &[],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.list_totp_enrollment()),
                    query: &[],
                    body: None,
                    answer: json!({ "limit": 1 }),
                },
                Form {
                    name: "full",
                    call: call!(client => client.list_totp_enrollment().limit(500).user_id("usr-7Kd2")),
                    query: &[("limit", "500"), ("user_id", "usr-7Kd2")],
                    body: None,
                    answer: json!({
                        "limit": 500,
                        "totp": [answered(), { "spec": { "user_id": "usr-8Lf3" } }],
                    }),
                },
            ],
        },
        Operation {
            name: "create_totp_enrollment",
            method: "POST",
            path: "/v1/challenge_enrollment/totp",
            with_credential: true,
            success: 201,
            errors: &[],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.create_totp_enrollment().body(
                        types::TotpEnrollment::builder()
                            .spec(types::TotpEnrollmentSpec::builder().user_id("usr-7Kd2")),
                    )),
                    query: &[],
                    body: Some(json!({ "spec": { "user_id": "usr-7Kd2" } })),
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client.create_totp_enrollment().body(
                        types::TotpEnrollment::builder()
                            .spec(types::TotpEnrollmentSpec::builder().user_id("ø \"2\""))
                            .metadata(metadata("totp-0Aa1"))
                            .status(types::TotpEnrollmentStatus::try_from(types::TotpEnrollmentStatus::builder().state(Some(types::TotpEnrollmentState::Success)).key("MZXW6YTB")).unwrap()),
                    )),
                    query: &[],
                    body: Some(json!({
                        "spec": { "user_id": "ø \"2\"" },
                        "metadata": metadata_body("totp-0Aa1"),
                        "status": { "state": "success", "key": "MZXW6YTB" },
                    })),
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "get_totp_enrollment",
            method: "GET",
            path: one,
            with_credential: true,
            success: 200,
            errors: &[404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.get_totp_enrollment().totp_id("totp-6Yh1")),
                    query: &[],
                    body: None,
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .get_totp_enrollment()
                        .totp_id("totp-6Yh1")
                        .user_id("usr-7Kd2")),
                    query: &[("user_id", "usr-7Kd2")],
                    body: None,
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "update_totp_enrollment",
            method: "POST",
            path: one,
            with_credential: true,
            success: 200,
            errors: &[400, 404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client
                        .update_totp_enrollment()
                        .totp_id("totp-6Yh1")
                        .body(proof())),
                    query: &[],
                    body: Some(json!({ "user_id": "usr-7Kd2", "answer": "004217" })),
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .update_totp_enrollment()
                        .totp_id("totp-6Yh1")
                        .user_id("usr-7Kd2")
                        .body(proof())),
                    query: &[("user_id", "usr-7Kd2")],
                    body: Some(json!({ "user_id": "usr-7Kd2", "answer": "004217" })),
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "delete_totp_enrollment",
            method: "DELETE",
            path: one,
            with_credential: true,
            success: 204,
            errors: &[404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.delete_totp_enrollment().totp_id("totp-6Yh1")),
                    query: &[],
                    body: None,
                    answer: Value::Null,
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .delete_totp_enrollment()
                        .totp_id("totp-6Yh1")
                        .user_id("usr-7Kd2")),
                    query: &[("user_id", "usr-7Kd2")],
                    body: None,
                    answer: Value::Null,
                },
            ],
        },
    ]
}

fn answered() -> Value {
    json!({
        "metadata": metadata_body("totp-6Yh1"),
        "spec": { "user_id": "usr-7Kd2" },
        "status": { "state": "pending", "key": "MZXW6YTBOI" },
    })
}

pub(super) fn proof() -> types::builder::TotpEnrollmentAnswer {
    types::TotpEnrollmentAnswer::builder().user_id("usr-7Kd2").answer("004217")
}
