//! Expiry of challenges where the provider's clock is not ours.

use std::time::{Duration, SystemTime};

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Agilicus, Challenge, CreateRequest, ErrorKind, Guard, OtpProvider, Recipient, RecipientKind, Rejection,
    Smscx, VerifyRequest,
};
use otp_tests::{MockServer, RIGHT, Response};
use otp_transport::Timestamp;
use serde_json::{Value, json};

use crate::fixtures::{Clock, PHONE, guard, inner, kind, rejection, request, settings};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
/// What the guard allows by itself.
const GUARDS_OWN: u64 = 600;

fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time - by } else { time + by }
}

/// A date of a clock that is so many seconds ahead of ours.
fn zoned(seconds: i64) -> String {
    Timestamp::from(shifted(SystemTime::now(), seconds)).to_string()
}

/// The same without a zone.
fn local(seconds: i64) -> String {
    zoned(seconds).trim_end_matches('Z').to_owned()
}

fn http_date(seconds: i64) -> String {
    httpdate::fmt_http_date(shifted(SystemTime::now(), seconds))
}

const OTP: &str = "5b1c9a52-7d3e-4f60-8a21-9c0d1e2f3a4b";

fn otp(members: &Value) -> Response {
    let mut body = json!({ "otpId": OTP, "status": "VERIFIED", "phoneNumber": PHONE });
    for (name, value) in members.as_object().expect("an object") {
        body[name] = value.clone();
    }
    Response::json(201, &body)
}

/// The challenge that a guard gives out, and whether it let the code through to the provider.
async fn guarded<P: OtpProvider>(
    provider: P,
    service: &MockServer,
    request: &CreateRequest,
) -> (Challenge, bool) {
    let guard = Guard::new(provider, MemoryStore::new(), settings()).expect("valid settings");
    let challenge = guard.create(request).await.expect("a challenge");
    let outcome = guard.verify(&VerifyRequest::new(challenge.id.clone(), "123456")).await;
    assert!(outcome.is_ok() || kind(&outcome) != ErrorKind::Rejected(Rejection::Expired), "{outcome:?}");
    (challenge, service.received().len() == 2)
}

fn lasts(challenge: &Challenge) -> u64 {
    let left = challenge.expires_at.expect("an end").duration_since(SystemTime::now()).unwrap_or_default();
    left.as_secs().saturating_add(1)
}

#[tokio::test]
async fn no_clock_and_no_zone_of_a_provider_ends_or_prolongs_a_challenge() {
    // The provider's clock against ours, and its zone against UTC.
    for skew in [-6 * MINUTE, 0, 6 * MINUTE, -HOUR, HOUR] {
        let dates =
            |created: String, expires: String| json!({ "dateCreated": created, "dateExpires": expires });
        let mut cases = vec![
            (dates(zoned(skew), zoned(skew + 300)), None, 300),
            (json!({ "ttl": 300, "dateExpires": zoned(skew + 300) }), None, 300),
            (json!({ "dateExpires": zoned(skew + 300) }), Some(http_date(skew)), 300),
            // Nonsense between the two.
            (dates(zoned(skew + 300), zoned(skew)), None, GUARDS_OWN),
            (dates(zoned(skew), zoned(skew)), None, GUARDS_OWN),
            (dates(zoned(skew), "9999-12-31T23:59:59Z".into()), None, GUARDS_OWN),
            (dates(zoned(skew), "0001-01-01T00:00:00".into()), None, GUARDS_OWN),
            (json!({ "ttl": 0, "dateExpires": "soon" }), None, GUARDS_OWN),
            (json!({ "ttl": -300 }), None, GUARDS_OWN),
            (json!({ "ttl": i64::MAX }), None, GUARDS_OWN),
            (json!({}), None, GUARDS_OWN),
        ];
        for zone in [-11 * HOUR, -5 * HOUR, 0, 2 * HOUR, 14 * HOUR] {
            let (created, expires) = (local(skew + zone), local(skew + zone + 300));
            cases.push((dates(created.clone(), expires.clone()), None, 300));
            cases.push((dates(created, zoned(skew + 300)), None, GUARDS_OWN));
            cases.push((dates(zoned(skew), expires.clone()), None, GUARDS_OWN));
            cases.push((json!({ "dateExpires": expires.clone() }), Some(http_date(skew)), GUARDS_OWN));
            cases.push((
                json!({ "ttl": 300, "dateCreated": zoned(skew), "dateExpires": expires }),
                None,
                300,
            ));
        }
        for (members, date, seconds) in cases {
            let mut response = otp(&members);
            if let Some(date) = &date {
                response = response.header("date", date);
            }
            let service = MockServer::start(&response).await;
            let url = service.base_url();
            let provider = Smscx::builder().api_key("key").base_url(url).build().expect("valid settings");
            let request = CreateRequest::new(Recipient::phone(PHONE));
            let (challenge, asked) = guarded(provider, &service, &request).await;
            assert!(asked, "{members} {date:?}: the code was skipped");
            let lasts = lasts(&challenge);
            assert!(
                (seconds - 5..=seconds + 1).contains(&lasts),
                "{members} {date:?}: {lasts}, not {seconds}"
            );
        }
    }
}

