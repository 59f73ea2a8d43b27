//! `equinix-metal-otp`.

use equinix_metal_otp::{Client, Credential, Error, ErrorKind, ResponseValue, Sent, Transport, types};
use otp_tests::faults::{self, Documented};
use otp_tests::{Failed, MockServer, Outcome, Request, Response, Row, SEGMENTS, UNFIT_SEGMENTS, compare};
use serde_json::{Value, json};

const CRATE: &str = "equinix-metal-otp";
const TOKEN: &str = "metal-token-0123456789";
const CODES: &str = "/metal/v1/user/otp/recovery-codes";
const RECEIVE: &str = "/metal/v1/user/otp/sms/receive";

/// Clients over one transport: setting up TLS takes longer than an exchange.
fn connect() -> impl Fn(String) -> Client {
    let transport = Transport::new().unwrap();
    move |address| connect_over(address, transport.clone())
}

fn connect_over(address: String, transport: Transport) -> Client {
    let builder = Client::builder().credential(Credential::auth_token(TOKEN)).transport(transport);
    builder.base_url(address + "/metal/v1").build().unwrap()
}

fn request(method: &str, path: &str) -> Request {
    Request::new(method, path).header("x-auth-token", TOKEN)
}

type Result<T> = std::result::Result<ResponseValue<T>, Error<types::ErrorResponse>>;

async fn receive(client: Client) -> Result<()> {
    client.receive_codes().send().await
}

async fn verify(client: Client) -> Result<()> {
    client.find_ensure_otp().otp("123456").send().await
}

async fn read(client: Client) -> Result<types::RecoveryCodeList> {
    client.find_recovery_codes().send().await
}

async fn replace(client: Client) -> Result<types::RecoveryCodeList> {
    client.regenerate_codes().send().await
}

/// A row of one of the four operations.
fn row(operation: &str, name: &str, response: Response, outcome: Outcome) -> Row<Client> {
    let name = format!("{operation}, {name}");
    match operation {
        "receive" => Row::new(name, receive, request("POST", RECEIVE), response, outcome),
        "verify" => {
            Row::new(name, verify, request("POST", "/metal/v1/user/otp/verify/123456"), response, outcome)
        }
        "read" => Row::new(name, read, request("GET", CODES), response, outcome),
        "replace" => Row::new(name, replace, request("POST", CODES), response, outcome),
        other => panic!("no operation {other}"),
    }
}

fn recovery_codes() -> Value {
    json!({ "href": CODES, "recovery_codes": ["1f0e-9c2b-77aa", "c0ffee-1234", "ünïcode €"] })
}

fn successes() -> Vec<Row<Client>> {
    let codes = recovery_codes();
    vec![
        row("receive", "as recorded", Response::empty(204), Outcome::Done(204, Value::Null)),
        row("verify", "as recorded", Response::empty(204), Outcome::Done(204, Value::Null)),
        row("read", "as recorded", Response::json(200, &codes), Outcome::Done(200, codes.clone())),
        row("replace", "as recorded", Response::json(200, &codes), Outcome::Done(200, codes.clone())),
    ]
}

#[tokio::test]
async fn requests_are_as_recorded_and_responses_are_read() {
    assert_eq!(compare(CRATE, connect(), successes()).await, 4);
}

fn errors() -> Vec<Row<Client>> {
    let bodies = [
        json!({ "error": "the token is not valid" }),
        json!({ "errors": ["the code is wrong", "the code has expired"], "href": "/metal/v1/errors/1" }),
    ];
    let documented: [(&str, &[u16]); 4] = [
        ("receive", &[400, 401, 422, 500]),
        ("verify", &[400, 401]),
        ("read", &[401, 404, 422]),
        ("replace", &[401, 404, 422]),
    ];
    let mut table = Vec::new();
    for (operation, statuses) in documented {
        for status in statuses {
            for body in &bodies {
                let response =
                    Response::json(*status, body).header("x-request-id", "call-1").header("retry-after", "7");
                let failed = Failed::documented(*status, body.clone()).request_id("call-1");
                let outcome = Outcome::Failed(Failed { retry_after: Some(7), ..failed });
                table.push(row(operation, &status.to_string(), response, outcome));
            }
        }
    }
    table
}

