//! Deutsche Bank: the request of each of the four operations, and what is read of each response.

// Helpers unwrap too, and clippy only knows the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::pin::Pin;

use deutsche_bank_otp::{Client, Credential, ErrorKind, Secret, Sent, Transport};
use otp_tests::faults::{self, Documented};
use otp_tests::{Failed, MockServer, Outcome, Request, Response, Row, SEGMENTS, UNFIT_SEGMENTS, compare};
use serde_json::{Value, json};

/// A call of any operation, as plain data.
macro_rules! call {
    ($client:ident $(, $value:ident)? => $builder:expr) => {
        |$client $(, $value)?| Box::pin(async move { $builder.send().await.into() })
    };
}

mod lenient;
mod operations;
mod starts;

use operations::{ID, operations, response};

const CRATE: &str = "deutsche-bank-otp";
/// With every character that a bearer token may have beside letters and digits.
const TOKEN: &str = "aaa.bb-cc_dd~ee+ff/00==";
/// The bank's API is not at the root of its host.
const ROOT: &str = "/gw/dbapi/others/onetimepasswords/v2";

type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Call = fn(Client) -> Running;
type CallWith = fn(Client, String) -> Running;

struct Operation {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    success: u16,
    forms: Vec<Form>,
}

/// One request of an operation, and the response to it. The first of an operation is the smallest.
struct Form {
    name: &'static str,
    call: Call,
    correlation_id: Option<&'static str>,
    body: Option<Value>,
    response: Value,
}

impl Operation {
    fn request(&self, form: &Form) -> Request {
        request(self.method, self.path, form.correlation_id, form.body.clone())
    }

    fn response(&self, form: &Form) -> Response {
        Response::json(self.success, &form.response)
    }

    fn row(&self, form: &Form, what: &str, response: Response, outcome: Outcome) -> Row<Client> {
        let name = format!("{}, {}: {what}", self.name, form.name);
        Row::new(name, form.call, self.request(form), response, outcome)
    }
}

fn request(method: &str, path: &str, correlation_id: Option<&str>, body: Option<Value>) -> Request {
    let request = Request::new(method, &format!("{ROOT}{path}"));
    let request = request.header("authorization", &format!("Bearer {TOKEN}"));
    let request = match correlation_id {
        Some(id) => request.header("correlation-id", id),
        None => request.without_header("correlation-id"),
    };
    match body {
        Some(body) => request.json(body),
        None => request,
    }
}

fn client(base_url: String, transport: Transport) -> Client {
    let builder = Client::builder().credential(Credential::bearer(TOKEN));
    builder.base_url(format!("{base_url}{ROOT}")).transport(transport).build().unwrap()
}

pub(crate) async fn compare_all(table: Vec<Row<Client>>) -> usize {
    let transport = Transport::new().unwrap();
    compare(CRATE, |base_url| client(base_url, transport.clone()), table).await
}

fn refusal(code: u16) -> Value {
    json!({ "code": code, "message": "the owl is asleep", "messageId": "0b1c-2d3e" })
}

fn successes() -> Vec<Row<Client>> {
    let mut table = Vec::new();
    for operation in operations() {
        for form in &operation.forms {
            let outcome = Outcome::Done(operation.success, form.response.clone());
            table.push(operation.row(form, "success", operation.response(form), outcome));
        }
    }
    table
}

#[tokio::test]
async fn every_operation_sends_what_is_documented_and_reads_its_success() {
    assert_eq!(compare_all(successes()).await, 13);
}

/// All codes that the bank documents; it gives one list for all operations.
const CODES: [u16; 50] = [
    2, 16, 17, 111, 112, 113, 114, 127, 131, 132, 138, 139, 601, 602, 603, 604, 605, 606, 610, 611, 613, 614,
    615, 616, 617, 620, 621, 622, 623, 624, 633, 634, 635, 636, 637, 638, 654, 656, 657, 658, 659, 660, 661,
    662, 664, 665, 666, 701, 702, 703,
];

