//! `agilicus-otp`.

use agilicus_otp::{Client, ClientBuilder, Credential, Transport, types};
use otp_tests::faults::Documented;
use otp_tests::leaks::{Call, Operation, call, long_id, long_mark, mark};
use serde_json::{Value, json};

fn connect(base_url: String, transport: Transport) -> ClientBuilder<Client> {
    Client::builder().credential(Credential::bearer(mark("bearer"))).base_url(base_url).transport(transport)
}

/// A challenge whose code is the marker of a place.
fn challenge_json(place: &str) -> Value {
    json!({
        "metadata": { "id": "chl-1" },
        "spec": {
            "user_id": "usr-1",
            "challenge_type": "code",
            "answer_data": { mark("name"): { "session": [mark("data")] } },
        },
        "status": { "state": "issued", "code": mark(place) },
    })
}

fn challenge() -> types::Challenge {
    serde_json::from_value(challenge_json("code")).unwrap()
}

fn totp_json(place: &str) -> Value {
    json!({ "spec": { "user_id": "usr-1" }, "status": { "key": mark(place) } })
}

fn totp() -> types::TotpEnrollment {
    serde_json::from_value(totp_json("key")).unwrap()
}

fn totp_answer() -> types::builder::TotpEnrollmentAnswer {
    types::TotpEnrollmentAnswer::builder().user_id("usr-1").answer(mark("answer"))
}

fn webauthn_json() -> Value {
    json!({ "spec": { "user_id": "usr-1", "relying_party_id": "example.com" } })
}

fn webauthn() -> types::WebauthnEnrollment {
    serde_json::from_value(webauthn_json()).unwrap()
}

fn webauthn_answer() -> types::WebauthnEnrollmentAnswer {
    let answer = json!({
        "user_id": "usr-1",
        "credential_id": "cred-1",
        "client_data": "data",
        "transports": ["usb"],
        "signature": mark("signature"),
    });
    serde_json::from_value(answer).unwrap()
}

fn action_json(place: &str) -> Value {
    json!({ "spec": {
        "actors": [{ "user_id": "usr-1", "org_id": "org-1" }],
        "approved_actions": [{
            "challenge_action_type": "http_action",
            "method": "POST",
            "uri": format!("https://hooks.example.com/{}", mark(&format!("uri{place}"))),
            "body": mark(&format!("body{place}")),
        }],
        "declined_actions": [],
        "timeout_seconds": 600,
    } })
}

fn action() -> types::OneTimeUseActionChallenge {
    serde_json::from_value(action_json("")).unwrap()
}

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = challenges();
    operations.extend(totp_enrollments());
    operations.extend(webauthn_enrollments());
    operations
}

/// An operation with a credential and no other secret; `success` is null if it answers with no content.
fn operation(name: &'static str, call: Call, status: u16, success: Value) -> Operation {
    Operation {
        name,
        asks_for_token: false,
        request: &["Bearer leakmarkbearer"],
        response: &[],
        documented: Documented {
            success: status,
            has_body: !success.is_null(),
            error: json!({ "error_code": "not_found", "error_message": mark("error") }),
        },
        success,
        call,
        invalid: None,
    }
}

fn challenges() -> Vec<Operation> {
    let create = call!(connect, client => client.create_challenge().body(challenge()));
    let replace =
        call!(connect, client => client.replace_challenge().challenge_id("chl-1").body(challenge()));
    let get = call!(connect, client => client.get_challenge().challenge_id("chl-1"));
    let delete = call!(connect, client => client.delete_challenge().challenge_id("chl-1"));
    let act = call!(connect, client => client.create_one_time_use_action().body(action()));
    let answer = call!(connect, client => {
        let call = client.get_answer().challenge_id("chl-1").challenge_answer(mark("answer"));
        call.allowed(true).challenge_type(types::ChallengeType("sms".to_owned())).challenge_uid("uid-1".to_owned())
    });
    let answered = json!({ "spec": {
        "challenge_id": "chl-1",
        "answer": mark("answerback"),
        "answer_data": { "session": mark("databack") },
    } });
    let acted = json!({
        "challenge": challenge_json("codeback"),
        "answer_details": [{
            "actor": { "user_id": "usr-1", "org_id": "org-1" },
            "approve_uri": format!("https://approve.example/{}", mark("approve")),
            "decline_uri": format!("https://decline.example/{}", mark("decline")),
        }],
        "one_time_use_challenge": action_json("back"),
    });
    vec![
        Operation {
            request: &["Bearer leakmarkbearer", "leakmarkcode", "leakmarkname", "leakmarkdata"],
            response: &["leakmarkcodeback"],
            invalid: Some(call!(connect, client => {
                client.create_challenge().body(types::Challenge::builder().status(challenge().status))
            })),
            ..operation("create_challenge", create, 201, challenge_json("codeback"))
        },
        Operation {
            request: &["leakmarkcode"],
            response: &["leakmarkcodeback"],
            invalid: Some(call!(connect, client => {
                client.replace_challenge().challenge_id(long_id()).body(challenge())
            })),
            ..operation("replace_challenge", replace, 200, challenge_json("codeback"))
        },
        Operation {
            request: &[],
            response: &["leakmarkcodeback"],
            invalid: Some(call!(connect, client => client.get_challenge().challenge_id(long_id()))),
            ..operation("get_challenge", get, 200, challenge_json("codeback"))
        },
        Operation {
            request: &[],
            invalid: Some(call!(connect, client => client.delete_challenge().challenge_id(long_id()))),
            ..operation("delete_challenge", delete, 204, Value::Null)
        },
        Operation {
            request: &["challenge_answer=leakmarkanswer"],
            response: &["leakmarkanswerback", "leakmarkdataback"],
            invalid: Some(call!(connect, client => {
                client.get_answer().challenge_id("..").challenge_answer(long_mark())
            })),
            ..operation("get_answer", answer, 200, answered)
        },
        Operation {
            request: &["Bearer leakmarkbearer", "leakmarkuri", "leakmarkbody"],
            response: &[
                "leakmarkapprove",
                "leakmarkdecline",
                "leakmarkcodeback",
                "leakmarkuriback",
                "leakmarkbodyback",
            ],
            ..operation("create_one_time_use_action", act, 201, acted)
        },
    ]
}

