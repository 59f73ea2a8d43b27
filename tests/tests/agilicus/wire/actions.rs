//! Challenge with actions: request and response.

use agilicus_otp::types;
use serde_json::{Value, json};

use super::{Form, Operation, challenges};

pub(super) fn operation() -> Operation {
    Operation {
        name: "create_one_time_use_action",
        method: "POST",
        path: "/v1/challenges/one_time_use_actions",
        with_credential: true,
        success: 201,
        errors: &[400],
        forms: vec![
            Form {
                name: "minimal",
                call: call!(client => client.create_one_time_use_action().body(minimal_actions())),
                query: &[],
                body: Some(json!({ "spec": minimal_actions_body() })),
                answer: json!({
                    "challenge": { "spec": { "user_id": "usr-7Kd2" } },
                    "one_time_use_challenge": { "spec": minimal_actions_body() },
                    "answer_details": [],
                }),
            },
            Form {
                name: "full",
                call: call!(client => client.create_one_time_use_action().body(full_actions())),
                query: &[],
                body: Some(json!({ "spec": full_actions_body() })),
                answer: json!({
                    "challenge": challenges::answered(),
                    "one_time_use_challenge": { "spec": full_actions_body() },
                    "answer_details": [{
                        "actor": { "user_id": "usr-7Kd2", "org_id": "org-3Wm9" },
                        "approve_uri": "https://links.example.net/yes?t=8f",
                        "decline_uri": "https://links.example.net/no?t=8f",
                    }],
                }),
            },
        ],
    }
}

fn action(method: &str, uri: &str) -> types::builder::HttpChallengeAction {
    types::HttpChallengeAction::builder().challenge_action_type("http_action").method(method).uri(uri)
}

fn made(action: types::builder::HttpChallengeAction) -> types::ChallengeAction {
    types::HttpChallengeAction::try_from(action).unwrap().into()
}

fn posting() -> types::ChallengeAction {
    let scopes = ["doors:open", "logs:read"].map(|scope| types::TokenScope(scope.to_owned()));
    made(
        action("POST", "https://hooks.example.net/do?x=1&y=ø")
            .body("{\"door\": \"ø\\n\"}".to_owned())
            .content_type("application/json".to_owned())
            .scopes(scopes.to_vec()),
    )
}

fn posting_body() -> Value {
    json!({
        "challenge_action_type": "http_action",
        "method": "POST",
        "uri": "https://hooks.example.net/do?x=1&y=ø",
        "body": "{\"door\": \"ø\\n\"}",
        "content_type": "application/json",
        "scopes": ["doors:open", "logs:read"],
    })
}

fn getting_body() -> Value {
    json!({ "challenge_action_type": "http_action", "method": "GET", "uri": "https://hooks.example.net/ask" })
}

fn actor(user_id: &str, org_id: &str) -> types::ChallengeActor {
    types::ChallengeActor::try_from(types::ChallengeActor::builder().user_id(user_id).org_id(org_id)).unwrap()
}

fn minimal_actions() -> types::builder::OneTimeUseActionChallenge {
    let getting = || made(action("GET", "https://hooks.example.net/ask"));
    types::OneTimeUseActionChallenge::builder().spec(
        types::OneTimeUseActionChallengeSpec::builder()
            .approved_actions(vec![getting()])
            .declined_actions(vec![getting()])
            .actors(vec![actor("usr-7Kd2", "org-3Wm9")])
            .timeout_seconds(1),
    )
}

fn minimal_actions_body() -> Value {
    json!({
        "approved_actions": [getting_body()],
        "declined_actions": [getting_body()],
        "actors": [{ "user_id": "usr-7Kd2", "org_id": "org-3Wm9" }],
        "timeout_seconds": 1,
    })
}

fn full_actions() -> types::builder::OneTimeUseActionChallenge {
    types::OneTimeUseActionChallenge::builder().spec(
        types::OneTimeUseActionChallengeSpec::builder()
            .approved_actions(vec![posting(), made(action("GET", "https://hooks.example.net/ask"))])
            .declined_actions(vec![posting()])
            .actors(vec![actor("usr-7Kd2", "org-3Wm9"), actor("", "ø")])
            .timeout_seconds(86_400)
            .user_id("usr-1Bb2".to_owned())
            .org_id("org-5Cc6".to_owned()),
    )
}

fn full_actions_body() -> Value {
    json!({
        "approved_actions": [posting_body(), getting_body()],
        "declined_actions": [posting_body()],
        "actors": [{ "user_id": "usr-7Kd2", "org_id": "org-3Wm9" }, { "user_id": "", "org_id": "ø" }],
        "timeout_seconds": 86_400,
        "user_id": "usr-1Bb2",
        "org_id": "org-5Cc6",
    })
}