fn errors() -> Vec<Row<Client>> {
    let mut table = Vec::new();
    for operation in operations() {
        let refusals = CODES.iter().map(|code| (400, refusal(*code))).chain([(401, refusal(401))]);
        for (status, body) in refusals {
            let outcome = Outcome::Failed(Failed::documented(status, body.clone()));
            let what = format!("{status} {}", body["code"]);
            table.push(operation.row(&operation.forms[0], &what, Response::json(status, &body), outcome));
        }
    }
    table
}

#[tokio::test]
async fn every_documented_code_is_reported_by_every_operation() {
    assert_eq!(compare_all(errors()).await, operations().len() * (CODES.len() + 1));
}

pub(crate) fn documented() -> Vec<Row<Client>> {
    successes().into_iter().chain(errors()).collect()
}

#[tokio::test]
async fn code_message_and_message_id_of_an_error_are_typed_fields() {
    let service = MockServer::start(&Response::json(400, &refusal(112))).await;
    let client = client(service.base_url(), Transport::new().unwrap());
    let error = client.verify_challenge_v2().id(ID).body(response()).send().await.unwrap_err();
    let body = error.body().unwrap();
    assert_eq!(body.code, Some(112));
    assert_eq!(body.message.as_ref().map(Secret::expose), Some("the owl is asleep"));
    assert_eq!(body.message_id.as_deref(), Some("0b1c-2d3e"));
}

pub(crate) async fn meet_faults() -> Vec<&'static str> {
    let mut met = Vec::new();
    for operation in operations() {
        let documented = Documented { success: operation.success, has_body: true, error: refusal(111) };
        met.push(faults::check(operation.name, &documented, client, operation.forms[0].call).await);
    }
    met
}

/// Operation, what follows the id in the path, the body, and a call with an id.
fn in_path() -> [(&'static str, &'static str, Value, CallWith); 2] {
    use deutsche_bank_otp::types::{ChallengeMethodType, ChallengeRequestSwitchMethod};
    [
        (
            "verify_challenge_v2",
            "",
            json!({ "response": "000371" }),
            call!(client, id => client.verify_challenge_v2().id(id).body(response())),
        ),
        (
            "switch_method_v2",
            "/switchMethod",
            json!({ "method": "MTAN" }),
            call!(client, id => client
                .switch_method_v2()
                .id(id)
                .body(ChallengeRequestSwitchMethod::try_from(ChallengeRequestSwitchMethod::builder().method(ChallengeMethodType::Mtan)).unwrap())),
        ),
    ]
}

#[tokio::test]
async fn a_path_value_stays_one_segment_whatever_it_holds() {
    let mut table = Vec::new();
    for (operation, after, body, call) in in_path() {
        for (value, segment) in SEGMENTS {
            table.push(Row::new(
                format!("{operation}, {value:?}"),
                async move |client| call(client, value.to_owned()).await,
                request("PATCH", &format!("/single/{segment}{after}"), None, Some(body.clone())),
                Response::json(400, &refusal(114)),
                Outcome::Failed(Failed::documented(400, refusal(114))),
            ));
        }
    }
    assert_eq!(compare_all(table).await, 2 * SEGMENTS.len());
}

#[tokio::test]
async fn a_path_value_that_would_reach_another_route_is_refused_with_name_and_rule() {
    let mut table = Vec::new();
    for (operation, _, _, call) in in_path() {
        for (value, rule) in UNFIT_SEGMENTS {
            let name = format!("{operation}, {value:?}");
            let call = async move |client| call(client, value.to_owned()).await;
            table.push(Row::refused(name, call, &[&format!("id {rule}")]));
        }
    }
    assert_eq!(compare_all(table).await, 2 * UNFIT_SEGMENTS.len());
}

