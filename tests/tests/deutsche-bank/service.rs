//! Deutsche Bank: challenges, responses and proofs, and the token endpoint.

use std::time::Duration;

use otp_sandbox::Provider;
use otp_tests::sandbox::{Caller, Description, Reply};
use otp_tests::spec::{resolve, spec};
use otp_tests::suites::service::Call;
use serde_json::{Value, json};

pub(crate) fn error() -> Value {
    json!({ "code": 401, "message": "m" })
}

pub(crate) fn calls() -> Vec<Call> {
    let null = Value::Null;
    let data = json!({ "type": "challengeRequestDataTransferPartnerLegiData" });
    let start = json!({ "method": "MTAN", "requestType": "TRANSFER_PARTNER_LEGI_DATA", "requestData": data });
    vec![
        (200, "GET", "/", null),
        (201, "POST", "/single", start),
        (400, "POST", "/single", json!({})),
        (200, "PATCH", "/single/{id}/switchMethod", json!({ "method": "PHOTOTAN" })),
        (400, "PATCH", "/single/{id}/switchMethod", json!({})),
        (400, "PATCH", "/single/{id}", json!({ "response": "x" })),
        (200, "PATCH", "/single/{id}", json!({ "response": "{code}" })),
    ]
}

fn start(method: &str) -> Value {
    json!({
        "method": method,
        "requestType": "INSTANT_SEPA_CREDIT_TRANSFERS",
        "requestData": {
            "type": "challengeRequestDataInstantSepaCreditTransfers",
            "targetIban": "DE89370400440532013000", "amountCurrency": "EUR", "amountValue": 12.34,
        },
        "language": "en",
    })
}

fn order(data: &Value) -> Value {
    let mut request = json!({
        "method": "MTAN",
        "requestType": "SECURITIES_ORDER_ENTRY",
        "requestData": {
            "type": "challengeRequestDataSecuritiesOrderEntry",
            "securityAccountId": "123456789012", "securityId": "A1EWWW",
            "quantity": 10.5, "activityType": "SELL",
        },
    });
    for (name, value) in data.as_object().unwrap() {
        request["requestData"][name] = value.clone();
    }
    request
}

async fn create(caller: &Caller, body: Value) -> Reply {
    caller.call("POST", "/single", Some(body)).await
}

async fn created(caller: &Caller, method: &str) -> String {
    let reply = create(caller, start(method)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    format!("/single/{}", reply.string_at("/id"))
}

/// Returns 0 for a proof, or the error code.
async fn verify(caller: &Caller, path: &str, response: &str) -> i64 {
    let reply = caller.call("PATCH", path, Some(json!({ "response": response }))).await;
    if reply.status == 200 { 0 } else { reply.code() }
}

#[tokio::test]
async fn the_right_response_gives_a_proof_once() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    for method in ["MTAN", "PHOTOTAN"] {
        let reply = create(&caller, start(method)).await;
        let path = format!("/single/{}", reply.string_at("/id"));
        let base = Provider::DeutscheBank.base_path();
        assert_eq!(reply.header("location"), Some(format!("{base}{path}").as_str()));
        let message = caller.message();
        assert!(message.text.contains(&message.code) && message.text.contains("12.34 EUR"), "{message:?}");
        let proof = caller.call("PATCH", &path, Some(json!({ "response": message.code }))).await;
        assert!(proof.string_at("/otp").len() > 20);
        assert_eq!(verify(&caller, &path, &message.code).await, 113);
    }
}

#[tokio::test]
async fn each_method_delivers_the_code_in_its_own_way() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let reply = create(&caller, start("MTAN")).await;
    assert!(reply.string_at("/challenge/mobilePhoneNumber").contains('*'));
    assert_eq!((caller.message().channel, caller.message().image), ("sms", None));
    let reply = create(&caller, start("PHOTOTAN")).await;
    let image = caller.message().image.unwrap();
    assert!(image.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(reply.string_at("/challenge/imageBase64").len(), image.len().div_ceil(3) * 4);
    let reply = create(&caller, start("PUSHTAN")).await;
    assert_eq!(reply.body["challenge"], json!({}));
    assert_eq!(verify(&caller, &format!("/single/{}", reply.string_at("/id")), "123456").await, 139);
}

