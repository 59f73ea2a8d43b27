//! Only an explicit acceptance makes a `Verified`.

use otp_facade::ErrorKind;
use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, check, perform};
use otp_tests::providers::CHALLENGE;
use otp_tests::{MockServer, Response};
use serde_json::{Value, json};

const OTHER: &str = "a17fb13d-f4ac-4d93-9439-ef41ab8de390";

/// Bodies that accept a code.
fn acceptances() -> Vec<(Provider, u16, Value)> {
    let agilicus = |spec: Value| (Provider::Agilicus, 200, json!({ "spec": spec }));
    vec![
        (Provider::EquinixMetal, 200, json!({ "token": "session" })),
        (Provider::EquinixMetal, 201, json!({ "session_token": "session", "user": {} })),
        (Provider::Smscx, 200, json!({ "status": "VERIFIED" })),
        (Provider::Smscx, 202, json!({ "status": "VERIFIED", "otpId": CHALLENGE, "error": null })),
        (
            Provider::Smscx,
            200,
            json!({ "status": "VERIFIED", "otpId": CHALLENGE.to_uppercase(), "cost": "0" }),
        ),
        (Provider::DeutscheBank, 200, json!({ "otp": "proof" })),
        (Provider::DeutscheBank, 201, json!({ "otp": "proof", "validity": [1] })),
        agilicus(json!({ "answer": "opaque", "challenge_id": CHALLENGE })),
        agilicus(json!({ "answer": "opaque", "challenge_id": null, "answer_data": 7 })),
    ]
}

/// Bodies of a success that accept nothing.
fn lookalikes() -> Vec<(Provider, u16, Value)> {
    let mut all: Vec<(Provider, u16, Value)> = Vec::new();
    let equinix = [
        json!(false),
        json!(null),
        json!(true),
        json!("token"),
        json!({}),
        json!([]),
        json!([{ "token": "session" }]),
        json!({ "success": false }),
        json!({ "success": true }),
        json!({ "errors": "otp is invalid" }),
        json!({ "error": { "message": "otp is invalid" } }),
        json!({ "token": "" }),
        json!({ "token": " " }),
        json!({ "token": 1 }),
        json!({ "token": null }),
        json!({ "token": "session", "error": "otp is invalid" }),
        json!({ "token": "session", "errors": [] }),
        json!({ "user": { "token": "session" } }),
        json!({ "tokens": "session" }),
    ];
    for status in [200, 201] {
        all.extend(equinix.iter().map(|body| (Provider::EquinixMetal, status, body.clone())));
    }
    all.push((Provider::EquinixMetal, 202, json!({ "token": "session" })));
    let smscx = [
        json!(["VERIFIED"]),
        json!([{ "status": "VERIFIED" }]),
        json!("VERIFIED"),
        json!({ "status": "verified" }),
        json!({ "status": " VERIFIED" }),
        json!({ "status": ["VERIFIED"] }),
        json!({ "status": "PENDING" }),
        json!({ "status": true }),
        json!({ "status": 1 }),
        json!({ "status": "VERIFIED", "otpId": OTHER }),
        json!({ "status": "VERIFIED", "otpId": 1 }),
        json!({ "status": "VERIFIED", "otpId": "" }),
        json!({ "status": "VERIFIED", "error": { "type": "invalid_pin", "code": 2029 } }),
        json!({ "status": "VERIFIED", "error": "invalid_pin" }),
        json!({ "status": "VERIFIED", "error": false }),
    ];
    all.extend(smscx.map(|body| (Provider::Smscx, 200, body)));
    let bank = [
        json!(["proof"]),
        json!([{ "otp": "proof" }]),
        json!({ "otp": "" }),
        json!({ "otp": " " }),
        json!({ "otp": 123_456 }),
        json!({ "otp": true }),
        json!({ "otp": ["proof"] }),
        json!({ "otp": "proof", "code": 112 }),
        json!({ "otp": "proof", "message": "wrong response" }),
    ];
    all.extend(bank.map(|body| (Provider::DeutscheBank, 200, body)));
    let agilicus = [
        json!([["opaque", CHALLENGE]]),
        json!([{ "spec": { "answer": "opaque" } }]),
        json!({ "spec": ["opaque", null, CHALLENGE] }),
        json!({ "spec": { "challenge_id": CHALLENGE } }),
        json!({ "spec": { "answer": true, "challenge_id": CHALLENGE } }),
        json!({ "spec": { "answer": 4217 } }),
        json!({ "spec": { "answer": "opaque", "challenge_id": OTHER } }),
        json!({ "spec": { "answer": "opaque", "challenge_id": 7 } }),
        json!({ "spec": { "answer": "opaque" }, "error_code": "REFUSED" }),
        json!({ "spec": { "answer": "opaque" }, "error_message": "in words" }),
    ];
    all.extend(agilicus.map(|body| (Provider::Agilicus, 200, body)));
    all
}

