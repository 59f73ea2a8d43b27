//! Details of an error besides its kind: vendor code, request id, time to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use otp_facade::{Audience, DeclineReason, Error, ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, WORDS, documented_error, perform};
use otp_tests::{MockServer, Response};
use serde_json::{Value, json};

async fn fail(vendor: Provider, call: Call, response: Response) -> Error {
    let service = MockServer::start(&response).await;
    perform(vendor, call, &service.base_url()).await.expect_err("it is refused")
}

fn smscx(error_type: &str, code: u32) -> Value {
    json!({ "error": { "type": error_type, "message": WORDS, "code": code } })
}

#[tokio::test]
async fn no_credit_and_no_coverage_are_distinguished_and_neither_is_being_down() {
    let create = async |status, error_type| {
        fail(Provider::Smscx, Call::Create, Response::json(status, &smscx(error_type, 1000))).await
    };
    let reported = |error: &Error| (error.kind(), error.may_have_acted(), error.is_transient());
    // With whatever status of refusal.
    for status in [400, 402, 403] {
        let credit = create(status, "insufficient_credit").await;
        let coverage = create(status, "no_coverage").await;
        // A 402 is not documented: the words are believed, but not that nothing was done.
        let may_have_acted = status == 402;
        assert_eq!(reported(&credit), (ErrorKind::ProviderDeclined, may_have_acted, false));
        assert_eq!(reported(&coverage), (ErrorKind::ProviderDeclined, may_have_acted, false));
        assert_eq!(credit.decline_reason(), Some(DeclineReason::OutOfCredit));
        assert_eq!(coverage.decline_reason(), Some(DeclineReason::Unreachable));
        assert_eq!((credit.response_status(), credit.audience()), (503, Audience::Operator));
        assert_eq!((coverage.response_status(), coverage.audience()), (422, Audience::Person));
        assert_eq!(credit.vendor_code(), Some("insufficient_credit:1000"));
        assert_eq!(coverage.vendor_code(), Some("no_coverage:1000"));
    }
    assert_eq!(reported(&create(500, "server_error").await), (ErrorKind::Unavailable, true, true));
    assert_eq!(reported(&create(503, "server_error").await), (ErrorKind::Unavailable, true, true));
}

#[tokio::test]
async fn every_documented_decline_has_its_reason() {
    let rows = [
        (Call::Create, 1132, DeclineReason::TemplateNotApproved),
        (Call::Create, 1133, DeclineReason::TemplateNotApproved),
        (Call::Create, 1606, DeclineReason::ChannelNotActive),
        (Call::Create, 1608, DeclineReason::ChannelNotActive),
        (Call::Cancel, 2031, DeclineReason::NotOpen),
    ];
    for (call, code, reason) in rows {
        let error = fail(Provider::Smscx, call, Response::json(403, &smscx("access_denied", code))).await;
        assert_eq!(error.decline_reason(), Some(reason), "{code}");
        assert!(error.to_string().contains(&format!("provider_declined, {reason} (vendor code")), "{error}");
    }
    let mut rows = vec![(111, DeclineReason::MethodNotActive)];
    rows.extend([600, 601, 699, 700, 799].map(|code| (code, DeclineReason::OrderNotAllowed)));
    for (code, reason) in rows {
        let body = json!({ "code": code, "message": WORDS });
        let error = fail(Provider::DeutscheBank, Call::Create, Response::json(400, &body)).await;
        assert_eq!(error.decline_reason(), Some(reason), "{code}");
    }
    let declined = Error::new(ErrorKind::ProviderDeclined);
    assert_eq!(declined.decline_reason(), Some(DeclineReason::Other));
    assert_eq!(declined.to_string(), "provider_declined");
    let other = Error::new(ErrorKind::Unavailable).with_decline_reason(DeclineReason::OutOfCredit);
    assert_eq!(other.decline_reason(), None, "only a provider that declined has a reason");
}