#[tokio::test]
async fn wrong_responses_use_up_the_attempts() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let path = created(&caller, "MTAN").await;
    let message = caller.message();
    for (response, code) in [("", 16), ("12345", 112), ("12345x", 112), ("ééé", 112)] {
        assert_eq!(verify(&caller, &path, response).await, code, "{response}: no try, nothing spent");
    }
    for _ in 0..3 {
        assert_eq!(verify(&caller, &path, &message.wrong_code()).await, 17);
    }
    assert_eq!(verify(&caller, &path, &message.code).await, 113);
}

#[tokio::test]
async fn a_challenge_expires() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let path = created(&caller, "MTAN").await;
    caller.sandbox.advance(Duration::from_secs(300));
    assert_eq!(verify(&caller, &path, &caller.message().code).await, 113);
}

#[tokio::test]
async fn an_unknown_challenge_is_an_error() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    for id in ["x", "00000000-0000-4000-8000-000000000000"] {
        assert_eq!(verify(&caller, &format!("/single/{id}"), "123456").await, 114);
        let body = Some(json!({ "method": "MTAN" }));
        assert_eq!(caller.call("PATCH", &format!("/single/{id}/switchMethod"), body).await.code(), 114);
    }
}

#[tokio::test]
async fn a_challenge_moves_to_another_method_with_another_code() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let path = created(&caller, "MTAN").await;
    let old = caller.message().code;
    let switch = format!("{path}/switchMethod");
    let reply = caller.call("PATCH", &switch, Some(json!({ "method": "PHOTOTAN" }))).await;
    assert_eq!((reply.status, reply.string_at("/method").as_str()), (200, "PHOTOTAN"));
    assert_eq!(caller.message().channel, "photo");
    for (body, code) in
        [(json!({ "method": "PHOTOTAN" }), 132), (json!({ "method": "PIGEON" }), 2), (json!({}), 2)]
    {
        assert_eq!(caller.call("PATCH", &switch, Some(body)).await.code(), code);
    }
    assert_eq!(verify(&caller, &path, &old).await, 17);
    assert_eq!(verify(&caller, &path, &caller.message().code).await, 0);
    assert_eq!(caller.call("PATCH", &switch, Some(json!({ "method": "MTAN" }))).await.code(), 113);
}

#[tokio::test]
async fn only_active_methods_can_be_used() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    assert!(caller.sandbox.set_method_status("MTAN", "TEMPORARILY_LOCKED"));
    assert!(
        !caller.sandbox.set_method_status("MTAN", "TIRED")
            && !caller.sandbox.set_method_status("X", "ACTIVE")
    );
    assert_eq!(create(&caller, start("MTAN")).await.code(), 111);
    let methods = caller.call("GET", "/", None).await.body["methods"].clone();
    assert_eq!(
        (&methods[0]["status"], &methods[1]["status"]),
        (&json!("TEMPORARILY_LOCKED"), &json!("ACTIVE"))
    );
}

#[tokio::test]
async fn all_five_request_types_are_accepted() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let change = |kind: &str, data_type: &str| {
        let data = json!({ "type": data_type, "orderId": "ord/1 +%", "securityAccountId": "123456789012" });
        json!({ "method": "MTAN", "requestType": kind, "requestData": data, "language": "de" })
    };
    let data = json!({ "type": "challengeRequestDataTransferPartnerLegiData" });
    for body in [
        start("MTAN"),
        json!({ "method": "MTAN", "requestType": "TRANSFER_PARTNER_LEGI_DATA", "requestData": data }),
        order(&json!({
            "orderLimit": { "limitPrice": 101.25, "stopPrice": 99 },
            "addOns": { "expiryDate": "2030-12-31", "restriction": "GOOD_TILL_DATE" },
        })),
        change("SECURITIES_ORDER_MODIFY", "challengeRequestDataSecuritiesOrderModify"),
        change("SECURITIES_ORDER_DELETE", "challengeRequestDataSecuritiesOrderDelete"),
    ] {
        assert_eq!(create(&caller, body.clone()).await.status, 201, "{body}");
    }
}

