//! Callbacks: which are taken, which are refused, and that no error shows their content.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use vonage_otp::callback::{CallbackError, Content, MAX_BYTES, SignatureSecret};
use vonage_otp::types::{CallbackChannel, EventStatus, RequestStatus, StepStatus};

const SECRET: &str = "a signature secret of the account";
const ID: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn sha256(body: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token_of(header: &Value, claims: &Value, secret: &str) -> String {
    let message = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    format!("Bearer {message}.{}", BASE64.encode(ring::hmac::sign(&key, message.as_bytes())))
}

fn claims(body: &str) -> Value {
    json!({ "iss": "Vonage", "iat": now(), "jti": "token-1", "payload_hash": sha256(body), "application_id": ID })
}

fn signed(body: &str) -> String {
    token_of(&json!({ "alg": "HS256", "typ": "JWT" }), &claims(body), SECRET)
}

fn read(body: &str) -> Result<Content, CallbackError> {
    let secret = SignatureSecret::new(SECRET).unwrap();
    secret.read(Some(&signed(body)), body.as_bytes()).map(|callback| callback.content)
}

#[test]
fn a_summary_is_read_with_all_that_it_has() {
    let body = json!({
        "request_id": ID, "submitted_at": "2026-03-02T08:15:00Z", "status": "blocked", "type": "summary", "channel_timeout": 300,
        "workflow": [
            { "channel": "sms", "initiated_at": "2026-03-02T08:15:00Z", "status": "expired" },
            { "channel": "pigeon", "status": "unused" },
        ],
        "client_ref": "order7", "price": 0.05, "reason": "network",
    });
    let Ok(Content::Summary(summary)) = read(&body.to_string()) else { panic!("a summary") };
    assert_eq!((summary.request_id.as_str(), &summary.status), (ID, &Some(RequestStatus::Blocked)));
    assert_eq!((summary.client_ref.as_deref(), summary.channel_timeout), (Some("order7"), Some(300)));
    assert_eq!(summary.reason.as_deref(), Some("network"));
    let steps = summary.workflow.unwrap();
    assert_eq!(
        (&steps[0].channel, &steps[0].status),
        (&Some(CallbackChannel::Sms), &Some(StepStatus::Expired))
    );
    assert!(matches!(&steps[1].channel, Some(CallbackChannel::Unlisted(text)) if text == "pigeon"));
}

#[test]
fn an_event_is_read_with_its_action_as_object_or_list() {
    let action = json!({ "type": "check", "check_url": "https://api.example/check" });
    for action in [action.clone(), json!([action])] {
        let body = json!({
            "request_id": ID, "triggered_at": "2026-03-02T08:15:00Z", "type": "event", "channel": "silent_auth",
            "status": "action_pending", "action": action,
        });
        let Ok(Content::Event(event)) = read(&body.to_string()) else { panic!("an event: {body}") };
        assert_eq!(event.status, Some(EventStatus::ActionPending));
        let actions = event.action.unwrap();
        assert_eq!(actions[0].check_url.as_ref().unwrap().expose(), "https://api.example/check");
    }
}

#[test]
fn what_the_vendor_adds_or_leaves_out_loses_nothing() {
    for (body, is_summary) in [
        (json!({ "request_id": ID, "type": "event", "status": "postponed", "more": [1] }), false),
        (json!({ "request_id": ID, "type": "summary", "workflow": {}, "channel_timeout": "soon" }), true),
        (json!({ "request_id": ID, "workflow": null }), true),
        (json!({ "request_id": ID, "type": "something new" }), false),
        (json!({ "request_id": ID, "type": 7, "channel": ["sms"], "finalized_at": "soon" }), false),
    ] {
        let content = read(&body.to_string()).unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(
            (content.request_id(), matches!(content, Content::Summary(_))),
            (ID, is_summary),
            "{body}"
        );
    }
}

#[test]
fn what_is_no_callback_is_refused() {
    for (body, refused) in [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not of the documented shape"),
        ("7", "not of the documented shape"),
        ("{}", "not of the documented shape"),
        (r#"{"type":"summary","workflow":[]}"#, "not of the documented shape"),
        (r#"{"request_id":null,"type":"event"}"#, "not of the documented shape"),
    ] {
        let error = read(body).unwrap_err().to_string();
        assert!(error.contains(refused), "{body}: {error}");
    }
    let long = format!(r#"{{"request_id":"{ID}","type":"event","padding":"{}"}}"#, "x".repeat(MAX_BYTES));
    assert_eq!(read(&long).unwrap_err(), CallbackError::TooLong { bytes: long.len() });
    let deep = format!(r#"{{"request_id":"{ID}","x":{}"#, "[".repeat(10_000));
    assert!(matches!(read(&deep), Err(CallbackError::NotJson { .. })));
}

#[test]
fn only_what_was_signed_with_the_secret_for_this_body_is_read() {
    let body = json!({ "request_id": ID, "type": "event", "status": "completed" }).to_string();
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let with = |name: &str, value: Value| {
        let mut claims = claims(&body);
        claims[name] = value;
        Some(token_of(&header, &claims, SECRET))
    };
    let without = |name: &str| {
        let mut claims = claims(&body);
        claims.as_object_mut().unwrap().remove(name);
        Some(token_of(&header, &claims, SECRET))
    };
    let unsigned = |algorithm: &str| {
        let header = json!({ "alg": algorithm, "typ": "JWT" });
        token_of(&header, &claims(&body), SECRET)
    };
    let cut = |token: String| token.rsplit_once('.').map(|(message, _)| format!("{message}."));
    let day = 24 * 60 * 60;
    for (name, token, refused) in [
        ("no header", None, CallbackError::NotSigned),
        ("another scheme", Some("Basic YTpi".to_owned()), CallbackError::NotSigned),
        ("no token", Some("Bearer ".to_owned()), CallbackError::NotSigned),
        ("another secret", Some(token_of(&header, &claims(&body), "another")), CallbackError::NotSigned),
        ("no signature", cut(signed(&body)), CallbackError::NotSigned),
        ("the algorithm none", cut(unsigned("none")), CallbackError::NotSigned),
        ("another algorithm", Some(unsigned("HS512")), CallbackError::NotSigned),
        ("an asymmetric algorithm", Some(unsigned("RS256")), CallbackError::NotSigned),
        ("expired", with("exp", json!(now() - 3600)), CallbackError::NotSigned),
        ("too old", with("iat", json!(now() - day - 5)), CallbackError::TooOld),
        ("of tomorrow", with("iat", json!(now() + day)), CallbackError::TooOld),
        ("without a time", without("iat"), CallbackError::TooOld),
        ("without a hash", without("payload_hash"), CallbackError::OtherBody),
        ("the hash of nothing", with("payload_hash", json!(sha256(""))), CallbackError::OtherBody),
        ("an empty hash", with("payload_hash", json!("")), CallbackError::OtherBody),
    ] {
        let secret = SignatureSecret::new(SECRET).unwrap();
        let outcome = secret.read(token.as_deref(), body.as_bytes());
        assert_eq!(outcome.unwrap_err(), refused, "{name}");
    }
    // The counterparts.
    let secret = SignatureSecret::new(SECRET).unwrap();
    for token in [Some(signed(&body)), with("payload_hash", json!(sha256(&body).to_uppercase()))] {
        let callback = secret.read(token.as_deref(), body.as_bytes()).unwrap();
        assert_eq!((callback.content.request_id(), callback.token_id.as_deref()), (ID, Some("token-1")));
    }
    let patient = SignatureSecret::new(SECRET).unwrap().with_max_age(Duration::from_secs(2 * day));
    assert!(patient.read(with("iat", json!(now() - day - 5)).as_deref(), body.as_bytes()).is_ok());
}

#[test]
fn nothing_shows_the_secret_or_what_was_received() {
    let body =
        json!({ "request_id": ID, "type": "event", "action": { "check_url": "https://leak.example" } })
            .to_string();
    let secret = SignatureSecret::new(SECRET).unwrap();
    let callback = secret.read(Some(&signed(&body)), body.as_bytes()).unwrap();
    let errors = [
        secret.read(Some("Bearer leak.leak.leak"), body.as_bytes()).unwrap_err(),
        read(r#"{"request_id": leak"#).unwrap_err(),
        read(r#"{"leak": "leak"}"#).unwrap_err(),
    ];
    let shown = format!("{secret:?} {secret:#?} {callback:?} {errors:?}");
    let shown = errors.iter().fold(shown, |shown, error| format!("{shown} {error}"));
    assert!(!shown.contains(SECRET) && !shown.contains("leak"), "{shown}");
    assert!(SignatureSecret::new("").is_err());
}
