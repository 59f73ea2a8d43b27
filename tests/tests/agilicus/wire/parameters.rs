//! Values of the caller in paths and queries.

use agilicus_otp::{Client, types};
use otp_tests::{Failed, Outcome, Request, Response, Row, SEGMENTS, UNFIT_SEGMENTS};
use otp_transport::{ErrorKind, Sent};
use serde_json::{Value, json};

use super::{Running, TOKEN, challenges, compare_all, refusal, totp, webauthn};

/// A call with one value chosen by the test.
type CallWith = fn(Client, String) -> Running;

macro_rules! call_with {
    ($client:ident, $value:ident => $builder:expr) => {
        |$client, $value| Box::pin(async move { $builder.send().await.into() })
    };
}

/// An operation with a value in its path.
struct InPath {
    operation: &'static str,
    parameter: &'static str,
    call: CallWith,
    method: &'static str,
    before: &'static str,
    after: &'static str,
    with_credential: bool,
    body: Option<Value>,
    query: &'static [(&'static str, &'static str)],
}

impl InPath {
    fn new(operation: &'static str, method: &'static str, before: &'static str, call: CallWith) -> Self {
        let parameter = match before {
            "/v1/challenges/" => "challenge_id",
            "/v1/challenge_enrollment/totp/" => "totp_id",
            _ => "webauthn_id",
        };
        let with_credential = parameter != "challenge_id";
        let (after, body, query) = ("", None, [].as_slice());
        Self { operation, parameter, call, method, before, after, with_credential, body, query }
    }

    fn request(&self, segment: &str) -> Request {
        let Self { before, after, .. } = self;
        let mut request = Request::new(self.method, &format!("{before}{segment}{after}"));
        if self.with_credential {
            request = request.header("authorization", &format!("Bearer {TOKEN}"));
        }
        for (name, value) in self.query {
            request = request.query(name, value);
        }
        match &self.body {
            Some(body) => request.json(body.clone()),
            None => request,
        }
    }
}

const CHALLENGE: &str = "/v1/challenges/";
const TOTP: &str = "/v1/challenge_enrollment/totp/";
const WEBAUTHN: &str = "/v1/challenge_enrollment/webauthn/";

fn in_path() -> Vec<InPath> {
    vec![
        InPath::new(
            "get_challenge",
            "GET",
            CHALLENGE,
            call_with!(client, id => client.get_challenge().challenge_id(id)),
        ),
        InPath {
            body: Some(challenges::minimal_body()),
            ..InPath::new(
                "replace_challenge",
                "PUT",
                CHALLENGE,
                call_with!(client, id =>
                    client.replace_challenge().challenge_id(id).body(challenges::minimal())),
            )
        },
        InPath::new(
            "delete_challenge",
            "DELETE",
            CHALLENGE,
            call_with!(client, id => client.delete_challenge().challenge_id(id)),
        ),
        InPath {
            after: "/answers",
            query: &[("challenge_answer", "1"), ("allowed", "true"), ("challenge_type", "sms")],
            ..InPath::new(
                "get_answer",
                "GET",
                CHALLENGE,
                call_with!(client, id => client
                    .get_answer()
                    .challenge_id(id)
                    .challenge_answer("1")
                    .allowed(true)
                    .challenge_type("sms".to_owned())),
            )
        },
        InPath::new(
            "get_totp_enrollment",
            "GET",
            TOTP,
            call_with!(client, id => client.get_totp_enrollment().totp_id(id)),
        ),
        InPath {
            body: Some(json!({ "user_id": "usr-7Kd2", "answer": "004217" })),
            ..InPath::new(
                "update_totp_enrollment",
                "POST",
                TOTP,
                call_with!(client, id =>
                    client.update_totp_enrollment().totp_id(id).body(totp::proof())),
            )
        },
        InPath::new(
            "delete_totp_enrollment",
            "DELETE",
            TOTP,
            call_with!(client, id => client.delete_totp_enrollment().totp_id(id)),
        ),
        InPath::new(
            "get_webauthn_enrollment",
            "GET",
            WEBAUTHN,
            call_with!(client, id => client.get_webauthn_enrollment().webauthn_id(id)),
        ),
        InPath {
            body: Some(webauthn::proof_body()),
            ..InPath::new(
                "update_webauthn_enrollment",
                "POST",
                WEBAUTHN,
                call_with!(client, id =>
                    client.update_webauthn_enrollment().webauthn_id(id).body(webauthn::proof())),
            )
        },
        InPath::new(
            "delete_webauthn_enrollment",
            "DELETE",
            WEBAUTHN,
            call_with!(client, id => client.delete_webauthn_enrollment().webauthn_id(id)),
        ),
    ]
}