#[tokio::test]
async fn each_invalid_field_has_its_code() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let with = |pointer: &str, value: Value| {
        let mut body = start("MTAN");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, code) in [
        (json!([]), 17),
        (json!({}), 17),
        (with("/requestData", json!({})), 17),
        (with("/method", json!(null)), 17),
        (with("/method", json!("PIGEON")), 2),
        (with("/requestType", json!("GIFT")), 2),
        (with("/requestType", json!("TRANSFER_PARTNER_LEGI_DATA")), 2),
        (with("/language", json!("fr")), 2),
        (with("/requestData/targetIban", json!("DE88370400440532013000")), 2),
        (with("/requestData/amountCurrency", json!("eur")), 2),
        (with("/requestData/amountValue", json!(0)), 2),
        (with("/requestData/amountValue", json!("1")), 2),
        (order(&json!({ "securityAccountId": "1" })), 2),
        (order(&json!({ "securityId": "a1ewww" })), 2),
        (order(&json!({ "quantity": 0 })), 2),
        (order(&json!({ "activityType": "KEEP" })), 2),
        (order(&json!({ "orderLimit": { "limitPrice": 0 } })), 654),
        (order(&json!({ "addOns": { "expiryDate": "tomorrow" } })), 2),
        (order(&json!({ "addOns": { "restriction": "NONE" } })), 2),
        (order(&json!({ "addOns": { "expiryDate": "2030-12-31", "restriction": "FILL_OR_KILL" } })), 656),
    ] {
        let reply = create(&caller, body.clone()).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{body}");
    }
    let authorization = ("authorization", "Bearer t");
    let long = "c".repeat(51);
    for (correlation, status) in [(long.as_str(), 400), (&long[..50], 200), ("with space", 400)] {
        let reply = caller.send("GET", "/", &[authorization, ("correlation-id", correlation)], None).await;
        assert_eq!(reply.status, status, "{correlation}");
    }
    assert!(caller.sandbox.inbox().is_empty());
}

#[tokio::test]
async fn every_documented_error_of_an_order_can_be_requested() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let codes = [
        2, 16, 17, 111, 112, 113, 114, 127, 131, 132, 138, 139, 601, 602, 603, 604, 605, 606, 610, 611, 613,
        614, 615, 616, 617, 620, 621, 622, 623, 624, 633, 634, 635, 636, 637, 638, 654, 656, 657, 658, 659,
        660, 661, 662, 664, 665, 666, 701, 702, 703,
    ];
    for code in codes {
        let reply = create(&caller, order(&json!({ "securityId": format!("ERR{code:03}") }))).await;
        assert_eq!((reply.status, reply.code()), (400, code));
    }
    assert_eq!(create(&caller, order(&json!({ "securityId": "ERR999" }))).await.status, 201);
}

#[tokio::test]
async fn the_status_of_a_challenge_belongs_to_another_api() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let path = created(&caller, "MTAN").await;
    assert_eq!(caller.call("GET", &path, None).await.code(), 138);
}

