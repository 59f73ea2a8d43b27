//! What is read of each response of SMSCX.

use otp_tests::faults::{self, Documented};
use otp_tests::{Failed, MockServer, Outcome, Response, Row, compare};
use serde_json::{Value, json};
use smscx_otp::{Client, ErrorKind, RateLimit, ResponseValue, Sent, types};

use super::{
    CRATE, ID, OPERATIONS, cancel, connect, connect_over, new_full, new_minimal, otp, row, status, success,
    verify,
};

fn error_body(kind: &str, code: i64) -> Value {
    let uri = "https://sms.cx/sms-api-documentation/#section/Errors";
    json!({ "error": { "type": kind, "message": "in the vendor's words", "uri": uri, "code": code } })
}

pub(super) fn errors() -> Vec<Row<Client>> {
    let documented: [(u16, &str, i64, &[&str]); 8] = [
        (400, "invalid_param", 2001, &["new", "verify", "cancel"]),
        (400, "insufficient_credit", 1100, &["new"]),
        (401, "invalid_api_key", 1001, &OPERATIONS),
        (403, "insufficient_scope", 1002, &OPERATIONS),
        (404, "not_found", 2021, &["status", "verify", "cancel"]),
        (405, "invalid_method", 1003, &OPERATIONS),
        (429, "rate_limit", 1004, &OPERATIONS),
        (500, "server_error", 1005, &OPERATIONS),
    ];
    let mut table = Vec::new();
    for (status, kind, code, operations) in documented {
        let body = error_body(kind, code);
        for operation in operations {
            let response = Response::json(status, &body).header("x-request-id", "5f0c3f9e6b");
            let failed = Failed::documented(status, body.clone()).request_id("5f0c3f9e6b");
            let (response, failed) = if status == 429 {
                let response =
                    response.header("x-rate-limit-limit", "60").header("x-rate-limit-remaining", "0");
                // So far away that the time to wait is cut to a day, and does not depend on the clock.
                let reset = 4_102_444_800;
                let rate_limit = (Some(60), Some(0), Some(reset));
                let response = response.header("x-rate-limit-reset", &reset.to_string());
                (response, Failed { rate_limit, retry_after: Some(24 * 60 * 60), ..failed })
            } else {
                (response, failed)
            };
            table.push(row(operation, &format!("{status} {kind}"), response, Outcome::Failed(failed)));
        }
    }
    table
}

#[tokio::test]
async fn every_documented_error_has_status_body_and_headers() {
    assert_eq!(compare(CRATE, connect(), errors()).await, 27);
}

#[tokio::test]
async fn every_documented_code_is_read() {
    let on_verify: [(i64, u16, &str); 8] = [
        (2022, 400, "invalid_param"),
        (2023, 400, "otp_verified"),
        (2024, 400, "otp_cancelled"),
        (2025, 400, "otp_expired"),
        (2026, 400, "otp_failed"),
        (2027, 400, "otp_failed"),
        (2028, 400, "otp_expired"),
        (2029, 400, "invalid_pin"),
    ];
    let mut codes: Vec<_> = (2001..=2020).map(|code| ("new", code, 400, "invalid_param")).collect();
    codes.extend(["status", "verify", "cancel"].map(|operation| (operation, 2021, 404, "not_found")));
    codes.extend(on_verify.map(|(code, status, kind)| ("verify", code, status, kind)));
    codes.extend([2030, 2031].map(|code| ("cancel", code, 403, "access_denied")));
    let row = |(operation, code, status, kind): (&str, i64, u16, &str)| {
        let body = error_body(kind, code);
        let response = Response::json(status, &body);
        row(operation, &code.to_string(), response, Outcome::Failed(Failed::documented(status, body)))
    };
    assert_eq!(compare(CRATE, connect(), codes.into_iter().map(row).collect()).await, 33);
}