#[tokio::test]
async fn a_path_value_stays_one_segment_whatever_it_holds() {
    let mut table = Vec::new();
    for place in in_path() {
        for (value, segment) in SEGMENTS {
            let call = place.call;
            let outcome = Outcome::Failed(Failed::documented(404, refusal()));
            table.push(Row::new(
                format!("{}, {value:?}", place.operation),
                async move |client| call(client, value.to_owned()).await,
                place.request(segment),
                Response::json(404, &refusal()),
                outcome,
            ));
        }
    }
    assert_eq!(compare_all(table).await, 10 * SEGMENTS.len());
}

#[tokio::test]
async fn a_path_value_that_would_reach_another_route_is_refused_with_name_and_rule() {
    let mut table = Vec::new();
    for InPath { operation, parameter, call, .. } in in_path() {
        for (value, rule) in UNFIT_SEGMENTS {
            let name = format!("{operation}, {value:?}");
            let call = async move |client| call(client, value.to_owned()).await;
            table.push(Row::refused(name, call, &[&format!("{parameter} {rule}")]));
        }
    }
    assert_eq!(compare_all(table).await, 10 * UNFIT_SEGMENTS.len());
}

/// A query parameter: operation, its name, a call with a value for it, and the request but for that value.
type InQuery = (&'static str, &'static str, CallWith, Request);

fn in_query() -> Vec<InQuery> {
    let request =
        |method, path: &str| Request::new(method, path).header("authorization", &format!("Bearer {TOKEN}"));
    let one = |place: &str| format!("{place}x");
    let answers = || Request::new("GET", "/v1/challenges/x/answers").query("allowed", "false");
    vec![
        (
            "list_totp_enrollment",
            "user_id",
            call_with!(client, value => client.list_totp_enrollment().user_id(value)),
            request("GET", "/v1/challenge_enrollment/totp"),
        ),
        (
            "get_totp_enrollment",
            "user_id",
            call_with!(client, value => client.get_totp_enrollment().totp_id("x").user_id(value)),
            request("GET", &one(TOTP)),
        ),
        (
            "update_totp_enrollment",
            "user_id",
            call_with!(client, value => client
                .update_totp_enrollment()
                .totp_id("x")
                .user_id(value)
                .body(totp::proof())),
            request("POST", &one(TOTP)).json(json!({ "user_id": "usr-7Kd2", "answer": "004217" })),
        ),
        (
            "delete_totp_enrollment",
            "user_id",
            call_with!(client, value => client.delete_totp_enrollment().totp_id("x").user_id(value)),
            request("DELETE", &one(TOTP)),
        ),
        (
            "list_webauthn_enrollments",
            "user_id",
            call_with!(client, value => client.list_webauthn_enrollments().user_id(value)),
            request("GET", "/v1/challenge_enrollment/webauthn"),
        ),
        (
            "get_webauthn_enrollment",
            "user_id",
            call_with!(client, value => client.get_webauthn_enrollment().webauthn_id("x").user_id(value)),
            request("GET", &one(WEBAUTHN)),
        ),
        (
            "update_webauthn_enrollment",
            "user_id",
            call_with!(client, value => client
                .update_webauthn_enrollment()
                .webauthn_id("x")
                .user_id(value)
                .body(webauthn::proof())),
            request("POST", &one(WEBAUTHN)).json(webauthn::proof_body()),
        ),
        (
            "delete_webauthn_enrollment",
            "user_id",
            call_with!(client, value => client.delete_webauthn_enrollment().webauthn_id("x").user_id(value)),
            request("DELETE", &one(WEBAUTHN)),
        ),
        (
            "get_answer",
            "challenge_answer",
            call_with!(client, value => client
                .get_answer()
                .challenge_id("x")
                .challenge_answer(value)
                .allowed(false)
                .challenge_type("sms".to_owned())),
            answers().query("challenge_type", "sms"),
        ),
        (
            "get_answer",
            "challenge_type",
            call_with!(client, value => client
                .get_answer()
                .challenge_id("x")
                .challenge_answer("1")
                .allowed(false)
                .challenge_type(value)),
            answers().query("challenge_answer", "1"),
        ),
        (
            "get_answer",
            "challenge_uid",
            call_with!(client, value => client
                .get_answer()
                .challenge_id("x")
                .challenge_answer("1")
                .allowed(false)
                .challenge_type("sms".to_owned())
                .challenge_uid(value)),
            answers().query("challenge_type", "sms").query("challenge_answer", "1"),
        ),
    ]
}

