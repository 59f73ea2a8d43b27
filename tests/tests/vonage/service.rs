//! Vonage Verify: one request of a number at a time, whose steps have codes of their own, and three attempts.

use std::time::Duration;

use otp_sandbox::{Provider, Sandbox};
use otp_tests::sandbox::{Caller, Reply};
use otp_tests::suites::service::Call;
use serde_json::{Value, json};

const VERIFY: &str = "/v2/verify";
const NUMBER: &str = "447700900000";

fn sms(number: &str) -> Value {
    json!({ "brand": "ACME", "workflow": [{ "channel": "sms", "to": number }] })
}

pub(crate) fn error() -> Value {
    json!({ "title": "t", "type": "u#internal-error", "detail": "d", "instance": "i" })
}

pub(crate) fn calls() -> Vec<Call> {
    let null = Value::Null;
    let silent = json!({ "brand": "ACME", "workflow": [{ "channel": "silent_auth", "to": "447700900001" }] });
    let two = json!({ "brand": "ACME", "workflow": [
        { "channel": "sms", "to": "447700900002" }, { "channel": "voice", "to": "447700900002" },
    ] });
    vec![
        (202, "POST", VERIFY, sms(NUMBER)),
        (422, "POST", VERIFY, json!({})),
        (412, "POST", VERIFY, silent),
        (409, "POST", "/v2/verify/{id}/next_workflow", null.clone()),
        (400, "POST", "/v2/verify/{id}", json!({ "code": "wrong" })),
        (200, "POST", "/v2/verify/{id}", json!({ "code": "{code}" })),
        (404, "POST", "/v2/verify/{id}", json!({ "code": "1234" })),
        (404, "DELETE", "/v2/verify/{id}", null.clone()),
        (404, "POST", "/v2/verify/{id}/next_workflow", null.clone()),
        (202, "POST", VERIFY, two.clone()),
        (409, "POST", VERIFY, two),
        (200, "POST", "/v2/verify/{id}/next_workflow", null.clone()),
        (400, "POST", "/v2/verify/{id}", json!({ "code": "wrong" })),
        (400, "POST", "/v2/verify/{id}", json!({ "code": "wrong" })),
        (410, "POST", "/v2/verify/{id}", json!({ "code": "wrong" })),
        (202, "POST", VERIFY, sms("447700900003")),
        (204, "DELETE", "/v2/verify/{id}", null),
    ]
}

async fn created(caller: &Caller, body: Value) -> String {
    let reply = caller.call("POST", VERIFY, Some(body)).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    format!("{VERIFY}/{}", reply.string_at("/request_id"))
}

async fn check(caller: &Caller, path: &str, code: &str) -> (u16, String) {
    outcome(&caller.call("POST", path, Some(json!({ "code": code }))).await)
}

/// The HTTP status, and the request's status or the fragment of the problem's type.
fn outcome(reply: &Reply) -> (u16, String) {
    let word = match reply.status {
        200 if reply.body.is_object() => reply.string_at("/status"),
        200..=299 => String::new(),
        _ => reply.string_at("/type").rsplit_once('#').unwrap().1.to_owned(),
    };
    (reply.status, word)
}

fn gone() -> (u16, String) {
    (404, "request-not-found".into())
}

#[tokio::test]
async fn the_right_code_is_accepted_once_and_the_request_is_gone() {
    let caller = Caller::new(Provider::Vonage).await;
    let path = created(&caller, sms(NUMBER)).await;
    let code = caller.message().code;
    assert_eq!(code.len(), 4);
    assert_eq!(check(&caller, &path, &code).await, (200, "completed".into()));
    assert_eq!(check(&caller, &path, &code).await, gone());
    assert_eq!(outcome(&caller.call("DELETE", &path, None).await), gone());
    created(&caller, sms(NUMBER)).await;
}

#[tokio::test]
async fn the_third_wrong_code_ends_the_request() {
    let caller = Caller::new(Provider::Vonage).await;
    let path = created(&caller, sms(NUMBER)).await;
    let message = caller.message();
    for _ in 0..2 {
        assert_eq!(check(&caller, &path, &message.wrong_code()).await, (400, "invalid-code".into()));
    }
    assert_eq!(check(&caller, &path, &message.wrong_code()).await, (410, "expired".into()));
    assert_eq!(check(&caller, &path, &message.code).await, gone());
    created(&caller, sms(NUMBER)).await;
}

