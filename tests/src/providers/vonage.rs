//! Vonage.

use std::sync::atomic::{AtomicU32, Ordering};

use otp_facade::{Operation, Vonage};
use serde_json::{Value, json};

use super::{CHALLENGE, Subject, lacks, text};

const USER: &str = "abcd1234";

pub(super) const SUBJECT: Subject = Subject {
    build: build!(credential => {
        let builder = Vonage::builder().brand("ACME").whatsapp_sender("14155550100").rcs_sender("agent");
        builder.api_key(USER, credential)
    }),
    configurations: &[
        "brand = \"ACME\"\napi_key = \"abcd1234\"\napi_secret = { env = \"CREDENTIAL\" }",
        "brand = \"ACME\"\napplication_id = \"78d335fa-323d-0114-9c3d-d6f0d48968cf\"\nprivate_key = { env = \"CREDENTIAL\" }",
    ],
    challenge: &[CHALLENGE],
    nobodys: Some("00000000-0000-4000-8000-000000000000"),
    error: |message| {
        json!({
            "type": "https://developer.vonage.com/en/api-errors#something-new",
            "title": message, "detail": message,
        })
    },
    unknown_code: Some("something-new"),
    success,
    full_success: |operation| match operation {
        Operation::Create => {
            json!({ "request_id": CHALLENGE, "check_url": "https://api.nexmo.com/v2/verify/silent-auth" })
        }
        Operation::Verify | Operation::Cancel | Operation::Status => success(operation).unwrap_or_default(),
    },
    accepts: |_, body| {
        text(body, "/status") == Some("completed")
            && text(body, "/request_id") == Some(CHALLENGE)
            && lacks(body, "title")
            && lacks(body, "detail")
    },
    id: Some(("/request_id", |id| id == CHALLENGE)),
    attempts: 3,
    keeps_attempts: true,
    user: Some(USER),
    template: "4ed3027d-8762-44a0-aa3f-c393717413a4",
    refuses_without_reason: false,
    create: create_another,
    is_undocumented: |_, _| false,
};

fn success(operation: Operation) -> Option<Value> {
    match operation {
        Operation::Create => Some(json!({ "request_id": CHALLENGE })),
        Operation::Verify => Some(json!({ "request_id": CHALLENGE, "status": "completed" })),
        Operation::Cancel | Operation::Status => None,
    }
}

/// Each to another number: to the same one, it would be refused.
fn create_another() -> (&'static str, Value) {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let step = json!({ "channel": "sms", "to": format!("44770{number:07}") });
    ("/v2/verify", json!({ "brand": "ACME", "workflow": [step] }))
}
