//! `twilio-otp`: forms go out, JSON comes back.

use otp_tests::faults::{self, Documented};
use otp_tests::{Failed, Outcome, Request, Response, Row, SEGMENTS, UNFIT_SEGMENTS, compare};
use serde_json::{Value, json};
use twilio_otp::{Client, Credential, Error, ResponseValue, Transport, types};

const CRATE: &str = "twilio-otp";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "tw-test-token-0123456789abcdef00";
const BASIC: &str =
    "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0dy10ZXN0LXRva2VuLTAxMjM0NTY3ODlhYmNkZWYwMA==";
const SERVICE: &str = "VA0123456789abcdef0123456789ABCDEF";
const SID: &str = "VEfedcba9876543210fedcba9876543210";
const VERIFICATIONS: &str = "/v2/Services/VA0123456789abcdef0123456789ABCDEF/Verifications";
const CHECK: &str = "/v2/Services/VA0123456789abcdef0123456789ABCDEF/VerificationCheck";
const REQUEST_ID: &str = "RQ5f0c3f9e6b5f0c3f9e6b5f0c3f9e6b5f0c";
const OPERATIONS: [&str; 4] = ["create", "fetch", "update", "check"];

/// Clients over one transport: setting up TLS takes longer than an exchange.
fn connect() -> impl Fn(String) -> Client {
    let transport = Transport::new().unwrap();
    move |address| connect_over(address, transport.clone())
}

fn connect_over(address: String, transport: Transport) -> Client {
    connect_with(Credential::auth_token(ACCOUNT, TOKEN), address, transport)
}

fn connect_with(credential: Credential, address: String, transport: Transport) -> Client {
    Client::builder().credential(credential).transport(transport).base_url(address).build().unwrap()
}

type Result<T> = std::result::Result<ResponseValue<T>, Error<types::ErrorResponse>>;

async fn create(client: Client) -> Result<types::Verification> {
    let call = client.create_verification().service_sid(SERVICE);
    call.body_map(|body| body.to("+15017122661").channel("sms")).send().await
}

