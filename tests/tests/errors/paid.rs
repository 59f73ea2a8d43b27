//! A paid create is not lost: the id arrives, and an error keeps its kind, however odd the rest of the response is.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use otp_facade::{ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, Done, ErrorCase, Expected, check, perform};
use otp_tests::providers::CHALLENGE;
use otp_tests::{MockServer, Response};
use serde_json::{Value, json};

async fn created(vendor: Provider, response: &Response) -> Result<Vec<String>, String> {
    let service = MockServer::start(response).await;
    match perform(vendor, Call::Create, &service.base_url()).await {
        Ok(Done::Created(challenge)) => Ok(challenge.id.parts()),
        other => Err(format!("{other:?}")),
    }
}

/// The response to a create with one property changed.
fn variations() -> Vec<(Provider, Value)> {
    let smscx = |name: &str, value: Value| {
        let mut body =
            json!({ "otpId": CHALLENGE, "status": "PENDING", "cost": 0.075, "parts": 1, "ttl": 180 });
        body[name] = value;
        (Provider::Smscx, body)
    };
    let agilicus = |pointer: &str, value: Value| {
        let mut body = json!({
            "metadata": { "id": CHALLENGE, "created": "2024-03-28T10:15:30Z" },
            "spec": { "user_id": "user-1", "send_now": true, "timeout_seconds": 600 },
            "status": { "state": "issued" },
        });
        *body.pointer_mut(pointer).expect("a property") = value;
        (Provider::Agilicus, body)
    };
    let bank = |name: &str, value: Value| {
        let mut body =
            json!({ "id": CHALLENGE, "method": "MTAN", "challenge": { "mobilePhoneNumber": "*1234" } });
        body[name] = value;
        (Provider::DeutscheBank, body)
    };
    vec![
        smscx("cost", json!("0.0750")),
        smscx("cost", json!(null)),
        smscx("cost", json!({ "amount": 1 })),
        smscx("parts", json!(1.0)),
        smscx("parts", json!("1")),
        smscx("ttl", json!("180")),
        smscx("ttl", json!(u64::MAX)),
        smscx("ttl", json!(-1)),
        smscx("maxAttempts", json!("4")),
        smscx("dateCreated", json!(1_711_620_930)),
        smscx("dateExpires", json!(1_711_620_930.5)),
        smscx("dateExpires", json!(true)),
        smscx("status", json!(null)),
        smscx("status", json!(3)),
        smscx("status", json!("QUEUED")),
        smscx("phoneNumber", json!(4_915_112_345_678_u64)),
        smscx("countryIso", json!(["DE"])),
        smscx("trackId", json!(7)),
        agilicus("/metadata/created", json!(1_711_620_930)),
        agilicus("/spec/timeout_seconds", json!("600")),
        agilicus("/spec/timeout_seconds", json!(600.0)),
        agilicus("/spec/send_now", json!("true")),
        agilicus("/spec", json!(null)),
        agilicus("/spec", json!([])),
        agilicus("/status", json!("issued")),
        agilicus("/status/state", json!(1)),
        bank("method", json!(null)),
        bank("method", json!("SMSTAN")),
        bank("method", json!(3)),
        bank("challenge", json!([])),
        bank("challenge", json!({ "mobilePhoneNumber": 491_511_234 })),
    ]
}