#[tokio::test]
async fn a_second_request_to_a_number_is_refused_until_the_first_is_over() {
    let caller = Caller::new(Provider::Vonage).await;
    let path = created(&caller, sms(NUMBER)).await;
    let refused = async || caller.call("POST", VERIFY, Some(sms(NUMBER))).await;
    let reply = refused().await;
    assert_eq!(outcome(&reply), (409, "concurrent".into()));
    assert_eq!(format!("{VERIFY}/{}", reply.string_at("/request_id")), path);
    created(&caller, sms("447700900001")).await;
    assert_eq!(caller.call("DELETE", &path, None).await.status, 204);
    assert_eq!(refused().await.status, 409, "a cancel frees the number after a while");
    caller.sandbox.advance(Duration::from_secs(12));
    created(&caller, sms(NUMBER)).await;
    caller.sandbox.advance(Duration::from_secs(180));
    created(&caller, sms(NUMBER)).await;
}

#[tokio::test]
async fn a_code_expires_with_its_step_and_a_request_with_the_last() {
    let caller = Caller::new(Provider::Vonage).await;
    let mut body = sms(NUMBER);
    body["channel_timeout"] = 60.into();
    let path = created(&caller, body.clone()).await;
    caller.sandbox.advance(Duration::from_secs(59));
    assert_eq!(check(&caller, &path, &caller.message().wrong_code()).await.0, 400);
    caller.sandbox.advance(Duration::from_secs(1));
    assert_eq!(check(&caller, &path, &caller.message().code).await, gone());

    body["workflow"] = json!([
        { "channel": "sms", "to": NUMBER }, { "channel": "voice", "to": NUMBER },
        { "channel": "email", "to": "ann@example.com", "reuse_code": true },
    ]);
    let path = created(&caller, body).await;
    let first = caller.message().code;
    caller.sandbox.advance(Duration::from_secs(60));
    // The step begins when the next call comes in, as of its time.
    assert_eq!(check(&caller, &path, &first).await.0, 400);
    let second = caller.message();
    assert_eq!(second.channel, "voice");
    caller.sandbox.advance(Duration::from_secs(60));
    assert_eq!(check(&caller, &path, &second.code).await, (200, "completed".into()), "the code is reused");
    assert_eq!(caller.message().channel, "email");
}

#[tokio::test]
async fn the_next_step_is_begun_on_demand() {
    let caller = Caller::new(Provider::Vonage).await;
    let body = json!({ "brand": "ACME", "workflow": [
        { "channel": "sms", "to": NUMBER }, { "channel": "voice", "to": NUMBER },
    ] });
    let path = created(&caller, body).await;
    let next = format!("{path}/next_workflow");
    assert_eq!(caller.call("POST", &next, None).await.status, 200);
    assert_eq!(caller.message().channel, "voice");
    assert_eq!(outcome(&caller.call("POST", &next, None).await), (409, "no-events".into()));
    assert_eq!(check(&caller, &path, &caller.message().code).await, (200, "completed".into()));
}

#[tokio::test]
async fn every_property_has_its_rule() {
    let caller = Caller::new(Provider::Vonage).await;
    let step = |name: &str, value: Value| {
        let mut step = json!({ "channel": "sms", "to": NUMBER });
        step[name] = value;
        json!([step])
    };
    for (property, value) in [
        ("brand", json!("")),
        ("brand", json!("more than 18 letters")),
        ("brand", json!("a/b")),
        ("workflow", json!([])),
        ("workflow", step("to", json!("+447700900000"))),
        ("workflow", step("channel", json!("pigeon"))),
        ("workflow", step("channel", json!("whatsapp"))),
        ("workflow", step("channel", json!("email"))),
        ("workflow", step("from", json!("twelveletters"))),
        ("workflow", step("app_hash", json!("short"))),
        ("client_ref", json!("a-b")),
        ("code", json!("123")),
        ("code_length", json!(3)),
        ("code_length", json!(11)),
        ("channel_timeout", json!(14)),
        ("channel_timeout", json!(901)),
        ("locale", json!(1)),
    ] {
        let mut body = sms(NUMBER);
        body[property] = value;
        let reply = caller.call("POST", VERIFY, Some(body.clone())).await;
        assert_eq!(reply.status, 422, "{body}");
        assert_eq!(reply.string_at("/invalid_parameters/0/name"), property, "{body}");
    }
    assert!(caller.sandbox.inbox().is_empty(), "a refused request sent a message");
}

