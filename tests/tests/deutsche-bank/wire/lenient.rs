//! Lenient reading: responses that differ from the documented form and arrive all the same.

use deutsche_bank_otp::{Transport, types};
use otp_tests::{Failed, MockServer, Outcome, Response};
use serde_json::{Value, json};

use super::operations::{ID, operations, sent};
use super::starts::disclosure;
use super::{Operation, client, compare_all};

fn operation(name: &str) -> Operation {
    operations().into_iter().find(|operation| operation.name == name).unwrap()
}

/// What an operation is answered, and what of it is delivered.
type Reading = (&'static str, Value, Value);

async fn read_all(readings: Vec<Reading>) {
    let mut table = Vec::new();
    for (name, answered, read) in readings {
        let operation = operation(name);
        let response = Response::json(operation.success, &answered);
        let outcome = Outcome::Done(operation.success, read);
        table.push(operation.row(&operation.forms[0], &answered.to_string(), response, outcome));
    }
    compare_all(table).await;
}

#[tokio::test]
async fn unknown_fields_do_not_disturb() {
    read_all(vec![
        (
            "create_challenge_v2",
            json!({ "id": "a", "method": "MTAN", "expiresIn": 300, "challenge": { "hint": 1, "mobilePhoneNumber": "+49*1" } }),
            json!({ "id": "a", "method": "MTAN", "challenge": { "mobilePhoneNumber": "+49*1" } }),
        ),
        ("verify_challenge_v2", json!({ "otp": "cHJv", "validUntil": null }), json!({ "otp": "cHJv" })),
        (
            "get_challenge_methods_v2",
            json!({
                "types": ["x"],
                "methods": [{ "method": "MTAN", "status": "ACTIVE", "rank": 1, "metadata": { "carrier": {} } }],
            }),
            json!({ "methods": [{ "method": "MTAN", "status": "ACTIVE", "metadata": {} }] }),
        ),
    ])
    .await;
}

#[tokio::test]
async fn unknown_values_are_delivered_as_strings() {
    let methods = json!({ "methods": [{ "method": "FACETAN", "status": "ON_HOLIDAY" }] });
    let challenge = json!({ "id": "a", "method": "FACETAN", "challenge": {} });
    read_all(vec![
        ("get_challenge_methods_v2", methods.clone(), methods.clone()),
        ("create_challenge_v2", challenge.clone(), challenge.clone()),
        ("switch_method_v2", challenge.clone(), challenge),
    ])
    .await;

    let service = MockServer::start(&Response::json(200, &methods)).await;
    let client = client(service.base_url(), Transport::new().unwrap());
    let listed = client.get_challenge_methods_v2().send().await.unwrap().into_inner().methods.unwrap();
    assert_eq!(listed[0].method, types::ChallengeMethodType::Unlisted("FACETAN".to_owned()));
    assert_eq!(listed[0].status, types::MethodStatus::Unlisted("ON_HOLIDAY".to_owned()));
    assert_eq!(format!("{} {}", listed[0].method, listed[0].status), "FACETAN ON_HOLIDAY");
}

#[tokio::test]
async fn null_absent_and_empty_parts_do_not_disturb() {
    let bare = || json!({ "id": "a", "method": "PUSHTAN" });
    let empty = || json!({ "id": "a", "method": "PUSHTAN", "challenge": {} });
    read_all(vec![
        ("create_challenge_v2", bare(), bare()),
        ("create_challenge_v2", json!({ "id": "a", "method": "PUSHTAN", "challenge": null }), bare()),
        ("create_challenge_v2", empty(), empty()),
        ("switch_method_v2", empty(), empty()),
        (
            "create_challenge_v2",
            json!({
                "id": "a", "method": "PUSHTAN", "challenge": { "mobilePhoneNumber": null, "imageBase64": null },
            }),
            empty(),
        ),
        ("get_challenge_methods_v2", json!({}), json!({})),
        ("get_challenge_methods_v2", json!({ "methods": null }), json!({})),
        ("get_challenge_methods_v2", json!({ "methods": [] }), json!({ "methods": [] })),
        (
            "get_challenge_methods_v2",
            json!({ "methods": [
                { "method": "MTAN", "status": "ACTIVE", "metadata": null },
                {
                    "method": "PHOTOTAN", "status": "ACTIVE",
                    "metadata": { "mobilePhoneNumber": null, "activeDevicesCount": null },
                },
            ] }),
            json!({ "methods": [
                { "method": "MTAN", "status": "ACTIVE" },
                { "method": "PHOTOTAN", "status": "ACTIVE", "metadata": {} },
            ] }),
        ),
    ])
    .await;
}

/// The bank shows the code always, and a gateway before it need not.
#[tokio::test]
async fn errors_with_less_than_is_documented_are_reported() {
    let bodies = [
        (json!({ "code": 17, "message": "no" }), json!({ "code": 17, "message": "no" })),
        (json!({ "code": 17, "message": null, "messageId": null }), json!({ "code": 17 })),
        (json!({ "message": "no", "trace": [1] }), json!({ "message": "no" })),
        (json!({ "code": 999_999 }), json!({ "code": 999_999 })),
        (json!({}), json!({})),
    ];
    let mut table = Vec::new();
    for operation in operations() {
        for (body, read) in &bodies {
            for status in [400, 401, 403, 500] {
                let response = Response::json(status, body);
                let outcome = Outcome::Failed(Failed::documented(status, read.clone()));
                let what = format!("{status} {body}");
                table.push(operation.row(&operation.forms[0], &what, response, outcome));
            }
        }
    }
    assert_eq!(compare_all(table).await, 4 * 4 * bodies.len());
}

#[tokio::test]
async fn other_ways_to_say_json_are_understood() {
    let media_types =
        ["application/json;charset=UTF-8", "application/json; charset=utf-8; v=\"2 b\"", "Application/JSON"];
    let mut table = Vec::new();
    for operation in operations() {
        let form = &operation.forms[0];
        for media_type in media_types {
            let response = operation.response(form).header("content-type", media_type);
            let outcome = Outcome::Done(operation.success, form.response.clone());
            table.push(operation.row(form, media_type, response, outcome));
        }
    }
    assert_eq!(compare_all(table).await, 4 * media_types.len());
}

#[tokio::test]
async fn the_address_of_a_new_challenge_can_be_read_whether_path_or_url() {
    let path = format!("/gw/dbapi/others/onetimepasswords/v2/single/{ID}");
    for location in [path.clone(), format!("https://simulator-api.db.com{path}")] {
        let service = MockServer::start(&Response::json(201, &sent()).header("location", &location)).await;
        let client = client(service.base_url(), Transport::new().unwrap());
        let challenge = client.create_challenge_v2().body(disclosure()).send().await.unwrap();
        assert_eq!(challenge.headers()["location"], location.as_str());
        assert_eq!(challenge.id, ID);
    }
}