#[tokio::test]
async fn a_code_and_type_are_typed_and_what_is_not_listed_is_text() {
    let connect = connect();
    let service = MockServer::start(&Response::json(400, &error_body("invalid_pin", 2029))).await;
    let error = verify(connect(service.base_url())).await.unwrap_err();
    let detail = error.body().unwrap().error.as_ref().unwrap();
    assert_eq!((detail.code, detail.type_.as_ref()), (Some(2029), Some(&types::ErrorType::InvalidPin)));
    assert_eq!(detail.message.as_ref().unwrap().expose(), "in the vendor's words");

    let service = MockServer::start(&Response::json(400, &error_body("out_of_paper", 3000))).await;
    let error = verify(connect(service.base_url())).await.unwrap_err();
    let detail = error.body().unwrap().error.as_ref().unwrap();
    assert_eq!(detail.type_.as_ref().unwrap().to_string(), "out_of_paper");
    assert!(matches!(&detail.type_, Some(types::ErrorType::Unlisted(text)) if text == "out_of_paper"));

    let mut body = otp();
    body["status"] = json!("POSTPONED");
    let service = MockServer::start(&Response::json(201, &body)).await;
    let created = new_minimal(connect(service.base_url())).await.unwrap();
    assert_eq!(created.otp_id, ID);
    assert!(matches!(&created.status, Some(types::OtpStatus::Unlisted(text)) if text == "POSTPONED"));
}

#[tokio::test]
async fn every_status_of_a_challenge_is_read() {
    let connect = connect();
    let statuses = [
        ("PENDING", types::OtpStatus::Pending),
        ("VERIFIED", types::OtpStatus::Verified),
        ("EXPIRED", types::OtpStatus::Expired),
        ("CANCELLED", types::OtpStatus::Cancelled),
        ("FAILED", types::OtpStatus::Failed),
    ];
    for (text, expected) in statuses {
        let service = MockServer::start(&Response::json(200, &json!({ "otpId": ID, "status": text }))).await;
        assert_eq!(status(connect(service.base_url())).await.unwrap().status, Some(expected), "{text}");
    }
}

#[tokio::test]
async fn success_carries_request_id_and_rate_limit() {
    let connect = connect();
    for operation in OPERATIONS {
        let (code, body) = success(operation);
        let response = Response::json(code, &body).header("x-request-id", "5f0c3f9e6b");
        let response = response.header("x-response-time", "12.3ms");
        let response = response.header("x-rate-limit-limit", "60").header("x-rate-limit-remaining", "59");
        let service = MockServer::start(&response).await;
        let client = connect(service.base_url());
        let (id, limit, header) = match operation {
            "new" => details(&new_minimal(client).await.unwrap()),
            "status" => details(&status(client).await.unwrap()),
            "verify" => details(&verify(client).await.unwrap()),
            _ => details(&cancel(client).await.unwrap()),
        };
        assert_eq!(id.as_deref(), Some("5f0c3f9e6b"), "{operation}");
        assert_eq!((limit.limit, limit.remaining, limit.reset), (Some(60), Some(59), None), "{operation}");
        assert_eq!(header.as_deref(), Some("12.3ms"), "{operation}");
    }
}

fn details<T>(response: &ResponseValue<T>) -> (Option<String>, RateLimit, Option<String>) {
    let header = response.headers().get("x-response-time").map(|value| value.to_str().unwrap().to_owned());
    (response.request_id().map(ToOwned::to_owned), response.rate_limit(), header)
}