fn totp_enrollments() -> Vec<Operation> {
    let create = call!(connect, client => client.create_totp_enrollment().body(totp()));
    let list = call!(connect, client => client.list_totp_enrollment());
    let get = call!(connect, client => client.get_totp_enrollment().totp_id("totp-1"));
    let delete = call!(connect, client => client.delete_totp_enrollment().totp_id("totp-1"));
    let update =
        call!(connect, client => client.update_totp_enrollment().totp_id("totp-1").body(totp_answer()));
    vec![
        Operation {
            request: &["Bearer leakmarkbearer", "leakmarkkey"],
            response: &["leakmarkkeyback"],
            invalid: Some(call!(connect, client => {
                client.create_totp_enrollment().body(types::TotpEnrollment::builder().status(totp().status))
            })),
            ..operation("create_totp_enrollment", create, 201, totp_json("keyback"))
        },
        Operation {
            response: &["leakmarkkeyback"],
            ..operation(
                "list_totp_enrollment",
                list,
                200,
                json!({ "limit": 1, "totp": [totp_json("keyback")] }),
            )
        },
        Operation {
            response: &["leakmarkkeyback"],
            invalid: Some(call!(connect, client => client.get_totp_enrollment().totp_id(long_id()))),
            ..operation("get_totp_enrollment", get, 200, totp_json("keyback"))
        },
        Operation {
            invalid: Some(call!(connect, client => client.delete_totp_enrollment().totp_id(long_id()))),
            ..operation("delete_totp_enrollment", delete, 204, Value::Null)
        },
        Operation {
            request: &["Bearer leakmarkbearer", "leakmarkanswer"],
            response: &["leakmarkkeyback"],
            invalid: Some(call!(connect, client => {
                client.update_totp_enrollment().totp_id(long_id()).body(totp_answer())
            })),
            ..operation("update_totp_enrollment", update, 200, totp_json("keyback"))
        },
    ]
}

fn webauthn_enrollments() -> Vec<Operation> {
    let create = call!(connect, client => client.create_webauthn_enrollment().body(webauthn()));
    let list = call!(connect, client => client.list_webauthn_enrollments());
    let get = call!(connect, client => client.get_webauthn_enrollment().webauthn_id("key-1"));
    let delete = call!(connect, client => client.delete_webauthn_enrollment().webauthn_id("key-1"));
    let update = call!(connect, client => {
        client.update_webauthn_enrollment().webauthn_id("key-1").body(webauthn_answer())
    });
    vec![
        operation("create_webauthn_enrollment", create, 201, webauthn_json()),
        operation("list_webauthn_enrollments", list, 200, json!({ "webauthn": [webauthn_json()] })),
        Operation {
            invalid: Some(call!(connect, client => client.get_webauthn_enrollment().webauthn_id(long_id()))),
            ..operation("get_webauthn_enrollment", get, 200, webauthn_json())
        },
        Operation {
            invalid: Some(
                call!(connect, client => client.delete_webauthn_enrollment().webauthn_id(long_id())),
            ),
            ..operation("delete_webauthn_enrollment", delete, 204, Value::Null)
        },
        Operation {
            request: &["Bearer leakmarkbearer", "leakmarksignature"],
            invalid: Some(call!(connect, client => {
                client.update_webauthn_enrollment().webauthn_id(long_id()).body(webauthn_answer())
            })),
            ..operation("update_webauthn_enrollment", update, 200, webauthn_json())
        },
    ]
}
