//! Messages in the inbox of all services.

use std::time::Duration;

use otp_sandbox::Provider;
use otp_tests::sandbox::Caller;
use serde_json::json;

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
    agilicus.create().await;
    assert_eq!(caller.sandbox.message_to("u").unwrap().provider, Provider::Agilicus);
}

#[tokio::test]
async fn messages_and_requests_carry_the_sandbox_s_time() {
    let caller = Caller::new(Provider::Smscx).await;
    caller.create().await;
    caller.sandbox.advance(Duration::from_secs(3600));
    caller.create().await;
    let sent: Vec<_> = caller.sandbox.inbox().iter().map(|message| message.sent).collect();
    let received: Vec<_> = caller.sandbox.journal().iter().map(|request| request.received).collect();
    for times in [sent, received] {
        let apart = times[1].duration_since(times[0]).unwrap();
        assert!((3600..3660).contains(&apart.as_secs()), "{apart:?}");
    }
}
