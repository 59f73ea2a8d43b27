//! SMSCX: the life cycle of an OTP request, and the error codes.

use std::time::Duration;

use otp_sandbox::{Provider, Sandbox};
use otp_tests::sandbox::{Caller, Reply};
use otp_tests::suites::service::Call;
use serde_json::{Value, json};

pub(crate) fn error() -> Value {
    json!({ "error": { "type": "server_error", "message": "m", "uri": "u", "code": 1005 } })
}

pub(crate) fn calls() -> Vec<Call> {
    let null = Value::Null;
    vec![
        (201, "POST", "/otp", json!({ "phoneNumber": "+33612246400" })),
        (400, "POST", "/otp", json!({})),
        (200, "GET", "/otp/{id}", null.clone()),
        (404, "GET", "/otp/x", null.clone()),
        (400, "POST", "/otp/{id}", json!({ "pin": "" })),
        (404, "POST", "/otp/x", json!({ "pin": "1" })),
        (200, "POST", "/otp/{id}", json!({ "pin": "{code}" })),
        (403, "DELETE", "/otp/{id}", null.clone()),
        (404, "DELETE", "/otp/x", null.clone()),
        (201, "POST", "/otp", json!({ "phoneNumber": "+33612246400" })),
        (200, "DELETE", "/otp/{id}", null),
    ]
}

const NUMBER: &str = "+33612246400";

async fn create(caller: &Caller, body: Value) -> Reply {
    caller.call("POST", "/otp", Some(body)).await
}