#[tokio::test]
async fn a_query_value_arrives_as_it_was_given() {
    let values = ["a&b=c", "a+b", "two words", "50%", "%26", "a#b?c/d;e", "ø€🦉", "\"quoted\"", ""];
    // Anything but success, so that one answer serves all.
    let answer = Response::empty(503);
    let outcome = Failed::new(ErrorKind::Status, Sent::Yes, Some(503));
    let mut table = Vec::new();
    for (operation, parameter, call, request) in in_query() {
        for value in values {
            table.push(Row::new(
                format!("{operation}, {parameter} {value:?}"),
                async move |client| call(client, value.to_owned()).await,
                request.clone().query(parameter, value),
                answer.clone(),
                Outcome::Failed(outcome.clone()),
            ));
        }
    }
    assert_eq!(compare_all(table).await, 11 * values.len());
}

#[tokio::test]
async fn what_is_missing_is_named_by_its_path() {
    use types::{ChallengeSpec, OneTimeUseActionChallenge, OneTimeUseActionChallengeSpec};
    type Call = fn(Client) -> Running;
    let calls: [(&str, Call); 5] = [
        (
            "allowed is missing",
            call!(client => client
                .get_answer()
                .challenge_id("x")
                .challenge_answer("1")
                .challenge_type("sms")),
        ),
        ("challenge_id is missing", call!(client => client.get_challenge())),
        ("spec is missing", call!(client => client.create_challenge())),
        (
            "spec.user_id is missing",
            call!(client => client.create_challenge().body_map(|body| body.spec(ChallengeSpec::builder()))),
        ),
        (
            "spec.actors is missing",
            call!(client => client.create_one_time_use_action().body(
                OneTimeUseActionChallenge::builder().spec(OneTimeUseActionChallengeSpec::builder())
            )),
        ),
    ];
    let rows = calls.map(|(text, call)| Row::refused(text, call, &[&format!("invalid request: {text}")]));
    assert_eq!(compare_all(rows.into()).await, calls.len());
}

#[tokio::test]
async fn a_type_of_challenge_is_taken_borrowed_and_owned() {
    let kind = "totp".to_owned();
    let spec = || types::ChallengeSpec::builder().user_id("usr-7Kd2");
    let set = [
        spec().challenge_type("totp"),
        spec().challenge_type(&kind),
        spec().challenge_type(kind.clone()),
        spec().challenge_type(Some("totp")),
        spec().challenge_type(types::ChallengeType::from("totp")),
    ];
    for spec in set {
        let spec = types::ChallengeSpec::try_from(spec).unwrap();
        assert_eq!(spec.challenge_type.as_deref(), Some(&kind));
    }
}
