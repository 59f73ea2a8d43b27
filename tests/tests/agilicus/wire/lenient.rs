//! Lenient reading: responses that differ from the documented form and arrive all the same.

use agilicus_otp::{Timestamp, Transport, types};
use otp_tests::{MockServer, Outcome, Response};
use serde_json::{Value, json};

use super::{Operation, client, compare_all, operations};

fn operation(name: &str) -> Operation {
    operations().into_iter().find(|operation| operation.name == name).unwrap()
}

/// A name, an operation, what is answered, and what of it is delivered.
type Reading = (&'static str, &'static str, Value, Value);

async fn read_all(readings: Vec<Reading>) {
    let mut table = Vec::new();
    for (what, name, answered, read) in readings {
        let operation = operation(name);
        let answer = Response::json(operation.success, &answered);
        let outcome = Outcome::Done(operation.success, read);
        table.push(operation.row(&operation.forms[0], what, answer, outcome));
    }
    compare_all(table).await;
}

fn challenge_with(status: Value) -> Value {
    json!({ "spec": { "user_id": "usr-7Kd2" }, "status": status })
}

#[tokio::test]
async fn unknown_fields_do_not_disturb() {
    read_all(vec![
        (
            "everywhere in a challenge",
            "create_challenge",
            json!({
                "links": { "self": 1 },
                "spec": {
                    "user_id": "usr-7Kd2",
                    "mood": null,
                    "challenge_endpoints": [{ "endpoint": "phone", "battery": 0.5 }],
                },
                "metadata": { "id": "chl-4Tz8", "etag": [1, 2] },
                "status": { "state": "issued", "progress": {} },
            }),
            json!({
                "spec": { "user_id": "usr-7Kd2", "challenge_endpoints": [{ "endpoint": "phone" }] },
                "metadata": { "id": "chl-4Tz8" },
                "status": { "state": "issued" },
            }),
        ),
        (
            "in an answer",
            "get_answer",
            json!({ "spec": { "answer": "1", "score": 9 }, "metadata": {} }),
            json!({ "spec": { "answer": "1" } }),
        ),
        (
            "in a list",
            "list_totp_enrollment",
            json!({ "limit": 1, "next": "x", "totp": [{ "spec": { "user_id": "u", "x": 1 }, "x": 1 }] }),
            json!({ "limit": 1, "totp": [{ "spec": { "user_id": "u" } }] }),
        ),
        (
            "in what an actor gets",
            "create_one_time_use_action",
            json!({ "answer_details": [{ "approve_uri": "https://a", "maybe_uri": "https://m" }], "x": 1 }),
            json!({ "answer_details": [{ "approve_uri": "https://a" }] }),
        ),
    ])
    .await;
}

