//! Round trips: a value is read, changed and sent again.

use agilicus_otp::{Client, Transport, types};
use otp_tests::{MockServer, Outcome, Response, Row};
use serde_json::{Value, json};

use super::{Operation, client, compare_all, operations};

fn operation(name: &str) -> Operation {
    operations().into_iter().find(|operation| operation.name == name).unwrap()
}

async fn read(challenge: &Value) -> types::ChallengeOutput {
    let service = MockServer::start(&Response::json(200, challenge)).await;
    let client = client(service.base_url(), Transport::new().unwrap());
    client.get_challenge().challenge_id("chl-4Tz8").send().await.unwrap().into_inner()
}

#[tokio::test]
async fn a_challenge_that_was_read_can_be_changed_and_sent_back() {
    let operation = operation("replace_challenge");
    let form = &operation.forms[0];
    let mut challenge = read(&json!({ "spec": { "user_id": "usr-7Kd2", "challenge_types": [] } })).await;
    if let Some(spec) = &mut challenge.spec {
        spec.timeout_seconds = Some(90);
    }
    let sent = json!({ "spec": { "user_id": "usr-7Kd2", "challenge_types": [], "timeout_seconds": 90 } });
    let row = Row::new(
        "read, change, replace",
        async move |client: Client| -> Outcome {
            client.replace_challenge().challenge_id("chl-4Tz8").body(challenge).send().await.into()
        },
        operation.request(form).json(sent),
        operation.answer(form),
        Outcome::Done(operation.success, form.answer.clone()),
    );
    compare_all(vec![row]).await;
}

#[tokio::test]
async fn what_a_response_lacks_and_a_request_needs_is_named_by_its_path() {
    let actions = |spec: Value| {
        let mut challenge = types::OneTimeUseActionChallengeOutput::default();
        challenge.spec = serde_json::from_value(spec).unwrap();
        challenge
    };
    let (mut rows, spec) =
        (Vec::new(), json!({ "actors": [], "approved_actions": [], "timeout_seconds": 1 }));
    for (challenge, text) in [
        (json!({}), "spec is missing"),
        (json!({ "spec": {} }), "spec.user_id is missing"),
        (json!({ "spec": { "user_id": null } }), "spec.user_id is missing"),
    ] {
        let challenge = read(&challenge).await;
        rows.push(Row::refused(
            text,
            async move |client: Client| -> Outcome {
                client.replace_challenge().challenge_id("x").body(challenge).send().await.into()
            },
            &[&format!("invalid request: {text}")],
        ));
    }
    let odd = json!({ "actors": [{ "user_id": "u" }], "approved_actions": [], "declined_actions": [] });
    for (spec, text) in [(spec, "spec.declined_actions is missing"), (odd, "spec.actors.org_id is missing")] {
        let body = actions(spec);
        rows.push(Row::refused(
            text,
            async move |client: Client| -> Outcome {
                client.create_one_time_use_action().body(body).send().await.into()
            },
            &[&format!("invalid request: {text}")],
        ));
    }
    assert_eq!(compare_all(rows).await, 5);
}
