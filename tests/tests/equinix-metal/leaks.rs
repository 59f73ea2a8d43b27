//! `equinix-metal-otp`.

use equinix_metal_otp::{Client, ClientBuilder, Credential, Transport};
use otp_tests::faults::Documented;
use otp_tests::leaks::{Call, Operation, call, long_mark, mark};
use serde_json::{Value, json};

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    Client::builder()
        .credential(Credential::auth_token(mark("token")))
        .base_url(base_url)
        .transport(transport)
}

pub(crate) fn operations() -> Vec<Operation> {
    let codes: Call = call!(connect, client => client.find_recovery_codes());
    let fresh: Call = call!(connect, client => client.regenerate_codes());
    let list = json!({ "recovery_codes": [mark("codeone"), mark("codetwo")], "href": "/metal/v1/codes" });
    let operation = |name, call, success: Value| Operation {
        name,
        asks_for_token: false,
        request: &["leakmarktoken"],
        response: if success.is_null() { &[] } else { &["leakmarkcodeone", "leakmarkcodetwo"] },
        documented: Documented {
            success: if success.is_null() { 204 } else { 200 },
            has_body: !success.is_null(),
            error: json!({ "error": mark("error"), "errors": [mark("errorone"), mark("errortwo")] }),
        },
        success,
        call,
        invalid: None,
    };
    vec![
        operation("find_recovery_codes", codes, list.clone()),
        operation("regenerate_codes", fresh, list),
        operation("receive_codes", call!(connect, client => client.receive_codes()), Value::Null),
        Operation {
            request: &["leakmarktoken", "/leakmarkotp"],
            invalid: Some(call!(connect, client => client.find_ensure_otp().otp(long_mark()))),
            ..operation(
                "find_ensure_otp",
                call!(connect, client => client.find_ensure_otp().otp(mark("otp"))),
                Value::Null,
            )
        },
    ]
}
