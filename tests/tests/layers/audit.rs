//! Audit trail of the guard: events with stable names, and nobody in them.

use otp_facade::stores::MemoryStore;
use otp_facade::{CreateRequest, Guard, GuardSettings, OtpProvider, Recipient, RecipientKind, VerifyRequest};
use otp_tests::{FakeProvider, RIGHT, WRONG};

use crate::capture::Capture;

const PHONE: &str = "+4915112345678";

fn settings() -> GuardSettings {
    GuardSettings::new("a key of at least 32 characters, kept like a password").with_max_failures(2)
}

#[tokio::test]
async fn each_limit_lock_reset_mismatch_and_acceptance_is_an_event_with_a_stable_name_and_nobody_in_it() {
    let capture = Capture::start();
    let fake = FakeProvider::new("fake").validating().accepting_only_the_right_code();
    let fake = fake.able(|able| able.recipient = RecipientKind::Phone);
    let guard = Guard::new(fake, MemoryStore::new(), settings()).expect("valid settings");
    let request = CreateRequest::new(Recipient::phone(PHONE)).with_subject("account-7");
    let verification = |id, code| VerifyRequest::new(id, code).with_subject("account-7");

    let id = guard.create(&request).await.expect("a challenge").id;
    guard.create(&request).await.expect_err("the interval");
    guard.verify(&VerifyRequest::new(id.clone(), RIGHT)).await.expect_err("no subject");
    guard.verify(&verification(id.clone(), RIGHT)).await.expect("the code");
    guard.verify(&verification(id.clone(), RIGHT)).await.expect_err("a replay");
    let other = CreateRequest::new(Recipient::phone("+33612345678")).with_subject("account-7");
    let next = guard.create(&other).await.expect("a challenge").id;
    for _ in 0..3 {
        guard.verify(&verification(next.clone(), WRONG)).await.expect_err("a wrong code");
    }
    guard.reset_failures(Some(&request.recipient), Some("account-7")).await.expect("a reset");
    guard.forget(Some(&request.recipient), Some("account-7")).await.expect("forgotten");

    let text = capture.text();
    for part in [
        r#"event="otp.limit_reached" guard="fake" limit="interval""#,
        r#"event="otp.mismatch" guard="fake" operation="verify""#,
        r#"event="otp.accepted" guard="fake""#,
        r#"event="otp.rejected" guard="fake" operation="verify" reason="already_used""#,
        r#"event="otp.locked_out" guard="fake" operation="verify""#,
        r#"event="otp.reset" guard="fake" what="failures""#,
        r#"event="otp.reset" guard="fake" what="everything""#,
        "otp_facade::audit",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for secret in [PHONE, &PHONE[1..], "account-7", RIGHT, WRONG, id.as_str(), next.as_str()] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
