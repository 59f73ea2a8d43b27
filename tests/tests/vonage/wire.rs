//! `vonage-otp`: a workflow goes out, problem details come back.

use otp_tests::faults::{self, Documented};
use otp_tests::{Failed, Outcome, Request, Response, Row, SEGMENTS, UNFIT_SEGMENTS, compare};
use serde_json::{Value, json};
use vonage_otp::{Client, Credential, Error, ResponseValue, Transport, types};

const CRATE: &str = "vonage-otp";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.test_signature-~+/=";
const BASIC: &str = "Basic YWJjZDEyMzQ6dm9uYWdlLVMzY3JldDovKyUgw6k=";
const ID: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";
const OPERATIONS: [&str; 4] = ["new", "check", "cancel", "next"];

/// Clients over one transport: setting up TLS takes longer than an exchange.
fn connect() -> impl Fn(String) -> Client {
    let transport = Transport::new().unwrap();
    move |address| connect_over(address, transport.clone())
}

fn connect_over(address: String, transport: Transport) -> Client {
    connect_with(Credential::bearer(TOKEN), address, transport)
}

fn connect_with(credential: Credential, address: String, transport: Transport) -> Client {
    Client::builder().credential(credential).transport(transport).base_url(address).build().unwrap()
}

type Result<T> = std::result::Result<ResponseValue<T>, Error<types::Problem>>;

fn number() -> types::PhoneNumber {
    "447700900000".parse().unwrap()
}

fn sms() -> types::SmsStep {
    types::SmsStep::new(types::SmsChannel::Sms, number())
}

fn voice() -> types::VoiceStep {
    types::VoiceStep::new(types::VoiceChannel::Voice, number())
}

fn silent() -> types::SilentAuthStep {
    types::SilentAuthStep::new(types::SilentAuthChannel::SilentAuth, number())
}

fn request_of(steps: Vec<types::WorkflowStep>) -> types::NewRequest {
    let mut request = types::NewRequest::default();
    request.brand = Some("ACME".parse().unwrap());
    request.workflow = Some(steps);
    request
}

async fn new(client: Client) -> Result<types::StartedRequest> {
    client.new_request().body(request_of(vec![sms().into()])).send().await
}

async fn check(client: Client) -> Result<types::CheckedCode> {
    let code = types::CheckCodeByCode::new("1234".parse().unwrap());
    client.check_code().request_id(ID).body(types::CheckCodeRequest::from(code)).send().await
}

async fn check_token(client: Client) -> Result<types::CheckedCode> {
    let token = types::CheckCodeByToken::new("eyJhbGciOiJSUzI1NiJ9.e30.signature".into());
    client.check_code().request_id(ID).body(types::CheckCodeRequest::from(token)).send().await
}

async fn cancel(client: Client) -> Result<()> {
    client.cancel_request().request_id(ID).send().await
}

async fn next(client: Client) -> Result<()> {
    client.next_workflow().request_id(ID).send().await
}

/// A row of one of the operations; `credential` is the header that the client proves itself with.
fn row_with(
    credential: &str,
    operation: &str,
    name: &str,
    response: Response,
    outcome: Outcome,
) -> Row<Client> {
    let name = format!("{operation}, {name}");
    let one = format!("/v2/verify/{ID}");
    let request = |method, path: &str| Request::new(method, path).header("authorization", credential);
    match operation {
        "new" => {
            let body = json!({ "brand": "ACME", "workflow": [{ "to": "447700900000", "channel": "sms" }] });
            Row::new(name, new, request("POST", "/v2/verify").json(body), response, outcome)
        }
        "check" => {
            Row::new(name, check, request("POST", &one).json(json!({ "code": "1234" })), response, outcome)
        }
        "cancel" => Row::new(name, cancel, request("DELETE", &one), response, outcome),
        "next" => Row::new(name, next, request("POST", &format!("{one}/next_workflow")), response, outcome),
        other => panic!("no operation {other}"),
    }
}

fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

fn row(operation: &str, name: &str, response: Response, outcome: Outcome) -> Row<Client> {
    row_with(&bearer(), operation, name, response, outcome)
}

fn started() -> Value {
    json!({ "request_id": ID })
}

fn successes_with(credential: &str) -> Vec<Row<Client>> {
    let checked = json!({ "request_id": ID, "status": "completed" });
    let done = |status, body: Value| (Response::json(status, &body), Outcome::Done(status, body));
    let empty = |status| (Response::empty(status), Outcome::Done(status, Value::Null));
    let exchanges = [
        ("new", done(202, started())),
        ("check", done(200, checked)),
        ("cancel", empty(204)),
        ("next", empty(200)),
    ];
    let row = |(operation, (response, outcome)): (&str, (Response, Outcome))| {
        row_with(credential, operation, "as recorded", response, outcome)
    };
    exchanges.map(row).into()
}

/// The recorded requests with other bodies.
fn workflows() -> Vec<Row<Client>> {
    type Make = fn() -> types::NewRequest;
    let cases: [(&str, Make, Value); 7] = [
        (
            "an SMS in full",
            || {
                let mut step = sms();
                step.from = Some("Acme2Go".parse().unwrap());
                step.app_hash = Some("FA+9qCX9VSu".parse().unwrap());
                step.entity_id = Some("1101407360000017170".parse().unwrap());
                step.content_id = Some("1107158078772563946".parse().unwrap());
                let mut request = request_of(vec![step.into()]);
                request.locale = Some("es-es".into());
                request.channel_timeout = Some(300);
                request.client_ref = Some("myPersonalRef".parse().unwrap());
                request.code_length = Some(6);
                request.code = Some("e4dR1Q".parse().unwrap());
                request
            },
            json!({
                "brand": "ACME", "locale": "es-es", "channel_timeout": 300, "client_ref": "myPersonalRef",
                "code_length": 6, "code": "e4dR1Q",
                "workflow": [{
                    "to": "447700900000", "from": "Acme2Go", "app_hash": "FA+9qCX9VSu", "channel": "sms",
                    "entity_id": "1101407360000017170", "content_id": "1107158078772563946",
                }],
            }),
        ),
        (
            "three steps",
            || {
                let mut first = silent();
                first.redirect_url = Some("https://acme-app.com/sa/redirect".into());
                request_of(vec![first.into(), sms().into(), voice().into()])
            },
            json!({ "brand": "ACME", "workflow": [
                { "to": "447700900000", "redirect_url": "https://acme-app.com/sa/redirect", "channel": "silent_auth" },
                { "to": "447700900000", "channel": "sms" },
                { "to": "447700900000", "channel": "voice" },
            ] }),
        ),
        (
            "WhatsApp",
            || {
                let channel = types::WhatsAppChannel::Whatsapp;
                let mut step = types::WhatsAppStep::new(channel, "14155550100".parse().unwrap(), number());
                step.mode = Some(types::WhatsAppMode::OtpCode);
                request_of(vec![step.into()])
            },
            json!({ "brand": "ACME", "workflow": [
                { "to": "447700900000", "from": "14155550100", "mode": "otp_code", "channel": "whatsapp" },
            ] }),
        ),
        (
            "a call",
            || request_of(vec![voice().into()]),
            json!({ "brand": "ACME", "workflow": [{ "to": "447700900000", "channel": "voice" }] }),
        ),
        (
            "an e-mail",
            || {
                let mut step = types::EmailStep::new(types::EmailChannel::Email, "alice@company.com".into());
                step.from = Some("bob@company.com".into());
                request_of(vec![step.into()])
            },
            json!({ "brand": "ACME", "workflow": [
                { "to": "alice@company.com", "from": "bob@company.com", "channel": "email" },
            ] }),
        ),
        (
            "RCS",
            || {
                let mut step =
                    types::RcsStep::new(types::RcsChannel::Rcs, "agentname".parse().unwrap(), number());
                step.reuse_code = Some(false);
                request_of(vec![step.into()])
            },
            json!({ "brand": "ACME", "workflow": [
                { "channel": "rcs", "to": "447700900000", "from": "agentname", "reuse_code": false },
            ] }),
        ),
        (
            "other options",
            || {
                let mut first = silent();
                (first.coverage_check, first.mode) = (Some(false), Some(types::SilentAuthMode::Advanced));
                let mut second = sms();
                second.reuse_code = Some(true);
                let mut request = request_of(vec![first.into(), second.into()]);
                request.template_id = Some("4ed3027d-8762-44a0-aa3f-c393717413a4".into());
                request.fraud_check = Some(false);
                request
            },
            json!({
                "brand": "ACME", "template_id": "4ed3027d-8762-44a0-aa3f-c393717413a4", "fraud_check": false,
                "workflow": [
                    { "channel": "silent_auth", "to": "447700900000", "coverage_check": false, "mode": "advanced" },
                    { "channel": "sms", "to": "447700900000", "reuse_code": true },
                ],
            }),
        ),
    ];
    let mut table = Vec::new();
    for (name, make, body) in cases {
        let call = async move |client: Client| client.new_request().body(make()).send().await;
        let request = Request::new("POST", "/v2/verify").header("authorization", &bearer()).json(body);
        let mut answer = started();
        answer["check_url"] = json!("https://api.nexmo.com/v2/verify/silent-auth/redirect");
        table.push(Row::new(name, call, request, Response::json(202, &answer), Outcome::Done(202, answer)));
    }
    let token = json!({ "token": "eyJhbGciOiJSUzI1NiJ9.e30.signature" });
    let request =
        Request::new("POST", &format!("/v2/verify/{ID}")).header("authorization", &bearer()).json(token);
    let checked = json!({ "request_id": ID, "status": "completed" });
    let response = Response::json(200, &checked);
    table.push(Row::new("check, a token", check_token, request, response, Outcome::Done(200, checked)));
    table
}

