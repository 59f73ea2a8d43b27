//! SMSCX: the request of each operation. [`responses`] has what is read of each response.

use otp_tests::{MockServer, Outcome, Request, Response, Row, SEGMENTS, UNFIT_SEGMENTS, compare};
use serde_json::{Value, json};
use smscx_otp::{Client, Credential, Error, ResponseValue, Transport, types};

mod responses;

pub(crate) use responses::meet_faults;

const CRATE: &str = "smscx-otp";
const KEY: &str = "smscx-key-0123456789";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.e30.token-~+/=";
const ID: &str = "a17fb13d-f4ac-4d93-9439-ef41ab8de390";
const OPERATIONS: [&str; 4] = ["new", "status", "verify", "cancel"];

/// Clients over one transport: setting up TLS takes longer than an exchange.
fn connect() -> impl Fn(String) -> Client {
    let transport = Transport::new().unwrap();
    move |address| connect_over(address, transport.clone())
}

fn connect_over(address: String, transport: Transport) -> Client {
    connect_with(Credential::api_key(KEY), address, transport)
}

fn connect_with(credential: Credential, address: String, transport: Transport) -> Client {
    Client::builder().credential(credential).transport(transport).base_url(address).build().unwrap()
}

type Result<T> = std::result::Result<ResponseValue<T>, Error<types::ErrorResponse>>;

async fn new_minimal(client: Client) -> Result<types::Otp> {
    client.new_otp().body(types::NewOtpRequest::builder().phone_number("+33612246400")).send().await
}

async fn new_full(client: Client) -> Result<types::Otp> {
    let body = types::NewOtpRequest::builder()
        .phone_number("+33612246400")
        .country_iso("FR".parse::<types::NewOtpRequestCountryIso>().unwrap())
        .from("InfoText".parse::<types::NewOtpRequestFrom>().unwrap())
        .template("Your code is {{pin}}")
        .track_id("bf325375-e030-fccb-a009-17317c574773".parse::<uuid::Uuid>().unwrap())
        .ttl(180)
        .max_attempts(4)
        .pin_type(types::PinType::Numbers)
        .pin_length(4)
        .otp_callback_url(Some("https://webhook.example/otp?x=1&y=2"));
    client.new_otp().body(body).send().await
}

async fn status(client: Client) -> Result<types::Otp> {
    client.get_otp_status().otp_id(ID.parse::<uuid::Uuid>().unwrap()).send().await
}

async fn verify(client: Client) -> Result<types::VerifyPinResponse> {
    let body = types::VerifyPinRequest::builder().pin("1544");
    client.verify_otp().otp_id(ID.parse::<uuid::Uuid>().unwrap()).body(body).send().await
}

async fn cancel(client: Client) -> Result<types::CancelOtpResponse> {
    client.cancel_otp().otp_id(ID.parse::<uuid::Uuid>().unwrap()).send().await
}

/// A row of one of the four operations; `credential` is the header that the client proves itself with.
fn row_with(
    credential: (&str, &str),
    operation: &str,
    name: &str,
    response: Response,
    outcome: Outcome,
) -> Row<Client> {
    let name = format!("{operation}, {name}");
    let one = format!("/otp/{ID}");
    let request = |method, path| Request::new(method, path).header(credential.0, credential.1);
    let phone_number = json!({ "phoneNumber": "+33612246400" });
    match operation {
        "new" => Row::new(name, new_minimal, request("POST", "/otp").json(phone_number), response, outcome),
        "new in full" => Row::new(name, new_full, request("POST", "/otp").json(full()), response, outcome),
        "status" => Row::new(name, status, request("GET", &one), response, outcome),
        "verify" => {
            Row::new(name, verify, request("POST", &one).json(json!({ "pin": "1544" })), response, outcome)
        }
        "cancel" => Row::new(name, cancel, request("DELETE", &one), response, outcome),
        other => panic!("no operation {other}"),
    }
}

fn row(operation: &str, name: &str, response: Response, outcome: Outcome) -> Row<Client> {
    row_with(("x-api-key", KEY), operation, name, response, outcome)
}

