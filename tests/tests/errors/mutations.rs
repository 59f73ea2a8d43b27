//! Mutated responses: nothing panics, nothing is accepted without the documented words, and an id that is there
//! arrives.

use std::panic::{AssertUnwindSafe, catch_unwind};

use otp_sandbox::Provider;
use otp_tests::errors::{Done, calls, perform};
use otp_tests::providers::subject;
use otp_tests::{Mutations, RawServer, Response};
use serde_json::Value;

/// How many responses each call meets. More are tried with `OTP_MUTATIONS=100000`.
fn count() -> usize {
    std::env::var("OTP_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

/// The id in the response to a create, where it is one that can be used.
fn id(vendor: Provider, value: &Value) -> Option<String> {
    let (pointer, is_usable) = subject(vendor).id?;
    let id = match value.pointer(pointer)? {
        Value::String(id) if !id.is_empty() => id.clone(),
        Value::Number(id) if id.is_u64() || id.is_i64() => id.to_string(),
        _ => return None,
    };
    is_usable(&id).then_some(id)
}

/// What is wrong with what came of a response.
fn judge(
    vendor: Provider,
    status: u16,
    value: Option<&Value>,
    outcome: &Result<Done, otp_facade::Error>,
) -> Option<String> {
    match outcome {
        Ok(Done::Verified(_)) => {
            let is_due =
                value.is_some_and(|value| value.is_object() && (subject(vendor).accepts)(status, value));
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
    for vendor in Provider::ALL {
        for call in calls(vendor) {
            let mutations = Mutations::of((subject(vendor).full_success)(call.operation()), 7).take(count());
            for (number, mutated) in mutations.enumerate() {
                server.respond(mutated.response.to_bytes());
                let run = || runtime.block_on(perform(vendor, call, &server.base_url()));
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