async fn created(caller: &Caller, body: Value) -> String {
    let reply = create(caller, body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    format!("/otp/{}", reply.string_at("/otpId"))
}

async fn verify(caller: &Caller, path: &str, pin: &str) -> i64 {
    let reply = caller.call("POST", path, Some(json!({ "pin": pin }))).await;
    if reply.status == 200 { 0 } else { reply.code() }
}

async fn status(caller: &Caller, path: &str) -> String {
    caller.call("GET", path, None).await.string_at("/status")
}

#[tokio::test]
async fn the_right_pin_is_accepted_once() {
    let caller = Caller::new(Provider::Smscx).await;
    let path = created(&caller, json!({ "phoneNumber": NUMBER })).await;
    assert_eq!(status(&caller, &path).await, "PENDING");
    let pin = caller.message().code;
    assert_eq!(verify(&caller, &path, &pin).await, 0);
    assert_eq!(verify(&caller, &path, &pin).await, 2023);
    assert_eq!(status(&caller, &path).await, "VERIFIED");
}

#[tokio::test]
async fn wrong_pins_use_up_the_attempts() {
    let caller = Caller::new(Provider::Smscx).await;
    let path = created(&caller, json!({ "phoneNumber": NUMBER, "maxAttempts": 2 })).await;
    let message = caller.message();
    assert_eq!(verify(&caller, &path, &message.wrong_code()).await, 2029);
    assert_eq!(caller.call("GET", &path, None).await.body["attempts"], 1);
    assert_eq!(verify(&caller, &path, &message.wrong_code()).await, 2029);
    assert_eq!(status(&caller, &path).await, "FAILED");
    assert_eq!(verify(&caller, &path, &message.code).await, 2027);
    assert_eq!(verify(&caller, &path, &message.code).await, 2026);
    assert_eq!(caller.call("DELETE", &path, None).await.code(), 2031);
}

#[tokio::test]
async fn a_pin_expires_at_the_end_of_its_ttl() {
    let caller = Caller::new(Provider::Smscx).await;
    let path = created(&caller, json!({ "phoneNumber": NUMBER, "ttl": 60 })).await;
    let pin = caller.message().code;
    caller.sandbox.advance(Duration::from_secs(60));
    assert_eq!(status(&caller, &path).await, "EXPIRED");
    assert_eq!(verify(&caller, &path, &pin).await, 2028);
    assert_eq!(verify(&caller, &path, &pin).await, 2025);
    let path = created(&caller, json!({ "phoneNumber": NUMBER, "ttl": 120 })).await;
    caller.sandbox.advance(Duration::from_secs(60));
    assert_eq!(verify(&caller, &path, &caller.message().code).await, 0);
}

#[tokio::test]
async fn a_cancelled_request_accepts_no_pin() {
    let caller = Caller::new(Provider::Smscx).await;
    let path = created(&caller, json!({ "phoneNumber": NUMBER })).await;
    assert_eq!(caller.call("DELETE", &path, None).await.status, 200);
    assert_eq!(verify(&caller, &path, &caller.message().code).await, 2024);
    let again = caller.call("DELETE", &path, None).await;
    assert_eq!((again.status, again.code()), (403, 2030));
    assert_eq!(status(&caller, &path).await, "CANCELLED");
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let caller = Caller::new(Provider::Smscx).await;
    for id in ["00000000-0000-4000-8000-000000000000", "x", "6D0166AE-241D-4817-A839-3F653A091699"] {
        for (method, body) in [("GET", None), ("POST", Some(json!({ "pin": "1" }))), ("DELETE", None)] {
            let reply = caller.call(method, &format!("/otp/{id}"), body).await;
            assert_eq!((reply.status, reply.code()), (404, 2021), "{method} {id}");
        }
    }
}

#[tokio::test]
async fn every_bound_has_its_code() {
    let caller = Caller::new(Provider::Smscx).await;
    for (field, value, code) in [
        ("phoneNumber", json!(""), 2001),
        ("phoneNumber", json!(null), 2001),
        ("phoneNumber", json!("0612246400"), 2002),
        ("countryIso", json!(""), 2002),
        ("countryIso", json!("UK"), 2003),
        ("from", json!(""), 2004),
        ("from", json!("ab"), 2005),
        ("from", json!("abcdefghijklmnop"), 2005),
        ("template", json!("no placeholder"), 2006),
        ("template", json!(""), 2006),
        ("ttl", json!("300"), 2007),
        ("ttl", json!(null), 2007),
        ("ttl", json!(60.5), 2007),
        ("ttl", json!(59), 2008),
        ("ttl", json!(1801), 2009),
        ("ttl", json!(u64::MAX), 2009),
        ("maxAttempts", json!("3"), 2010),
        ("maxAttempts", json!(0), 2011),
        ("maxAttempts", json!(11), 2012),
        ("pinType", json!(""), 2013),
        ("pinType", json!("emoji"), 2014),
        ("pinLength", json!("4"), 2015),
        ("pinLength", json!(3), 2016),
        ("pinLength", json!(11), 2017),
        ("trackId", json!("no-uuid"), 2018),
        ("otpCallbackUrl", json!("no url"), 2019),
        ("phoneNumber", json!("+1"), 2020),
        ("phoneNumber", json!("+33 61224"), 2020),
        ("phoneNumber", json!("+"), 2020),
        ("phoneNumber", json!("+éééééééé"), 2020),
    ] {
        let mut body = json!({ "phoneNumber": NUMBER });
        body[field] = value;
        let reply = create(&caller, body.clone()).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{body}");
    }
    assert!(caller.sandbox.inbox().is_empty(), "a refused request sent a message");
    let path = created(&caller, json!({ "phoneNumber": NUMBER })).await;
    let no_pin = caller.call("POST", &path, Some(json!({ "pin": "" }))).await;
    assert_eq!((no_pin.status, no_pin.code()), (400, 2022));
    for body in ["", "[]", "{"] {
        let headers = [("x-api-key", "k"), ("content-type", "application/json")];
        let reply = caller.send_text("POST", "/otp", &headers, body).await;
        assert_eq!((reply.status, reply.string_at("/error/type").as_str()), (400, "invalid_body"), "{body}");
    }
}

#[tokio::test]
async fn every_option_is_honored() {
    let caller = Caller::new(Provider::Smscx).await;
    let track = "bf325375-e030-fccb-a009-17317c574773";
    let reply = create(
        &caller,
        json!({
            "phoneNumber": "0612246400", "countryIso": "FR", "from": "Sender", "template": "<{{pin}}>",
            "trackId": track,
            "ttl": 1800, "maxAttempts": 10, "pinType": "letters", "pinLength": 10,
            "otpCallbackUrl": "https://a.example/b",
        }),
    )
    .await;
    for (field, value) in [
        ("phoneNumber", json!(NUMBER)),
        ("countryIso", json!("FR")),
        ("trackId", json!(track)),
        ("ttl", json!(1800)),
        ("maxAttempts", json!(10)),
        ("otpCallbackUrl", json!("https://a.example/b")),
        ("status", json!("PENDING")),
        ("attempts", json!(0)),
        ("parts", json!(1)),
    ] {
        assert_eq!(reply.body[field], value, "{field}");
    }
    let message = caller.message();
    assert_eq!(message.text, format!("<{}>", message.code));
    assert!(message.code.len() == 10 && message.code.bytes().all(|byte| byte.is_ascii_uppercase()));
    assert_eq!((message.to.as_str(), message.challenge), (NUMBER, Some(reply.string_at("/otpId"))));
}

#[tokio::test]
async fn credit_and_coverage_can_run_out() {
    let caller = Caller::new(Provider::Smscx).await;
    caller.sandbox.set_credit(Some(0.05));
    created(&caller, json!({ "phoneNumber": NUMBER })).await;
    let reply = create(&caller, json!({ "phoneNumber": NUMBER })).await;
    assert_eq!((reply.status, reply.string_at("/error/type").as_str()), (400, "insufficient_credit"));
    caller.sandbox.set_credit(None);
    caller.sandbox.exclude_coverage("+33");
    let reply = create(&caller, json!({ "phoneNumber": NUMBER })).await;
    assert_eq!((reply.status, reply.string_at("/error/type").as_str()), (403, "no_coverage"));
    assert_eq!(caller.sandbox.inbox().len(), 1);
}

#[tokio::test]
async fn coverage_can_be_excluded_for_countries_and_international_networks() {
    let covered = async |caller: &Caller, number: &str| {
        let reply = create(caller, json!({ "phoneNumber": number })).await;
        let kind = reply.body.pointer("/error/type").and_then(serde_json::Value::as_str).unwrap_or_default();
        match (reply.status, kind) {
            (201, "") => true,
            (403, "no_coverage") => false,
            _ => panic!("{number}: {reply:?}"),
        }
    };
    for (prefix, number, other) in [
        ("+882", "+88216123456", "+88316123456"),
        ("882", "+88216123456", "+88110123456"),
        ("+870", "+870773111632", "+8881234567"),
        ("+800", "+80012345678", "+80812345678"),
        ("+979", "+979123456789", "+8781012345678"),
        ("+33", "+33612246400", "+12025550100"),
    ] {
        let caller = Caller::new(Provider::Smscx).await;
        assert!(covered(&caller, number).await, "{number}");
        caller.sandbox.exclude_coverage(prefix);
        assert!(!covered(&caller, number).await, "{prefix} {number}");
        assert!(covered(&caller, other).await, "{prefix} {other}");
    }
}

#[tokio::test]
async fn a_credential_is_needed_and_can_be_rejected() {
    let caller = Caller::new(Provider::Smscx).await;
    caller.sandbox.reject_credential("bad");
    let body = json!({ "phoneNumber": NUMBER });
    for (headers, status) in [
        (&[][..], 401),
        (&[("x-api-key", "")][..], 401),
        (&[("x-api-key", "bad")], 401),
        (&[("authorization", "Bearer bad")], 401),
        (&[("authorization", "Basic YTpi")], 401),
        (&[("x-api-key", "good")], 201),
        (&[("authorization", "Bearer good")], 201),
    ] {
        let reply = caller.send("POST", "/otp", headers, Some(body.clone())).await;
        assert_eq!(reply.status, status, "{headers:?}");
    }
    caller.sandbox.accept_credential("bad");
    assert_eq!(caller.send("POST", "/otp", &[("x-api-key", "bad")], Some(body)).await.status, 201);
}

#[tokio::test]
async fn a_token_is_issued_for_scopes_and_a_day() {
    let caller = Caller::new(Provider::Smscx).await;
    caller.sandbox.reject_credential("bad");
    let form = ("content-type", "application/x-www-form-urlencoded");
    // aWQ6c2VjcmV0 is id:secret, aWQ6YmFk is id:bad.
    for (basic, body, status, kind) in [
        ("Basic aWQ6YmFk", "grant_type=client_credentials", 401, "invalid_client"),
        // `id:%62ad`: the secret is form-encoded.
        ("Basic aWQ6JTYyYWQ=", "grant_type=client_credentials", 401, "invalid_client"),
        ("", "grant_type=client_credentials", 401, "invalid_client"),
        ("Basic aWQ6c2VjcmV0", "", 400, "invalid_request"),
        ("Basic aWQ6c2VjcmV0", "grant_type=password", 400, "unsupported_grant_type"),
        ("Basic aWQ6c2VjcmV0", "grant_type=client_credentials&scope=%2F", 400, "invalid_scope"),
    ] {
        let reply = caller.send_text("POST", "/oauth/token", &[("authorization", basic), form], body).await;
        assert_eq!((reply.status, reply.string_at("/error/type").as_str()), (status, kind));
    }
    let token = async |body: &str| {
        let headers = [("authorization", "Basic aWQ6c2VjcmV0"), form];
        let reply = caller.send_text("POST", "/oauth/token", &headers, body).await;
        assert_eq!((reply.status, &reply.body["expires_in"]), (200, &json!(86400)));
        format!("Bearer {}", reply.string_at("/access_token"))
    };
    let use_it = async |bearer: &str| {
        let body = Some(json!({ "phoneNumber": NUMBER }));
        caller.send("POST", "/otp", &[("authorization", bearer)], body).await.status
    };
    let bearer = token("grant_type=client_credentials").await;
    assert_eq!(use_it(&bearer).await, 201);
    assert_eq!(use_it(&token("grant_type=client_credentials&scope=sms").await).await, 403);
    caller.sandbox.advance(Duration::from_secs(86_400));
    assert_eq!(use_it(&bearer).await, 401);
}

#[tokio::test]
async fn the_rate_limit_is_reported_and_enforced() {
    let sandbox = Sandbox::builder().rate_limit(Some(2)).start().await.unwrap();
    let caller = Caller::with(sandbox, Provider::Smscx);
    for remaining in ["1", "0"] {
        let reply = create(&caller, json!({ "phoneNumber": NUMBER })).await;
        assert_eq!(reply.header("x-rate-limit-remaining"), Some(remaining));
    }
    let reply = create(&caller, json!({ "phoneNumber": NUMBER })).await;
    assert_eq!((reply.status, reply.string_at("/error/type").as_str()), (429, "rate_limit"));
    assert_eq!((reply.header("x-rate-limit-limit"), reply.header("retry-after")), (Some("2"), None));
    caller.sandbox.advance(Duration::from_secs(60));
    assert_eq!(create(&caller, json!({ "phoneNumber": NUMBER })).await.status, 201);
}

#[tokio::test]
async fn unknown_methods_and_paths_are_errors() {
    let caller = Caller::new(Provider::Smscx).await;
    for (method, path, status, kind) in [
        ("GET", "/otp", 405, "invalid_method"),
        ("PUT", "/otp/x", 405, "invalid_method"),
        ("GET", "/oauth/token", 405, "invalid_method"),
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/otp/", 404, "not_found"),
    ] {
        let reply = caller.call(method, path, None).await;
        assert_eq!(
            (reply.status, reply.string_at("/error/type").as_str()),
            (status, kind),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_client_is_accepted_however_its_id_and_secret_are_encoded() {
    let caller = Caller::new(Provider::Smscx).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    // `app:p+w/x%` unencoded and form-encoded, and `app:\u{e9}` in UTF-8 and in Latin-1, as Python sends it.
    for (secret, spellings) in
        [("p+w/x%", ["YXBwOnArdy94JQ==", "YXBwOnAlMkJ3JTJGeCUyNQ=="]), ("\u{e9}", ["YXBwOsOp", "YXBwOuk="])]
    {
        for expected in [200, 401] {
            for spelling in spellings {
                let headers = [("authorization", &*format!("Basic {spelling}")), form];
                let reply =
                    caller.send_text("POST", "/oauth/token", &headers, "grant_type=client_credentials").await;
                assert_eq!(reply.status, expected, "{secret} as {spelling}");
            }
            caller.sandbox.reject_credential(secret);
        }
    }
}
