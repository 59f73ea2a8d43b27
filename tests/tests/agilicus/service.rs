//! Agilicus: challenges of every type and one-time-use actions.

mod enrollments;

use std::time::Duration;

use otp_sandbox::Provider;
use otp_tests::sandbox::{Caller, Reply};
use otp_tests::suites::service::Call;
use serde_json::{Value, json};

pub(crate) fn error() -> Value {
    json!({ "error_code": "E", "error_message": "m" })
}

pub(crate) fn calls() -> Vec<Call> {
    let null = Value::Null;
    let user = json!({ "spec": { "user_id": "u", "send_now": true } });
    let device = json!({ "spec": { "user_id": "u", "relying_party_id": "r" } });
    let answer = json!({ "user_id": "u", "credential_id": "c", "client_data": "{}" });
    let action =
        json!({ "approved_actions": [], "declined_actions": [], "actors": [], "timeout_seconds": 1 });
    let answers = "/answers?allowed=true&challenge_type=sms&challenge_answer=";
    let path = |path: &str| &*Box::leak(path.to_owned().into_boxed_str());
    vec![
        (201, "POST", "/v1/challenges/one_time_use_actions", json!({ "spec": action })),
        (400, "POST", "/v1/challenges/one_time_use_actions", json!({})),
        (201, "POST", "/v1/challenges", user.clone()),
        (400, "POST", "/v1/challenges", json!({})),
        (200, "GET", "/v1/challenges/{id}", null.clone()),
        (404, "GET", "/v1/challenges/x", null.clone()),
        (200, "PUT", "/v1/challenges/{id}", user.clone()),
        (404, "PUT", "/v1/challenges/x", user.clone()),
        (400, "GET", path(&format!("/v1/challenges/{{id}}{answers}x")), null.clone()),
        (404, "GET", path(&format!("/v1/challenges/x{answers}x")), null.clone()),
        (200, "GET", path(&format!("/v1/challenges/{{id}}{answers}{{code}}")), null.clone()),
        (204, "DELETE", "/v1/challenges/{id}", null.clone()),
        (404, "DELETE", "/v1/challenges/x", null.clone()),
        (201, "POST", "/v1/challenge_enrollment/totp", json!({ "spec": { "user_id": "u" } })),
        (200, "GET", "/v1/challenge_enrollment/totp", null.clone()),
        (200, "GET", "/v1/challenge_enrollment/totp/{id}", null.clone()),
        (404, "GET", "/v1/challenge_enrollment/totp/x", null.clone()),
        (400, "POST", "/v1/challenge_enrollment/totp/{id}", json!({ "user_id": "u", "answer": "x" })),
        (404, "POST", "/v1/challenge_enrollment/totp/x", json!({ "user_id": "u", "answer": "x" })),
        (200, "POST", "/v1/challenge_enrollment/totp/{id}", json!({ "user_id": "u", "answer": "{code}" })),
        (204, "DELETE", "/v1/challenge_enrollment/totp/{id}", null.clone()),
        (404, "DELETE", "/v1/challenge_enrollment/totp/x", null.clone()),
        (201, "POST", "/v1/challenge_enrollment/webauthn", device),
        (400, "POST", "/v1/challenge_enrollment/webauthn", json!({})),
        (200, "GET", "/v1/challenge_enrollment/webauthn", null.clone()),
        (200, "GET", "/v1/challenge_enrollment/webauthn/{id}", null.clone()),
        (404, "GET", "/v1/challenge_enrollment/webauthn/x", null.clone()),
        (400, "POST", "/v1/challenge_enrollment/webauthn/{id}", json!({})),
        (404, "POST", "/v1/challenge_enrollment/webauthn/x", answer.clone()),
        (200, "POST", "/v1/challenge_enrollment/webauthn/{id}", answer),
        (204, "DELETE", "/v1/challenge_enrollment/webauthn/{id}", null.clone()),
        (404, "DELETE", "/v1/challenge_enrollment/webauthn/x", null),
    ]
}

const TOTP: &str = "/v1/challenge_enrollment/totp";
const WEBAUTHN: &str = "/v1/challenge_enrollment/webauthn";

async fn create(caller: &Caller, spec: Value) -> Reply {
    let mut body = json!({ "spec": { "user_id": "u-1" } });
    for (name, value) in spec.as_object().unwrap() {
        body["spec"][name] = value.clone();
    }
    caller.call("POST", "/v1/challenges", Some(body)).await
}

