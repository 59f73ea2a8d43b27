//! `smscx-otp`.

use otp_tests::faults::Documented;
use otp_tests::leaks::{Operation, call, mark};
use serde_json::{Value, json};
use smscx_otp::{Client, ClientBuilder, Credential, Transport, types};

const ID: &str = "a17fb13d-f4ac-4d93-9439-ef41ab8de390";

fn connect_with(credential: Credential, base_url: String, transport: Transport) -> ClientBuilder<Client> {
    Client::builder().credential(credential).base_url(base_url).transport(transport)
}

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    connect_with(Credential::api_key(mark("key")), base_url, transport)
}

fn connect_with_token(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    connect_with(Credential::bearer(mark("bearer")), base_url, transport)
}

fn connect_as_application(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    let credential =
        Credential::client_credentials("application", mark("clientsecret"), Some("otp".to_owned()));
    connect_with(credential, base_url, transport)
}

fn new() -> types::builder::NewOtpRequest {
    let callback = format!("https://example.com/{}", mark("callback"));
    types::NewOtpRequest::builder().phone_number(mark("phone")).otp_callback_url(callback)
}

fn pin() -> types::builder::VerifyPinRequest {
    types::VerifyPinRequest::builder().pin(mark("pin"))
}

pub(crate) fn operations() -> Vec<Operation> {
    let otp = json!({
        "otpId": ID,
        "status": "PENDING",
        "phoneNumber": mark("phoneback"),
        "otpCallbackUrl": mark("callbackback"),
    });
    let token = json!({ "access_token": mark("accesstoken"), "expires_in": 3600, "token_type": "Bearer" });
    let documented = |success| Documented {
        success,
        has_body: true,
        error: json!({ "error": { "type": "invalid_pin", "code": 2029, "message": mark("error") } }),
    };
    let operation = |name, call, status, success: Value| Operation {
        name,
        asks_for_token: false,
        request: &["leakmarkkey"],
        response: &[],
        documented: documented(status),
        success,
        call,
        invalid: None,
    };
    let status = call!(connect, client => client.get_otp_status().otp_id(ID));
    let verify = call!(connect, client => client.verify_otp().otp_id(ID).body(pin()));
    let cancel = call!(connect, client => client.cancel_otp().otp_id(ID));
    let as_application = call!(connect_as_application, client => client.verify_otp().otp_id(ID).body(pin()));
    vec![
        Operation {
            request: &["leakmarkkey", "leakmarkphone", "leakmarkcallback"],
            response: &["leakmarkphoneback", "leakmarkcallbackback"],
            ..operation("new_otp", call!(connect, client => client.new_otp().body(new())), 201, otp.clone())
        },
        Operation {
            response: &["leakmarkphoneback", "leakmarkcallbackback"],
            invalid: Some(call!(connect, client => client.get_otp_status().otp_id(mark("id").as_str()))),
            ..operation("get_otp_status", status, 200, otp.clone())
        },
        Operation {
            request: &["leakmarkkey", "leakmarkpin"],
            invalid: Some(call!(connect, client => {
                client.verify_otp().otp_id(mark("id").as_str()).body(pin())
            })),
            ..operation("verify_otp", verify, 200, json!({ "status": "VERIFIED" }))
        },
        Operation {
            invalid: Some(call!(connect, client => client.cancel_otp().otp_id(mark("id").as_str()))),
            ..operation("cancel_otp", cancel, 200, json!({ "info": { "id": ID } }))
        },
        Operation {
            request: &["leakmarkbearer", "leakmarkphone", "leakmarkcallback"],
            response: &["leakmarkphoneback", "leakmarkcallbackback"],
            ..operation(
                "new_otp with a token",
                call!(connect_with_token, client => client.new_otp().body(new())),
                201,
                otp,
            )
        },
        Operation {
            asks_for_token: true,
            // The application's secret travels in Base64: `application:` and the marker.
            request: &[
                "YXBwbGljYXRpb246bGVha21hcmtjbGllbnRzZWNyZXQ=",
                "Bearer leakmarkaccesstoken",
                "leakmarkpin",
            ],
            response: &["leakmarkaccesstoken"],
            ..operation("verify_otp for an application", as_application, 200, token)
        },
    ]
}
