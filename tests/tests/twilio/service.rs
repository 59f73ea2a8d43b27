//! Twilio Verify: one verification of an address at a time, whose messages and checks are limited, and which is gone once it is
//! final.

use std::time::Duration;

use otp_sandbox::{Provider, Sandbox};
use otp_tests::sandbox::{Caller, Reply};
use otp_tests::suites::service::Call;
use serde_json::{Value, json};

const VERIFICATIONS: &str = "/v2/Services/VA0123456789abcdef0123456789abcdef/Verifications";
const CHECK: &str = "/v2/Services/VA0123456789abcdef0123456789abcdef/VerificationCheck";
const NOBODYS: &str = "VE00000000000000000000000000000000";
const NUMBER: &str = "+15017122661";

pub(crate) fn error() -> Value {
    json!({ "code": 20500, "message": "m", "more_info": "u", "status": 500 })
}

pub(crate) fn calls() -> Vec<Call> {
    let one = "/v2/Services/VA0123456789abcdef0123456789abcdef/Verifications/{id}";
    let other = "/v2/Services/VA0123456789abcdef0123456789abcdef/Verifications/VE0";
    vec![
        (201, "POST", VERIFICATIONS, json!({ "To": NUMBER, "Channel": "sms" })),
        (400, "POST", VERIFICATIONS, json!({ "To": "1", "Channel": "sms" })),
        (404, "POST", "/v2/Services/VA0/Verifications", json!({ "To": NUMBER, "Channel": "sms" })),
        (200, "GET", one, Value::Null),
        (404, "GET", other, Value::Null),
        (400, "POST", CHECK, json!({ "Code": "1234" })),
        (404, "POST", CHECK, json!({ "Code": "1234", "VerificationSid": NOBODYS })),
        (201, "POST", CHECK, json!({ "Code": "{code}", "VerificationSid": "{id}" })),
        (201, "POST", VERIFICATIONS, json!({ "To": NUMBER, "Channel": "sms" })),
        (200, "POST", CHECK, json!({ "Code": "{code}", "To": NUMBER })),
        (201, "POST", VERIFICATIONS, json!({ "To": NUMBER, "Channel": "sms" })),
        (400, "POST", one, json!({ "Status": "pending" })),
        (200, "POST", one, json!({ "Status": "canceled" })),
        (404, "POST", one, json!({ "Status": "canceled" })),
    ]
}

async fn create(caller: &Caller, form: Value) -> Reply {
    caller.call("POST", VERIFICATIONS, Some(form)).await
}

