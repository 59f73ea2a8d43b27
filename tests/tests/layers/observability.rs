//! The page about spans, events and metrics, against a run in which all of them occur.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use otp_facade::layers::RetryPolicy;
use otp_facade::stores::{MemoryStore, RedisStore};
use otp_facade::{
    CreateRequest, ErrorKind, GuardSettings, OtpProvider, OtpProviderExt, Recipient, Smscx, VerifyRequest,
};
use otp_tests::redis::FakeServer;
use otp_tests::{DOWN, Failure, FakeProvider, LOST, RIGHT, RawServer, Response, Step, WRONG};
use serde_json::json;

use crate::calls::request;
use crate::capture::Capture;

const PAGE: &str = include_str!("../../../crates/otp-facade/docs/observability.md");
const KEY: &str = "a key of at least 32 characters, kept like a password";

/// What a row of the page says, or what occurred: fields by name and target, or labels by name and type.
type Names = BTreeMap<(String, String), BTreeSet<String>>;

/// The rows of the table under a heading: the cells without their backticks.
fn table(heading: &str) -> Vec<Vec<String>> {
    let section = PAGE.split(&format!("\n## {heading}\n")).nth(1).expect("the heading");
    let section = section.split("\n## ").next().expect("text");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The names in backticks.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn only(cell: &str) -> String {
    names(cell).pop_first().expect("a name")
}

/// The documented spans and events, or metrics: the first cell is the name, the second the target or type.
fn documented(headings: &[&str]) -> Names {
    let rows = headings.iter().flat_map(|heading| table(heading));
    rows.map(|row| ((only(&row[0]), row[1].replace('`', "")), names(&row[2]))).collect()
}

fn measured(snapshotter: &Snapshotter) -> Names {
    let mut found = Names::new();
    for (key, ..) in snapshotter.snapshot().into_vec() {
        let kind = format!("{:?}", key.kind()).to_lowercase();
        let labels = key.key().labels().map(|label| label.key().to_owned());
        found.entry((key.key().name().to_owned(), kind)).or_default().extend(labels);
    }
    found
}

async fn failover() {
    let declined = Step::Fail(Failure::new(ErrorKind::ProviderDeclined, false));
    let one = FakeProvider::new("one").then([DOWN, DOWN, declined]);
    let policy = RetryPolicy::default().with_max_attempts(2).with_delay(Duration::ZERO, Duration::ZERO);
    let provider = one.with_retry(policy).with_failover(FakeProvider::new("two")).expect("valid settings");
    let provider = provider.with_breaker(1, Duration::ZERO).with_tracing();
    for _ in 0..3 {
        provider.create(&request()).await.expect("it succeeds");
    }
    let lost = FakeProvider::new("one").then([LOST]).with_tracing();
    lost.create(&request()).await.expect_err("it fails");
}

async fn guard() {
    let fake = FakeProvider::new("one").accepting_only_the_right_code().able(|able| able.cancel = false);
    let settings = || GuardSettings::new(KEY).with_max_failures(1);
    let guard = fake.clone().with_guard(MemoryStore::new(), settings()).expect("valid settings");
    let create = request().with_subject("account-1");
    let id = guard.create(&create).await.expect("it succeeds").id;
    guard.create(&create).await.expect_err("it fails");
    let other = fake.clone().with_guard(MemoryStore::new(), settings()).expect("valid settings");
    for _ in 0..2 {
        other.create(&request().with_idempotency_key("form-1")).await.expect("it succeeds");
    }
    let verify = |code: &str| VerifyRequest::new(id.clone(), code);
    guard.verify(&verify(RIGHT)).await.expect_err("it fails");
    guard.verify(&verify(WRONG).with_subject("account-1")).await.expect_err("it fails");
    guard.verify(&verify(RIGHT).with_subject("account-1")).await.expect_err("it fails");
    guard.reset_failures(Some(&create.recipient), Some("account-1")).await.expect("it succeeds");
    guard.verify(&verify(RIGHT).with_subject("account-1")).await.expect("it succeeds");
    guard.verify(&verify(RIGHT).with_subject("account-1")).await.expect_err("it fails");
}

/// A store that fails, and a server that may evict what the store records.
async fn store(capture: &Capture) {
    let server = FakeServer::start("OOM").await;
    let store = RedisStore::new(server.url()).expect("valid settings");
    let guard = FakeProvider::new("one").with_guard(store, GuardSettings::new(KEY)).expect("valid settings");
    for _ in 0..1_000 {
        guard.create(&request()).await.expect_err("it fails");
        if capture.seen().iter().any(|(name, ..)| name == "otp.redis_may_evict") {
            return;
        }
    }
}

async fn lenient() {
    let body = json!({ "otpId": "3f2b8c1e-5a77-4d0e-9c3b-6f1d2e8a9b04", "cost": { "amount": "none" } });
    let server = RawServer::writing(Response::json(201, &body).to_bytes()).await;
    let provider =
        Smscx::builder().api_key("key").base_url(server.base_url()).build().expect("valid settings");
    provider.create(&CreateRequest::new(Recipient::phone("+4915112345678"))).await.expect("it succeeds");
}

#[tokio::test]
async fn the_page_has_every_span_event_and_metric_with_its_fields_and_nothing_else() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    failover().await;
    guard().await;
    store(&capture).await;
    lenient().await;

    let mut seen = Names::new();
    for (name, target, _, fields) in capture.seen() {
        let fields = fields.into_iter().map(str::to_owned).filter(|field| field != "event");
        seen.entry((name, target)).or_default().extend(fields);
    }
    assert_eq!(seen, documented(&["Spans", "Events"]));
    assert_eq!(measured(&recorder.snapshotter()), documented(&["Metrics"]));
    // Each event has its level, and its name as a field, for logs that do not show names.
    let levels: BTreeSet<_> = capture.seen().into_iter().map(|(name, _, level, _)| (name, level)).collect();
    for row in table("Events") {
        let of_event = levels.iter().filter(|(name, _)| *name == only(&row[0]));
        let of_event: BTreeSet<_> = of_event.map(|(_, level)| level.to_lowercase()).collect();
        assert_eq!(of_event, names(&row[3]), "{row:?}");
    }
    let text = capture.text();
    for row in table("Events") {
        let field = format!("event=\"{}\"", only(&row[0]));
        assert!(text.contains(&field), "{field} is not in {text}");
    }
}

