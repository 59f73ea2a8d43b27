//! Equinix Metal.

use otp_facade::{EquinixMetal, Operation};
use serde_json::{Value, json};

use super::Subject;

pub(super) const SUBJECT: Subject = Subject {
    build: build!(credential => EquinixMetal::builder().auth_token(credential)),
    configurations: &["auth_token = { env = \"CREDENTIAL\" }"],
    challenge: &[],
    nobodys: None,
    error: |message| json!({ "errors": [message] }),
    unknown_code: None,
    success: |_| None,
    full_success: |operation| match operation {
        // Not documented, and known to come.
        Operation::Verify => json!({ "token": "session", "user": { "id": "user-1" } }),
        Operation::Create | Operation::Cancel | Operation::Status => json!({}),
    },
    accepts: |status, body| {
        matches!(status, 200 | 201)
            && body.get("error").is_none()
            && body.get("errors").is_none()
            && body.as_object().is_some_and(|members| members.iter().any(is_token))
    },
    id: None,
    attempts: 3,
    keeps_attempts: false,
    user: None,
    template: "{{pin}} is it",
    refuses_without_reason: true,
    create: || ("/user/otp/sms/receive", Value::Null),
    is_undocumented: |_, _| false,
};

fn is_token((name, value): (&String, &Value)) -> bool {
    (name == "token" || name.ends_with("_token"))
        && value.as_str().is_some_and(|text| !text.trim().is_empty())
}