/// The path of a challenge that was sent.
async fn sent(caller: &Caller, challenge_type: &str) -> String {
    let endpoints = json!([{ "endpoint": "e", "type": challenge_type }]);
    let spec =
        json!({ "challenge_type": challenge_type, "send_now": true, "challenge_endpoints": endpoints });
    let reply = create(caller, spec).await;
    assert_eq!((reply.status, reply.string_at("/status/state").as_str()), (201, "issued"));
    format!("/v1/challenges/{}", reply.string_at("/metadata/id"))
}

async fn answer(caller: &Caller, path: &str, challenge_type: &str, code: &str) -> u16 {
    let query =
        format!("challenge_answer={code}&allowed=true&challenge_type={challenge_type}&challenge_uid=u-1");
    caller.send("GET", &format!("{path}/answers?{query}"), &[], None).await.status
}

async fn state(caller: &Caller, path: &str) -> String {
    caller.send("GET", path, &[], None).await.string_at("/status/state")
}

#[tokio::test]
async fn the_right_answer_is_accepted_once() {
    let caller = Caller::new(Provider::Agilicus).await;
    for challenge_type in ["sms", "totp", "code", "web_push", "webauthn", "one_time_use_action"] {
        let path = sent(&caller, challenge_type).await;
        let message = caller.message();
        assert_eq!(
            answer(&caller, &path, challenge_type, &message.wrong_code()).await,
            400,
            "{challenge_type}"
        );
        assert_eq!(answer(&caller, &path, "other", &message.code).await, 400, "another type");
        assert_eq!(answer(&caller, &path, challenge_type, &message.code).await, 200, "{challenge_type}");
        assert_eq!(state(&caller, &path).await, "challenge_passed");
        assert_eq!(
            answer(&caller, &path, challenge_type, &message.code).await,
            400,
            "{challenge_type} twice"
        );
    }
}

#[tokio::test]
async fn wrong_answers_use_up_the_attempts() {
    let caller = Caller::new(Provider::Agilicus).await;
    let path = sent(&caller, "sms").await;
    let message = caller.message();
    for _ in 0..3 {
        assert_eq!(answer(&caller, &path, "sms", &message.wrong_code()).await, 400);
    }
    assert_eq!(answer(&caller, &path, "sms", &message.code).await, 400);
    assert_eq!(state(&caller, &path).await, "challenge_failed");
}

#[tokio::test]
async fn a_challenge_times_out() {
    let caller = Caller::new(Provider::Agilicus).await;
    for (timeout, spec) in [(600, json!({})), (200, json!({ "timeout_seconds": 200 }))] {
        let mut spec = spec;
        spec["send_now"] = json!(true);
        let path = format!("/v1/challenges/{}", create(&caller, spec).await.string_at("/metadata/id"));
        // The system clock goes on meanwhile. The margin of a minute is for slow machines.
        caller.sandbox.advance(Duration::from_secs(timeout - 60));
        assert_eq!(state(&caller, &path).await, "issued");
        caller.sandbox.advance(Duration::from_secs(60));
        assert_eq!(state(&caller, &path).await, "timed_out");
        assert_eq!(answer(&caller, &path, "sms", &caller.message().code).await, 400);
    }
}

#[tokio::test]
async fn a_deleted_challenge_is_gone() {
    let caller = Caller::new(Provider::Agilicus).await;
    let path = sent(&caller, "sms").await;
    assert_eq!(caller.send("DELETE", &path, &[], None).await.status, 204);
    assert_eq!(caller.send("DELETE", &path, &[], None).await.status, 404);
    assert_eq!(caller.send("GET", &path, &[], None).await.status, 404);
    assert_eq!(caller.send("PUT", &path, &[], Some(json!({ "spec": { "user_id": "u" } }))).await.status, 404);
    assert_eq!(answer(&caller, &path, "sms", &caller.message().code).await, 404);
}

