//! Coverage of the descriptions: each documented response is produced once. [`Caller`] checks that each is valid.

use std::collections::BTreeSet;

use otp_sandbox::{Fault, Provider};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::spec::Spec;

/// Calls that produce the documented responses of every operation: status, method, path, body. In a path, `{}` is
/// the id of the last challenge or enrollment and `{code}` its code.
fn calls(provider: Provider) -> Vec<(u16, &'static str, &'static str, Value)> {
    let null = Value::Null;
    match provider {
        Provider::Smscx => vec![
            (201, "POST", "/otp", json!({ "phoneNumber": "+33612246400" })),
            (400, "POST", "/otp", json!({})),
            (200, "GET", "/otp/{}", null.clone()),
            (404, "GET", "/otp/x", null.clone()),
            (400, "POST", "/otp/{}", json!({ "pin": "" })),
            (404, "POST", "/otp/x", json!({ "pin": "1" })),
            (200, "POST", "/otp/{}", json!({ "pin": "{code}" })),
            (403, "DELETE", "/otp/{}", null.clone()),
            (404, "DELETE", "/otp/x", null.clone()),
            (201, "POST", "/otp", json!({ "phoneNumber": "+33612246400" })),
            (200, "DELETE", "/otp/{}", null),
        ],
        Provider::EquinixMetal => vec![
            (204, "POST", "/user/otp/sms/receive", null.clone()),
            (422, "POST", "/user/otp/sms/receive", json!({})),
            (400, "POST", "/user/otp/verify/x", null.clone()),
            (204, "POST", "/user/otp/verify/{code}", null.clone()),
            (200, "GET", "/user/otp/recovery-codes", null.clone()),
            (422, "GET", "/user/otp/recovery-codes", json!({})),
            (200, "POST", "/user/otp/recovery-codes", null),
            (422, "POST", "/user/otp/recovery-codes", json!({})),
        ],
        Provider::DeutscheBank => {
            let data = json!({ "type": "challengeRequestDataTransferPartnerLegiData" });
            let start =
                json!({ "method": "MTAN", "requestType": "TRANSFER_PARTNER_LEGI_DATA", "requestData": data });
            vec![
                (200, "GET", "/", null),
                (201, "POST", "/single", start),
                (400, "POST", "/single", json!({})),
                (200, "PATCH", "/single/{}/switchMethod", json!({ "method": "PHOTOTAN" })),
                (400, "PATCH", "/single/{}/switchMethod", json!({})),
                (400, "PATCH", "/single/{}", json!({ "response": "x" })),
                (200, "PATCH", "/single/{}", json!({ "response": "{code}" })),
            ]
        }
        _ => {
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
                (200, "GET", "/v1/challenges/{}", null.clone()),
                (404, "GET", "/v1/challenges/x", null.clone()),
                (200, "PUT", "/v1/challenges/{}", user.clone()),
                (404, "PUT", "/v1/challenges/x", user.clone()),
                (400, "GET", path(&format!("/v1/challenges/{{}}{answers}x")), null.clone()),
                (404, "GET", path(&format!("/v1/challenges/x{answers}x")), null.clone()),
                (200, "GET", path(&format!("/v1/challenges/{{}}{answers}{{code}}")), null.clone()),
                (204, "DELETE", "/v1/challenges/{}", null.clone()),
                (404, "DELETE", "/v1/challenges/x", null.clone()),
                (201, "POST", "/v1/challenge_enrollment/totp", json!({ "spec": { "user_id": "u" } })),
                (200, "GET", "/v1/challenge_enrollment/totp", null.clone()),
                (200, "GET", "/v1/challenge_enrollment/totp/{}", null.clone()),
                (404, "GET", "/v1/challenge_enrollment/totp/x", null.clone()),
                (400, "POST", "/v1/challenge_enrollment/totp/{}", json!({ "user_id": "u", "answer": "x" })),
                (404, "POST", "/v1/challenge_enrollment/totp/x", json!({ "user_id": "u", "answer": "x" })),
                (
                    200,
                    "POST",
                    "/v1/challenge_enrollment/totp/{}",
                    json!({ "user_id": "u", "answer": "{code}" }),
                ),
                (204, "DELETE", "/v1/challenge_enrollment/totp/{}", null.clone()),
                (404, "DELETE", "/v1/challenge_enrollment/totp/x", null.clone()),
                (201, "POST", "/v1/challenge_enrollment/webauthn", device),
                (400, "POST", "/v1/challenge_enrollment/webauthn", json!({})),
                (200, "GET", "/v1/challenge_enrollment/webauthn", null.clone()),
                (200, "GET", "/v1/challenge_enrollment/webauthn/{}", null.clone()),
                (404, "GET", "/v1/challenge_enrollment/webauthn/x", null.clone()),
                (400, "POST", "/v1/challenge_enrollment/webauthn/{}", json!({})),
                (404, "POST", "/v1/challenge_enrollment/webauthn/x", answer.clone()),
                (200, "POST", "/v1/challenge_enrollment/webauthn/{}", answer),
                (204, "DELETE", "/v1/challenge_enrollment/webauthn/{}", null.clone()),
                (404, "DELETE", "/v1/challenge_enrollment/webauthn/x", null),
            ]
        }
    }
}