#[tokio::test]
async fn the_documented_words_are_an_acceptance_whatever_is_odd_beside_them() {
    for (vendor, status, body) in acceptances() {
        for media_type in ["application/json", "Application/JSON ; charset=UTF-8"] {
            let text = format!("\u{feff}{body}");
            let service = MockServer::start(&Response::text(status, media_type, text)).await;
            let done = perform(vendor, Call::Verify, &service.base_url()).await;
            assert!(done.is_ok(), "{} {status} {body}: {done:?}", vendor.slug());
        }
    }
}

#[tokio::test]
async fn what_is_not_the_documented_acceptance_is_none() {
    let rows: Vec<ErrorCase> = lookalikes()
        .into_iter()
        .map(|(vendor, status, body)| {
            let expected = Expected::perhaps(ErrorKind::UnexpectedResponse);
            ErrorCase::json(vendor, Call::Verify, status, &body, expected)
        })
        .collect();
    check(&rows).await;
}

#[tokio::test]
async fn what_is_ambiguous_or_unreadable_accepts_nothing() {
    let bodies = [
        (Provider::Smscx, r#"{"status":"PENDING","status":"VERIFIED"}"#),
        (Provider::Smscx, r#"{"status":"VERIFIED","error":{"code":2029},"error":null}"#),
        (Provider::Smscx, r#"{"status":"VERIFIED","otpId":"\ud83d"}"#),
        (Provider::Agilicus, r#"{"spec":{"answer":"a","challenge_id":"\ud83d"}}"#),
        (Provider::DeutscheBank, r#"{"otp":"one","otp":"two"}"#),
        (Provider::Agilicus, r#"{"spec":{"answer":"a","challenge_id":"x","challenge_id":null}}"#),
    ];
    let row = |(vendor, text): (Provider, &str)| {
        let answer = Response::text(200, "application/json", text);
        ErrorCase::new(vendor, Call::Verify, text, answer, Expected::perhaps(ErrorKind::UnexpectedResponse))
    };
    check(&bodies.map(row)).await;
}

/// A status, or a cancel, of another challenge says nothing about this one.
#[tokio::test]
async fn a_response_that_names_another_challenge_is_unexpected() {
    let agilicus = json!({ "metadata": { "id": OTHER }, "status": { "state": "challenge_passed" } });
    let rows = [
        (Provider::Smscx, Call::Status, json!({ "otpId": OTHER, "status": "VERIFIED" })),
        (Provider::Smscx, Call::Details, json!({ "otpId": OTHER, "status": "VERIFIED" })),
        (Provider::Smscx, Call::Cancel, json!({ "info": { "id": OTHER } })),
        (Provider::Agilicus, Call::Status, agilicus),
    ];
    let row = |(vendor, call, body): (Provider, Call, Value)| {
        ErrorCase::json(vendor, call, 200, &body, Expected::perhaps(ErrorKind::UnexpectedResponse))
    };
    check(&rows.map(row)).await;
}
