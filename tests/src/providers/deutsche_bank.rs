//! Deutsche Bank.

use otp_facade::{DeutscheBank, Operation};
use serde_json::{Value, json};

use super::{CHALLENGE, Subject, has_no_control_characters, lacks, text};

pub(super) const SUBJECT: Subject = Subject {
    build: build!(credential => DeutscheBank::builder().bearer(credential)),
    configurations: &["bearer = { env = \"CREDENTIAL\" }"],
    challenge: &[CHALLENGE],
    nobodys: Some("nobodys"),
    error: |message| json!({ "code": 9999, "message": message }),
    unknown_code: Some("9999"),
    success,
    full_success: |operation| match operation {
        Operation::Create => json!({
            "id": CHALLENGE, "method": "MTAN", "challenge": { "mobilePhoneNumber": "+49*****1234" },
        }),
        Operation::Verify | Operation::Cancel | Operation::Status => success(operation).unwrap_or_default(),
    },
    accepts: |_, body| {
        text(body, "/otp").is_some_and(|proof| !proof.trim().is_empty())
            && lacks(body, "code")
            && lacks(body, "message")
    },
    id: Some(("/id", has_no_control_characters)),
    attempts: 3,
    keeps_attempts: false,
    user: None,
    template: "{{pin}} is it",
    refuses_without_reason: false,
    create: || {
        let data = json!({ "type": "challengeRequestDataTransferPartnerLegiData" });
        (
            "/single",
            json!({ "method": "MTAN", "requestType": "TRANSFER_PARTNER_LEGI_DATA", "requestData": data }),
        )
    },
    is_undocumented: |_, _| false,
};

fn success(operation: Operation) -> Option<Value> {
    match operation {
        Operation::Create => Some(json!({ "id": CHALLENGE, "method": "MTAN", "challenge": {} })),
        Operation::Verify => Some(json!({ "otp": "proof" })),
        Operation::Cancel | Operation::Status => None,
    }
}
