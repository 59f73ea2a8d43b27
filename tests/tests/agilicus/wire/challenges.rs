//! Operations on challenges: request and response of each.

use std::time::{Duration, UNIX_EPOCH};

use agilicus_otp::types;
use serde_json::{Value, json};

use super::{Form, Operation, actions};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            name: "create_challenge",
            method: "POST",
            path: "/v1/challenges",
            with_credential: true,
            success: 201,
            errors: &[400],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.create_challenge().body(minimal())),
                    query: &[],
                    body: Some(minimal_body()),
                    answer: json!({ "spec": { "user_id": "usr-7Kd2" } }),
                },
                Form {
                    name: "full",
                    call: call!(client => client.create_challenge().body(full())),
                    query: &[],
                    body: Some(full_body()),
                    answer: answered(),
                },
                Form {
                    name: "with empty objects and the defaults spelled out",
                    call: call!(client => client.create_challenge().body(spelled_out())),
                    query: &[],
                    body: Some(json!({
                        "spec": {
                            "user_id": "usr-7Kd2",
                            "challenge_type": "carrier_pigeon",
                            "send_now": false,
                            "timeout_seconds": 600,
                            "answer_data": {},
                        },
                        "metadata": {},
                        "status": { "state": "issued" },
                    })),
                    answer: answered(),
                },
            ],
        },
        actions::operation(),
        Operation {
            name: "get_challenge",
            method: "GET",
            path: "/v1/challenges/chl-4Tz8",
            with_credential: false,
            success: 200,
            errors: &[404],
            forms: vec![Form {
                name: "minimal",
                call: call!(client => client.get_challenge().challenge_id("chl-4Tz8")),
                query: &[],
                body: None,
                answer: answered(),
            }],
        },
        Operation {
            name: "replace_challenge",
            method: "PUT",
            path: "/v1/challenges/chl-4Tz8",
            with_credential: false,
            success: 200,
            errors: &[404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client.replace_challenge().challenge_id("chl-4Tz8").body(minimal())),
                    query: &[],
                    body: Some(minimal_body()),
                    answer: answered(),
                },
                Form {
                    name: "full",
                    call: call!(client => client.replace_challenge().challenge_id("chl-4Tz8").body(full())),
                    query: &[],
                    body: Some(full_body()),
                    answer: answered(),
                },
            ],
        },
        Operation {
            name: "delete_challenge",
            method: "DELETE",
            path: "/v1/challenges/chl-4Tz8",
            with_credential: false,
            success: 204,
            errors: &[404],
            forms: vec![Form {
                name: "minimal",
                call: call!(client => client.delete_challenge().challenge_id("chl-4Tz8")),
                query: &[],
                body: None,
                answer: Value::Null,
            }],
        },
        Operation {
            name: "get_answer",
            method: "GET",
            path: "/v1/challenges/chl-4Tz8/answers",
            with_credential: false,
            success: 200,
            errors: &[400, 404],
            forms: vec![
                Form {
                    name: "minimal",
                    call: call!(client => client
                        .get_answer()
                        .challenge_id("chl-4Tz8")
                        .challenge_answer("007135")
                        .allowed(false)
                        .challenge_type("sms".to_owned())),
                    query: &[("challenge_answer", "007135"), ("allowed", "false"), ("challenge_type", "sms")],
                    body: None,
                    answer: json!({ "spec": { "answer": "007135" } }),
                },
                Form {
                    name: "full",
                    call: call!(client => client
                        .get_answer()
                        .challenge_id("chl-4Tz8")
                        .challenge_answer("007135")
                        .allowed(true)
                        .challenge_type("totp".to_owned())
                        .challenge_uid("usr-7Kd2")),
                    query: &[
                        ("challenge_answer", "007135"),
                        ("allowed", "true"),
                        ("challenge_type", "totp"),
                        ("challenge_uid", "usr-7Kd2"),
                    ],
                    body: None,
                    answer: json!({
                        "spec": {
                            "answer": "007135",
                            "challenge_id": "chl-4Tz8",
                            "answer_data": { "door": "east", "nothing": null },
                        },
                    }),
                },
            ],
        },
    ]
}

pub(super) fn minimal() -> types::builder::Challenge {
    types::Challenge::builder().spec(types::ChallengeSpec::builder().user_id("usr-7Kd2"))
}

pub(super) fn minimal_body() -> Value {
    json!({ "spec": { "user_id": "usr-7Kd2" } })
}