#[test]
fn the_alert_rules_are_of_metrics_and_labels_that_there_are() {
    let block = PAGE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("rules");
    let rules: serde_json::Value = serde_saphyr::from_str(block).expect("YAML");
    let rules = rules["groups"][0]["rules"].as_array().expect("a list").clone();
    assert_eq!(rules.len(), 3);
    let prometheus = |name: &String| name.replace('.', "_");
    let documented = documented(&["Metrics"]);
    let metrics: BTreeSet<_> = documented.keys().map(|(name, _)| prometheus(name)).collect();
    let labels: BTreeSet<_> = documented.values().flatten().map(prometheus).collect();
    for rule in rules {
        let expression = rule["expr"].as_str().expect("an expression");
        let words =
            expression.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let words: Vec<_> = words.filter(|word| word.contains('_')).collect();
        assert!(words.iter().any(|word| metrics.contains(*word)), "{expression}");
        for word in words {
            let of_text = rule["annotations"]["summary"].as_str().expect("a text").contains("$labels");
            let is_kind =
                expression.contains(&format!("\"{word}")) || expression.contains(&format!("|{word}"));
            assert!(metrics.contains(word) || labels.contains(word) || is_kind, "{word} in {expression}");
            assert!(of_text, "{rule}");
        }
    }
}

#[tokio::test]
async fn an_account_without_credit_is_seen_although_the_next_provider_sends() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let one = FakeProvider::new("one");
    let error = otp_facade::Error::new(ErrorKind::ProviderDeclined).with_vendor_code("1041");
    one.fail(error.with_vendor_status(402));
    let provider = one.with_failover(FakeProvider::new("two")).unwrap().with_tracing();
    provider.create(&request()).await.unwrap();
    let text = capture.text();
    let event = text.lines().find(|line| line.contains("otp.attempt_failed")).expect("an event");
    for part in [
        "WARN",
        r#"otp.layer="failover""#,
        r#"otp.operation="create""#,
        r#"otp.provider="one""#,
        r#"error.type="provider_declined""#,
        r#"otp.vendor_code="1041""#,
        "http.response.status_code=402",
        "otp.may_have_acted=false",
    ] {
        assert!(event.contains(part), "{part} is not in {event}");
    }
    let metrics = recorder.snapshotter().snapshot().into_vec();
    let resends =
        metrics.iter().find(|(key, ..)| key.key().name() == "otp.client.resends").expect("a counter");
    let labels: Vec<_> = resends.0.key().labels().map(|label| label.value()).collect();
    assert_eq!(labels, ["create", "one", "provider_declined"]);
}

