//! Tracing: the spans and metrics that operators see.

use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use otp_facade::layers::RetryPolicy;
use otp_facade::stores::MemoryStore;
use otp_facade::{Error, ErrorKind, GuardSettings, Operation, OtpProvider, OtpProviderExt};
use otp_tests::{DOWN, Failure, FakeProvider, Step};
use tokio::time::timeout;

use crate::calls::{call, request};
use crate::capture::Capture;

/// Counters and histograms as lines, sorted: name, labels, value.
fn metrics(snapshotter: &Snapshotter) -> Vec<String> {
    let line = |(key, _, _, value): (metrics_util::CompositeKey, _, _, DebugValue)| {
        let mut line = key.key().name().to_owned();
        for label in key.key().labels() {
            line += &format!(" {}={}", label.key(), label.value());
        }
        match value {
            DebugValue::Counter(count) => format!("{line}: {count}"),
            DebugValue::Gauge(value) => format!("{line}: {value}"),
            DebugValue::Histogram(values) => format!("{line}: {values:?}"),
        }
    };
    let mut lines: Vec<_> = snapshotter.snapshot().into_vec().into_iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test(start_paused = true)]
async fn a_span_records_provider_operation_outcome_and_duration() {
    let capture = Capture::start();
    let fake = FakeProvider::new("one").then([Step::Hang(Duration::from_millis(1500))]);
    fake.clone().with_tracing().verify(&otp_facade::VerifyRequest::new(fake.id(), "123456")).await.unwrap();
    let text = capture.text();
    for part in [
        "otp.client.operation{",
        r#"otel.kind="client""#,
        "otel.name=otp verify",
        r#"otp.operation="verify""#,
        r#"otp.provider="one""#,
        "otp.client.operation.duration=1.5",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for part in ["error.type", "resend_count", "status_code", "vendor_code"] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_of_a_failure_has_its_kind_and_the_vendors_code() {
    #[derive(Debug)]
    struct Vendor(FakeProvider);
    #[async_trait::async_trait]
    impl OtpProvider for Vendor {
        fn name(&self) -> &str {
            self.0.name()
        }
        fn capabilities(&self) -> &otp_facade::Capabilities {
            self.0.capabilities()
        }
        fn issuers(&self) -> Vec<&str> {
            self.0.issuers()
        }
        async fn create(&self, _: &otp_facade::CreateRequest) -> otp_facade::Result<otp_facade::Challenge> {
            let error = otp_facade::Error::new(ErrorKind::ProviderDeclined).with_vendor_code("1041");
            Err(error.with_origin(self.name(), Operation::Create))
        }
        async fn verify(
            &self,
            request: &otp_facade::VerifyRequest,
        ) -> otp_facade::Result<otp_facade::Verified> {
            self.0.verify(request).await
        }
        async fn cancel(&self, id: &otp_facade::ChallengeId) -> otp_facade::Result<()> {
            self.0.cancel(id).await
        }
        async fn status(&self, id: &otp_facade::ChallengeId) -> otp_facade::Result<otp_facade::Status> {
            self.0.status(id).await
        }
    }
    let capture = Capture::start();
    Vendor(FakeProvider::new("one")).with_tracing().create(&request()).await.unwrap_err();
    let text = capture.text();
    for part in
        [r#"error.type="provider_declined""#, r#"otp.vendor_code="1041""#, r#"otel.status_code="ERROR""#]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_names_the_provider_that_responded_and_counts_resends() {
    let capture = Capture::start();
    let policy = RetryPolicy::default();
    let one = FakeProvider::new("one").then([DOWN; 3]).with_retry(policy);
    let two = FakeProvider::new("two").then([DOWN]).with_retry(policy);
    let provider = one.with_failover(two).unwrap().with_tracing().with_tracing();
    provider.create(&request()).await.unwrap();
    let text = capture.text();
    // Three attempts at the first, two at the second: four times again; reported by both spans.
    assert_eq!(text.lines().filter(|line| line.contains("close")).count(), 2, "{text}");
    for line in text.lines().filter(|line| line.contains("close")) {
        assert!(
            line.contains("http.request.resend_count=4") && line.contains(r#"otp.provider="two""#),
            "{line}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_for_which_nobody_waits_is_reported_as_dropped() {
    let (capture, recorder) = (Capture::start(), DebuggingRecorder::new());
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let provider = FakeProvider::new("one").then([Step::Hang(Duration::from_secs(9))]).with_tracing();
    timeout(Duration::from_secs(2), provider.create(&request())).await.unwrap_err();
    assert!(capture.text().contains(r#"error.type="dropped""#), "{}", capture.text());
    let histogram = "otp.client.operation.duration otp.operation=create otp.provider=one error.type=dropped";
    assert!(metrics(&recorder.snapshotter())[0].starts_with(histogram));
}

#[tokio::test(start_paused = true)]
async fn resends_are_reported_of_a_dropped_call_too() {
    let capture = Capture::start();
    let one = FakeProvider::new("one").then([DOWN, DOWN, Step::Hang(Duration::from_secs(60))]);
    let provider = one.clone().with_retry(RetryPolicy::default()).with_tracing().with_tracing();
    timeout(Duration::from_secs(20), provider.create(&request())).await.unwrap_err();
    assert_eq!(one.count(), 3);
    let text = capture.text();
    assert_eq!(text.matches("http.request.resend_count=2").count(), 2, "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_span_names_the_provider_that_responded_behind_a_guard() {
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    let one = FakeProvider::new("one").able(|able| able.status = true).then([DOWN]);
    let failover = one.with_failover(FakeProvider::new("two").able(|able| able.status = true)).unwrap();
    let guard = failover.with_guard(MemoryStore::new(), settings).unwrap().with_name("login").unwrap();
    let provider = guard.with_tracing().with_tracing();
    let capture = Capture::start();
    let id = provider.create(&request()).await.unwrap().id;
    assert_eq!(id.issuer(), "login");
    provider.status(&id).await.unwrap();
    provider.verify(&otp_facade::VerifyRequest::new(id.clone(), "123456")).await.unwrap();
    // From the record: nobody else is asked.
    provider.status(&id).await.unwrap();
    let text = capture.text();
    // Of what failed inside there is an event, which names another one.
    let text: String = text.lines().filter(|line| !line.contains("otp.attempt_failed")).collect();
    let named = |name: &str| text.matches(&format!("otp.provider=\"{name}\"")).count();
    assert_eq!((named("two"), named("login"), named("one")), (6, 2, 0), "{text}");
}

#[tokio::test(start_paused = true)]
async fn metrics_count_and_measure_each_operation() {
    let recorder = DebuggingRecorder::new();
    let _recorder = metrics::set_default_local_recorder(&recorder);
    let slow = Step::Hang(Duration::from_millis(250));
    let limited = Step::Fail(Failure::new(ErrorKind::RateLimited, false));
    let fake = FakeProvider::new("one").then([slow, slow, limited, Step::Succeed, limited, DOWN]);
    let policy = RetryPolicy::default().with_delay(Duration::ZERO, Duration::ZERO).with_max_attempts(2);
    let provider = fake.clone().with_retry(policy).with_tracing();
    for operation in [Operation::Create, Operation::Create, Operation::Verify, Operation::Status] {
        let _ = call(&provider, operation, &fake.id()).await;
    }
    assert_eq!(
        metrics(&recorder.snapshotter()),
        [
            "otp.client.operation.duration otp.operation=create otp.provider=one: [0.25, 0.25]",
            "otp.client.operation.duration otp.operation=status otp.provider=one error.type=unavailable: [0.0]",
            "otp.client.operation.duration otp.operation=verify otp.provider=one: [0.0]",
            "otp.client.resends otp.operation=status otp.provider=one error.type=rate_limited: 1",
            "otp.client.resends otp.operation=verify otp.provider=one error.type=rate_limited: 1",
        ],
    );
}

#[test]
fn an_error_names_the_operation_that_was_called() {
    let inside = Error::new(ErrorKind::TimedOut).with_origin("one", Operation::Status);
    let error = inside.with_origin("outer", Operation::Create);
    assert_eq!((error.provider(), error.operation()), (Some("one"), Some(Operation::Create)));
    assert!(!error.is_safe_to_repeat());
}
