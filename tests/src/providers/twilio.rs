//! Twilio.

use std::sync::atomic::{AtomicU32, Ordering};

use otp_facade::{Operation, Twilio};
use serde_json::{Value, json};

use super::{Subject, lacks, text};

/// Of the verification in the samples.
const SID: &str = "VE3f2b8c1e5a774d0e9c3b6f1d2e8a9b04";
const SERVICE: &str = "VA0123456789abcdef0123456789abcdef";
const KEY: &str = "SK0123456789abcdef0123456789abcdef";

pub(super) const SUBJECT: Subject = Subject {
    build: build!(credential => Twilio::builder().service_sid(SERVICE).api_key(KEY, credential)),
    configurations: &[
        "service_sid = \"VA0123456789abcdef0123456789abcdef\"\napi_key_sid = \"SK1\"\napi_key_secret = { env = \"CREDENTIAL\" }",
        "service_sid = \"VA0123456789abcdef0123456789abcdef\"\naccount_sid = \"AC1\"\nauth_token = { env = \"CREDENTIAL\" }",
    ],
    challenge: &[SID],
    nobodys: Some("VE00000000000000000000000000000000"),
    error: |message| json!({ "code": 99999, "message": message, "more_info": "https://www.twilio.com/docs/errors", "status": 400 }),
    unknown_code: Some("99999"),
    success,
    full_success: |operation| {
        let mut full = json!({
            "sid": SID, "service_sid": SERVICE, "account_sid": "AC0123456789abcdef0123456789abcdef",
            "to": "+4915112345678", "channel": "sms", "status": "pending", "valid": false, "amount": "€39.99", "payee": "Acme",
            "date_created": "2024-03-28T10:15:30Z", "date_updated": "2024-03-28T10:15:30Z",
        });
        let status = success(operation).unwrap_or_default();
        full["status"] = status["status"].clone();
        full["valid"] = json!(operation == Operation::Verify);
        match operation {
            Operation::Verify => full["sna_attempts_error_codes"] = json!([]),
            Operation::Create | Operation::Cancel | Operation::Status => {
                full["lookup"] = json!({ "carrier": { "mobile_country_code": "311", "type": "mobile", "name": "Carrier" } });
                full["send_code_attempts"] = json!([
                    { "time": "2024-03-28T10:15:30Z", "channel": "SMS", "attempt_sid": "VL00112233445566778899aabbccddeeff" },
                ]);
                full["sna"] = Value::Null;
                full["url"] = json!("https://verify.twilio.com/v2/Services/VA/Verifications/VE");
            }
        }
        full
    },
    accepts: |_, body| {
        text(body, "/status") == Some("approved")
            && text(body, "/sid") == Some(SID)
            && body.get("valid") != Some(&Value::Bool(false))
            && ["code", "message", "more_info"].iter().all(|name| lacks(body, name))
    },
    id: Some(("/sid", |id| {
        let digits = id.strip_prefix("VE").unwrap_or_default();
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })),
    attempts: 5,
    keeps_attempts: true,
    user: Some(KEY),
    template: "HJ0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    refuses_without_reason: false,
    create: create_another,
    is_undocumented: |_, _| false,
};

fn success(operation: Operation) -> Option<Value> {
    let status = match operation {
        Operation::Create | Operation::Status => "pending",
        Operation::Verify => "approved",
        Operation::Cancel => "canceled",
    };
    Some(json!({ "sid": SID, "status": status }))
}

/// Each to another number: to the same one, it would be a resend.
fn create_another() -> (&'static str, Value) {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let path = "/v2/Services/VA0123456789abcdef0123456789abcdef/Verifications";
    (path, json!({ "To": format!("+1501{number:07}"), "Channel": "sms" }))
}