async fn create_in_full(client: Client) -> Result<types::Verification> {
    let body = types::NewVerification::builder()
        .to("+15017122661")
        .channel("sms")
        .custom_friendly_name("Acme".to_owned())
        .custom_message("Hello")
        .send_digits("ww1".to_owned())
        .locale("en".to_owned())
        .custom_code("493817")
        .amount("€39.99")
        .payee("Acme Inc.")
        .rate_limits(r#"{"end_user_ip": "203.0.113.7"}"#)
        .channel_configuration(r#"{"from": "otp@example.com", "from_name": "Acme"}"#.to_owned())
        .app_hash("He42w354ol9".to_owned())
        .template_sid(
            "HJ0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f".parse::<types::NewVerificationTemplateSid>().unwrap(),
        )
        .template_custom_substitutions(r#"{"name":"Ann"}"#)
        .device_ip("203.0.113.7")
        .enable_sna_client_token(true)
        .risk_check(types::RiskCheck::Enable)
        .tags(r#"{"tenant_id":"12345"}"#.to_owned());
    client.create_verification().service_sid(SERVICE).body(body).send().await
}

async fn fetch(client: Client) -> Result<types::Verification> {
    client.fetch_verification().service_sid(SERVICE).sid(SID).send().await
}

async fn update(client: Client) -> Result<types::Verification> {
    let body = types::VerificationUpdate::new(types::NewStatus::Canceled);
    client.update_verification().service_sid(SERVICE).sid(SID).body(body).send().await
}

async fn approve(client: Client) -> Result<types::Verification> {
    let body = types::VerificationUpdate::new(types::NewStatus::Approved);
    client.update_verification().service_sid(SERVICE).sid(SID).body(body).send().await
}

async fn check(client: Client) -> Result<types::VerificationCheck> {
    let sid = SID.parse::<types::NewVerificationCheckVerificationSid>().unwrap();
    let body = types::NewVerificationCheck::builder().verification_sid(sid).code("493817");
    client.create_verification_check().service_sid(SERVICE).body(body).send().await
}

async fn check_in_full(client: Client) -> Result<types::VerificationCheck> {
    let sid = SID.parse::<types::NewVerificationCheckVerificationSid>().unwrap();
    let body = types::NewVerificationCheck::builder()
        .verification_sid(sid)
        .code("493817")
        .to("+15017122661")
        .amount("€39.99")
        .payee("Acme Inc.")
        .sna_client_token("tok-123");
    client.create_verification_check().service_sid(SERVICE).body(body).send().await
}

/// A row of one of the operations.
fn row(operation: &str, name: &str, response: Response, outcome: Outcome) -> Row<Client> {
    let name = format!("{operation}, {name}");
    let one = format!("{VERIFICATIONS}/{SID}");
    let request = |method, path: &str| Request::new(method, path).header("authorization", BASIC);
    match operation {
        "create" => {
            let form = request("POST", VERIFICATIONS).form(&[("To", "+15017122661"), ("Channel", "sms")]);
            Row::new(name, create, form, response, outcome)
        }
        "fetch" => Row::new(name, fetch, request("GET", &one), response, outcome),
        "update" => {
            Row::new(name, update, request("POST", &one).form(&[("Status", "canceled")]), response, outcome)
        }
        "approve" => {
            Row::new(name, approve, request("POST", &one).form(&[("Status", "approved")]), response, outcome)
        }
        "check" => {
            let form = request("POST", CHECK).form(&[("Code", "493817"), ("VerificationSid", SID)]);
            Row::new(name, check, form, response, outcome)
        }
        other => panic!("no operation {other}"),
    }
}

/// As recorded, without the nulls: those are read as absent.
fn verification(status: &str) -> Value {
    json!({
        "sid": SID, "service_sid": SERVICE, "account_sid": ACCOUNT, "to": "+15017122661", "channel": "sms",
        "status": status, "valid": status == "approved", "lookup": {},
        "send_code_attempts": [
            { "time": "2026-01-30T20:00:00Z", "channel": "SMS", "attempt_sid": "VL00112233445566778899aabbccddeeff" },
        ],
        "date_created": "2026-01-30T20:00:00Z", "date_updated": "2026-01-30T20:00:00Z",
        "url": format!("https://verify.twilio.com{VERIFICATIONS}/{SID}"),
    })
}

fn checked(status: &str) -> Value {
    json!({
        "sid": SID, "service_sid": SERVICE, "account_sid": ACCOUNT, "to": "+15017122661", "channel": "sms",
        "status": status, "valid": status == "approved", "sna_attempts_error_codes": [],
        "date_created": "2026-01-30T20:00:00Z", "date_updated": "2026-01-30T20:01:00Z",
    })
}

/// The nulls that a response has in the wild.
fn with_nulls(body: &Value) -> Value {
    let mut body = body.clone();
    for name in ["amount", "payee", "sna"] {
        body[name] = Value::Null;
    }
    body
}

fn success(operation: &str, name: &str, status: u16, body: &Value) -> Row<Client> {
    row(operation, name, Response::json(status, &with_nulls(body)), Outcome::Done(status, body.clone()))
}

/// Every exchange that was recorded with the vendor's own client, and 200 of a check.
fn successes() -> Vec<Row<Client>> {
    let mut sna = verification("pending");
    sna["channel"] = json!("sna");
    sna["lookup"] = json!({ "carrier": {
        "mobile_country_code": "311", "type": "mobile", "mobile_network_code": "180", "name": "Carrier",
    } });
    let mut unread = sna.clone();
    sna["sna"] = json!({ "url": "https://sna.example/m/id/x?data=a%2Fb" });
    unread["sna"] = sna["sna"].clone();
    unread["lookup"]["carrier"]["error_code"] = Value::Null;
    let full = [
        ("To", "+15017122661"),
        ("Channel", "sms"),
        ("CustomFriendlyName", "Acme"),
        ("CustomMessage", "Hello"),
        ("SendDigits", "ww1"),
        ("Locale", "en"),
        ("CustomCode", "493817"),
        ("Amount", "€39.99"),
        ("Payee", "Acme Inc."),
        ("RateLimits", r#"{"end_user_ip": "203.0.113.7"}"#),
        ("ChannelConfiguration", r#"{"from": "otp@example.com", "from_name": "Acme"}"#),
        ("AppHash", "He42w354ol9"),
        ("TemplateSid", "HJ0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"),
        ("TemplateCustomSubstitutions", r#"{"name":"Ann"}"#),
        ("DeviceIp", "203.0.113.7"),
        ("EnableSnaClientToken", "true"),
        ("RiskCheck", "enable"),
        ("Tags", r#"{"tenant_id":"12345"}"#),
    ];
    let full = Request::new("POST", VERIFICATIONS).header("authorization", BASIC).form(&full);
    let checked_full = [
        ("Code", "493817"),
        ("To", "+15017122661"),
        ("VerificationSid", SID),
        ("Amount", "€39.99"),
        ("Payee", "Acme Inc."),
        ("SnaClientToken", "tok-123"),
    ];
    let checked_full = Request::new("POST", CHECK).header("authorization", BASIC).form(&checked_full);
    let mut paid = verification("pending");
    (paid["amount"], paid["payee"]) = (json!("€39.99"), json!("Acme Inc."));
    let mut paid_check = checked("approved");
    (paid_check["amount"], paid_check["payee"]) = (json!("€39.99"), json!("Acme Inc."));
    let done = |status, body: &Value| (Response::json(status, body), Outcome::Done(status, body.clone()));
    let (paid, paid_outcome) = done(201, &paid);
    let (paid_check, paid_check_outcome) = done(201, &paid_check);
    vec![
        success("create", "as recorded", 201, &verification("pending")),
        row("create", "sna", Response::json(201, &unread), Outcome::Done(201, sna)),
        Row::new("create, in full", create_in_full, full, paid, paid_outcome),
        success("fetch", "as recorded", 200, &verification("pending")),
        success("update", "as recorded", 200, &verification("canceled")),
        success("approve", "as recorded", 200, &verification("approved")),
        success("check", "as recorded", 201, &checked("approved")),
        success("check", "a wrong code", 201, &checked("pending")),
        success("check", "with 200", 200, &checked("approved")),
        Row::new("check, in full", check_in_full, checked_full, paid_check, paid_check_outcome),
    ]
}

#[tokio::test]
async fn requests_are_as_recorded_and_responses_are_read() {
    assert_eq!(compare(CRATE, connect(), successes()).await, 10);
}

#[tokio::test]
async fn an_api_key_is_sent_as_recorded_and_a_form_is_encoded() {
    let transport = Transport::new().unwrap();
    let with_key = move |address| {
        let credential = Credential::api_key("SK0123456789abcdef0123456789abcdef", "s3cr:et/+% key");
        connect_with(credential, address, transport.clone())
    };
    let basic = "Basic U0swMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzM2NyOmV0LyslIGtleQ==";
    let email = async |client: Client| {
        let call = client.create_verification().service_sid(SERVICE);
        call.body_map(|body| body.to("ann@example.com").channel("email")).send().await
    };
    let request = Request::new("POST", VERIFICATIONS).header("authorization", basic);
    let request = request.form(&[("To", "ann@example.com"), ("Channel", "email")]);
    let body = verification("pending");
    let table = vec![Row::new("email", email, request, Response::json(201, &body), Outcome::Done(201, body))];
    assert_eq!(compare(CRATE, with_key, table).await, 1);
}

fn error_body(status: u16, code: u32) -> Value {
    json!({
        "code": code, "message": "in the vendor's words", "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status,
    })
}

fn errors() -> Vec<Row<Client>> {
    let documented: [(u16, u32, &[&str]); 7] = [
        (400, 60200, &["create", "update", "check"]),
        (401, 20003, &OPERATIONS),
        (403, 20008, &OPERATIONS),
        (404, 20404, &OPERATIONS),
        (429, 20429, &OPERATIONS),
        (500, 20500, &OPERATIONS),
        (503, 20503, &OPERATIONS),
    ];
    let mut table = Vec::new();
    for (status, code, operations) in documented {
        let body = error_body(status, code);
        for operation in operations {
            let response = Response::json(status, &body).header("twilio-request-id", REQUEST_ID);
            let failed = Failed::documented(status, body.clone()).request_id(REQUEST_ID);
            let (response, failed) = match (status, *operation) {
                (429, "create") => {
                    let response = response.header("retry-after", "30");
                    let response = response.header("twilio-reached-rate-limit", "my_rate_limit");
                    (response, Failed { retry_after: Some(30), ..failed })
                }
                _ => (response, failed),
            };
            table.push(row(operation, &format!("{status} {code}"), response, Outcome::Failed(failed)));
        }
    }
    table
}

#[tokio::test]
async fn every_documented_error_has_status_body_and_headers() {
    assert_eq!(compare(CRATE, connect(), errors()).await, 27);
}

#[tokio::test]
async fn problem_details_are_read_too() {
    let body = json!({
        "type": "https://www.twilio.com/docs/errors/20404", "title": "Not found", "status": 404, "code": 20404,
        "detail": "in the vendor's words", "instance": "i",
    });
    let mut sent = body.clone();
    sent["errors"] = json!([{ "detail": "more" }]);
    let response = Response::json(404, &sent).header("content-type", "application/problem+json");
    let table = vec![row("fetch", "problem", response, Outcome::Failed(Failed::documented(404, body)))];
    compare(CRATE, connect(), table).await;
}

pub(crate) async fn compare_all(table: Vec<Row<Client>>) -> usize {
    compare(CRATE, connect(), table).await
}

pub(crate) fn documented() -> Vec<Row<Client>> {
    successes().into_iter().chain(errors()).collect()
}

#[tokio::test]
async fn a_sid_arrives_as_one_decoded_segment() {
    let row = |(sid, escaped): (&'static str, &str)| {
        let call = async move |client: Client| {
            client.fetch_verification().service_sid(SERVICE).sid(sid).send().await
        };
        let expected =
            Request::new("GET", &format!("{VERIFICATIONS}/{escaped}")).header("authorization", BASIC);
        let body = verification("pending");
        Row::new(sid, call, expected, Response::json(200, &body), Outcome::Done(200, body))
    };
    compare(CRATE, connect(), SEGMENTS.map(row).into()).await;
}

#[tokio::test]
async fn a_sid_that_would_reach_another_route_is_refused_before_sending() {
    let mut table = Vec::new();
    for (sid, rule) in UNFIT_SEGMENTS {
        let call = async move |client: Client| {
            client.fetch_verification().service_sid(SERVICE).sid(sid).send().await
        };
        table.push(Row::refused(format!("{sid:?}"), call, &["sid", rule]));
    }
    for service in ["", "VA1", "../../v1", "VA0123456789abcdef0123456789abcdeg"] {
        let call = async move |client: Client| {
            client.fetch_verification().service_sid(service).sid(SID).send().await
        };
        table.push(Row::refused(format!("service {service:?}"), call, &["service_sid", "must match"]));
    }
    let missing = async |client: Client| client.create_verification().service_sid(SERVICE).send().await;
    table.push(Row::refused("no body", missing, &["request"]));
    compare(CRATE, connect(), table).await;
}

#[tokio::test]
async fn answers_are_read_leniently() {
    let read = |name, body: Value, seen: Value| {
        row("create", name, Response::json(201, &body), Outcome::Done(201, seen))
    };
    let sid = || json!({ "sid": SID });
    let table = vec![
        read("nothing but the id", sid(), sid()),
        read(
            "nulls",
            json!({ "sid": SID, "to": null, "lookup": null, "send_code_attempts": null, "sna": null }),
            sid(),
        ),
        read(
            "other types",
            json!({ "sid": SID, "valid": "yes", "lookup": [], "send_code_attempts": {} }),
            sid(),
        ),
        read(
            "an unknown channel and more than documented",
            json!({ "sid": SID, "channel": "pigeon", "region": "us1" }),
            json!({ "sid": SID, "channel": "pigeon" }),
        ),
        read(
            "a date by RFC 2822",
            json!({ "sid": SID, "date_created": "Fri, 30 Jan 2026 20:00:00 +0000" }),
            json!({ "sid": SID, "date_created": "Fri, 30 Jan 2026 20:00:00 +0000" }),
        ),
    ];
    compare(CRATE, connect(), table).await;
}

pub(crate) async fn meet_faults() -> Vec<&'static str> {
    let documented = |success| Documented { success, has_body: true, error: error_body(400, 60200) };
    let (created, done) = (documented(201), documented(200));
    vec![
        faults::check("create_verification", &created, connect_over, create).await,
        faults::check("fetch_verification", &done, connect_over, fetch).await,
        faults::check("update_verification", &done, connect_over, update).await,
        faults::check("create_verification_check", &created, connect_over, check).await,
    ]
}