async fn created(caller: &Caller, channel: &str) -> String {
    let reply = create(caller, json!({ "To": NUMBER, "Channel": channel })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.string_at("/sid")
}

async fn check(caller: &Caller, sid: &str, code: &str) -> (u16, String) {
    let form = json!({ "VerificationSid": sid, "Code": code });
    outcome(&caller.call("POST", CHECK, Some(form)).await)
}

async fn read(caller: &Caller, sid: &str) -> (u16, String) {
    outcome(&caller.call("GET", &format!("{VERIFICATIONS}/{sid}"), None).await)
}

async fn update(caller: &Caller, sid: &str, status: &str) -> (u16, String) {
    let form = Some(json!({ "Status": status }));
    outcome(&caller.call("POST", &format!("{VERIFICATIONS}/{sid}"), form).await)
}

/// The HTTP status, and the verification's status or the error's code.
fn outcome(reply: &Reply) -> (u16, String) {
    match reply.status < 300 {
        true => (reply.status, reply.string_at("/status")),
        false => (reply.status, reply.code().to_string()),
    }
}

fn gone() -> (u16, String) {
    (404, "20404".into())
}

#[tokio::test]
async fn the_right_code_is_accepted_once_and_the_verification_is_gone() {
    let caller = Caller::new(Provider::Twilio).await;
    let sid = created(&caller, "sms").await;
    assert_eq!(read(&caller, &sid).await, (200, "pending".into()));
    let code = caller.message().code;
    assert_eq!(check(&caller, &sid, &code).await, (201, "approved".into()));
    assert_eq!(check(&caller, &sid, &code).await, gone());
    assert_eq!(read(&caller, &sid).await, gone());
    assert_ne!(created(&caller, "sms").await, sid);
}

#[tokio::test]
async fn a_wrong_code_is_a_success_and_the_sixth_check_is_none() {
    let caller = Caller::new(Provider::Twilio).await;
    let sid = created(&caller, "sms").await;
    let message = caller.message();
    for _ in 0..4 {
        assert_eq!(check(&caller, &sid, &message.wrong_code()).await, (201, "pending".into()));
    }
    assert_eq!(check(&caller, &sid, &message.wrong_code()).await, (201, "max_attempts_reached".into()));
    assert_eq!(check(&caller, &sid, &message.code).await, (429, "60202".into()));
    assert_eq!(read(&caller, &sid).await, gone());
    assert_eq!(update(&caller, &sid, "canceled").await, gone());
    // No other code before it expires.
    assert_eq!(created(&caller, "sms").await, sid);
    assert_eq!(caller.message().code, message.code);
    caller.sandbox.advance(Duration::from_secs(600));
    assert_ne!(created(&caller, "sms").await, sid);
}

#[tokio::test]
async fn a_second_create_sends_the_same_code_again_and_there_are_five_messages() {
    let caller = Caller::new(Provider::Twilio).await;
    let sid = created(&caller, "sms").await;
    let code = caller.message().code;
    for (count, channel) in ["call", "whatsapp", "sms", "call"].into_iter().enumerate() {
        let reply = create(&caller, json!({ "To": NUMBER, "Channel": channel })).await;
        assert_eq!((reply.status, reply.string_at("/sid")), (201, sid.clone()));
        assert_eq!(reply.body["send_code_attempts"].as_array().map(Vec::len), Some(count + 2));
        assert_eq!((caller.message().code, caller.message().channel), (code.clone(), channel));
    }
    let reply = create(&caller, json!({ "To": NUMBER, "Channel": "sms" })).await;
    assert_eq!((reply.status, reply.code()), (429, 60203));
    assert_eq!(caller.sandbox.inbox().len(), 5);
    // Another address has a verification of its own.
    let other = create(&caller, json!({ "To": "ann@example.com", "Channel": "email" })).await;
    assert_ne!(other.string_at("/sid"), sid);
}

#[tokio::test]
async fn an_address_has_five_verifications_in_ten_minutes() {
    let caller = Caller::new(Provider::Twilio).await;
    for _ in 0..5 {
        let sid = created(&caller, "sms").await;
        assert_eq!(update(&caller, &sid, "canceled").await, (200, "canceled".into()));
    }
    let form = || json!({ "To": NUMBER, "Channel": "sms" });
    let reply = create(&caller, form()).await;
    assert_eq!((reply.status, reply.code()), (429, 60212));
    caller.sandbox.advance(Duration::from_secs(600));
    assert_eq!(create(&caller, form()).await.status, 201);
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes() {
    let caller = Caller::new(Provider::Twilio).await;
    let sid = created(&caller, "sms").await;
    caller.sandbox.advance(Duration::from_secs(590));
    assert_eq!(read(&caller, &sid).await, (200, "pending".into()));
    // A resend does not prolong it.
    assert_eq!(created(&caller, "sms").await, sid);
    caller.sandbox.advance(Duration::from_secs(10));
    assert_eq!(read(&caller, &sid).await, gone());
    assert_eq!(check(&caller, &sid, &caller.message().code).await, gone());
}

#[tokio::test]
async fn a_canceled_verification_accepts_no_code_and_an_approved_one_needs_none() {
    let caller = Caller::new(Provider::Twilio).await;
    let sid = created(&caller, "sms").await;
    assert_eq!(update(&caller, &sid, "canceled").await, (200, "canceled".into()));
    assert_eq!(check(&caller, &sid, &caller.message().code).await, gone());
    assert_eq!(update(&caller, &sid, "canceled").await, gone());
    let sid = created(&caller, "sms").await;
    assert_eq!(update(&caller, &sid, "denied").await, (400, "60200".into()));
    assert_eq!(update(&caller, &sid, "approved").await, (200, "approved".into()));
    assert_eq!(read(&caller, &sid).await, gone());
}

#[tokio::test]
async fn a_verification_is_found_by_its_address_and_in_its_service_only() {
    let caller = Caller::new(Provider::Twilio).await;
    let sid = created(&caller, "sms").await;
    let path = format!("{VERIFICATIONS}/{}", NUMBER.replace('+', "%2B"));
    assert_eq!(caller.call("GET", &path, None).await.string_at("/sid"), sid);
    let other = VERIFICATIONS.replace("VA0", "VA1");
    assert_eq!(outcome(&caller.call("GET", &format!("{other}/{sid}"), None).await), gone());
    let form = json!({ "To": NUMBER, "Code": caller.message().code });
    assert_eq!(outcome(&caller.call("POST", CHECK, Some(form)).await), (200, "approved".into()));
}

#[tokio::test]
async fn every_field_has_its_code() {
    let caller = Caller::new(Provider::Twilio).await;
    let template = "HJ00000000000000000000000000000000";
    for (field, value, code) in [
        ("To", json!("5017122661"), 60200),
        ("To", json!("ann@example.com"), 60200),
        ("Channel", json!("pigeon"), 60200),
        ("Channel", json!("email"), 60200),
        ("Channel", json!("sna"), 60223),
        ("CustomCode", json!("123"), 60200),
        ("CustomMessage", json!("text"), 60243),
        ("TemplateSid", json!("HJ0"), 60200),
        ("TemplateCustomSubstitutions", json!("{"), 60224),
        ("RateLimits", json!("[]"), 60200),
        ("Tags", json!("{\"a\":1}"), 60200),
        ("RiskCheck", json!("maybe"), 60200),
        ("Locale", json!("E"), 60200),
    ] {
        let mut form = json!({ "To": NUMBER, "Channel": "sms" });
        form[field] = value;
        let reply = create(&caller, form.clone()).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{form}");
    }
    let email = json!({ "To": "ann@example.com", "Channel": "email", "TemplateSid": template });
    assert_eq!(create(&caller, email).await.code(), 60408);
    assert!(caller.sandbox.inbox().is_empty(), "a refused request sent a message");
    for (form, code) in [
        (json!({ "Code": "1234" }), 60221),
        (json!({ "VerificationSid": NOBODYS }), 60200),
        (json!({ "VerificationSid": NOBODYS, "Code": "123" }), 60200),
        (json!({ "VerificationSid": "VE1", "Code": "1234" }), 60200),
    ] {
        let reply = caller.call("POST", CHECK, Some(form.clone())).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{form}");
    }
}

#[tokio::test]
async fn every_option_is_honored() {
    let caller = Caller::new(Provider::Twilio).await;
    let form = json!({
        "To": NUMBER, "Channel": "sms", "CustomFriendlyName": "Acme", "CustomCode": "493817", "Locale": "pt-BR",
        "Amount": "€39.99", "Payee": "Acme Inc.", "RateLimits": "{\"end_user_ip\":\"203.0.113.7\"}",
        "ChannelConfiguration": "{\"from\":\"otp@example.com\"}", "AppHash": "He42w354ol9",
        "TemplateSid": "HJ0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", "TemplateCustomSubstitutions": "{\"name\":\"Ann\"}",
        "DeviceIp": "203.0.113.7", "EnableSnaClientToken": "true", "RiskCheck": "disable", "SendDigits": "ww1",
        "Tags": "{\"tenant\":\"12345\"}",
    });
    let reply = create(&caller, form).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(
        (reply.string_at("/amount"), reply.string_at("/payee")),
        ("€39.99".into(), "Acme Inc.".into())
    );
    assert_eq!(caller.message().code, "493817");
    assert!(reply.header("twilio-request-id").is_some_and(|id| id.starts_with("RQ") && id.len() == 34));
}

#[tokio::test]
async fn a_value_of_a_rate_limit_has_five_calls_a_minute() {
    let caller = Caller::new(Provider::Twilio).await;
    let form = |number: usize, ip: &str| {
        let limits = json!({ "end_user_ip": ip }).to_string();
        json!({ "To": format!("+1501712266{number}"), "Channel": "sms", "RateLimits": limits })
    };
    for number in 0..5 {
        assert_eq!(create(&caller, form(number, "203.0.113.7")).await.status, 201);
    }
    let reply = create(&caller, form(5, "203.0.113.7")).await;
    assert_eq!((reply.status, reply.code()), (429, 20429));
    assert_eq!(reply.header("twilio-reached-rate-limit"), Some("end_user_ip"));
    assert_eq!(create(&caller, form(6, "203.0.113.8")).await.status, 201);
    caller.sandbox.advance(Duration::from_secs(60));
    assert_eq!(create(&caller, form(7, "203.0.113.7")).await.status, 201);
}

#[tokio::test]
async fn with_psd2_a_code_is_good_for_its_payment_only() {
    let sandbox = Sandbox::builder().twilio_psd2(true).start().await.unwrap();
    let caller = Caller::with(sandbox, Provider::Twilio);
    let form = |channel: &str, amount: &str| json!({ "To": NUMBER, "Channel": channel, "Amount": amount, "Payee": "Acme" });
    let without = create(&caller, json!({ "To": NUMBER, "Channel": "sms" })).await;
    assert_eq!((without.status, without.code()), (400, 60206));
    assert_eq!(create(&caller, form("call", "€1")).await.code(), 60214);
    let sid = create(&caller, form("sms", "€1")).await.string_at("/sid");
    let message = caller.message();
    assert!(message.text.contains("€1") && message.text.contains("Acme"), "{}", message.text);
    assert_ne!(create(&caller, form("sms", "€2")).await.string_at("/sid"), sid);
    let check = async |amount: Option<&str>| {
        let mut form = json!({ "VerificationSid": sid, "Code": message.code });
        if let Some(amount) = amount {
            form["Amount"] = amount.into();
            form["Payee"] = "Acme".into();
        }
        outcome(&caller.call("POST", CHECK, Some(form)).await)
    };
    assert_eq!(check(None).await, (400, "60206".into()));
    assert_eq!(check(Some("€2")).await, (201, "pending".into()));
    assert_eq!(check(Some("€1")).await, (201, "approved".into()));
}

#[tokio::test]
async fn a_credential_is_needed_and_can_be_rejected() {
    let caller = Caller::new(Provider::Twilio).await;
    caller.sandbox.reject_credential("bad");
    let form = json!({ "To": NUMBER, "Channel": "sms" });
    // QUM6Z29vZA== is AC:good, QUM6YmFk is AC:bad.
    for (headers, status) in [
        (&[][..], 401),
        (&[("authorization", "Bearer good")], 401),
        (&[("authorization", "Basic QUM6YmFk")], 401),
        (&[("authorization", "Basic QUM6Z29vZA==")], 201),
    ] {
        let reply = caller.send("POST", VERIFICATIONS, headers, Some(form.clone())).await;
        assert_eq!(reply.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn the_rate_limit_is_reported_and_enforced() {
    let sandbox = Sandbox::builder().rate_limit(Some(1)).start().await.unwrap();
    let caller = Caller::with(sandbox, Provider::Twilio);
    let sid = created(&caller, "sms").await;
    let reply = create(&caller, json!({ "To": NUMBER, "Channel": "sms" })).await;
    assert_eq!((reply.status, reply.code()), (429, 20429));
    assert!(reply.header("retry-after").is_some());
    assert_eq!(read(&caller, &sid).await, (429, "20429".into()));
}

#[tokio::test]
async fn unknown_methods_and_paths_are_errors() {
    let caller = Caller::new(Provider::Twilio).await;
    for (method, path, status) in [
        ("GET", VERIFICATIONS, 405),
        ("DELETE", CHECK, 405),
        ("GET", "/v2/nowhere", 404),
        ("POST", "/v2/Services", 404),
    ] {
        let reply = caller.call(method, path, None).await;
        assert_eq!((reply.status, reply.code() > 0), (status, true), "{method} {path}");
    }
}
