//! `deutsche-bank-otp`.

use deutsche_bank_otp::{Client, ClientBuilder, Credential, Transport, types};
use otp_tests::faults::Documented;
use otp_tests::leaks::{ACCOUNT, Operation, call, long_id, long_mark, mark};
use serde_json::{Value, json};

/// A marker in the form of an account.
const IBAN: &str = "DE89LEAKMARKIBAN";
const ID: &str = "4c3e8b1a-0000-4000-8000-000000000001";

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    Client::builder().credential(Credential::bearer(mark("bearer"))).base_url(base_url).transport(transport)
}

fn connect_as_user(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    let credential =
        Credential::refresh_token("application", mark("clientsecret"), mark("refreshtoken"), None);
    Client::builder().credential(credential).base_url(base_url).transport(transport)
}

fn start(request_type: &str, request_data: &Value) -> types::ChallengeStart {
    let start = json!({ "method": "MTAN", "requestType": request_type, "requestData": request_data });
    serde_json::from_value(start).unwrap()
}

fn payment() -> types::ChallengeStart {
    let data = json!({
        "type": "challengeRequestDataInstantSepaCreditTransfers",
        "targetIban": IBAN, "amountCurrency": "EUR", "amountValue": 1.5,
    });
    start("INSTANT_SEPA_CREDIT_TRANSFERS", &data)
}

fn order() -> types::ChallengeStart {
    let data = json!({
        "type": "challengeRequestDataSecuritiesOrderEntry",
        "securityAccountId": ACCOUNT, "securityId": "A1B2C3", "quantity": 1.0, "activityType": "BUY",
    });
    start("SECURITIES_ORDER_ENTRY", &data)
}

fn change() -> types::ChallengeStart {
    let data = json!({
        "type": "challengeRequestDataSecuritiesOrderModify",
        "securityAccountId": ACCOUNT, "orderId": "o-1",
    });
    start("SECURITIES_ORDER_MODIFY", &data)
}

fn deletion() -> types::ChallengeStart {
    let data = json!({
        "type": "challengeRequestDataSecuritiesOrderDelete",
        "securityAccountId": ACCOUNT, "orderId": "o-1",
    });
    start("SECURITIES_ORDER_DELETE", &data)
}

fn response() -> types::builder::ChallengeResponse {
    types::ChallengeResponse::builder().response(mark("response"))
}

fn switch() -> types::builder::ChallengeRequestSwitchMethod {
    types::ChallengeRequestSwitchMethod::builder().method(types::ChallengeMethodType::Mtan)
}

pub(crate) fn operations() -> Vec<Operation> {
    let documented = |success| Documented {
        success,
        has_body: true,
        error: json!({ "code": 17, "message": mark("error"), "messageId": "m-1" }),
    };
    let operation = |name, call, status, success: Value| Operation {
        name,
        asks_for_token: false,
        request: &["leakmarkbearer"],
        response: &["leakmarkphone", "leakmarkimage"],
        documented: documented(status),
        success,
        call,
        invalid: None,
    };
    let challenge = json!({
        "id": ID,
        "method": "MTAN",
        "challenge": { "mobilePhoneNumber": mark("phone"), "imageBase64": mark("image") },
    });
    let methods = json!({ "methods": [
        { "method": "MTAN", "status": "ACTIVE", "metadata": { "mobilePhoneNumber": mark("phone") } },
    ] });
    let proof = json!({ "otp": mark("proof") });
    let token =
        json!({ "access_token": mark("accesstoken"), "refresh_token": mark("refreshed"), "expires_in": 60 });
    let verify = call!(connect, client => client.verify_challenge_v2().id(ID).body(response()));
    let as_user = call!(connect_as_user, client => client.verify_challenge_v2().id(ID).body(response()));
    vec![
        Operation {
            response: &["leakmarkphone"],
            invalid: Some(call!(connect, client => {
                client.get_challenge_methods_v2().correlation_id(long_mark().as_str())
            })),
            ..operation(
                "get_challenge_methods_v2",
                call!(connect, client => client.get_challenge_methods_v2()),
                200,
                methods,
            )
        },
        Operation {
            invalid: Some(call!(connect, client => {
                client.create_challenge_v2().correlation_id(long_mark().as_str()).body(payment())
            })),
            request: &["leakmarkbearer", IBAN],
            ..operation(
                "create_challenge_v2 for a payment",
                call!(connect, client => client.create_challenge_v2().body(payment())),
                201,
                challenge.clone(),
            )
        },
        Operation {
            request: &["leakmarkbearer", ACCOUNT],
            ..operation(
                "create_challenge_v2 for an order",
                call!(connect, client => client.create_challenge_v2().body(order())),
                201,
                challenge.clone(),
            )
        },
        Operation {
            request: &["leakmarkbearer", ACCOUNT],
            ..operation(
                "create_challenge_v2 for the change of an order",
                call!(connect, client => client.create_challenge_v2().body(change())),
                201,
                challenge.clone(),
            )
        },
        Operation {
            request: &["leakmarkbearer", ACCOUNT],
            ..operation(
                "create_challenge_v2 for the deletion of an order",
                call!(connect, client => client.create_challenge_v2().body(deletion())),
                201,
                challenge.clone(),
            )
        },
        Operation {
            request: &["leakmarkbearer", "leakmarkresponse"],
            response: &["leakmarkproof"],
            invalid: Some(call!(connect, client => {
                client.verify_challenge_v2().id(long_id()).body(response())
            })),
            ..operation("verify_challenge_v2", verify, 200, proof)
        },
        Operation {
            invalid: Some(call!(connect, client => client.switch_method_v2().id(long_id()).body(switch()))),
            ..operation(
                "switch_method_v2",
                call!(connect, client => client.switch_method_v2().id(ID).body(switch())),
                200,
                challenge,
            )
        },
        Operation {
            asks_for_token: true,
            // The application's secret travels in Base64: `application:` and the marker.
            request: &[
                "YXBwbGljYXRpb246bGVha21hcmtjbGllbnRzZWNyZXQ=",
                "leakmarkrefreshtoken",
                "Bearer leakmarkaccesstoken",
                "leakmarkresponse",
            ],
            response: &["leakmarkaccesstoken", "leakmarkrefreshed"],
            ..operation("verify_challenge_v2 for a user", as_user, 200, token)
        },
    ]
}
