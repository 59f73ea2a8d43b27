//! What the inbox says about a code: its state, its expiry and the attempts that are left.

use std::time::Duration;

use otp_sandbox::{Provider, Sandbox};
use serde_json::{Value, json};

use crate::caller::{Caller, http_client};

async fn inbox(sandbox: &Sandbox) -> Vec<Value> {
    let response = http_client().get(format!("{}/inbox", sandbox.control_url())).send().await.unwrap();
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn states(sandbox: &Sandbox) -> Vec<String> {
    inbox(sandbox)
        .await
        .iter()
        .map(|message| message["state"].as_str().unwrap_or("none").to_owned())
        .collect()
}

const VERIFICATIONS: &str = "/v2/Services/VA0123456789abcdef0123456789abcdef/Verifications";

/// Starts a challenge with a code that a person types.
async fn create(caller: &Caller) -> String {
    let (path, body) = match caller.provider {
        Provider::Agilicus => (
            "/v1/challenges",
            Some(json!({ "spec": { "user_id": "u", "challenge_type": "sms", "send_now": true } })),
        ),
        Provider::DeutscheBank => {
            let data = json!({
                "type": "challengeRequestDataInstantSepaCreditTransfers",
                "targetIban": "DE89370400440532013000",
                "amountCurrency": "EUR",
                "amountValue": 12.34,
            });
            let kind = "INSTANT_SEPA_CREDIT_TRANSFERS";
            ("/single", Some(json!({ "method": "MTAN", "requestType": kind, "requestData": data })))
        }
        Provider::EquinixMetal => ("/user/otp/sms/receive", None),
        Provider::Twilio => (VERIFICATIONS, Some(json!({ "To": "+15017122661", "Channel": "sms" }))),
        Provider::Vonage => {
            let step = json!({ "channel": "sms", "to": "447700900000" });
            ("/v2/verify", Some(json!({ "brand": "ACME", "workflow": [step] })))
        }
        Provider::Smscx => ("/otp", Some(json!({ "phoneNumber": "+33612246400" }))),
    };
    let reply = caller.call("POST", path, body).await;
    assert!(reply.status < 300, "{reply:?}");
    caller.message().challenge.unwrap_or_default()
}

async fn verify(caller: &Caller, id: &str, code: &str) -> u16 {
    let (method, path, body) = match caller.provider {
        Provider::Agilicus => {
            let query = format!("challenge_answer={code}&challenge_uid=u&challenge_type=sms&allowed=true");
            ("GET", format!("/v1/challenges/{id}/answers?{query}"), None)
        }
        Provider::DeutscheBank => ("PATCH", format!("/single/{id}"), Some(json!({ "response": code }))),
        Provider::EquinixMetal => ("POST", format!("/user/otp/verify/{code}"), None),
        Provider::Twilio => {
            let path = VERIFICATIONS.replace("Verifications", "VerificationCheck");
            ("POST", path, Some(json!({ "Code": code, "VerificationSid": id })))
        }
        Provider::Vonage => ("POST", format!("/v2/verify/{id}"), Some(json!({ "code": code }))),
        Provider::Smscx => ("POST", format!("/otp/{id}"), Some(json!({ "pin": code }))),
    };
    caller.call(method, &path, body).await.status
}

#[tokio::test]
async fn a_code_is_pending_until_it_is_verified_exhausted_or_expired() {
    for provider in Provider::ALL {
        let caller = Caller::new(provider).await;
        let id = create(&caller).await;
        let message = caller.message();
        let first = &inbox(&caller.sandbox).await[0];
        assert_eq!(first["state"], "pending", "{provider}");
        let attempts = first["attempts_left"].as_u64().unwrap();
        assert!(first["expires"].as_str() > first["time"].as_str(), "{first}");
        verify(&caller, &id, &message.wrong_code()).await;
        assert_eq!(inbox(&caller.sandbox).await[0]["attempts_left"], attempts - 1, "{provider}");
        assert!(verify(&caller, &id, &message.code).await < 300, "{provider}");
        assert_eq!(states(&caller.sandbox).await, ["verified"], "{provider}");

        let id = create(&caller).await;
        let wrong = caller.message().wrong_code();
        for _ in 0..attempts {
            verify(&caller, &id, &wrong).await;
        }
        assert_eq!(states(&caller.sandbox).await[1], "exhausted", "{provider}");

        // A service may send no other code to the same number until the first has expired.
        caller.sandbox.advance(Duration::from_secs(601));
        create(&caller).await;
        caller.sandbox.advance(Duration::from_secs(601));
        assert_eq!(states(&caller.sandbox).await, ["verified", "exhausted", "expired"], "{provider}");
    }
}

#[tokio::test]
async fn a_cancelled_code_says_so() {
    for (provider, path) in
        [(Provider::Agilicus, "/v1/challenges"), (Provider::Smscx, "/otp"), (Provider::Vonage, "/v2/verify")]
    {
        let caller = Caller::new(provider).await;
        let id = create(&caller).await;
        caller.call("DELETE", &format!("{path}/{id}"), None).await;
        assert_eq!(states(&caller.sandbox).await, ["cancelled"], "{provider}");
    }
    let twilio = Caller::new(Provider::Twilio).await;
    let id = create(&twilio).await;
    twilio.call("POST", &format!("{VERIFICATIONS}/{id}"), Some(json!({ "Status": "canceled" }))).await;
    assert_eq!(states(&twilio.sandbox).await, ["cancelled"]);
}

#[tokio::test]
async fn a_newer_code_replaces_an_older_one_of_the_same_challenge() {
    let metal = Caller::new(Provider::EquinixMetal).await;
    create(&metal).await;
    create(&metal).await;
    assert_eq!(states(&metal.sandbox).await, ["replaced", "pending"]);

    let bank = Caller::new(Provider::DeutscheBank).await;
    let id = create(&bank).await;
    bank.call("PATCH", &format!("/single/{id}/switchMethod"), Some(json!({ "method": "PHOTOTAN" }))).await;
    assert_eq!(states(&bank.sandbox).await, ["replaced", "pending"]);
    assert!(inbox(&bank.sandbox).await[1]["image"].is_string());

    let vonage = Caller::new(Provider::Vonage).await;
    let steps = ["sms", "voice"].map(|channel| json!({ "channel": channel, "to": "447700900000" }));
    let body = json!({ "brand": "ACME", "workflow": steps });
    let id = vonage.call("POST", "/v2/verify", Some(body)).await.string_at("/request_id");
    vonage.call("POST", &format!("/v2/verify/{id}/next_workflow"), None).await;
    assert_eq!(states(&vonage.sandbox).await, ["replaced", "pending"]);
}

#[tokio::test]
async fn a_push_can_be_answered_until_it_is() {
    for (answer, state) in [("approve", "verified"), ("decline", "declined"), ("fail", "failed")] {
        let caller = Caller::new(Provider::Agilicus).await;
        let push = json!({ "spec": { "user_id": "u", "challenge_type": "web_push", "send_now": true } });
        let id = caller.call("POST", "/v1/challenges", Some(push)).await.string_at("/metadata/id");
        let message = &inbox(&caller.sandbox).await[0];
        assert_eq!((&message["answerable"], message["state"].as_str()), (&json!(true), Some("pending")));
        let done = match answer {
            "approve" => caller.sandbox.approve(&id),
            "decline" => caller.sandbox.decline(&id),
            _ => caller.sandbox.fail_delivery(&id),
        };
        let message = &inbox(&caller.sandbox).await[0];
        assert!(done && message["answerable"] == false, "{message}");
        assert_eq!(message["state"], state);
    }
    let sms = Caller::new(Provider::Agilicus).await;
    create(&sms).await;
    assert_eq!(inbox(&sms.sandbox).await[0]["answerable"], false, "a person types it");
}

#[tokio::test]
async fn a_message_is_found_by_its_recipient_however_the_number_is_spelled() {
    let caller = Caller::new(Provider::Smscx).await;
    for number in ["+4915112345678", "+33612246400"] {
        caller.call("POST", "/otp", Some(json!({ "phoneNumber": number }))).await;
    }
    let newest = caller.message();
    for spelled in ["+4915112345678", "+49 151 1234-5678", "0049 (151) 12345678"] {
        let message = caller.sandbox.message_to(spelled).unwrap();
        assert_eq!(message.to, "+4915112345678");
        assert_ne!(message.code, "", "{spelled}");
    }
    assert_eq!(caller.sandbox.message_to("+33612246400"), Some(newest));
    assert_eq!(caller.sandbox.message_to("+4915112345679"), None);
    let agilicus = Caller::with(caller.sandbox.clone(), Provider::Agilicus);
    create(&agilicus).await;
    assert_eq!(caller.sandbox.message_to("u").unwrap().provider, Provider::Agilicus);
}

#[tokio::test]
async fn messages_and_requests_carry_the_sandbox_s_time() {
    let caller = Caller::new(Provider::Smscx).await;
    create(&caller).await;
    caller.sandbox.advance(Duration::from_secs(3600));
    create(&caller).await;
    let sent: Vec<_> = caller.sandbox.inbox().iter().map(|message| message.sent).collect();
    let received: Vec<_> = caller.sandbox.journal().iter().map(|request| request.received).collect();
    for times in [sent, received] {
        let apart = times[1].duration_since(times[0]).unwrap();
        assert!((3600..3660).contains(&apart.as_secs()), "{apart:?}");
    }
}