fn full() -> Value {
    json!({
        "phoneNumber": "+33612246400",
        "countryIso": "FR",
        "from": "InfoText",
        "template": "Your code is {{pin}}",
        "trackId": "bf325375-e030-fccb-a009-17317c574773",
        "ttl": 180,
        "maxAttempts": 4,
        "pinType": "numbers",
        "pinLength": 4,
        "otpCallbackUrl": "https://webhook.example/otp?x=1&y=2",
    })
}

fn otp() -> Value {
    json!({
        "otpId": ID,
        "trackId": "bf325375-e030-fccb-a009-17317c574773",
        "phoneNumber": "+33612246400",
        "countryIso": "FR",
        "status": "PENDING",
        "cost": 0.0455,
        "parts": 1,
        "maxAttempts": 4,
        "attempts": 0,
        "ttl": 180,
        "otpCallbackUrl": "https://webhook.example/otp?x=1&y=é",
        "dateCreated": "2024-03-28T10:15:30Z",
        "dateExpires": "2024-03-28T10:18:30Z",
    })
}

/// The response of the service when all is well.
fn success(operation: &str) -> (u16, Value) {
    match operation {
        "verify" => (200, json!({ "status": "VERIFIED" })),
        "cancel" => (200, json!({ "info": { "id": ID } })),
        "status" => (200, otp()),
        _ => (201, otp()),
    }
}

fn successes(credential: (&str, &str)) -> Vec<Row<Client>> {
    let row = |operation: &&str| {
        let (status, body) = success(operation);
        row_with(
            credential,
            operation,
            "as recorded",
            Response::json(status, &body),
            Outcome::Done(status, body),
        )
    };
    [OPERATIONS.as_slice(), &["new in full"]].concat().iter().map(row).collect()
}

pub(crate) async fn compare_all(table: Vec<Row<Client>>) -> usize {
    compare(CRATE, connect(), table).await
}

pub(crate) fn documented() -> Vec<Row<Client>> {
    successes(("x-api-key", KEY)).into_iter().chain(responses::errors()).collect()
}

#[tokio::test]
async fn requests_are_as_recorded_and_responses_are_read() {
    let bearer = format!("Bearer {TOKEN}");
    let transport = Transport::new().unwrap();
    let with_bearer = |address| connect_with(Credential::bearer(TOKEN), address, transport.clone());
    let with_key = compare(CRATE, connect(), successes(("x-api-key", KEY))).await;
    let with_token = compare(CRATE, with_bearer, successes(("authorization", &bearer))).await;
    assert_eq!(with_key + with_token, 10);
}

