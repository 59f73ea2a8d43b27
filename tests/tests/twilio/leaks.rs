//! `twilio-otp`.

use otp_tests::faults::Documented;
use otp_tests::leaks::{Operation, call, long_mark, mark};
use serde_json::{Value, json};
use twilio_otp::{Client, ClientBuilder, Credential, Transport, types};

const SERVICE: &str = "VA0123456789abcdef0123456789abcdef";
const SID: &str = "VEfedcba9876543210fedcba9876543210";

/// SID and secret travel in Base64: both markers with a colon between.
const BASIC: &str = "bGVha21hcmtzaWQ6bGVha21hcmtzZWNyZXQ=";

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    let credential = Credential::api_key(mark("sid"), mark("secret"));
    Client::builder().credential(credential).base_url(base_url).transport(transport)
}

fn connect_as_account(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    let credential = Credential::auth_token(mark("account"), mark("token"));
    Client::builder().credential(credential).base_url(base_url).transport(transport)
}

fn new() -> types::builder::NewVerification {
    types::NewVerification::builder()
        .to(mark("to"))
        .channel("sms")
        .custom_message(mark("text"))
        .custom_code(mark("owncode"))
        .amount(mark("amount"))
        .payee(mark("payee"))
        .rate_limits(mark("limits"))
        .template_custom_substitutions(mark("values"))
        .device_ip(mark("device"))
}

fn check() -> types::builder::NewVerificationCheck {
    types::NewVerificationCheck::builder()
        .to(mark("to"))
        .code(mark("code"))
        .amount(mark("amount"))
        .payee(mark("payee"))
        .sna_client_token(mark("device"))
}

fn cancel() -> types::VerificationUpdate {
    types::VerificationUpdate::new(types::NewStatus::Canceled)
}

pub(crate) fn operations() -> Vec<Operation> {
    let verification = json!({
        "sid": SID, "status": "pending", "to": mark("toback"), "amount": mark("amountback"), "payee": mark("payeeback"),
        "sna": { "url": mark("urlback") },
    });
    let checked = json!({
        "sid": SID, "status": "pending", "to": mark("toback"), "amount": mark("amountback"), "payee": mark("payeeback"),
    });
    let operation = |name, call, status, success: Value| Operation {
        name,
        asks_for_token: false,
        request: &[BASIC],
        response: &["leakmarktoback", "leakmarkamountback", "leakmarkpayeeback"],
        documented: Documented {
            success: status,
            has_body: true,
            error: json!({ "code": 60200, "message": mark("error"), "title": mark("errortitle"), "detail": mark("errordetail") }),
        },
        success,
        call,
        invalid: None,
    };
    vec![
        Operation {
            request: &[
                BASIC,
                "leakmarkto",
                "leakmarktext",
                "leakmarkowncode",
                "leakmarkamount",
                "leakmarkpayee",
                "leakmarklimits",
                "leakmarkvalues",
                "leakmarkdevice",
            ],
            invalid: Some(
                call!(connect, client => client.create_verification().service_sid(long_mark()).body(new())),
            ),
            ..operation(
                "create_verification",
                call!(connect, client => client.create_verification().service_sid(SERVICE).body(new())),
                201,
                verification.clone(),
            )
        },
        Operation {
            request: &[BASIC, "/leakmarknumber"],
            invalid: Some(call!(connect, client => {
                client.fetch_verification().service_sid(SERVICE).sid(long_mark())
            })),
            ..operation(
                "fetch_verification",
                call!(connect, client => client.fetch_verification().service_sid(SERVICE).sid(mark("number"))),
                200,
                verification.clone(),
            )
        },
        Operation {
            request: &[BASIC, "/leakmarknumber"],
            ..operation(
                "update_verification",
                call!(connect, client => {
                    client.update_verification().service_sid(SERVICE).sid(mark("number")).body(cancel())
                }),
                200,
                verification,
            )
        },
        Operation {
            request: &[
                BASIC,
                "leakmarkto",
                "leakmarkcode",
                "leakmarkamount",
                "leakmarkpayee",
                "leakmarkdevice",
            ],
            ..operation(
                "create_verification_check",
                call!(connect, client => client.create_verification_check().service_sid(SERVICE).body(check())),
                201,
                checked.clone(),
            )
        },
        Operation {
            request: &["bGVha21hcmthY2NvdW50OmxlYWttYXJrdG9rZW4=", "leakmarkcode"],
            ..operation(
                "create_verification_check with the account",
                call!(connect_as_account, client => {
                    client.create_verification_check().service_sid(SERVICE).body(check())
                }),
                201,
                checked,
            )
        },
    ]
}