#[tokio::test]
async fn answers_are_read_leniently() {
    let minimal = json!({ "otpId": ID, "status": "PENDING" });
    let mut nulls = otp();
    for (name, value) in nulls.as_object_mut().unwrap() {
        if !["otpId", "status"].contains(&name.as_str()) {
            *value = Value::Null;
        }
    }
    let mut more = otp();
    more["carrier"] = json!({ "name": "unknown" });
    let mut dates = otp();
    dates["dateCreated"] = json!("2024-03-28T10:15:30.123456+02:00");
    dates["dateExpires"] = json!("2024-03-28 10:18:30");
    dates["cost"] = json!(1);
    let mut dates_read = dates.clone();
    dates_read["cost"] = json!(1.0);
    let mut no_date = otp();
    no_date["dateExpires"] = json!("soon");
    let charset =
        Response::json(201, &otp()).header("content-type", "application/json; charset=utf-8; profile=\"x\"");
    let other = Response::json(201, &otp()).header("content-type", "application/vnd.smscx+json");
    let done = |status, body: &Value| Outcome::Done(status, body.clone());
    let vendor_error =
        json!({ "error": { "type": "invalid_pin", "message": null, "hint": 1 }, "trace": "t" });
    let error_read = json!({ "error": { "type": "invalid_pin" } });
    let table = vec![
        row("new", "only what is needed", Response::json(201, &minimal), done(201, &minimal)),
        row("new", "nulls", Response::json(201, &nulls), done(201, &minimal)),
        row("new", "more than documented", Response::json(201, &more), done(201, &otp())),
        row("new", "dates without zone, a whole cost", Response::json(201, &dates), done(201, &dates_read)),
        row("new", "a date that is none", Response::json(201, &no_date), done(201, &no_date)),
        row("new", "parameters of the media type", charset, done(201, &otp())),
        row("new", "a media type of JSON's family", other, done(201, &otp())),
        row("status", "nulls", Response::json(200, &nulls), done(200, &minimal)),
        row("verify", "nothing in it", Response::json(200, &json!({})), done(200, &json!({}))),
        row("verify", "null", Response::json(200, &json!({ "status": null })), done(200, &json!({}))),
        row(
            "verify",
            "a status not listed",
            Response::json(200, &json!({ "status": "MAYBE", "score": 1 })),
            done(200, &json!({ "status": "MAYBE" })),
        ),
        row(
            "cancel",
            "more than documented",
            Response::json(200, &json!({ "info": { "id": ID, "at": "now" }, "took": 3 })),
            done(200, &json!({ "info": { "id": ID } })),
        ),
        row(
            "verify",
            "an error with nulls and more than documented",
            Response::json(400, &vendor_error),
            Outcome::Failed(Failed::documented(400, error_read)),
        ),
    ];
    compare(CRATE, connect(), table).await;
}

#[tokio::test]
async fn success_without_what_makes_it_one_is_a_failure() {
    let undocumented = |status| Outcome::Failed(Failed::new(ErrorKind::Decode, Sent::Yes, Some(status)));
    let no_id = json!({ "status": "PENDING" });
    let table = vec![
        row("new", "no id", Response::json(201, &no_id), undocumented(201)),
        row("status", "no id", Response::json(200, &no_id), undocumented(200)),
        row("verify", "a list", Response::json(200, &json!([])), undocumented(200)),
        row("cancel", "nothing in it", Response::json(200, &json!({})), undocumented(200)),
        row("cancel", "null", Response::json(200, &json!({ "info": null })), undocumented(200)),
    ];
    compare(CRATE, connect(), table).await;
}

#[tokio::test]
async fn dates_are_points_in_time_with_or_without_a_zone() {
    let connect = connect();
    let mut body = otp();
    body["dateCreated"] = json!("2024-03-28T12:18:30+02:00");
    body["dateExpires"] = json!("2024-03-28 10:18:30");
    let service = MockServer::start(&Response::json(200, &body)).await;
    let challenge = status(connect(service.base_url())).await.unwrap();
    let created = challenge.date_created.as_ref().unwrap().to_system_time();
    assert!(created.is_some());
    assert_eq!(created, challenge.date_expires.as_ref().unwrap().to_system_time());
}

pub(crate) async fn meet_faults() -> Vec<&'static str> {
    let documented =
        |success| Documented { success, has_body: true, error: error_body("server_error", 1005) };
    vec![
        faults::check("new_otp", &documented(201), connect_over, new_full).await,
        faults::check("get_otp_status", &documented(200), connect_over, status).await,
        faults::check("verify_otp", &documented(200), connect_over, verify).await,
        faults::check("cancel_otp", &documented(200), connect_over, cancel).await,
    ]
}