#[tokio::test]
async fn every_option_is_honored() {
    let caller = Caller::new(Provider::Vonage).await;
    let body = json!({
        "brand": "ACME", "locale": "es-es", "channel_timeout": 300, "client_ref": "myPersonalRef", "code": "e4dR1Q",
        "template_id": "4ed3027d-8762-44a0-aa3f-c393717413a4", "fraud_check": false, "code_length": 6,
        "workflow": [{
            "channel": "sms", "to": NUMBER, "from": "Acme2Go", "app_hash": "FA+9qCX9VSu",
            "entity_id": "1101407360000017170", "content_id": "1107158078772563946", "reuse_code": false,
        }],
    });
    created(&caller, body).await;
    let message = caller.message();
    assert_eq!((message.code.as_str(), message.to.as_str()), ("e4dR1Q", NUMBER));
    for (channel, to, from) in [
        ("whatsapp", "447700900001", Some("14155550100")),
        ("rcs", "447700900002", Some("agent")),
        ("voice", "447700900003", None),
        ("email", "ann@example.com", Some("acme@example.com")),
    ] {
        let mut step = json!({ "channel": channel, "to": to });
        if let Some(from) = from {
            step["from"] = from.into();
        }
        created(&caller, json!({ "brand": "ACME", "workflow": [step], "code_length": 10 })).await;
        assert_eq!((caller.message().channel, caller.message().code.len()), (channel, 10));
    }
}

#[tokio::test]
async fn a_credential_is_needed_and_can_be_rejected() {
    let caller = Caller::new(Provider::Vonage).await;
    caller.sandbox.reject_credential("bad");
    // QUM6Z29vZA== is AC:good, QUM6YmFk is AC:bad.
    for (headers, status) in [
        (&[][..], 401),
        (&[("authorization", "Bearer bad")], 401),
        (&[("authorization", "Basic QUM6YmFk")], 401),
        (&[("authorization", "Bearer good")], 202),
        (&[("authorization", "Basic QUM6Z29vZA==")], 409),
    ] {
        let reply = caller.send("POST", VERIFY, headers, Some(sms(NUMBER))).await;
        assert_eq!(reply.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn the_rate_limit_is_enforced_where_it_is_documented() {
    let sandbox = Sandbox::builder().rate_limit(Some(1)).start().await.unwrap();
    let caller = Caller::with(sandbox, Provider::Vonage);
    let path = created(&caller, sms(NUMBER)).await;
    assert_eq!(check(&caller, &path, "1234").await, (429, "throttled".into()));
    assert_eq!(caller.call("DELETE", &path, None).await.status, 204);
}

#[tokio::test]
async fn unknown_methods_and_paths_are_errors() {
    let caller = Caller::new(Provider::Vonage).await;
    for (method, path, status) in [
        ("GET", VERIFY, 405),
        ("GET", "/v2/verify/x", 405),
        ("GET", "/v2/nowhere", 404),
        ("POST", "/v2/verify/", 404),
    ] {
        let reply = caller.call(method, path, None).await;
        assert_eq!((reply.status, reply.body["title"].is_string()), (status, true), "{method} {path}");
    }
}

#[tokio::test]
async fn a_newer_code_replaces_an_older_one_of_the_same_request() {
    let caller = Caller::new(Provider::Vonage).await;
    let steps = ["sms", "voice"].map(|channel| json!({ "channel": channel, "to": NUMBER }));
    let path = created(&caller, json!({ "brand": "ACME", "workflow": steps })).await;
    caller.call("POST", &format!("{path}/next_workflow"), None).await;
    assert_eq!(caller.states().await, ["replaced", "pending"]);
}