#[tokio::test]
async fn nothing_is_sent_unless_it_is_asked_for() {
    let caller = Caller::new(Provider::Agilicus).await;
    let reply = create(&caller, json!({ "challenge_type": "sms" })).await;
    assert_eq!(reply.string_at("/status/state"), "pending");
    assert!(caller.sandbox.inbox().is_empty());
    let path = format!("/v1/challenges/{}", reply.string_at("/metadata/id"));
    assert_eq!(answer(&caller, &path, "sms", "123456").await, 400);
    let body = json!({ "spec": { "user_id": "u-1", "challenge_type": "sms", "send_now": true } });
    let reply = caller.send("PUT", &path, &[], Some(body)).await;
    assert_eq!((reply.status, reply.string_at("/status/state").as_str()), (200, "issued"));
    assert_eq!(answer(&caller, &path, "sms", &caller.message().code).await, 200);
}

#[tokio::test]
async fn a_finished_challenge_is_not_brought_back_by_replacing_it() {
    let caller = Caller::new(Provider::Agilicus).await;
    let path = sent(&caller, "sms").await;
    assert!(caller.sandbox.decline(path.rsplit('/').next().unwrap()));
    caller.sandbox.clear_inbox();
    let body = json!({ "spec": { "user_id": "u-1", "challenge_type": "sms", "send_now": true } });
    let reply = caller.send("PUT", &path, &[], Some(body)).await;
    assert_eq!(reply.string_at("/status/state"), "challenge_declined");
    assert!(caller.sandbox.inbox().is_empty());
}

#[tokio::test]
async fn a_code_is_shown_at_creation_only() {
    let caller = Caller::new(Provider::Agilicus).await;
    let reply = create(&caller, json!({ "challenge_type": "code" })).await;
    let code = reply.string_at("/status/code");
    let path = format!("/v1/challenges/{}", reply.string_at("/metadata/id"));
    let read = caller.send("GET", &path, &[], None).await;
    assert!(!read.text.contains(&code), "{read:?}");
    assert_eq!(answer(&caller, &path, "code", &code).await, 200, "it needs no sending");
}

#[tokio::test]
async fn another_device_can_approve_decline_or_be_unreachable() {
    let caller = Caller::new(Provider::Agilicus).await;
    for (settle, expected) in [
        (otp_sandbox::Sandbox::approve as fn(&otp_sandbox::Sandbox, &str) -> bool, "challenge_passed"),
        (otp_sandbox::Sandbox::decline, "challenge_declined"),
        (otp_sandbox::Sandbox::fail_delivery, "challenge_failed"),
    ] {
        let path = sent(&caller, "web_push").await;
        let id = path.rsplit('/').next().unwrap();
        assert!(settle(&caller.sandbox, id));
        assert!(!settle(&caller.sandbox, id), "only open challenges can be settled");
        assert_eq!(state(&caller, &path).await, expected);
        assert_eq!(answer(&caller, &path, "web_push", &caller.message().code).await, 400);
    }
    assert!(!caller.sandbox.approve("unknown"));
}

#[tokio::test]
async fn the_user_may_decline() {
    let caller = Caller::new(Provider::Agilicus).await;
    let path = sent(&caller, "web_push").await;
    let code = caller.message().code;
    let query = format!("challenge_answer={code}&allowed=false&challenge_type=web_push");
    assert_eq!(caller.send("GET", &format!("{path}/answers?{query}"), &[], None).await.status, 200);
    assert_eq!(state(&caller, &path).await, "challenge_declined");
}

#[tokio::test]
async fn answer_data_comes_back_with_the_answer_only() {
    let caller = Caller::new(Provider::Agilicus).await;
    let data = json!({ "k": "v", "n": null, "o": { "p": [1, "é"] } });
    let page = "https://login.example/mfa?x=1";
    let spec =
        json!({ "challenge_type": "sms", "send_now": true, "answer_data": data, "response_uri": page });
    let reply = create(&caller, spec).await;
    assert!(reply.body["spec"].get("answer_data").is_none());
    let message = caller.message();
    let id = reply.string_at("/metadata/id");
    let link = format!("{page}&challenge_answer={}&challenge_uid=u-1&challenge_id={id}", message.code);
    assert!(message.text.contains(&link), "{}", message.text);
    let query = format!("challenge_answer={}&allowed=true&challenge_type=sms", message.code);
    let reply = caller.send("GET", &format!("/v1/challenges/{id}/answers?{query}"), &[], None).await;
    assert_eq!((&reply.body["spec"]["answer_data"], reply.string_at("/spec/challenge_id")), (&data, id));
}