#[tokio::test]
async fn null_and_absent_are_the_same_for_what_is_optional() {
    let bare = || json!({ "spec": { "user_id": "usr-7Kd2" } });
    let bare_webauthn = || json!({ "spec": { "user_id": "usr-7Kd2", "relying_party_id": "keys" } });
    read_all(vec![
        (
            "a challenge",
            "get_challenge",
            json!({
                "metadata": null,
                "status": null,
                "spec": {
                    "user_id": "usr-7Kd2", "challenge_type": null, "challenge_types": null, "send_now": null,
                    "timeout_seconds": null, "response_uri": null, "origin": null,
                    "challenge_endpoints": null, "answer_data": null,
                },
            }),
            bare(),
        ),
        (
            "parts of a challenge",
            "create_challenge",
            json!({
                "metadata": { "id": null, "created": null, "updated": null },
                "status": { "state": null, "public_challenge": null, "code": null, "answered_at": null },
                "spec": { "user_id": "usr-7Kd2", "challenge_endpoints": [{ "endpoint": null, "type": null }] },
            }),
            json!({
                "metadata": {},
                "status": {},
                "spec": { "user_id": "usr-7Kd2", "challenge_endpoints": [{}] },
            }),
        ),
        (
            "an answer",
            "get_answer",
            json!({ "spec": { "answer": "1", "challenge_id": null, "answer_data": null } }),
            json!({ "spec": { "answer": "1" } }),
        ),
        (
            "what actors get",
            "create_one_time_use_action",
            json!({ "challenge": null, "one_time_use_challenge": null, "answer_details": null }),
            json!({}),
        ),
        (
            "what one actor gets",
            "create_one_time_use_action",
            json!({ "answer_details": [{ "actor": null, "approve_uri": null, "decline_uri": null }] }),
            json!({ "answer_details": [{}] }),
        ),
        ("a list", "list_totp_enrollment", json!({ "limit": null, "totp": null }), json!({})),
        ("another list", "list_webauthn_enrollments", json!({ "limit": null, "webauthn": null }), json!({})),
        ("an empty list", "list_webauthn_enrollments", json!({ "webauthn": [] }), json!({ "webauthn": [] })),
        (
            "a TOTP enrollment",
            "get_totp_enrollment",
            json!({ "metadata": null, "spec": { "user_id": "usr-7Kd2" }, "status": { "state": null, "key": null } }),
            json!({ "spec": { "user_id": "usr-7Kd2" }, "status": {} }),
        ),
        (
            "a WebAuthn enrollment",
            "get_webauthn_enrollment",
            json!({
                "metadata": null,
                "status": null,
                "spec": {
                    "user_id": "usr-7Kd2", "relying_party_id": "keys", "attestation_format": null,
                    "attestation_conveyance": null, "user_verification": null, "http_endpoint": null,
                },
            }),
            bare_webauthn(),
        ),
        (
            "the state of a WebAuthn enrollment",
            "update_webauthn_enrollment",
            json!({
                "spec": { "user_id": "usr-7Kd2", "relying_party_id": "keys" },
                "status": { "challenge": null, "credential_id": null, "transports": null },
            }),
            json!({ "spec": { "user_id": "usr-7Kd2", "relying_party_id": "keys" }, "status": {} }),
        ),
    ])
    .await;
}

/// Ids, keys and links are shown once, and the message is out: what the caller sent and knows must not cost them.
#[tokio::test]
async fn an_incomplete_echo_of_the_request_does_not_cost_the_response() {
    let actors = || json!([{ "user_id": "u", "org_id": "o" }]);
    let action = |spec: Value| {
        let details = json!([{ "approve_uri": "https://a", "decline_uri": "https://d" }]);
        (
            "create_one_time_use_action",
            "answer_details",
            details,
            "one_time_use_challenge",
            json!({ "spec": spec }),
        )
    };
    let spec = |operation, spec: Value| {
        let status = match operation {
            "create_webauthn_enrollment" => json!({ "challenge": "to-be-signed" }),
            _ => json!({ "state": "pending" }),
        };
        (operation, "status", status, "spec", spec)
    };
    let answers = [
        action(json!({ "approved_actions": null, "declined_actions": null, "actors": null })),
        action(json!({
            "approved_actions": [{ "challenge_action_type": "mail_action", "to": "x" }],
            "declined_actions": [], "actors": actors(), "timeout_seconds": 1,
        })),
        action(json!({ "approved_actions": [], "declined_actions": [], "actors": actors() })),
        action(json!({
            "approved_actions": [], "declined_actions": [], "timeout_seconds": 1, "actors": [{ "user_id": "u" }],
        })),
        spec("create_challenge", Value::Null),
        spec("create_challenge", json!({})),
        spec("create_challenge", json!({ "user_id": null })),
        spec("get_challenge", json!({})),
        spec("create_totp_enrollment", Value::Null),
        spec("create_totp_enrollment", json!({})),
        spec("create_webauthn_enrollment", json!({ "user_id": "u" })),
    ];
    let transport = Transport::new().unwrap();
    let mut lost = Vec::new();
    for (name, wanted, value, echo, echoed) in answers {
        let operation = operation(name);
        let answer = json!({ wanted: value, echo: echoed });
        let service = MockServer::start(&Response::json(operation.success, &answer)).await;
        let client = client(service.base_url(), transport.clone());
        match (operation.forms[0].call)(client).await {
            Outcome::Done(_, read) if read[wanted] == value => {}
            _ => lost.push(format!("{name}: {answer}")),
        }
    }
    assert!(lost.is_empty(), "lost:\n{}", lost.join("\n"));
}