#[tokio::test]
async fn an_odd_property_does_not_lose_the_id() {
    for (vendor, body) in variations() {
        let parts = created(vendor, &Response::json(201, &body)).await;
        assert_eq!(
            parts.as_ref().map(|parts| parts.last().map(String::as_str)),
            Ok(Some(CHALLENGE)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_id_may_be_a_number() {
    let cases = [
        (Provider::Agilicus, json!({ "metadata": { "id": 4711 } }), "4711"),
        (Provider::DeutscheBank, json!({ "id": u64::MAX, "method": "MTAN" }), "18446744073709551615"),
    ];
    for (vendor, body, id) in cases {
        let parts = created(vendor, &Response::json(201, &body)).await;
        assert_eq!(parts.map(|parts| parts.last().cloned()), Ok(Some(id.to_owned())), "{body}");
    }
}

fn compressed(coding: &str, body: &[u8]) -> Vec<u8> {
    let written = "a vector takes every byte";
    if coding == "deflate" {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).expect(written);
        return encoder.finish().expect(written);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect(written);
    encoder.finish().expect(written)
}

#[tokio::test]
async fn the_id_arrives_in_whatever_form_the_body_has() {
    let body = json!({ "otpId": CHALLENGE, "status": "PENDING", "countryIso": "DE" }).to_string();
    let json = "application/json";
    let plain = |bytes: Vec<u8>| Response::text(201, json, bytes);
    let coded =
        |coding: &str, bytes: &[u8]| plain(compressed(coding, bytes)).header("content-encoding", coding);
    let twice = compressed("gzip", &compressed("deflate", body.as_bytes()));
    let responses = [
        plain([b"\xEF\xBB\xBF", body.as_bytes()].concat()),
        coded("gzip", body.as_bytes()),
        coded("x-gzip", body.as_bytes()),
        coded("GZIP", [b"\xEF\xBB\xBF", body.as_bytes()].concat().as_slice()),
        coded("deflate", body.as_bytes()),
        plain(twice).header("content-encoding", "deflate, gzip"),
        plain(body.clone().into_bytes()).header("content-encoding", "identity"),
        // A letter in Latin-1.
        plain(
            body.replace("DE", "\u{1}")
                .into_bytes()
                .into_iter()
                .map(|b| if b == 1 { 0xE9 } else { b })
                .collect(),
        ),
        Response::text(200, "Application/JSON", body.clone()),
        Response::text(202, "application/vnd.smscx+json; charset=utf-8", body.clone()),
        Response::untyped(201, body.clone()),
    ];
    for response in responses {
        let parts = created(Provider::Smscx, &response).await;
        assert_eq!(parts, Ok(vec![CHALLENGE.to_owned()]), "{response:?}");
    }
}

#[tokio::test]
async fn what_is_compressed_is_bounded_after_decoding() {
    let large = format!(r#"{{"otpId":"{CHALLENGE}","padding":"{}"}}"#, "x".repeat(3 << 20));
    let response = Response::text(201, "application/json", compressed("gzip", large.as_bytes()));
    let row = |name: &str, response: Response| {
        ErrorCase::new(
            Provider::Smscx,
            Call::Create,
            name,
            response,
            Expected::perhaps(ErrorKind::UnexpectedResponse),
        )
    };
    check(&[
        row("a bomb", response.header("content-encoding", "gzip")),
        row("not gzip", Response::text(201, "application/json", "{}").header("content-encoding", "gzip")),
        row("unknown", Response::text(201, "application/json", "{}").header("content-encoding", "br")),
    ])
    .await;
}

/// An `Ok` with an id that no operation takes would be a message that nobody can use.
#[tokio::test]
async fn a_create_whose_id_cannot_be_used_is_unexpected_at_once() {
    let bodies = [
        (Provider::Smscx, json!({ "otpId": "", "status": "PENDING" })),
        (Provider::Smscx, json!({ "otpId": "4711", "status": "PENDING" })),
        (Provider::Smscx, json!({ "otpId": 4711 })),
        (Provider::Smscx, json!({ "otpId": null })),
        (Provider::Smscx, json!({ "otpId": [CHALLENGE] })),
        (Provider::Smscx, json!([CHALLENGE])),
        (Provider::Agilicus, json!({ "metadata": { "id": "" } })),
        (Provider::Agilicus, json!({ "metadata": { "id": ".." } })),
        (Provider::Agilicus, json!({ "metadata": { "id": "a\nb" } })),
        (Provider::Agilicus, json!({ "metadata": {} })),
        (Provider::Agilicus, json!({ "metadata": { "id": 0.5 } })),
        (Provider::DeutscheBank, json!({ "id": "", "method": "MTAN" })),
        (Provider::DeutscheBank, json!({ "id": "." })),
        (Provider::DeutscheBank, json!({ "id": "x".repeat(300) })),
        (Provider::DeutscheBank, json!({ "id": true })),
    ];
    let row = |(vendor, body): (Provider, Value)| {
        ErrorCase::json(vendor, Call::Create, 201, &body, Expected::perhaps(ErrorKind::UnexpectedResponse))
    };
    check(&bodies.map(row)).await;
}

#[tokio::test]
async fn an_odd_error_keeps_its_kind() {
    let wrong_code = |code: i32| Expected::perhaps(ErrorKind::Rejected(Rejection::WrongCode)).code(code);
    let smscx = |error: Value| json!({ "error": error });
    let rows = [
        (Provider::Smscx, smscx(json!({ "type": "invalid_pin", "code": "2029" })), wrong_code(2029)),
        (Provider::Smscx, smscx(json!({ "type": 7, "code": 2029.0 })), wrong_code(2029)),
        (
            Provider::Smscx,
            smscx(json!({ "code": 2029, "message": ["in words"], "uri": {} })),
            wrong_code(2029),
        ),
        (Provider::DeutscheBank, json!({ "code": "112", "messageId": 7 }), wrong_code(112).request_id("7")),
        (Provider::DeutscheBank, json!({ "code": 112, "message": { "de": "falsch" } }), wrong_code(112)),
        (
            Provider::Agilicus,
            json!({ "error_code": 42, "error_message": null }),
            Expected::perhaps(ErrorKind::Rejected(Rejection::Unspecified)).code(42),
        ),
    ];
    let row = |(vendor, body, expected): (Provider, Value, Expected)| {
        ErrorCase::json(vendor, Call::Verify, 400, &body, expected)
    };
    check(&rows.map(row)).await;
}

#[tokio::test]
async fn an_error_has_the_vendors_status_and_message() {
    let cases = [
        (Provider::Smscx, 400, json!({ "error": { "code": 2029, "message": "in words" } })),
        (Provider::DeutscheBank, 400, json!({ "code": 112, "message": "in words" })),
        (Provider::EquinixMetal, 400, json!({ "errors": ["in words", "and more"] })),
        (Provider::Agilicus, 400, json!({ "error_code": "X", "error_message": "in words" })),
    ];
    for (vendor, status, body) in cases {
        let service = MockServer::start(&Response::json(status, &body)).await;
        let error = perform(vendor, Call::Verify, &service.base_url()).await.expect_err("it is refused");
        assert_eq!(error.vendor_status(), Some(status), "{body}");
        assert_eq!(error.vendor_message().map(|message| message.expose()), Some("in words"), "{body}");
        assert!(!format!("{error} {error:?} {error:#?}").contains("in words"), "{error:?}");
    }
}