#[tokio::test]
async fn every_documented_error_has_status_body_and_headers() {
    assert_eq!(compare(CRATE, connect(), errors()).await, 24);
}

pub(crate) async fn compare_all(table: Vec<Row<Client>>) -> usize {
    compare(CRATE, connect(), table).await
}

pub(crate) fn documented() -> Vec<Row<Client>> {
    successes().into_iter().chain(errors()).collect()
}

#[tokio::test]
async fn a_code_arrives_as_one_decoded_segment() {
    let row = |(code, escaped): (&'static str, &str)| {
        let call = async move |client: Client| client.find_ensure_otp().otp(code).send().await;
        let expected = request("POST", &format!("/metal/v1/user/otp/verify/{escaped}"));
        Row::new(code, call, expected, Response::empty(204), Outcome::Done(204, Value::Null))
    };
    compare(CRATE, connect(), SEGMENTS.map(row).into()).await;
}

#[tokio::test]
async fn a_code_that_would_reach_another_route_is_refused_before_sending() {
    let mut table = Vec::new();
    for (code, rule) in UNFIT_SEGMENTS {
        let call = async move |client: Client| client.find_ensure_otp().otp(code).send().await;
        table.push(Row::refused(format!("{code:?}"), call, &["otp", rule]));
    }
    let missing = async |client: Client| client.find_ensure_otp().send().await;
    table.push(Row::refused("no code", missing, &["request: otp is missing"]));
    compare(CRATE, connect(), table).await;
}

#[tokio::test]
async fn answers_are_read_leniently() {
    let read = |name, body: Value, seen: Value| {
        row("read", name, Response::json(200, &body), Outcome::Done(200, seen))
    };
    let charset =
        Response::json(200, &recovery_codes()).header("content-type", "application/json; charset=utf-8; x=1");
    let table = vec![
        read("nothing in it", json!({}), json!({})),
        read("nulls", json!({ "href": null, "recovery_codes": null }), json!({})),
        read("an empty list", json!({ "recovery_codes": [] }), json!({ "recovery_codes": [] })),
        read(
            "more than documented",
            json!({ "recovery_codes": ["a"], "meta": { "total": 1 } }),
            json!({ "recovery_codes": ["a"] }),
        ),
        row("read", "parameters of the media type", charset, Outcome::Done(200, recovery_codes())),
        row(
            "verify",
            "an error with nulls and more than documented",
            Response::json(400, &json!({ "error": null, "errors": null, "href": null, "code": 1 })),
            Outcome::Failed(Failed::documented(400, json!({}))),
        ),
    ];
    compare(CRATE, connect(), table).await;
}

#[tokio::test]
async fn nothing_but_no_content_accepts_a_code() {
    let refused = |status, body| {
        Outcome::Failed(Failed { body, ..Failed::new(ErrorKind::Decode, Sent::Yes, Some(status)) })
    };
    let html = || Response::text(200, "text/html", "<html>Welcome to the hotel</html>");
    let token = Response::json(200, &json!({ "token": "t" }));
    let table = vec![
        row("verify", "200 in HTML", html(), refused(200, None)),
        row("verify", "200 in JSON", token.clone(), refused(200, Some(json!({})))),
        row("verify", "202", Response::empty(202), refused(202, None)),
        row("receive", "200 in HTML", html(), refused(200, None)),
    ];
    let connect = connect();
    compare(CRATE, &connect, table).await;
    // Who wants to take the one for an acceptance, as the vendor's text suggests, can tell it from the other.
    for (response, is_json) in [(html(), false), (token, true)] {
        let service = MockServer::start(&response).await;
        let error = verify(connect(service.base_url())).await.unwrap_err();
        assert_eq!(error.json_object().is_some(), is_json, "{error:?}");
    }
}

pub(crate) async fn meet_faults() -> Vec<&'static str> {
    let documented = |success, has_body| {
        let error = json!({ "errors": ["the code is wrong"], "href": "/metal/v1/errors/1" });
        Documented { success, has_body, error }
    };
    let (empty, list) = (documented(204, false), documented(200, true));
    vec![
        faults::check("receive_codes", &empty, connect_over, receive).await,
        faults::check("find_ensure_otp", &empty, connect_over, verify).await,
        faults::check("find_recovery_codes", &list, connect_over, read).await,
        faults::check("regenerate_codes", &list, connect_over, replace).await,
    ]
}
