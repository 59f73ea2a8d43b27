//! Status callbacks: accepted bodies, rejected bodies, and that no error shows their content.

use smscx_otp::types::{CallBackRequestOtpUpdate, CallbackEvent, Otp, OtpStatus};
use smscx_otp::webhook::{Callback, CallbackError, MAX_BYTES, MAX_ITEMS};

const ID: &str = "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";
const PHONE: &str = "+447700900123";

fn item(status: &str) -> String {
    format!(r#"{{"otpId":"{ID}","status":"{status}"}}"#)
}

fn body(items: &[String]) -> String {
    format!(r#"{{"event":"otp_update","data":[{}]}}"#, items.join(","))
}

#[test]
fn every_property_of_an_item_is_read() {
    let body = format!(
        r#"{{"event":"otp_update","data":[{{"otpId":"{ID}","status":"FAILED","phoneNumber":"{PHONE}",
        "countryIso":"GB","attempts":3,"maxAttempts":3,"cost":0.0395,"parts":1,"ttl":300,
        "trackId":"0d9f4c1e-2b3a-4c5d-8e6f-7a8b9c0d1e2f","otpCallbackUrl":"https://example.com/callback",
        "dateCreated":"2024-03-28T10:15:30Z","dateExpires":"2024-03-28 10:20:30"}}]}}"#
    );
    let callback = Callback::from_slice(body.as_bytes()).unwrap();
    assert_eq!(callback.event, Some(CallbackEvent::OtpUpdate));
    assert!(callback.unreadable.is_empty());
    let [item] = &callback.items[..] else { panic!("one item") };
    assert_eq!((item.otp_id.as_str(), &item.status), (ID, &Some(OtpStatus::Failed)));
    assert_eq!(item.phone_number.as_ref().unwrap().expose(), PHONE);
    assert_eq!(item.country_iso.as_deref(), Some("GB"));
    assert_eq!(
        (item.attempts, item.max_attempts, item.parts, item.ttl),
        (Some(3), Some(3), Some(1), Some(300))
    );
    assert_eq!(item.cost, Some(0.0395));
    assert_eq!(item.track_id.as_deref(), Some("0d9f4c1e-2b3a-4c5d-8e6f-7a8b9c0d1e2f"));
    assert_eq!(item.otp_callback_url.as_ref().unwrap().expose(), "https://example.com/callback");
    let life = item.date_expires.as_ref().unwrap().to_system_time().unwrap();
    let life = life.duration_since(item.date_created.as_ref().unwrap().to_system_time().unwrap());
    assert_eq!(life.unwrap().as_secs(), 300);
}

/// A body, the event, the statuses of the items, and the positions of the unreadable ones.
type Case = (String, Option<CallbackEvent>, &'static [&'static str], &'static [usize]);