#[tokio::test]
async fn a_vendors_code_for_a_field_names_the_field_of_the_facade() {
    let rows = [
        (2001..=2001, "recipient.phone"),
        (2002..=2003, "recipient.country"),
        (2004..=2005, "sender"),
        (2006..=2006, "template"),
        (2007..=2009, "ttl"),
        (2010..=2012, "max_attempts"),
        (2013..=2014, "alphabet"),
        (2015..=2017, "code_length"),
        (2018..=2018, "tracking_id"),
        (2019..=2019, "callback_url"),
        (2020..=2020, "recipient.phone"),
    ];
    for (codes, field) in rows {
        for code in codes {
            let body = smscx("invalid_param", code);
            let error = fail(Provider::Smscx, Call::Create, Response::json(400, &body)).await;
            assert_eq!(error.field(), Some(field), "{code}");
            let status = if field == "recipient.phone" { 422 } else { 500 };
            assert_eq!(error.response_status(), status, "{code}: {error}");
        }
    }
    let no_code = smscx("invalid_param", 2022);
    let error = fail(Provider::Smscx, Call::Verify, Response::json(400, &no_code)).await;
    assert_eq!((error.field(), error.response_status()), (Some("code"), 422));
    let other = fail(Provider::Smscx, Call::Create, Response::json(400, &smscx("invalid_param", 1000))).await;
    assert_eq!((other.field(), other.audience()), (None, Audience::Developer));
}

#[tokio::test]
async fn no_status_of_a_vendor_reaches_the_browser_as_its_own() {
    for vendor in Provider::ALL {
        for call in [Call::Create, Call::Verify, Call::Cancel, Call::Status] {
            for status in [401, 403] {
                let response = Response::json(status, &documented_error(vendor));
                let service = MockServer::start(&response).await;
                let Err(error) = perform(vendor, call, &service.base_url()).await else { continue };
                if error.kind() != ErrorKind::Unauthorized {
                    continue;
                }
                let answer = (error.response_status(), error.audience(), error.vendor_status());
                let at = format!("{} {call:?} {status}", vendor.slug());
                assert_eq!(answer, (503, Audience::Operator, Some(status)), "{at}");
            }
        }
    }
    let unauthorized = Response::json(401, &smscx("invalid_api_key", 1000));
    let error = fail(Provider::Smscx, Call::Create, unauthorized).await;
    assert_eq!((error.kind(), error.response_status()), (ErrorKind::Unauthorized, 503));
}

#[tokio::test]
async fn a_create_that_finds_no_service_tells_the_operator_where_to_look() {
    for vendor in Provider::ALL {
        for status in [301, 404, 405] {
            let gateway = Some(Response::text(status, "text/html", "<p>in words"));
            // SMSCX documents its 405.
            let is_documented = (vendor, status) == (Provider::Smscx, 405);
            let own = (!is_documented).then(|| Response::json(status, &documented_error(vendor)));
            for response in [gateway, own].into_iter().flatten() {
                let error = fail(vendor, Call::Create, response).await;
                assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::UnexpectedResponse, true));
                let text = error.to_string();
                let hint =
                    format!("status {status} to a create: check the base URL and the id of the service");
                assert!(text.contains(&hint), "{vendor:?}: {text}");
            }
        }
    }
    // Of a challenge, a 404 says that it is not known.
    let body = Response::json(404, &smscx("not_found", 2021));
    assert_eq!(fail(Provider::Smscx, Call::Verify, body).await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_refusal_in_words_is_believed_only_with_a_status_that_refuses() {
    for (code, error_type) in [(2029, "invalid_pin"), (2020, "invalid_param"), (1000, "insufficient_credit")]
    {
        let error = fail(Provider::Smscx, Call::Verify, Response::json(500, &smscx(error_type, code))).await;
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::Unavailable, true), "{code}");
    }
    for code in [2, 17, 111, 601] {
        let body = json!({ "code": code, "message": WORDS });
        let error = fail(Provider::DeutscheBank, Call::Verify, Response::json(500, &body)).await;
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::Unavailable, true), "{code}");
    }
}