#[tokio::test]
async fn a_connection_failure_is_named_by_its_class_and_the_returned_error_is_no_event() {
    let capture = Capture::start();
    let closed = otp_tests::Closed::take();
    let smscx = Smscx::builder().api_key("key").base_url(closed.base_url()).build().unwrap();
    let provider = smscx.with_failover(FakeProvider::new("two").then([DOWN])).unwrap();
    provider.create(&request()).await.unwrap_err();
    let text = capture.text();
    let events: Vec<_> = text.lines().filter(|line| line.contains("otp.attempt_failed")).collect();
    assert_eq!(events.len(), 1, "{text}");
    assert!(events[0].contains(r#"otp.connection_failure="the connection was refused""#), "{text}");
    assert!(!events[0].contains("127.0.0.1") && !events[0].contains("15112345678"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_circuit_breaker_reports_each_change_of_its_state_once() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let one = FakeProvider::new("one").then([DOWN; 4]);
    let provider = one.with_failover(FakeProvider::new("two")).unwrap();
    let states = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains("otp.circuit_breaker"));
        lines.filter_map(|line| Some(line.split_once("otp.state=")?.1.replace('"', ""))).collect()
    };
    let gauge = || {
        let metrics = recorder.snapshotter().snapshot().into_vec();
        let of_one = |key: &metrics_util::CompositeKey| {
            key.key().name() == "otp.client.circuit_breaker.state"
                && key.key().labels().any(|label| label.value() == "one")
        };
        metrics.into_iter().find(|(key, ..)| of_one(key)).map(|(.., value)| format!("{value:?}"))
    };
    let step = async |creates: usize| {
        for _ in 0..creates {
            provider.create(&request()).await.unwrap();
        }
    };
    assert_eq!(gauge().as_deref(), Some("Gauge(0.0)"), "it is there from the start");
    step(5).await;
    assert_eq!((states(&capture.text()), gauge().as_deref()), (vec!["open".to_owned()], Some("Gauge(2.0)")));
    tokio::time::advance(Duration::from_secs(30)).await;
    step(1).await;
    assert_eq!(states(&capture.text()), ["open", "half_open", "open"]);
    tokio::time::advance(Duration::from_secs(30)).await;
    step(2).await;
    assert_eq!(states(&capture.text()), ["open", "half_open", "open", "half_open", "closed"]);
    assert_eq!(gauge().as_deref(), Some("Gauge(0.0)"));
}

#[tokio::test]
async fn the_guard_counts_codes_by_outcome_limits_by_name_and_the_failures_of_its_store_by_class() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    guard().await;
    store(&capture).await;
    let (mut counters, mut store) = (Vec::new(), BTreeSet::new());
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let values = key.key().labels().map(|label| label.value().to_owned()).collect::<Vec<_>>().join(" ");
        match (key.key().name(), value) {
            (name, DebugValue::Counter(count)) => counters.push(format!("{name} {values}: {count}")),
            ("otp.store.operation.duration", _) => {
                store.insert(values);
            }
            _ => {}
        }
    }
    counters.sort();
    let expected = [
        "otp.guard.attempts one accepted: 1",
        "otp.guard.attempts one already_used: 1",
        "otp.guard.attempts one locked_out: 1",
        "otp.guard.attempts one mismatch: 1",
        "otp.guard.attempts one wrong_code: 1",
        "otp.guard.limits_reached one interval: 1",
    ];
    assert_eq!(counters, expected);
    let operations = [
        "begin_attempt",
        "forget",
        "read",
        "reserve_create",
        "reserve_create out_of_memory",
        "settle_attempt",
        "settle_create",
    ];
    assert_eq!(store.iter().collect::<Vec<_>>(), operations.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn the_lifetime_that_is_left_is_measured_when_a_code_is_presented() {
    let recorder = DebuggingRecorder::new();
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = seconds.clone();
    let store = MemoryStore::new()
        .with_clock(move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed)));
    let settings = GuardSettings::new(KEY).with_lifetime(Duration::from_secs(600));
    let guard = FakeProvider::new("one").with_guard(store, settings).unwrap();
    let id = guard.create(&request()).await.unwrap().id;
    seconds.store(200, Ordering::Relaxed);
    guard.verify(&VerifyRequest::new(id, "123456")).await.unwrap();
    let metrics = recorder.snapshotter().snapshot().into_vec();
    let left = metrics.into_iter().find(|(key, ..)| key.key().name() == "otp.guard.lifetime_left");
    let DebugValue::Histogram(values) = left.expect("a histogram").3 else { panic!("it is no histogram") };
    assert_eq!(values.iter().map(|value| value.0).collect::<Vec<_>>(), [400.0]);
}
