//! Agilicus: the request of each of the sixteen operations, and what is read of each response.

// Helpers unwrap too, and clippy only knows the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::pin::Pin;

use agilicus_otp::{Client, Credential, Secret, Transport, types};
use otp_tests::faults::{self, Documented};
use otp_tests::{Failed, MockServer, Outcome, Request, Response, Row, compare};
use serde_json::{Value, json};

/// A call of any operation, as plain data.
macro_rules! call {
    ($client:ident => $builder:expr) => {
        |$client| Box::pin(async move { $builder.send().await.into() })
    };
}

mod actions;
mod challenges;
mod lenient;
mod outputs;
mod parameters;
mod totp;
mod webauthn;

const CRATE: &str = "agilicus-otp";
/// With every character that a bearer token may have beside letters and digits.
const TOKEN: &str = "aaa.bb-cc_dd~ee+ff/00==";

type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Call = fn(Client) -> Running;

struct Operation {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    with_credential: bool,
    success: u16,
    /// The documented ones.
    errors: &'static [u16],
    forms: Vec<Form>,
}

/// One request of an operation, and the answer to it. The first of an operation is the smallest.
struct Form {
    name: &'static str,
    call: Call,
    query: &'static [(&'static str, &'static str)],
    body: Option<Value>,
    answer: Value,
}

impl Operation {
    fn request(&self, form: &Form) -> Request {
        let mut request = Request::new(self.method, self.path);
        if self.with_credential {
            request = request.header("authorization", &format!("Bearer {TOKEN}"));
        }
        for (name, value) in form.query {
            request = request.query(name, value);
        }
        match &form.body {
            Some(body) => request.json(body.clone()),
            None => request,
        }
    }

    fn answer(&self, form: &Form) -> Response {
        if form.answer.is_null() {
            Response::empty(self.success)
        } else {
            Response::json(self.success, &form.answer)
        }
    }

    fn row(&self, form: &Form, what: &str, answer: Response, outcome: Outcome) -> Row<Client> {
        let name = format!("{}, {}: {what}", self.name, form.name);
        Row::new(name, form.call, self.request(form), answer, outcome)
    }
}

fn operations() -> Vec<Operation> {
    [challenges::operations(), totp::operations(), webauthn::operations()].into_iter().flatten().collect()
}

fn metadata(id: &str) -> types::MetadataWithId {
    types::MetadataWithId::try_from(
        types::MetadataWithId::builder()
            .id(Some(id.to_owned()))
            .created(Some("2026-02-03T06:05:06.250+02:00".into()))
            .updated(Some("2026-02-03T04:05:06Z".into())),
    )
    .unwrap()
}

fn metadata_body(id: &str) -> Value {
    json!({ "id": id, "created": "2026-02-03T06:05:06.250+02:00", "updated": "2026-02-03T04:05:06Z" })
}

fn client(base_url: String, transport: Transport) -> Client {
    let builder = Client::builder().credential(Credential::bearer(TOKEN));
    builder.base_url(base_url).transport(transport).build().unwrap()
}

pub(crate) async fn compare_all(table: Vec<Row<Client>>) -> usize {
    let transport = Transport::new().unwrap();
    compare(CRATE, |base_url| client(base_url, transport.clone()), table).await
}

fn refusal() -> Value {
    json!({ "error_code": "NOT_TODAY", "error_message": "the owl is asleep" })
}

fn successes() -> Vec<Row<Client>> {
    let mut table = Vec::new();
    for operation in operations() {
        for form in &operation.forms {
            let outcome = Outcome::Done(operation.success, form.answer.clone());
            table.push(operation.row(form, "success", operation.answer(form), outcome));
        }
    }
    table
}

#[tokio::test]
async fn every_operation_sends_what_is_documented_and_reads_its_success() {
    assert_eq!(compare_all(successes()).await, 32);
}

fn errors() -> Vec<Row<Client>> {
    let mut table = Vec::new();
    for operation in operations() {
        for status in operation.errors {
            // Both properties are optional.
            for body in [refusal(), json!({ "error_code": "NOT_TODAY" }), json!({})] {
                let form = &operation.forms[0];
                let outcome = Outcome::Failed(Failed::documented(*status, body.clone()));
                let what = format!("{status} {body}");
                table.push(operation.row(form, &what, Response::json(*status, &body), outcome));
            }
        }
    }
    table
}

#[tokio::test]
async fn every_documented_error_is_reported_with_its_body() {
    assert_eq!(compare_all(errors()).await, 3 * 16);
}

pub(crate) fn documented() -> Vec<Row<Client>> {
    successes().into_iter().chain(errors()).collect()
}

/// The vendor documents neither, and any operation that takes a token can be answered so.
async fn token_refused(operations: Vec<Operation>) -> usize {
    let mut table = Vec::new();
    for operation in operations {
        for status in [401, 403] {
            let outcome = Outcome::Failed(Failed::documented(status, refusal()));
            let answer = Response::json(status, &refusal());
            table.push(operation.row(&operation.forms[0], &status.to_string(), answer, outcome));
        }
    }
    compare_all(table).await
}

#[tokio::test]
async fn a_refused_token_is_reported_with_the_body_that_errors_have() {
    let mut operations = operations();
    operations.retain(|operation| operation.with_credential && !operation.errors.is_empty());
    assert_eq!(token_refused(operations).await, 2 * 9);
}

#[tokio::test]
async fn a_refused_token_is_reported_by_operations_without_documented_errors() {
    let mut operations = operations();
    operations.retain(|operation| operation.with_credential && operation.errors.is_empty());
    assert_eq!(token_refused(operations).await, 2 * 3);
}

#[tokio::test]
async fn code_and_message_of_an_error_are_typed_fields() {
    let service = MockServer::start(&Response::json(404, &refusal())).await;
    let client = client(service.base_url(), Transport::new().unwrap());
    let error = client.get_challenge().challenge_id("chl-4Tz8").send().await.unwrap_err();
    let body = error.body().unwrap();
    assert_eq!(body.error_code.as_deref(), Some("NOT_TODAY"));
    assert_eq!(body.error_message.as_ref().map(Secret::expose), Some("the owl is asleep"));
}

pub(crate) async fn meet_faults() -> Vec<&'static str> {
    let mut met = Vec::new();
    for operation in operations() {
        let form = &operation.forms[0];
        let has_body = !form.answer.is_null();
        let documented = Documented { success: operation.success, has_body, error: refusal() };
        met.push(faults::check(operation.name, &documented, client, form.call).await);
    }
    met
}
