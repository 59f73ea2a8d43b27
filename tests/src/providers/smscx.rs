//! SMSCX.

use otp_facade::{Operation, Smscx};
use serde_json::{Value, json};

use super::{CHALLENGE, Subject, lacks, names_challenge, text};

pub(super) const SUBJECT: Subject = Subject {
    build: build!(credential => Smscx::builder().api_key(credential)),
    configurations: &[
        "api_key = { env = \"CREDENTIAL\" }",
        "bearer = { env = \"CREDENTIAL\" }",
        "client_id = \"id\"\nclient_secret = { env = \"CREDENTIAL\" }",
    ],
    challenge: &[CHALLENGE],
    // The form of ids is checked.
    nobodys: Some("00000000-0000-4000-8000-000000000000"),
    error: |message| json!({ "error": { "type": "something_new", "message": message, "uri": message, "code": 9999 } }),
    unknown_code: Some("something_new:9999"),
    success,
    full_success: |operation| match operation {
        Operation::Create | Operation::Status => json!({
            "otpId": CHALLENGE, "status": "PENDING", "cost": 0.075, "parts": 1, "ttl": 180, "attempts": 0,
            "maxAttempts": 4, "countryIso": "DE", "phoneNumber": "+4915112345678", "trackId": null,
            "dateCreated": "2024-03-28T10:15:30Z", "dateExpires": "2024-03-28T10:18:30Z", "otpCallbackUrl": null,
        }),
        Operation::Verify => json!({ "otpId": CHALLENGE, "status": "VERIFIED" }),
        Operation::Cancel => success(operation).unwrap_or_default(),
    },
    accepts: |_, body| {
        text(body, "/status") == Some("VERIFIED") && names_challenge(body, "/otpId") && lacks(body, "error")
    },
    id: Some(("/otpId", |id| id == CHALLENGE)),
    attempts: 3,
    keeps_attempts: false,
    user: None,
    template: "{{pin}} is it",
    refuses_without_reason: false,
    create: || ("/otp", json!({ "phoneNumber": "+33612246400", "pinLength": 10 })),
    is_undocumented: |_, _| false,
};

fn success(operation: Operation) -> Option<Value> {
    Some(match operation {
        Operation::Create | Operation::Status => json!({ "otpId": CHALLENGE, "status": "PENDING" }),
        Operation::Verify => json!({ "status": "VERIFIED" }),
        Operation::Cancel => json!({ "info": { "id": CHALLENGE } }),
    })
}
