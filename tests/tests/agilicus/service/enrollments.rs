//! Agilicus: the enrollment of authenticator apps and WebAuthn devices.

use otp_sandbox::Provider;
use otp_tests::sandbox::Caller;
use serde_json::{Value, json};

use super::{TOTP, WEBAUTHN, answer, sent};

#[tokio::test]
async fn an_app_is_enrolled_with_the_code_it_shows_and_then_answers_challenges() {
    let caller = Caller::new(Provider::Agilicus).await;
    let reply = caller.call("POST", TOTP, Some(json!({ "spec": { "user_id": "u-1" } }))).await;
    assert_eq!((reply.status, reply.string_at("/status/key").len()), (201, 32));
    let path = format!("{TOTP}/{}", reply.string_at("/metadata/id"));
    let shown = caller.message();
    let update = async |user: &str, answer: &str| {
        caller.call("POST", &path, Some(json!({ "user_id": user, "answer": answer }))).await.status
    };
    assert_eq!(update("u-1", &shown.wrong_code()).await, 400);
    assert_eq!(update("u-2", &shown.code).await, 400);
    assert_eq!(caller.call("GET", &path, None).await.body["status"], json!({ "state": "pending" }));
    assert_eq!(update("u-1", &shown.code).await, 200);
    assert_eq!(caller.call("GET", &path, None).await.body["status"], json!({ "state": "success" }));
    let challenge = sent(&caller, "totp").await;
    assert_eq!(answer(&caller, &challenge, "totp", &shown.code).await, 200, "by the same app");
    assert_eq!(caller.call("GET", &format!("{path}?user_id=u-2"), None).await.status, 404);
    assert_eq!(caller.call("DELETE", &path, None).await.status, 204);
    assert_eq!(caller.call("DELETE", &path, None).await.status, 404);
    assert_eq!(update("u-1", &shown.code).await, 404);
    assert_eq!(caller.call("GET", &path, None).await.status, 404);
    assert_eq!(caller.call("POST", TOTP, Some(json!({}))).await.status, 400);
}

#[tokio::test]
async fn an_enrollment_is_completed_with_the_user_in_the_body_and_one_in_the_query_must_fit() {
    for (query, user, status) in [
        ("", json!("u-1"), 200),
        ("?user_id=u-1", json!("u-1"), 200),
        ("?user_id=u-2", json!("u-1"), 404),
        ("?user_id=u-1", json!("u-2"), 400),
        ("?user_id=u-1", Value::Null, 400),
    ] {
        let caller = Caller::new(Provider::Agilicus).await;
        let created = caller.call("POST", TOTP, Some(json!({ "spec": { "user_id": "u-1" } }))).await;
        let path = format!("{TOTP}/{}{query}", created.string_at("/metadata/id"));
        let mut body = json!({ "answer": caller.message().code });
        if !user.is_null() {
            body["user_id"] = user.clone();
        }
        assert_eq!(caller.call("POST", &path, Some(body)).await.status, status, "{query} {user}");
    }
}

#[tokio::test]
async fn a_device_is_enrolled_with_client_data_of_its_challenge() {
    let caller = Caller::new(Provider::Agilicus).await;
    let spec = json!({
        "user_id": "u-1", "relying_party_id": "rp.example", "attestation_conveyance": "direct",
        "user_verification": "required", "attestation_format": "platform",
        "http_endpoint": "https://a.example",
    });
    let reply = caller.call("POST", WEBAUTHN, Some(json!({ "spec": spec }))).await;
    assert_eq!((reply.status, &reply.body["spec"]), (201, &spec));
    let path = format!("{WEBAUTHN}/{}", reply.string_at("/metadata/id"));
    let challenge = reply.string_at("/status/challenge");
    let update = async |client_data: &str, transports: Value| {
        let body = json!({
            "user_id": "u-1", "credential_id": "YQ==", "client_data": client_data, "transports": transports,
        });
        caller.call("POST", &path, Some(body)).await
    };
    let client_data = format!(r#"{{"type":"webauthn.create","challenge":"{challenge}"}}"#);
    assert_eq!(update("no json", json!([])).await.status, 400);
    assert_eq!(update(r#"{"challenge":"another"}"#, json!([])).await.status, 400);
    assert_eq!(update(&client_data, json!(["pigeon"])).await.status, 400);
    let reply = update(&client_data, json!(["usb", "nfc"])).await;
    assert_eq!((reply.status, &reply.body["status"]["transports"]), (200, &json!(["usb", "nfc"])));
    assert_eq!(caller.call("GET", &path, None).await.string_at("/status/credential_id"), "YQ==");
    assert_eq!(caller.call("DELETE", &path, None).await.status, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(caller.call(method, &path, None).await.status, 404);
    }
    assert_eq!(update(&client_data, json!([])).await.status, 404);
    assert_eq!(caller.call("POST", WEBAUTHN, Some(json!({ "spec": { "user_id": "u" } }))).await.status, 400);
}

#[tokio::test]
async fn enrollments_are_listed_by_user_and_up_to_a_limit() {
    let caller = Caller::new(Provider::Agilicus).await;
    for (path, name, spec) in [
        (TOTP, "totp", json!({ "user_id": "" })),
        (WEBAUTHN, "webauthn", json!({ "user_id": "", "relying_party_id": "rp" })),
    ] {
        for user in ["u-1", "u-2", "u-1"] {
            let mut spec = spec.clone();
            spec["user_id"] = json!(user);
            assert_eq!(caller.call("POST", path, Some(json!({ "spec": spec }))).await.status, 201);
        }
        for (query, limit, found) in [("", 500, 3), ("?user_id=u-1", 500, 2), ("?limit=1", 1, 1)] {
            let reply = caller.call("GET", &format!("{path}{query}"), None).await;
            let count = reply.body[name].as_array().map(Vec::len);
            assert_eq!((&reply.body["limit"], count), (&json!(limit), Some(found)), "{path}{query}");
            assert!(!reply.text.contains("\"key\""));
        }
    }
    for limit in ["0", "501", "x"] {
        assert_eq!(caller.call("GET", &format!("{TOTP}?limit={limit}"), None).await.status, 400);
    }
}