#[tokio::test]
async fn a_challenge_of_several_types_takes_any_of_them() {
    let caller = Caller::new(Provider::Agilicus).await;
    let reply = create(&caller, json!({ "challenge_types": ["totp", "sms"], "send_now": true })).await;
    let path = format!("/v1/challenges/{}", reply.string_at("/metadata/id"));
    let inbox = caller.sandbox.inbox();
    assert_eq!(inbox.iter().map(|message| message.channel).collect::<Vec<_>>(), ["sms", "app"]);
    assert_eq!(answer(&caller, &path, "totp", &inbox[1].code).await, 200);
}

#[tokio::test]
async fn an_answer_needs_its_parameters_and_the_right_user() {
    let caller = Caller::new(Provider::Agilicus).await;
    let path = sent(&caller, "sms").await;
    let code = caller.message().code;
    for query in [
        format!("challenge_answer={code}&allowed=true"),
        format!("challenge_answer={code}&challenge_type=sms"),
        "allowed=true&challenge_type=sms".to_owned(),
        format!("challenge_answer={code}&allowed=yes&challenge_type=sms"),
        format!("challenge_answer={code}&allowed=true&challenge_type=sms&challenge_uid=u-2"),
    ] {
        assert_eq!(
            caller.send("GET", &format!("{path}/answers?{query}"), &[], None).await.status,
            400,
            "{query}"
        );
    }
    assert_eq!(answer(&caller, &path, "sms", &code).await, 200);
}

#[tokio::test]
async fn invalid_challenges_are_errors() {
    let caller = Caller::new(Provider::Agilicus).await;
    for spec in [
        json!({ "user_id": 7 }),
        json!({ "user_id": "" }),
        json!({ "challenge_type": "pigeon" }),
        json!({ "challenge_types": ["sms", 1] }),
        json!({ "challenge_type": "webauthn" }),
        json!({ "send_now": "yes" }),
        json!({ "timeout_seconds": 0 }),
        json!({ "timeout_seconds": 86401 }),
        json!({ "timeout_seconds": 1.5 }),
        json!({ "response_uri": 1 }),
        json!({ "origin": null }),
        json!({ "challenge_endpoints": [1] }),
        json!({ "answer_data": "text" }),
    ] {
        assert_eq!(create(&caller, spec.clone()).await.status, 400, "{spec}");
    }
    for body in [json!({}), json!([]), json!({ "spec": { "user_id": "u" }, "status": { "state": "odd" } })] {
        assert_eq!(caller.call("POST", "/v1/challenges", Some(body.clone())).await.status, 400, "{body}");
    }
    let path = sent(&caller, "sms").await;
    assert_eq!(caller.send("PUT", &path, &[], Some(json!({}))).await.status, 400);
}

#[tokio::test]
async fn one_time_use_actions_are_approved_by_a_link() {
    let caller = Caller::new(Provider::Agilicus).await;
    let action =
        json!({ "challenge_action_type": "http_action", "method": "POST", "uri": "https://a.example/b" });
    let spec = json!({
        "approved_actions": [action], "declined_actions": [], "timeout_seconds": 60,
        "actors": [{ "user_id": "a 1", "org_id": "o" }, { "user_id": "a2", "org_id": "o" }],
    });
    let path = "/v1/challenges/one_time_use_actions";
    for (link, expected) in [("approve_uri", "challenge_passed"), ("decline_uri", "challenge_declined")] {
        let reply = caller.call("POST", path, Some(json!({ "spec": spec }))).await;
        assert_eq!((reply.status, &reply.body["one_time_use_challenge"]["spec"]), (201, &spec));
        let uri = reply.string_at(&format!("/answer_details/1/{link}"));
        let link = uri.strip_prefix(&caller.sandbox.base_url(Provider::Agilicus)).unwrap();
        assert_eq!(caller.send("GET", link, &[], None).await.status, 200);
        let id = reply.string_at("/challenge/metadata/id");
        assert_eq!(state(&caller, &format!("/v1/challenges/{id}")).await, expected);
    }
    for (name, value) in [
        ("actors", json!(null)),
        ("actors", json!([{ "user_id": "a" }])),
        ("timeout_seconds", json!(0)),
        (
            "approved_actions",
            json!([{ "challenge_action_type": "http_action", "method": "GET", "uri": "ftp://x" }]),
        ),
        (
            "approved_actions",
            json!([{ "challenge_action_type": "dance", "method": "GET", "uri": "http://x" }]),
        ),
        (
            "approved_actions",
            json!([{ "challenge_action_type": "http_action", "method": "", "uri": "http://x" }]),
        ),
    ] {
        let mut spec = spec.clone();
        spec[name] = value;
        assert_eq!(caller.call("POST", path, Some(json!({ "spec": spec }))).await.status, 400, "{spec}");
    }
}