#[tokio::test]
async fn requests_are_as_recorded_and_responses_are_read() {
    let transport = Transport::new().unwrap();
    let with_key = move |address| {
        connect_with(Credential::api_key("abcd1234", "vonage-S3cret:/+% é"), address, transport.clone())
    };
    let with_token = compare(CRATE, connect(), successes_with(&bearer())).await;
    let with_key = compare(CRATE, with_key, successes_with(BASIC)).await;
    let others = compare(CRATE, connect(), workflows()).await;
    assert_eq!(with_token + with_key + others, 16);
}

fn problem(of_type: &str) -> Value {
    let mut body = json!({
        "title": "in the vendor's words", "detail": "in the vendor's words", "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
    });
    if !of_type.is_empty() {
        body["type"] = format!("https://developer.vonage.com/en/api-errors/{of_type}").into();
    }
    body
}

fn errors() -> Vec<Row<Client>> {
    let documented: [(u16, &str, &[&str]); 15] = [
        (400, "verify-v2#invalid-code", &["check"]),
        (401, "#unauthorized", &OPERATIONS),
        (401, "#jwt-expired", &OPERATIONS),
        (402, "#low-balance", &OPERATIONS),
        (403, "#forbidden", &OPERATIONS),
        (404, "verify-v2#request-not-found", &["check", "cancel", "next"]),
        (409, "verify-v2#concurrent", &["new", "check"]),
        (409, "", &["new", "check"]),
        (409, "verify-v2#no-code", &["check"]),
        (409, "verify-v2#no-events", &["next"]),
        (410, "verify-v2#expired", &["check"]),
        (412, "verify-v2#precondition-failed", &["new"]),
        (422, "#invalid-params", &["new"]),
        (429, "#throttled", &["new", "check"]),
        (500, "#internal-error", &OPERATIONS),
    ];
    let mut table = Vec::new();
    for (status, of_type, operations) in documented {
        for operation in operations {
            let mut body = problem(of_type);
            if status == 422 {
                body["invalid_parameters"] = json!([{ "name": "brand", "reason": "required" }]);
            }
            if (status, *operation) == (409, "new") {
                body["request_id"] = json!(ID);
            }
            let response = Response::json(status, &body).header("content-type", "application/problem+json");
            let failed = Failed::documented(status, body);
            table.push(row(operation, &format!("{status} {of_type}"), response, Outcome::Failed(failed)));
        }
    }
    table
}

