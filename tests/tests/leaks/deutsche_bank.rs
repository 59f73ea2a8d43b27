//! `deutsche-bank-otp`.

use deutsche_bank_otp::{Client, ClientBuilder, Credential, Transport, types};
use otp_tests::faults::Documented;
use serde_json::{Value, json};

use crate::operation::{Operation, call};
use crate::{long_id, long_mark, mark};

const ID: &str = "4c3e8b1a-0000-4000-8000-000000000001";

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    Client::builder().credential(Credential::bearer(mark("bearer"))).base_url(base_url).transport(transport)
}

fn connect_as_user(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    let credential =
        Credential::refresh_token("application", mark("clientsecret"), mark("refreshtoken"), None);
    Client::builder().credential(credential).base_url(base_url).transport(transport)
}

fn start() -> types::ChallengeStart {
    let start = json!({
        "method": "MTAN",
        "requestType": "TRANSFER_PARTNER_LEGI_DATA",
        "requestData": { "type": "challengeRequestDataTransferPartnerLegiData" },
    });
    serde_json::from_value(start).unwrap()
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
        answer: &["leakmarkphone", "leakmarkimage"],
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
            answer: &["leakmarkphone"],
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
                client.create_challenge_v2().correlation_id(long_mark().as_str()).body(start())
            })),
            ..operation(
                "create_challenge_v2",
                call!(connect, client => client.create_challenge_v2().body(start())),
                201,
                challenge.clone(),
            )
        },
        Operation {
            request: &["leakmarkbearer", "leakmarkresponse"],
            answer: &["leakmarkproof"],
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
            answer: &["leakmarkaccesstoken", "leakmarkrefreshed"],
            ..operation("verify_challenge_v2 for a user", as_user, 200, token)
        },
    ]
}
