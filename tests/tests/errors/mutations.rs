//! Mutated responses: nothing panics, nothing is accepted without the documented words, and an id that is there
//! arrives.

use std::panic::{AssertUnwindSafe, catch_unwind};

use otp_tests::{Mutations, RawServer, Response};
use serde_json::{Value, json};

use crate::calls::{CHALLENGE, Call, Done, Vendor, perform};

/// How many responses each call meets. More are tried with `OTP_MUTATIONS=100000`.
fn count() -> usize {
    std::env::var("OTP_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

/// The documented response, with all that it may hold.
fn documented(vendor: Vendor, call: Call) -> Value {
    match (vendor, call) {
        (Vendor::Smscx, Call::Create | Call::Status) => json!({
            "otpId": CHALLENGE, "status": "PENDING", "cost": 0.075, "parts": 1, "ttl": 180, "attempts": 0,
            "maxAttempts": 4, "countryIso": "DE", "phoneNumber": "+4915112345678", "trackId": null,
            "dateCreated": "2024-03-28T10:15:30Z", "dateExpires": "2024-03-28T10:18:30Z", "otpCallbackUrl": null,
        }),
        (Vendor::Smscx, Call::Verify) => json!({ "otpId": CHALLENGE, "status": "VERIFIED" }),
        (Vendor::Agilicus, Call::Create | Call::Status) => json!({
            "metadata": { "id": CHALLENGE, "created": "2024-03-28T10:15:30Z", "updated": "2024-03-28T10:15:30Z" },
            "spec": { "user_id": "user-1", "challenge_type": "sms", "send_now": true, "timeout_seconds": 600 },
            "status": { "state": "issued" },
        }),
        (Vendor::DeutscheBank, Call::Create) => json!({
            "id": CHALLENGE, "method": "MTAN", "challenge": { "mobilePhoneNumber": "+49*****1234" },
        }),
        (Vendor::EquinixMetal, Call::Verify) => json!({ "token": "session", "user": { "id": "user-1" } }),
        _ => vendor.success(call).1.unwrap_or(json!({})),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// Whether a name is not there, or null.
fn lacks(value: &Value, name: &str) -> bool {
    value.get(name).is_none_or(Value::is_null)
}

/// Whether a response says in the documented words that the code is accepted.
fn accepts(vendor: Vendor, status: u16, value: &Value) -> bool {
    let names_it = |pointer| match value.pointer(pointer) {
        None | Some(Value::Null) => true,
        Some(named) => named == CHALLENGE,
    };
    let is_token = |(name, value): (&String, &Value)| {
        (name == "token" || name.ends_with("_token"))
            && value.as_str().is_some_and(|text| !text.trim().is_empty())
    };
    value.is_object()
        && match vendor {
            Vendor::Smscx => {
                text(value, "/status") == Some("VERIFIED") && names_it("/otpId") && lacks(value, "error")
            }
            Vendor::Agilicus => {
                text(value, "/spec/answer").is_some()
                    && names_it("/spec/challenge_id")
                    && lacks(value, "error_code")
                    && lacks(value, "error_message")
            }
            Vendor::DeutscheBank => {
                text(value, "/otp").is_some_and(|proof| !proof.trim().is_empty())
                    && lacks(value, "code")
                    && lacks(value, "message")
            }
            Vendor::EquinixMetal => {
                matches!(status, 200 | 201)
                    && value.get("error").is_none()
                    && value.get("errors").is_none()
                    && value.as_object().is_some_and(|members| members.iter().any(is_token))
            }
        }
}

/// The id in the response to a create, where it is one that can be used.
fn id(vendor: Vendor, value: &Value) -> Option<String> {
    let pointer = match vendor {
        Vendor::Smscx => "/otpId",
        Vendor::Agilicus => "/metadata/id",
        Vendor::DeutscheBank => "/id",
        Vendor::EquinixMetal => return None,
    };
    let id = match value.pointer(pointer)? {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) if id.is_u64() || id.is_i64() => id.to_string(),
        _ => return None,
    };
    let is_usable = match vendor {
        Vendor::Smscx => id == CHALLENGE,
        _ => !id.chars().any(char::is_control),
    };
    is_usable.then_some(id)
}

/// What is wrong with what came of a response.
fn judge(
    vendor: Vendor,
    status: u16,
    value: Option<&Value>,
    outcome: &Result<Done, otp_facade::Error>,
) -> Option<String> {
    match outcome {
        Ok(Done::Verified(_)) => {
            let is_due = value.is_some_and(|value| accepts(vendor, status, value));
            (value.is_some() && !is_due).then(|| "accepted without the documented words".to_owned())
        }
        Ok(Done::Created(challenge)) => {
            let due = value.and_then(|value| id(vendor, value))?;
            let found = challenge.id.parts();
            (found.last() != Some(&due)).then(|| format!("the id {due} became {found:?}"))
        }
        Err(error) => {
            let due = value
                .and_then(|value| id(vendor, value))
                .filter(|_| error.operation() == Some(otp_facade::Operation::Create));
            due.map(|due| format!("the id {due} is lost: {error}"))
        }
        Ok(Done::Else) => None,
    }
}

#[test]
fn a_mutated_response_panics_nowhere_accepts_nothing_and_loses_no_id() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = runtime.block_on(RawServer::writing(Response::empty(500).to_bytes()));
    let mut wrong = Vec::new();
    let mut accepted = 0;
    for vendor in Vendor::ALL {
        for call in vendor.calls() {
            let mutations = Mutations::of(documented(vendor, *call), 7).take(count());
            for (number, mutated) in mutations.enumerate() {
                server.respond(mutated.response.to_bytes());
                let run = || runtime.block_on(perform(vendor, *call, &server.base_url()));
                let found = match catch_unwind(AssertUnwindSafe(run)) {
                    Ok(outcome) => {
                        accepted += usize::from(matches!(outcome, Ok(Done::Verified(_))));
                        judge(vendor, mutated.status, mutated.value.as_ref(), &outcome)
                    }
                    Err(_) => Some("panicked".to_owned()),
                };
                wrong.extend(
                    found.map(|found| format!("{} {call:?} {number}: {found}: {mutated:?}", vendor.slug())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    assert!(accepted > 0, "a documented acceptance is among them");
}
