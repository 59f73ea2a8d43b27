//! A response that is not of the documented form is logged for the operator.

use otp_facade::{CreateRequest, OtpProvider, Recipient, Smscx};
use otp_tests::{RawServer, Response};
use serde_json::json;

use crate::capture::Capture;

const PHONE: &str = "+4915112345678";

#[tokio::test]
async fn an_event_names_operation_and_field_of_what_is_not_of_the_documented_form() {
    let body = json!({
        "otpId": "3f2b8c1e-5a77-4d0e-9c3b-6f1d2e8a9b04", "phoneNumber": PHONE, "cost": { "amount": PHONE },
    });
    let server = RawServer::writing(Response::json(201, &body).to_bytes()).await;
    let provider =
        Smscx::builder().api_key("key").base_url(server.base_url()).build().expect("valid settings");
    let capture = Capture::start();
    provider.create(&CreateRequest::new(Recipient::phone(PHONE))).await.expect("the id is there");
    let text = capture.text();
    let event = text.lines().find(|line| line.contains("not of the documented form"));
    let event = event.unwrap_or_else(|| panic!("no event: {text}"));
    assert!(event.contains("WARN") && event.contains("new_otp") && event.contains("cost"), "{event}");
    assert!(!event.contains("15112345678"), "{event}");
}