#[tokio::test]
async fn a_token_is_needed_and_can_be_rejected() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    caller.sandbox.reject_credential("bad");
    for (method, path) in
        [("GET", "/"), ("POST", "/single"), ("PATCH", "/single/x"), ("PATCH", "/single/x/switchMethod")]
    {
        for headers in [&[][..], &[("authorization", "Bearer bad")], &[("x-api-key", "good")]] {
            let reply = caller.send(method, path, headers, None).await;
            assert_eq!((reply.status, reply.code()), (401, 401), "{method} {path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_once() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    caller.sandbox.reject_credential("bad");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let post = async |headers: &[(&str, &str)], body: &str| {
        let headers = [headers, &[form]].concat();
        caller.send_text("POST", "/gw/oidc/token", &headers, body).await
    };
    for (body, status, error) in [
        ("", 401, "invalid_client"),
        ("client_id=bad", 401, "invalid_client"),
        ("client_id=app&client_secret=bad", 401, "invalid_client"),
        ("client_id=app", 400, "invalid_request"),
        ("client_id=app&grant_type=password", 400, "unsupported_grant_type"),
        ("client_id=app&grant_type=refresh_token", 400, "invalid_request"),
        ("client_id=app&grant_type=refresh_token&refresh_token=bad", 400, "invalid_grant"),
    ] {
        let reply = post(&[], body).await;
        assert_eq!((reply.status, reply.string_at("/error").as_str()), (status, error), "{body}");
    }
    let basic = [("authorization", "Basic aWQ6c2VjcmV0")];
    let first = post(&basic, "grant_type=refresh_token&refresh_token=r1").await;
    assert_eq!((first.status, &first.body["expires_in"]), (200, &json!(600)));
    assert_eq!(post(&basic, "grant_type=refresh_token&refresh_token=r1").await.status, 400, "spent");
    let rotated = first.string_at("/refresh_token");
    let second = post(&[], &format!("client_id=app&grant_type=refresh_token&refresh_token={rotated}")).await;
    assert_eq!(second.status, 200);
    let bearer = format!("Bearer {}", second.string_at("/access_token"));
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(caller.send("GET", "/", &headers, None).await.status, 200);
    caller.sandbox.advance(Duration::from_secs(600));
    assert_eq!(caller.send("GET", "/", &headers, None).await.status, 401, "expired");
}

#[tokio::test]
async fn unknown_methods_and_paths_are_errors() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    for (method, path, status) in
        [("GET", "/single", 405), ("DELETE", "/single/x", 405), ("GET", "/nowhere", 404), ("GET", "", 404)]
    {
        let reply = caller.call(method, path, None).await;
        assert_eq!((reply.status, reply.code()), (status, i64::from(status)), "{method} {path}");
    }
}

#[tokio::test]
async fn debug_of_a_message_shows_its_code_and_the_size_of_its_image() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    assert_eq!(create(&caller, start("PHOTOTAN")).await.status, 201);
    let message = caller.message();
    let shown = format!("{message:?}");
    assert!(shown.contains(&format!("code: {:?}", message.code)), "{shown}");
    assert!(shown.contains(&format!("image_bytes: Some({})", message.image.unwrap().len())), "{shown}");
}

#[tokio::test]
async fn a_newer_code_replaces_an_older_one_of_the_same_challenge() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let path = created(&caller, "MTAN").await;
    caller.call("PATCH", &format!("{path}/switchMethod"), Some(json!({ "method": "PHOTOTAN" }))).await;
    assert_eq!(caller.states().await, ["replaced", "pending"]);
    assert!(caller.inbox().await[1]["image"].is_string());
}

/// A client may take the first alternative that matches. It must not lose fields of another one.
#[test]
fn each_challenge_fits_its_own_shape_first() {
    let (document, description) = (spec("deutsche-bank"), Description::of(Provider::DeutscheBank));
    let details = &document["components"]["schemas"]["ChallengeDetails"];
    let shapes: Vec<_> = details["anyOf"].as_array().unwrap().iter().collect();
    for (challenge, name) in [
        (json!({ "mobilePhoneNumber": "+49 ***99" }), "ChallengeMethodMTAN"),
        (json!({ "imageBase64": "iVBORw0KGgo=" }), "ChallengeMethodPHOTOTAN"),
        (json!({}), "ChallengeMethodPUSHTAN"),
    ] {
        assert!(description.violations(details, &challenge, name).is_empty(), "{challenge}");
        let first =
            shapes.iter().find(|shape| description.violations(shape, &challenge, name).is_empty()).unwrap();
        assert_eq!(first["$ref"], format!("#/components/schemas/{name}"), "{challenge}");
        let known = resolve(document, first)["properties"].as_object();
        for property in challenge.as_object().unwrap().keys() {
            assert!(known.is_some_and(|known| known.contains_key(property)), "{name} drops {property}");
        }
    }
    for (shape, property) in shapes.iter().zip(["mobilePhoneNumber", "imageBase64"]) {
        assert_eq!(resolve(document, shape)["required"], json!([property]));
    }
}