#[tokio::test]
async fn an_application_asks_for_a_token_as_recorded() {
    let token =
        json!({ "access_token": "t", "expires_in": 86400, "token_type": "Bearer", "scope": "sms otp" });
    let forms = [
        (None, "grant_type=client_credentials"),
        (Some("sms otp"), "grant_type=client_credentials&scope=sms+otp"),
    ];
    for (scope, form) in forms {
        let service = MockServer::start(&Response::json(200, &token)).await;
        let scope = scope.map(ToOwned::to_owned);
        let credential = Credential::client_credentials("app-id é", "s3cr et/+%", scope);
        let client = connect_with(credential, service.base_url(), Transport::new().unwrap());
        // The service knows nothing but tokens: its response to the call itself does not matter here.
        let _ = verify(client).await;
        let [ask, call] = service.received().try_into().unwrap();
        assert_eq!((ask.method.as_str(), ask.target.as_str()), ("POST", "/oauth/token"));
        assert_eq!(ask.header("accept"), Some("application/json"));
        assert_eq!(ask.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(ask.header("authorization"), Some("Basic YXBwLWlkKyVDMyVBOTpzM2NyK2V0JTJGJTJCJTI1"));
        assert_eq!(String::from_utf8(ask.body).unwrap(), form);
        assert_eq!(call.header("authorization"), Some("Bearer t"));
    }
}

#[tokio::test]
async fn each_optional_property_of_a_request_can_be_sent_alone() {
    type Set = fn(types::builder::NewOtpRequest) -> types::builder::NewOtpRequest;
    let properties: [(&str, Set); 9] = [
        ("countryIso", |body| body.country_iso("FR".parse::<types::NewOtpRequestCountryIso>().unwrap())),
        ("from", |body| body.from("InfoText".parse::<types::NewOtpRequestFrom>().unwrap())),
        ("template", |body| body.template("Your code is {{pin}}".to_owned())),
        ("trackId", |body| {
            body.track_id("bf325375-e030-fccb-a009-17317c574773".parse::<uuid::Uuid>().unwrap())
        }),
        ("ttl", |body| body.ttl(180)),
        ("maxAttempts", |body| body.max_attempts(4)),
        ("pinType", |body| body.pin_type(types::PinType::Numbers)),
        ("pinLength", |body| body.pin_length(4)),
        ("otpCallbackUrl", |body| body.otp_callback_url("https://webhook.example/otp?x=1&y=2".to_owned())),
    ];
    let row = |(property, set): (&'static str, Set)| {
        let call = async move |client: Client| {
            let body = set(types::NewOtpRequest::builder().phone_number("+33612246400"));
            client.new_otp().body(body).send().await
        };
        let body = json!({ "phoneNumber": "+33612246400", property: full()[property] });
        let request = Request::new("POST", "/otp").header("x-api-key", KEY).json(body);
        Row::new(property, call, request, Response::json(201, &otp()), Outcome::Done(201, otp()))
    };
    compare(CRATE, connect(), properties.map(row).into()).await;
}

#[tokio::test]
async fn an_id_that_is_no_uuid_is_refused_before_sending() {
    let others = ["../../oauth/token", "12345", "a17fb13d-f4ac-4d93-9439-ef41ab8de39g"].map(|id| (id, ""));
    let ids = SEGMENTS.into_iter().chain(UNFIT_SEGMENTS).chain(others).map(|(id, _)| id);
    let mut table = Vec::new();
    for id in ids {
        let get = async move |client: Client| client.get_otp_status().otp_id(id).send().await;
        let check = async move |client: Client| {
            let body = types::VerifyPinRequest::builder().pin("1544");
            client.verify_otp().otp_id(id).body(body).send().await
        };
        let delete = async move |client: Client| client.cancel_otp().otp_id(id).send().await;
        let parts = ["otp_id", "UUID"];
        table.push(Row::refused(format!("status of {id:?}"), get, &parts));
        table.push(Row::refused(format!("verify of {id:?}"), check, &parts));
        table.push(Row::refused(format!("cancel of {id:?}"), delete, &parts));
    }
    compare(CRATE, connect(), table).await;
}

#[tokio::test]
async fn ids_and_pins_are_taken_borrowed_and_owned() {
    let (id, pin) = (ID.to_owned(), "1544".to_owned());
    let service = MockServer::start(&Response::json(200, &json!({ "status": "VERIFIED" }))).await;
    let client = connect()(service.base_url());
    let verify = || client.verify_otp().body_map(|body| body.pin(&pin));
    let uuid = ID.parse::<uuid::Uuid>().unwrap();
    for call in
        [verify().otp_id(&id), verify().otp_id(id.clone()), verify().otp_id(ID), verify().otp_id(uuid)]
    {
        call.send().await.unwrap();
    }
    let received = service.received();
    assert_eq!(received.len(), 4);
    for request in received {
        assert_eq!(request.target, format!("/otp/{ID}"));
        assert_eq!(request.body, br#"{"pin":"1544"}"#);
    }
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_is_refused_before_sending() {
    let missing_body = async |client: Client| client.new_otp().send().await;
    let missing_number =
        async |client: Client| client.new_otp().body(types::NewOtpRequest::builder()).send().await;
    let missing_pin = async |client: Client| {
        let body = types::VerifyPinRequest::builder();
        client.verify_otp().otp_id(ID.parse::<uuid::Uuid>().unwrap()).body(body).send().await
    };
    let table = vec![
        Row::refused("no body", missing_body, &["request: phone_number is missing"]),
        Row::refused("no phone number", missing_number, &["request: phone_number is missing"]),
        Row::refused(
            "no id",
            async |client: Client| client.get_otp_status().send().await,
            &["request: otp_id is missing"],
        ),
        Row::refused("no PIN", missing_pin, &["request: pin is missing"]),
    ];
    compare(CRATE, connect(), table).await;
    for (sender, rule) in [("no", "at least 3"), ("sixteen letters.", "at most 15")] {
        let error = sender.parse::<types::NewOtpRequestFrom>().unwrap_err();
        assert_eq!(error.to_string(), format!("must have {rule} characters"));
    }
    assert!("FRA".parse::<types::NewOtpRequestCountryIso>().is_err());
}