fn full() -> types::builder::Challenge {
    let kinds = ["web_push", "totp", "webauthn", "code", "sms", "one_time_use_action"];
    let endpoint = |name: Option<&str>, kind: Option<&str>| {
        types::ChallengeEndpoint::try_from(types::ChallengeEndpoint::builder().endpoint(name).type_(kind))
            .unwrap()
    };
    let spec = types::ChallengeSpec::builder()
        .user_id("usr-7Kd2")
        .challenge_type(types::ChallengeType("web_push".to_owned()))
        .challenge_types(kinds.map(|kind| types::ChallengeType(kind.to_owned())).to_vec())
        .send_now(true)
        .timeout_seconds(86_400)
        .response_uri("https://login.example.net/answer?a=1&b=ø".to_owned())
        .origin("https://portal.example.net".to_owned())
        .challenge_endpoints(vec![
            endpoint(Some("phone"), Some("web_push")),
            endpoint(Some("desk"), None),
            endpoint(None, None),
        ])
        .answer_data(types::AnswerData(answer_data().as_object().unwrap().clone()));
    types::Challenge::builder()
        .spec(spec)
        .metadata(
            types::MetadataWithId::try_from(
                types::MetadataWithId::builder()
                    .id("chl-0Aa1")
                    .created(Some("2026-02-03T06:05:06.250+02:00".into()))
                    .updated(Some((UNIX_EPOCH + Duration::from_secs(1_770_091_506)).into())),
            )
            .unwrap(),
        )
        .status(
            types::ChallengeStatus::try_from(
                types::ChallengeStatus::builder()
                    .state(Some(types::ChallengeState::Issued))
                    .public_challenge("sign-this")
                    .code("9fQ2xL")
                    .answered_at(Some("2026-02-03T04:06:00Z".into())),
            )
            .unwrap(),
        )
}

fn full_body() -> Value {
    json!({
        "spec": {
            "user_id": "usr-7Kd2",
            "challenge_type": "web_push",
            "challenge_types": ["web_push", "totp", "webauthn", "code", "sms", "one_time_use_action"],
            "send_now": true,
            "timeout_seconds": 86_400,
            "response_uri": "https://login.example.net/answer?a=1&b=ø",
            "origin": "https://portal.example.net",
            "challenge_endpoints": [{ "endpoint": "phone", "type": "web_push" }, { "endpoint": "desk" }, {}],
            "answer_data": answer_data(),
        },
        "metadata": {
            "id": "chl-0Aa1",
            "created": "2026-02-03T06:05:06.250+02:00",
            "updated": "2026-02-03T04:05:06Z",
        },
        "status": {
            "state": "issued",
            "public_challenge": "sign-this",
            "code": "9fQ2xL",
            "answered_at": "2026-02-03T04:06:00Z",
        },
    })
}

/// Any JSON, nulls and empty things included: none of it may get lost or change its type.
fn answer_data() -> Value {
    json!({
        "text": "door", "nothing": null, "count": 12, "share": 0.25, "round": 3.0, "yes": true,
        "list": [4, "five", null, { "six": false }], "deep": { "er": { "still": "ñ¥🦉" } },
        "blank": "", "no_items": [], "no_fields": {},
    })
}

fn spelled_out() -> types::builder::Challenge {
    let spec = types::ChallengeSpec::builder()
        .user_id("usr-7Kd2")
        .challenge_type(types::ChallengeType("carrier_pigeon".to_owned()))
        .send_now(false)
        .timeout_seconds(600)
        .answer_data(types::AnswerData(Default::default()));
    types::Challenge::builder().spec(spec).metadata(types::MetadataWithId::default()).status(
        types::ChallengeStatus::try_from(
            types::ChallengeStatus::builder().state(Some(types::ChallengeState::Issued)),
        )
        .unwrap(),
    )
}

/// A challenge as the service shows it.
pub(super) fn answered() -> Value {
    json!({
        "metadata": {
            "id": "chl-4Tz8",
            "created": "2026-02-03T06:05:06.250+02:00",
            "updated": "2026-02-03T04:05:06Z",
        },
        "spec": {
            "user_id": "usr-7Kd2",
            "challenge_type": "sms",
            "challenge_types": ["sms", "totp"],
            "send_now": true,
            "timeout_seconds": 300,
            "response_uri": "https://login.example.net/answer",
            "origin": "https://portal.example.net",
            "challenge_endpoints": [{ "endpoint": "phone", "type": "sms" }],
        },
        "status": {
            "state": "issued",
            "public_challenge": "sign-this",
            "code": "9fQ2xL",
            "answered_at": "2026-02-03T06:06:00.5+02:00",
        },
    })
}
