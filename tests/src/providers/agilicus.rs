//! Agilicus.

use otp_facade::{Agilicus, Operation};
use serde_json::{Value, json};

use super::{CHALLENGE, Subject, has_no_control_characters, lacks, names_challenge, text};

pub(super) const SUBJECT: Subject = Subject {
    build: build!(credential => Agilicus::builder().bearer(credential)),
    configurations: &["bearer = { env = \"CREDENTIAL\" }"],
    challenge: &["sms", "user-1", CHALLENGE],
    nobodys: Some("nobodys"),
    error: |message| json!({ "error_code": "SOMETHING_NEW", "error_message": message }),
    unknown_code: Some("SOMETHING_NEW"),
    success,
    full_success: |operation| match operation {
        Operation::Create | Operation::Status => json!({
            "metadata": { "id": CHALLENGE, "created": "2024-03-28T10:15:30Z", "updated": "2024-03-28T10:15:30Z" },
            "spec": { "user_id": "user-1", "challenge_type": "sms", "send_now": true, "timeout_seconds": 600 },
            "status": { "state": "issued" },
        }),
        Operation::Verify => success(operation).unwrap_or_default(),
        Operation::Cancel => json!({}),
    },
    accepts: |_, body| {
        text(body, "/spec/answer").is_some()
            && names_challenge(body, "/spec/challenge_id")
            && lacks(body, "error_code")
            && lacks(body, "error_message")
    },
    id: Some(("/metadata/id", has_no_control_characters)),
    attempts: 3,
    keeps_attempts: false,
    user: None,
    template: "{{pin}} is it",
    refuses_without_reason: true,
    create: || ("/v1/challenges", json!({ "spec": { "user_id": "u", "send_now": true } })),
    // 401 is not documented, and in three operations not even 400.
    is_undocumented: |operation, status| {
        let without_400 = ["replace_challenge", "create_totp_enrollment", "list_totp_enrollment"];
        status == 401 || status == 400 && without_400.contains(&operation)
    },
};

fn success(operation: Operation) -> Option<Value> {
    match operation {
        Operation::Create | Operation::Status => Some(json!({
            "metadata": { "id": CHALLENGE },
            "spec": { "user_id": "user-1" },
            "status": { "state": "issued" },
        })),
        Operation::Verify => Some(json!({ "spec": { "answer": "opaque", "challenge_id": CHALLENGE } })),
        Operation::Cancel => None,
    }
}