fn with_correlation_id() -> [(&'static str, CallWith); 4] {
    use deutsche_bank_otp::types::{ChallengeMethodType, ChallengeRequestSwitchMethod};
    [
        (
            "get_challenge_methods_v2",
            call!(client, id => client.get_challenge_methods_v2().correlation_id(id)),
        ),
        (
            "create_challenge_v2",
            call!(client, id => client.create_challenge_v2().correlation_id(id).body(starts::disclosure())),
        ),
        (
            "verify_challenge_v2",
            call!(client, id => client.verify_challenge_v2().id(ID).correlation_id(id).body(response())),
        ),
        (
            "switch_method_v2",
            call!(client, id => client
                .switch_method_v2()
                .id(ID)
                .correlation_id(id)
                .body(ChallengeRequestSwitchMethod::try_from(ChallengeRequestSwitchMethod::builder().method(ChallengeMethodType::Mtan)).unwrap())),
        ),
    ]
}

fn correlation_ids_refused(values: &[String], rule: &[&str]) -> Vec<Row<Client>> {
    let mut table = Vec::new();
    for (operation, call) in with_correlation_id() {
        for value in values.iter().cloned() {
            let name = format!("{operation}, {value:?}");
            table.push(Row::refused(name, async move |client| call(client, value).await, rule));
        }
    }
    table
}

#[tokio::test]
async fn a_correlation_id_of_more_than_fifty_characters_is_refused_with_name_and_rule() {
    let values = ["x".repeat(51), "0123456789".repeat(20)];
    let table = correlation_ids_refused(&values, &["correlation_id", "50 characters"]);
    assert_eq!(compare_all(table).await, 4 * values.len());
}

#[tokio::test]
async fn a_correlation_id_that_is_not_visible_ascii_is_refused() {
    let values = ["ø", "call-\u{a0}7", "🦉", "call\n7", "call\r\nx-injected: 1", "call\u{0}7", "\u{7f}"];
    let table = correlation_ids_refused(&values.map(str::to_owned), &["visible ASCII"]);
    assert_eq!(compare_all(table).await, 4 * values.len());
}

#[tokio::test]
async fn a_property_that_is_missing_or_breaks_a_rule_is_named_with_the_rule() {
    use deutsche_bank_otp::types::{
        ChallengeRequestDataTransferPartnerLegiData as Disclosure, ChallengeStart, Language,
        SecurityAccountId,
    };
    let start = |method: &str, kind: &str| {
        let start = starts::disclosure().method(method).request_type(kind);
        ChallengeStart::try_from(start).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(start("MTAN", "TRANSFER_PARTNER_LEGI_DATA"), Ok(()));
    let unknown = start("MTAN", "NOTHING").unwrap_err();
    assert!(unknown.starts_with("request_type must be one of "), "{unknown}");
    let missing = Disclosure::try_from(Disclosure::builder()).unwrap_err();
    assert_eq!(missing.to_string(), "type is missing");
    assert_eq!("fr".parse::<Language>().unwrap_err().to_string(), "must be one of de, en");
    let account = "40".parse::<SecurityAccountId>().unwrap_err();
    assert_eq!(account.to_string(), "must match ^[0-9]{12}$");
}

/// Without the id nobody can response the challenge, and without the proof nothing was approved.
#[tokio::test]
async fn a_response_without_its_required_field_is_an_error_that_keeps_status_and_headers() {
    let responses = [
        ("create_challenge_v2", json!({ "method": "MTAN", "challenge": {} })),
        ("create_challenge_v2", json!({ "id": null, "method": "MTAN", "challenge": {} })),
        ("create_challenge_v2", json!({})),
        ("switch_method_v2", json!({ "method": "PHOTOTAN", "challenge": { "imageBase64": "iVBORw0KGgo=" } })),
        ("switch_method_v2", json!({ "id": null, "method": "PHOTOTAN" })),
        ("verify_challenge_v2", json!({})),
        ("verify_challenge_v2", json!({ "otp": null })),
        ("verify_challenge_v2", json!({ "otp": 123 })),
        ("verify_challenge_v2", json!({ "proof": "cHJvb2Y=" })),
        ("verify_challenge_v2", json!([{ "otp": "cHJvb2Y=" }])),
    ];
    let count = responses.len();
    let mut table = Vec::new();
    for (name, body) in responses {
        let operation = operations().into_iter().find(|operation| operation.name == name).unwrap();
        let status = operation.success;
        let response = Response::json(status, &body).header("x-request-id", "call-31");
        let failed = Failed::new(ErrorKind::Decode, Sent::Yes, Some(status)).request_id("call-31");
        let what = body.to_string();
        table.push(operation.row(&operation.forms[0], &what, response, Outcome::Failed(failed)));
    }
    assert_eq!(compare_all(table).await, count);
}