#[test]
fn what_the_vendor_adds_or_leaves_out_loses_nothing() {
    let unlisted = |text: &str| Some(CallbackEvent::Unlisted(text.to_owned()));
    let cases: [Case; 18] = [
        (
            body(&[item("PENDING"), item("VERIFIED")]),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING", "VERIFIED"],
            &[],
        ),
        (body(&[]), Some(CallbackEvent::OtpUpdate), &[], &[]),
        (format!("\u{feff}{}", body(&[item("PENDING")])), Some(CallbackEvent::OtpUpdate), &["PENDING"], &[]),
        (r#"{"event":"otp_update","data":null}"#.into(), Some(CallbackEvent::OtpUpdate), &[], &[]),
        (r#"{"event":"otp_update"}"#.into(), Some(CallbackEvent::OtpUpdate), &[], &[]),
        (r#"{"event":null,"data":null}"#.into(), None, &[], &[]),
        ("{}".into(), None, &[], &[]),
        (format!(r#"{{"data":[{}]}}"#, item("EXPIRED")), None, &["EXPIRED"], &[]),
        (
            format!(r#"{{"event":"otp_paused","data":[{}]}}"#, item("PENDING")),
            unlisted("otp_paused"),
            &["PENDING"],
            &[],
        ),
        (format!(r#"{{"event":7,"data":[{}]}}"#, item("PENDING")), None, &["PENDING"], &[]),
        (
            format!(r#" {{"v":{{"a":[1]}},"data":[{}],"event":"otp_update"}} "#, item("PENDING")),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING"],
            &[],
        ),
        (body(&[item("DELIVERED")]), Some(CallbackEvent::OtpUpdate), &["DELIVERED"], &[]),
        (
            body(&[format!(r#"{{"otpId":"{ID}","status":"PENDING","operator":{{"name":"x"}}}}"#)]),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING"],
            &[],
        ),
        (
            body(&[format!(r#"{{"otpId":"{ID}","status":"PENDING","trackId":null,"cost":null}}"#)]),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING"],
            &[],
        ),
        (
            body(&[format!(r#"{{"otpId":"{ID}","status":"PENDING","cost":1,"dateExpires":"soon"}}"#)]),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING"],
            &[],
        ),
        (
            body(&[
                "null".into(),
                item("PENDING"),
                format!(r#"[0,0,"GB",null,null,3,null,"{ID}",1,null,"PENDING",null,300]"#),
                "7".into(),
                r#""x""#.into(),
                "{}".into(),
            ]),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING"],
            &[0, 2, 3, 4, 5],
        ),
        (
            body(&[
                item("PENDING"),
                format!(r#"{{"otpId":"{ID}","status":"PENDING","ttl":"300"}}"#),
                item("FAILED"),
            ]),
            Some(CallbackEvent::OtpUpdate),
            &["PENDING", "PENDING", "FAILED"],
            &[],
        ),
        (
            body(&[format!(r#"{{"otpId":"{ID}","status":null}}"#), item("FAILED")]),
            Some(CallbackEvent::OtpUpdate),
            &["FAILED"],
            &[],
        ),
    ];
    for (body, event, statuses, unreadable) in cases {
        let callback =
            Callback::from_slice(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}"));
        let read: Vec<_> =
            callback.items.iter().filter_map(|item| item.status.as_ref()).map(ToString::to_string).collect();
        assert_eq!(
            (callback.event, read),
            (event, statuses.iter().map(|&text| text.to_owned()).collect()),
            "{body}"
        );
        assert_eq!(callback.unreadable, unreadable, "{body}");
    }
}

#[test]
fn what_is_no_callback_is_refused_with_a_place_and_without_content() {
    // body, whether it is JSON, the line that is at fault
    let cases: [(&[u8], bool, usize); 12] = [
        (b"", false, 1),
        (b"marker", false, 1),
        (b"<html>marker</html>", false, 1),
        (b"{\"event\":\"marker\",\n\"data\":[{\"otpId\":\"mark", false, 2),
        (b"{\"event\":\"marker\"}\n\nmarker", false, 3),
        (b"{\"event\":\"\xff\xfe\"}", false, 1),
        (b"\"marker\"", true, 1),
        (b"7", true, 1),
        (b"\n[\"marker\", []]", true, 2),
        (b"null", true, 1),
        (b"{\"data\":\"marker\"}", true, 1),
        (b"{\"event\":\"marker\",\n\"data\":{\"otpId\":\"marker\"}}", true, 2),
    ];
    for (body, is_json, expected) in cases {
        let error = Callback::from_slice(body).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("mark"), "{text}");
        let line = match error {
            CallbackError::NotACallback { line, .. } if is_json => line,
            CallbackError::NotJson { line, .. } if !is_json => line,
            other => panic!("{}: {other:?}", String::from_utf8_lossy(body)),
        };
        assert_eq!(line, expected, "{}", String::from_utf8_lossy(body));
        assert!(error.to_string().contains(&format!("at line {line} column ")), "{text}");
    }
}

#[test]
fn nothing_nests_deep_enough_to_exhaust_the_stack() {
    let deep = format!(r#"{{"data":[{}"#, "[".repeat(500_000));
    assert!(matches!(Callback::from_slice(deep.as_bytes()), Err(CallbackError::NotJson { .. })));
    let deep = format!(r#"{{"other":{}"#, "[".repeat(500_000));
    assert!(matches!(Callback::from_slice(deep.as_bytes()), Err(CallbackError::NotJson { .. })));
}

#[test]
fn two_hundred_items_are_read_and_one_more_is_an_error_that_says_so() {
    let full = body(&vec![item("PENDING"); MAX_ITEMS]);
    assert_eq!(Callback::from_slice(full.as_bytes()).unwrap().items.len(), 200);

    for items in [vec![item("PENDING"); 201], vec!["null".to_owned(); 5000]] {
        let error = Callback::from_slice(body(&items).as_bytes()).unwrap_err();
        assert_eq!(error, CallbackError::TooManyItems { items: items.len() });
        let text = format!("the callback has {} items, 200 are allowed", items.len());
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_body_of_the_limit_is_read_and_one_byte_more_is_an_error_that_says_so() {
    let mut long = body(&[item("PENDING")]);
    long.push_str(&" ".repeat(MAX_BYTES - long.len()));
    assert_eq!(Callback::from_slice(long.as_bytes()).unwrap().items.len(), 1);

    long.push(' ');
    let error = Callback::from_slice(long.as_bytes()).unwrap_err();
    assert_eq!(error, CallbackError::TooLong { bytes: 1_048_577, limit: 1_048_576 });
    assert_eq!(error.to_string(), "the callback has 1048577 bytes, 1048576 are allowed");

    assert!(Callback::from_slice_within(long.as_bytes(), long.len()).is_ok());
    let error = Callback::from_slice_within(b"{}", 1).unwrap_err();
    assert_eq!(error, CallbackError::TooLong { bytes: 2, limit: 1 });
}

#[test]
fn the_phone_number_is_read_and_not_shown() {
    let with_number = format!(r#"{{"otpId":"{ID}","status":"PENDING","phoneNumber":"{PHONE}"}}"#);
    let callback = Callback::from_slice(body(&[with_number]).as_bytes()).unwrap();
    assert_eq!(callback.items[0].phone_number.as_ref().unwrap().expose(), PHONE);
    let text = format!("{callback:?}");
    assert!(text.contains(ID) && !text.contains("7700"), "{text}");
}

#[test]
fn what_the_description_of_the_api_writes_is_read() {
    let otp: Otp = Otp::builder().otp_id(ID).status(OtpStatus::Cancelled).try_into().unwrap();
    let described = CallBackRequestOtpUpdate::try_from(
        CallBackRequestOtpUpdate::builder().data(Some(vec![otp])).event(Some(CallbackEvent::OtpUpdate)),
    )
    .unwrap();
    let body = serde_json::to_vec(&described).unwrap();
    let callback = Callback::from_slice(&body).unwrap();
    assert_eq!(callback.items[0].status, Some(OtpStatus::Cancelled));
    let again = CallBackRequestOtpUpdate::from(callback);
    assert_eq!(serde_json::to_vec(&again).unwrap(), body);
}