#[tokio::test]
async fn push_challenges_of_deutsche_bank_explain_themselves() {
    for (code, words) in [(138, "not a pushTAN challenge"), (139, "in the bank's app")] {
        let body = json!({ "code": code, "message": WORDS });
        let error = fail(Provider::DeutscheBank, Call::Verify, Response::json(400, &body)).await;
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::Unsupported, false));
        let text = error.to_string();
        assert!(text.contains(&format!("vendor code {code}")) && text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_bare_400_on_an_answer_of_agilicus_is_a_rejection_without_a_reason() {
    for response in [Response::empty(400), Response::json(400, &json!({}))] {
        let error = fail(Provider::Agilicus, Call::Verify, response).await;
        assert_eq!(error.kind(), ErrorKind::Rejected(Rejection::Unspecified));
        assert!(error.may_have_acted());
        assert_eq!((error.vendor_code(), error.to_string().as_str()), (None, "agilicus: verify: rejected"));
    }
}

#[tokio::test]
async fn the_time_to_wait_is_the_providers() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let limited = |headers: &[(&str, String)]| {
        let response = Response::json(429, &smscx("rate_limit", 1004));
        headers.iter().fold(response, |response, (name, value)| response.header(name, value))
    };
    let reset = |seconds: u64| ("x-rate-limit-reset", seconds.to_string());
    let wait = |text: &str| ("retry-after", text.to_owned());
    let day = Duration::from_secs(86_400);
    let cases = [
        (limited(&[]), None),
        (limited(&[reset(1_664_103_086)]), Some(Duration::ZERO)),
        (limited(&[wait("7")]), Some(Duration::from_secs(7))),
        (limited(&[reset(now + 1000), wait("7")]), Some(Duration::from_secs(7))),
        (limited(&[wait("Sun, 06 Nov 1994 08:49:47 GMT")]), Some(Duration::ZERO)),
        (limited(&[reset(now + 1_000_000)]), Some(day)),
        (limited(&[wait("99999999999")]), Some(day)),
        (limited(&[wait("soon")]), None),
    ];
    for call in [Call::Create, Call::Verify, Call::Cancel, Call::Status] {
        for (response, expected) in &cases {
            let error = fail(Provider::Smscx, call, response.clone()).await;
            assert_eq!(error.retry_after(), *expected, "{call:?} {response:?}");
        }
        let waiting = fail(Provider::Smscx, call, limited(&[reset(now + 1000)])).await.retry_after();
        let (least, most) = (Duration::from_secs(900), Duration::from_secs(1000));
        assert!(waiting.is_some_and(|wait| (least..=most).contains(&wait)), "{call:?} {waiting:?}");
    }
    for vendor in Provider::ALL {
        for status in [429, 503] {
            let response = Response::json(status, &documented_error(vendor)).header("retry-after", "7");
            let error = fail(vendor, Call::Create, response).await;
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)), "{} {status}", vendor.slug());
        }
    }
}

#[tokio::test]
async fn there_is_nothing_to_wait_for_where_waiting_does_not_help() {
    for vendor in Provider::ALL {
        for status in [401, 404, 422, 302] {
            let response = Response::json(status, &documented_error(vendor)).header("retry-after", "7");
            let error = fail(vendor, Call::Create, response).await;
            assert_eq!(error.retry_after(), None, "{} {status}", vendor.slug());
        }
    }
}

#[tokio::test]
async fn a_code_or_id_that_could_be_anything_is_not_repeated() {
    let long = "x".repeat(1000);
    for text in ["two\nlines", "the code +4915112345678 is wrong", "<p>", "", &long] {
        let body = json!({ "error_code": text, "error_message": WORDS });
        let error = fail(Provider::Agilicus, Call::Create, Response::json(400, &body)).await;
        assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::InvalidRequest, None), "{text:?}");
        let error = fail(Provider::Smscx, Call::Create, Response::json(400, &smscx(text, 1000))).await;
        // The number is one, whatever the type is.
        assert_eq!(
            (error.kind(), error.vendor_code()),
            (ErrorKind::InvalidRequest, Some("1000")),
            "{text:?}"
        );
        let body = json!({ "code": 2, "message": WORDS, "messageId": text });
        let error = fail(Provider::DeutscheBank, Call::Create, Response::json(400, &body)).await;
        assert_eq!((error.vendor_code(), error.request_id()), (Some("2"), None), "{text:?}");
    }
}