#[tokio::test]
async fn four_operations_need_no_token_and_twelve_do() {
    let caller = Caller::new(Provider::Agilicus).await;
    caller.sandbox.reject_credential("bad");
    for (method, path) in [
        ("POST", "/v1/challenges".to_owned()),
        ("POST", "/v1/challenges/one_time_use_actions".to_owned()),
        ("GET", TOTP.to_owned()),
        ("POST", TOTP.to_owned()),
        ("GET", format!("{TOTP}/x")),
        ("POST", format!("{TOTP}/x")),
        ("DELETE", format!("{TOTP}/x")),
        ("GET", WEBAUTHN.to_owned()),
        ("POST", WEBAUTHN.to_owned()),
        ("GET", format!("{WEBAUTHN}/x")),
        ("POST", format!("{WEBAUTHN}/x")),
        ("DELETE", format!("{WEBAUTHN}/x")),
    ] {
        for headers in [&[][..], &[("authorization", "Bearer bad")]] {
            assert_eq!(caller.send(method, &path, headers, None).await.status, 401, "{method} {path}");
        }
    }
    let path = sent(&caller, "sms").await;
    let code = caller.message().code;
    assert_eq!(answer(&caller, &path, "sms", &code).await, 200);
    assert_eq!(caller.send("GET", &path, &[("authorization", "Bearer bad")], None).await.status, 200);
}

#[tokio::test]
async fn unknown_methods_and_paths_are_errors() {
    let caller = Caller::new(Provider::Agilicus).await;
    for (method, path, status) in
        [("PATCH", "/v1/challenges", 405), ("POST", "/v1/challenges/x", 405), ("GET", "/v2/nowhere", 404)]
    {
        let reply = caller.call(method, path, None).await;
        assert_eq!((reply.status, reply.body["error_code"].is_string()), (status, true), "{method} {path}");
    }
}

#[tokio::test]
async fn a_boolean_of_the_query_may_be_capitalized() {
    for (allowed, state) in [
        ("true", "challenge_passed"),
        ("True", "challenge_passed"),
        ("TRUE", "challenge_passed"),
        ("false", "challenge_declined"),
        ("False", "challenge_declined"),
    ] {
        let caller = Caller::new(Provider::Agilicus).await;
        let order = json!({ "spec": { "user_id": "u", "send_now": true } });
        let id = caller.call("POST", "/v1/challenges", Some(order)).await.string_at("/metadata/id");
        let code = caller.message().code;
        let query = format!("challenge_answer={code}&allowed={allowed}&challenge_type=sms");
        let path = format!("/v1/challenges/{id}");
        assert_eq!(
            caller.call("GET", &format!("{path}/answers?{query}"), None).await.status,
            200,
            "{allowed}"
        );
        assert_eq!(caller.call("GET", &path, None).await.string_at("/status/state"), state, "{allowed}");
    }
}

#[tokio::test]
async fn a_push_can_be_answered_until_it_is() {
    for (answer, state) in [("approve", "verified"), ("decline", "declined"), ("fail", "failed")] {
        let caller = Caller::new(Provider::Agilicus).await;
        let push = json!({ "spec": { "user_id": "u", "challenge_type": "web_push", "send_now": true } });
        let id = caller.call("POST", "/v1/challenges", Some(push)).await.string_at("/metadata/id");
        let message = &caller.inbox().await[0];
        assert_eq!((&message["answerable"], message["state"].as_str()), (&json!(true), Some("pending")));
        let done = match answer {
            "approve" => caller.sandbox.approve(&id),
            "decline" => caller.sandbox.decline(&id),
            _ => caller.sandbox.fail_delivery(&id),
        };
        let message = &caller.inbox().await[0];
        assert!(done && message["answerable"] == false, "{message}");
        assert_eq!(message["state"], state);
    }
    let sms = Caller::new(Provider::Agilicus).await;
    sms.create().await;
    assert_eq!(sms.inbox().await[0]["answerable"], false, "a person types it");
}