/// An error in the provider's format.
fn error_body(provider: Provider) -> Value {
    match provider {
        Provider::Agilicus => json!({ "error_code": "E", "error_message": "m" }),
        Provider::DeutscheBank => json!({ "code": 401, "message": "m" }),
        Provider::EquinixMetal => json!({ "errors": ["m"] }),
        _ => json!({ "error": { "type": "server_error", "message": "m", "uri": "u", "code": 1005 } }),
    }
}

#[tokio::test]
async fn every_documented_response_of_every_operation_can_be_produced() {
    for provider in Provider::ALL {
        let caller = Caller::new(provider).await;
        let mut id = String::new();
        let mut operations = Vec::new();
        for (status, method, path, body) in calls(provider) {
            let code = caller.sandbox.last_message(provider).map(|message| message.code).unwrap_or_default();
            let path = path.replace("{}", &id).replace("{code}", &code);
            let body = (!body.is_null()).then(|| body.to_string().replace("{code}", &code));
            let body = body.map(|text| serde_json::from_str(&text).unwrap());
            let reply = caller.call(method, &path, body.clone()).await;
            assert_eq!(reply.status, status, "{provider} {method} {path}: {}", reply.text);
            let found =
                ["/otpId", "/id", "/metadata/id"].iter().find_map(|pointer| reply.body.pointer(pointer));
            if let (201, Some(found)) = (status, found) {
                found.as_str().unwrap().clone_into(&mut id);
            }
            operations.push((method, path, body));
        }
        // Errors that no ordinary request causes: a missing credential, and what a fault has to inject.
        for (method, path, body) in operations {
            caller.send(method, &path, &[], body.clone()).await;
            let operation = Spec::of(provider).operation(method, path.split('?').next().unwrap()).unwrap();
            let seen = caller.seen.lock().unwrap().clone();
            let missing =
                Spec::of(provider).documented().into_iter().filter(|documented| !seen.contains(documented));
            for (_, status) in missing.filter(|(missing, status)| missing == operation.id && *status >= 400) {
                let limits = ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"];
                caller.sandbox.inject(
                    provider,
                    Fault::Response {
                        status,
                        headers: limits.map(|name| (name.to_owned(), "1".to_owned())).to_vec(),
                        body: error_body(provider).to_string(),
                    },
                );
                assert_eq!(caller.call(method, &path, body.clone()).await.status, status);
            }
        }
        let seen = caller.seen.lock().unwrap().clone();
        let documented: BTreeSet<_> = Spec::of(provider).documented().into_iter().collect();
        let missing: Vec<_> = documented.difference(&seen).collect();
        assert!(missing.is_empty(), "{provider}: {missing:?}");
    }
}
