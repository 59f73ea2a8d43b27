//! Equinix Metal: only the newest code of a token's owner is valid, and only once.

use std::time::Duration;

use otp_sandbox::Provider;
use otp_tests::sandbox::Caller;
use otp_tests::suites::service::Call;
use serde_json::{Value, json};

pub(crate) fn error() -> Value {
    json!({ "errors": ["m"] })
}

pub(crate) fn calls() -> Vec<Call> {
    let null = Value::Null;
    vec![
        (204, "POST", "/user/otp/sms/receive", null.clone()),
        (422, "POST", "/user/otp/sms/receive", json!({})),
        (400, "POST", "/user/otp/verify/x", null.clone()),
        (204, "POST", "/user/otp/verify/{code}", null.clone()),
        (200, "GET", "/user/otp/recovery-codes", null.clone()),
        (422, "GET", "/user/otp/recovery-codes", json!({})),
        (200, "POST", "/user/otp/recovery-codes", null),
        (422, "POST", "/user/otp/recovery-codes", json!({})),
    ]
}

const SEND: &str = "/user/otp/sms/receive";
const RECOVERY: &str = "/user/otp/recovery-codes";

async fn sent(caller: &Caller) -> String {
    assert_eq!(caller.call("POST", SEND, None).await.status, 204);
    caller.message().code
}

async fn verify(caller: &Caller, code: &str) -> u16 {
    caller.call("POST", &format!("/user/otp/verify/{code}"), None).await.status
}

#[tokio::test]
async fn the_right_code_is_accepted_once() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    assert_eq!(verify(&caller, "123456").await, 400, "before any code was sent");
    let code = sent(&caller).await;
    assert_eq!(verify(&caller, &code).await, 204);
    assert_eq!(verify(&caller, &code).await, 400);
}

#[tokio::test]
async fn the_code_is_decoded_from_the_path() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    let code = sent(&caller).await;
    let escaped: String = code.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(verify(&caller, &escaped).await, 204);
    assert_eq!(caller.sandbox.journal().last().unwrap().path, format!("/metal/v1/user/otp/verify/{escaped}"));
}

#[tokio::test]
async fn wrong_codes_use_up_the_attempts() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    let code = sent(&caller).await;
    for _ in 0..3 {
        assert_eq!(verify(&caller, &caller.message().wrong_code()).await, 400);
    }
    assert_eq!(verify(&caller, &code).await, 400);
    let code = sent(&caller).await;
    assert_eq!(verify(&caller, &caller.message().wrong_code()).await, 400);
    assert_eq!(verify(&caller, &code).await, 204);
}

#[tokio::test]
async fn a_code_expires_and_a_newer_one_voids_it() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    let code = sent(&caller).await;
    caller.sandbox.advance(Duration::from_secs(300));
    assert_eq!(verify(&caller, &code).await, 400);
    let (old, new) = (sent(&caller).await, sent(&caller).await);
    assert_ne!(old, new);
    assert_eq!(verify(&caller, &old).await, 400);
    assert_eq!(verify(&caller, &new).await, 204);
}

#[tokio::test]
async fn a_code_belongs_to_the_owner_of_the_token() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    let code = sent(&caller).await;
    let path = format!("/user/otp/verify/{code}");
    assert_eq!(caller.send("POST", &path, &[("x-auth-token", "somebody-else")], None).await.status, 400);
    assert_eq!(verify(&caller, &code).await, 204);
}

#[tokio::test]
async fn recovery_codes_stay_until_they_are_renewed() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    let codes = async |method| caller.call(method, RECOVERY, None).await.body["recovery_codes"].clone();
    let first = codes("GET").await;
    assert_eq!(first.as_array().map(Vec::len), Some(10));
    assert_eq!(codes("GET").await, first);
    let second = codes("POST").await;
    assert_ne!(first, second);
    assert_eq!(codes("GET").await, second);
}

#[tokio::test]
async fn a_token_is_needed_and_a_body_is_not() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    caller.sandbox.reject_credential("bad");
    let all = [("POST", SEND), ("POST", "/user/otp/verify/1"), ("GET", RECOVERY), ("POST", RECOVERY)];
    for (method, path) in all {
        for headers in [&[][..], &[("x-auth-token", "bad")], &[("authorization", "Bearer good")]] {
            assert_eq!(caller.send(method, path, headers, None).await.status, 401, "{method} {path}");
        }
    }
    for ((method, path), status) in all.into_iter().zip([422, 400, 422, 422]) {
        assert_eq!(caller.call(method, path, Some(json!({}))).await.status, status, "{method} {path}");
    }
    let text = caller.send_text("POST", SEND, &[("x-auth-token", "good")], "text").await;
    assert_eq!(text.status, 400);
    assert!(caller.sandbox.inbox().is_empty());
}

#[tokio::test]
async fn unknown_methods_and_paths_are_errors() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    for (method, path, status) in [("GET", SEND, 405), ("DELETE", RECOVERY, 405), ("GET", "/nowhere", 404)] {
        let reply = caller.call(method, path, None).await;
        assert_eq!((reply.status, reply.body["error"].is_string()), (status, true), "{method} {path}");
    }
}

#[tokio::test]
async fn a_newer_code_replaces_an_older_one() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    caller.create().await;
    caller.create().await;
    assert_eq!(caller.states().await, ["replaced", "pending"]);
}