#[tokio::test]
async fn unknown_values_are_delivered_as_strings() {
    let same = |what, name, value: Value| (what, name, value.clone(), value);
    read_all(vec![
        same("a state", "get_challenge", challenge_with(json!({ "state": "on_ice" }))),
        same(
            "types",
            "create_challenge",
            json!({ "spec": {
                "user_id": "u", "challenge_type": "smoke", "challenge_types": ["smoke", "sms"],
                "challenge_endpoints": [{ "type": "smoke" }],
            } }),
        ),
        same(
            "the state of an enrollment",
            "get_totp_enrollment",
            json!({ "spec": { "user_id": "u" }, "status": { "state": "half" } }),
        ),
        same(
            "what is asked of a device",
            "get_webauthn_enrollment",
            json!({
                "spec": {
                    "user_id": "u", "relying_party_id": "keys", "attestation_conveyance": "enterprise",
                    "user_verification": "twice",
                },
                "status": { "transports": ["smart-card", "usb"] },
            }),
        ),
    ])
    .await;
}

async fn challenge_read(status: Value) -> types::ChallengeStatus {
    let service = MockServer::start(&Response::json(200, &challenge_with(status))).await;
    let client = client(service.base_url(), Transport::new().unwrap());
    let challenge = client.get_challenge().challenge_id("chl-4Tz8").send().await.unwrap();
    challenge.into_inner().status.unwrap()
}

#[tokio::test]
async fn an_unknown_state_is_none_of_the_known_ones_and_can_be_read() {
    let state = challenge_read(json!({ "state": "on_ice" })).await.state.unwrap();
    assert_eq!(state, types::ChallengeState::Unlisted("on_ice".to_owned()));
    assert_eq!(state.to_string(), "on_ice");
}

#[tokio::test]
async fn every_documented_state_is_known() {
    use types::ChallengeState as State;
    let states = [
        ("pending", State::Pending),
        ("issued", State::Issued),
        ("challenge_failed", State::ChallengeFailed),
        ("challenge_passed", State::ChallengePassed),
        ("challenge_declined", State::ChallengeDeclined),
        ("timed_out", State::TimedOut),
    ];
    for (text, state) in states {
        assert_eq!(challenge_read(json!({ "state": text })).await.state, Some(state), "{text}");
    }
}

#[tokio::test]
async fn odd_dates_are_delivered_and_read_where_they_can_be() {
    let instant = Timestamp::from("2026-02-03T04:05:06Z").to_system_time();
    let dates = [
        ("2026-02-03T06:05:06+02:00", instant),
        ("2026-02-03T04:05:06", instant),
        ("2026-02-03 04:05:06", instant),
        ("2026-02-03T04:05:06.000000", instant),
        ("just now", None),
        ("", None),
    ];
    for (text, time) in dates {
        let answered_at = challenge_read(json!({ "answered_at": text })).await.answered_at.unwrap();
        assert_eq!((answered_at.as_str(), answered_at.to_system_time()), (text, time));
    }
}

#[tokio::test]
async fn other_ways_to_say_json_are_understood() {
    let media_types = [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8;profile=\"https://example.net/a b\"",
        "Application/JSON",
        "application/problem+json",
    ];
    let mut table = Vec::new();
    for operation in operations() {
        let form = &operation.forms[0];
        for media_type in media_types.iter().filter(|_| !form.answer.is_null()) {
            let answer = operation.answer(form).header("content-type", media_type);
            let outcome = Outcome::Done(operation.success, form.answer.clone());
            table.push(operation.row(form, media_type, answer, outcome));
        }
    }
    assert_eq!(compare_all(table).await, 13 * media_types.len());
}