#[tokio::test]
async fn a_timeout_counts_from_the_receipt_and_only_if_it_is_sensible() {
    for (created, seconds, lasts_for) in [
        (json!(zoned(-6 * MINUTE)), json!(300), 300),
        (json!(zoned(HOUR)), json!(300), 300),
        (Value::Null, json!(300), 300),
        (json!("1970-01-01T00:00:00Z"), json!(300), 300),
        (json!(zoned(0)), json!(i64::MAX), GUARDS_OWN),
        (json!(zoned(0)), json!(-1), GUARDS_OWN),
        (json!(zoned(0)), json!(0), GUARDS_OWN),
        (json!(zoned(0)), Value::Null, GUARDS_OWN),
    ] {
        let spec = json!({ "user_id": "u", "challenge_type": "sms", "timeout_seconds": seconds });
        let body = json!({ "metadata": { "id": "c1", "created": created }, "spec": spec, "status": {} });
        let service = MockServer::start(&Response::json(201, &body)).await;
        let url = service.base_url();
        let provider = Agilicus::builder().bearer("token").base_url(url).build().expect("valid settings");
        let request = CreateRequest::new(Recipient::user("u"));
        let (challenge, asked) = guarded(provider, &service, &request).await;
        assert!(asked, "{body}: the code was skipped");
        let lasts = lasts(&challenge);
        assert!((lasts_for - 5..=lasts_for + 1).contains(&lasts), "{body}: {lasts}, not {lasts_for}");
    }
}

#[test]
fn a_lifetime_beyond_the_clock_is_no_panic() {
    let challenge = || Challenge::new(otp_facade::ChallengeId::new("x", &["1"]), otp_facade::Channel::Sms);
    let endless = challenge().with_expires_in(Duration::MAX);
    assert_eq!((endless.expires_in, endless.expires_at), (Some(Duration::MAX), None));
    let past = challenge().with_expires_at(SystemTime::UNIX_EPOCH);
    assert_eq!(past.expires_in, Some(Duration::ZERO));
}

#[tokio::test]
async fn the_lifetime_is_at_most_ten_minutes_by_default() {
    let (fake, clock) = (inner(RecipientKind::Phone), Clock::new());
    let guard = guard(&fake, clock.store(), settings());
    let challenge = guard.create(&request(PHONE)).await.unwrap();
    assert_eq!(challenge.expires_in, Some(Duration::from_secs(600)));
    clock.advance(Duration::from_secs(600));
    let late = guard.verify(&VerifyRequest::new(challenge.id, RIGHT)).await;
    assert_eq!(rejection(&late), Rejection::Expired);
}