#[tokio::test]
async fn every_documented_error_has_status_body_and_headers() {
    assert_eq!(compare(CRATE, connect(), errors()).await, 35);
}

#[tokio::test]
async fn invalid_parameters_that_are_no_list_lose_nothing_else() {
    let mut sent = problem("#invalid-params");
    sent["invalid_parameters"] = json!({ "name": "brand", "reason": "required" });
    let failed = Failed::documented(422, problem("#invalid-params"));
    let table = vec![row("new", "422", Response::json(422, &sent), Outcome::Failed(failed))];
    compare(CRATE, connect(), table).await;
}

pub(crate) async fn compare_all(table: Vec<Row<Client>>) -> usize {
    compare(CRATE, connect(), table).await
}

pub(crate) fn documented() -> Vec<Row<Client>> {
    successes_with(&bearer()).into_iter().chain(errors()).collect()
}

#[tokio::test]
async fn an_id_arrives_as_one_decoded_segment() {
    let row = |(id, escaped): (&'static str, &str)| {
        let call = async move |client: Client| client.cancel_request().request_id(id).send().await;
        let expected =
            Request::new("DELETE", &format!("/v2/verify/{escaped}")).header("authorization", &bearer());
        Row::new(id, call, expected, Response::empty(204), Outcome::Done(204, Value::Null))
    };
    compare(CRATE, connect(), SEGMENTS.map(row).into()).await;
}

#[tokio::test]
async fn an_id_that_would_reach_another_route_is_refused_before_sending() {
    let mut table = Vec::new();
    for (id, rule) in UNFIT_SEGMENTS {
        let call = async move |client: Client| client.cancel_request().request_id(id).send().await;
        table.push(Row::refused(format!("{id:?}"), call, &["request_id", rule]));
    }
    compare(CRATE, connect(), table).await;
    for code in ["", "123", "12345678901"] {
        assert!(code.parse::<types::TypedCode>().is_err(), "{code}");
    }
    for brand in ["", "a/b", "a:b", "more than 18 letters"] {
        assert!(brand.parse::<types::NewRequestBrand>().is_err(), "{brand}");
    }
}

#[tokio::test]
async fn answers_are_read_leniently() {
    let read = |name, body: Value, seen: Value| {
        row("new", name, Response::json(202, &body), Outcome::Done(202, seen))
    };
    let table = vec![
        read("more than documented", json!({ "request_id": ID, "price": "0.05" }), started()),
        read("a null", json!({ "request_id": ID, "check_url": null }), started()),
        read(
            "another type",
            json!({ "request_id": ID, "check_url": 7 }),
            json!({ "request_id": ID, "check_url": "7" }),
        ),
    ];
    compare(CRATE, connect(), table).await;
}

pub(crate) async fn meet_faults() -> Vec<&'static str> {
    let documented = |success, has_body| {
        let error = problem("verify-v2#request-not-found");
        Documented { success, has_body, error }
    };
    vec![
        faults::check("new_request", &documented(202, true), connect_over, new).await,
        faults::check("check_code", &documented(200, true), connect_over, check).await,
        faults::check("cancel_request", &documented(204, false), connect_over, cancel).await,
        faults::check("next_workflow", &documented(200, false), connect_over, next).await,
    ]
}
