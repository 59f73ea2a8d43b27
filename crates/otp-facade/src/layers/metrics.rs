//! Metrics: durations of operations, calls sent again, circuit breakers, and what the guard counts.

use std::time::Duration;

use metrics::{
    Key, Label, Level, Metadata, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram, with_recorder,
};

use super::circuit_breaker::Reported;
use crate::error::Operation;

const DURATION: &str = "otp.client.operation.duration";
const RESENDS: &str = "otp.client.resends";
const BREAKER: &str = "otp.client.circuit_breaker.state";
const LIMITS: &str = "otp.guard.limits_reached";
const ATTEMPTS: &str = "otp.guard.attempts";
const LIFETIME: &str = "otp.guard.lifetime_left";
const STORE: &str = "otp.store.operation.duration";

/// Describes all metrics to the recorder.
pub(super) fn describe() {
    describe_histogram!(DURATION, Unit::Seconds, "How long create, verify, cancel and status took");
    describe_counter!(RESENDS, "How often a call was sent again, by the provider that failed before");
    describe_gauge!(BREAKER, "State of a provider's circuit breaker: 0 is closed, 1 half-open, 2 open");
    describe_counter!(LIMITS, "How often a limit of the guard was reached");
    describe_counter!(ATTEMPTS, "How often a code was presented to the guard, by outcome");
    describe_histogram!(
        LIFETIME,
        Unit::Seconds,
        "How long a challenge was still valid when a code was presented"
    );
    describe_histogram!(STORE, Unit::Seconds, "How long the guard's store took");
}

/// The operation was sent again, because this provider failed.
pub(super) fn resent(operation: Operation, provider: &str, error_type: &'static str) {
    counter!(
        RESENDS,
        "otp.operation" => operation.as_str(), "otp.provider" => provider.to_owned(), "error.type" => error_type
    )
    .increment(1);
}

pub(super) fn breaker_changed(provider: &str, state: Reported) {
    gauge!(BREAKER, "otp.provider" => provider.to_owned()).set(match state {
        Reported::Closed => 0.0,
        Reported::HalfOpen => 1.0,
        Reported::Open => 2.0,
    });
}

pub(super) fn limit_reached(guard: &str, limit: &'static str) {
    counter!(LIMITS, "otp.guard" => guard.to_owned(), "otp.limit" => limit).increment(1);
}

pub(super) fn attempted(guard: &str, outcome: &'static str) {
    counter!(ATTEMPTS, "otp.guard" => guard.to_owned(), "otp.outcome" => outcome).increment(1);
}

pub(super) fn lifetime_left(guard: &str, left: Duration) {
    histogram!(LIFETIME, "otp.guard" => guard.to_owned()).record(left);
}

pub(super) fn store_called(operation: &'static str, error_type: Option<&'static str>, took: Duration) {
    match error_type {
        None => histogram!(STORE, "otp.store.operation" => operation).record(took),
        Some(error_type) => {
            histogram!(STORE, "otp.store.operation" => operation, "error.type" => error_type).record(took);
        }
    }
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// Records the calls of one `Traced`.
#[derive(Clone)]
pub(super) struct Meter {
    provider: String,
    /// Keys of the common case, a success of this provider, in the order of the operations. A key owns its labels: to make
    /// one costs more than all else here, and is in vain where no recorder is installed.
    durations: [Key; Operation::ALL.len()],
}

impl Meter {
    pub(super) fn new(provider: &str) -> Self {
        describe();
        let durations = Operation::ALL.map(|operation| key(DURATION, operation, provider, None));
        Self { provider: provider.to_owned(), durations }
    }

    pub(super) fn measure(
        &self,
        operation: Operation,
        provider: &str,
        error_type: Option<&'static str>,
        seconds: f64,
    ) {
        let index = Operation::ALL.iter().position(|other| *other == operation);
        let common = index.filter(|_| error_type.is_none() && provider == self.provider);
        let record = |key: &Key| {
            with_recorder(|recorder| recorder.register_histogram(key, &METADATA)).record(seconds);
        };
        match common.and_then(|index| self.durations.get(index)) {
            Some(key) => record(key),
            None => record(&key(DURATION, operation, provider, error_type)),
        }
    }
}

fn key(name: &'static str, operation: Operation, provider: &str, error_type: Option<&'static str>) -> Key {
    let mut labels = vec![
        Label::from_static_parts("otp.operation", operation.as_str()),
        Label::new("otp.provider", provider.to_owned()),
    ];
    labels.extend(error_type.map(|error_type| Label::from_static_parts("error.type", error_type)));
    Key::from_parts(name, labels)
}
