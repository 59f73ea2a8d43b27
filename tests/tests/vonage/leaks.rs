//! `vonage-otp`.

use otp_tests::faults::Documented;
use otp_tests::leaks::{Call, Operation, call, long_id, mark};
use serde_json::{Value, json};
use vonage_otp::{Client, ClientBuilder, Credential, Transport, types};

const ID: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    Client::builder().credential(Credential::bearer(mark("bearer"))).base_url(base_url).transport(transport)
}

fn connect_with_key(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    let credential = Credential::api_key(mark("key"), mark("apisecret"));
    Client::builder().credential(credential).base_url(base_url).transport(transport)
}

fn new() -> types::NewRequest {
    let to: types::PhoneNumber = mark("number").parse().unwrap();
    let sms = types::SmsStep::new(types::SmsChannel::Sms, to);
    let email = types::EmailStep::new(types::EmailChannel::Email, mark("address").into());
    let mut request = types::NewRequest::default();
    request.brand = Some("ACME".parse().unwrap());
    // Ten characters at most.
    request.code = Some(mark("o").parse().unwrap());
    request.workflow = Some(vec![sms.into(), email.into()]);
    request
}

fn code() -> types::CheckCodeRequest {
    types::CheckCodeByCode::new(mark("c").parse().unwrap()).into()
}

fn token() -> types::CheckCodeRequest {
    types::CheckCodeByToken::new(mark("devicetoken").into()).into()
}

pub(crate) fn operations() -> Vec<Operation> {
    let documented = |success, has_body| Documented {
        success,
        has_body,
        error: json!({
            "type": "https://developer.vonage.com/en/api-errors#x", "title": mark("errortitle"), "detail": mark("error"),
            "invalid_parameters": [{ "name": "brand", "reason": mark("reason") }],
        }),
    };
    let operation = |name, call: Call, status, success: Value| Operation {
        name,
        asks_for_token: false,
        request: &["leakmarkbearer"],
        response: &[],
        documented: documented(status, !success.is_null()),
        success,
        call,
        invalid: None,
    };
    let started = json!({ "request_id": ID, "check_url": mark("checkurl") });
    let checked = json!({ "request_id": ID, "status": "completed" });
    vec![
        Operation {
            request: &["leakmarkbearer", "leakmarknumber", "leakmarkaddress", "leakmarko"],
            response: &["leakmarkcheckurl"],
            ..operation(
                "new_request",
                call!(connect, client => client.new_request().body(new())),
                202,
                started.clone(),
            )
        },
        Operation {
            request: &["bGVha21hcmtrZXk6bGVha21hcmthcGlzZWNyZXQ=", "leakmarknumber"],
            response: &["leakmarkcheckurl"],
            ..operation(
                "new_request with a key",
                call!(connect_with_key, client => client.new_request().body(new())),
                202,
                started,
            )
        },
        Operation {
            request: &["leakmarkbearer", "leakmarkc"],
            invalid: Some(call!(connect, client => client.check_code().request_id(long_id()).body(code()))),
            ..operation(
                "check_code",
                call!(connect, client => client.check_code().request_id(ID).body(code())),
                200,
                checked.clone(),
            )
        },
        Operation {
            request: &["leakmarkbearer", "leakmarkdevicetoken"],
            ..operation(
                "check_code with a token",
                call!(connect, client => client.check_code().request_id(ID).body(token())),
                200,
                checked,
            )
        },
        operation(
            "cancel_request",
            call!(connect, client => client.cancel_request().request_id(ID)),
            204,
            Value::Null,
        ),
        operation(
            "next_workflow",
            call!(connect, client => client.next_workflow().request_id(ID)),
            200,
            Value::Null,
        ),
    ]
}
